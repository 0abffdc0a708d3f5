//! redb behind the engine trait: one table of bytes, two-phase commit and quick repair always.
//!
//! # Why a failed file is opened again
//! After an I/O error nobody knows which of the last writes reached the disk, and after a failed fsync the kernel
//! may show pages that never will. So the engine closes the file, makes the kernel forget what it holds of it, and
//! opens it again: what it reads then is what is there. If the file cannot be written at all, it is opened *aside*:
//! over a copy-on-write layer in memory, so that reads go on without touching the disk.
//!
//! # Why the list of free pages goes with every commit
//! Quick repair writes that list each time, and it grows with the file: a lone commit of five rows writes 60 to 82 KB
//! without it, and 72 KB with it in a file of 32 MB, 217 KB in one of 1 GB, 349 KB in one of 2 GB; a group of 34 such
//! commits 1, 8 and 14 per cent more. Without it a start after `kill -9` reads every page (measured: 2 s per GiB beside
//! other work, instead of 4 ms), so does each opening after an I/O error, during which nobody can read, and one damaged
//! page anywhere keeps the file from opening at all. A file that is mostly free can be made smaller instead: `das-tern compact`.
//!
//! # Why a damaged file is not
//! A damaged page is no doubt about the last writes, and opening the file again may fail for good, because the engine
//! then looks at every page. So whoever met the damage is refused, and the file stays open for everybody else.

use std::fmt;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, TryLockError};
use std::time::Duration;

use redb::{
    Database, Durability, ReadOnlyTable, ReadableDatabase, ReadableTableMetadata as _, StorageBackend,
    TableDefinition,
};

use super::Direction;
use super::engine::{Changes, Engine, EngineError, KeyRange, Rest, Snapshot, Step, Visit};
use super::errors::{any_error, storage_error};
use super::pages::{Commit, Stretch, Survey};
use super::source::{BackendSource, FileSource, Source};
use crate::platform::supervision::what_panicked;

const KEYSPACE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("keyspace");
/// How long a recovery waits for readers to let go of the file before it closes it under them.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long whoever looks over the file waits for a pause between two commits.
const PAUSE_PATIENCE: Duration = Duration::from_secs(10);
/// Bytes after which who looks over the file lets go of the pages that the last commits have freed.
const STEP_BYTES: u64 = 4 * 1024 * 1024;

/// How to open the data file.
#[derive(Debug, Clone)]
pub struct RedbOptions {
    /// Memory for cached pages in bytes.
    pub cache_bytes: usize,
    /// Of how many commits one is durable: of a server's every single one, 1. More only for a store that is worth
    /// nothing when its filling is interrupted; closing it makes the rest durable.
    pub sync_every: u32,
}

impl Default for RedbOptions {
    fn default() -> Self {
        Self { cache_bytes: 64 * 1024 * 1024, sync_every: 1 }
    }
}

/// What can be done at present.
enum Handle {
    Writable(Arc<Database>),
    /// The file could not be opened for writing, or was not to be; reads go on beside it.
    ReadOnly(Arc<Database>),
    Closed,
}

/// The store's file.
pub struct RedbEngine {
    handle: RwLock<Handle>,
    source: Box<dyn Source>,
    sync_every: u32,
    commits: AtomicU32,
    /// Whether a page was found damaged since the file was opened.
    damaged: AtomicBool,
    /// Whether the last commit failed.
    troubled: AtomicBool,
    /// Locked for as long as the file is open; see [`RedbEngine::holding`].
    lock: Mutex<Option<File>>,
}

impl fmt::Debug for RedbEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedbEngine")
    }
}

impl RedbEngine {
    /// Opens the file, or makes it when there is none.
    ///
    /// # Errors
    /// When the file is in use, damaged or not writable.
    pub fn open(path: PathBuf, options: RedbOptions) -> Result<Self, EngineError> {
        let sync_every = options.sync_every;
        let source = FileSource::new(path, options);
        source.make_if_missing()?;
        Self::over(Box::new(source), sync_every)
    }

    /// Opens whatever `backend` returns, each time the engine has to (re)open its file.
    ///
    /// # Errors
    /// As [`RedbEngine::open`].
    pub fn open_backend<B: StorageBackend>(
        backend: impl Fn() -> B + Send + Sync + 'static,
        options: RedbOptions,
    ) -> Result<Self, EngineError> {
        let sync_every = options.sync_every;
        Self::over(Box::new(BackendSource { backend, options }), sync_every)
    }

    /// Opens a file that is there for reading alone; not even a repair is written to it.
    ///
    /// # Errors
    /// When the file is missing, in use or damaged.
    pub fn open_for_reading(path: &Path) -> Result<Self, EngineError> {
        let source = FileSource::new(path.to_path_buf(), RedbOptions::default());
        let database = guarded(|| source.open_aside())?;
        Ok(Self::with(Handle::ReadOnly(Arc::new(database)), Box::new(source), 1))
    }

