//! Whether a file is one picture, whole and nothing else: decoders show what they can of one that was cut off, and
//! pass over what stands behind it.

use super::Kind;

/// How a file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With the picture; behind one of a camera may stand what cameras put there.
    Whole,
    /// Before the picture does.
    CutOff,
    /// Behind the picture.
    GoesOn,
}

/// How `file` ends, which begins as one of this kind.
pub(super) fn ending_of(file: &[u8], kind: Kind) -> Ending {
    let end = match kind {
        Kind::Jpeg => end_of_jpeg(file),
        Kind::Png => end_of_png(file),
        Kind::WebP => end_of_webp(file),
    };
    match end {
        None => Ending::CutOff,
        Some(end) if end > file.len() => Ending::CutOff,
        // Telephones put a second picture or a short film behind the first one. Neither is kept.
        Some(end) if end == file.len() || kind == Kind::Jpeg => Ending::Whole,
        Some(_) => Ending::GoesOn,
    }
}

/// Whether the file is something else as well: an archive, whose directory stands at the end, a document, whose mark
/// may stand anywhere in the first 1,024 bytes, or a page or program that somebody hopes a careless server will run.
pub(super) fn holds_other(file: &[u8]) -> bool {
    const HEAD_BYTES: usize = 1024;
    let head = file.get(..HEAD_BYTES.min(file.len())).unwrap_or_default();
    contains(head, b"%PDF-")
        || contains(head, b"<svg")
        || [&b"<script"[..], b"<html", b"<?php"].into_iter().any(|mark| contains(file, mark))
        || ends_as_archive(file)
}

/// Whether `mark`, in small letters, stands in the file in letters of any size.
fn contains(file: &[u8], mark: &[u8]) -> bool {
    file.windows(mark.len()).any(|part| part.eq_ignore_ascii_case(mark))
}

/// Whether the end of a ZIP file's directory stands where it can: followed by a comment that ends the file.
fn ends_as_archive(file: &[u8]) -> bool {
    const RECORD_BYTES: usize = 22;
    const COMMENT_MAX: usize = 65_535;
    let from = file.len().saturating_sub(RECORD_BYTES + COMMENT_MAX);
    let tail = file.get(from..).unwrap_or_default();
    tail.windows(RECORD_BYTES).enumerate().any(|(place, record)| {
        let behind = tail.len() - place - RECORD_BYTES;
        let comment = match record {
            [.., low, high] => usize::from(u16::from_le_bytes([*low, *high])),
            _ => return false,
        };
        record.starts_with(b"PK\x05\x06") && comment == behind
    })
}

fn number_at<const N: usize>(file: &[u8], place: usize) -> Option<[u8; N]> {
    file.get(place..)?.first_chunk::<N>().copied()
}

/// Where a JPEG ends: behind the marker that says so, which counts only outside of segments.
fn end_of_jpeg(file: &[u8]) -> Option<usize> {
    const END: u8 = 0xD9;
    const SCAN: u8 = 0xDA;
    let mut place = 2;
    loop {
        let [first, marker] = number_at(file, place)?;
        match marker {
            _ if first != 0xFF => return None,
            // A marker may have any number of these before it.
            0xFF => place += 1,
            END => return Some(place + 2),
            0x01 | 0xD0..=0xD7 => place += 2,
            _ => {
                let length = usize::from(u16::from_be_bytes(number_at(file, place + 2)?));
                place += 2 + length.max(2);
                if marker == SCAN {
                    place = behind_scan(file, place)?;
                }
            }
        }
    }
}

/// Where the coded pixels end that begin at `place`: at the next marker that is none of theirs.
fn behind_scan(file: &[u8], mut place: usize) -> Option<usize> {
    loop {
        match number_at(file, place)? {
            [0xFF, 0x00 | 0xD0..=0xD7] => place += 2,
            [0xFF, 0xFF] => place += 1,
            [0xFF, _] => return Some(place),
            _ => place += 1,
        }
    }
}

/// Where a PNG ends: behind its chunk `IEND`.
fn end_of_png(file: &[u8]) -> Option<usize> {
    let mut place = 8_usize;
    loop {
        let length = usize::try_from(u32::from_be_bytes(number_at(file, place)?)).ok()?;
        let name: [u8; 4] = number_at(file, place.checked_add(4)?)?;
        place = place.checked_add(12)?.checked_add(length)?;
        if name == *b"IEND" {
            return Some(place);
        }
    }
}

/// Where a WebP ends: it says so itself, an odd length with one byte more.
fn end_of_webp(file: &[u8]) -> Option<usize> {
    let length = usize::try_from(u32::from_le_bytes(number_at(file, 4)?)).ok()?;
    length.checked_add(8)?.checked_next_multiple_of(2)
}
