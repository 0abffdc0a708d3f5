//! Word that the server is about to stop, for whatever would otherwise go on: listeners, streams, workers.

use tokio::sync::watch;

/// Whether the server stops. Clones share it.
#[derive(Debug, Clone)]
pub struct Stopping(watch::Sender<bool>);

impl Default for Stopping {
    fn default() -> Self {
        Self::new()
    }
}

impl Stopping {
    /// Not yet.
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Says so.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was said.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Completes as soon as it is said.
    pub async fn begun(&self) {
        // The sender lives as long as this.
        let _ = self.0.subscribe().wait_for(|&stops| stops).await;
    }
}
