//! The store's single writer.
//!
//! # Why one writer
//! Closures run one after another, so every transaction is serializable without locks or conflicts, and a group
//! of them shares the price of one fsync. A closure's changes stay in memory until it has succeeded; one that
//! fails or panics leaves nothing and disturbs nobody. Everybody is answered after the commit, also who was refused:
//! the refusal may rest on what another closure of the group has just written.
//!
//! # When the disk fails
//! The same changes are committed again at once, after 100 ms and after 200 ms, each time after the engine has
//! recovered. If that does not help, the group is answered with 503 and the store is read-only: at most once a
//! second a write tries the disk again, all others are answered with 503 at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::engine::{Changes, Engine, EngineError, Snapshot};
use super::transaction::{Effects, WriteTx};
use crate::platform::clock::{Clock, Moment, Span, Timestamp};
use crate::platform::error::{Error, Result};
use crate::platform::random::Random;
use crate::platform::supervision::Pulse;

use super::handle::{CommitHook, SEQUENCE_KEY, State, StoreOptions, known_time_in};

/// How long a failing disk is left alone before a write tries it again.
const REST: Span = Span::seconds(1);
/// How long a group waits for a writer that took part in the last one: about what a caller needs to send his next.
const GATHERING: Duration = Duration::from_micros(100);

