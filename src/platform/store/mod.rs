//! The store: everything the clinic knows, in one ordered keyspace.
//!
//! - [`Store::write`] returns only after an fsynced commit. One writer thread runs the queued closures, each
//!   atomic by itself; a second thread makes one durable commit for the whole group and answers everybody, while the
//!   closures of the next group run.
//! - [`Store::read`] sees the last durable commit and nothing newer.
//! - [`Table`] and [`Index`] give rows and keys their types; secondary indexes are declared with the table and
//!   kept by the same call that writes the row.
//!
//! Absences: nothing outside this folder names the engine; no closure does I/O, asks for the time or draws
//! randomness except through its transaction, because it may run more than once.

mod aside;
mod committer;
mod compacting;
mod copy;
mod engine;
mod errors;
mod fresh;
mod handle;
mod health;
mod index;
mod key;
mod lost;
mod memory;
mod mend;
mod migrate;
mod overlay;
mod page;
mod pages;
mod place;
mod readable;
mod redb_engine;
mod room;
mod salvage;
mod source;
mod table;
mod transaction;
mod writer;

pub use compacting::compact;
pub use copy::{SnapshotReport, copy_to, sweep_unfinished};
pub use engine::{Changes, Engine, EngineError, KeyRange, Rest, Snapshot, Step, Visit};
pub use fresh::FreshFile;
pub use handle::{COMMIT_PATIENCE, CommitHook, Pause, Store, StoreOptions, StoreStatus, commit_of_entry};
pub use index::{Entries, Index};
pub use key::{Key, KeyReader};
pub use lost::LostRows;
pub use memory::MemoryEngine;
pub use mend::{Mended, mend, put_lost};
pub use migrate::{Migration, Prepared, newest_schema, prepare, schema_of, schema_of_entry};
pub use page::{MAX_LIMIT, Page, PageRequest};
pub use pages::{Found, Held, PageFault, Survey, look_at_roots, name_newest_commit, survey};
pub use place::{Opening, Place, clinic_of, clinic_of_entry};
pub use readable::readable;
pub use redb_engine::{RedbEngine, RedbOptions};
pub use room::{free_bytes, require_room};
pub use salvage::{NamedRow, Salvaged, Wanted, salvage};
pub use table::{AnyTable, Row, Table};
pub use transaction::{
    Effects, ForeignAccess, MedicineAsked, ReadTx, Reader, Trail, UnsharedTried, WhatIsLeft, WriteTx,
};

/// Which way a scan walks through the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest key first.
    Forward,
    /// Largest key first.
    Backward,
}
