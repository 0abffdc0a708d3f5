//! Tables: rows of one type under keys of one type.
//!
//! Layout: `[table u16][0][key]` holds a row, `[table u16][index u8]...` an index entry (see `index.rs`). A
//! row is one version byte, then MessagePack with named fields, so that an optional field can be added without
//! a migration.

use std::marker::PhantomData;
use std::ops::Bound;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Direction;
use super::engine::{KeyRange, Step};
use super::index::{Entries, Index, RawEntry};
use super::key::{Key, KeyReader};
use super::page::{Page, PageRequest, page_of, visit_entries};
use super::transaction::{Reader, WriteTx};
use crate::platform::error::{Error, Result};

/// Anything that can be a row.
pub trait Row: Serialize + DeserializeOwned {}
impl<T: Serialize + DeserializeOwned> Row for T {}

/// Format version written before each row. Raised when a change of a type needs a migration.
const ROW_VERSION: u8 = 1;

/// Fills the index entries of a row.
type IndexEntries<K, V> = fn(&K, &V, &mut Entries);

/// A table, declared once as a constant: `const USERS: Table<UserId, User> = Table::new(1, "users");`
pub struct Table<K, V> {
    number: u16,
    name: &'static str,
    entries: Option<IndexEntries<K, V>>,
    types: PhantomData<fn() -> (K, V)>,
}

impl<K: Key + Clone + 'static, V: Row + 'static> Table<K, V> {
    /// A table without indexes. `number` is its place in the keyspace: unique and never reused.
    pub const fn new(number: u16, name: &'static str) -> Self {
        Self { number, name, entries: None, types: PhantomData }
    }

    /// Declares the index entries of each row.
    #[must_use]
    pub const fn indexed(mut self, entries: IndexEntries<K, V>) -> Self {
        self.entries = Some(entries);
        self
    }

    fn row_prefix(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(48);
        self.number.encode(&mut out);
        out.push(0);
        out
    }

    /// The raw key of the row under `key`.
    pub fn row_key(&self, key: &K) -> Vec<u8> {
        let mut out = self.row_prefix();
        key.encode(&mut out);
        out
    }

    /// How the raw keys of all rows under `prefix` begin.
    pub fn raw_prefix(&self, prefix: &impl Key) -> Vec<u8> {
        let mut raw = self.row_prefix();
        prefix.encode(&mut raw);
        raw
    }

    fn decode_key(&self, raw: &[u8]) -> Result<K> {
        let mut reader = KeyReader::new(raw.get(3..).unwrap_or_default());
        let key = K::decode(&mut reader).map_err(|error| error.context(self.name))?;
        reader.finish().map_err(|error| error.context(self.name))?;
        Ok(key)
    }

    fn decode(&self, raw_key: &[u8], raw_row: &[u8]) -> Result<(K, V)> {
        Ok((self.decode_key(raw_key)?, self.decode_row(raw_row)?))
    }

    fn decode_row(&self, raw: &[u8]) -> Result<V> {
        match raw.split_first() {
            Some((&ROW_VERSION, body)) => rmp_serde::from_slice(body)
                .map_err(|error| Error::internal(format!("row of {} unreadable: {error}", self.name))),
            Some((version, _)) => {
                Err(Error::internal(format!("row of {} has unknown version {version}", self.name)))
            }
            None => Err(Error::internal(format!("row of {} is empty", self.name))),
        }
    }

