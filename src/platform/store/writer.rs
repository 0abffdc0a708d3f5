//! The store's handle and its single writer.
//!
//! # Why one writer
//! Closures run one after another, so every transaction is serializable without locks or conflicts, and a group
//! of them shares the price of one fsync. A closure's changes stay in memory until it has succeeded; one that
//! fails or panics leaves nothing and disturbs nobody.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::engine::{Changes, Engine, EngineError};
use super::transaction::{Effects, ReadTx, Reader, WriteTx};
use crate::platform::clock::Clock;
use crate::platform::error::{Error, Result};
use crate::platform::random::Random;

/// Raw key under which the number of the last commit is kept.
const SEQUENCE_KEY: &[u8] = &[0, 0, 0, b's', b'e', b'q'];

/// How the writer works.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Writes that may wait; one more is answered with 503.
    pub queue_depth: usize,
    /// Most closures that share one durable commit.
    pub group_size: usize,
    /// Pauses before each repetition of a failed commit.
    pub retry_pauses: Vec<Duration>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            queue_depth: 4096,
            group_size: 256,
            retry_pauses: vec![Duration::ZERO, Duration::from_millis(100), Duration::from_millis(200)],
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

#[derive(Debug, Default)]
struct State {
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
        Ok(ReadTx::new(snapshot, self.inner.clock.now()))
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

    /// Answers what is queued, then stops the writer. Further writes are answered with 503.
    pub fn close(&self) {
        drop(self.inner.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && writer.join().is_err()
        {
            tracing::error!("the store writer ended by a panic");
        }
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

struct Writer {
    engine: Arc<dyn Engine>,
    clock: Arc<dyn Clock>,
    random: Arc<Random>,
    options: StoreOptions,
    hook: CommitHook,
    state: Arc<State>,
}

impl Writer {
    fn run(&self, queue: &Receiver<Box<dyn Pending>>) {
        while let Ok(first) = queue.recv() {
            let mut group = vec![first];
            while group.len() < self.options.group_size
                && let Ok(next) = queue.try_recv()
            {
                group.push(next);
            }
            self.serve(group);
        }
    }

    /// Runs a group of closures, commits what succeeded, answers everybody.
    fn serve(&self, group: Vec<Box<dyn Pending>>) {
        let mut changes = Changes::new();
        let mut effects = Effects::default();
        let mut accepted = Vec::with_capacity(group.len());
        let snapshot = self.engine.snapshot().or_else(|_| {
            self.engine.recover()?;
            self.engine.snapshot()
        });
        let mut snapshot = match snapshot {
            Ok(snapshot) => Some(snapshot),
            Err(error) => {
                self.state.failing.store(true, Ordering::Release);
                tracing::error!(%error, "the store cannot be read");
                for work in group {
                    work.answer(Err(Error::unavailable("store_unavailable", 5)));
                }
                return;
            }
        };
        let Some(base) = snapshot.as_deref() else { return };
        for mut work in group {
            let mut tx = WriteTx::new(base, &changes, self.clock.now(), &self.random);
            match catch_unwind(AssertUnwindSafe(|| work.run(&mut tx))) {
                Ok(Ok(())) => {
                    let (own, own_effects) = tx.finish();
                    changes.extend(own);
                    effects.append(own_effects);
                    accepted.push(work);
                }
                Ok(Err(error)) => work.answer(Err(error)),
                Err(_) => work.answer(Err(Error::internal("a write closure panicked"))),
            }
        }
        self.number(&mut changes, base);
        snapshot.take();
        let outcome = self.commit(&changes);
        if outcome.is_ok() {
            self.state.writes.fetch_add(accepted.len() as u64, Ordering::Relaxed);
            (self.hook)(&effects);
        }
        for work in accepted {
            work.answer(outcome.clone());
        }
    }

    /// Gives a commit that changes something the next number.
    fn number(&self, changes: &mut Changes, base: &dyn super::engine::Snapshot) {
        if changes.is_empty() {
            return;
        }
        let last = base
            .get(SEQUENCE_KEY)
            .ok()
            .flatten()
            .and_then(|raw| Some(u64::from_be_bytes(*raw.first_chunk()?)))
            .unwrap_or(0);
        changes.insert(SEQUENCE_KEY.to_vec(), Some((last + 1).to_be_bytes().to_vec()));
    }

    fn commit(&self, changes: &Changes) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        // While the disk keeps failing, one attempt is enough to notice that it works again.
        let already_failing = self.state.failing.load(Ordering::Acquire);
        let pauses = if already_failing { &[] } else { self.options.retry_pauses.as_slice() };
        let mut result = if already_failing {
            self.engine.recover().and_then(|()| self.engine.commit(changes))
        } else {
            self.engine.commit(changes)
        };
        for pause in pauses {
            let Err(error) = &result else { break };
            tracing::warn!(%error, pause_ms = pause.as_millis(), "commit failed, trying again");
            std::thread::park_timeout(*pause);
            result = self.engine.recover().and_then(|()| self.engine.commit(changes));
        }
        self.state.failing.store(result.is_err(), Ordering::Release);
        match result {
            Ok(()) => {
                self.state.commits.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "commit failed for good, writes are refused");
                // Readers go on with the last durable commit if the file can be opened at all.
                if let Err(error) = self.engine.recover() {
                    tracing::error!(%error, "the data file cannot be opened again");
                }
                Err(refusal(&error))
            }
        }
    }
}

fn refusal(error: &EngineError) -> Error {
    Error::unavailable("store_unavailable", 5).context(error)
}
