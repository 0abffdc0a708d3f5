//! The tables of health monitoring.

use std::collections::{BTreeMap, BTreeSet};

use super::alert_tables::{self, ALERTS, ANY, alerts_of};
use super::model::{Latest, LatestReading, Vital, VitalType};
use super::monitoring::Monitoring;
use super::news2::{Score, WINDOW};
use crate::domain::connections::access::Access;
use crate::platform::cache::Region;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::{UserId, VitalId};
use crate::platform::store::{
    AnyTable, Direction, Entries, Index, LostRows, Reader, Step, Table, WhatIsLeft, WriteTx,
};

/// All measurements, those marked as wrong too.
pub const VITALS: Table<VitalId, Vital> = Table::new(120, "vitals").indexed(index_vitals);
/// By `(patient, type, time, number)`; each also stands under [`ANY`] in the place of its type. The patient's running
/// number orders what was measured at one instant as it was recorded.
pub const BY_TIME: Index<(UserId, u8, Timestamp, u64), VitalId> = Index::many(120, 1);
/// The newest measurements of each patient.
pub const LATEST: Table<UserId, Latest> = Table::new(121, "vitals_latest");
/// What doctors set for a patient's monitoring.
pub const MONITORING: Table<UserId, Monitoring> = Table::new(122, "monitoring");
/// Complete early warning scores, by when and by the measurement that completed them.
pub const SCORES: Table<(UserId, Timestamp, VitalId), Score> = Table::new(124, "news2_scores");

fn index_vitals(_: &VitalId, vital: &Vital, entries: &mut Entries) {
    entries.add(&BY_TIME, &(vital.patient, ANY, vital.measured_at, vital.number));
    entries.add(&BY_TIME, &(vital.patient, vital.vital_type().key(), vital.measured_at, vital.number));
}

/// The patient's next running number, for a measurement or an alert.
///
/// # Errors
/// When the store cannot be read.
pub fn next_number(tx: &mut WriteTx<'_>, access: &Access) -> Result<u64> {
    let mut latest = known_latest(tx, access.patient())?;
    latest.last_number = latest.last_number.saturating_add(1);
    LATEST.put(tx, &access.patient(), &latest)?;
    Ok(latest.last_number)
}

/// Writes a measurement and brings the patient's newest ones up to date.
///
/// # Errors
/// When the store cannot be read.
pub fn save(tx: &mut WriteTx<'_>, access: &Access, vital: &Vital) -> Result<()> {
    debug_assert_eq!(access.patient(), vital.patient, "a measurement stays with its patient");
    VITALS.put(tx, &vital.id, vital)?;
    tx.touch(Region::Vitals, vital.patient);
    // One that was lost with a damaged page keeps nobody from writing down another.
    let newest = newest(&WhatIsLeft(tx), access, vital.vital_type(), 1)?.into_iter().next();
    let mut latest = known_latest(tx, vital.patient)?;
    latest.readings.retain(|reading| reading.vital_type != vital.vital_type());
    latest.readings.extend(newest.as_ref().map(latest_of));
    latest.readings.sort_by_key(|reading| reading.vital_type);
    LATEST.put(tx, &vital.patient, &latest)
}

fn latest_of(vital: &Vital) -> LatestReading {
    LatestReading {
        vital_type: vital.vital_type(),
        vital: vital.id,
        measured_at: vital.measured_at,
        severity: vital.severity,
        alerted: vital.alert.is_some(),
    }
}

/// The measurement with this id.
///
/// # Errors
/// `vital_not_found`, also when it is another patient's.
pub fn require(tx: &dyn Reader, access: &Access, id: VitalId) -> Result<Vital> {
    let found = VITALS.get(tx, &id)?.filter(|vital| vital.patient == access.patient());
    found.ok_or_else(|| Error::not_found("vital_not_found"))
}

/// Whose measurement it is, for asking whether the caller may know of it.
///
/// # Errors
/// `vital_not_found`.
pub fn patient_of(tx: &dyn Reader, id: VitalId) -> Result<UserId> {
    Ok(VITALS.require(tx, &id, "vital_not_found")?.patient)
}

/// The newest measurements of a type that are not marked as wrong, newest first.
///
/// # Errors
/// When the store cannot be read.
pub fn newest(tx: &dyn Reader, access: &Access, vital_type: VitalType, most: usize) -> Result<Vec<Vital>> {
    let mut found = Vec::new();
    visit(tx, access, Some(vital_type), (Timestamp::MIN, None), Direction::Backward, |vital| {
        if vital.withdrawn.is_none() {
            found.push(vital);
        }
        Ok(if found.len() < most { Step::Continue } else { Step::Stop })
    })?;
    Ok(found)
}

/// Where a walk through measurements ends, exclusively: at a time, or at the measurement of that time with this number.
pub type End = Option<(Timestamp, Option<u64>)>;

