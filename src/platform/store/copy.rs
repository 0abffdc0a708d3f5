//! A consistent copy of the store while it is in use: read through one snapshot, written to a new file that only
//! gets its name when it is complete.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::Direction;
use super::engine::{Changes, Engine, EngineError, KeyRange, Step};
use super::redb_engine::{RedbEngine, RedbOptions};
use crate::platform::error::{Error, Result};

/// Bytes of rows written in one commit of the copy.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What a copy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotReport {
    /// Rows and index entries.
    pub entries: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
}

/// Copies the last durable commit of `engine` to a new file at `path`.
///
/// # Errors
/// When there is a file at `path` already, the engine cannot be read or the file not be written.
pub fn copy_to(engine: &dyn Engine, path: &Path) -> Result<SnapshotReport> {
    let failed = |what: &dyn std::fmt::Display| {
        Error::unavailable("store_unavailable", 60).context(format!("snapshot {}: {what}", path.display()))
    };
    if path.exists() {
        return Err(failed(&"there is a file of this name"));
    }
    let folder = path.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    std::fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    // What an earlier attempt left behind is worthless.
    drop(std::fs::remove_file(&unfinished));
    let report = fill(engine, unfinished.clone()).map_err(|error| failed(&error))?;
    std::fs::rename(&unfinished, path).map_err(|error| failed(&error))?;
    File::open(&folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(&error))?;
    Ok(report)
}

fn fill(engine: &dyn Engine, path: PathBuf) -> Result<SnapshotReport, EngineError> {
    let target =
        RedbEngine::open(path, RedbOptions { cache_bytes: 2 * BATCH_BYTES, ..RedbOptions::default() })?;
    let source = engine.snapshot()?;
    let mut report = SnapshotReport { entries: 0, bytes: 0 };
    let mut batch = Changes::new();
    let mut batch_bytes = 0;
    let mut failure = None;
    source.scan(&KeyRange::all(), Direction::Forward, &mut |key, value| {
        let size = key.len() + value.len();
        batch.insert(key.to_vec(), Some(value.to_vec()));
        batch_bytes += size;
        report.entries += 1;
        report.bytes += size as u64;
        if batch_bytes >= BATCH_BYTES {
            batch_bytes = 0;
            if let Err(error) = target.commit(&std::mem::take(&mut batch)) {
                failure = Some(error);
                return Step::Stop;
            }
        }
        Step::Continue
    })?;
    if let Some(error) = failure {
        return Err(error);
    }
    target.commit(&batch)?;
    Ok(report)
}
