//! The job table.

use serde::{Deserialize, Serialize};

use super::Job;
use crate::platform::clock::Timestamp;
use crate::platform::error::{Error, Result};
use crate::platform::ids::JobId;
use crate::platform::store::{Entries, Index, Reader, Table, WriteTx};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobState {
    /// Waits until its time comes.
    Waiting,
    /// A worker has it until its lease ends.
    Running,
    /// All attempts failed: a dead letter, for an admin to retry or discard.
    Dead,
}

/// A job as stored. A finished or discarded one has no row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobRow {
    /// The job's name.
    pub name: String,
    /// Its queue.
    pub queue: String,
    /// Its content.
    pub payload: serde_json::Value,
    /// Where it stands.
    pub state: JobState,
    /// Runs so far.
    pub attempts: u32,
    /// Runs allowed.
    pub max_attempts: u32,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it may run; for a running one, when its lease ends.
    pub due_at: Timestamp,
    /// Two jobs with one key are one job.
    pub key: Option<String>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// Jobs that wait or run, by the time they are due: `(queue, due_at)`.
pub(super) const BY_DUE: Index<(String, Timestamp), JobId> = Index::many(1, 1);
/// One job for each key.
const BY_KEY: Index<String, JobId> = Index::unique(1, 2, "job_exists");
/// Dead letters, newest last.
pub(super) const BY_DEATH: Index<(String, Timestamp), JobId> = Index::many(1, 3);

/// All jobs that are not finished.
pub const JOBS: Table<JobId, JobRow> = Table::new(1, "jobs").indexed(index);

fn index(_: &JobId, job: &JobRow, entries: &mut Entries) {
    let due = (job.queue.clone(), job.due_at);
    match job.state {
        JobState::Waiting | JobState::Running => entries.add(&BY_DUE, &due),
        JobState::Dead => entries.add(&BY_DEATH, &due),
    }
    if let Some(key) = &job.key {
        entries.add(&BY_KEY, key);
    }
}

/// Adds a job that may run at once.
///
/// # Errors
/// When the job cannot be written down.
pub fn enqueue<J: Job>(tx: &mut WriteTx<'_>, job: &J) -> Result<JobId> {
    let now = tx.now();
    insert(tx, job, now, None)
}

/// Adds a job that may run from `due_at`.
///
/// # Errors
/// When the job cannot be written down.
pub fn enqueue_at<J: Job>(tx: &mut WriteTx<'_>, job: &J, due_at: Timestamp) -> Result<JobId> {
    insert(tx, job, due_at, None)
}

/// Adds a job unless one with this key is still to be done; returns that one then.
///
/// # Errors
/// When the job cannot be written down.
pub fn enqueue_once<J: Job>(tx: &mut WriteTx<'_>, job: &J, key: String, due_at: Timestamp) -> Result<JobId> {
    match BY_KEY.find(tx, &key)? {
        Some(existing) => Ok(existing),
        None => insert(tx, job, due_at, Some(key)),
    }
}

fn insert<J: Job>(tx: &mut WriteTx<'_>, job: &J, due_at: Timestamp, key: Option<String>) -> Result<JobId> {
    let id = tx.new_id()?;
    let payload = serde_json::to_value(job)
        .map_err(|error| Error::internal(format!("job {} cannot be written down: {error}", J::NAME)))?;
    let row = JobRow {
        name: J::NAME.to_owned(),
        queue: J::QUEUE.to_owned(),
        payload,
        state: JobState::Waiting,
        attempts: 0,
        max_attempts: J::MAX_ATTEMPTS,
        created_at: tx.now(),
        due_at,
        key,
        last_error: None,
    };
    JOBS.put(tx, &id, &row)?;
    tx.wake_jobs();
    Ok(id)
}
