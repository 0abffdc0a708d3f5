//! redb behind the engine trait: one table of bytes, two-phase commit and quick repair always.
//!
//! # Why a failed file is opened again
//! After an I/O error nobody knows which of the last writes reached the disk, and after a failed fsync the kernel
//! may show pages that never will. So the engine closes the file, makes the kernel forget what it holds of it, and
//! opens it again: what it reads then is what is there. If the file cannot be written at all, it is opened *aside*:
//! over a copy-on-write layer in memory, so that reads go on without touching the disk.

use std::fmt;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redb::backends::FileBackend;
use redb::{
    Builder, Database, Durability, ReadOnlyTable, ReadableDatabase, StorageBackend, StorageError,
    TableDefinition,
};

use super::Direction;
use super::aside::Aside;
use super::engine::{Changes, Engine, EngineError, KeyRange, Snapshot, Step, Visit};

const KEYSPACE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("keyspace");
/// How long a recovery waits for readers to let go of the file before it closes it under them.
const PATIENCE: Duration = Duration::from_millis(100);
/// Memory for pages when opened aside.
const ASIDE_CACHE_BYTES: usize = 16 * 1024 * 1024;

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

/// Where the bytes are.
trait Source: Send + Sync {
    /// Makes the operating system forget what it holds of the file, so that the next open reads the disk.
    fn forget_cached(&self) -> Result<(), EngineError>;
    fn open(&self) -> Result<Database, EngineError>;
    /// Opens without writing anything, ever.
    fn open_aside(&self) -> Result<Database, EngineError>;
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
        let source = FileSource { path, options };
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
        let source = FileSource { path: path.to_path_buf(), options: RedbOptions::default() };
        let database = guarded(|| source.open_aside())?;
        let handle = RwLock::new(Handle::ReadOnly(Arc::new(database)));
        Ok(Self { handle, source: Box::new(source), sync_every: 1, commits: AtomicU32::new(0) })
    }

    fn over(source: Box<dyn Source>, sync_every: u32) -> Result<Self, EngineError> {
        let database = open_ready(source.as_ref())?;
        let handle = RwLock::new(Handle::Writable(Arc::new(database)));
        Ok(Self { handle, source, sync_every, commits: AtomicU32::new(0) })
    }

    /// Whether the next commit is one of those that are durable.
    fn is_durable(&self) -> bool {
        let number = self.commits.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        self.sync_every <= 1 || number.is_multiple_of(self.sync_every)
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

/// Runs what the engine's library does and turns a panic of it, as on a damaged file, into an error.
fn guarded<T>(act: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| {
        let what = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("unknown");
        Err(EngineError::Corrupted(format!("the storage engine gave up: {what}")))
    })
}

/// Opens the database and makes sure that the keyspace exists, so that a reader never meets its absence.
fn open_ready(source: &dyn Source) -> Result<Database, EngineError> {
    guarded(|| {
        let database = source.open()?;
        let exists = database.begin_read().map_err(any_error)?.open_table(KEYSPACE).is_ok();
        if !exists {
            write(&database, &Changes::new(), true)?;
        }
        Ok(database)
    })
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
            Handle::Closed => {
                return Err(EngineError::Io("the data file is not open".to_owned()));
            }
        };
        guarded(|| {
            let transaction = database.begin_read().map_err(any_error)?;
            let table = transaction.open_table(KEYSPACE).map_err(any_error)?;
            Ok(Box::new(RedbSnapshot { table, _database: database }) as Box<dyn Snapshot>)
        })
    }

    fn commit(&self, changes: &Changes) -> Result<(), EngineError> {
        match &*self.handle.read().unwrap_or_else(PoisonError::into_inner) {
            Handle::Writable(database) => guarded(|| write(database, changes, self.is_durable())),
            Handle::ReadOnly(_) | Handle::Closed => {
                Err(EngineError::Io("the data file is not open for writing".to_owned()))
            }
        }
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
    }

    fn recover(&self) -> Result<(), EngineError> {
        let mut handle = self.handle.write().unwrap_or_else(PoisonError::into_inner);
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

/// The fields drop in this order: the transaction ends before the database can.
struct RedbSnapshot {
    table: ReadOnlyTable<&'static [u8], &'static [u8]>,
    _database: Arc<Database>,
}

impl Snapshot for RedbSnapshot {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self.table.get(key).map_err(storage_error)?.map(|value| value.value().to_vec()))
    }

    fn scan(&self, range: &KeyRange, direction: Direction, visit: Visit<'_>) -> Result<(), EngineError> {
        if range.is_empty() {
            return Ok(());
        }
        let mut found = self.table.range::<&[u8]>(range.as_bounds()).map_err(storage_error)?;
        loop {
            let next = match direction {
                Direction::Forward => found.next(),
                Direction::Backward => found.next_back(),
            };
            let Some(entry) = next else { return Ok(()) };
            let (key, value) = entry.map_err(storage_error)?;
            if visit(key.value(), value.value()) == Step::Stop {
                return Ok(());
            }
        }
    }
}

