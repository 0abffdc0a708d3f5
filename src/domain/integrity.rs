//! `verify`: recounts everything that must agree across tables. Runs at the end of every integration test and
//! in `das-tern doctor`.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::jobs::{self, JOBS, QUEUES, RECURRING};
use crate::platform::store::{AnyTable, Direction, LostRows, Reader, Step, WriteTx};

use super::adherence::model::Tally;
use super::doses::model::{Dose, DoseStatus};
use super::prescriptions::model::Line;
use super::prescriptions::state::Status;
use super::{
    adherence, audit, auth, clinical_record, connections, doses, doubted_time, events, gate, losses,
    medicines, notes, notifications, paying, payments, photos, pill_grouping, pill_groups, prescriptions,
    safety, subscriptions, users, vitals,
};

/// Every table of the product.
pub fn tables() -> Vec<&'static dyn AnyTable> {
    vec![
        &JOBS,
        &QUEUES,
        &RECURRING,
        &auth::tables::CREDENTIALS,
        &auth::tables::SESSIONS,
        &auth::tables::CODES,
        &auth::tables::SENDS,
        &auth::tables::ATTEMPTS,
        &auth::tables::REVOKED,
        &auth::tables::WRONG_CODES,
        &auth::tables::USED_ADDRESSES,
        &auth::tables::SECOND_FACTORS,
        &users::tables::USERS,
        &connections::tables::CONNECTIONS,
        &connections::tables::ACCESS_REQUESTS,
        &connections::tables::BREAK_GLASS,
        &connections::codes::CODES,
        &connections::codes::GUESSES,
        &connections::pace::ASKED,
        &connections::pace::REFUSED,
        &connections::tables::NUDGES,
        &prescriptions::tables::PRESCRIPTIONS,
        &prescriptions::tables::VERSIONS,
        &prescriptions::tables::BATCHES,
        &doses::tables::DAYS,
        &doses::tables::CARE,
        &adherence::tables::TALLIES,
        &medicines::tables::MEDICINES,
        &medicines::tables::CATALOGUE,
        &medicines::tables::SOURCES,
        &medicines::tables::STAGED,
        &notifications::tables::NOTIFICATIONS,
        &notifications::tables::UNREAD,
        &vitals::tables::VITALS,
        &vitals::tables::LATEST,
        &vitals::tables::MONITORING,
        &vitals::alert_tables::ALERTS,
        &vitals::tables::SCORES,
        &clinical_record::tables::ENTRIES,
        &clinical_record::tables::CHANGES,
        &safety::tables::CARE,
        &safety::tables::FILES,
        &safety::tables::TEXTS,
        &safety::tables::COUNTS,
        &safety::tables::NOTED,
        &safety::unshared::TRIED,
        &notifications::devices::DEVICES,
        &notifications::health::FAILING,
        &notifications::health::ACCEPTED,
        &notifications::health::TROUBLED,
        &notifications::health::UNSENT,
        &notifications::text_budget::SPENT,
        &payments::tables::PAYMENTS,
        &payments::tables::MESSAGES,
        &payments::tables::PARKED,
        &payments::tables::CALLS,
        &payments::tables::PRESSES,
        &payments::tables::KNOWN_OF_BAKONG,
        &subscriptions::tables::SUBSCRIPTIONS,
        &pill_groups::tables::PILL_GROUPS,
        &notes::tables::NOTES,
        &photos::tables::PHOTOS,
        &events::tables::EVENTS,
        &events::tables::LAST,
        &events::tables::FORGOTTEN,
        &audit::tables::RECORDS,
        &audit::tables::HEAD,
        &doubted_time::DOUBTED,
        &losses::LOSSES,
        &gate::ANSWERS,
    ]
}

/// Adds the faults of one part of the store.
type Check = fn(&dyn Reader, &mut Vec<String>) -> Result<()>;