    fn encode_row(&self, row: &V) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(128);
        out.push(ROW_VERSION);
        let mut serializer = rmp_serde::Serializer::new(&mut out).with_struct_map();
        row.serialize(&mut serializer)
            .map_err(|error| Error::internal(format!("row of {} unwritable: {error}", self.name)))?;
        Ok(out)
    }

    fn index_entries(&self, key: &K, row: &V) -> Vec<RawEntry> {
        let Some(declare) = self.entries else { return Vec::new() };
        let mut entries = Entries::new(self.number, key.to_bytes());
        declare(key, row, &mut entries);
        entries.finish()
    }

    /// The row under `key`.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn get(&self, tx: &dyn Reader, key: &K) -> Result<Option<V>> {
        tx.get_raw(&self.row_key(key))?.map(|raw| self.decode_row(&raw)).transpose()
    }

    /// The row under `key`, whose absence is the not-found error `code`.
    ///
    /// # Errors
    /// When it is not there, or the storage cannot be read.
    pub fn require(&self, tx: &dyn Reader, key: &K, code: &'static str) -> Result<V> {
        self.get(tx, key)?.ok_or_else(|| Error::not_found(code))
    }

    /// Writes a row, new or in place of the old one, with its index entries.
    ///
    /// # Errors
    /// A conflict when a unique index entry belongs to another row.
    pub fn put(&self, tx: &mut WriteTx<'_>, key: &K, row: &V) -> Result<()> {
        let raw_key = self.row_key(key);
        if self.entries.is_some() {
            let old = match tx.get_written(&raw_key)? {
                Some(raw) => self.index_entries(key, &self.decode_row(&raw)?),
                None => Vec::new(),
            };
            let new = self.index_entries(key, row);
            for entry in old.iter().filter(|entry| !new.contains(entry)) {
                tx.delete_raw(entry.key.clone());
            }
            for entry in new.into_iter().filter(|entry| !old.contains(entry)) {
                entry.check_free(tx)?;
                tx.put_raw(entry.key, entry.value);
            }
        }
        let value = self.encode_row(row)?;
        tx.put_raw(raw_key, value);
        Ok(())
    }

    /// Removes a row with its index entries, and returns it.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn delete(&self, tx: &mut WriteTx<'_>, key: &K) -> Result<Option<V>> {
        let raw_key = self.row_key(key);
        let Some(raw) = tx.get_raw(&raw_key)? else { return Ok(None) };
        let row = self.decode_row(&raw)?;
        for entry in self.index_entries(key, &row) {
            tx.delete_raw(entry.key);
        }
        tx.delete_raw(raw_key);
        Ok(Some(row))
    }

    /// Removes the rows whose entries of `index` lie before `to`, smallest first, at most `limit`, and returns how many.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn delete_until<I: Key>(
        &self,
        tx: &mut WriteTx<'_>,
        index: &Index<I, K>,
        to: &I,
        limit: usize,
    ) -> Result<usize> {
        let keys = index.keys_until(tx, to, limit)?;
        for key in &keys {
            self.delete(tx, key)?;
        }
        Ok(keys.len())
    }

    /// Forgets all index entries and writes those that the rows have now: for a migration that changes an index.
    ///
    /// # Errors
    /// When the storage cannot be read, or two rows claim a unique entry.
    pub fn rebuild_indexes(&self, tx: &mut WriteTx<'_>) -> Result<()> {
        let mut old = Vec::new();
        tx.scan_raw(&self.index_range(), Direction::Forward, &mut |key, _| {
            old.push(key.to_vec());
            Step::Continue
        })?;
        for key in old {
            tx.delete_raw(key);
        }
        // Rows may be large and many: only their entries are held.
        let mut new = Vec::new();
        self.visit_prefix(tx, &(), Direction::Forward, |key, row| {
            new.extend(self.index_entries(&key, &row));
            Ok(Step::Continue)
        })?;
        for entry in new {
            entry.check_free(tx)?;
            tx.put_raw(entry.key, entry.value);
        }
        Ok(())
    }

    /// Where the entries of all its indexes are.
    fn index_range(&self) -> KeyRange {
        let mut from = self.row_prefix();
        from.pop();
        let mut range = KeyRange::prefix(&from);
        from.push(1);
        range.from = Bound::Included(from);
        range
    }

    /// Refuses who must know of every row when any was lost with a damaged page: a list in which rows appear only later, by
    /// something that may not have come to pass for a lost one.
    ///
    /// # Errors
    /// When rows were lost.
    pub fn require_whole(&self, tx: &dyn Reader) -> Result<()> {
        if tx.is_whole(&KeyRange::prefix(&self.row_prefix())) {
            return Ok(());
        }
        Err(Error::damaged(format!("rows of {} were lost with a damaged page", self.name)))
    }

    /// Shows every row whose key starts with `prefix`, until the visitor stops or fails.
    ///
    /// # Errors
    /// The visitor's, or when the storage cannot be read.
    pub fn visit_prefix(
        &self,
        tx: &dyn Reader,
        prefix: &impl Key,
        direction: Direction,
        visit: impl FnMut(K, V) -> Result<Step>,
    ) -> Result<()> {
        let raw = self.raw_prefix(prefix);
        self.visit_raw(tx, &KeyRange::prefix(&raw), direction, visit)
    }

    /// Shows every row with `from <= key < to`. Either bound may be a prefix of the key type.
    ///
    /// # Errors
    /// The visitor's, or when the storage cannot be read.
    pub fn visit_range(
        &self,
        tx: &dyn Reader,
        from: &impl Key,
        to: &impl Key,
        direction: Direction,
        visit: impl FnMut(K, V) -> Result<Step>,
    ) -> Result<()> {
        let range = KeyRange {
            from: Bound::Included(self.raw_prefix(from)),
            to: Bound::Excluded(self.raw_prefix(to)),
        };
        self.visit_raw(tx, &range, direction, visit)
    }

    /// Shows every row with `first <= key <= last`, both of them whole keys: unlike a range up to the key behind `last` this
    /// asks for nothing of a row behind it that was lost.
    ///
    /// # Errors
    /// The visitor's, or when the storage cannot be read.
    pub fn visit_through(
        &self,
        tx: &dyn Reader,
        first: &impl Key,
        last: &impl Key,
        direction: Direction,
        visit: impl FnMut(K, V) -> Result<Step>,
    ) -> Result<()> {
        self.visit_raw(tx, &self.through(first, last), direction, visit)
    }

    /// Whether no row with `first <= key <= last`, both of them whole keys, was lost with a damaged page.
    pub fn is_whole_through(&self, tx: &dyn Reader, first: &impl Key, last: &impl Key) -> bool {
        tx.is_whole(&self.through(first, last))
    }

    /// Whether rows with `first <= key <= last`, both of them whole keys, were lost with a damaged page and the loss was
    /// accepted: they read as if they had never been there.
    pub fn is_given_up_through(&self, tx: &dyn Reader, first: &impl Key, last: &impl Key) -> bool {
        tx.is_given_up(&self.through(first, last))
    }

    fn through(&self, first: &impl Key, last: &impl Key) -> KeyRange {
        KeyRange { from: Bound::Included(self.raw_prefix(first)), to: Bound::Included(self.raw_prefix(last)) }
    }

    /// The keys of the rows behind `after`, at most `limit`, passing over those that were lost with a damaged page.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn keys_left_after(&self, tx: &dyn Reader, after: Option<&K>, limit: usize) -> Result<Vec<K>> {
        let mut range = KeyRange::prefix(&self.row_prefix());
        if let Some(after) = after {
            range.from = Bound::Excluded(self.row_key(after));
        }
        let mut keys = Vec::new();
        tx.scan_what_is_left(&range, Direction::Forward, &mut |raw_key, _| {
            keys.push(self.decode_key(raw_key));
            if keys.len() < limit { Step::Continue } else { Step::Stop }
        })?;
        keys.into_iter().collect()
    }

    fn visit_raw(
        &self,
        tx: &dyn Reader,
        range: &KeyRange,
        direction: Direction,
        mut visit: impl FnMut(K, V) -> Result<Step>,
    ) -> Result<()> {
        visit_entries(tx, range, direction, |raw_key, value| {
            let (key, row) = self.decode(raw_key, value)?;
            visit(key, row)
        })
    }

    /// The rows whose key starts with `prefix`, in key order. For lists known to be short; others are paged.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn list_prefix(&self, tx: &dyn Reader, prefix: &impl Key) -> Result<Vec<(K, V)>> {
        let mut rows = Vec::new();
        self.visit_prefix(tx, prefix, Direction::Forward, |key, row| {
            rows.push((key, row));
            Ok(Step::Continue)
        })?;
        Ok(rows)
    }

    /// The rows with `from <= key < to`, in key order.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn list_range(&self, tx: &dyn Reader, from: &impl Key, to: &impl Key) -> Result<Vec<(K, V)>> {
        let mut rows = Vec::new();
        self.visit_range(tx, from, to, Direction::Forward, |key, row| {
            rows.push((key, row));
            Ok(Step::Continue)
        })?;
        Ok(rows)
    }

    /// The last row whose key starts with `prefix`.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn last(&self, tx: &dyn Reader, prefix: &impl Key) -> Result<Option<(K, V)>> {
        let mut found = None;
        self.visit_prefix(tx, prefix, Direction::Backward, |key, row| {
            found = Some((key, row));
            Ok(Step::Stop)
        })?;
        Ok(found)
    }

    /// One page of the rows whose key starts with `prefix` and for which `keep` holds.
    ///
    /// # Errors
    /// When the cursor is not one of ours, or the storage cannot be read.
    pub fn page(
        &self,
        tx: &dyn Reader,
        prefix: &impl Key,
        direction: Direction,
        request: &PageRequest,
        mut keep: impl FnMut(&K, &V) -> bool,
    ) -> Result<Page<(K, V)>> {
        let raw = self.raw_prefix(prefix);
        let is_key = |raw_key: &[u8]| self.decode_key(raw_key).is_ok();
        page_of(tx, &raw, is_key, (direction, request), |raw_key, value| {
            Ok(Some(self.decode(raw_key, value)?).filter(|(key, row)| keep(key, row)))
        })
    }
}

