//! What becomes of rows that were lost with a damaged page, before the file that was made whole without them is opened.
//!
//! - Rows that are worth nothing pass: [`is_passing`].
//! - What only counts or sums up other rows is made anew from those; it stays unknown only where these are lost as well.
//! - The audit knows who ever wrote where: entries of the shipped catalogue come back, and of tables in which somebody
//!   writes by hand only the rows that were ever written stay refused.
//! - Everything else is refused until a backup is restored or somebody accepts the loss.
//!
//! Passes the gate by: nobody acts here, and the file belongs to no server yet.

use std::collections::BTreeSet;

use super::losses_by_audit::History;
use crate::domain::audit::tables::RECORDS;
use crate::domain::auth::losses as auth;
use crate::domain::connections::losses as connections;
use crate::domain::events::tables as events;
use crate::domain::gate::ANSWERS;
use crate::domain::integrity;
use crate::domain::losses::LOSSES;
use crate::domain::medicines::putting_back::{go_on, is_importing, put_back_shipped};
use crate::domain::medicines::tables::{CATALOGUE, MEDICINES, SOURCES, STAGED};
use crate::domain::notifications::tables::{self, NOTIFICATIONS};
use crate::domain::notifications::{health, text_budget::SPENT};
use crate::domain::safety::tables::{COUNTS, NOTED};
use crate::domain::safety::unshared::TRIED;
use crate::domain::users::tables::USERS;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{MedicineId, UserId};
use crate::platform::jobs::JOBS;
use crate::platform::store::{AnyTable, Direction, LostRows, Reader, Step, Store, WriteTx};

/// Puts in order what the clinic can do without. `store` is the new file, in which nothing is refused yet.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn put_in_order(store: &Store, lost: &mut Vec<LostRows>) -> Result<()> {
    // Jobs that are lost are told of. That nobody knows any more which those were must not keep new ones from being
    // written down: one of them might be done twice, which every job bears.
    pass(lost, |rows| rows.is_of_indexes() && rows.table() == Some(JOBS.number()));
    if refused(lost).contains(&JOBS.number()) {
        // Nor must what led to them: they may be asked for by the same key.
        write(store, |tx| JOBS.rebuild_indexes(tx))?;
    }
    by_the_audit(store, lost);
    recount(store, lost)?;
    let passing: BTreeSet<u16> = refused(lost).into_iter().filter(|table| is_passing(*table)).collect();
    if passing.is_empty() {
        return Ok(());
    }
    pass_tables(lost, &passing);
    write(store, move |tx| {
        if passing.iter().copied().any(events::is_of_log) {
            begin_events_anew(tx)?;
        }
        if passing.iter().copied().any(auth::is_passing) {
            auth::put_in_order(tx, |table| passing.contains(&table))?;
        }
        if passing.iter().copied().any(connections::is_passing) {
            connections::put_in_order(tx)?;
        }
        if passing.contains(&ANSWERS.number()) {
            ANSWERS.rebuild_indexes(tx)?;
        }
        Ok(())
    })
}

/// The tables of which rows are refused.
fn refused(lost: &[LostRows]) -> BTreeSet<u16> {
    lost.iter().filter(|rows| !rows.passed).filter_map(LostRows::table).collect()
}

fn pass(lost: &mut [LostRows], is_passing: impl Fn(&LostRows) -> bool) {
    lost.iter_mut().filter(|rows| is_passing(rows)).for_each(|rows| rows.passed = true);
}

fn pass_tables(lost: &mut [LostRows], tables: &BTreeSet<u16>) {
    pass(lost, |rows| rows.table().is_some_and(|table| tables.contains(&table)));
}

/// Whether lost rows of this table are worth nothing: events, of screens that fetch everything anew; sessions and codes,
/// of people who sign in again; answers to requests that somebody might repeat; how often rules have fired, and what was
/// held against what is not shared; what was done about other losses, which is done again; what a doctor asked for or
/// opened, who asks or opens once more; and how messages fared.
fn is_passing(table: u16) -> bool {
    let counts = [COUNTS.number(), NOTED.number(), TRIED.number(), SPENT.number()];
    events::is_of_log(table)
        || auth::is_passing(table)
        || connections::is_passing(table)
        || health::is_passing(table)
        || counts.contains(&table)
        || [ANSWERS.number(), LOSSES.number()].contains(&table)
}

pub(super) fn begin_events_anew(tx: &mut WriteTx<'_>) -> Result<()> {
    let people = USERS.keys_left_after(tx, None, usize::MAX)?;
    events::renew(tx, people.into_iter().collect())
}