/// Describes every fault found in the store; an empty list means that all is well. What cannot be read is a fault like
/// the others and does not keep the rest from being checked.
///
/// # Errors
/// Never; the result is for [`crate::platform::store::Store::read`].
pub fn verify(tx: &dyn Reader) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for table in tables() {
        let done = table.verify(tx, &mut faults);
        note(&mut faults, table.name(), done);
    }
    let checks: [(&str, Check); 15] = [
        ("jobs", jobs::verify),
        ("connections", connections::tables::verify),
        ("medicines", |tx, faults| medicines::tables::verify(tx).map(|found| faults.extend(found))),
        ("prescriptions", |tx, faults| prescriptions::tables::verify(tx).map(|found| faults.extend(found))),
        ("notifications", notifications::tables::verify),
        ("vitals", vitals::tables::verify),
        ("clinical record", clinical_record::tables::verify),
        ("events", events::tables::verify),
        ("doses", verify_doses),
        ("plans", verify_plans),
        ("payments", paying::verify),
        ("pill groups", pill_grouping::verify),
        ("notes", notes::tables::verify),
        ("photos", photos::tables::verify),
        ("accounts", verify_accounts),
    ];
    for (name, check) in checks {
        let done = check(tx, &mut faults);
        note(&mut faults, name, done);
    }
    match audit::tables::verify_chain(tx) {
        Ok(broken) => faults.extend(broken),
        Err(error) => faults.push(format!("audit: it cannot be read to its end: {error}")),
    }
    Ok(faults)
}

/// A check that was not finished is a fault itself.
fn note(faults: &mut Vec<String>, what: &str, done: Result<()>) {
    if let Err(error) = done {
        faults.push(format!("{what}: not everything could be checked: {error}"));
    }
}

fn verify_accounts(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    let is_there = |user| Ok(users::tables::USERS.get(tx, &user)?.is_some());
    faults.extend(auth::tables::verify(tx, is_there)?);
    Ok(())
}

/// Doses are in order and the sweep comes in time; day counters equal a recount of the doses.
fn verify_doses(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    doses::verify::verify(tx, faults, |patient, at| {
        Ok(users::tables::require(tx, patient)?.preferences.grace_minutes_at(at))
    })?;
    adherence::tables::verify(tx, faults, tallies_of_doses(tx)?)
}

fn tallies_of_doses(tx: &dyn Reader) -> Result<BTreeMap<(UserId, NaiveDate), Tally>> {
    let mut recounted = BTreeMap::new();
    doses::tables::DAYS.visit_prefix(tx, &(), Direction::Forward, |key, day| {
        recounted.insert(key, adherence::rules::recount(&day.doses));
        Ok(Step::Continue)
    })?;
    Ok(recounted)
}

/// Writes anew what only counts or sums up what other tables hold, after some of it was lost.
///
/// # Errors
/// When the store cannot be read.
pub fn recount(tx: &mut WriteTx<'_>) -> Result<()> {
    recounted().iter().try_for_each(|one| (one.recount)(tx))
}

/// The greatest number that a medication line of each patient ever had, as far as is known.
fn last_lines(tx: &dyn Reader) -> Result<BTreeMap<UserId, u32>> {
    let mut last: BTreeMap<UserId, u32> = BTreeMap::new();
    let mut note = |patient: UserId, lines: &[Line]| {
        let of_patient = last.entry(patient).or_default();
        *of_patient = lines.iter().flat_map(Line::numbers).fold(*of_patient, u32::max);
        Ok(Step::Continue)
    };
    let (prescriptions, versions) = (&prescriptions::tables::PRESCRIPTIONS, &prescriptions::tables::VERSIONS);
    prescriptions
        .visit_prefix(tx, &(), Direction::Forward, |_, row| note(row.patient, &row.content.lines))?;
    versions
        .visit_prefix(tx, &(), Direction::Forward, |(patient, ..), row| note(patient, &row.content.lines))?;
    doses::tables::DAYS.visit_prefix(tx, &(), Direction::Forward, |(patient, _), day| {
        let of_patient = last.entry(patient).or_default();
        *of_patient = day.doses.iter().map(Dose::line).fold(*of_patient, u32::max);
        Ok(Step::Continue)
    })?;
    Ok(last)
}

