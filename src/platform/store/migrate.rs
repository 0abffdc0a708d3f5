//! The schema version in the file, and the way from one to the next.
//!
//! # Why one transaction
//! All missing steps run in one commit: a crash leaves either the old schema or the new one. Before it a copy of
//! the file is made, so that the program of before can be started on it again. A step sees the result of the steps
//! before it, and does nothing harmful to rows that already have the new shape.

use std::path::{Path, PathBuf};

use super::copy::copy_to;
use super::engine::{Changes, Engine, Snapshot, Step};
use super::health::Health;
use super::lost::Lost;
use super::transaction::WriteTx;
use super::{Direction, KeyRange};
use crate::platform::clock::Clock;
use crate::platform::error::{Error, Result};
use crate::platform::random::Random;

/// Raw key under which the schema version is kept.
pub(super) const SCHEMA_KEY: &[u8] = &[0, 0, 0, b's', b'c', b'h'];

/// The schema of the first release: what a file without migrations has.
const FIRST: u32 = 1;

/// One step: from the schema before `to` to `to`.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The schema it leads to.
    pub to: u32,
    /// What it does, for the log.
    pub name: &'static str,
    /// Changes the rows. May run on rows that already have the new shape.
    pub apply: fn(&mut WriteTx<'_>) -> Result<()>,
}

/// What [`prepare`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prepared {
    /// The store was empty and has the newest schema now.
    New,
    /// Nothing had to be done.
    Current,
    /// The schema was raised.
    Migrated {
        /// The schema before.
        from: u32,
        /// Where the copy made before lies.
        snapshot: Option<PathBuf>,
    },
}

/// The schema version of a store; `None` when it is empty.
///
/// # Errors
/// When it cannot be read.
pub fn schema_of(engine: &dyn Engine) -> Result<Option<u32>> {
    let snapshot = engine.snapshot().map_err(Error::internal)?;
    let written = snapshot.get(SCHEMA_KEY).map_err(Error::internal)?;
    match written {
        Some(raw) => match schema_in(&raw) {
            Some(schema) => Ok(Some(schema)),
            None => Err(Error::internal("the schema version of the data file is unreadable")),
        },
        None => Ok(if is_empty(snapshot.as_ref())? { None } else { Some(FIRST) }),
    }
}

/// The schema version, when this is its entry.
pub fn schema_of_entry(raw_key: &[u8], value: &[u8]) -> Option<u32> {
    if raw_key == SCHEMA_KEY { schema_in(value) } else { None }
}

/// The schema version as it is written.
pub(super) fn schema_in(raw: &[u8]) -> Option<u32> {
    raw.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// The schema that `migrations` lead to.
pub fn newest_schema(migrations: &[Migration]) -> u32 {
    migrations.last().map_or(FIRST, |step| step.to)
}

fn is_empty(snapshot: &dyn Snapshot) -> Result<bool> {
    let mut empty = true;
    snapshot
        .scan(&KeyRange::all(), Direction::Forward, &mut |_, _| {
            empty = false;
            Step::Stop
        })
        .map_err(Error::internal)?;
    Ok(empty)
}

/// Brings a store to the newest schema; called before anything else uses it. `migrations` are in order. With
/// `snapshots` a copy of the store is put into that folder first.
///
/// # Errors
/// When the file was written by a newer program, the copy cannot be made or a step fails; nothing has changed then.
pub fn prepare(
    engine: &dyn Engine,
    migrations: &[Migration],
    snapshots: Option<&Path>,
    clock: &dyn Clock,
    random: &Random,
) -> Result<Prepared> {
    let newest = newest_schema(migrations);
    let Some(from) = schema_of(engine)? else {
        commit(engine, Changes::from([version(newest)]))?;
        return Ok(Prepared::New);
    };
    if from > newest {
        return Err(Error::internal(format!(
            "the data file has schema {from}, this program knows schemas up to {newest}: it was written by a newer \
             version of the program. Start that version, or restore the copy made before the upgrade"
        )));
    }
    if from == newest {
        return Ok(Prepared::Current);
    }
    // What a damaged page hides would be gone for good, and the schema itself may be an old page's.
    if let Some(found) = engine.survey(&mut |_| Ok(())).transpose().map_err(Error::internal)?
        && !found.faults.is_empty()
    {
        return Err(Error::internal(format!(
            "the data file is damaged ({} pages), and is not migrated from schema {from}, which it seems to have: ask \
             `das-tern doctor`, then restore a backup or take what can be read with `das-tern salvage`",
            found.faults.len()
        )));
    }
    let lost = engine.snapshot().and_then(|snapshot| Lost::of(snapshot.as_ref())).map_err(Error::internal)?;
    if !lost.refused.is_empty() {
        return Err(Error::internal(format!(
            "rows were lost with a damaged page, and the data are not migrated from schema {from} without them: restore \
             a backup, or accept the loss with `das-tern salvage`, both by the program that wrote them"
        )));
    }
    let name = format!("schema-{from}-{}.redb", clock.now().to_utc().format("%Y%m%dT%H%M%S%.3fZ"));
    let snapshot = snapshots.map(|folder| folder.join(name));
    if let Some(path) = &snapshot {
        let report = copy_to(engine, path)?;
        tracing::info!(snapshot = %path.display(), entries = report.entries, "copied the data file before migrating it");
    }
    migrate(engine, migrations, from, clock, random)?;
    Ok(Prepared::Migrated { from, snapshot })
}

fn migrate(
    engine: &dyn Engine,
    migrations: &[Migration],
    from: u32,
    clock: &dyn Clock,
    random: &Random,
) -> Result<()> {
    let base = engine.snapshot().map_err(Error::internal)?;
    let health = Health::default();
    let mut changes = Changes::new();
    let mut schema = from;
    let nothing = Changes::new();
    for step in migrations.iter().filter(|step| step.to > from) {
        if step.to != schema + 1 {
            return Err(Error::internal(format!(
                "there is no migration from schema {schema} to {}",
                step.to
            )));
        }
        let mut tx = WriteTx::new(base.as_ref(), [&changes, &nothing], clock.moment(), random, &health);
        (step.apply)(&mut tx)
            .map_err(|error| error.context(format!("migration {}: {}", step.to, step.name)))?;
        let (own, _) = tx.finish();
        changes.extend(own);
        schema = step.to;
        tracing::info!(schema, name = step.name, "migrated");
    }
    changes.extend([version(schema)]);
    drop(base);
    commit(engine, changes)
}

fn version(schema: u32) -> (Vec<u8>, Option<Vec<u8>>) {
    (SCHEMA_KEY.to_vec(), Some(schema.to_be_bytes().to_vec()))
}

fn commit(engine: &dyn Engine, changes: Changes) -> Result<()> {
    engine.commit(&changes).map_err(|error| Error::internal(format!("the schema cannot be written: {error}")))
}
