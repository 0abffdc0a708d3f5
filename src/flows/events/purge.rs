//! Events are kept for those who come back, but not for ever.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::auth::model::Caller;
use crate::domain::events::tables::{self, Place};
use crate::domain::gate;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::jobs::Job;
use crate::platform::store::Reader;

/// Events looked at in one go, and removed in one transaction, so that both stay short.
const BATCH: usize = 2_000;

/// Forgets events that are too old, or too many of one room, each hour.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PurgeEvents {}

impl Job for PurgeEvents {
    const NAME: &'static str = "purge-events";
    const QUEUE: &'static str = "upkeep";
    const WAITS_FOR_CLOCK: bool = true;
}

/// Handler of [`PurgeEvents`].
///
/// # Errors
/// When the store cannot be read or written.
pub async fn purge_events(context: Arc<Context>, _: PurgeEvents) -> Result<()> {
    let caller = Caller::system("event-purge");
    let before = context.now().minus(context.settings.real_time.kept());
    let most = context.settings.real_time.kept_per_room;
    let mut place = Some(Place::default());
    while let Some(from) = place {
        let found = gate::read(&context, &caller, "events.purge", |tx| {
            tables::purgeable(tx, from, before, most, BATCH)
        })
        .await?;
        place = found.next;
        if found.keys.is_empty() {
            continue;
        }
        gate::write(&context, &caller, "events.purge", move |tx| {
            tx.trail().change = Some(serde_json::json!({ "events": found.keys.len() }));
            tables::forget(tx, &found.keys)
        })
        .await?;
    }
    Ok(())
}
