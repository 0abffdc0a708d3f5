//! The transactions of the worker. None concerns a person, so none passes the gate.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::registry::Jobs;
use super::table::{
    BY_DUE, JOBS, JobRow, JobState, Priority, QUEUES, QueueRow, RECURRING, RecurringRow, insert_once,
};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::{Error, Result};
use crate::platform::ids::JobId;
use crate::platform::store::{Direction, Reader, Step, WriteTx};

/// How long a claim lasts unless it is renewed.
pub(super) const LEASE: Span = Span::seconds(60);
/// Longest text kept of an error.
const ERROR_LENGTH_MAX: usize = 500;

/// Jobs that this worker has in hand.
pub(super) type InHand = BTreeMap<JobId, Held>;

/// What is remembered of a job in hand.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) lease: Uuid,
    pub(super) queue: String,
    pub(super) priority: Priority,
}

/// A job to be run now.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) id: JobId,
    pub(super) lease: Uuid,
    pub(super) row: JobRow,
}

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glance {
    /// Something is due.
    Due,
    /// Nothing is due before this time.
    Next(Timestamp),
    /// Nothing is stored that will become due by itself.
    Nothing,
}

impl Glance {
    fn and(self, at: Timestamp, now: Timestamp) -> Self {
        match self {
            Self::Due => Self::Due,
            _ if at <= now => Self::Due,
            Self::Next(other) => Self::Next(other.min(at)),
            Self::Nothing => Self::Next(at),
        }
    }
}

/// How long a job waits after its `attempt`-th failure, from 1: 10 s, three times as long after each further one,
/// an hour at the most, then up to a fifth more or less so that jobs which failed together do not come back
/// together. `luck` is a random number.
pub fn backoff(attempt: u32, luck: u64) -> Span {
    const FIRST: i64 = 10_000;
    const LONGEST: i64 = 3_600_000;
    let base =
        3_i64.checked_pow(attempt.saturating_sub(1)).map_or(LONGEST, |factor| FIRST.saturating_mul(factor));
    let base = base.min(LONGEST);
    let spread = i64::try_from(luck % 401).unwrap_or(200) - 200;
    Span::milliseconds(base.saturating_add(base.saturating_mul(spread) / 1_000))
}

fn is_paused(tx: &dyn Reader, queue: &str) -> Result<bool> {
    Ok(QUEUES.get(tx, &queue.to_owned())?.is_some_and(|row| row.paused_at.is_some()))
}

/// Whether a job of this priority is in hand behind which the less important ones of its queue wait.
fn holds_up(jobs: &Jobs, queue: &str, priority: Priority, in_hand: &InHand) -> bool {
    jobs.is_in_order(queue) && in_hand.values().any(|held| held.queue == queue && held.priority == priority)
}

