//! Makes a damaged data file whole before it is opened.
//!
//! Passes the gate by: nobody acts here, and the file belongs to no server yet.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::delivery::tell_each_admin;
use super::doses::ExtendHorizon;
use super::losses_by_audit::History;
use super::lost_rows::{self, begin_events_anew, put_catalogue_back, write};
use crate::domain::audit::tables::{mend_head, verify_chain};
use crate::domain::damage;
use crate::domain::doses::lost::given_up;
use crate::domain::doses::tables as doses;
use crate::domain::integrity;
use crate::domain::medicines::putting_back::go_on;
use crate::domain::migrations::MIGRATIONS;
use crate::domain::notifications::model::Urgency;
use crate::domain::notifications::params::Params;
use crate::platform::clock::{Clock, SystemClock, Timestamp};
use crate::platform::error::{Kind, Result};
use crate::platform::jobs::{self, Job};
use crate::platform::random::Random;
use crate::platform::store::{
    EngineError, FreshFile, Held, LostRows, Mended, Store, StoreOptions, Survey, look_at_roots, mend,
    name_newest_commit, newest_schema, survey,
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
fn put_in_order(fresh: &FreshFile, lost: &mut Vec<LostRows>) -> Result<()> {
    lost_rows::put_in_order(&audit_in_order(fresh)?, lost)
}

/// Makes everything agree again that hangs on rows which were not taken over into a salvaged file, and tells the admins
/// of which tables those are: from now on nobody is refused them any more, so nothing else would say that they are gone.
/// `lost_of` is empty when all rows were taken over. [`still_unknown`] tells what stays unknown.
///
/// # Errors
/// When the file cannot be written.
pub fn all_in_order(fresh: &FreshFile, lost_of: &BTreeSet<String>) -> Result<Store> {
    let store = audit_in_order(fresh)?;
    if lost_of.is_empty() {
        return Ok(store);
    }
    write(&store, |tx| {
        begin_events_anew(tx)?;
        integrity::recount(tx)?;
        doses::plan_anew(tx)?;
        let key = format!("{}:salvaged", ExtendHorizon::NAME);
        // Before everything else, whatever the clock shows.
        jobs::enqueue_once(tx, &ExtendHorizon {}, key, Timestamp::from_milliseconds(0)).map(drop)
    })?;
    // Where records of the audit are lost, nobody knows what they said.
    if store.read(|tx| verify_chain(tx))?.is_none() {
        put_catalogue_back(&store, &store.read(|tx| History::of(tx))?);
    }
    write(&store, |tx| go_on(tx).map(drop))?;
    let params = Params::new().text("tables", lost_of.iter().cloned().collect::<Vec<_>>().join(", "));
    write(&store, move |tx| tell_each_admin(tx, None, ("rows_given_up", Urgency::Warning), &params, None))?;
    Ok(store)
}

/// What whoever reads a salvaged file must go on without, although nobody is refused it: what was recorded on lost days. `lost`
/// are the lost rows of the days' table, and it is `now` at least: the clock of this machine may be behind.
///
/// # Errors
/// When the file cannot be read.
pub fn still_unknown(store: &Store, lost: &[LostRows], now: Timestamp) -> Result<Vec<LostRows>> {
    store.read(|tx| given_up(tx, lost, now))
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