/// A raw key for people: what follows the table and the index, in hexadecimal, as ids are written.
fn key_text(raw_key: &[u8]) -> String {
    crate::platform::text::hex(raw_key.get(3..).unwrap_or_default())
}

/// A table without its types, for whoever checks all of them.
pub trait AnyTable: Send + Sync {
    /// Its place in the keyspace.
    fn number(&self) -> u16;
    /// Its name in messages.
    fn name(&self) -> &'static str;
    /// Reads every row and index entry and describes each fault found.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn verify(&self, tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()>;
    /// The index entries that belong to a raw row.
    ///
    /// # Errors
    /// When it is no row of this table.
    fn entries_of(&self, raw_key: &[u8], raw_row: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>>;
}

impl<K: Key + Clone + 'static, V: Row + 'static> AnyTable for Table<K, V> {
    fn number(&self) -> u16 {
        self.number
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn entries_of(&self, raw_key: &[u8], raw_row: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let (key, row) = self.decode(raw_key, raw_row)?;
        Ok(self.index_entries(&key, &row).into_iter().map(|entry| (entry.key, entry.value)).collect())
    }

    fn verify(&self, tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
        let mut expected = std::collections::BTreeMap::new();
        tx.scan_raw(&KeyRange::prefix(&self.row_prefix()), Direction::Forward, &mut |raw_key, value| {
            match self.decode(raw_key, value) {
                Ok((key, row)) => {
                    for entry in self.index_entries(&key, &row) {
                        if expected.insert(entry.key, entry.value).is_some() && entry.unique {
                            faults.push(format!("{}: unique entry held by two rows", self.name));
                        }
                    }
                }
                Err(error) => faults.push(format!("{}: row {}: {error}", self.name, key_text(raw_key))),
            }
            Step::Continue
        })?;
        tx.scan_raw(&self.index_range(), Direction::Forward, &mut |raw_key, value| {
            match expected.remove(raw_key) {
                Some(expected) if expected == value => {}
                Some(_) => {
                    faults.push(format!(
                        "{}: index entry {} points to another row",
                        self.name,
                        key_text(raw_key)
                    ));
                }
                None => {
                    faults.push(format!("{}: index entry {} without a row", self.name, key_text(raw_key)))
                }
            }
            Step::Continue
        })?;
        if !expected.is_empty() {
            faults.push(format!("{}: {} index entries are missing", self.name, expected.len()));
        }
        Ok(())
    }
}