/// Looks for work without writing. `free` holds the queues that may start jobs, with how many.
pub(super) fn glance(
    tx: &dyn Reader,
    jobs: &Jobs,
    free: &[(&'static str, usize)],
    in_hand: &InHand,
) -> Result<Glance> {
    let now = tx.now();
    let mut found = Glance::Nothing;
    RECURRING.visit_prefix(tx, &(), Direction::Forward, |name, row| {
        if let Some(recurring) = jobs.regular().iter().find(|recurring| recurring.name == name) {
            let is_due = recurring.every.is_due(row.next_run_at, now);
            found = found.and(if is_due { now } else { row.next_run_at }, now);
        }
        Ok(Step::Continue)
    })?;
    for (queue, room) in free {
        if *room == 0 || is_paused(tx, queue)? {
            continue;
        }
        for priority in Priority::ALL {
            let prefix = ((*queue).to_owned(), priority.number());
            BY_DUE.visit_prefix(tx, &prefix, Direction::Forward, |(_, _, due_at), id| {
                if in_hand.contains_key(&id) {
                    return Ok(Step::Continue);
                }
                found = found.and(due_at, now);
                Ok(Step::Stop)
            })?;
            if holds_up(jobs, queue, priority, in_hand) {
                break;
            }
        }
    }
    Ok(found)
}

/// Writes down the queues and the recurring jobs, and forgets those that are no longer registered.
pub(super) fn install(tx: &mut WriteTx<'_>, jobs: &Jobs) -> Result<()> {
    for (name, _) in jobs.queues() {
        let name = name.to_owned();
        if QUEUES.get(tx, &name)?.is_none() {
            QUEUES.put(tx, &name, &QueueRow::default())?;
        }
    }
    for recurring in jobs.regular() {
        let name = recurring.name.to_owned();
        let known = RECURRING.get(tx, &name)?;
        let row =
            known.unwrap_or(RecurringRow { next_run_at: tx.now(), last_run_at: None, every: Span::ZERO });
        if row.every != recurring.every.span() {
            RECURRING.put(tx, &name, &RecurringRow { every: recurring.every.span(), ..row })?;
        }
    }
    for (name, _) in RECURRING.list_prefix(tx, &())? {
        if !jobs.regular().iter().any(|recurring| recurring.name == name) {
            RECURRING.delete(tx, &name)?;
        }
    }
    Ok(())
}

/// Enqueues the recurring jobs whose time has come.
fn fire_recurring(tx: &mut WriteTx<'_>, jobs: &Jobs) -> Result<()> {
    let now = tx.now();
    for recurring in jobs.regular() {
        let name = recurring.name.to_owned();
        let Some(row) = RECURRING.get(tx, &name)? else { continue };
        if !recurring.every.is_due(row.next_run_at, now) {
            continue;
        }
        let job = JobRow {
            name: recurring.job.to_owned(),
            queue: recurring.queue.to_owned(),
            payload: recurring.payload.clone()?,
            state: JobState::Waiting,
            priority: recurring.priority,
            attempts: 0,
            max_attempts: recurring.max_attempts,
            created_at: now,
            due_at: now,
            key: Some(format!("recurring:{name}")),
            last_error: None,
            lease: None,
        };
        insert_once(tx, &job)?;
        let next_run_at = recurring.every.next_after(row.next_run_at, now);
        RECURRING.put(tx, &name, &RecurringRow { next_run_at, last_run_at: Some(now), ..row })?;
    }
    Ok(())
}

/// Fires what recurs and claims what is due, at most `free` of each queue, the most important first.
pub(super) fn claim(
    tx: &mut WriteTx<'_>,
    jobs: &Jobs,
    free: &[(&'static str, usize)],
    in_hand: &InHand,
) -> Result<Vec<Claim>> {
    fire_recurring(tx, jobs)?;
    let now = tx.now();
    let mut claims = Vec::new();
    for (queue, room) in free {
        if *room == 0 || is_paused(tx, queue)? {
            continue;
        }
        let mut due = Vec::new();
        for priority in Priority::ALL {
            let from = ((*queue).to_owned(), priority.number());
            let until = ((*queue).to_owned(), priority.number(), now.plus(Span::milliseconds(1)));
            BY_DUE.visit_range(tx, &from, &until, Direction::Forward, |_, id| {
                if due.len() < *room && !in_hand.contains_key(&id) {
                    due.push(id);
                }
                Ok(if due.len() < *room { Step::Continue } else { Step::Stop })
            })?;
            if holds_up(jobs, queue, priority, in_hand) || (jobs.is_in_order(queue) && !due.is_empty()) {
                break;
            }
        }
        for id in due {
            let Some(row) = JOBS.get(tx, &id)? else { continue };
            claims.extend(claim_one(tx, jobs, id, row)?);
        }
    }
    Ok(claims)
}

fn claim_one(tx: &mut WriteTx<'_>, jobs: &Jobs, id: JobId, mut row: JobRow) -> Result<Option<Claim>> {
    if jobs.handler(&row.name).is_none() {
        bury(tx, id, row, "no handler is registered for this job")?;
        return Ok(None);
    }
    if row.attempts >= row.max_attempts {
        bury(tx, id, row, "the worker died during the last attempt")?;
        return Ok(None);
    }
    let lease: Uuid = tx.new_id()?;
    row.state = JobState::Running;
    row.attempts += 1;
    row.lease = Some(lease);
    row.due_at = tx.now().plus(LEASE);
    JOBS.put(tx, &id, &row)?;
    Ok(Some(Claim { id, lease, row }))
}

fn bury(tx: &mut WriteTx<'_>, id: JobId, mut row: JobRow, why: &str) -> Result<()> {
    row.state = JobState::Dead;
    row.due_at = tx.now();
    row.lease = None;
    row.last_error = Some(why.to_owned());
    JOBS.put(tx, &id, &row)
}

/// The job, if this lease still holds it.
fn held(tx: &WriteTx<'_>, id: JobId, lease: Uuid) -> Result<Option<JobRow>> {
    Ok(JOBS.get(tx, &id)?.filter(|row| row.lease == Some(lease)))
}

/// How an attempt ended, as written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The job is done and gone.
    Done,
    /// It will be tried again.
    Again,
    /// It is a dead letter now.
    Dead,
    /// Another worker has it: the lease had ended.
    Lost,
}

/// Writes down how an attempt ended.
pub(super) fn finish(
    tx: &mut WriteTx<'_>,
    id: JobId,
    lease: Uuid,
    outcome: &Result<(), Error>,
) -> Result<Ending> {
    let Some(mut row) = held(tx, id, lease)? else { return Ok(Ending::Lost) };
    let Err(error) = outcome else {
        JOBS.delete(tx, &id)?;
        return Ok(Ending::Done);
    };
    let mut why = error.to_string();
    if let Some((end, _)) = why.char_indices().nth(ERROR_LENGTH_MAX) {
        why.truncate(end);
    }
    if row.attempts >= row.max_attempts {
        bury(tx, id, row, &why)?;
        return Ok(Ending::Dead);
    }
    let wait = backoff(row.attempts, tx.random().below(1 << 32)?);
    let asked = Span::seconds(error.retry_after_seconds().and_then(|s| i64::try_from(s).ok()).unwrap_or(0));
    row.state = JobState::Waiting;
    row.lease = None;
    row.due_at = tx.now().plus(wait.max(asked));
    row.last_error = Some(why);
    JOBS.put(tx, &id, &row)?;
    // The worker may be waiting for something later.
    tx.wake_jobs();
    Ok(Ending::Again)
}

/// Makes the leases in hand last from now on.
pub(super) fn renew(tx: &mut WriteTx<'_>, in_hand: &InHand) -> Result<()> {
    for (id, job) in in_hand {
        if let Some(mut row) = held(tx, *id, job.lease)? {
            row.due_at = tx.now().plus(LEASE);
            JOBS.put(tx, id, &row)?;
        }
    }
    Ok(())
}

/// Gives back what is in hand, as if it had not been claimed.
pub(super) fn release(tx: &mut WriteTx<'_>, in_hand: &InHand) -> Result<()> {
    for (id, job) in in_hand {
        if let Some(mut row) = held(tx, *id, job.lease)? {
            row.state = JobState::Waiting;
            row.lease = None;
            row.attempts = row.attempts.saturating_sub(1);
            row.due_at = tx.now();
            JOBS.put(tx, id, &row)?;
        }
    }
    Ok(())
}
