//! Looks after the data file while it is in use.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::damage;
use crate::platform::clock::Span;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::jobs::{Every, Job, Jobs, Waiter};

/// Damaged pages that are written into the log one by one.
const LOGGED_MAX: usize = 20;

/// Reads every page of the data file once a day: a disk that goes bad is noticed before somebody needs what was on it.
#[derive(Debug, Serialize, Deserialize)]
pub struct LookOverData {}

impl Job for LookOverData {
    const NAME: &'static str = "look-over-data";
    const QUEUE: &'static str = "storage";
    const MAX_ATTEMPTS: u32 = 3;
    const TIME_LIMIT_SECONDS: u32 = 3600;
}

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    jobs.queue("storage", 1);
    jobs.register::<LookOverData, _, _>(|context, _| async move { look_over(&context).await });
    jobs.recurring("look-over-data", Every::days(1), LookOverData {});
}

/// How soon a page that a request found damaged leads to a look at all others.
const LOOK_EVERY: Span = Span::seconds(10);

/// Reads every page at the start, and again as soon as somebody meets a damaged one. A file with damage is made whole
/// before it is opened, so the server is asked to begin again.
///
/// # Errors
/// Never; what keeps others alive may end with one.
pub async fn watch(context: Arc<Context>, waiter: Arc<dyn Waiter>) -> Result<()> {
    look_over_once(&context).await;
    let mut is_unmet = context.store.damage().is_none();
    loop {
        if context.store.damage().is_some() && is_unmet {
            look_over_once(&context).await;
            is_unmet = false;
        }
        if context.store.surveyed().is_some_and(|survey| !survey.faults.is_empty()) {
            context.mending.begin();
        }
        tokio::select! {
            () = waiter.wait(LOOK_EVERY) => {}
            () = context.stopping.begun() => return Ok(()),
        }
    }
}

/// Reads every page now; that it could not be done is only logged, because the daily look tries again.
pub async fn look_over_once(context: &Context) {
    if let Err(error) = look_over(context).await {
        tracing::warn!(%error, "the pages of the data file could not be looked over");
    }
}

/// Reads every page and says which are damaged.
///
/// # Errors
/// When the file cannot be read.
async fn look_over(context: &Context) -> Result<()> {
    let store = context.store.clone();
    let found = tokio::task::spawn_blocking(move || store.survey())
        .await
        .map_err(|error| Error::internal(format!("looking over the data file ended: {error}")))??;
    let Some(survey) = found else { return Ok(()) };
    for fault in survey.faults.iter().take(LOGGED_MAX) {
        tracing::error!(fault = damage::in_words(fault), "the data file is damaged");
    }
    if survey.is_mostly_free() {
        let (bytes, used) = (survey.file_bytes, survey.used_bytes);
        tracing::info!(
            bytes,
            used,
            "more than half of the data file is free: `das-tern compact` makes it smaller"
        );
    }
    Ok(())
}