/// Shows the measurements of a patient with `from <= measured_at < end`, those marked as wrong too, until the
/// visitor stops.
///
/// # Errors
/// The visitor's, or when the store cannot be read.
pub fn visit(
    tx: &dyn Reader,
    access: &Access,
    vital_type: Option<VitalType>,
    (from, end): (Timestamp, End),
    direction: Direction,
    mut visit: impl FnMut(Vital) -> Result<Step>,
) -> Result<()> {
    let kind = vital_type.map_or(ANY, VitalType::key);
    let start = (access.patient(), kind, from);
    let mut show = |_, id| match VITALS.get(tx, &id)? {
        Some(vital) => visit(vital),
        None => Ok(Step::Continue),
    };
    match end {
        None => BY_TIME.visit_range(tx, &start, &(access.patient(), kind + 1), direction, &mut show),
        Some((time, None)) => {
            BY_TIME.visit_range(tx, &start, &(access.patient(), kind, time), direction, &mut show)
        }
        Some((time, Some(number))) => {
            BY_TIME.visit_range(tx, &start, &(access.patient(), kind, time, number), direction, &mut show)
        }
    }
}

/// What doctors set for the patient's monitoring.
///
/// # Errors
/// When the store cannot be read.
pub fn monitoring(tx: &dyn Reader, access: &Access) -> Result<Monitoring> {
    Ok(MONITORING.get(tx, &access.patient())?.unwrap_or_default())
}

/// What doctors set for the patient's monitoring; nothing when that was lost with a damaged page.
///
/// # Errors
/// When the store cannot be read.
pub fn known_monitoring(tx: &dyn Reader, access: &Access) -> Result<Option<Monitoring>> {
    match monitoring(tx, access) {
        Err(error) if error.kind() == Kind::Damaged => Ok(None),
        known => known.map(Some),
    }
}

/// Writes what a doctor sets for the patient's monitoring.
///
/// # Errors
/// When the store cannot be read.
pub fn save_monitoring(tx: &mut WriteTx<'_>, access: &Access, monitoring: &Monitoring) -> Result<()> {
    MONITORING.put(tx, &access.patient(), monitoring)
}

/// The patient's newest measurements.
///
/// # Errors
/// When the store cannot be read.
pub fn latest(tx: &dyn Reader, access: &Access) -> Result<Latest> {
    Ok(LATEST.get(tx, &access.patient())?.unwrap_or_default())
}

/// Keeps a complete early warning score.
///
/// # Errors
/// When the store cannot be read.
pub fn save_score(tx: &mut WriteTx<'_>, access: &Access, by: VitalId, score: &Score) -> Result<()> {
    SCORES.put(tx, &(access.patient(), score.at, by), score)
}

/// The patient's last complete scores, newest first.
///
/// # Errors
/// When the store cannot be read.
pub fn last_scores(tx: &dyn Reader, access: &Access, most: usize) -> Result<Vec<Score>> {
    let mut scores = Vec::new();
    SCORES.visit_prefix(tx, &access.patient(), Direction::Backward, |_, score| {
        scores.push(score);
        Ok(if scores.len() < most { Step::Continue } else { Step::Stop })
    })?;
    Ok(scores)
}

/// Removes the scores that rest on a measurement which turned out to be wrong.
///
/// # Errors
/// When the store cannot be read.
pub fn drop_scores(tx: &mut WriteTx<'_>, access: &Access, vital: &Vital) -> Result<()> {
    let patient = access.patient();
    let end = vital.measured_at.plus(WINDOW).plus(Span::milliseconds(1));
    for (key, score) in SCORES.list_range(tx, &(patient, vital.measured_at), &(patient, end))? {
        if score.vitals.contains(&vital.id) {
            SCORES.delete(tx, &key)?;
        }
    }
    Ok(())
}

/// [`latest`], by what is left of the patient's measurements where it was lost with a damaged page.
fn known_latest(tx: &dyn Reader, patient: UserId) -> Result<Latest> {
    match LATEST.get(tx, &patient) {
        Err(error) if error.kind() == Kind::Damaged => {}
        found => return Ok(found?.unwrap_or_default()),
    }
    let known = WhatIsLeft(tx);
    let mut latest = Latest::default();
    BY_TIME.visit_prefix(&known, &(patient, ANY), Direction::Backward, |_, id| {
        if let Some(vital) = VITALS.get(&known, &id)? {
            latest.last_number = latest.last_number.max(vital.number);
            if vital.withdrawn.is_none() && latest.of(vital.vital_type()).is_none() {
                latest.readings.push(latest_of(&vital));
            }
        }
        Ok(Step::Continue)
    })?;
    for alert in alerts_of(&known, patient, None, None, usize::MAX)? {
        latest.last_number = latest.last_number.max(alert.number);
    }
    latest.readings.sort_by_key(|reading| reading.vital_type);
    latest.last_number = latest.last_number.saturating_add(NUMBERS_BEHIND_LOST);
    Ok(latest)
}

/// How far behind the greatest known one the running numbers of somebody go on of whom the greatest is lost.
const NUMBERS_BEHIND_LOST: u64 = 10_000;

