//! The data file page by page, without the engine: which pages are damaged, and every row of those that are not.
//!
//! # Why beside the engine
//! The engine trusts the pages it reads and gives up on a file with one that is damaged. But each page's checksum
//! stands in the page above it, up to the two slots in the file's header, so a page that is what it should be can be
//! told from one that is not, and the keys around a damaged one say what was on it. Nothing here writes.
//!
//! What hangs on a damaged page proves nothing: a page of last week, put back whole, leads to the rows of last week.
//!
//! Layout (file format 3 of the engine): the header, then regions of pages of 4096 bytes times a power of two; see
//! `node.rs` for what a page holds.

mod header;
mod node;
mod strewn;
mod walk;

use std::fs::File;
use std::os::unix::fs::FileExt;

use self::header::{Geometry, Header, Slot, choose, header_of, read_header, size_fault};
use self::node::Child;
pub(super) use self::strewn::strewn;
use self::walk::Walk;
use super::engine::EngineError;
use super::errors::io_error;

const MAGIC: &[u8] = b"redb\x1A\x0A\xA9\x0D\x0A";
const PAGE_BYTES: u64 = 4096;
const HEADER_BYTES: usize = 320;
const SLOT_BYTES: usize = 128;
const FORMAT: u8 = 3;
/// No tree of pages is nearly as deep; a damaged one may lead in circles.
const DEPTH_MAX: usize = 64;
/// Faults that are told one by one.
const FAULTS_MAX: usize = 10_000;

/// What the pages of a file are like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of the pages that hold something.
    pub used_bytes: u64,
    /// Entries on sound pages: rows and index entries.
    pub entries: u64,
    /// Every damaged page.
    pub faults: Vec<PageFault>,
    /// Whether the header calls the commit before this one the last; see [`name_newest_commit`].
    pub is_unnamed: bool,
}

impl Survey {
    /// Adds what was found elsewhere in the same file. A page above two parts of it is called damaged once.
    pub(super) fn join(&mut self, other: Self) {
        self.file_bytes = self.file_bytes.max(other.file_bytes);
        self.is_unnamed |= other.is_unnamed;
        self.used_bytes += other.used_bytes;
        self.entries += other.entries;
        for fault in other.faults {
            if self.faults.len() < FAULTS_MAX && !self.faults.contains(&fault) {
                self.faults.push(fault);
            }
        }
    }

    /// Whether more than half of a file that is worth it holds nothing.
    pub fn is_mostly_free(&self) -> bool {
        const WORTH_BYTES: u64 = 64 * 1024 * 1024;
        self.file_bytes > WORTH_BYTES && self.used_bytes < self.file_bytes / 2
    }
}

/// What a damaged page held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Entries of the clinic.
    Entries,
    /// The way to pages with entries of the clinic.
    Way,
    /// The engine's own books, such as which pages are free.
    Books,
}

/// A damaged page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFault {
    /// Where it lies in the file, in bytes.
    pub offset: u64,
    /// What it held.
    pub held: Held,
    /// Every key on it and below it is greater than this.
    pub after: Option<Vec<u8>>,
    /// And not greater than this.
    pub up_to: Option<Vec<u8>>,
    /// What is wrong with it.
    pub what: &'static str,
    /// Whether its entries can be made out all the same, some of them perhaps changed.
    pub legible: bool,
}

impl PageFault {
    /// Whether a key may have been on it or below it.
    pub(super) fn covers(&self, key: &[u8]) -> bool {
        walk::is_within(key, (self.after.as_deref(), self.up_to.as_deref()))
    }
}

/// An entry that was found.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// Raw key.
    pub key: &'a [u8],
    /// Raw value.
    pub value: &'a [u8],
    /// Whether its page and all above it are what was written; else it may have changed, or be an older one.
    pub sound: bool,
}

/// A part of the entries that is looked at in one go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch<'a> {
    /// Entries up to this key were looked at before.
    pub(super) after: Option<&'a [u8]>,
    /// It ends with the page that makes it so many bytes.
    pub(super) bytes: u64,
}

impl Stretch<'_> {
    /// All of them.
    const WHOLE: Self = Self { after: None, bytes: u64::MAX };
}

