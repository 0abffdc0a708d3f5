//! Where the engine's bytes are, and how they are opened: again and again, because after an error the file is.
//!
//! A file is opened only as what it was. What lies at the path is compared with what was opened first: a file that was
//! taken away is missed, and none is ever made in its place.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use redb::backends::FileBackend;
use redb::{Builder, Database, StorageBackend};

use super::aside::Aside;
use super::engine::EngineError;
use super::errors::{database_error, io_error};
use super::redb_engine::{RedbOptions, open_ready};
use crate::platform::folder::folder_of;

/// Memory for pages when opened aside.
const ASIDE_CACHE_BYTES: usize = 16 * 1024 * 1024;

/// Where the bytes are.
pub(super) trait Source: Send + Sync {
    /// Makes the operating system forget what it holds of the file, so that the next open reads the disk.
    fn forget_cached(&self) -> Result<(), EngineError>;
    fn open(&self) -> Result<Database, EngineError>;
    /// Opens without writing anything, ever.
    fn open_aside(&self) -> Result<Database, EngineError>;
    /// Whether the path still leads to what is open.
    fn is_in_place(&self) -> bool {
        true
    }
    /// The file, when it is one.
    fn path(&self) -> Option<&Path> {
        None
    }
}

/// Device and number of a file: what stays when it is renamed, and differs when another takes its name.
type Identity = (u64, u64);

fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// A file in a folder.
pub(super) struct FileSource {
    path: PathBuf,
    options: RedbOptions,
    /// Of the file that was opened.
    opened: Mutex<Option<Identity>>,
}

impl FileSource {
    pub(super) fn new(path: PathBuf, options: RedbOptions) -> Self {
        Self { path, options, opened: Mutex::default() }
    }

    fn failed(&self, error: EngineError) -> EngineError {
        error.at(&self.path.display().to_string())
    }

    fn opened(&self) -> Option<Identity> {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new file gets its name when it is complete: a half-made one, after a power cut, could not be opened.
    pub(super) fn make_if_missing(&self) -> Result<(), EngineError> {
        if self.path.exists() {
            return Ok(());
        }
        let mut name = self.path.as_os_str().to_owned();
        name.push(".new");
        let unfinished = Self::new(PathBuf::from(name), self.options.clone());
        drop(std::fs::remove_file(&unfinished.path));
        unfinished.make()?;
        drop(open_ready(&unfinished)?);
        let folder = folder_of(&self.path);
        std::fs::rename(&unfinished.path, &self.path)
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|error| self.failed(io_error(&error)))
    }

    /// An empty database in a file that only we can read.
    fn make(&self) -> Result<(), EngineError> {
        use std::os::unix::fs::OpenOptionsExt;
        let made = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.path)
            .map_err(|error| self.failed(io_error(&error)))?;
        drop(made);
        Builder::new().create(&self.path).map(drop).map_err(|error| self.failed(database_error(error)))
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
        let metadata = std::fs::metadata(&self.path).map_err(|error| self.failed(io_error(&error)))?;
        if metadata.len() == 0 {
            return Err(self.failed(EngineError::Corrupted("the file is empty, 0 bytes".to_owned())));
        }
        if self.opened().is_some_and(|opened| opened != identity(&metadata)) {
            return Err(EngineError::Displaced);
        }
        let database = Builder::new()
            .set_cache_size(self.options.cache_bytes)
            .open(&self.path)
            .map_err(|error| self.failed(database_error(error)))?;
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(identity(&metadata));
        Ok(database)
    }

    fn open_aside(&self) -> Result<Database, EngineError> {
        let file = File::open(&self.path).map_err(|error| self.failed(io_error(&error)))?;
        let backend = FileBackend::new(file).map_err(|error| self.failed(database_error(error)))?;
        open_aside(backend).map_err(|error| self.failed(error))
    }

    fn is_in_place(&self) -> bool {
        let Some(opened) = self.opened() else { return true };
        match std::fs::metadata(&self.path) {
            Ok(metadata) => identity(&metadata) == opened,
            // A disk that cannot be asked is another trouble, and the commit says so.
            Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        }
    }

    fn path(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

/// Whatever a function returns, each time it is opened.
pub(super) struct BackendSource<F> {
    pub(super) backend: F,
    pub(super) options: RedbOptions,
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
