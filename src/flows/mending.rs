//! Makes a damaged data file whole before it is opened.
//!
//! Passes the gate by: nobody acts here, and the file belongs to no server yet.

use std::path::Path;
use std::sync::Arc;

use crate::domain::audit::tables::mend_head;
use crate::domain::damage;
use crate::domain::events::tables as events;
use crate::domain::integrity;
use crate::domain::migrations::MIGRATIONS;
use crate::domain::users::tables::USERS;
use crate::platform::clock::{Clock, SystemClock};
use crate::platform::error::{Error, Kind, Result};
use crate::platform::jobs::JOBS;
use crate::platform::random::Random;
use crate::platform::store::{
    AnyTable, EngineError, FreshFile, LostRows, Mended, Store, StoreOptions, Survey, WriteTx, look_at_roots,
    mend, newest_schema, survey,
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
        return Ok(Looked { sound: Some(found), ..Looked::default() });
    }
    // A damaged slot of the header is no loss: the engine goes on from the other one.
    if found.faults.iter().all(|fault| fault.offset == 0) {
        return Ok(Looked::default());
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

/// Puts in order what only the clinic knows of. Events are for screens that were away: those fetch everything anew.
fn put_in_order(fresh: &FreshFile, lost: &mut [LostRows]) -> Result<()> {
    let store = audit_in_order(fresh)?;
    // Jobs that are lost are told of. That nobody knows any more which those were must not keep new ones from being
    // written down: one of them might be done twice, which every job bears.
    let is_index_of_jobs = |rows: &&mut LostRows| rows.is_of_indexes() && rows.table() == Some(JOBS.number());
    lost.iter_mut().filter(is_index_of_jobs).for_each(|rows| rows.passed = true);
    let is_event = |rows: &LostRows| rows.table().is_some_and(events::is_of_log);
    let mut lost: Vec<&mut LostRows> =
        lost.iter_mut().filter(|rows| !rows.passed && is_event(rows)).collect();
    if lost.is_empty() {
        return Ok(());
    }
    write(&store, |tx| {
        let people = USERS.keys_left_after(tx, None, usize::MAX)?;
        events::renew(tx, people.into_iter().collect())
    })?;
    lost.iter_mut().for_each(|rows| rows.passed = true);
    Ok(())
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
pub fn audit_in_order(fresh: &FreshFile) -> Result<Store> {
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