struct FileSource {
    path: PathBuf,
    options: RedbOptions,
}

impl FileSource {
    fn failed(&self, error: EngineError) -> EngineError {
        error.at(&self.path.display().to_string())
    }

    /// A new file gets its name when it is complete: a half-made one, after a power cut, could not be opened.
    fn make_if_missing(&self) -> Result<(), EngineError> {
        if self.path.exists() {
            return Ok(());
        }
        let mut name = self.path.as_os_str().to_owned();
        name.push(".new");
        let unfinished = Self { path: PathBuf::from(name), options: self.options.clone() };
        drop(std::fs::remove_file(&unfinished.path));
        drop(open_ready(&unfinished)?);
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        std::fs::rename(&unfinished.path, &self.path)
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|error| self.failed(io_error(&error)))
    }
}

impl Source for FileSource {
    fn forget_cached(&self) -> Result<(), EngineError> {
        let file = File::open(&self.path).map_err(|error| self.failed(io_error(&error)))?;
        // Pages that can still be written are; what remains cached afterwards is clean and can be dropped.
        file.sync_all().map_err(|error| self.failed(io_error(&error)))?;
        #[cfg(target_os = "linux")]
        if let Err(error) = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed) {
            tracing::warn!(%error, "the page cache of the data file could not be dropped");
        }
        Ok(())
    }

    fn open(&self) -> Result<Database, EngineError> {
        Builder::new()
            .set_cache_size(self.options.cache_bytes)
            .create(&self.path)
            .map_err(|error| self.failed(database_error(error)))
    }

    fn open_aside(&self) -> Result<Database, EngineError> {
        let file = File::open(&self.path).map_err(|error| self.failed(io_error(&error)))?;
        let backend = FileBackend::new(file).map_err(|error| self.failed(database_error(error)))?;
        open_aside(backend).map_err(|error| self.failed(error))
    }
}

struct BackendSource<F> {
    backend: F,
    options: RedbOptions,
}

impl<B: StorageBackend, F: Fn() -> B + Send + Sync> Source for BackendSource<F> {
    fn forget_cached(&self) -> Result<(), EngineError> {
        Ok(())
    }

    fn open(&self) -> Result<Database, EngineError> {
        Builder::new()
            .set_cache_size(self.options.cache_bytes)
            .create_with_backend((self.backend)())
            .map_err(database_error)
    }

    fn open_aside(&self) -> Result<Database, EngineError> {
        open_aside((self.backend)())
    }
}

fn open_aside(backend: impl StorageBackend) -> Result<Database, EngineError> {
    let aside = Aside::new(backend).map_err(|error| io_error(&error))?;
    Builder::new().set_cache_size(ASIDE_CACHE_BYTES).create_with_backend(aside).map_err(database_error)
}

impl EngineError {
    fn at(self, place: &str) -> Self {
        match self {
            Self::Io(what) => Self::Io(format!("{place}: {what}")),
            Self::Corrupted(what) => Self::Corrupted(format!("{place}: {what}")),
            Self::DiskFull | Self::InUse | Self::Reopened => self,
        }
    }
}

fn io_error(error: &std::io::Error) -> EngineError {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => EngineError::DiskFull,
        _ => EngineError::Io(error.to_string()),
    }
}

fn storage_error(error: StorageError) -> EngineError {
    match error {
        StorageError::Io(io) => io_error(&io),
        StorageError::Corrupted(what) => EngineError::Corrupted(what),
        StorageError::DatabaseClosed => EngineError::Reopened,
        other => EngineError::Io(other.to_string()),
    }
}

fn database_error(error: redb::DatabaseError) -> EngineError {
    match error {
        redb::DatabaseError::Storage(error) => storage_error(error),
        redb::DatabaseError::DatabaseAlreadyOpen => EngineError::InUse,
        other => EngineError::Corrupted(other.to_string()),
    }
}

fn any_error(error: impl Into<redb::Error>) -> EngineError {
    match error.into() {
        redb::Error::Io(io) => io_error(&io),
        redb::Error::Corrupted(what) => EngineError::Corrupted(what),
        redb::Error::DatabaseClosed => EngineError::Reopened,
        other => EngineError::Io(other.to_string()),
    }
}