/// What takes the entries.
pub type Take<'a> = &'a mut dyn FnMut(Found<'_>) -> Result<(), EngineError>;

/// Walks through every page of the last commit in `file` and shows the entries in the order of their keys.
///
/// # Errors
/// `take`'s, or when the file cannot be read, is no data file, or has no commit that could be read.
pub fn survey(file: &File, take: Take<'_>) -> Result<Survey, EngineError> {
    survey_to(file, take, DEPTH_MAX)
}

/// Walks as deep as `reach` into the tables of the clinic, and through the engine's own books.
fn survey_to(file: &File, take: Take<'_>, reach: usize) -> Result<Survey, EngineError> {
    let commit = Commit::newest_of(file)?;
    let mut survey = commit.survey_entries(file, take, reach)?;
    survey.join(commit.survey_books(file)?);
    Ok(survey)
}

/// Looks at the pages on which everything hangs: the roots of the tables, and the engine's own books whole, on which it
/// gives up without a word. Quick whatever the size of the file.
///
/// # Errors
/// When one of them is damaged, or as [`survey`].
pub fn look_at_roots(file: &File) -> Result<(), EngineError> {
    let found = survey_to(file, &mut |_| Ok(()), 0)?;
    // A damaged slot of the header is no loss: the engine goes on from the other one.
    match found.faults.iter().find(|fault| fault.offset != 0) {
        None => Ok(()),
        Some(fault) => Err(EngineError::Corrupted(format!(
            "a page on which others hang is not what was written (byte {}: {})",
            fault.offset, fault.what
        ))),
    }
}

/// Lets the header name the newest commit, which [`survey`] found whole: a disk that changes the one bit by which the
/// engine knows its last commit would otherwise take back what was acknowledged, without a word. A commit that was cut
/// short just before that bit was written is taken over too: nobody was told that it was done, nor that it was not.
///
/// # Errors
/// When the file cannot be read or written.
pub fn name_newest_commit(file: &File) -> Result<(), EngineError> {
    let mut said = [0_u8];
    file.read_exact_at(&mut said, header::NAMED_AT).map_err(|error| io_error(&error))?;
    said[0] ^= header::NAMES_SECOND;
    file.write_all_at(&said, header::NAMED_AT).map_err(|error| io_error(&error))?;
    file.sync_all().map_err(|error| io_error(&error))
}

/// The last commit of a file, as its header has it.
#[derive(Debug)]
pub(super) struct Commit {
    geometry: Geometry,
    slot: Slot,
    file_bytes: u64,
    /// What is wrong with the header itself.
    faults: Vec<PageFault>,
    /// Whether the header names another.
    is_unnamed: bool,
}

impl Commit {
    /// The last commit.
    ///
    /// # Errors
    /// When the file cannot be read, is no data file, or has no commit that could be read.
    pub(super) fn of(file: &File) -> Result<Self, EngineError> {
        let (bytes, file_bytes) = header_of(file)?;
        let Header { geometry, slots, fault: of_header } = read_header(&bytes)?;
        let Some((slot, of_slot)) = choose(slots) else {
            return Err(EngineError::Corrupted("both slots of the file's header are damaged".to_owned()));
        };
        // The size stands among the first bytes.
        let of_size = if of_header.is_none() { size_fault(&bytes, file_bytes) } else { None };
        let faults = of_header.into_iter().chain(of_slot).chain(of_size).collect();
        Ok(Self { geometry, slot, file_bytes, faults, is_unnamed: false })
    }

    /// The newest commit, whether the header names it or not: one that it does not name counts when each of its pages is
    /// what was written. Nobody may have the file open.
    ///
    /// # Errors
    /// As [`Commit::of`].
    fn newest_of(file: &File) -> Result<Self, EngineError> {
        let named = Self::of(file)?;
        let (bytes, file_bytes) = header_of(file)?;
        let Header { geometry, slots: [_, slot], .. } = read_header(&bytes)?;
        if !slot.is_newer_than(&named.slot) {
            return Ok(named);
        }
        let newer = Self { geometry, slot, file_bytes, faults: named.faults.clone(), is_unnamed: true };
        let mut found = newer.survey_entries(file, &mut |_| Ok(()), DEPTH_MAX)?;
        found.join(newer.survey_books(file)?);
        Ok(if found.faults.len() == newer.faults.len() { newer } else { named })
    }

    /// The commit before the last one, when the header still knows it. Nothing keeps its pages from being used again.
    ///
    /// # Errors
    /// When the file cannot be read or is no data file.
    pub(super) fn before(file: &File) -> Result<Option<Self>, EngineError> {
        let (bytes, file_bytes) = header_of(file)?;
        let Header { geometry, slots: [_, slot], .. } = read_header(&bytes)?;
        Ok(slot.is_there().then_some(Self {
            geometry,
            slot,
            file_bytes,
            faults: Vec::new(),
            is_unnamed: false,
        }))
    }

    /// Walks as deep as `reach` into the tables of the clinic. While the file is in use, a reader of this commit must
    /// keep the engine from using its pages again.
    ///
    /// # Errors
    /// `take`'s, or when the file cannot be read.
    pub(super) fn survey_entries(
        &self,
        file: &File,
        take: Take<'_>,
        reach: usize,
    ) -> Result<Survey, EngineError> {
        let data = self.slot.data.map(|root| (root, true));
        let (mut survey, _) = self.walk(file, take, reach, data, Stretch::WHOLE)?;
        survey.faults.splice(0..0, self.faults.iter().cloned());
        Ok(survey)
    }

    /// Walks through one stretch of the tables of the clinic, and says behind which key the next one begins. While the
    /// file is in use, a reader must keep the pages as for [`Commit::survey_entries`], but no longer than this takes.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn survey_stretch(
        &self,
        file: &File,
        stretch: Stretch<'_>,
    ) -> Result<(Survey, Option<Vec<u8>>), EngineError> {
        let data = self.slot.data.map(|root| (root, true));
        let (mut survey, next) = self.walk(file, &mut |_| Ok(()), usize::MAX, data, stretch)?;
        survey.faults.splice(0..0, self.faults.iter().cloned());
        Ok((survey, next))
    }

    /// Walks through the engine's own books. No reader keeps the engine from using their pages again: nobody may
    /// commit meanwhile.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn survey_books(&self, file: &File) -> Result<Survey, EngineError> {
        let books = self.slot.books.map(|root| (root, false));
        self.walk(file, &mut |_| Ok(()), DEPTH_MAX, books, Stretch::WHOLE).map(|(survey, _)| survey)
    }

    fn walk(
        &self,
        file: &File,
        take: Take<'_>,
        reach: usize,
        root: Option<(Child, bool)>,
        stretch: Stretch<'_>,
    ) -> Result<(Survey, Option<Vec<u8>>), EngineError> {
        let (file_bytes, is_unnamed) = (self.file_bytes, self.is_unnamed);
        let survey = Survey { file_bytes, is_unnamed, ..Survey::default() };
        let mut walk = Walk::through(file, self.geometry, take, (reach, stretch), survey);
        if let Some((root, is_ours)) = root {
            walk.tables(root, is_ours)?;
        }
        Ok(walk.done())
    }
}

#[cfg(test)]
mod tests;
