//! The store's single writer.
//!
//! # Why one writer
//! Closures run one after another, so every transaction is serializable without locks or conflicts, and a group
//! of them shares the price of one fsync. A closure's changes stay in memory until it has succeeded; one that
//! fails or panics leaves nothing and disturbs nobody. Everybody is answered after the commit, also who was refused:
//! the refusal may rest on what another closure of the group has just written.
//!
//! # Two groups at a time
//! While one group is on its way to the disk ([`super::committer`]), the closures of the next run over it as if it were
//! there. If it fails, both fail: what the second saw never happened. If the file had to be opened again on the way, the
//! second runs once more, over what is there then.
//!
//! # When a page is damaged
//! Trying again is no use, but only writes that need that page are concerned: the closures of the group run once more,
//! each with a commit of its own, and who meets the damage is answered with 503 alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError, select};
use tokio::sync::oneshot;

use super::committer::{Batch, Landed};
use super::engine::{Changes, Engine, EngineError, Snapshot};
use super::transaction::{Effects, WriteTx};
use crate::platform::clock::{Clock, Moment, Span, Timestamp};
use crate::platform::error::{Error, Result};
use crate::platform::random::Random;
use crate::platform::supervision::Pulse;

use super::handle::{SEQUENCE_KEY, State, StoreOptions, known_time_in};

/// How long a failing disk is left alone before a write tries it again.
const REST: Span = Span::seconds(1);
/// How long a group waits for a writer that took part in the last one: about what a caller needs to send their next.
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

/// The thread that runs the closures.
pub(super) struct Writer {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<Random>,
    pub(super) options: StoreOptions,
    pub(super) state: Arc<State>,
    /// To the thread that commits.
    pub(super) batches: Sender<Batch>,
    /// From the thread that commits.
    pub(super) landed: Receiver<Landed>,
    pub(super) pace: Pace,
}

/// What the writer remembers from one group to the next.
#[derive(Default)]
pub(super) struct Pace {
    /// When the disk failed last, while it does.
    failed_at: Option<Timestamp>,
    /// Closures of the last group.
    last_group: usize,
    /// The group that is on its way to the disk.
    in_flight: Option<InFlight>,
}

struct InFlight {
    changes: Arc<Changes>,
    closures: usize,
}

/// A closure that has run, with its outcome.
pub(super) type Ran = (Box<dyn Pending>, Result<()>);

/// Closures that share one commit, and what they wrote so far.
struct Group {
    base: Box<dyn Snapshot>,
    /// What is on its way to the disk, and not in `base`.
    below: Arc<Changes>,
    changes: Changes,
    effects: Effects,
    ran: Vec<Ran>,
    /// Whether what the closures saw never became durable.
    is_void: bool,
}

/// What the end of a group means for the closures that ran over it.
#[derive(Clone, Copy)]
enum After {
    /// They saw what is durable.
    Stands,
    /// They run once more, over what is there.
    RunsAgain,
    /// What they saw never became durable, and the disk takes nothing.
    Void,
}

impl Writer {
    /// Works until the handle closes the queue.
    pub(super) fn run(&mut self, queue: &Receiver<Box<dyn Pending>>, pulse: &Pulse) {
        pulse.rest();
        while let Ok(first) = queue.recv() {
            pulse.beat();
            self.look_for_disk();
            match self.begin() {
                Ok(mut group) => {
                    self.fill(&mut group, first, queue);
                    self.hand_over(group);
                }
                Err(error) => refuse([first], &error),
            }
            pulse.rest();
        }
        self.wait_for_disk();
    }

