//! The header of a data file: its measures, and the slots of its two last commits.

use std::fs::File;
use std::os::unix::fs::FileExt;

use twox_hash::XxHash3_128;

use super::node::{self, Child, PageNumber, number, wide};
use super::{FORMAT, HEADER_BYTES, Held, MAGIC, PAGE_BYTES, PageFault, SLOT_BYTES};
use crate::platform::store::engine::EngineError;
use crate::platform::store::errors::io_error;

/// The header, and the bytes of the file.
pub(super) fn header_of(file: &File) -> Result<([u8; HEADER_BYTES], u64), EngineError> {
    let mut header = [0; HEADER_BYTES];
    let file_bytes = file.metadata().map_err(|error| io_error(&error))?.len();
    if file_bytes < HEADER_BYTES as u64 {
        return Err(EngineError::Corrupted(format!(
            "the file has {file_bytes} bytes, which is no data file"
        )));
    }
    file.read_exact_at(&mut header, 0).map_err(|error| io_error(&error))?;
    Ok((header, file_bytes))
}

/// Where the header says in a bit of this value which of the two slots is the last commit: behind the magic bytes.
pub(super) const NAMED_AT: u64 = 9;
pub(super) const NAMES_SECOND: u8 = 1;
/// Pages of a region; none of them has a header of its own.
const REGION_PAGES: u64 = 1 << 20;

#[derive(Debug, Clone, Copy)]
pub(super) struct Geometry {
    region_header_pages: u64,
    region_pages: u64,
}

impl Geometry {
    pub(super) fn place(self, page: PageNumber) -> Option<(u64, u64)> {
        let size = PAGE_BYTES.checked_shl(u32::from(page.order))?;
        let region = (self.region_header_pages + self.region_pages).checked_mul(PAGE_BYTES)?;
        let offset = u64::from(page.region)
            .checked_mul(region)?
            .checked_add(PAGE_BYTES + self.region_header_pages * PAGE_BYTES)?
            .checked_add(u64::from(page.index).checked_mul(size)?)?;
        Some((offset, size))
    }
}

/// One of the two last commits, as the header has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    commit: u64,
    pub(super) data: Option<Child>,
    pub(super) books: Option<Child>,
    sound: bool,
}

impl Slot {
    /// Whether it is of a later commit than another, as far as both say what was written.
    pub(super) const fn is_newer_than(&self, other: &Self) -> bool {
        self.is_there() && other.sound && self.commit > other.commit
    }

    /// Whether it says of a commit what was written.
    pub(super) const fn is_there(&self) -> bool {
        self.sound && self.commit > 0
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let root = |flag: usize, at: usize| -> Option<Option<Child>> {
            Some(if *bytes.get(flag)? == 0 { None } else { Some(Child::read(bytes.get(at..)?)?) })
        };
        let (content, checksum) = bytes.get(..SLOT_BYTES)?.split_at_checked(SLOT_BYTES - 16)?;
        Some(Self {
            commit: number(bytes, 104)?,
            data: root(1, 8)?,
            books: root(2, 40)?,
            sound: *bytes.first()? == FORMAT && wide(checksum, 0)? == XxHash3_128::oneshot(content),
        })
    }
}

/// What the header says.
pub(super) struct Header {
    pub(super) geometry: Geometry,
    /// The one in force first.
    pub(super) slots: [Slot; 2],
    /// What is wrong with its first bytes.
    pub(super) fault: Option<PageFault>,
}

/// Geometry and slots. Where the first bytes are damaged, which no checksum covers, the slots prove themselves: the newer
/// one is in force then, and the measures are those that every file of ours has.
pub(super) fn read_header(header: &[u8]) -> Result<Header, EngineError> {
    let garbled = || EngineError::Corrupted("the file's header is damaged, or it is no data file".to_owned());
    let word = |at| node::word(header, at).map(u64::from);
    let read = || {
        let first = Slot::read(header.get(64..)?)?;
        let second = Slot::read(header.get(64 + SLOT_BYTES..)?)?;
        Some((first, second, header.get(MAGIC.len())? & NAMES_SECOND != 0))
    };
    let (first, second, names_second) = read().ok_or_else(garbled)?;
    let geometry = Geometry { region_header_pages: 0, region_pages: REGION_PAGES };
    let measures = [PAGE_BYTES, geometry.region_header_pages, geometry.region_pages].map(Some);
    if header.starts_with(MAGIC) && [12, 16, 20].map(word) == measures {
        let slots = if names_second { [second, first] } else { [first, second] };
        return Ok(Header { geometry, slots, fault: None });
    }
    let slots =
        if second.is_newer_than(&first) || !first.is_there() { [second, first] } else { [first, second] };
    if !slots[0].is_there() {
        return Err(garbled());
    }
    let what = "the first bytes of the header are damaged";
    let fault = PageFault { offset: 0, held: Held::Books, after: None, up_to: None, what, legible: true };
    Ok(Header { geometry, slots, fault: Some(fault) })
}

/// The slot in force; when its own bytes are damaged, the commit before it and that fault.
pub(super) fn choose([current, before]: [Slot; 2]) -> Option<(Slot, Option<PageFault>)> {
    if current.sound {
        return Some((current, None));
    }
    if !before.is_there() {
        return None;
    }
    let what = "the header's slot of the last commit is damaged: what follows is the commit before it";
    let fault = PageFault { offset: 0, held: Held::Way, after: None, up_to: None, what, legible: false };
    Some((before, Some(fault)))
}

/// What is wrong with the size of the file as the header has it, which no checksum covers. After a crash the engine does
/// not look at it.
pub(super) fn size_fault(header: &[u8], file_bytes: u64) -> Option<PageFault> {
    const RECOVERY_REQUIRED: u8 = 2;
    const REGIONS_MAX: u64 = 1 << 20;
    const AT: u64 = 24;
    if header.get(MAGIC.len())? & RECOVERY_REQUIRED != 0 {
        return None;
    }
    let word = |at| node::word(header, at).map(u64::from);
    let (head, most, full, rest) = (word(16)?, word(20)?, word(24)?, word(28)?);
    let regions = full + u64::from(rest > 0);
    let last = if rest > 0 { head + rest } else { 0 };
    let pages = full.checked_mul(head + most).and_then(|pages| pages.checked_add(1 + last));
    let is_possible = rest <= most && (1..=REGIONS_MAX).contains(&regions);
    let bytes = pages.and_then(|pages| pages.checked_mul(PAGE_BYTES));
    let (offset, what) = match bytes.filter(|_| is_possible) {
        Some(bytes) if bytes <= file_bytes => return None,
        // As after a copy that ended early: nobody knows what else is missing.
        Some(_) => {
            (file_bytes, "the header is wrong about the size of the file, or the file was cut off here")
        }
        None => (AT, "the header is wrong about the size of the file"),
    };
    Some(PageFault { offset, held: Held::Books, after: None, up_to: None, what, legible: false })
}
