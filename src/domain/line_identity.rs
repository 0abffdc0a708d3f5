//! Gives medicine lines that an older program wrote the identity that they keep now.
//!
//! Until schema 3 a changed line got a new id and a new number, so that nothing recorded before stood for it. Here the
//! editions of one medicine are linked: the line in force knows what it was called before, and what was recorded for
//! an earlier edition takes back what is asked for in its place.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::doses::model::{Day, Dose, DoseStatus};
use super::doses::planning::occurrences_on;
use super::doses::settling::kept_course;
use super::doses::tables::{CARE, DAYS};
use super::doses::{cover, model::Care};
use super::notifications::tables::withdraw;
use super::prescriptions::diff::stand_ins;
use super::prescriptions::model::{Former, Length, Line};
use super::prescriptions::record::{Prescription, Version, VersionState};
use super::prescriptions::state::Status;
use super::prescriptions::tables::{PRESCRIPTIONS, PrescriptionKey, VERSIONS};
use super::users::model::MealTimes;
use super::users::tables::USERS;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::ids::{MedicationId, UserId};
use crate::platform::store::{Reader, WriteTx};

/// The zone of clinics whose rows name none.
const ZONE: Tz = Tz::Asia__Phnom_Penh;

/// The step to schema 3.
///
/// # Errors
/// When the store cannot be read.
pub fn link_lines(tx: &mut WriteTx<'_>) -> Result<()> {
    for (key, row) in PRESCRIPTIONS.list_prefix(tx, &())? {
        let zone = CARE.get(tx, &key.0)?.and_then(|care: Care| care.zone?.parse().ok()).unwrap_or(ZONE);
        let row = link(tx, key, row, zone)?;
        if row.status == Status::Active {
            for line in row.content.lines.iter().filter(|line| !line.formerly.is_empty()) {
                take_back_twins(tx, key.0, line, zone)?;
            }
        }
    }
    Ok(())
}

/// Links the lines of a prescription through its versions and says how long they are and where they began.
fn link(tx: &mut WriteTx<'_>, key: PrescriptionKey, mut row: Prescription, zone: Tz) -> Result<Prescription> {
    let versions: Vec<Version> =
        VERSIONS.list_prefix(tx, &key)?.into_iter().map(|(_, version)| version).collect();
    let mut former = editions(&versions);
    let has_begun = row.activated_at.is_some();
    for line in &mut row.content.lines {
        line.formerly = former.remove(&line.id).unwrap_or_default();
        say_length(line, row.created_at.day_in(zone));
        line.course = line.course.or_else(|| has_begun.then(|| kept_course(line, zone)));
    }
    for mut version in versions {
        if version.number == row.version {
            version.content = row.content.clone();
        } else {
            let is_waiting = version.state == VersionState::Pending;
            let pairs =
                if is_waiting { stand_ins(&row.content.lines, &version.content.lines) } else { Vec::new() };
            for line in &mut version.content.lines {
                let stands_for = pairs.iter().find(|(id, _)| *id == line.id).map_or(line.id, |(_, old)| *old);
                let old = row.content.lines.iter().find(|old| old.id == stands_for && is_waiting);
                if let Some(old) = old {
                    (line.id, line.number, line.formerly) = (old.id, old.number, old.formerly.clone());
                }
                say_length(line, row.created_at.day_in(zone));
            }
        }
        VERSIONS.put(tx, &(key.0, key.1, version.number), &version)?;
    }
    PRESCRIPTIONS.put(tx, &key, &row)?;
    Ok(row)
}

/// What lines of versions that were in force were called in those before, by their id.
fn editions(versions: &[Version]) -> BTreeMap<MedicationId, Vec<Former>> {
    let mut former: BTreeMap<MedicationId, Vec<Former>> = BTreeMap::new();
    let in_force: Vec<&Version> =
        versions.iter().filter(|version| version.state == VersionState::Applied).collect();
    for pair in in_force.windows(2) {
        let [before, now] = pair else { continue };
        for (id, old) in stand_ins(&before.content.lines, &now.content.lines) {
            let Some(line) = before.content.lines.iter().find(|line| line.id == old) else { continue };
            let mut names = former.get(&old).cloned().unwrap_or_default();
            names.push(Former { id: line.id, number: line.number });
            former.insert(id, names);
        }
    }
    former
}

/// An older program kept of a length only the last day, and began lines on the day on which they were written unless
/// another was named.
fn say_length(line: &mut Line, written_on: NaiveDate) {
    if let (Length::Ongoing, Some(end)) = (line.length, line.end) {
        line.length = Length::Until(end);
    }
    line.start_is_named |= line.start != written_on;
}

/// Cancels what is due of a line although an intake of an earlier edition stands for it.
fn take_back_twins(tx: &mut WriteTx<'_>, patient: UserId, line: &Line, zone: Tz) -> Result<()> {
    let now = tx.now();
    let today = now.day_in(zone);
    let first = today.checked_sub_days(Days::new(2)).unwrap_or(today);
    let meals = USERS.get(tx, &patient)?.map(|user| user.preferences.meal_times).unwrap_or_default();
    for ((_, date), mut day) in DAYS.list_range(tx, &(patient, first), &(patient, NaiveDate::MAX))? {
        let twins = twins(&day, line, date, &meals, zone);
        if twins.is_empty() {
            continue;
        }
        for twin in twins {
            take_back(tx, patient, &mut day, twin, now)?;
        }
        DAYS.put(tx, &(patient, date), &day)?;
    }
    Ok(())
}

fn twins(day: &Day, line: &Line, date: NaiveDate, meals: &MealTimes, zone: Tz) -> Vec<Dose> {
    let is_former = |dose: &&Dose| {
        line.has_number(dose.line())
            && dose.line() != line.number
            && (dose.status.is_taken() || dose.status == DoseStatus::Skipped)
    };
    let mut all = None;
    let mut twins: Vec<Dose> = Vec::new();
    for recorded in day.doses.iter().filter(is_former) {
        let all = all.get_or_insert_with(|| occurrences_on(line, meals, zone, date));
        let due = cover::needless(day, line, all, recorded).into_iter();
        twins.extend(due.filter(|dose| dose.status == DoseStatus::Due));
    }
    twins
}

fn take_back(
    tx: &mut WriteTx<'_>,
    patient: UserId,
    day: &mut Day,
    mut twin: Dose,
    now: Timestamp,
) -> Result<()> {
    twin.cancel(now);
    if let Some(message) = twin.reminder_message.take() {
        withdraw(tx, patient, message)?;
    }
    day.set(twin);
    Ok(())
}
