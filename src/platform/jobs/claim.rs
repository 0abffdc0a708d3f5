//! The transactions of the worker. None concerns a person, so none passes the gate.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::registry::Jobs;
use super::table::{
    BY_DUE, JOBS, JobRow, JobState, Priority, QUEUES, QueueRow, RECURRING, RecurringRow, insert_once,
};
use crate::platform::clock::{Moment, Span};
use crate::platform::error::{Error, Result};
use crate::platform::ids::JobId;
use crate::platform::store::{Direction, Reader, Step, WriteTx, readable};

/// How long a claim lasts unless it is renewed.
pub(super) const LEASE: Span = Span::seconds(60);
/// The longest wait after a failure, with what chance adds to it.
pub(super) const LONGEST_BACKOFF: Span = Span::minutes(72);
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

/// How long a job waits while the wall clock is in doubt, before it is looked at again.
const DOUBT_PAUSE: Span = Span::minutes(1);

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

pub(super) fn is_paused(tx: &dyn Reader, queue: &str) -> Result<bool> {
    Ok(QUEUES.get(tx, &queue.to_owned())?.is_some_and(|row| row.paused_at.is_some()))
}

/// Whether a job of this priority is in hand behind which the less important ones of its queue wait.
pub(super) fn holds_up(jobs: &Jobs, queue: &str, priority: Priority, in_hand: &InHand) -> bool {
    jobs.is_in_order(queue) && in_hand.values().any(|held| held.queue == queue && held.priority == priority)
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
    void_leases(tx)
}

/// Gives back what is held by a lease that ends later than a lease lasts: it was given by a clock that has been set
/// back since, and whoever held it is gone. A queue that cannot be read is passed over.
fn void_leases(tx: &mut WriteTx<'_>) -> Result<()> {
    let now = tx.now();
    let void = readable(|| {
        let mut void = Vec::new();
        JOBS.visit_prefix(tx, &(), Direction::Forward, |id, row| {
            if row.state == JobState::Running && row.due_at > now.plus(LEASE) {
                void.push((id, row));
            }
            Ok(Step::Continue)
        })?;
        Ok(void)
    });
    match void {
        Ok(void) => void.into_iter().try_for_each(|(id, mut row)| {
            row.state = JobState::Waiting;
            row.lease = None;
            row.due_at = now;
            JOBS.put(tx, &id, &row)
        }),
        Err(error) => {
            tracing::error!(%error, "the jobs cannot be looked through for leases that are void");
            Ok(())
        }
    }
}

/// Enqueues the recurring jobs of these queues whose time has come. Those that wait for a clock which is in doubt miss
/// a turn.
fn fire_recurring(tx: &mut WriteTx<'_>, jobs: &Jobs, free: &[(&'static str, usize)]) -> Result<()> {
    let Moment { now, in_doubt, .. } = tx.moment();
    for recurring in jobs.regular() {
        if !free.iter().any(|(queue, _)| *queue == recurring.queue) {
            continue;
        }
        let name = recurring.name.to_owned();
        let Some(row) = RECURRING.get(tx, &name)? else { continue };
        if !recurring.every.is_due(row.next_run_at, now) {
            continue;
        }
        let next_run_at = recurring.every.next_after(row.next_run_at, now);
        if in_doubt && recurring.waits_for_clock {
            // Soon after the doubt has ended, not an hour later.
            let next_run_at = next_run_at.min(now.plus(DOUBT_PAUSE));
            RECURRING.put(tx, &name, &RecurringRow { next_run_at, ..row })?;
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
        // One that is still to be done is not run by being due again.
        let (_, is_added) = insert_once(tx, &job)?;
        let last_run_at = if is_added { Some(now) } else { row.last_run_at };
        RECURRING.put(tx, &name, &RecurringRow { next_run_at, last_run_at, ..row })?;
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
    fire_recurring(tx, jobs, free)?;
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
    let Some(handler) = jobs.handler(&row.name) else {
        bury(tx, id, row, "no handler is registered for this job")?;
        return Ok(None);
    };
    let Moment { now, in_doubt, .. } = tx.moment();
    if in_doubt && handler.waits_for_clock {
        row.state = JobState::Waiting;
        row.lease = None;
        row.due_at = now.plus(DOUBT_PAUSE);
        JOBS.put(tx, &id, &row)?;
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
