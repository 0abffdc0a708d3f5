//! What the store asks of the machinery below it: an ordered map of byte strings with consistent snapshots
//! and atomic durable commits. Small on purpose, so that another engine can take redb's place.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

use super::Direction;
use super::pages::Survey;
use crate::platform::error::Error;

/// A set of changes, `None` meaning the key goes away. Sorted, so that an engine writes it in key order.
pub type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A range of keys.
#[derive(Debug, Clone)]
pub struct KeyRange {
    /// Where it starts.
    pub from: Bound<Vec<u8>>,
    /// Where it ends.
    pub to: Bound<Vec<u8>>,
}

impl KeyRange {
    /// All keys that begin with `prefix`.
    pub fn prefix(prefix: &[u8]) -> Self {
        Self { from: Bound::Included(prefix.to_vec()), to: prefix_end(prefix) }
    }

    /// Every key.
    pub fn all() -> Self {
        Self { from: Bound::Unbounded, to: Bound::Unbounded }
    }

    /// Whether no key can lie in the range; ordered maps refuse such ranges.
    pub fn is_empty(&self) -> bool {
        match (&self.from, &self.to) {
            (Bound::Included(from), Bound::Included(to)) => from > to,
            (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => {
                from >= to
            }
            _ => false,
        }
    }

    /// The bounds as borrowed slices.
    pub fn as_bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        (self.from.as_ref().map(Vec::as_slice), self.to.as_ref().map(Vec::as_slice))
    }
}

/// The end of the range of keys that begin with `prefix`.
fn prefix_end(prefix: &[u8]) -> Bound<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Bound::Excluded(end);
        }
    }
    Bound::Unbounded
}

/// What a visitor wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The next key.
    Continue,
    /// Nothing more.
    Stop,
}

/// Why the engine could not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineError {
    /// The disk is full.
    DiskFull,
    /// The disk, or what stands in for it, reported an error.
    Io(String),
    /// What is on the disk is not what was written.
    Corrupted(String),
    /// Another process has the data file open.
    InUse,
    /// The file was closed under a reader in order to recover it; a new snapshot reads again.
    Reopened,
    /// The path leads no longer to the file that is open.
    Displaced,
}

impl EngineError {
    /// What callers are answered: nothing can be read or written now, or not this.
    pub fn unavailable(&self) -> Error {
        match self {
            Self::Corrupted(_) => Error::damaged(self),
            _ => Error::unavailable("store_unavailable", 1).context(self),
        }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DiskFull => f.write_str("the disk is full"),
            Self::Io(what) => write!(f, "storage I/O: {what}"),
            Self::Corrupted(what) => write!(f, "the data file is damaged: {what}"),
            Self::InUse => f.write_str("another process has this data file open"),
            Self::Reopened => f.write_str("the data file was opened again meanwhile"),
            Self::Displaced => f.write_str(
                "the data file was moved, replaced or removed while it was open: nothing more is written. Put it back, \
                 or stop the server first and then move it",
            ),
        }
    }
}

impl std::error::Error for EngineError {}

/// What a visitor of a scan returns.
pub type Visit<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Step;

/// What passes the time between two steps of a survey, told how many bytes the last one has read; its error ends it.
pub type Rest<'a> = &'a mut dyn FnMut(u64) -> Result<(), EngineError>;

/// An ordered map with durable commits.
pub trait Engine: Send + Sync + 'static {
    /// A consistent view of the last durable commit.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, EngineError>;

    /// Applies all changes or none, and returns after they are on the disk.
    ///
    /// # Errors
    /// When the storage cannot be written. After an error the changes may or may not have reached the disk;
    /// the caller repeats the same changes after [`Engine::recover`], which makes both cases alike.
    fn commit(&self, changes: &Changes) -> Result<(), EngineError>;

    /// Brings the engine back to its last durable commit after an error. When it fails, snapshots work on as far
    /// as the storage can still be read.
    ///
    /// # Errors
    /// When the storage still cannot be written.
    fn recover(&self) -> Result<(), EngineError>;

    /// Whether what is written will be found again: `false` when the file was taken away under its name.
    fn is_in_place(&self) -> bool {
        true
    }

    /// Reads every page and says which are damaged, while the storage is in use; `None` when it has no pages. It goes in
    /// steps, each over the last durable commit of its time, so that no page that is free meanwhile is kept for long.
    fn survey(&self, rest: Rest<'_>) -> Option<Result<Survey, EngineError>> {
        let _ = rest;
        None
    }

    /// Lets go of the storage; everything fails from then on until [`Engine::recover`].
    fn close(&self) {}
}

/// A consistent view of one durable commit.
pub trait Snapshot {
    /// The value of a key.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError>;

    /// Shows the keys of `range` with their values, in order, until the visitor stops.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn scan(&self, range: &KeyRange, direction: Direction, visit: Visit<'_>) -> Result<(), EngineError>;
}
