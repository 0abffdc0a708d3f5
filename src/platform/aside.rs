//! Work that nobody is in a hurry for.

use rustix::process::setpriority_process;
use rustix::thread::gettid;
use tokio::sync::oneshot;

use super::error::{Error, Result};

/// The lowest priority there is, for the processor and, by that, for the disk.
const LOWEST_PRIORITY: i32 = 19;

/// Runs `work` on a thread of its own, which gets the processor when nobody else wants it.
///
/// # Errors
/// When the thread cannot be started, or `work` panics.
pub async fn aside<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let (answer, answered) = oneshot::channel();
    let run = move || {
        if let Err(error) = setpriority_process(Some(gettid()), LOWEST_PRIORITY) {
            tracing::debug!(%error, "the priority of a thread cannot be lowered");
        }
        // Nobody waits any more when the server has ended.
        drop(answer.send(work()));
    };
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|error| Error::internal(format!("thread {name} cannot start: {error}")))?;
    answered.await.map_err(|_| Error::internal(format!("thread {name} fell")))
}
