//! What can still be read of a damaged file, in a new one.
//!
//! Rows are taken from every page that its checksum proves; index entries are not copied but made anew from the rows,
//! so a damaged page of an index loses nothing. A row that cannot be decoded is left out and named. Rows of a page
//! with a wrong checksum may have been changed, a dose among them: they are left out too, unless somebody asks for them.
//!
//! When the page is lost to which all others hang, the commit before is looked for, and then every page of the file that
//! holds entries; where a page further down is lost that led to others, every page of the file is looked at for what
//! belongs there. What is found so is doubtful as well: it may be older than what was last written.

use std::collections::BTreeMap;
use std::fs::File;

use super::engine::EngineError;
use super::errors::io_error;
use super::fresh::FreshFile;
use super::handle::time_of_entry;
use super::lost::LostRows;
use super::migrate::{SCHEMA_KEY, schema_in};
use super::pages::{Commit, Found, Held, PageFault, Survey, strewn, survey};
use super::table::AnyTable;
use crate::platform::clock::Timestamp;
use crate::platform::error::{Error, Result};

/// Rows that are named one by one.
const NAMED_MAX: usize = 10_000;

/// What is to be taken over.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Rows of damaged pages that can be made out all the same.
    pub doubtful: bool,
    /// The schema of the file, when its own word for it is lost.
    pub schema: Option<u32>,
    /// The schema that this program works with: rows of another are copied as they are.
    pub newest: u32,
}

/// A row by its raw key, and what is the matter with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRow {
    /// Raw key.
    pub key: Vec<u8>,
    /// What is the matter.
    pub what: String,
}

/// What was taken over and what was not.
#[derive(Debug, Default)]
pub struct Salvaged {
    /// What the pages of the damaged file are like.
    pub survey: Survey,
    /// The schema of the file.
    pub schema: u32,
    /// When the file was last written, as far as it says so.
    pub written_at: Option<Timestamp>,
    /// Rows that were taken over.
    pub rows: u64,
    /// Rows that could be made out and were left out, by table.
    pub left_out: Vec<NamedRow>,
    /// Rows of damaged pages that were taken over because somebody asked for it.
    pub doubtful: Vec<NamedRow>,
    /// Rows that were lost before, when the file was made whole by itself. Nobody is refused them in the new file.
    pub lost_before: Vec<LostRows>,
    /// Rows that were lost before and refused nobody.
    pub passed_before: Vec<LostRows>,
}

impl Salvaged {
    /// Which rows of a table are not in the new file: those of these damaged pages, those that were left out, and those that
    /// had been lost before.
    pub fn lost_of(&self, pages: &[&PageFault], table: u16, at: Timestamp) -> Vec<LostRows> {
        let of_pages = pages.iter().flat_map(|fault| {
            LostRows::of_tables(fault.after.as_deref(), fault.up_to.as_deref(), at, [table])
        });
        let of_rows = self.left_out.iter().map(|row| LostRows::of_key(&row.key, at));
        let before = self.lost_before.iter().chain(&self.passed_before).cloned();
        let is_of_table = |rows: &LostRows| rows.table() == Some(table) && !rows.is_of_indexes();
        of_pages.chain(of_rows).chain(before).filter(is_of_table).collect()
    }
}

/// Writes what can be read of `from` into `to`.
///
/// # Errors
/// When `from` is no data file, its schema is lost and not told, or `to` cannot be written.
pub fn salvage(
    from: &File,
    to: &mut FreshFile,
    tables: &[&'static dyn AnyTable],
    wanted: Wanted,
) -> Result<Salvaged> {
    let failed = |error: EngineError| error.unavailable();
    let mut written = None;
    let looked = survey(from, &mut |found| {
        if found.sound && found.key == SCHEMA_KEY {
            written = schema_in(found.value);
        }
        Ok(())
    });
    let is_headless = match looked {
        Err(EngineError::Corrupted(why)) if wanted.doubtful => {
            tracing::debug!(why, "nothing leads to the pages of the file, so each is looked at by itself");
            true
        }
        Err(error @ EngineError::Corrupted(_)) => {
            return Err(failed(error).context(format!(
                "nothing in the file says which of its pages are the newest. `--doubtful --schema {}` takes the rows of \
                 which all pages say the same",
                wanted.newest
            )));
        }
        looked => {
            looked.map_err(failed)?;
            false
        }
    };
    let Some(schema) = written.or(wanted.schema) else {
        return Err(Error::internal(format!(
            "the schema version of the file is lost with its page, and rows of another schema would be misread. If the \
             file was last written by this version of the program, say `--schema {}`",
            wanted.newest
        )));
    };
    let tables = if schema == wanted.newest { tables } else { &[] };
    let mut taking = Taking {
        tables: tables.iter().map(|table| (table.number(), *table)).collect(),
        to,
        done: Salvaged { schema, ..Salvaged::default() },
        doubtful: wanted.doubtful,
    };
    let found = if is_headless {
        headless(from).map_err(|error| failed(io_error(&error)))?
    } else {
        survey(from, &mut |found| taking.take(found)).map_err(failed)?
    };
    if found.entries == 0 && found.faults.iter().any(|fault| fault.held != Held::Books) {
        taking.take_what_hangs_nowhere(from, is_headless).map_err(failed)?;
    } else if wanted.doubtful {
        taking.take_what_hung_on(from, &found.faults).map_err(failed)?;
    }
    taking.to.put(SCHEMA_KEY, &schema.to_be_bytes()).map_err(failed)?;
    taking.to.flush().map_err(failed)?;
    Ok(Salvaged { survey: found, ..taking.done })
}

/// What is known of a file without a header.
fn headless(file: &File) -> std::io::Result<Survey> {
    let what = "the header is lost";
    let fault = PageFault { offset: 0, held: Held::Way, after: None, up_to: None, what, legible: false };
    Ok(Survey { file_bytes: file.metadata()?.len(), faults: vec![fault], ..Survey::default() })
}

struct Taking<'a> {
    tables: BTreeMap<u16, &'static dyn AnyTable>,
    to: &'a mut FreshFile,
    done: Salvaged,
    doubtful: bool,
}

