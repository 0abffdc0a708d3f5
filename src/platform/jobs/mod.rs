//! Durable jobs. A job is a serializable struct, enqueued inside the caller's write transaction, so that it
//! exists exactly when the change does. It runs at least once: handlers are idempotent.

mod table;

pub use table::{JOBS, JobRow, JobState, enqueue, enqueue_at, enqueue_once};

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
}
