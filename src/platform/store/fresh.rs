//! A new data file that is written from beginning to end and gets its name when it is complete.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::engine::{Changes, Engine, EngineError};
use super::errors::io_error;
use super::redb_engine::{RedbEngine, RedbOptions};
use crate::platform::folder::folder_of;

/// Bytes of rows written in one commit.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// What the name ends with while the file is written.
pub(super) const UNFINISHED: &str = ".unfinished";

/// Where the file that will be at `path` lies while it is written.
pub(super) fn unfinished(path: &Path) -> PathBuf {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(UNFINISHED);
    PathBuf::from(unfinished)
}

/// A file on its way. Dropped before it is finished, it leaves nothing behind.
pub struct FreshFile {
    engine: Arc<RedbEngine>,
    path: PathBuf,
    unfinished: PathBuf,
    batch: Changes,
    batch_bytes: usize,
    done: bool,
}

impl FreshFile {
    /// Begins a file that will be at `path`, in a folder that exists.
    ///
    /// # Errors
    /// When there is a file of this name, or the folder cannot be written.
    pub fn create(path: &Path) -> Result<Self, EngineError> {
        if path.exists() {
            return Err(EngineError::Io("there is a file of this name".to_owned()));
        }
        let unfinished = unfinished(path);
        // What an earlier attempt left behind is worthless.
        drop(std::fs::remove_file(&unfinished));
        let options = RedbOptions { cache_bytes: 2 * BATCH_BYTES, ..RedbOptions::default() };
        let engine = RedbEngine::open(unfinished.clone(), options).inspect_err(|_| remove(&unfinished))?;
        Ok(Self {
            engine: Arc::new(engine),
            path: path.to_owned(),
            unfinished,
            batch: Changes::new(),
            batch_bytes: 0,
            done: false,
        })
    }

    /// Adds an entry; the last one of a key counts.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        self.batch_bytes += key.len() + value.len();
        self.batch.insert(key.to_vec(), Some(value.to_vec()));
        if self.batch_bytes >= BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes what was added so far.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn flush(&mut self) -> Result<(), EngineError> {
        self.batch_bytes = 0;
        self.engine.commit(&std::mem::take(&mut self.batch))
    }

    /// The open file, for what is written into it in another way.
    pub fn engine(&self) -> Arc<RedbEngine> {
        Arc::clone(&self.engine)
    }

    /// Closes the file and gives it its name, durably.
    ///
    /// # Errors
    /// When the file cannot be written, or there is one of this name meanwhile.
    pub fn finish(mut self) -> Result<(), EngineError> {
        self.flush()?;
        self.engine.close();
        let folder = folder_of(&self.path);
        if self.path.exists() {
            return Err(EngineError::Io("there is a file of this name meanwhile".to_owned()));
        }
        std::fs::rename(&self.unfinished, &self.path)
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|error| io_error(&error))?;
        self.done = true;
        Ok(())
    }
}

impl Drop for FreshFile {
    fn drop(&mut self) {
        if !self.done {
            self.engine.close();
            remove(&self.unfinished);
        }
    }
}

/// Removes a file that was not finished, and what it began as.
fn remove(unfinished: &Path) {
    let mut new = unfinished.as_os_str().to_owned();
    new.push(".new");
    drop(std::fs::remove_file(unfinished));
    drop(std::fs::remove_file(PathBuf::from(new)));
}
