//! The store: everything the clinic knows, in one ordered keyspace.
//!
//! - [`Store::write`] returns only after an fsynced commit. One writer thread runs the queued closures, each
//!   atomic by itself, then makes one durable commit for the whole group and answers everybody.
//! - [`Store::read`] sees the last durable commit and nothing newer.
//! - [`Table`] and [`Index`] give rows and keys their types; secondary indexes are declared with the table and
//!   kept by the same call that writes the row.
//!
//! Absences: nothing outside this folder names the engine; no closure does I/O, asks for the time or draws
//! randomness except through its transaction, because it may run more than once.

mod aside;
mod copy;
mod engine;
mod handle;
mod index;
mod key;
mod memory;
mod migrate;
mod page;
mod readable;
mod redb_engine;
mod table;
mod transaction;
mod writer;

pub use copy::{SnapshotReport, copy_to};
pub use engine::{Changes, Engine, EngineError, KeyRange, Snapshot, Step, Visit};
pub use handle::{COMMIT_PATIENCE, CommitHook, Pause, Store, StoreOptions, StoreStatus};
pub use index::{Entries, Index};
pub use key::{Key, KeyReader};
pub use memory::MemoryEngine;
pub use migrate::{Migration, Prepared, newest_schema, prepare, schema_of};
pub use page::{MAX_LIMIT, Page, PageRequest};
pub use readable::readable;
pub use redb_engine::{RedbEngine, RedbOptions};
pub use table::{AnyTable, Row, Table};
pub use transaction::{Effects, ForeignAccess, ReadTx, Reader, Trail, WriteTx};

/// Which way a scan walks through the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest key first.
    Forward,
    /// Largest key first.
    Backward,
}
