//! The store's handle and its single writer.
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

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::copy::{SnapshotReport, copy_to};
use super::engine::{Changes, Engine, EngineError, Snapshot};
use super::transaction::{Effects, Health, ReadTx, Reader, WriteTx};
use crate::platform::clock::{Clock, Span, Timestamp};
use crate::platform::error::{Error, Result};
use crate::platform::random::Random;

/// Raw key under which the number of the last commit is kept.
const SEQUENCE_KEY: &[u8] = &[0, 0, 0, b's', b'e', b'q'];

/// How long a failing disk is left alone before a write tries it again.
const REST: Span = Span::seconds(1);
/// How long a group waits for a writer that took part in the last one: about what a caller needs to send his next.
const GATHERING: Duration = Duration::from_micros(100);

/// How the writer lets time pass between two attempts; tests hand in one that only notes it.
#[derive(Clone)]
pub struct Pause(Arc<dyn Fn(Duration) + Send + Sync>);

impl Pause {
    /// Pauses by calling `wait` with the time to let pass.
    pub fn new(wait: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Self(Arc::new(wait))
    }
}

impl Default for Pause {
    fn default() -> Self {
        Self::new(std::thread::park_timeout)
    }
}

impl fmt::Debug for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pause")
    }
}

/// How the writer works.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Writes that may wait; one more is answered with 503.
    pub queue_depth: usize,
    /// Most closures that share one durable commit.
    pub group_size: usize,
    /// Pauses before each repetition of a failed commit.
    pub retry_pauses: Vec<Duration>,
    /// How those pauses are spent.
    pub pause: Pause,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            queue_depth: 4096,
            group_size: 256,
            retry_pauses: vec![Duration::ZERO, Duration::from_millis(100), Duration::from_millis(200)],
            pause: Pause::default(),
        }
    }
}

/// Called after each durable commit, before its callers are answered.
pub type CommitHook = Box<dyn Fn(&Effects) + Send + Sync>;

/// How the store is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreStatus {
    /// Reads and writes work.
    Ready,
    /// The last commit failed: reads work, writes are answered with 503 until one succeeds again.
    ReadOnly,
}

/// A handle to the store; clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Arc<dyn Engine>,
    clock: Arc<dyn Clock>,
    state: Arc<State>,
    queue: Mutex<Option<SyncSender<Box<dyn Pending>>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

#[derive(Debug, Default)]
struct State {
    health: Health,
    failing: AtomicBool,
    commits: AtomicU64,
    writes: AtomicU64,
}

