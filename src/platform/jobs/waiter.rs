//! What a worker waits for: the clock and the wake-up after a commit.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::platform::clock::Span;

/// How a worker lets time pass; a test hands in one that never does.
pub trait Waiter: Send + Sync + 'static {
    /// Ends after `span`, or at once when it is not positive.
    fn wait(&self, span: Span) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Waits for real.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemWaiter;

impl Waiter for SystemWaiter {
    fn wait(&self, span: Span) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let span = Duration::from_millis(u64::try_from(span.as_milliseconds()).unwrap_or(0));
        #[expect(clippy::disallowed_methods, reason = "the one place where jobs wait for their time")]
        Box::pin(tokio::time::sleep(span))
    }
}

/// The wake-up: rung after each commit that added jobs. Clones share it.
#[derive(Debug, Default, Clone)]
pub struct JobSignal(Arc<Notify>);

impl JobSignal {
    /// A fresh one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes the worker. A ring while it is busy is not lost, and many are one.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Ends at the next ring, or at once when there was one since the last.
    pub async fn heard(&self) {
        self.0.notified().await;
    }
}
