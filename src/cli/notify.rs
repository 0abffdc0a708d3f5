//! What `serve` tells the service manager that started it, if one did.

use std::sync::Arc;

use crate::platform::clock::Span;
use crate::platform::context::Context;
use crate::platform::jobs::{SystemWaiter, Waiter};
use crate::platform::service::{ServiceManager, watchdog_interval};

/// A start may take this long when the data must be brought to a newer form first.
const START: &str = "EXTEND_TIMEOUT_USEC=3600000000";

/// Who started the server and wants to hear of it; nobody outside of a service manager.
pub(super) struct Manager(Option<Arc<ServiceManager>>);

impl Manager {
    /// The one that the environment names. It hears that the start may take long.
    pub(super) fn of_environment() -> Self {
        let manager = std::env::var_os("NOTIFY_SOCKET").and_then(|socket| {
            let failed = |error| tracing::warn!(%error, "the service manager cannot be told anything");
            ServiceManager::at(&socket).map_err(failed).ok()
        });
        let manager = Self(manager.map(Arc::new));
        manager.tell(START);
        manager
    }

    /// Says so.
    pub(super) fn tell(&self, word: &str) {
        if let Some(manager) = &self.0
            && let Err(error) = manager.tell(word)
        {
            tracing::warn!(%error, word, "the service manager does not listen");
        }
    }

    /// Says that no sign of life comes for a while: the data file is copied. See
    /// [`Manager::expect_signs_again`].
    pub(super) fn expect_delay(&self) {
        const WATCHDOG: &str = "WATCHDOG_USEC=3600000000";
        self.tell(START);
        self.tell(WATCHDOG);
    }

    /// Says that signs of life come as often as before [`Manager::expect_delay`].
    pub(super) fn expect_signs_again(&self) {
        if let Ok(usec) = std::env::var("WATCHDOG_USEC") {
            self.tell(&format!("WATCHDOG_USEC={usec}"));
        }
    }

    /// Gives the watchdog a sign of life again and again, as long as every part of the server gives one. Ends never,
    /// and at once when nobody waits for it.
    pub(super) async fn keep_awake(&self, context: &Context) {
        let usec = std::env::var("WATCHDOG_USEC").ok();
        let Some(interval) = watchdog_interval(usec.as_deref()).filter(|_| self.0.is_some()) else { return };
        loop {
            let lifeless: Vec<String> = context
                .supervision
                .report()
                .into_iter()
                .filter(|part| part.state.is_lifeless())
                .map(|part| format!("{} ({:?} for {} s)", part.name, part.state, seconds(part.silent_for)))
                .collect();
            if lifeless.is_empty() {
                self.tell("WATCHDOG=1");
            } else {
                let parts = lifeless.join(", ");
                tracing::error!(
                    parts,
                    "parts of the server give no sign of life: the watchdog hears nothing"
                );
            }
            SystemWaiter.wait(interval).await;
        }
    }
}

const fn seconds(span: Span) -> i64 {
    span.as_milliseconds() / 1_000
}
