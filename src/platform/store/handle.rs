//! The store's handle: what everybody reads and writes through.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, ThreadId};
use std::time::Duration;

use crossbeam_channel::{Sender, TrySendError, bounded};
use tokio::sync::oneshot;

use super::committer::Committer;
use super::copy::{SnapshotReport, copy_to};
use super::engine::{Engine, EngineError, Rest};
use super::health::Health;
use super::lost::{Lost, LostRows};
use super::pages::Survey;
use super::transaction::{Effects, ReadTx, Reader, WriteTx};
use super::writer::{Nudge, Pace, Pending, Work, Writer};
use crate::platform::clock::{Clock, Span, Timestamp};
use crate::platform::error::{Error, Result};
use crate::platform::random::Random;
use crate::platform::supervision::{Pulse, keep_thread};

/// Raw key under which the number of the last commit is kept, and behind it the time of the last one whose time was
/// not in doubt.
pub(super) const SEQUENCE_KEY: &[u8] = &[0, 0, 0, b's', b'e', b'q'];

/// The number of the last commit, when this is its entry.
pub fn commit_of_entry(raw_key: &[u8], value: &[u8]) -> Option<u64> {
    if raw_key == SEQUENCE_KEY { Some(u64::from_be_bytes(*value.first_chunk()?)) } else { None }
}

/// The time of the last commit whose time was not in doubt, when this is its entry.
pub fn time_of_entry(raw_key: &[u8], value: &[u8]) -> Option<Timestamp> {
    if raw_key == SEQUENCE_KEY { known_time_in(value) } else { None }
}

/// How the writer lets time pass between two attempts; tests hand in one that only notes it.
#[derive(Clone)]
pub struct Pause(pub(super) Arc<dyn Fn(Duration) + Send + Sync>);

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
    /// Fewest closures that go to the disk while others wait to follow them.
    pub overlap_from: usize,
    /// Pauses before each repetition of a failed commit.
    pub retry_pauses: Vec<Duration>,
    /// How those pauses are spent.
    pub pause: Pause,
    /// The writer's sign of life; nobody looks at it unless one is handed in.
    pub pulse: Pulse,
    /// That of the thread that commits.
    pub commit_pulse: Pulse,
}

/// A commit that has not come back for so long hangs.
pub const COMMIT_PATIENCE: Span = Span::seconds(10);

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            queue_depth: 4096,
            group_size: 256,
            overlap_from: 16,
            retry_pauses: vec![Duration::ZERO, Duration::from_millis(100), Duration::from_millis(200)],
            pause: Pause::default(),
            pulse: Pulse::unwatched(),
            commit_pulse: Pulse::unwatched(),
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
    queue: Mutex<Option<Sender<Box<dyn Pending>>>>,
    /// The writer, then the thread that commits.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

/// What the handle shows of the writer.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) health: Health,
    pub(super) failing: AtomicBool,
    pub(super) commits: AtomicU64,
    pub(super) writes: AtomicU64,
    pub(super) surveyed: Mutex<Option<Arc<Survey>>>,
}

impl Store {
    /// Starts the writer over `engine`.
    ///
    /// # Errors
    /// When a thread cannot be started or the storage not be read.
    pub fn new(
        engine: Arc<dyn Engine>,
        clock: Arc<dyn Clock>,
        random: Arc<Random>,
        options: StoreOptions,
        hook: CommitHook,
    ) -> Result<Self> {
        let (queue, waiting) = bounded(options.queue_depth);
        let (batches, handed_over) = bounded(1);
        let (arrivals, landed) = bounded(1);
        let lost = engine.snapshot().and_then(|snapshot| Lost::of(snapshot.as_ref()));
        let lost = lost.map_err(|error| error.unavailable())?;
        let state = Arc::new(State { health: Health::of(lost), ..State::default() });
        let (pulse, commit_pulse) = (options.pulse.clone(), options.commit_pulse.clone());
        let committer = Committer {
            engine: Arc::clone(&engine),
            clock: Arc::clone(&clock),
            options: options.clone(),
            hook,
            state: Arc::clone(&state),
        };
        let mut writer = Writer {
            engine: Arc::clone(&engine),
            clock: Arc::clone(&clock),
            random,
            options,
            state: Arc::clone(&state),
            batches,
            landed,
            pace: Pace::default(),
        };
        let commit = move |pulse: &Pulse| committer.run(&handed_over, &arrivals, pulse);
        let threads = vec![
            keep_thread("store-writer", pulse, move |pulse| writer.run(&waiting, pulse))?,
            keep_thread("store-committer", commit_pulse, commit)?,
        ];
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                clock,
                state,
                queue: Mutex::new(Some(queue)),
                threads: Mutex::new(threads),
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
        let snapshot = self.inner.engine.snapshot().map_err(|error| error.unavailable())?;
        if self.inner.state.health.wants_recovery() {
            // The writer recovers the engine before it serves this; if it cannot be asked, the next read asks.
            drop(self.submit(Box::new(Nudge)));
        }
        Ok(ReadTx::new(snapshot, self.inner.clock.moment(), self.inner.state.health.clone()))
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
        if self.inner.state.failing.load(Ordering::Acquire) || !self.inner.engine.is_in_place() {
            StoreStatus::ReadOnly
        } else {
            StoreStatus::Ready
        }
    }