/// What is unknown of [`LATEST`] where measurements are lost: of whom the newest of a type is not there any more, or may be
/// lost with what led to it.
///
/// # Errors
/// When the store cannot be read.
pub fn unknown_latest(tx: &dyn Reader, lost: &[LostRows]) -> Result<Vec<LostRows>> {
    const PERSON: usize = 16;
    let mut of_vitals =
        lost.iter().filter(|rows| !rows.passed && rows.table() == Some(VITALS.number())).peekable();
    let Some(at) = of_vitals.peek().map(|rows| rows.at) else { return Ok(Vec::new()) };
    let of_index = of_vitals.filter(|rows| rows.is_of_indexes());
    let mut unknown: Vec<LostRows> =
        of_index.map(|rows| rows.carried_over(LATEST.number(), PERSON)).collect();
    let known: BTreeMap<UserId, Latest> = LATEST.list_prefix(tx, &())?.into_iter().collect();
    let mut whose = BTreeSet::new();
    BY_TIME.visit_prefix(tx, &(), Direction::Forward, |(patient, kind, measured_at, _), id| {
        let newest = known.get(&patient).into_iter().flat_map(|latest| &latest.readings);
        let newest = newest.filter(|reading| reading.vital_type.key() == kind);
        let is_older = newest.map(|reading| reading.measured_at).max() > Some(measured_at);
        if kind != ANY && !is_older && VITALS.get(tx, &id)?.is_none() {
            whose.insert(patient);
        }
        Ok(Step::Continue)
    })?;
    unknown.extend(whose.iter().map(|patient| LostRows::of_key(&LATEST.row_key(patient), at)));
    Ok(unknown)
}

/// Everybody's newest measurements by their types, whatever is kept of them.
fn newest_of_all(
    tx: &dyn Reader,
    mut each: impl FnMut(&Vital) -> Result<()>,
) -> Result<BTreeMap<(UserId, VitalType), Vital>> {
    let mut newest: BTreeMap<(UserId, VitalType), Vital> = BTreeMap::new();
    VITALS.visit_prefix(tx, &(), Direction::Forward, |_, vital| {
        each(&vital)?;
        let place = (vital.patient, vital.vital_type());
        let is_newer = |known: &Vital| (known.measured_at, known.number) < (vital.measured_at, vital.number);
        if vital.withdrawn.is_none() && newest.get(&place).is_none_or(is_newer) {
            newest.insert(place, vital);
        }
        Ok(Step::Continue)
    })?;
    Ok(newest)
}

/// Writes down anew what everybody's newest measurements are. Where what was kept of somebody is lost, their running numbers
/// go on far behind those that are known.
///
/// # Errors
/// When the store cannot be read.
pub fn recount(tx: &mut WriteTx<'_>) -> Result<()> {
    let mut latest: BTreeMap<UserId, Latest> = BTreeMap::new();
    let newest = newest_of_all(tx, |vital| {
        let of_patient = latest.entry(vital.patient).or_default();
        of_patient.last_number = of_patient.last_number.max(vital.number);
        Ok(())
    })?;
    ALERTS.visit_prefix(tx, &(), Direction::Forward, |_, alert| {
        let of_patient = latest.entry(alert.patient).or_default();
        of_patient.last_number = of_patient.last_number.max(alert.number);
        Ok(Step::Continue)
    })?;
    // In the order of the types, as the keys are.
    for ((patient, _), vital) in newest {
        latest.entry(patient).or_default().readings.push(latest_of(&vital));
    }
    let kept: BTreeMap<UserId, Latest> = LATEST.list_prefix(tx, &())?.into_iter().collect();
    for (patient, of_patient) in &mut latest {
        let known = of_patient.last_number;
        of_patient.last_number = kept
            .get(patient)
            .map_or(known.saturating_add(NUMBERS_BEHIND_LOST), |kept| kept.last_number.max(known));
    }
    latest.iter().try_for_each(|(patient, latest)| LATEST.put(tx, patient, latest))
}

/// Describes each newest-measurement row that differs from a recount, each measurement whose alert does not exist, and what
/// is wrong with alerts.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    let mut newest = newest_of_all(tx, |vital| {
        if let Some(alert) = vital.alert
            && ALERTS.get(tx, &alert)?.is_none_or(|alert| alert.patient != vital.patient)
        {
            faults.push(format!("vital {} names an alert that the patient does not have", vital.id));
        }
        Ok(())
    })?;
    LATEST.visit_prefix(tx, &(), Direction::Forward, |patient, kept| {
        for reading in kept.readings {
            let found = newest.remove(&(patient, reading.vital_type)).map(|vital| latest_of(&vital));
            if found != Some(reading) {
                let name = reading.vital_type.name();
                faults.push(format!("the newest {name} of {patient} differs from a recount"));
            }
        }
        Ok(Step::Continue)
    })?;
    for (patient, vital_type) in newest.into_keys() {
        faults.push(format!("{patient} has measurements of {} and no newest one", vital_type.name()));
    }
    alert_tables::verify(tx, faults)
}