    /// Keeps a lock for as long as the file is open.
    #[must_use]
    pub fn holding(self, lock: File) -> Self {
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = Some(lock);
        self
    }

    fn over(source: Box<dyn Source>, sync_every: u32) -> Result<Self, EngineError> {
        let database = open_ready(source.as_ref())?;
        Ok(Self::with(Handle::Writable(Arc::new(database)), source, sync_every))
    }

    fn with(handle: Handle, source: Box<dyn Source>, sync_every: u32) -> Self {
        Self {
            handle: RwLock::new(handle),
            source,
            sync_every,
            commits: AtomicU32::new(0),
            damaged: AtomicBool::new(false),
            troubled: AtomicBool::new(false),
            lock: Mutex::default(),
        }
    }

    /// Whether the next commit is one of those that are durable.
    fn is_durable(&self) -> bool {
        let number = self.commits.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        self.sync_every <= 1 || number.is_multiple_of(self.sync_every)
    }

    /// Acts on the file while nobody commits. Waits for a pause between two commits without standing in the way of those
    /// that come, since a commit may hang with its disk.
    fn between_commits<T>(
        &self,
        act: impl FnOnce(&Database) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        const STEP: Duration = Duration::from_millis(1);
        let mut waited = Duration::ZERO;
        loop {
            match self.handle.try_write() {
                Ok(handle) => match &*handle {
                    Handle::Writable(database) | Handle::ReadOnly(database) => return act(database),
                    Handle::Closed => return Err(not_open()),
                },
                Err(TryLockError::Poisoned(_)) => return Err(not_open()),
                Err(TryLockError::WouldBlock) if waited < PAUSE_PATIENCE => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(EngineError::Io("no pause between two commits".to_owned()));
                }
            }
            std::thread::park_timeout(STEP);
            waited += STEP;
        }
    }

    /// Closes the file and waits for readers until `PATIENCE` is over. Called with the handle locked, so that new
    /// readers wait.
    fn let_go(handle: &mut Handle) {
        let (Handle::Writable(database) | Handle::ReadOnly(database)) =
            std::mem::replace(handle, Handle::Closed)
        else {
            return;
        };
        const STEP: Duration = Duration::from_millis(1);
        let mut waited = Duration::ZERO;
        while Arc::strong_count(&database) > 1 && waited < PATIENCE {
            std::thread::park_timeout(STEP);
            waited += STEP;
        }
        // The readers' transactions survive this and say that the database is closed.
        drop(catch_unwind(AssertUnwindSafe(|| drop(database))));
    }
}