/// Makes anew what only counts or sums up other rows, and lets nobody take for known what cannot be counted. Messages are
/// narrowed first, because how many are unread follows them.
fn recount(store: &Store, lost: &mut Vec<LostRows>) -> Result<()> {
    let people = store.read(|tx| USERS.keys_left_after(tx, None, usize::MAX))?;
    leave_new_messages(&people, lost);
    let refused = refused(lost);
    for one in integrity::recounted() {
        let is_lost = refused.contains(&one.table);
        if is_lost {
            write(store, one.recount)?;
        } else if !one.follows {
            continue;
        }
        let unknown = store.read(|tx| (one.unknown)(tx, lost))?;
        if !unknown.is_empty() {
            let rows = unknown.clone();
            write(store, move |tx| rows.iter().try_for_each(|rows| take_out(tx, rows)))?;
        }
        pass_tables(lost, &BTreeSet::from([one.table]));
        lost.extend(unknown);
    }
    Ok(())
}

/// Takes rows that only seem to be known out of the file.
fn take_out(tx: &mut WriteTx<'_>, unknown: &LostRows) -> Result<()> {
    let mut keys = Vec::new();
    tx.scan_what_is_left(&unknown.range(), Direction::Forward, &mut |key, _| {
        keys.push(key.to_vec());
        Step::Continue
    })?;
    keys.into_iter().for_each(|key| tx.delete_raw(key));
    Ok(())
}

/// What the audit proves of lost rows, unless some of it is lost itself.
fn by_the_audit(store: &Store, lost: &mut Vec<LostRows>) {
    if refused(lost).contains(&RECORDS.number()) {
        return;
    }
    let history = match store.read(|tx| History::of(tx)) {
        Ok(history) => history,
        Err(error) => {
            tracing::warn!(%error, "the audit cannot be asked what was lost");
            return;
        }
    };
    for (table, written) in history.written() {
        refuse_only(lost, *table, written);
    }
    if let Err(error) = put_catalogue_in_order(store, &history, lost) {
        tracing::warn!(%error, "lost entries of the catalogue could not be put back");
    }
}

/// What was on a page of messages is older than the moment at which it was lost, so that people read what they are sent
/// from now on, although it stands where rows are lost. Of people who are lost themselves nothing is known.
fn leave_new_messages(people: &[UserId], lost: &mut Vec<LostRows>) {
    if refused(lost).contains(&USERS.number()) {
        return;
    }
    let is_met = |rows: &LostRows| !rows.passed && rows.table() == Some(NOTIFICATIONS.number());
    let (of_messages, mut narrowed): (Vec<_>, Vec<_>) = lost.drain(..).partition(is_met);
    for rows in of_messages {
        narrowed.extend(people.iter().flat_map(|person| tables::lost_before(*person, &rows)));
        narrowed.push(LostRows { passed: true, ..rows });
    }
    *lost = narrowed;
}

/// Lets all lost rows of a table pass but those under `written`, beginnings of the raw keys, of rows and of entries of its
/// indexes, under which anything was ever written.
fn refuse_only(lost: &mut Vec<LostRows>, table: u16, written: &BTreeSet<Vec<u8>>) {
    let is_met = |rows: &&LostRows| !rows.passed && rows.table() == Some(table);
    let kept: Vec<LostRows> = lost
        .iter()
        .filter(is_met)
        .flat_map(|rows| written.iter().filter_map(|key| rows.under(key)))
        .collect();
    pass_tables(lost, &BTreeSet::from([table]));
    lost.extend(kept);
}

/// Puts the catalogue's own books in order, and lost entries of the shipped list back.
fn put_catalogue_in_order(store: &Store, history: &History, lost: &mut Vec<LostRows>) -> Result<()> {
    let books = [CATALOGUE.number(), SOURCES.number(), STAGED.number()];
    let of_catalogue: BTreeSet<u16> = books.into_iter().chain([MEDICINES.number()]).collect();
    let refused = refused(lost);
    if refused.is_disjoint(&of_catalogue) {
        return Ok(());
    }
    let is_importing = store.read(|tx| is_importing(tx))?;
    if put_catalogue_back(store, history) {
        let own = history.own_medicines();
        let own: BTreeSet<Vec<u8>> = own.iter().map(|id| MEDICINES.row_key(id)).collect();
        refuse_only(lost, MEDICINES.number(), &own);
        pass_tables(lost, &BTreeSet::from(books));
    } else if !is_importing {
        // Nothing was on its way into the catalogue, so what it says of itself can be said again.
        write(store, |tx| go_on(tx).map(drop))?;
        pass_tables(lost, &BTreeSet::from([CATALOGUE.number(), STAGED.number()]));
    }
    Ok(())
}

/// Whether the catalogue has all entries of the shipped list again.
pub(super) fn put_catalogue_back(store: &Store, history: &History) -> bool {
    let Some((sha256, counts)) = history.shipped_list() else { return false };
    let own: BTreeSet<MedicineId> = history.own_medicines().clone();
    match write(store, move |tx| put_back_shipped(tx, &sha256, counts, &own)) {
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
pub(super) fn write<T: Send + 'static>(
    store: &Store,
    write: impl FnMut(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = std::thread::scope(|scope| scope.spawn(|| store.write_blocking(write)).join());
    done.map_err(|_| Error::internal("what only the clinic knows of could not be put in order"))?
}
