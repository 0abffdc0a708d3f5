//! Makes a damaged data file whole before it is opened.
//!
//! Passes the gate by: nobody acts here, and the file belongs to no server yet.

use std::path::Path;
use std::sync::Arc;

use crate::domain::audit::tables::mend_head;
use crate::domain::damage;
use crate::domain::integrity;
use crate::domain::migrations::MIGRATIONS;
use crate::platform::clock::{Clock, SystemClock};
use crate::platform::error::{Error, Kind, Result};
use crate::platform::random::Random;
use crate::platform::store::{
    EngineError, FreshFile, Mended, Store, StoreOptions, look_at_roots, mend, newest_schema, survey,
};

/// What was found and done.
#[derive(Debug, Default)]
pub struct Looked {
    /// What was made whole, if anything was damaged.
    pub mended: Option<Mended>,
    /// Why a damaged file was not made whole, and is served as it is.
    pub left: Option<String>,
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
    // A damaged slot of the header is no loss: the engine goes on from the other one.
    if found.faults.iter().all(|fault| fault.offset == 0) {
        return Ok(Looked::default());
    }
    let roots = look_at_roots(&file);
    let done =
        mend(path, found, &integrity::tables(), newest_schema(MIGRATIONS), SystemClock.now(), |fresh| {
            audit_in_order(fresh).map(drop)
        });
    match (done, roots) {
        (Ok(mended), _) => Ok(Looked { mended: Some(mended), left: None }),
        (Err(error), Ok(())) => Ok(Looked { mended: None, left: Some(error.to_string()) }),
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
        tracing::error!(
            lost = damage::lost_in_words(lost),
            "what was lost is refused, everything else is served"
        );
    }
    let (pages, kept) = (mended.faults.len(), mended.kept.display());
    if mended.lost.is_empty() {
        tracing::warn!(pages, %kept, "the data file was made whole, and nothing is lost. Look to the disk");
    } else {
        tracing::error!(pages, %kept, "the data file was made whole, but rows are lost: restore a backup");
    }
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
    // A thread of the asynchronous runtime must not wait; one of its own may.
    let done = std::thread::scope(|scope| scope.spawn(|| store.write_blocking(mend_head)).join());
    match done.map_err(|_| Error::internal("the end of the audit's chain could not be looked at"))? {
        // What was lost before stays lost.
        Err(error) if error.kind() == Kind::Damaged => {}
        done => done?,
    }
    Ok(store)
}
