//! The thread that brings groups of changes to the disk and answers their callers.
//!
//! # When the disk fails
//! The same changes are committed again at once, after 100 ms and after 200 ms, each time after the engine has
//! recovered. If that does not help, the group is answered with 503 and the store is read-only: at most once a
//! second a write tries the disk again, all others are answered with 503 at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::{Receiver, Sender};

use super::engine::{Changes, Engine, EngineError};
use super::handle::{CommitHook, State, StoreOptions};
use super::transaction::Effects;
use super::writer::{Ran, refusal};
use crate::platform::clock::{Clock, Timestamp};
use crate::platform::error::Result;

/// A group whose closures have run.
pub(super) struct Batch {
    pub(super) changes: Arc<Changes>,
    pub(super) effects: Effects,
    pub(super) ran: Vec<Ran>,
}

/// What became of a batch.
pub(super) enum Landed {
    /// Its changes are durable, or it had none.
    Whole,
    /// They are durable, but the file was opened again for it: views from before may have ended.
    Recovered,
    /// The disk failed, at this time.
    Failed(Timestamp),
}

/// What the thread works with.
pub(super) struct Committer {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: StoreOptions,
    pub(super) hook: CommitHook,
    pub(super) state: Arc<State>,
}

impl Committer {
    /// Works until the writer hands over no more. What became of a batch is said before its callers are answered, so that
    /// what they ask for next is judged by it.
    pub(super) fn run(self, batches: &Receiver<Batch>, landed: &Sender<Landed>) {
        for batch in batches {
            let Batch { changes, mut effects, ran } = batch;
            let (how, outcome) = self.commit(&changes);
            let is_whole = outcome.is_ok();
            // Also after a failure: the changes may have reached the disk all the same. But nobody may hear of what may
            // not have happened. If it did, the gap before the next id tells.
            if !is_whole {
                effects.announced.clear();
            }
            if catch_unwind(AssertUnwindSafe(|| (self.hook)(&effects))).is_err() {
                tracing::error!("what follows a commit panicked");
            }
            if is_whole {
                let done = ran.iter().filter(|(_, own)| own.is_ok()).count();
                self.state.writes.fetch_add(done as u64, Ordering::Relaxed);
            }
            // The writer may have ended already; the callers are answered all the same.
            drop(landed.send(how));
            for (work, own) in ran {
                work.answer(outcome.clone().and(own));
            }
        }
    }

    fn commit(&self, changes: &Changes) -> (Landed, Result<()>) {
        if changes.is_empty() {
            return (Landed::Whole, Ok(()));
        }
        let was_failing = self.state.failing.load(Ordering::Acquire);
        let (result, has_recovered) = if was_failing {
            // While the disk keeps failing, one attempt is enough to notice that it works again.
            (self.engine.recover().and_then(|()| self.engine.commit(changes)), true)
        } else {
            self.commit_with_retries(changes)
        };
        self.state.failing.store(result.is_err(), Ordering::Release);
        match result {
            Ok(()) => {
                if was_failing {
                    tracing::info!("the disk works again, the store takes writes");
                }
                self.state.commits.fetch_add(1, Ordering::Relaxed);
                (if has_recovered { Landed::Recovered } else { Landed::Whole }, Ok(()))
            }
            Err(error) => {
                tracing::error!(%error, "commit failed for good, the store is read-only");
                // Readers go on with the last durable commit.
                if let Err(error) = self.engine.recover() {
                    tracing::error!(%error, "the data file cannot be written");
                }
                (Landed::Failed(self.clock.now()), Err(refusal(&error)))
            }
        }
    }

    /// The outcome, and whether the engine had to recover.
    fn commit_with_retries(&self, changes: &Changes) -> (Result<(), EngineError>, bool) {
        let mut result = self.engine.commit(changes);
        let mut has_recovered = false;
        for pause in &self.options.retry_pauses {
            let Err(error) = &result else { break };
            tracing::warn!(%error, pause_ms = pause.as_millis(), "commit failed, trying again");
            if !pause.is_zero() {
                (self.options.pause.0)(*pause);
            }
            has_recovered = true;
            result = self.engine.recover().and_then(|()| self.engine.commit(changes));
        }
        (result, has_recovered)
    }
}
