//! `das-tern openapi`: prints the OpenAPI document.

use std::sync::Arc;

use crate::app::{Parts, Work};
use crate::platform::clock::belief::Clocks;
use crate::platform::error::Result;
use crate::platform::random::Random;
use crate::platform::secret::Secret;
use crate::platform::settings::Settings;
use crate::platform::store::MemoryEngine;

/// Prints the document.
///
/// # Errors
/// When the parts cannot be put together.
pub(super) fn run() -> super::Outcome {
    super::say(document()?.trim_end());
    Ok(())
}

/// The document, as checked in under `openapi/das-tern.json`.
///
/// # Errors
/// When the parts cannot be put together.
pub fn document() -> Result<String> {
    let parts = Parts {
        settings: Settings::default(),
        clocks: Clocks::of_system(),
        random: Arc::new(Random::System),
        engine: Arc::new(MemoryEngine::new()),
        surveyed: None,
        root_key: Secret::new([0; 32]),
        work: Work::OnDemand,
    };
    let (context, _) = parts.assemble()?;
    Ok(crate::api::document(&context))
}