impl Store {
    /// Starts the writer over `engine`.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn new(
        engine: Arc<dyn Engine>,
        clock: Arc<dyn Clock>,
        random: Arc<Random>,
        options: StoreOptions,
        hook: CommitHook,
    ) -> Result<Self> {
        let (queue, waiting) = sync_channel(options.queue_depth);
        let state = Arc::new(State::default());
        let writer = Writer {
            engine: Arc::clone(&engine),
            clock: Arc::clone(&clock),
            random,
            options,
            hook,
            state: Arc::clone(&state),
            failed_at: None,
            last_group: 1,
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run(&waiting))
            .map_err(|error| Error::internal(format!("store writer cannot start: {error}")))?;
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                clock,
                state,
                queue: Mutex::new(Some(queue)),
                writer: Mutex::new(Some(thread)),
            }),
        })
    }

    /// Runs `read` over the last durable commit. Takes microseconds from the page cache, so it runs where it is
    /// called; the transaction cannot outlive the closure and so never spans an await.
    ///
    /// # Errors
    /// The closure's, or when the storage cannot be read.
    pub fn read<T>(&self, read: impl FnOnce(&ReadTx) -> Result<T>) -> Result<T> {
        let tx = self.begin_read()?;
        read(&tx)
    }

    /// A read transaction as a value, for code that needs its trail afterwards. Never hold it across an await.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn begin_read(&self) -> Result<ReadTx> {
        let snapshot = self
            .inner
            .engine
            .snapshot()
            .map_err(|error| Error::unavailable("store_unavailable", 1).context(error))?;
        if self.inner.state.health.wants_recovery() {
            // The writer recovers the engine before it serves this; if it cannot be asked, the next read asks.
            drop(self.submit(Box::new(Nudge)));
        }
        Ok(ReadTx::new(snapshot, self.inner.clock.now(), self.inner.state.health.clone()))
    }

    /// Runs `write` in a transaction and returns after its durable commit. The closure may run more than once
    /// and sees everything acknowledged before it.
    ///
    /// # Errors
    /// The closure's, in which case nothing has changed; 503 when the queue is full or the disk fails.
    pub async fn write<T: Send + 'static>(
        &self,
        write: impl FnMut(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        self.submit(Box::new(Work { write, done: None, answer }))?;
        answered.await.map_err(|_| stopped())?
    }

    /// [`Store::write`] for threads that are not part of the asynchronous runtime.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_blocking<T: Send + 'static>(
        &self,
        write: impl FnMut(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        self.submit(Box::new(Work { write, done: None, answer }))?;
        answered.blocking_recv().map_err(|_| stopped())?
    }

    fn submit(&self, work: Box<dyn Pending>) -> Result<()> {
        let queue = self.inner.queue.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.as_ref().map(|queue| queue.try_send(work)) {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_))) => Err(Error::unavailable("store_busy", 1).with("seconds", 1)),
            Some(Err(TrySendError::Disconnected(_))) | None => Err(stopped()),
        }
    }

    /// How the store is doing.
    pub fn status(&self) -> StoreStatus {
        if self.inner.state.failing.load(Ordering::Acquire) {
            StoreStatus::ReadOnly
        } else {
            StoreStatus::Ready
        }
    }

    /// Durable commits and transactions since the start; their ratio is the group size reached.
    pub fn counts(&self) -> (u64, u64) {
        let state = &self.inner.state;
        (state.commits.load(Ordering::Relaxed), state.writes.load(Ordering::Relaxed))
    }

    /// Answers what is queued, then stops the writer and closes the file. Everything further is answered with 503.
    pub fn close(&self) {
        self.inner.close();
        self.inner.engine.close();
    }

    /// A consistent copy of the last durable commit in a new file at `path`, made while the store is in use.
    ///
    /// # Errors
    /// When the store cannot be read or the file not be written.
    pub fn snapshot_to(&self, path: &Path) -> Result<SnapshotReport> {
        copy_to(self.inner.engine.as_ref(), path)
    }

    /// The number of the last commit `tx` sees.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn sequence(tx: &dyn Reader) -> Result<u64> {
        Ok(tx
            .get_raw(SEQUENCE_KEY)?
            .and_then(|raw| Some(u64::from_be_bytes(*raw.first_chunk()?)))
            .unwrap_or(0))
    }
}

impl Inner {
    fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The last handle may be dropped by a closure, on the writer's own thread.
        if let Some(writer) = writer
            && writer.thread().id() != std::thread::current().id()
            && writer.join().is_err()
        {
            tracing::error!("the store writer ended by a panic");
        }
    }
}

fn stopped() -> Error {
    Error::unavailable("store_unavailable", 5).context("the store is stopping")
}

/// A queued write without its result type.
trait Pending: Send {
    /// Runs the closure, keeping its result for [`Pending::answer`].
    fn run(&mut self, tx: &mut WriteTx<'_>) -> Result<()>;
    /// Tells the caller: the kept result when the commit is durable, else the error.
    fn answer(self: Box<Self>, outcome: Result<()>);
}

struct Work<F, T> {
    write: F,
    done: Option<T>,
    answer: oneshot::Sender<Result<T>>,
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
struct Nudge;

impl Pending for Nudge {
    fn run(&mut self, _tx: &mut WriteTx<'_>) -> Result<()> {
        Ok(())
    }
    fn answer(self: Box<Self>, _outcome: Result<()>) {}
}

struct Writer {
    engine: Arc<dyn Engine>,
    clock: Arc<dyn Clock>,
    random: Arc<Random>,
    options: StoreOptions,
    hook: CommitHook,
    state: Arc<State>,
    /// When the disk failed last, while it does.
    failed_at: Option<Timestamp>,
    /// Closures of the last group.
    last_group: usize,
}

/// A closure that has run, with its outcome.
type Ran = (Box<dyn Pending>, Result<()>);

impl Writer {
    fn run(mut self, queue: &Receiver<Box<dyn Pending>>) {
        while let Ok(first) = queue.recv() {
            let group = self.gather(first, queue);
            self.last_group = group.len();
            self.serve(group);
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
        let numbered = number(&mut changes, snapshot.as_ref());
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
            let mut tx = WriteTx::new(base, changes, self.clock.now(), &self.random, &self.state.health);
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

/// Gives a commit that changes something the next number.
fn number(changes: &mut Changes, base: &dyn Snapshot) -> Result<(), EngineError> {
    if changes.is_empty() {
        return Ok(());
    }
    let last =
        base.get(SEQUENCE_KEY)?.and_then(|raw| Some(u64::from_be_bytes(*raw.first_chunk()?))).unwrap_or(0);
    changes.insert(SEQUENCE_KEY.to_vec(), Some((last + 1).to_be_bytes().to_vec()));
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
