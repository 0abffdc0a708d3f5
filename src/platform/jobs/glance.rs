//! Looks for work without writing: what an idle worker does when it wakes.

use super::claim::{InHand, holds_up, is_paused};
use super::registry::Jobs;
use super::table::{BY_DUE, Priority, RECURRING};
use crate::platform::clock::Timestamp;
use crate::platform::error::{Error, Result};
use crate::platform::store::{Direction, Reader, Step, readable};

/// What a look for work found.
#[derive(Debug)]
pub(super) struct Sight {
    /// What there is to do.
    pub(super) glance: Glance,
    /// The queues that cannot be read, with the reason.
    pub(super) unreadable: Vec<(&'static str, Error)>,
    /// Why it cannot be read what comes back by itself.
    pub(super) schedules: Option<Error>,
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
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Due, _) | (_, Self::Due) => Self::Due,
            (Self::Next(one), Self::Next(other)) => Self::Next(one.min(other)),
            (Self::Nothing, found) | (found, Self::Nothing) => found,
        }
    }

    fn and(self, at: Timestamp, now: Timestamp) -> Self {
        match self {
            Self::Due => Self::Due,
            _ if at <= now => Self::Due,
            Self::Next(other) => Self::Next(other.min(at)),
            Self::Nothing => Self::Next(at),
        }
    }
}

/// Looks for work without writing. `free` holds the queues that may start jobs, with how many. One that cannot be read
/// does not keep the others from being looked at.
///
/// # Errors
/// When none of them can be read.
pub(super) fn glance(
    tx: &dyn Reader,
    jobs: &Jobs,
    free: &[(&'static str, usize)],
    in_hand: &InHand,
) -> Result<Sight> {
    let mut sight = Sight { glance: Glance::Nothing, unreadable: Vec::new(), schedules: None };
    for (queue, room) in free {
        if *room == 0 {
            continue;
        }
        match readable(|| glance_at_queue(tx, jobs, queue, in_hand)) {
            Ok(found) => sight.glance = sight.glance.or(found),
            Err(error) => sight.unreadable.push((queue, error)),
        }
    }
    let is_read = |queue: &str| {
        free.iter().any(|(name, _)| *name == queue)
            && !sight.unreadable.iter().any(|(name, _)| *name == queue)
    };
    match readable(|| glance_at_schedules(tx, jobs, is_read)) {
        Ok(found) => sight.glance = sight.glance.or(found),
        Err(error) if sight.unreadable.len() == free.len() => return Err(error),
        Err(error) => sight.schedules = Some(error),
    }
    Ok(sight)
}

fn glance_at_schedules(tx: &dyn Reader, jobs: &Jobs, is_read: impl Fn(&str) -> bool) -> Result<Glance> {
    let now = tx.now();
    let mut found = Glance::Nothing;
    RECURRING.visit_prefix(tx, &(), Direction::Forward, |name, row| {
        let recurring = jobs.regular().iter().find(|recurring| recurring.name == name);
        if let Some(recurring) = recurring.filter(|recurring| is_read(recurring.queue)) {
            let is_due = recurring.every.is_due(row.next_run_at, now);
            found = found.and(if is_due { now } else { row.next_run_at }, now);
        }
        Ok(Step::Continue)
    })?;
    Ok(found)
}

fn glance_at_queue(tx: &dyn Reader, jobs: &Jobs, queue: &str, in_hand: &InHand) -> Result<Glance> {
    let now = tx.now();
    let mut found = Glance::Nothing;
    if is_paused(tx, queue)? {
        return Ok(found);
    }
    for priority in Priority::ALL {
        let prefix = (queue.to_owned(), priority.number());
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
    Ok(found)
}
