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
use super::handle::{CommitHook, SEQUENCE_KEY, State, StoreOptions};
use super::transaction::Effects;
use super::writer::Ran;
use crate::platform::clock::{Clock, Timestamp};
use crate::platform::error::Result;
use crate::platform::supervision::Pulse;

/// A group whose closures have run.
pub(super) struct Batch {
    pub(super) changes: Arc<Changes>,
    pub(super) effects: Effects,
    pub(super) ran: Vec<Ran>,
}

/// What became of a batch, said to the writer.
pub(super) enum Landed {
    /// Its changes are durable, or it had none.
    Whole,
    /// They are durable, but the file was opened again for it: views from before may have ended.
    Recovered,
    /// The disk failed, at this time.
    Failed(Timestamp),
    /// A damaged page is in the way of it, and nothing of it is in the file. These were not answered yet: each is to be
    /// tried by itself.
    Refused(Vec<Ran>),
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
    pub(super) fn run(&self, batches: &Receiver<Batch>, landed: &Sender<Landed>, pulse: &Pulse) {
        pulse.rest();
        for batch in batches {
            pulse.beat();
            let Batch { changes, mut effects, ran } = batch;
            let (landed_as, outcome) = self.commit(&changes);
            if matches!(landed_as, Landed::Refused(_)) && ran.len() > 1 {
                drop(landed.send(Landed::Refused(ran)));
                pulse.rest();
                continue;
            }
            // Also after a failure: the changes may have reached the disk all the same. But nobody may hear of what may
            // not have happened. If it did, the gap before the next id tells.
            if outcome.is_err() {
                effects.announced.clear();
            }
            if catch_unwind(AssertUnwindSafe(|| (self.hook)(&effects))).is_err() {
                tracing::error!("what follows a commit panicked");
            }
            if outcome.is_ok() {
                let done = ran.iter().filter(|(_, own)| own.is_ok()).count();
                self.state.writes.fetch_add(done as u64, Ordering::Relaxed);
            }
            // The writer may have ended already; the callers are answered all the same.
            drop(landed.send(landed_as));
            for (work, own) in ran {
                work.answer(outcome.clone().and(own));
            }
            pulse.rest();
        }
    }

    fn commit(&self, changes: &Changes) -> (Landed, Result<()>) {
        if changes.is_empty() {
            return (Landed::Whole, Ok(()));
        }
        let was_failing = self.state.failing.load(Ordering::Acquire);
        let first = match was_failing {
            // While the disk keeps failing, one attempt is enough to notice that it works again.
            true => self.engine.recover().and_then(|()| self.engine.commit(changes)),
            false => self.engine.commit(changes),
        };
        // After an I/O error anything may be said of the file; from a disk that worked it is the truth.
        if !was_failing && let Err(error @ EngineError::Corrupted(what)) = &first {
            self.state.health.note_damage(what);
            tracing::error!(what, "a write met a damaged page and is refused; others go on");
            let has_committed = self.has_committed(changes);
            let how = if has_committed { Landed::Recovered } else { Landed::Refused(Vec::new()) };
            return (how, Err(error.unavailable()));
        }
        let has_recovered = was_failing || first.is_err();
        let result = if was_failing { first } else { self.try_again(first, changes) };
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
                (Landed::Failed(self.clock.now()), Err(error.unavailable()))
            }
        }
    }

    /// Whether these changes are in the file although their commit failed.
    fn has_committed(&self, changes: &Changes) -> bool {
        let number = self.engine.snapshot().and_then(|snapshot| snapshot.get(SEQUENCE_KEY));
        changes.get(SEQUENCE_KEY).is_some_and(|wanted| number.as_ref() == Ok(wanted))
    }

    fn try_again(&self, first: Result<(), EngineError>, changes: &Changes) -> Result<(), EngineError> {
        let mut result = first;
        for pause in &self.options.retry_pauses {
            let Err(error) = &result else { break };
            if *error == EngineError::Displaced {
                break;
            }
            tracing::warn!(%error, pause_ms = pause.as_millis(), "commit failed, trying again");
            if !pause.is_zero() {
                (self.options.pause.0)(*pause);
            }
            result = self.engine.recover().and_then(|()| self.engine.commit(changes));
        }
        result
    }
}
