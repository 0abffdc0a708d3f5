//! What reads and writes met of the storage's troubles.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::engine::EngineError;
use super::lost::Lost;
use crate::platform::error::Error;

/// Notes that a read met an I/O error; the engine refuses most reads from then on until it has recovered. A damaged
/// page is noted too, and never cured by that: who reads elsewhere is not disturbed.
#[derive(Debug, Default, Clone)]
pub(super) struct Health(Arc<Noted>);

#[derive(Debug, Default)]
struct Noted {
    failed: AtomicBool,
    asked: AtomicBool,
    damage: OnceLock<String>,
    lost: Lost,
}

impl Health {
    /// Of a file in which these rows were lost.
    pub(super) fn of(lost: Lost) -> Self {
        Self(Arc::new(Noted { lost, ..Noted::default() }))
    }

    /// The rows that were lost before the file was opened.
    pub(super) fn lost(&self) -> &Lost {
        &self.0.lost
    }

    pub(super) fn unreadable(&self, error: EngineError) -> Error {
        match &error {
            EngineError::Corrupted(what) => self.note_damage(what),
            EngineError::Reopened => {}
            _ => self.0.failed.store(true, Ordering::Release),
        }
        error.unavailable()
    }

    /// Keeps the first damage that was met and says so.
    pub(super) fn note_damage(&self, what: &str) {
        if self.0.damage.set(what.to_owned()).is_ok() {
            tracing::error!(
                what,
                "the data file has a damaged page; `das-tern doctor` says which rows it held"
            );
        }
    }

    /// The first damage that was met since the start.
    pub(super) fn damage(&self) -> Option<String> {
        self.0.damage.get().cloned()
    }

    /// Whether the writer should be asked to recover; yes only once for each failure.
    pub(super) fn wants_recovery(&self) -> bool {
        self.0.failed.load(Ordering::Acquire) && !self.0.asked.swap(true, Ordering::AcqRel)
    }

    /// Whether there was a failure; forgets it.
    pub(super) fn take_failure(&self) -> bool {
        self.0.asked.store(false, Ordering::Release);
        self.0.failed.swap(false, Ordering::AcqRel)
    }
}
