//! What an admin sees of jobs and queues.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::users::model::Role;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::JobId;
use crate::platform::jobs::{
    BY_DEATH, BY_DUE, JOBS, JobRow, JobState, QUEUES, QueueRow, RECURRING, RecurringRow,
};
use crate::platform::store::{Direction, Page, PageRequest, Reader, Step};

/// Which jobs are wanted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct JobFilter {
    /// Only those of this queue.
    pub queue: Option<String>,
    /// Only those in this state.
    pub state: Option<JobState>,
}

/// Jobs, newest first; the dead ones of one queue the last first, the others of one queue and state in the order in
/// which they start.
///
/// # Errors
/// `role_not_allowed`, `cursor_invalid`.
pub async fn list(
    context: &Context,
    caller: &Caller,
    filter: JobFilter,
    request: PageRequest,
) -> Result<Page<(JobId, JobRow)>> {
    gate::read(context, caller, "job.list", |tx| {
        caller.with_role(Role::Admin)?;
        let fits = |row: &JobRow| filter.state.is_none_or(|state| row.state == state);
        let (Some(queue), Some(state)) = (&filter.queue, filter.state) else {
            let of_queue = |row: &JobRow| filter.queue.as_ref().is_none_or(|queue| row.queue == *queue);
            return JOBS.page(tx, &(), Direction::Backward, &request, |_, row| fits(row) && of_queue(row));
        };
        let load = |id| Ok(JOBS.get(tx, &id)?.filter(fits).map(|row| (id, row)));
        match state {
            JobState::Dead => BY_DEATH.page(tx, queue, Direction::Backward, &request, load),
            JobState::Waiting | JobState::Running => {
                BY_DUE.page(tx, queue, Direction::Forward, &request, load)
            }
        }
    })
    .await
}

/// A queue with what is in it.
#[derive(Debug, Clone, Default)]
pub struct Queue {
    /// Its state.
    pub row: QueueRow,
    /// What is in it.
    pub depth: Depth,
}

/// What is in a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Jobs that wait, those included whose time is still to come.
    pub waiting: u64,
    /// Those of them that could start now.
    pub due: u64,
    /// Jobs that a worker has.
    pub running: u64,
    /// Dead letters.
    pub dead: u64,
    /// Since when the oldest of those that could start could.
    pub oldest_due: Option<Timestamp>,
}

impl Depth {
    fn count(&mut self, row: &JobRow, now: Timestamp) {
        match row.state {
            JobState::Waiting => {
                self.waiting += 1;
                if row.due_at <= now {
                    self.due += 1;
                    self.oldest_due = self.oldest_due.into_iter().chain([row.due_at]).min();
                }
            }
            JobState::Running => self.running += 1,
            JobState::Dead => self.dead += 1,
        }
    }
}

/// The queues with what is in them, by name.
///
/// # Errors
/// `role_not_allowed`.
pub async fn queues(context: &Context, caller: &Caller) -> Result<Vec<(String, Queue)>> {
    gate::read(context, caller, "queue.list", |tx| {
        caller.with_role(Role::Admin)?;
        let now = tx.now();
        let named = |(name, row)| (name, Queue { row, depth: Depth::default() });
        let mut queues: BTreeMap<String, Queue> =
            QUEUES.list_prefix(tx, &())?.into_iter().map(named).collect();
        JOBS.visit_prefix(tx, &(), Direction::Forward, |_, row| {
            queues.entry(row.queue.clone()).or_default().depth.count(&row, now);
            Ok(Step::Continue)
        })?;
        Ok(queues.into_iter().collect())
    })
    .await
}

/// One queue with what is in it.
///
/// # Errors
/// When the store cannot be read.
pub fn queue(tx: &dyn Reader, name: &str, row: QueueRow) -> Result<Queue> {
    let now = tx.now();
    let mut queue = Queue { row, depth: Depth::default() };
    JOBS.visit_prefix(tx, &(), Direction::Forward, |_, row| {
        if row.queue == name {
            queue.depth.count(&row, now);
        }
        Ok(Step::Continue)
    })?;
    Ok(queue)
}

/// The scheduled tasks with their last and next run, by name.
///
/// # Errors
/// `role_not_allowed`.
pub async fn schedules(context: &Context, caller: &Caller) -> Result<Vec<(String, RecurringRow)>> {
    gate::read(context, caller, "schedule.list", |tx| {
        caller.with_role(Role::Admin)?;
        RECURRING.list_prefix(tx, &())
    })
    .await
}
