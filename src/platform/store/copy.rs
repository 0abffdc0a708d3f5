//! A consistent copy of the store while it is in use: read through one snapshot, written to a new file that only
//! gets its name when it is complete.

use std::path::Path;

use super::Direction;
use super::engine::{Engine, EngineError, KeyRange, Step};
use super::fresh::{FreshFile, UNFINISHED};
use super::room::require_room;
use crate::platform::error::{Error, Result};
use crate::platform::folder::folder_of;

/// What the name of a copy ends with while not even its first page is there.
const UNFINISHED_NEW: &str = ".unfinished.new";

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
    let folder = folder_of(path);
    std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    // What an earlier attempt left behind is worthless.
    sweep_unfinished(folder);
    let rows = bytes_in(engine).map_err(|error| failed(&error))?;
    // The pages of the copy are not filled to the brim.
    require_room(folder, rows / 2 * 3, "a copy of the data")?;
    fill(engine, path).map_err(|error| failed(&error))
}

/// Removes what copies that were interrupted left in `folder`.
pub fn sweep_unfinished(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let is_left = [UNFINISHED, UNFINISHED_NEW].iter().any(|ending| name.ends_with(ending));
        if is_left && let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(%error, path = %path.display(), "what an interrupted copy left cannot be removed");
        }
    }
}

/// Bytes of all keys and values.
fn bytes_in(engine: &dyn Engine) -> Result<u64, EngineError> {
    let mut bytes = 0_u64;
    engine.snapshot()?.scan(&KeyRange::all(), Direction::Forward, &mut |key, value| {
        bytes += (key.len() + value.len()) as u64;
        Step::Continue
    })?;
    Ok(bytes)
}

fn fill(engine: &dyn Engine, path: &Path) -> Result<SnapshotReport, EngineError> {
    let mut target = FreshFile::create(path)?;
    let source = engine.snapshot()?;
    let mut report = SnapshotReport { entries: 0, bytes: 0 };
    let mut failure = None;
    source.scan(&KeyRange::all(), Direction::Forward, &mut |key, value| {
        report.entries += 1;
        report.bytes += (key.len() + value.len()) as u64;
        match target.put(key, value) {
            Ok(()) => Step::Continue,
            Err(error) => {
                failure = Some(error);
                Step::Stop
            }
        }
    })?;
    match failure {
        Some(error) => Err(error),
        None => target.finish().map(|()| report),
    }
}