    /// The first damaged page that a read or a write met since the start, in the engine's words.
    pub fn damage(&self) -> Option<String> {
        self.inner.state.health.damage()
    }

    /// Where rows were lost with pages that were damaged before the file was made whole.
    pub fn lost(&self) -> &[LostRows] {
        &self.inner.state.health.lost().refused
    }

    /// Where rows were lost that nobody needs any more.
    pub fn passed(&self) -> &[LostRows] {
        &self.inner.state.health.lost().passed
    }

    /// Whether any page is known to be damaged, or any row to be lost.
    pub fn is_damaged(&self) -> bool {
        !self.lost().is_empty()
            || self.damage().is_some()
            || self.surveyed().is_some_and(|survey| !survey.faults.is_empty())
    }

    /// Reads every page of the last commit and says which are damaged and how many hold nothing, while the store is in
    /// use; `None` when it is not kept in pages. Takes a second for each gigabyte and what `rest` takes between its
    /// steps, so not for asynchronous threads.
    ///
    /// # Errors
    /// When the file cannot be read; that of `rest`.
    pub fn survey(&self, rest: Rest<'_>) -> Result<Option<Arc<Survey>>> {
        let found = self.inner.engine.survey(rest).transpose();
        let found = found.map_err(|error| error.unavailable())?;
        let found = found.map(Arc::new);
        *self.inner.state.surveyed.lock().unwrap_or_else(PoisonError::into_inner) = found.clone();
        Ok(found)
    }

    /// Takes over what was found just before the file was opened.
    pub fn know(&self, survey: Survey) {
        *self.inner.state.surveyed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(survey));
    }

    /// What the last [`Store::survey`] found, or that which was made before the file was opened.
    pub fn surveyed(&self) -> Option<Arc<Survey>> {
        self.inner.state.surveyed.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

    /// The time of the last commit whose time was not in doubt; nothing in a store of programs that did not keep it.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn known_time(engine: &dyn Engine) -> Result<Option<Timestamp>, EngineError> {
        let raw = engine.snapshot()?.get(SEQUENCE_KEY)?;
        Ok(raw.as_deref().and_then(known_time_in))
    }

    /// [`Store::known_time`], as a transaction sees it.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn known_time_of(tx: &dyn Reader) -> Result<Option<Timestamp>> {
        Ok(tx.get_raw(SEQUENCE_KEY)?.as_deref().and_then(known_time_in))
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

/// The time in what is kept under [`SEQUENCE_KEY`].
pub(super) fn known_time_in(raw: &[u8]) -> Option<Timestamp> {
    let (_, time) = raw.split_first_chunk::<8>()?;
    Some(Timestamp::from_milliseconds(i64::from_be_bytes(*time.first_chunk()?)))
}

impl Inner {
    fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        // The last handle may be dropped by a closure or with an answer, on one of these threads, which then end by
        // themselves.
        let own: ThreadId = std::thread::current().id();
        if threads.iter().any(|thread| thread.thread().id() == own) {
            return;
        }
        for thread in threads {
            // One that fell and waits to start again ends at once.
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("a thread of the store ended by a panic");
            }
        }
    }
}

pub(super) fn stopped() -> Error {
    Error::unavailable("store_unavailable", 5).context("the store is stopping")
}
