//! redb behind the engine trait: one table of bytes, two-phase commit and quick repair always.

use std::fmt;
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};

use redb::{
    Builder, Database, ReadOnlyTable, ReadableDatabase, StorageBackend, StorageError, TableDefinition,
};

use super::Direction;
use super::engine::{Changes, Engine, EngineError, KeyRange, Snapshot, Step, Visit};

const KEYSPACE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("keyspace");

/// How to open the data file.
#[derive(Debug, Clone)]
pub struct RedbOptions {
    /// Memory for cached pages in bytes.
    pub cache_bytes: usize,
}

impl Default for RedbOptions {
    fn default() -> Self {
        Self { cache_bytes: 64 * 1024 * 1024 }
    }
}

type Open = Box<dyn Fn() -> Result<Database, EngineError> + Send + Sync>;

/// The store's file.
pub struct RedbEngine {
    /// `None` only while a recovery has failed to open the file again.
    database: RwLock<Option<Database>>,
    open: Open,
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
        Self::with_opener(Box::new(move || {
            Builder::new()
                .set_cache_size(options.cache_bytes)
                .create(&path)
                .map_err(|error| database_error(error).at(&path.display().to_string()))
        }))
    }

    /// Opens whatever `backend` returns, each time the engine has to (re)open its file.
    ///
    /// # Errors
    /// As [`RedbEngine::open`].
    pub fn open_backend<B: StorageBackend>(
        backend: impl Fn() -> B + Send + Sync + 'static,
        options: RedbOptions,
    ) -> Result<Self, EngineError> {
        Self::with_opener(Box::new(move || {
            Builder::new()
                .set_cache_size(options.cache_bytes)
                .create_with_backend(backend())
                .map_err(database_error)
        }))
    }

    fn with_opener(open: Open) -> Result<Self, EngineError> {
        let database = open_ready(&open)?;
        Ok(Self { database: RwLock::new(Some(database)), open })
    }

    fn with_database<T>(
        &self,
        act: impl FnOnce(&Database) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        match database.as_ref() {
            Some(database) => act(database),
            None => Err(EngineError::Io("the data file could not be opened again".to_owned())),
        }
    }
}

/// Opens the database and makes sure that the keyspace exists, so that a reader never meets its absence.
fn open_ready(open: &Open) -> Result<Database, EngineError> {
    let database = open()?;
    let exists = database.begin_read().map_err(any_error)?.open_table(KEYSPACE).is_ok();
    if !exists {
        write(&database, &Changes::new())?;
    }
    Ok(database)
}

fn write(database: &Database, changes: &Changes) -> Result<(), EngineError> {
    let mut transaction = database.begin_write().map_err(any_error)?;
    transaction.set_two_phase_commit(true);
    transaction.set_quick_repair(true);
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
        self.with_database(|database| {
            let transaction = database.begin_read().map_err(any_error)?;
            let table = transaction.open_table(KEYSPACE).map_err(any_error)?;
            Ok(Box::new(RedbSnapshot(table)) as Box<dyn Snapshot>)
        })
    }

    fn commit(&self, changes: &Changes) -> Result<(), EngineError> {
        self.with_database(|database| write(database, changes))
    }

    fn recover(&self) -> Result<(), EngineError> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        // The old handle must be gone before the file can be opened again.
        *database = None;
        *database = Some(open_ready(&self.open)?);
        Ok(())
    }
}

struct RedbSnapshot(ReadOnlyTable<&'static [u8], &'static [u8]>);

impl Snapshot for RedbSnapshot {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self.0.get(key).map_err(storage_error)?.map(|value| value.value().to_vec()))
    }

    fn scan(&self, range: &KeyRange, direction: Direction, visit: Visit<'_>) -> Result<(), EngineError> {
        if range.is_empty() {
            return Ok(());
        }
        let mut found = self.0.range::<&[u8]>(range.as_bounds()).map_err(storage_error)?;
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

impl EngineError {
    fn at(self, place: &str) -> Self {
        match self {
            Self::DiskFull => Self::DiskFull,
            Self::Io(what) => Self::Io(format!("{place}: {what}")),
            Self::Corrupted(what) => Self::Corrupted(format!("{place}: {what}")),
        }
    }
}

fn storage_error(error: StorageError) -> EngineError {
    match error {
        StorageError::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => EngineError::DiskFull,
        StorageError::Corrupted(what) => EngineError::Corrupted(what),
        other => EngineError::Io(other.to_string()),
    }
}

fn database_error(error: redb::DatabaseError) -> EngineError {
    match error {
        redb::DatabaseError::Storage(error) => storage_error(error),
        redb::DatabaseError::DatabaseAlreadyOpen => {
            EngineError::Io("another process has this data file open".to_owned())
        }
        other => EngineError::Corrupted(other.to_string()),
    }
}

fn any_error(error: impl Into<redb::Error>) -> EngineError {
    match error.into() {
        redb::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => EngineError::DiskFull,
        redb::Error::Corrupted(what) => EngineError::Corrupted(what),
        other => EngineError::Io(other.to_string()),
    }
}
