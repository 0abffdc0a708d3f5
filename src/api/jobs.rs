//! Jobs and queues, for clinic staff.

use std::sync::Arc;

use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::output::{Listed, NoContent};
use super::problem::Problem;
use super::types::Instant;
use crate::flows;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::ids::JobId;
use crate::platform::jobs::{JobRow, JobState, Priority, QueueRow, RecurringRow};
use crate::platform::store::PageRequest;
use crate::views;
use crate::views::jobs::{JobFilter, Queue};

/// Jobs and queues.
pub struct JobsApi(pub Arc<Context>);

/// A job that is not finished.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct JobView {
    /// Its id.
    id: JobId,
    /// What it does.
    name: String,
    /// The queue it waits in.
    queue: String,
    /// Where it stands.
    state: JobState,
    /// How much it matters: in its queue the most important starts first.
    priority: Priority,
    /// Its content: ids, never personal data.
    payload: Value,
    /// Runs so far.
    attempts: u32,
    /// Runs allowed.
    max_attempts: u32,
    /// When it was enqueued.
    created_at: Instant,
    /// When it may run; for a running one, when its lease ends; for a dead one, when it died.
    due_at: Instant,
    /// Why the last run failed.
    last_error: Option<String>,
}

impl JobView {
    fn of((id, row): (JobId, JobRow)) -> Self {
        Self {
            id,
            name: row.name,
            queue: row.queue,
            state: row.state,
            priority: row.priority,
            payload: row.payload,
            attempts: row.attempts,
            max_attempts: row.max_attempts,
            created_at: row.created_at.into(),
            due_at: row.due_at.into(),
            last_error: row.last_error,
        }
    }
}

/// A queue of jobs.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct QueueView {
    /// Its name.
    name: String,
    /// Whether it starts no jobs until it is resumed.
    paused: bool,
    /// Since when it is paused.
    paused_at: Option<Instant>,
    /// Jobs that wait, those included whose time is still to come.
    waiting: u64,
    /// Those of them that could start now.
    due: u64,
    /// Jobs that run.
    running: u64,
    /// Jobs whose attempts are used up.
    dead: u64,
    /// For how many seconds the oldest of those that could start has waited since it could; null when there is none.
    oldest_seconds: Option<i64>,
}

impl QueueView {
    fn of((name, queue): (String, Queue), now: Timestamp) -> Self {
        let Queue { row, depth } = queue;
        Self {
            name,
            paused: row.paused_at.is_some(),
            paused_at: row.paused_at.map(Instant::from),
            waiting: depth.waiting,
            due: depth.due,
            running: depth.running,
            dead: depth.dead,
            oldest_seconds: depth.oldest_due.map(|due_at| now.since(due_at).as_milliseconds() / 1_000),
        }
    }

    /// The queue after it was paused or resumed.
    fn read(context: &Context, name: String, row: QueueRow) -> Result<Self, Problem> {
        let queue = context.store.read(|tx| views::jobs::queue(tx, &name, row))?;
        Ok(Self::of((name, queue), context.now()))
    }
}

/// A task that comes back by itself.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ScheduleView {
    /// Its name.
    name: String,
    /// Seconds from one run to the next.
    every_seconds: i64,
    /// When it runs next.
    next_run_at: Instant,
    /// When it ran last; null before the first time.
    last_run_at: Option<Instant>,
}

impl ScheduleView {
    fn of((name, row): (String, RecurringRow)) -> Self {
        Self {
            name,
            every_seconds: row.every.as_seconds_rounded_up(),
            next_run_at: row.next_run_at.into(),
            last_run_at: row.last_run_at.map(Instant::from),
        }
    }
}

/// Why a job is discarded.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DiscardJobRequest {
    /// The reason, for the audit.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

