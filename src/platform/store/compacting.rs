//! Makes a closed data file as small as what it holds.
//!
//! # Why on a copy
//! The engine moves pages in commits of one phase: one that is cut short leaves a header that names pages which were never
//! written. So a copy is made smaller, and takes the place of the file when it is complete and durable.

use std::fs::File;
use std::path::Path;

use super::engine::EngineError;
use super::errors::{any_error, database_error, io_error};
use super::fresh::unfinished;
use super::redb_engine::{RedbOptions, guarded};
use super::source::{FileSource, Source as _};
use crate::platform::folder::folder_of;

/// Writes the file anew without its free pages, and says how many bytes it had and has. Nobody else may have it open.
///
/// # Errors
/// When it is damaged, or the disk is full; the data are then as they were.
pub fn compact(path: &Path) -> Result<(u64, u64), EngineError> {
    let unfinished = unfinished(path);
    let done = make_smaller(path, &unfinished);
    if done.is_err() {
        drop(std::fs::remove_file(&unfinished));
    }
    done
}

fn make_smaller(path: &Path, unfinished: &Path) -> Result<(u64, u64), EngineError> {
    let failed = |error: std::io::Error| io_error(&error);
    // What an earlier attempt left behind is worthless.
    drop(std::fs::remove_file(unfinished));
    let before = std::fs::copy(path, unfinished).map_err(failed)?;
    let source = FileSource::new(unfinished.to_path_buf(), RedbOptions::default());
    guarded(|| {
        let mut database = source.open()?;
        // One pass moves pages to the front as far as there is room; the next goes on from there.
        while database.compact().map_err(any_error)? {}
        database.close().map_err(database_error)
    })?;
    let copy = File::open(unfinished).map_err(failed)?;
    copy.sync_all().map_err(failed)?;
    let after = copy.metadata().map_err(failed)?.len();
    std::fs::rename(unfinished, path)
        .and_then(|()| File::open(folder_of(path))?.sync_all())
        .map_err(failed)?;
    Ok((before, after))
}
