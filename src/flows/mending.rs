//! Makes a damaged data file whole before it is opened.
//!
//! Passes the gate by: nobody acts here, and the file belongs to no server yet.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::domain::audit::model::AuditRecord;
use crate::domain::audit::tables::{RECORDS, has_any, mend_head};
use crate::domain::auth::losses as auth;
use crate::domain::damage;
use crate::domain::events::tables as events;
use crate::domain::gate::ANSWERS;
use crate::domain::integrity;
use crate::domain::losses::LOSSES;
use crate::domain::medicines::putting_back::put_back_shipped;
use crate::domain::medicines::tables::{CATALOGUE, MEDICINES, STAGED};
use crate::domain::migrations::MIGRATIONS;
use crate::domain::users::tables::USERS;
use crate::flows::medicines::TAKEN_OVER_BY;
use crate::platform::clock::{Clock, SystemClock};
use crate::platform::error::{Error, Kind, Result};
use crate::platform::jobs::JOBS;
use crate::platform::random::Random;
use crate::platform::store::{
    AnyTable, EngineError, FreshFile, Held, LostRows, Mended, Store, StoreOptions, Survey, WriteTx,
    look_at_roots, mend, name_newest_commit, newest_schema, survey,
};

/// What was found and done.
#[derive(Debug, Default)]
pub struct Looked {
    /// What was made whole, if anything was damaged.
    pub mended: Option<Mended>,
    /// Why a damaged file was not made whole, and is served as it is.
    pub left: Option<String>,
    /// What was found, when nothing is damaged: nobody need look again right after the start.
    pub sound: Option<Survey>,
}

/// Looks at every page of the file and makes it whole if one is damaged. Where there is no file yet, the engine makes it.
///
/// A file that was closed in order is looked at too: the first writes of a server would give an older page that somebody
/// put back a right checksum, and nobody would ever know.
///
/// # Errors
/// When what everything hangs on is damaged, so that the file cannot be opened as it is either.
pub fn look_at_file(path: &Path) -> Result<Looked, EngineError> {
    let file = match std::fs::File::open(path) {
        Ok(file) if file.metadata().is_ok_and(|found| found.len() > 0) => file,
        _ => return Ok(Looked::default()),
    };
    let found = survey(&file, &mut |_| Ok(()))?;
    if found.faults.is_empty() {
        if found.is_unnamed {
            let file = std::fs::File::options().read(true).write(true).open(path);
            let file = file.map_err(|error| EngineError::Io(error.to_string()))?;
            name_newest_commit(&file)?;
            tracing::warn!(
                "the data file did not say which commit is its last; the newest is whole and was taken"
            );
        }
        return Ok(Looked { sound: Some(found), ..Looked::default() });
    }
    // Only what the header says of the last commit is lost: to go on from the commit before would take back what was
    // acknowledged, so that is left to people.
    if let Some(fault) = found.faults.iter().find(|fault| fault.offset == 0 && fault.held == Held::Way) {
        return Err(EngineError::Corrupted(fault.what.to_owned()));
    }
    let roots = look_at_roots(&file);
    let done =
        mend(path, found, &integrity::tables(), newest_schema(MIGRATIONS), SystemClock.now(), put_in_order);
    match (done, roots) {
        (Ok(mended), _) => Ok(Looked { mended: Some(mended), ..Looked::default() }),
        (Err(error), Ok(())) => Ok(Looked { left: Some(error.to_string()), ..Looked::default() }),
        (Err(error), Err(roots)) => {
            tracing::error!(%error, "the data file could not be made whole");
            Err(roots)
        }
    }
}

/// Says in the log what was found and done.
pub fn tell(looked: &Looked) {
    const LOGGED_MAX: usize = 20;
    if let Some(why) = &looked.left {
        tracing::error!(why, "the data file is damaged and is served as it is: restore a backup");
    }
    let Some(mended) = &looked.mended else { return };
    for fault in mended.faults.iter().take(LOGGED_MAX) {
        tracing::error!(fault = damage::in_words(fault), "the data file was damaged");
    }
    for lost in mended.lost.iter().take(LOGGED_MAX) {
        let words = damage::lost_in_words(lost);
        if lost.passed {
            tracing::warn!(lost = words, "nobody needs what was lost");
        } else {
            tracing::error!(lost = words, "what was lost is refused, everything else is served");
        }
    }
    let (pages, kept) = (mended.faults.len(), mended.kept.display());
    if mended.lost.iter().all(|rows| rows.passed) {
        tracing::warn!(pages, %kept, "the data file was made whole, and nothing is lost. Look to the disk");
    } else {
        tracing::error!(pages, %kept, "the data file was made whole, but rows are lost: restore a backup");
    }
}

