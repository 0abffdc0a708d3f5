//! Makes a damaged data file whole again in its place.
//!
//! # Why
//! The engine trusts its pages. A damaged one refuses whatever needs it, among that the index by which reminders are
//! found for everybody, and some make the engine's library give up altogether. So what the pages prove is copied into a
//! new file, with the index entries of every row made anew: a damaged page of an index loses nothing. Rows that are lost
//! are written down ([`super::lost`]) and refused ever after, lists that may miss them too, until a backup is restored or somebody accepts the loss
//! with `das-tern salvage`. The damaged file is kept beside the new one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use super::engine::EngineError;
use super::errors::io_error;
use super::fresh::FreshFile;
use super::lost::LostRows;
use super::migrate::{SCHEMA_KEY, schema_in};
use super::pages::{Held, PageFault, Survey, survey};
use super::room::require_room;
use super::table::AnyTable;
use crate::platform::clock::Timestamp;
use crate::platform::error::{Error, Result};
use crate::platform::folder::folder_of;

/// What the name of the new file ends with until it takes the place of the damaged one.
const MENDED: &str = ".mended";

/// A file that was made whole.
#[derive(Debug)]
pub struct Mended {
    /// What was damaged.
    pub faults: Vec<PageFault>,
    /// Where rows were lost, by table; nothing when only indexes or the engine's own books were damaged.
    pub lost: Vec<LostRows>,
    /// Where the damaged file is kept.
    pub kept: PathBuf,
}

/// Makes the file at `path` whole, of which `found` says what is damaged. Nobody may have it open. `tables` are those of
/// `schema`; `finish` puts in order what only the clinic knows of, before the new file takes its place, marks lost rows
/// that nobody needs after that, and adds those that are unknown for want of others. It reads the file as if nothing were lost.
///
/// # Errors
/// When the file was cut off or written with another schema, what says so or which clinic it is was lost, or there is no room for
/// another file. The damaged file is then as it was.
pub fn mend(
    path: &Path,
    found: Survey,
    tables: &[&'static dyn AnyTable],
    schema: u32,
    now: Timestamp,
    finish: impl FnOnce(&FreshFile, &mut Vec<LostRows>) -> Result<()>,
) -> Result<Mended> {
    let failed = |error: EngineError| error.unavailable();
    if found.faults.iter().any(|fault| fault.offset >= found.file_bytes) {
        return Err(Error::internal("the file was cut off, so it is not made whole by itself"));
    }
    let folder = folder_of(path);
    let bytes = found.used_bytes.saturating_add(found.used_bytes / 4);
    require_room(folder, bytes, "a data file without damage")?;
    let new = with_ending(path, MENDED);
    // What an earlier attempt left is worthless.
    drop(std::fs::remove_file(&new));
    let mut fresh = FreshFile::create(&new).map_err(failed)?;
    let by_number: BTreeMap<u16, &dyn AnyTable> =
        tables.iter().map(|table| (table.number(), *table)).collect();
    let mut lost: Vec<LostRows> = Vec::new();
    let mut is_of_schema = false;
    let file = File::open(path).map_err(|error| failed(io_error(&error)))?;
    let found = survey(&file, &mut |entry| {
        if !entry.sound {
            return Ok(());
        }
        is_of_schema |= entry.key == SCHEMA_KEY && schema_in(entry.value) == Some(schema);
        // Written again below, where `finish` may have found more.
        if let Some(before) = LostRows::of_entry(entry.key, entry.value) {
            lost.push(before);
            return Ok(());
        }
        fresh.put(entry.key, entry.value)?;
        let table = entry.key.first_chunk().and_then(|number| by_number.get(&u16::from_be_bytes(*number)));
        let is_row = entry.key.get(2) == Some(&0);
        // A row that cannot be decoded stays what it is: whoever reads it is told so.
        let entries =
            table.filter(|_| is_row).and_then(|table| table.entries_of(entry.key, entry.value).ok());
        entries.into_iter().flatten().try_for_each(|(key, value)| fresh.put(&key, &value))
    })
    .map_err(failed)?;
    if !is_of_schema || found.faults.iter().any(|fault| fault.offset != 0 && held_own_numbers(fault)) {
        return Err(Error::internal(
            "what the file says of itself (its schema, the clinic's number) is lost or of another version of the \
             program, so it is not made whole by itself",
        ));
    }
    fresh.flush().map_err(failed)?;
    write_down(&mut lost, &found, now, by_number.keys().copied());
    finish(&fresh, &mut lost)?;
    put_lost(&mut fresh, &lost).map_err(failed)?;
    fresh.finish().map_err(failed)?;
    let kept = with_ending(path, &format!(".damaged-{}", now.to_utc().format("%Y%m%dT%H%M%S%.3fZ")));
    replace(path, &new, &kept).map_err(|error| failed(io_error(&error)))?;
    Ok(Mended { faults: found.faults, lost, kept })
}

/// Writes down in a new file what is lost.
///
/// # Errors
/// When the file cannot be written.
pub fn put_lost(fresh: &mut FreshFile, lost: &[LostRows]) -> Result<(), EngineError> {
    for (number, rows) in lost.iter().enumerate() {
        let (key, value) = rows.entry(u32::try_from(number).unwrap_or(u32::MAX));
        fresh.put(&key, &value)?;
    }
    Ok(())
}

/// Adds what was on the damaged pages: rows, and the entries of indexes where a row is lost, which were not all made anew.
fn write_down(
    lost: &mut Vec<LostRows>,
    found: &Survey,
    now: Timestamp,
    tables: impl Iterator<Item = u16> + Clone,
) {
    let ranges = || {
        let faults = found.faults.iter().filter(|fault| fault.held != Held::Books && fault.offset != 0);
        faults.map(|fault| (fault.after.as_deref(), fault.up_to.as_deref()))
    };
    for (after, up_to) in ranges() {
        lost.extend(LostRows::of_tables(after, up_to, now, tables.clone()));
    }
    let with_lost_rows: BTreeSet<u16> =
        lost.iter().filter(|rows| !rows.passed).filter_map(LostRows::table).collect();
    for (after, up_to) in ranges() {
        lost.extend(LostRows::of_indexes(after, up_to, now, with_lost_rows.iter().copied()));
    }
}

/// Puts `new` in the place of `path`, which stays under the name `kept`. At no moment is there no file at `path`.
fn replace(path: &Path, new: &Path, kept: &Path) -> std::io::Result<()> {
    std::fs::hard_link(path, kept)?;
    std::fs::rename(new, path)?;
    File::open(folder_of(path))?.sync_all()
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Whether the page may have held what the file says of itself: its schema, the clinic's number, the last commit.
fn held_own_numbers(fault: &PageFault) -> bool {
    const BEHIND: &[u8] = &[0, 0, 1];
    fault.held != Held::Books && fault.after.as_deref().is_none_or(|after| after < BEHIND)
}
