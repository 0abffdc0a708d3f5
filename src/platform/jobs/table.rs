//! The tables of the job queue.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Job;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::{Error, Result};
use crate::platform::ids::JobId;
use crate::platform::store::{Direction, Entries, Index, Reader, Step, Table, WriteTx};

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

/// How much a job matters: within a queue the more important one starts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Priority {
    /// A person may come to harm.
    Critical,
    /// A person should know soon.
    Warning,
    /// Everything else.
    #[default]
    Normal,
}

impl Priority {
    /// All of them, the most important first.
    pub const ALL: [Self; 3] = [Self::Critical, Self::Warning, Self::Normal];

    /// Its place in keys.
    pub const fn number(self) -> u8 {
        match self {
            Self::Critical => 0,
            Self::Warning => 1,
            Self::Normal => 2,
        }
    }
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
    /// How much it matters.
    #[serde(default)]
    pub priority: Priority,
    /// Runs so far.
    pub attempts: u32,
    /// Runs allowed.
    pub max_attempts: u32,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it may run; for a running one, when its lease ends; for a dead one, when it died.
    pub due_at: Timestamp,
    /// Two jobs with one key are one job.
    pub key: Option<String>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// The attempt that runs now. Who does not hold it has lost the job to another worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Uuid>,
}

/// A queue that some handler serves.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct QueueRow {
    /// Since when an admin keeps it from running; `None` when it runs.
    pub paused_at: Option<Timestamp>,
}

/// A recurring job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecurringRow {
    /// When it is enqueued next.
    pub next_run_at: Timestamp,
    /// When it was enqueued last.
    pub last_run_at: Option<Timestamp>,
    /// How often it runs.
    #[serde(default)]
    pub every: Span,
}

/// Jobs that wait or run, the most important first, then by the time they are due: `(queue, priority, due_at)`, the
/// priority by its number.
pub const BY_DUE: Index<(String, u8, Timestamp), JobId> = Index::many(1, 1);
/// One job for each key.
const BY_KEY: Index<String, JobId> = Index::unique(1, 2, "job_exists");
/// Dead letters, newest last: `(queue, died at)`.
pub const BY_DEATH: Index<(String, Timestamp), JobId> = Index::many(1, 3);

/// All jobs that are not finished.
pub const JOBS: Table<JobId, JobRow> = Table::new(1, "jobs").indexed(index);
/// The queues, by name.
pub const QUEUES: Table<String, QueueRow> = Table::new(2, "queues");
/// The recurring jobs, by name.
pub const RECURRING: Table<String, RecurringRow> = Table::new(3, "recurring");