#[OpenApi(prefix_path = "/admin", tag = "Area::Admin")]
impl JobsApi {
    /// List jobs
    ///
    /// Jobs that are not finished, newest first; the waiting ones of one queue in the order in which they start. For
    /// clinic staff.
    #[oai(path = "/jobs", method = "get", operation_id = "list_jobs")]
    async fn list(
        &self,
        SignedIn(caller): SignedIn,
        /// Only jobs of this queue.
        queue: Query<Option<String>>,
        /// Only jobs in this state.
        state: Query<Option<JobState>>,
        /// Most items on the page, 1 to 100.
        limit: Query<Option<u32>>,
        /// Where the page starts: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<JobView>>, Problem> {
        let request = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let filter = JobFilter { queue: queue.0, state: state.0 };
        let page = views::jobs::list(&self.0, &caller, filter, request).await?;
        Ok(Json(Listed::from_page(page, JobView::of)))
    }

    /// Retry a dead job
    ///
    /// Brings a job whose attempts all failed back with all its attempts. For clinic staff.
    #[oai(path = "/jobs/:id/retry", method = "post", operation_id = "retry_job")]
    async fn retry(&self, SignedIn(caller): SignedIn, id: Path<JobId>) -> Result<Json<JobView>, Problem> {
        let row = flows::jobs::retry(&self.0, &caller, id.0).await?;
        Ok(Json(JobView::of((id.0, row))))
    }

    /// Discard a job
    ///
    /// Removes a job that is dead or waits. For clinic staff.
    #[oai(path = "/jobs/:id/discard", method = "post", operation_id = "discard_job")]
    async fn discard(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<JobId>,
        Body(body): Body<DiscardJobRequest>,
    ) -> Result<NoContent, Problem> {
        flows::jobs::discard(&self.0, &caller, id.0, body.reason).await?;
        Ok(NoContent)
    }

    /// List queues
    ///
    /// Every queue of jobs with its state, how many jobs are in it and how long the oldest has waited. For clinic
    /// staff.
    #[oai(path = "/queues", method = "get", operation_id = "list_queues")]
    async fn queues(&self, SignedIn(caller): SignedIn) -> Result<Json<Listed<QueueView>>, Problem> {
        let queues = views::jobs::queues(&self.0, &caller).await?;
        let now = self.0.now();
        Ok(Json(Listed::whole(queues.into_iter().map(|queue| QueueView::of(queue, now)).collect())))
    }

    /// List scheduled tasks
    ///
    /// Everything that the server does by itself, with its last and next run. For clinic staff.
    #[oai(path = "/schedules", method = "get", operation_id = "list_schedules")]
    async fn schedules(&self, SignedIn(caller): SignedIn) -> Result<Json<Listed<ScheduleView>>, Problem> {
        let schedules = views::jobs::schedules(&self.0, &caller).await?;
        Ok(Json(Listed::whole(schedules.into_iter().map(ScheduleView::of).collect())))
    }

    /// Pause a queue
    ///
    /// Its jobs wait until it is resumed; those that run are left to end. For clinic staff.
    #[oai(path = "/queues/:name/pause", method = "post", operation_id = "pause_queue")]
    async fn pause(
        &self,
        SignedIn(caller): SignedIn,
        name: Path<String>,
    ) -> Result<Json<QueueView>, Problem> {
        let row = flows::jobs::pause_queue(&self.0, &caller, name.0.clone()).await?;
        Ok(Json(QueueView::read(&self.0, name.0, row)?))
    }

    /// Resume a queue
    ///
    /// Its jobs start again. For clinic staff.
    #[oai(path = "/queues/:name/resume", method = "post", operation_id = "resume_queue")]
    async fn resume(
        &self,
        SignedIn(caller): SignedIn,
        name: Path<String>,
    ) -> Result<Json<QueueView>, Problem> {
        let row = flows::jobs::resume_queue(&self.0, &caller, name.0.clone()).await?;
        Ok(Json(QueueView::read(&self.0, name.0, row)?))
    }
}
