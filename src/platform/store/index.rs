//! Secondary indexes: declared beside their table, written by the same call that writes the row.
//!
//! Layout: `[table u16][index u8][index key][row key]` with an empty value, or for a unique index
//! `[table u16][index u8][index key]` with the row key as value.

use std::marker::PhantomData;

use super::Direction;
use super::engine::{KeyRange, Step};
use super::key::{Key, KeyReader};
use super::page::{Page, PageRequest, page_of, visit_entries};
use super::transaction::{Reader, WhatIsLeft, WriteTx};
use crate::platform::error::{Error, Result};

/// An index over a table, `I` being what is looked up and `K` the key of the row.
pub struct Index<I, K> {
    table: u16,
    number: u8,
    /// The conflict code when two rows claim one entry; `None` when entries may be shared.
    taken: Option<&'static str>,
    types: PhantomData<fn() -> (I, K)>,
}

impl<I: Key, K: Key> Index<I, K> {
    /// An index in which several rows may share an entry. `number` is unique in its table, from 1.
    pub const fn many(table: u16, number: u8) -> Self {
        Self { table, number, taken: None, types: PhantomData }
    }

    /// An index in which each entry belongs to one row; a second row is refused with the conflict `code`.
    pub const fn unique(table: u16, number: u8, code: &'static str) -> Self {
        Self { table, number, taken: Some(code), types: PhantomData }
    }

    /// How the raw keys of all entries under `prefix` begin.
    pub fn raw_prefix(&self, prefix: &impl Key) -> Vec<u8> {
        let mut raw = self.prefix();
        prefix.encode(&mut raw);
        raw
    }

    fn prefix(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(48);
        self.table.encode(&mut out);
        self.number.encode(&mut out);
        out
    }

    fn decode(&self, raw_key: &[u8], value: &[u8]) -> Result<(I, K)> {
        let mut reader = KeyReader::new(raw_key.get(3..).unwrap_or_default());
        let entry = I::decode(&mut reader)?;
        let key = match self.taken {
            Some(_) => K::decode(&mut KeyReader::new(value))?,
            None => K::decode(&mut reader)?,
        };
        Ok((entry, key))
    }