/// A queued write without its result type.
pub(super) trait Pending: Send {
    /// Runs the closure, keeping its result for [`Pending::answer`].
    fn run(&mut self, tx: &mut WriteTx<'_>) -> Result<()>;
    /// Tells the caller: the kept result when the commit is durable, else the error.
    fn answer(self: Box<Self>, outcome: Result<()>);
}

/// A queued write.
pub(super) struct Work<F, T> {
    pub(super) write: F,
    pub(super) done: Option<T>,
    pub(super) answer: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: FnMut(&mut WriteTx<'_>) -> Result<T> + Send> Pending for Work<F, T> {
    fn run(&mut self, tx: &mut WriteTx<'_>) -> Result<()> {
        self.done = Some((self.write)(tx)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let done = self.done.ok_or_else(|| Error::internal("a write was answered before it ran"));
        // Nobody listening means that the caller has gone; the write stands all the same.
        drop(self.answer.send(outcome.and(done)));
    }
}

/// Queued by a reader that met an I/O error, so that the writer recovers the engine.
pub(super) struct Nudge;

impl Pending for Nudge {
    fn run(&mut self, _tx: &mut WriteTx<'_>) -> Result<()> {
        Ok(())
    }
    fn answer(self: Box<Self>, _outcome: Result<()>) {}
}

/// The thread that writes.
pub(super) struct Writer {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<Random>,
    pub(super) options: StoreOptions,
    pub(super) hook: CommitHook,
    pub(super) state: Arc<State>,
    /// When the disk failed last, while it does.
    pub(super) failed_at: Option<Timestamp>,
    /// Closures of the last group.
    pub(super) last_group: usize,
}

/// A closure that has run, with its outcome.
type Ran = (Box<dyn Pending>, Result<()>);

impl Writer {
    /// Works until the handle closes the queue.
    pub(super) fn run(&mut self, queue: &Receiver<Box<dyn Pending>>, pulse: &Pulse) {
        pulse.rest();
        while let Ok(first) = queue.recv() {
            pulse.beat();
            let group = self.gather(first, queue);
            self.last_group = group.len();
            self.serve(group);
            pulse.rest();
        }
    }

    /// What waits, up to the size of a group. Callers that were answered together tend to come back together, a
    /// moment after the first of them: the group waits for them rather than leave them for the next commit. A
    /// single caller never waits.
    fn gather(&self, first: Box<dyn Pending>, queue: &Receiver<Box<dyn Pending>>) -> Vec<Box<dyn Pending>> {
        let mut group = Vec::with_capacity(self.last_group.max(8));
        group.push(first);
        while group.len() < self.options.group_size {
            match queue.try_recv() {
                Ok(next) => group.push(next),
                Err(TryRecvError::Empty) if group.len() < self.last_group => {
                    match queue.recv_timeout(GATHERING) {
                        Ok(next) => group.push(next),
                        Err(_) => break,
                    }
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        group
    }

    /// Runs a group of closures, commits what succeeded, answers everybody.
    fn serve(&mut self, group: Vec<Box<dyn Pending>>) {
        if self.is_resting() {
            return refuse(group, &EngineError::Io("the disk failed a moment ago".to_owned()));
        }
        let snapshot = match self.snapshot() {
            Ok(snapshot) => snapshot,
            Err(error) => {
                tracing::error!(%error, "the store cannot be read");
                self.note(Some(&error));
                return refuse(group, &error);
            }
        };
        let mut changes = Changes::new();
        let mut effects = Effects::default();
        let ran = self.run_all(group, snapshot.as_ref(), &mut changes, &mut effects);
        let numbered = number(&mut changes, snapshot.as_ref(), self.clock.moment());
        drop(snapshot);
        let outcome = match numbered {
            Ok(()) => self.commit(&changes),
            Err(error) => Err(refusal(&error)),
        };
        if outcome.is_ok() {
            let done = ran.iter().filter(|(_, own)| own.is_ok()).count();
            self.state.writes.fetch_add(done as u64, Ordering::Relaxed);
        } else {
            // Nobody may hear of what may not have happened. If it did, the gap before the next id tells.
            effects.announced.clear();
        }
        // Also after a failure: the changes may have reached the disk all the same.
        if catch_unwind(AssertUnwindSafe(|| (self.hook)(&effects))).is_err() {
            tracing::error!("what follows a commit panicked");
        }
        for (work, own) in ran {
            work.answer(outcome.clone().and(own));
        }
    }

    /// Whether the disk failed so recently that it is left alone.
    fn is_resting(&self) -> bool {
        self.failed_at.is_some_and(|at| (Span::ZERO..REST).contains(&self.clock.now().since(at)))
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>, EngineError> {
        if self.state.health.take_failure() {
            tracing::warn!("a read failed, the data file is opened again");
            self.engine.recover()?;
        }
        self.engine.snapshot().or_else(|_| {
            self.engine.recover()?;
            self.engine.snapshot()
        })
    }

    fn run_all(
        &self,
        group: Vec<Box<dyn Pending>>,
        base: &dyn Snapshot,
        changes: &mut Changes,
        effects: &mut Effects,
    ) -> Vec<Ran> {
        let mut ran = Vec::with_capacity(group.len());
        for mut work in group {
            let mut tx = WriteTx::new(base, changes, self.clock.moment(), &self.random, &self.state.health);
            let outcome = catch_unwind(AssertUnwindSafe(|| work.run(&mut tx)))
                .unwrap_or_else(|_| Err(Error::internal("a write closure panicked")));
            if outcome.is_ok() {
                let (own, own_effects) = tx.finish();
                changes.extend(own);
                effects.append(own_effects);
            }
            ran.push((work, outcome));
        }
        ran
    }

    fn commit(&mut self, changes: &Changes) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        // While the disk keeps failing, one attempt is enough to notice that it works again.
        let result = if self.failed_at.is_some() {
            self.engine.recover().and_then(|()| self.engine.commit(changes))
        } else {
            self.commit_with_retries(changes)
        };
        if let Err(error) = &result {
            tracing::error!(%error, "commit failed for good, the store is read-only");
            // Readers go on with the last durable commit.
            if let Err(error) = self.engine.recover() {
                tracing::error!(%error, "the data file cannot be written");
            }
        } else if self.failed_at.is_some() {
            tracing::info!("the disk works again, the store takes writes");
        }
        self.note(result.as_ref().err());
        if result.is_ok() {
            self.state.commits.fetch_add(1, Ordering::Relaxed);
        }
        result.map_err(|error| refusal(&error))
    }

    fn commit_with_retries(&self, changes: &Changes) -> Result<(), EngineError> {
        let mut result = self.engine.commit(changes);
        for pause in &self.options.retry_pauses {
            let Err(error) = &result else { break };
            tracing::warn!(%error, pause_ms = pause.as_millis(), "commit failed, trying again");
            if !pause.is_zero() {
                (self.options.pause.0)(*pause);
            }
            result = self.engine.recover().and_then(|()| self.engine.commit(changes));
        }
        result
    }

    fn note(&mut self, failure: Option<&EngineError>) {
        self.failed_at = failure.map(|_| self.clock.now());
        self.state.failing.store(failure.is_some(), Ordering::Release);
    }
}

/// Gives a commit that changes something the next number, and its time unless that is in doubt.
fn number(changes: &mut Changes, base: &dyn Snapshot, moment: Moment) -> Result<(), EngineError> {
    if changes.is_empty() {
        return Ok(());
    }
    let kept = base.get(SEQUENCE_KEY)?;
    let last = kept.as_ref().and_then(|raw| Some(u64::from_be_bytes(*raw.first_chunk()?))).unwrap_or(0);
    let mut next = (last + 1).to_be_bytes().to_vec();
    let known = if moment.in_doubt { kept.as_deref().and_then(known_time_in) } else { Some(moment.now) };
    if let Some(known) = known {
        next.extend_from_slice(&known.as_milliseconds().to_be_bytes());
    }
    changes.insert(SEQUENCE_KEY.to_vec(), Some(next));
    Ok(())
}

fn refuse(group: Vec<Box<dyn Pending>>, error: &EngineError) {
    for work in group {
        work.answer(Err(refusal(error)));
    }
}

fn refusal(error: &EngineError) -> Error {
    Error::unavailable("store_unavailable", 1).context(error)
}
