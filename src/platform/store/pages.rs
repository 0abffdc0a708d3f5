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

use std::collections::HashSet;
use std::fs::File;
use std::os::unix::fs::FileExt;

use twox_hash::XxHash3_128;

use self::header::{Geometry, Slot, choose, header_of, read_header};
use self::node::{Child, Node, Parsed, Widths, parse};
use super::engine::EngineError;

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
}

impl Survey {
    /// Adds what was found elsewhere in the same file.
    pub(super) fn join(&mut self, other: Self) {
        self.used_bytes += other.used_bytes;
        self.entries += other.entries;
        self.faults.extend(other.faults);
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
    let commit = Commit::of(file)?;
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

/// The last commit of a file, as its header has it.
#[derive(Debug)]
pub(super) struct Commit {
    geometry: Geometry,
    slot: Slot,
    file_bytes: u64,
    /// What is wrong with the header itself.
    fault: Option<PageFault>,
}

impl Commit {
    /// The last commit.
    ///
    /// # Errors
    /// When the file cannot be read, is no data file, or has no commit that could be read.
    pub(super) fn of(file: &File) -> Result<Self, EngineError> {
        let (header, file_bytes) = header_of(file)?;
        let (geometry, slots) = read_header(&header)?;
        let Some((slot, fault)) = choose(slots) else {
            return Err(EngineError::Corrupted("both slots of the file's header are damaged".to_owned()));
        };
        Ok(Self { geometry, slot, file_bytes, fault })
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
        let mut survey = self.walk(file, take, reach, self.slot.data.map(|root| (root, true)))?;
        survey.faults.splice(0..0, self.fault.clone());
        Ok(survey)
    }

    /// Walks through the engine's own books. No reader keeps the engine from using their pages again: nobody may
    /// commit meanwhile.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn survey_books(&self, file: &File) -> Result<Survey, EngineError> {
        self.walk(file, &mut |_| Ok(()), DEPTH_MAX, self.slot.books.map(|root| (root, false)))
    }

    fn walk(
        &self,
        file: &File,
        take: Take<'_>,
        reach: usize,
        root: Option<(Child, bool)>,
    ) -> Result<Survey, EngineError> {
        let survey = Survey { file_bytes: self.file_bytes, ..Survey::default() };
        let geometry = self.geometry;
        let mut walk = Walk { file, geometry, take, reach, survey, full: false, doubtful: HashSet::new() };
        if let Some((root, is_ours)) = root {
            walk.tables(root, is_ours)?;
        }
        if walk.full {
            walk.survey.faults.truncate(FAULTS_MAX);
        }
        Ok(walk.survey)
    }
}

struct Walk<'a> {
    file: &'a File,
    geometry: Geometry,
    take: Take<'a>,
    /// How many pages below its root a table of the clinic is looked at.
    reach: usize,
    survey: Survey,
    full: bool,
    /// Pages that were reached through a damaged one: such a way may lead in circles, so each is taken once.
    doubtful: HashSet<u64>,
}

/// The way down to a page.
#[derive(Clone, Copy)]
struct Above {
    depth: usize,
    /// Whether every page of it is what was written.
    sound: bool,
}

/// Between which keys a page lies.
type Bounds<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// The bounds of a page by those of the page above it and the keys beside it there, of which a damaged page may say
/// anything.
fn narrowed<'a>((after, up_to): Bounds<'a>, before: Option<&'a [u8]>, own: Option<&'a [u8]>) -> Bounds<'a> {
    // Nothing is less than any key.
    (after.max(before), up_to.into_iter().chain(own).min())
}

fn is_within(key: &[u8], (after, up_to): Bounds<'_>) -> bool {
    after.is_none_or(|after| key > after) && up_to.is_none_or(|up_to| key <= up_to)
}

impl Walk<'_> {
    /// The tree of the tables, and each table below it.
    fn tables(&mut self, root: Child, is_ours: bool) -> Result<(), EngineError> {
        let held = if is_ours { Held::Way } else { Held::Books };
        let mut tables = Vec::new();
        let root_of_all = Above { depth: 0, sound: true };
        self.tree(root, Widths::default(), held, (None, None), root_of_all, &mut |_, found| {
            tables.extend(node::table(found.value).map(|table| (table, found.sound)));
            Ok(())
        })?;
        for ((root, widths), sound) in tables {
            let held = if is_ours { Held::Entries } else { Held::Books };
            self.tree(root, widths, held, (None, None), Above { depth: 0, sound }, &mut |walk, found| {
                if !is_ours {
                    return Ok(());
                }
                walk.survey.entries += u64::from(found.sound);
                (walk.take)(found)
            })?;
        }
        Ok(())
    }

    fn fault(
        &mut self,
        offset: u64,
        held: Held,
        (after, up_to): Bounds<'_>,
        what: &'static str,
        legible: bool,
    ) {
        if self.survey.faults.len() >= FAULTS_MAX {
            self.full = true;
            return;
        }
        let (after, up_to) = (after.map(<[u8]>::to_vec), up_to.map(<[u8]>::to_vec));
        self.survey.faults.push(PageFault { offset, held, after, up_to, what, legible });
    }

    /// A page and everything below it. Below a damaged page nothing more is called damaged: it is doubtful already.
    fn tree(
        &mut self,
        at: Child,
        widths: Widths,
        held: Held,
        bounds: Bounds<'_>,
        above: Above,
        each: &mut dyn FnMut(&mut Self, Found<'_>) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let place = self.geometry.place(at.page);
        let Some((offset, size)) = place.filter(|(offset, size)| {
            above.depth < DEPTH_MAX
                && offset.checked_add(*size).is_some_and(|end| end <= self.survey.file_bytes)
        }) else {
            if above.sound {
                let offset = place.map_or(0, |(offset, _)| offset);
                self.fault(offset, held, bounds, "it lies behind the end of the file", false);
            }
            return Ok(());
        };
        if !above.sound && !self.doubtful.insert(offset) {
            return Ok(());
        }
        self.survey.used_bytes += size;
        let mut page = vec![0; usize::try_from(size).map_err(|error| EngineError::Io(error.to_string()))?];
        let is_read = self.file.read_exact_at(&mut page, offset).is_ok();
        let parsed = if is_read { parse(&page, widths) } else { None };
        let Some(Parsed { node, end }) = parsed else {
            if above.sound {
                let what = if is_read { "it holds something else" } else { "the disk cannot read it" };
                self.fault(offset, held, bounds, what, false);
            }
            return Ok(());
        };
        let sound = above.sound && XxHash3_128::oneshot(page.get(..end).unwrap_or_default()) == at.checksum;
        if above.sound && !sound {
            let is_branch = matches!(node, Node::Branch { .. });
            let held = if is_branch && held == Held::Entries { Held::Way } else { held };
            self.fault(offset, held, bounds, "its checksum is wrong", true);
        }
        match node {
            Node::Leaf(pairs) => pairs
                .into_iter()
                .filter(|(key, _)| sound || is_within(key, bounds))
                .try_for_each(|(key, value)| each(self, Found { key, value, sound })),
            Node::Branch { .. } if held == Held::Entries && above.depth >= self.reach => Ok(()),
            Node::Branch { children, keys } => {
                for (place, child) in children.into_iter().enumerate() {
                    let before = place.checked_sub(1).and_then(|place| keys.get(place).copied());
                    let within = narrowed(bounds, before, keys.get(place).copied());
                    let above = Above { depth: above.depth + 1, sound };
                    self.tree(child, widths, held, within, above, each)?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests;
