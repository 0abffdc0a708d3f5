//! What an admin sees of jobs and queues.

use serde::{Deserialize, Serialize};

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::users::model::Role;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::JobId;
use crate::platform::jobs::{
    BY_DEATH, BY_DUE, JOBS, JobRow, JobState, QUEUES, QueueRow, RECURRING, RecurringRow,
};
use crate::platform::store::{Direction, Page, PageRequest};

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

/// The queues with their state, by name.
///
/// # Errors
/// `role_not_allowed`.
pub async fn queues(context: &Context, caller: &Caller) -> Result<Vec<(String, QueueRow)>> {
    gate::read(context, caller, "queue.list", |tx| {
        caller.with_role(Role::Admin)?;
        QUEUES.list_prefix(tx, &())
    })
    .await
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
