//! Pages: a limit and an opaque cursor, which is the rest of the last key shown.

use std::ops::Bound;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::Direction;
use super::engine::{KeyRange, Step};
use super::key::{Key, KeyReader};
use super::transaction::Reader;
use crate::platform::error::{Error, FieldError, Kind, Result};

/// Items shown when the client names no limit.
pub const DEFAULT_LIMIT: usize = 50;
/// Most items on one page.
pub const MAX_LIMIT: usize = 100;

/// Which page is wanted.
#[derive(Debug, Clone)]
pub struct PageRequest {
    limit: usize,
    after: Option<Vec<u8>>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, after: None }
    }
}

impl PageRequest {
    /// From the query parameters `limit` and `cursor`.
    ///
    /// # Errors
    /// Names each parameter that is wrong.
    pub fn parse(limit: Option<u32>, cursor: Option<&str>) -> Result<Self> {
        let mut errors = crate::platform::error::FieldErrors::new();
        let limit = match limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)) {
            None => DEFAULT_LIMIT,
            Some(limit @ 1..=MAX_LIMIT) => limit,
            Some(_) => {
                errors.push(FieldError::new("limit", "limit_out_of_range").with("max", MAX_LIMIT));
                DEFAULT_LIMIT
            }
        };
        let after = match cursor.map(|cursor| BASE64_URL_SAFE_NO_PAD.decode(cursor)) {
            None => None,
            Some(Ok(after)) if !after.is_empty() => Some(after),
            Some(Ok(_) | Err(_)) => {
                errors.add("cursor", "cursor_invalid");
                None
            }
        };
        errors.finish()?;
        Ok(Self { limit, after })
    }

    /// Whether it is the first page with the default limit: what a list shows to whoever asks for nothing more.
    pub fn is_first(&self) -> bool {
        self.after.is_none() && self.limit == DEFAULT_LIMIT
    }

    /// How many items at the most.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// One page of items that are at hand in ascending order of their keys, the last one first. Its cursors are
    /// those of an index over the same keys walked backward.
    ///
    /// # Errors
    /// When the cursor is not one of ours.
    pub fn newest_of<T: Clone, K: Key>(&self, items: &[T], key_of: impl Fn(&T) -> K) -> Result<Page<T>> {
        let is_key = |bytes: &Vec<u8>| {
            let mut reader = KeyReader::new(bytes);
            K::decode(&mut reader).is_ok() && reader.finish().is_ok()
        };
        if self.after.as_ref().is_some_and(|after| !is_key(after)) {
            return Err(Error::invalid("cursor", "cursor_invalid"));
        }
        let mut page = Page { items: Vec::new(), next_cursor: None };
        let mut last_key = Vec::new();
        for item in items.iter().rev() {
            let key = key_of(item).to_bytes();
            if self.after.as_ref().is_some_and(|after| key >= *after) {
                continue;
            }
            if page.items.len() >= self.limit {
                page.next_cursor = Some(cursor_of(&[], &last_key));
                break;
            }
            page.items.push(item.clone());
            last_key = key;
        }
        Ok(page)
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts, when there is one.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// The same page with each item changed.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next_cursor: self.next_cursor }
    }
}

/// Shows the raw entries of a range until the visitor stops or fails.
///
/// # Errors
/// The visitor's, or when the storage cannot be read.
pub(super) fn visit_entries(
    tx: &dyn Reader,
    range: &KeyRange,
    direction: Direction,
    mut visit: impl FnMut(&[u8], &[u8]) -> Result<Step>,
) -> Result<()> {
    let mut failure = None;
    tx.scan_raw(range, direction, &mut |key, value| {
        visit(key, value).unwrap_or_else(|error| {
            failure = Some(error);
            Step::Stop
        })
    })?;
    failure.map_or(Ok(()), Err)
}

/// One page of the raw entries under `prefix`, each turned into an item by `load`; entries for which it returns
/// `None` are passed over. `is_key` tells whether some bytes are the key of such an entry.
///
/// # Errors
/// Those of `load`; when the cursor is not one of ours, or the storage cannot be read.
pub(super) fn page_of<T>(
    tx: &dyn Reader,
    prefix: &[u8],
    is_key: impl Fn(&[u8]) -> bool,
    (direction, request): (Direction, &PageRequest),
    mut load: impl FnMut(&[u8], &[u8]) -> Result<Option<T>>,
) -> Result<Page<T>> {
    let range = resume(prefix, is_key, direction, request)?;
    let mut items = Vec::new();
    let mut last_key = Vec::new();
    let mut more = false;
    let read = visit_entries(tx, &range, direction, |key, value| {
        let Some(item) = load(key, value)? else { return Ok(Step::Continue) };
        if items.len() >= request.limit {
            more = true;
            return Ok(Step::Stop);
        }
        items.push(item);
        last_key = key.to_vec();
        Ok(Step::Continue)
    });
    match read {
        // What comes before lost rows is known. Whoever asks for the next page hears that rows of it are lost.
        Err(error) if error.kind() == Kind::Damaged && !items.is_empty() => more = true,
        read => read?,
    }
    Ok(Page { items, next_cursor: more.then(|| cursor_of(prefix, &last_key)) })
}

/// The range that continues after the request's cursor, which must end a key of the list that is asked for. Whatever
/// the cursor holds, the range stays under `prefix`.
fn resume(
    prefix: &[u8],
    is_key: impl Fn(&[u8]) -> bool,
    direction: Direction,
    request: &PageRequest,
) -> Result<KeyRange> {
    let mut range = KeyRange::prefix(prefix);
    if let Some(after) = &request.after {
        let mut key = prefix.to_vec();
        key.extend_from_slice(after);
        if !is_key(&key) {
            return Err(Error::invalid("cursor", "cursor_invalid"));
        }
        match direction {
            Direction::Forward => range.from = Bound::Excluded(key),
            Direction::Backward => range.to = Bound::Excluded(key),
        }
    }
    Ok(range)
}

/// The cursor that continues after `key`.
fn cursor_of(prefix: &[u8], key: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(key.get(prefix.len()..).unwrap_or_default())
}