impl Drop for RedbEngine {
    /// On a damaged file the library may panic while it closes it.
    fn drop(&mut self) {
        Self::let_go(&mut self.handle.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Runs what the engine's library does and turns a panic of it, as on a damaged file, into an error.
pub(super) fn guarded<T>(act: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| {
        // Its words help nobody but who looks into the engine itself.
        tracing::debug!(what = what_panicked(panic.as_ref()), "the storage engine gave up");
        Err(EngineError::Corrupted("the storage engine gave up on what it read".to_owned()))
    })
}

/// Opens the database and makes sure that the keyspace exists, so that a reader never meets its absence.
pub(super) fn open_ready(source: &dyn Source) -> Result<Database, EngineError> {
    guarded(|| {
        let database = source.open()?;
        let exists = database.begin_read().map_err(any_error)?.open_table(KEYSPACE).is_ok();
        if !exists {
            write(&database, &Changes::new(), true)?;
        }
        Ok(database)
    })
}

fn not_open() -> EngineError {
    EngineError::Io("the data file is not open".to_owned())
}

fn write(database: &Database, changes: &Changes, is_durable: bool) -> Result<(), EngineError> {
    let mut transaction = database.begin_write().map_err(any_error)?;
    if is_durable {
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
    } else {
        transaction.set_durability(Durability::None).map_err(any_error)?;
    }
    {
        let mut table = transaction.open_table(KEYSPACE).map_err(any_error)?;
        for (key, value) in changes {
            match value {
                Some(value) => table.insert(key.as_slice(), value.as_slice()),
                None => table.remove(key.as_slice()),
            }
            .map_err(storage_error)?;
        }
    }
    transaction.commit().map_err(any_error)
}

impl Engine for RedbEngine {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, EngineError> {
        let database = match &*self.handle.read().unwrap_or_else(PoisonError::into_inner) {
            Handle::Writable(database) | Handle::ReadOnly(database) => Arc::clone(database),
            Handle::Closed => return Err(not_open()),
        };
        guarded(|| {
            let transaction = database.begin_read().map_err(any_error)?;
            let table = transaction.open_table(KEYSPACE).map_err(any_error)?;
            Ok(Box::new(RedbSnapshot { table, _database: database }) as Box<dyn Snapshot>)
        })
    }

    fn commit(&self, changes: &Changes) -> Result<(), EngineError> {
        let done = match &*self.handle.read().unwrap_or_else(PoisonError::into_inner) {
            Handle::Writable(database) => guarded(|| write(database, changes, self.is_durable())),
            Handle::ReadOnly(_) | Handle::Closed => {
                return Err(EngineError::Io("the data file is not open for writing".to_owned()));
            }
        };
        match &done {
            Ok(()) => self.troubled.store(false, Ordering::Release),
            // After an I/O error the engine may say this of a file that is sound.
            Err(EngineError::Corrupted(_)) if !self.troubled.load(Ordering::Acquire) => {
                self.damaged.store(true, Ordering::Release);
            }
            Err(_) => self.troubled.store(true, Ordering::Release),
        }
        done?;
        // What was written into a file that nobody finds again did not happen.
        if self.is_in_place() { Ok(()) } else { Err(EngineError::Displaced) }
    }

    fn close(&self) {
        let mut handle = self.handle.write().unwrap_or_else(PoisonError::into_inner);
        if self.sync_every > 1
            && let Handle::Writable(database) = &*handle
            && let Err(error) = guarded(|| write(database, &Changes::new(), true))
        {
            tracing::error!(%error, "the last commits are not durable");
        }
        Self::let_go(&mut handle);
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    fn is_in_place(&self) -> bool {
        self.source.is_in_place()
    }

    fn survey(&self, rest: Rest<'_>) -> Option<Result<Survey, EngineError>> {
        let path = self.source.path()?;
        let mut look = || {
            let file = File::open(path).map_err(|error| super::errors::io_error(&error))?;
            let mut found = Survey::default();
            let mut after: Option<Vec<u8>> = None;
            loop {
                let (pin, commit) = self.between_commits(|database| {
                    let pin = guarded(|| database.begin_read().map_err(any_error))?;
                    let commit = Commit::of(&file)?;
                    if after.is_none() {
                        found.join(commit.survey_books(&file)?);
                    }
                    Ok((pin, commit))
                })?;
                // The pages of this commit that hold entries stay as they are while it is being read.
                let stretch = Stretch { after: after.as_deref(), bytes: STEP_BYTES };
                let (step, next) = commit.survey_stretch(&file, stretch)?;
                drop(pin);
                let bytes = step.used_bytes;
                found.join(step);
                after = next;
                if after.is_none() {
                    return Ok(found);
                }
                rest(bytes)?;
            }
        };
        Some(look())
    }

    fn recover(&self) -> Result<(), EngineError> {
        if !self.is_in_place() {
            return Err(EngineError::Displaced);
        }
        let mut handle = self.handle.write().unwrap_or_else(PoisonError::into_inner);
        if self.damaged.load(Ordering::Acquire)
            && let Handle::Writable(database) | Handle::ReadOnly(database) = &*handle
            && guarded(|| is_readable(database)).is_ok()
        {
            return Ok(());
        }
        Self::let_go(&mut handle);
        let opened = self.source.forget_cached().and_then(|()| open_ready(self.source.as_ref()));
        match opened {
            Ok(database) => {
                *handle = Handle::Writable(Arc::new(database));
                Ok(())
            }
            Err(error) => {
                match guarded(|| self.source.open_aside()) {
                    Ok(database) => *handle = Handle::ReadOnly(Arc::new(database)),
                    Err(error) => tracing::error!(%error, "the data file cannot even be read"),
                }
                Err(error)
            }
        }
    }
}

/// Whether what is open still answers.
fn is_readable(database: &Database) -> Result<(), EngineError> {
    let transaction = database.begin_read().map_err(any_error)?;
    transaction.open_table(KEYSPACE).map_err(any_error)?.len().map(drop).map_err(storage_error)
}

/// The fields drop in this order: the transaction ends before the database can.
struct RedbSnapshot {
    table: ReadOnlyTable<&'static [u8], &'static [u8]>,
    _database: Arc<Database>,
}

impl Snapshot for RedbSnapshot {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        guarded(|| Ok(self.table.get(key).map_err(storage_error)?.map(|value| value.value().to_vec())))
    }

    fn scan(&self, range: &KeyRange, direction: Direction, visit: Visit<'_>) -> Result<(), EngineError> {
        if range.is_empty() {
            return Ok(());
        }
        // Only the engine's own work is guarded: a panic of the visitor is not a damaged file.
        let mut found = guarded(|| self.table.range::<&[u8]>(range.as_bounds()).map_err(storage_error))?;
        loop {
            let next = guarded(|| {
                let next = match direction {
                    Direction::Forward => found.next(),
                    Direction::Backward => found.next_back(),
                };
                next.transpose().map_err(storage_error)
            })?;
            let Some((key, value)) = next else { return Ok(()) };
            if visit(key.value(), value.value()) == Step::Stop {
                return Ok(());
            }
        }
    }
}