/// Puts in order what only the clinic knows of.
fn put_in_order(fresh: &FreshFile, lost: &mut [LostRows]) -> Result<()> {
    let store = audit_in_order(fresh)?;
    // Jobs that are lost are told of. That nobody knows any more which those were must not keep new ones from being
    // written down: one of them might be done twice, which every job bears.
    let is_index_of_jobs = |rows: &&mut LostRows| rows.is_of_indexes() && rows.table() == Some(JOBS.number());
    lost.iter_mut().filter(is_index_of_jobs).for_each(|rows| rows.passed = true);
    catalogue_in_order(&store, lost);
    let refused: BTreeSet<u16> =
        lost.iter().filter(|rows| !rows.passed).filter_map(LostRows::table).collect();
    let counts = integrity::recounted().into_iter();
    let counts = counts.filter(|(_, sources)| !sources.iter().any(|source| refused.contains(source)));
    let counts: BTreeSet<u16> =
        counts.map(|(table, _)| table).filter(|table| refused.contains(table)).collect();
    let is_counted = !counts.is_empty();
    let passing: BTreeSet<u16> =
        refused.into_iter().filter(|table| is_passing(*table) || counts.contains(table)).collect();
    if passing.is_empty() {
        return Ok(());
    }
    let all = passing.clone();
    write(&store, move |tx| {
        if all.iter().copied().any(events::is_of_log) {
            begin_events_anew(tx)?;
        }
        if all.iter().copied().any(auth::is_passing) {
            auth::put_in_order(tx, |table| all.contains(&table))?;
        }
        if is_counted {
            integrity::recount(tx)?;
        }
        ANSWERS.rebuild_indexes(tx)
    })?;
    let is_passing = |rows: &&mut LostRows| rows.table().is_some_and(|table| passing.contains(&table));
    lost.iter_mut().filter(is_passing).for_each(|rows| rows.passed = true);
    Ok(())
}

fn begin_events_anew(tx: &mut WriteTx<'_>) -> Result<()> {
    let people = USERS.keys_left_after(tx, None, usize::MAX)?;
    events::renew(tx, people.into_iter().collect())
}

/// Makes everything agree again that hangs on rows which were not taken over into a salvaged file.
///
/// # Errors
/// When the file cannot be written.
pub fn all_in_order(fresh: &FreshFile) -> Result<Store> {
    let store = audit_in_order(fresh)?;
    write(&store, |tx| {
        begin_events_anew(tx)?;
        integrity::recount(tx)
    })?;
    Ok(store)
}

/// Whether lost rows of this table are worth nothing: events, of screens that fetch everything anew; sessions and codes,
/// of people who sign in again; answers to requests that somebody might repeat; and what was done about other losses,
/// which is done again.
fn is_passing(table: u16) -> bool {
    events::is_of_log(table)
        || auth::is_passing(table)
        || [ANSWERS.number(), LOSSES.number()].contains(&table)
}

/// Puts lost entries of the catalogue back, where the audit says that all came from the list that the program brings.
fn catalogue_in_order(store: &Store, lost: &mut [LostRows]) {
    let is_lost = |tables: &[u16], rows: &LostRows| {
        !rows.passed && rows.table().is_some_and(|number| tables.contains(&number))
    };
    let of_catalogue = [MEDICINES.number(), CATALOGUE.number(), STAGED.number()];
    let is_any_lost = |tables: &[u16]| lost.iter().any(|rows| is_lost(tables, rows));
    if !is_any_lost(&of_catalogue) || is_any_lost(&[RECORDS.number()]) {
        return;
    }
    let put_back = write(store, |tx| {
        let is_of_the_clinic = |record: &AuditRecord| {
            ["medicine.create", "medicine.update", "medicine.import"].contains(&record.action.as_str())
                && record.actor_role.strip_prefix("SYSTEM:") != Some(TAKEN_OVER_BY)
        };
        if has_any(tx, is_of_the_clinic)? { Ok(false) } else { put_back_shipped(tx) }
    });
    match put_back {
        Ok(true) => {
            tracing::warn!(
                "lost entries of the catalogue were put back from the list that the program brings"
            );
            lost.iter_mut().filter(|rows| is_lost(&of_catalogue, rows)).for_each(|rows| rows.passed = true);
        }
        Ok(false) => {}
        Err(error) => tracing::warn!(%error, "lost entries of the catalogue could not be put back"),
    }
}

/// Writes from a thread of its own: one of the asynchronous runtime must not wait.
fn write<T: Send + 'static>(
    store: &Store,
    write: impl FnMut(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = std::thread::scope(|scope| scope.spawn(|| store.write_blocking(write)).join());
    done.map_err(|_| Error::internal("what only the clinic knows of could not be put in order"))?
}

/// Makes the end of the audit's chain agree with its records, so that new ones do not take the place of old ones.
///
/// # Errors
/// When the file cannot be written.
fn audit_in_order(fresh: &FreshFile) -> Result<Store> {
    let store = Store::new(
        fresh.engine(),
        Arc::new(SystemClock),
        Arc::new(Random::System),
        StoreOptions::default(),
        Box::new(|_| {}),
    )?;
    match write(&store, mend_head) {
        // What was lost before stays lost.
        Err(error) if error.kind() == Kind::Damaged => {}
        done => done?,
    }
    Ok(store)
}
