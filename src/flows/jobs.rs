//! What an admin does with jobs and queues, and the upkeep that runs as a job.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::users::model::Role;
use crate::platform::clock::Span;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::JobId;
use crate::platform::jobs::{self, Every, Job, JobRow, Jobs, QueueRow};
use crate::platform::store::Reader;

/// Longest reason an admin may give.
const REASON_LENGTH_MAX: usize = 500;
/// How long an answer is kept for replays of its `Idempotency-Key`.
const ANSWER_LIFE: Span = Span::hours(24);
/// Kept answers forgotten in one transaction, so that it stays short.
const PURGE_BATCH: usize = 500;

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    jobs.queue("upkeep", 2);
    jobs.register::<PurgeKeptAnswers, _, _>(purge_kept_answers);
    jobs.recurring("purge-kept-answers", Every::hours(1), PurgeKeptAnswers {});
}

/// Brings a dead letter back.
///
/// # Errors
/// `role_not_allowed`, `job_not_found`, `job_not_dead`.
pub async fn retry(context: &Context, caller: &Caller, id: JobId) -> Result<JobRow> {
    let by = caller.clone();
    gate::write(context, caller, "job.retry", move |tx| {
        by.with_role(Role::Admin)?;
        let row = jobs::retry(tx, id)?;
        let mut trail = tx.trail();
        trail.resource = Some(("job", id.to_string()));
        trail.change = Some(serde_json::json!({ "name": row.name, "queue": row.queue }));
        Ok(row)
    })
    .await
}

/// Removes a job that is dead or waits.
///
/// # Errors
/// `role_not_allowed`, `job_not_found`, `job_running`; a bad field when the reason is missing or too long.
pub async fn discard(context: &Context, caller: &Caller, id: JobId, reason: String) -> Result<()> {
    let by = caller.clone();
    gate::write(context, caller, "job.discard", move |tx| {
        by.with_role(Role::Admin)?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_LENGTH_MAX {
            return Err(Error::invalid_fields(vec![
                crate::platform::error::FieldError::new("reason", "job_reason_length")
                    .with("max", REASON_LENGTH_MAX),
            ]));
        }
        let row = jobs::discard(tx, id)?;
        let mut trail = tx.trail();
        trail.resource = Some(("job", id.to_string()));
        trail.reason = Some(reason.to_owned());
        trail.change = Some(serde_json::json!({
            "name": row.name, "queue": row.queue, "payload": row.payload, "lastError": row.last_error,
        }));
        Ok(())
    })
    .await
}

/// Keeps a queue from starting jobs.
///
/// # Errors
/// `role_not_allowed`, `queue_not_found`.
pub async fn pause_queue(context: &Context, caller: &Caller, name: String) -> Result<QueueRow> {
    let by = caller.clone();
    gate::write(context, caller, "queue.pause", move |tx| {
        by.with_role(Role::Admin)?;
        tx.trail().resource = Some(("queue", name.clone()));
        let now = tx.now();
        jobs::set_paused(tx, &name, Some(now))
    })
    .await
}

/// Lets a queue start jobs again.
///
/// # Errors
/// `role_not_allowed`, `queue_not_found`.
pub async fn resume_queue(context: &Context, caller: &Caller, name: String) -> Result<QueueRow> {
    let by = caller.clone();
    gate::write(context, caller, "queue.resume", move |tx| {
        by.with_role(Role::Admin)?;
        tx.trail().resource = Some(("queue", name.clone()));
        jobs::set_paused(tx, &name, None)
    })
    .await
}

/// Forgets the answers kept for replays once they are a day old.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PurgeKeptAnswers {}

impl Job for PurgeKeptAnswers {
    const NAME: &'static str = "purge-kept-answers";
    const QUEUE: &'static str = "upkeep";
    const WAITS_FOR_CLOCK: bool = true;
}

/// Handler of [`PurgeKeptAnswers`].
///
/// # Errors
/// When the store cannot be read or written.
pub async fn purge_kept_answers(context: Arc<Context>, _: PurgeKeptAnswers) -> Result<()> {
    let before = context.now().minus(ANSWER_LIFE);
    while gate::forget_answers(&context, before, PURGE_BATCH).await? == PURGE_BATCH {}
    Ok(())
}
