//! Durable jobs. A job is a serializable struct, enqueued inside the caller's write transaction, so that it
//! exists exactly when the change does. It runs at least once: handlers are idempotent.
//!
//! ```ignore
//! let mut jobs = Jobs::new();
//! jobs.queue("mail", 4);
//! jobs.register::<DeliverNotification, _, _>(notifications::deliver);
//! jobs.recurring("missed-doses", Every::minutes(1), SweepMissedDoses);
//! let mut worker = Worker::new(context, jobs, signal, Arc::new(SystemWaiter));
//! worker.install().await?;                      // also at every start
//! worker.run(stop_requested).await;             // a server
//! worker.run_until_idle().await?;               // a test, after moving its clock
//! ```
//!
//! # How a job lives
//! Waiting -> Running, with a lease that the worker renews -> gone when its handler succeeded. A failed one
//! waits again, longer each time ([`backoff`]), until its attempts are used up; then it is a dead letter, which
//! an admin retries or discards. A job whose worker died is taken over when its lease ends. Of the jobs of a queue
//! that are due, the most important starts first ([`Priority`]); those that failed at something which works again are
//! brought forward by [`hasten`]. A queue may be kept strictly in that order ([`Jobs::in_order`]). A queue may have a limit of starts in a minute ([`Jobs::limit`]).
//!
//! # When something is wrong
//! A queue that cannot be read, because a page of the data file is damaged, is passed over: the others go on, the
//! worker's part in the supervision says so, and what comes back by itself in that queue runs outside of it. Jobs that
//! cannot be taken back wait while the wall clock is in doubt ([`Job::WAITS_FOR_CLOCK`]). A lease that ends later than
//! a lease lasts was given by a clock that has been set back since: it is void.
//!
//! # What it costs
//! An idle worker reads the store once a minute. A wake costs one read and, when something is due, one commit
//! that claims for all queues; finished jobs are written by tasks of their own and share group commits.

mod claim;
mod glance;
mod registry;
mod set_back;
mod table;
mod unqueued;
mod waiter;
mod worker;

pub use claim::backoff;
pub use registry::{Every, Jobs};
pub use set_back::set_back;
pub use table::{
    BY_DEATH, BY_DUE, JOBS, JobRow, JobState, Priority, QUEUES, QueueRow, RECURRING, RecurringRow, discard,
    enqueue, enqueue_at, enqueue_once, give_turn, hasten, order_by_priority, retry, set_paused, verify,
};
pub use waiter::{JobSignal, SystemWaiter, Waiter};
pub use worker::Worker;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Work to be done after a commit. Holds ids, never personal data: admins see it in the job list.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Stable name, `deliver-notification`.
    const NAME: &'static str;
    /// The queue it waits in; each queue has its own concurrency and can be paused.
    const QUEUE: &'static str;
    /// Attempts before it goes to the dead letters.
    const MAX_ATTEMPTS: u32 = 8;
    /// Seconds after which an attempt that has not ended counts as failed.
    const TIME_LIMIT_SECONDS: u32 = 300;

    /// Whether it does what cannot be taken back by the time alone, such as counting doses as missed or deleting what is
    /// old. Then it waits while the wall clock is in doubt.
    const WAITS_FOR_CLOCK: bool = false;

    /// How much this one matters: among the jobs of its queue that are due, the most important starts first.
    fn priority(&self) -> Priority {
        Priority::Normal
    }
}