fn index(_: &JobId, job: &JobRow, entries: &mut Entries) {
    match job.state {
        JobState::Waiting | JobState::Running => {
            entries.add(&BY_DUE, &(job.queue.clone(), job.priority.number(), job.due_at));
        }
        JobState::Dead => entries.add(&BY_DEATH, &(job.queue.clone(), job.due_at)),
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
    enqueue_at(tx, job, now)
}

/// Adds a job that may run from `due_at`.
///
/// # Errors
/// When the job cannot be written down.
pub fn enqueue_at<J: Job>(tx: &mut WriteTx<'_>, job: &J, due_at: Timestamp) -> Result<JobId> {
    let row = row_of(tx, job, due_at, None)?;
    insert(tx, &row)
}

/// Adds a job unless one with this key is still to be done, running ones included; returns that one then. A
/// dead letter with this key makes way for the new job.
///
/// # Errors
/// When the job cannot be written down.
pub fn enqueue_once<J: Job>(tx: &mut WriteTx<'_>, job: &J, key: String, due_at: Timestamp) -> Result<JobId> {
    let row = row_of(tx, job, due_at, Some(key))?;
    insert_once(tx, &row).map(|(id, _)| id)
}

fn row_of<J: Job>(tx: &WriteTx<'_>, job: &J, due_at: Timestamp, key: Option<String>) -> Result<JobRow> {
    let payload = serde_json::to_value(job)
        .map_err(|error| Error::internal(format!("job {} cannot be written down: {error}", J::NAME)))?;
    Ok(JobRow {
        name: J::NAME.to_owned(),
        queue: J::QUEUE.to_owned(),
        payload,
        state: JobState::Waiting,
        priority: job.priority(),
        attempts: 0,
        max_attempts: J::MAX_ATTEMPTS,
        created_at: tx.now(),
        due_at,
        key,
        last_error: None,
        lease: None,
    })
}

fn insert(tx: &mut WriteTx<'_>, row: &JobRow) -> Result<JobId> {
    let id = tx.new_id()?;
    JOBS.put(tx, &id, row)?;
    tx.wake_jobs();
    Ok(id)
}

/// As [`enqueue_once`], for a row that is ready. Says also whether it was added.
pub(super) fn insert_once(tx: &mut WriteTx<'_>, row: &JobRow) -> Result<(JobId, bool)> {
    if let Some(key) = &row.key
        && let Some(existing) = BY_KEY.find(tx, key)?
    {
        match JOBS.get(tx, &existing)? {
            Some(JobRow { state: JobState::Dead, .. }) => drop(JOBS.delete(tx, &existing)?),
            _ => return Ok((existing, false)),
        }
    }
    Ok((insert(tx, row)?, true))
}

/// Brings a dead letter back, with all its attempts.
///
/// # Errors
/// `job_not_found`; `job_not_dead` when it still has attempts of its own.
pub fn retry(tx: &mut WriteTx<'_>, id: JobId) -> Result<JobRow> {
    let mut row = JOBS.require(tx, &id, "job_not_found")?;
    if row.state != JobState::Dead {
        return Err(Error::conflict("job_not_dead"));
    }
    row.state = JobState::Waiting;
    row.attempts = 0;
    row.due_at = tx.now();
    JOBS.put(tx, &id, &row)?;
    tx.wake_jobs();
    Ok(row)
}

/// Removes a job that is dead or waits.
///
/// # Errors
/// `job_not_found`; `job_running` when a worker has it.
pub fn discard(tx: &mut WriteTx<'_>, id: JobId) -> Result<JobRow> {
    let row = JOBS.require(tx, &id, "job_not_found")?;
    if row.state == JobState::Running {
        return Err(Error::conflict("job_running"));
    }
    JOBS.delete(tx, &id)?;
    Ok(row)
}

/// Lets jobs of a queue that failed before and wait for another attempt run now, at most `most` of them, the most
/// important first: called when what they failed at works again. Returns how many.
///
/// # Errors
/// When the store fails.
pub fn hasten(tx: &mut WriteTx<'_>, queue: &str, most: usize) -> Result<usize> {
    let now = tx.now();
    let mut found = Vec::new();
    for priority in Priority::ALL {
        let from = (queue.to_owned(), priority.number(), now.plus(Span::milliseconds(1)));
        let to = (queue.to_owned(), priority.number() + 1);
        BY_DUE.visit_range(tx, &from, &to, Direction::Forward, |_, id| {
            let row = JOBS.get(tx, &id)?;
            found.extend(
                row.filter(|row| row.state == JobState::Waiting && row.attempts > 0).map(|row| (id, row)),
            );
            Ok(if found.len() < most { Step::Continue } else { Step::Stop })
        })?;
    }
    found.truncate(most);
    for (id, row) in &mut found {
        row.due_at = now;
        JOBS.put(tx, id, row)?;
    }
    if !found.is_empty() {
        tx.wake_jobs();
    }
    Ok(found.len())
}

/// Lets the most important job of a queue that failed before run now, if it is more important than `priority`: a
/// less important one gives it its own attempt, so that it uses up none. Returns whether there is one.
///
/// # Errors
/// When the store fails.
pub fn give_turn(tx: &mut WriteTx<'_>, queue: &str, priority: Priority) -> Result<bool> {
    for graver in Priority::ALL.into_iter().filter(|graver| *graver < priority) {
        let mut found = None;
        BY_DUE.visit_prefix(tx, &(queue.to_owned(), graver.number()), Direction::Forward, |_, id| {
            let row = JOBS.get(tx, &id)?;
            found = row.filter(|row| row.state == JobState::Waiting && row.attempts > 0).map(|row| (id, row));
            Ok(if found.is_some() { Step::Stop } else { Step::Continue })
        })?;
        if let Some((id, mut row)) = found {
            row.due_at = row.due_at.min(tx.now());
            // Not to none: it has failed, and is among those to be brought forward.
            row.attempts = row.attempts.saturating_sub(1).max(1);
            JOBS.put(tx, &id, &row)?;
            tx.wake_jobs();
            return Ok(true);
        }
    }
    Ok(false)
}

/// Orders the jobs of a store from before there were priorities.
///
/// # Errors
/// When the store cannot be read.
pub fn order_by_priority(tx: &mut WriteTx<'_>) -> Result<()> {
    JOBS.rebuild_indexes(tx)
}

/// Keeps a queue from starting jobs (`Some`, since when), or lets it start them again (`None`). Those that run
/// are left to end.
///
/// # Errors
/// `queue_not_found`.
pub fn set_paused(tx: &mut WriteTx<'_>, queue: &str, paused_at: Option<Timestamp>) -> Result<QueueRow> {
    let key = queue.to_owned();
    let mut row = QUEUES.require(tx, &key, "queue_not_found")?;
    // Pausing twice keeps the first time.
    row.paused_at = paused_at.map(|at| row.paused_at.unwrap_or(at));
    QUEUES.put(tx, &key, &row)?;
    tx.wake_jobs();
    Ok(row)
}

/// Describes jobs whose fields contradict each other.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    JOBS.visit_prefix(tx, &(), Direction::Forward, |id, row| {
        if (row.state == JobState::Running) != row.lease.is_some() {
            faults.push(format!("job {id}: lease and state {:?} contradict each other", row.state));
        }
        if row.attempts > row.max_attempts {
            faults.push(format!("job {id}: {} attempts of {}", row.attempts, row.max_attempts));
        }
        Ok(Step::Continue)
    })
}