/// A table that only counts or sums up what others hold.
pub struct Recounted {
    /// Its number.
    pub table: u16,
    /// Writes it anew from the rows that there are.
    pub recount: fn(&mut WriteTx<'_>) -> Result<()>,
    /// What is unknown of it where these rows are lost.
    pub unknown: fn(&dyn Reader, &[LostRows]) -> Result<Vec<LostRows>>,
    /// Whether that is so also where none of its own rows is lost: they stand for what can still change.
    pub follows: bool,
}

/// The tables of which [`recount`] writes everything anew.
pub fn recounted() -> [Recounted; 4] {
    use adherence::tables::TALLIES;
    use doses::tables::{CARE, DAYS};
    use notifications::tables::UNREAD;
    use vitals::tables::{LATEST, unknown_latest};
    [
        Recounted {
            table: LATEST.number(),
            recount: vitals::tables::recount,
            unknown: unknown_latest,
            follows: false,
        },
        Recounted {
            table: UNREAD.number(),
            recount: notifications::tables::recount,
            // The number beside a list that is refused where some are lost.
            unknown: |_, _| Ok(Vec::new()),
            follows: false,
        },
        Recounted {
            table: TALLIES.number(),
            recount: |tx| {
                let tallies = tallies_of_doses(tx)?;
                adherence::tables::recount(tx, tallies)
            },
            unknown: |_, lost| Ok(made_from(lost, &DAYS, TALLIES.number())),
            follows: true,
        },
        Recounted {
            table: CARE.number(),
            recount: |tx| {
                let last_lines = last_lines(tx)?;
                doses::tables::begin_care_anew(tx, &last_lines)
            },
            unknown: |_, _| Ok(Vec::new()),
            follows: false,
        },
    ]
}

/// What is unknown of a table that is made from `source`, of which some is lost, and has the same keys.
fn made_from(lost: &[LostRows], source: &dyn AnyTable, table: u16) -> Vec<LostRows> {
    let of_source = lost.iter().filter(|rows| !rows.passed && !rows.is_of_indexes());
    let of_source = of_source.filter(|rows| rows.table() == Some(source.number()));
    of_source.map(|rows| rows.carried_over(table, usize::MAX)).collect()
}

/// What is still to be taken belongs to a line of a prescription that is in force.
fn verify_plans(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    let mut running = BTreeMap::new();
    prescriptions::tables::PRESCRIPTIONS.visit_prefix(tx, &(), Direction::Forward, |(_, id), row| {
        let lines: Vec<u32> = row.content.lines.iter().map(|line| line.number).collect();
        running.insert(id, (row.patient, row.status == Status::Active, lines));
        Ok(Step::Continue)
    })?;
    doses::tables::DAYS.visit_prefix(tx, &(), Direction::Forward, |(patient, _), day| {
        for dose in day.doses {
            let ahead = dose.status == DoseStatus::Due && dose.scheduled() > tx.now();
            match running.get(&dose.prescription) {
                Some((owner, _, _)) if *owner != patient => {
                    faults.push(format!("dose {} belongs to another patient's prescription", dose.id));
                }
                None => faults.push(format!("dose {} has no prescription", dose.id)),
                Some((_, active, lines)) if ahead && !(*active && lines.contains(&dose.line())) => {
                    faults.push(format!("dose {} is due although its line is not in force", dose.id));
                }
                Some(_) => {}
            }
        }
        Ok(Step::Continue)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Two tables with one number would share their rows.
    #[test]
    fn no_two_tables_have_one_number_or_name() {
        let tables = tables();
        let numbers: BTreeSet<u16> = tables.iter().map(|table| table.number()).collect();
        let names: BTreeSet<&str> = tables.iter().map(|table| table.name()).collect();
        assert_eq!((numbers.len(), names.len()), (tables.len(), tables.len()));
    }
}