    /// A group without closures, over everything that is durable or on its way.
    fn begin(&mut self) -> Result<Group, EngineError> {
        if self.is_resting() {
            return Err(EngineError::Io("the disk failed a moment ago".to_owned()));
        }
        let base = self.snapshot().inspect_err(|error| {
            tracing::error!(%error, "the store cannot be read");
            self.pace.failed_at = Some(self.clock.now());
            self.state.failing.store(true, Ordering::Release);
        })?;
        let below = self.pace.in_flight.as_ref().map(|flight| Arc::clone(&flight.changes));
        Ok(Group {
            base,
            below: below.unwrap_or_default(),
            changes: Changes::new(),
            effects: Effects::default(),
            ran: Vec::with_capacity(self.pace.last_group.max(8)),
            is_void: false,
        })
    }

    /// Runs `first` and what else waits, for as long as the disk is busy with the group before. When the disk is free,
    /// half of all callers are enough: the other half follows while these are on their way. Callers that were answered
    /// together tend to come back together, a moment after the first of them: a group waits for them rather than leave
    /// them for the next commit. A single caller never waits.
    fn fill(&mut self, group: &mut Group, first: Box<dyn Pending>, queue: &Receiver<Box<dyn Pending>>) {
        let in_flight = self.pace.in_flight.as_ref().map_or(0, |flight| flight.closures);
        let callers = queue.len().saturating_add(1).saturating_add(in_flight);
        let enough = callers.div_ceil(2).max(self.options.overlap_from);
        self.run_one(group, first);
        while group.ran.len() < self.options.group_size {
            if let Some(after) = self.look_for_disk() {
                self.follow(group, after);
            }
            let is_busy = self.pace.in_flight.is_some();
            if !is_busy && group.ran.len() >= enough {
                return;
            }
            match queue.try_recv() {
                Ok(next) => self.run_one(group, next),
                Err(TryRecvError::Empty) if is_busy => select! {
                    recv(queue) -> next => match next {
                        Ok(next) => self.run_one(group, next),
                        Err(_) => return,
                    },
                    recv(self.landed) -> landed => {
                        let landed = landed.unwrap_or_else(|_| self.lost());
                        let after = self.land(landed);
                        self.follow(group, after);
                    }
                },
                Err(TryRecvError::Empty) if group.ran.len() < self.pace.last_group.min(enough) => {
                    match queue.recv_timeout(GATHERING) {
                        Ok(next) => self.run_one(group, next),
                        Err(_) => return,
                    }
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
            }
        }
    }

    /// Sends a group on its way, after the one before has arrived.
    fn hand_over(&mut self, mut group: Group) {
        if let Some(after) = self.wait_for_disk() {
            self.follow(&mut group, after);
        }
        self.send(group);
    }

    /// Sends a group on its way. Nothing else is.
    fn send(&mut self, mut group: Group) {
        let numbered = match group.is_void {
            true => Err(EngineError::Io("the disk failed a moment ago".to_owned())),
            false => number(&mut group.changes, &group.below, group.base.as_ref(), self.clock.moment()),
        };
        let Group { changes, effects, ran, .. } = group;
        if let Err(error) = numbered {
            return refuse(ran.into_iter().map(|(work, _)| work), &error);
        }
        let changes = Arc::new(changes);
        self.pace.last_group = ran.len();
        self.pace.in_flight = Some(InFlight { changes: Arc::clone(&changes), closures: ran.len() });
        if let Err(unsent) = self.batches.send(Batch { changes, effects, ran }) {
            self.pace.in_flight = None;
            let error = EngineError::Io("the thread that commits has ended".to_owned());
            refuse(unsent.into_inner().ran.into_iter().map(|(work, _)| work), &error);
        }
    }

    /// Waits until nothing is on its way any more, and says what that means for what ran over it.
    fn wait_for_disk(&mut self) -> Option<After> {
        self.pace.in_flight.as_ref()?;
        let landed = self.landed.recv().unwrap_or_else(|_| self.lost());
        Some(self.land(landed))
    }

    /// [`Writer::wait_for_disk`], when what is on its way has arrived already.
    fn look_for_disk(&mut self) -> Option<After> {
        self.pace.in_flight.as_ref()?;
        let landed = self.landed.try_recv().ok()?;
        Some(self.land(landed))
    }

    /// What became of a batch whose thread has ended.
    fn lost(&self) -> Landed {
        Landed::Failed(self.clock.now())
    }

    /// Takes note of what became of the batch, and runs its closures one by one where a damaged page refused them all.
    fn land(&mut self, landed: Landed) -> After {
        // A group without changes says nothing of the disk.
        let had_changes = self.pace.in_flight.take().is_some_and(|flight| !flight.changes.is_empty());
        match landed {
            Landed::Failed(at) => self.pace.failed_at = Some(at),
            Landed::Whole | Landed::Recovered if had_changes => self.pace.failed_at = None,
            Landed::Whole | Landed::Recovered | Landed::Refused(_) => {}
        }
        match landed {
            Landed::Whole => After::Stands,
            Landed::Recovered => After::RunsAgain,
            Landed::Failed(_) => After::Void,
            Landed::Refused(ran) => {
                self.run_one_by_one(ran);
                After::RunsAgain
            }
        }
    }

    /// Runs each closure in a group of its own, and returns when all of them are answered.
    fn run_one_by_one(&mut self, ran: Vec<Ran>) {
        for (work, _) in ran {
            match self.begin() {
                Ok(mut group) => {
                    self.run_one(&mut group, work);
                    self.hand_over(group);
                }
                Err(error) => refuse([work], &error),
            }
        }
        self.wait_for_disk();
    }

    /// What the group before means for `group`, whose closures ran over it.
    fn follow(&mut self, group: &mut Group, after: After) {
        match after {
            After::Stands => {}
            After::Void => group.is_void = true,
            After::RunsAgain => match self.begin() {
                Ok(fresh) => {
                    let ran = std::mem::replace(group, fresh).ran;
                    ran.into_iter().for_each(|(work, _)| self.run_one(group, work));
                }
                Err(_) => group.is_void = true,
            },
        }
    }

    /// Whether the disk failed so recently that it is left alone.
    fn is_resting(&self) -> bool {
        self.pace.failed_at.is_some_and(|at| (Span::ZERO..REST).contains(&self.clock.now().since(at)))
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

    fn run_one(&self, group: &mut Group, mut work: Box<dyn Pending>) {
        let Group { base, below, changes, effects, ran, .. } = group;
        let layers = [&*changes, &**below];
        let mut tx =
            WriteTx::new(base.as_ref(), layers, self.clock.moment(), &self.random, &self.state.health);
        let outcome = catch_unwind(AssertUnwindSafe(|| work.run(&mut tx)))
            .unwrap_or_else(|_| Err(Error::internal("a write closure panicked")));
        if outcome.is_ok() {
            let (own, own_effects) = tx.finish();
            changes.extend(own);
            effects.append(own_effects);
        }
        ran.push((work, outcome));
    }
}

/// Gives a commit that changes something the next number, and its time unless that is in doubt.
fn number(
    changes: &mut Changes,
    below: &Changes,
    base: &dyn Snapshot,
    moment: Moment,
) -> Result<(), EngineError> {
    if changes.is_empty() {
        return Ok(());
    }
    let kept = match below.get(SEQUENCE_KEY) {
        Some(raw) => raw.clone(),
        None => base.get(SEQUENCE_KEY)?,
    };
    let last = kept.as_ref().and_then(|raw| Some(u64::from_be_bytes(*raw.first_chunk()?))).unwrap_or(0);
    let mut next = (last + 1).to_be_bytes().to_vec();
    let known = if moment.in_doubt { kept.as_deref().and_then(known_time_in) } else { Some(moment.now) };
    if let Some(known) = known {
        next.extend_from_slice(&known.as_milliseconds().to_be_bytes());
    }
    changes.insert(SEQUENCE_KEY.to_vec(), Some(next));
    Ok(())
}

fn refuse(group: impl IntoIterator<Item = Box<dyn Pending>>, error: &EngineError) {
    for work in group {
        work.answer(Err(error.unavailable()));
    }
}
