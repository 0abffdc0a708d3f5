//! Makes a damaged data file whole before it is opened.
//!
//! Passes the gate by: nobody acts here, and the file belongs to no server yet.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::domain::audit::tables::{RECORDS, mend_head, verify_chain};
use crate::domain::auth::losses as auth;
use crate::domain::damage;
use crate::domain::events::tables as events;
use crate::domain::gate::ANSWERS;
use crate::domain::integrity;
use crate::domain::losses::LOSSES;
use crate::domain::medicines::putting_back::{go_on, put_back_shipped};
use crate::domain::medicines::tables::{CATALOGUE, MEDICINES, SOURCES, STAGED};
use crate::domain::migrations::MIGRATIONS;
use crate::domain::safety::tables::{COUNTS, NOTED};
use crate::domain::users::tables::USERS;
use crate::flows::doses::ExtendHorizon;
use crate::flows::losses_by_audit::History;
use crate::platform::clock::{Clock, SystemClock, Timestamp};
use crate::platform::error::{Error, Kind, Result};
use crate::platform::jobs::{self, JOBS, Job};
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
    /// Why a damaged file was not made whole; it is served as it is if it can be opened.
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
        tracing::error!(why, "the data file is damaged and could not be made whole: restore a backup");
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
    by_the_audit(&store, lost);
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

/// Makes everything agree again that hangs on rows which were not taken over into a salvaged file, unless all were.
///
/// # Errors
/// When the file cannot be written.
pub fn all_in_order(fresh: &FreshFile, is_whole: bool) -> Result<Store> {
    let store = audit_in_order(fresh)?;
    if is_whole {
        return Ok(store);
    }
    write(&store, |tx| {
        begin_events_anew(tx)?;
        integrity::recount(tx)?;
        integrity::plan_anew(tx)?;
        let key = format!("{}:salvaged", ExtendHorizon::NAME);
        // Before everything else, whatever the clock shows.
        jobs::enqueue_once(tx, &ExtendHorizon {}, key, Timestamp::from_milliseconds(0)).map(drop)
    })?;
    // Where records of the audit are lost, nobody knows what they said.
    if store.read(|tx| verify_chain(tx))?.is_none() {
        put_catalogue_back(&store, &store.read(|tx| History::of(tx))?);
    }
    write(&store, |tx| go_on(tx).map(drop))?;
    Ok(store)
}

/// Whether lost rows of this table are worth nothing: events, of screens that fetch everything anew; sessions and codes,
/// of people who sign in again; answers to requests that somebody might repeat; how often rules have fired; and what was
/// done about other losses, which is done again.
fn is_passing(table: u16) -> bool {
    events::is_of_log(table)
        || auth::is_passing(table)
        || [ANSWERS.number(), LOSSES.number(), COUNTS.number(), NOTED.number()].contains(&table)
}

/// What the audit proves of lost rows: entries of the catalogue come back where all came from the list that the program
/// brings, and tables in which nobody ever wrote have lost nothing.
fn by_the_audit(store: &Store, lost: &mut [LostRows]) {
    let of_catalogue = [MEDICINES.number(), CATALOGUE.number(), SOURCES.number(), STAGED.number()];
    let refused: BTreeSet<u16> =
        lost.iter().filter(|rows| !rows.passed).filter_map(LostRows::table).collect();
    if refused.contains(&RECORDS.number()) {
        return;
    }
    let history = match store.read(|tx| History::of(tx)) {
        Ok(history) => history,
        Err(error) => {
            tracing::warn!(%error, "the audit cannot be asked what was lost");
            return;
        }
    };
    let mut passing = history.never_written();
    if of_catalogue.iter().any(|table| refused.contains(table)) && put_catalogue_back(store, &history) {
        passing.extend(of_catalogue);
    }
    let is_passing = |rows: &&mut LostRows| rows.table().is_some_and(|table| passing.contains(&table));
    lost.iter_mut().filter(is_passing).for_each(|rows| rows.passed = true);
}

/// Whether the catalogue has all its entries again.
fn put_catalogue_back(store: &Store, history: &History) -> bool {
    let Some((sha256, counts)) = history.shipped_list() else { return false };
    match write(store, move |tx| put_back_shipped(tx, &sha256, counts)) {
        Ok(true) => {
            tracing::warn!(
                "lost entries of the catalogue were put back from the list that the program brings"
            );
            true
        }
        Ok(false) => false,
        Err(error) => {
            tracing::warn!(%error, "lost entries of the catalogue could not be put back");
            false
        }
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
