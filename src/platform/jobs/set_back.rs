//! After the time went back: what was planned by the time that turned out to lie ahead.

use super::claim::{LEASE, LONGEST_BACKOFF};
use super::table::{JOBS, JobState};
use crate::platform::clock::Span;
use crate::platform::error::Result;
use crate::platform::store::{Direction, Reader, Step, WriteTx};

/// Brings forward what waits for a time that was reckoned from one that lay ahead by `ahead`: an escalation in ten
/// minutes stays one in ten minutes. Gives back what is held by a lease from then.
///
/// # Errors
/// When the store cannot be read.
pub fn set_back(tx: &mut WriteTx<'_>, ahead: Span) -> Result<()> {
    let now = tx.now();
    let mut wrong = Vec::new();
    JOBS.visit_prefix(tx, &(), Direction::Forward, |id, row| {
        let is_wrong = match row.state {
            JobState::Running => row.due_at > now.plus(LEASE),
            JobState::Waiting => {
                row.created_at > now || (row.attempts > 0 && row.due_at > now.plus(LONGEST_BACKOFF))
            }
            JobState::Dead => false,
        };
        if is_wrong {
            wrong.push((id, row));
        }
        Ok(Step::Continue)
    })?;
    for (id, mut row) in wrong {
        if row.state == JobState::Running {
            row.state = JobState::Waiting;
            row.lease = None;
            row.due_at = now;
        } else {
            row.due_at = row.due_at.minus(ahead).max(now);
        }
        row.created_at = row.created_at.min(now);
        JOBS.put(tx, &id, &row)?;
    }
    tx.wake_jobs();
    Ok(())
}