    /// Whether some bytes are the raw key of an entry.
    fn is_entry(&self) -> impl Fn(&[u8]) -> bool + '_ {
        |raw_key| {
            let mut reader = KeyReader::new(raw_key.get(3..).unwrap_or_default());
            let is_whole =
                I::decode(&mut reader).is_ok() && (self.taken.is_some() || K::decode(&mut reader).is_ok());
            is_whole && reader.finish().is_ok()
        }
    }

    /// The key of the row that holds `entry`, the first of them when several do.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn find(&self, tx: &dyn Reader, entry: &I) -> Result<Option<K>> {
        if self.taken.is_some() {
            let mut raw = self.prefix();
            entry.encode(&mut raw);
            let found = tx.get_raw(&raw)?;
            return found.map(|key| K::decode(&mut KeyReader::new(&key))).transpose();
        }
        let mut found = None;
        self.visit_prefix(tx, entry, Direction::Forward, |_, key| {
            found = Some(key);
            Ok(Step::Stop)
        })?;
        Ok(found)
    }

    /// Shows the entries that start with `prefix`, with the keys of their rows.
    ///
    /// # Errors
    /// The visitor's, or when the storage cannot be read.
    pub fn visit_prefix(
        &self,
        tx: &dyn Reader,
        prefix: &impl Key,
        direction: Direction,
        visit: impl FnMut(I, K) -> Result<Step>,
    ) -> Result<()> {
        let raw = self.raw_prefix(prefix);
        self.visit_raw(tx, &KeyRange::prefix(&raw), direction, visit)
    }

    /// Shows the entries before `to`, smallest first: what a due index is asked.
    ///
    /// # Errors
    /// The visitor's, or when the storage cannot be read.
    pub fn visit_until(
        &self,
        tx: &dyn Reader,
        to: &impl Key,
        visit: impl FnMut(I, K) -> Result<Step>,
    ) -> Result<()> {
        let from = self.prefix();
        let mut raw_to = self.prefix();
        to.encode(&mut raw_to);
        let range = KeyRange { from: std::ops::Bound::Included(from), to: std::ops::Bound::Excluded(raw_to) };
        self.visit_raw(tx, &range, Direction::Forward, visit)
    }

    /// The rows of the entries before `to`, smallest first, at most `limit`; those that were lost with a damaged page are
    /// passed over.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn keys_until(&self, tx: &dyn Reader, to: &I, limit: usize) -> Result<Vec<K>> {
        let mut keys = Vec::new();
        self.visit_until(&WhatIsLeft(tx), to, |_, key| {
            keys.push(key);
            Ok(if keys.len() < limit { Step::Continue } else { Step::Stop })
        })?;
        Ok(keys)
    }

    /// Shows the entries with `from <= entry < to`. Either bound may be a prefix of the entry's type.
    ///
    /// # Errors
    /// The visitor's, or when the storage cannot be read.
    pub fn visit_range(
        &self,
        tx: &dyn Reader,
        from: &impl Key,
        to: &impl Key,
        direction: Direction,
        visit: impl FnMut(I, K) -> Result<Step>,
    ) -> Result<()> {
        let (mut raw_from, mut raw_to) = (self.prefix(), self.prefix());
        from.encode(&mut raw_from);
        to.encode(&mut raw_to);
        let range =
            KeyRange { from: std::ops::Bound::Included(raw_from), to: std::ops::Bound::Excluded(raw_to) };
        self.visit_raw(tx, &range, direction, visit)
    }

    fn visit_raw(
        &self,
        tx: &dyn Reader,
        range: &KeyRange,
        direction: Direction,
        mut visit: impl FnMut(I, K) -> Result<Step>,
    ) -> Result<()> {
        visit_entries(tx, range, direction, |raw_key, value| {
            let (entry, key) = self.decode(raw_key, value)?;
            visit(entry, key)
        })
    }

    /// The keys of all rows whose entries start with `prefix`. For lists known to be short.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn keys(&self, tx: &dyn Reader, prefix: &impl Key) -> Result<Vec<K>> {
        let mut keys = Vec::new();
        self.visit_prefix(tx, prefix, Direction::Forward, |_, key| {
            keys.push(key);
            Ok(Step::Continue)
        })?;
        Ok(keys)
    }

    /// One page of the entries that start with `prefix`, each turned into an item by `load`; entries for which
    /// it returns `None` are passed over.
    ///
    /// # Errors
    /// When the cursor is not one of ours, or the storage cannot be read.
    pub fn page<T>(
        &self,
        tx: &dyn Reader,
        prefix: &impl Key,
        direction: Direction,
        request: &PageRequest,
        mut load: impl FnMut(K) -> Result<Option<T>>,
    ) -> Result<Page<T>> {
        let raw = self.raw_prefix(prefix);
        page_of(tx, &raw, self.is_entry(), (direction, request), |raw_key, value| {
            load(self.decode(raw_key, value)?.1)
        })
    }
}

/// The index entries of one row, as its table declares them.
#[derive(Debug)]
pub struct Entries {
    table: u16,
    row_key: Vec<u8>,
    entries: Vec<RawEntry>,
}

/// One index entry ready to be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RawEntry {
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
    pub(super) unique: bool,
    code: &'static str,
}

impl RawEntry {
    /// Refuses an entry that another row holds.
    pub(super) fn check_free(&self, tx: &WriteTx<'_>) -> Result<()> {
        if self.unique && tx.get_raw(&self.key)?.is_some_and(|holder| holder != self.value) {
            return Err(Error::conflict(self.code));
        }
        Ok(())
    }
}

impl Entries {
    pub(super) fn new(table: u16, row_key: Vec<u8>) -> Self {
        Self { table, row_key, entries: Vec::new() }
    }

    /// Declares that the row holds `entry` in `index`.
    pub fn add<I: Key, K: Key>(&mut self, index: &Index<I, K>, entry: &I) {
        debug_assert_eq!(index.table, self.table, "an index belongs to one table");
        let mut key = index.prefix();
        entry.encode(&mut key);
        let value = match index.taken {
            Some(_) => self.row_key.clone(),
            None => {
                key.extend_from_slice(&self.row_key);
                Vec::new()
            }
        };
        let code = index.taken.unwrap_or_default();
        self.entries.push(RawEntry { key, value, unique: index.taken.is_some(), code });
    }

    pub(super) fn finish(self) -> Vec<RawEntry> {
        self.entries
    }
}
