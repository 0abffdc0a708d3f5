//! Pages with entries, wherever they lie: what is left to look at when the way to all of them is lost.
//!
//! Nothing says which of these pages are the newest. So an entry is shown only when every page that has its key says the
//! same, and none is proved.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::unix::fs::FileExt;

use twox_hash::XxHash3_128;

use super::header::header_of;
use super::node::{Node, Widths, parse};
use super::{Found, PAGE_BYTES, Take};
use crate::platform::store::engine::EngineError;

/// Longest page, as a power of two of the shortest: a megabyte.
const ORDER_MAX: u32 = 8;
/// Every key of the clinic begins with the number of its table and of its index.
const KEY_BYTES_MIN: usize = 3;

/// Shows every entry about which all pages of the file agree, and returns the keys about which they do not.
///
/// # Errors
/// `take`'s, or when the file cannot be read.
pub(in crate::platform::store) fn strewn(
    file: &File,
    take: Take<'_>,
) -> Result<BTreeSet<Vec<u8>>, EngineError> {
    let mut known: BTreeMap<Vec<u8>, u128> = BTreeMap::new();
    let mut disputed = BTreeSet::new();
    visit(file, &mut |key, value| {
        let said = XxHash3_128::oneshot(value);
        if *known.entry(key.to_vec()).or_insert(said) != said {
            disputed.insert(key.to_vec());
        }
        Ok(())
    })?;
    visit(file, &mut |key, value| {
        // Once each.
        if known.remove(key).is_none() || disputed.contains(key) {
            return Ok(());
        }
        take(Found { key, value, sound: false })
    })?;
    Ok(disputed)
}

/// What takes a key and its value.
type Each<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Result<(), EngineError>;

fn visit(file: &File, each: Each<'_>) -> Result<(), EngineError> {
    let (_, file_bytes) = header_of(file)?;
    for page in 1..file_bytes.div_ceil(PAGE_BYTES) {
        let offset = page * PAGE_BYTES;
        for order in 0..=ORDER_MAX {
            let size = PAGE_BYTES << order;
            if offset + size > file_bytes {
                break;
            }
            let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
            if file.read_exact_at(&mut bytes, offset).is_err() || bytes.first() != Some(&LEAF) {
                break;
            }
            let parsed = parse(&bytes, Widths::default());
            let Some(Node::Leaf(pairs)) = parsed.map(|parsed| parsed.node) else { continue };
            let is_ours = pairs.iter().all(|(key, _)| key.len() >= KEY_BYTES_MIN)
                && pairs.is_sorted_by(|(one, _), (other, _)| one < other);
            if is_ours {
                pairs.into_iter().try_for_each(|(key, value)| each(key, value))?;
            }
            break;
        }
    }
    Ok(())
}

/// The first byte of a page with entries.
const LEAF: u8 = 1;