impl Taking<'_> {
    /// Takes the entries of a file whose root is lost, or its header.
    fn take_what_hangs_nowhere(&mut self, from: &File, is_headless: bool) -> Result<(), EngineError> {
        let mut count = 0_u64;
        let before = if is_headless { None } else { Commit::before(from)? };
        if let Some(before) = before {
            let mut take = |found: Found<'_>| {
                count += 1;
                self.take(Found { sound: false, ..found })
            };
            before.survey_entries(from, &mut take, usize::MAX)?;
        }
        if count == 0 { self.take_strewn(from, &|_| true) } else { Ok(()) }
    }

    /// Takes the entries to which a page led that cannot be read any more.
    fn take_what_hung_on(&mut self, from: &File, faults: &[PageFault]) -> Result<(), EngineError> {
        let lost = faults.iter().filter(|fault| fault.held != Held::Books && !fault.legible);
        let lost: Vec<&PageFault> = lost.collect();
        if lost.is_empty() {
            return Ok(());
        }
        self.take_strewn(from, &|key| lost.iter().any(|fault| fault.covers(key)))
    }

    /// Takes entries from wherever they lie.
    fn take_strewn(&mut self, from: &File, is_wanted: &dyn Fn(&[u8]) -> bool) -> Result<(), EngineError> {
        let disputed =
            strewn(from, &mut |found| if is_wanted(found.key) { self.take(found) } else { Ok(()) })?;
        for key in disputed.into_iter().filter(|key| key.get(2) == Some(&0) && is_wanted(key)) {
            let what = "pages disagree about it, and nothing says which is the newest".to_owned();
            name(&mut self.done.left_out, &key, what);
        }
        Ok(())
    }

    fn take(&mut self, found: Found<'_>) -> Result<(), EngineError> {
        if let Some(at) = time_of_entry(found.key, found.value).filter(|_| found.sound) {
            self.done.written_at = Some(at);
        }
        if let Some(lost) = LostRows::of_entry(found.key, found.value) {
            // Indexes are made anew.
            match (lost.is_of_indexes(), lost.passed) {
                (true, _) => {}
                (false, true) => self.done.passed_before.push(lost),
                (false, false) => self.done.lost_before.push(lost),
            }
            return Ok(());
        }
        let table = found.key.first_chunk().map(|number| u16::from_be_bytes(*number));
        let table = table.and_then(|number| self.tables.get(&number).copied());
        let is_row = found.key.get(2) == Some(&0);
        let entries = match table {
            Some(_) if !is_row => return Ok(()),
            // The numbers that the file keeps of itself are no rows, though they stand before the first table.
            Some(table) => match table.entries_of(found.key, found.value) {
                Ok(entries) => entries,
                Err(error) => {
                    name(&mut self.done.left_out, found.key, error.to_string());
                    return Ok(());
                }
            },
            None => Vec::new(),
        };
        if !found.sound {
            let what = "its page is damaged, and it may have been changed".to_owned();
            if !self.doubtful {
                name(&mut self.done.left_out, found.key, what);
                return Ok(());
            }
            name(&mut self.done.doubtful, found.key, what);
        }
        self.done.rows += u64::from(is_row);
        self.to.put(found.key, found.value)?;
        entries.into_iter().try_for_each(|(key, value)| self.to.put(&key, &value))
    }
}

fn name(rows: &mut Vec<NamedRow>, key: &[u8], what: String) {
    if rows.len() < NAMED_MAX {
        rows.push(NamedRow { key: key.to_vec(), what });
    }
}
