//! The doses' tables.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::model::{Care, Day, Dose, DoseParts, DoseStatus};
use super::planning::{HORIZON, Occurrence, occurrences};
use super::rules::GRACE_MINUTES_MIN;
use crate::domain::connections::access::Access;
use crate::domain::prescriptions::model::{Line, Schedule};
use crate::domain::users::model::User;
use crate::platform::cache::Region;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::{Error, Result};
use crate::platform::ids::{DoseId, PrescriptionId, UserId};
use crate::platform::store::{Direction, Entries, Index, Reader, Step, Table, WriteTx};

/// A patient's doses, one row for each day of the clinic's calendar.
pub const DAYS: Table<(UserId, NaiveDate), Day> = Table::new(60, "dose_days");
/// What the sweep and the planning know about each patient.
pub const CARE: Table<UserId, Care> = Table::new(61, "care").indexed(index_care);
/// Patients by the time when the sweep must look at them.
pub const BY_SWEEP: Index<Timestamp, UserId> = Index::many(61, 1);

fn index_care(_: &UserId, care: &Care, entries: &mut Entries) {
    if let Some(sweep_at) = care.sweep_at {
        entries.add(&BY_SWEEP, &sweep_at);
    }
}

/// What to plan: the lines of one version of a prescription.
#[derive(Debug, Clone, Copy)]
pub struct Planned<'a> {
    /// The prescription.
    pub prescription: PrescriptionId,
    /// Its version.
    pub version: u32,
    /// Its lines.
    pub lines: &'a [Line],
}

/// Plans the doses of `lines` from now to the horizon. Doses that exist stay as they are; cancelled ones that
/// the schedule names again are due again. Returns how many doses became due.
///
/// # Errors
/// When `patient` has no patient number, or the store cannot be read.
pub fn plan(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    prescription: PrescriptionId,
    version: u32,
    lines: &[Line],
    zone: Tz,
) -> Result<u32> {
    let from = tx.now();
    plan_from(tx, access, patient, Planned { prescription, version, lines }, zone, from)
}

/// [`plan`], but leaving alone what lies before `from`; never plans the past.
///
/// # Errors
/// As [`plan`].
pub fn plan_from(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    planned: Planned<'_>,
    zone: Tz,
    from: Timestamp,
) -> Result<u32> {
    let from = from.max(tx.now());
    let to = tx.now().plus(HORIZON);
    let number =
        patient.patient_number.ok_or_else(|| Error::internal("doses are planned for patients only"))?;
    let mut by_day: BTreeMap<NaiveDate, Vec<(u32, Occurrence)>> = BTreeMap::new();
    for line in planned.lines {
        if matches!(line.schedule, Schedule::Once { .. }) && has_dose(tx, access, line)? {
            continue;
        }
        for occurrence in occurrences(line, &patient.preferences.meal_times, zone, from, to) {
            by_day.entry(occurrence.at.day_in(zone)).or_default().push((line.number, occurrence));
        }
    }
    let mut count = 0_u32;
    let mut earliest: Option<Timestamp> = None;
    for (date, intakes) in by_day {
        let mut day = DAYS.get(tx, &(access.patient(), date))?.unwrap_or_default();
        let before = count;
        for (line, occurrence) in intakes {
            let id = DoseParts { scheduled: occurrence.at, line, patient: number }.id()?;
            if day.find(id).is_some_and(|dose| dose.status != DoseStatus::Cancelled) {
                continue;
            }
            day.set(due_dose(id, &planned, &occurrence));
            count = count.saturating_add(1);
            earliest = Some(earliest.map_or(occurrence.at, |earlier| earlier.min(occurrence.at)));
        }
        if count > before {
            DAYS.put(tx, &(access.patient(), date), &day)?;
        }
    }
    if let Some(earliest) = earliest {
        let look_at = earliest.plus(Span::minutes(i64::from(GRACE_MINUTES_MIN)));
        sweep_no_later_than(tx, access, look_at)?;
        touch(tx, access);
    }
    Ok(count)
}

fn due_dose(id: DoseId, planned: &Planned<'_>, occurrence: &Occurrence) -> Dose {
    Dose {
        id,
        prescription: planned.prescription,
        version: planned.version,
        amount: occurrence.amount,
        slot: occurrence.slot,
        as_needed: false,
        status: DoseStatus::Due,
        outcomes: Vec::new(),
        snoozes: 0,
        snoozed_until: None,
    }
}

/// Whether a line that is taken once has its dose.
fn has_dose(tx: &dyn Reader, access: &Access, line: &Line) -> Result<bool> {
    let mut found = false;
    visit_days(tx, access, line.start, Direction::Forward, |_, day| {
        found |=
            day.doses.iter().any(|dose| dose.line() == line.number && dose.status != DoseStatus::Cancelled);
        Ok(if found { Step::Stop } else { Step::Continue })
    })?;
    Ok(found)
}

/// Marks what is due after now CANCELLED: all doses of the prescription, or of some of its lines. Returns how
/// many there were.
///
/// # Errors
/// When the store cannot be read.
pub fn cancel_future(
    tx: &mut WriteTx<'_>,
    access: &Access,
    prescription: PrescriptionId,
    lines: Option<&[u32]>,
) -> Result<u32> {
    let after = tx.now();
    cancel_after(tx, access, prescription, lines, after)
}

/// [`cancel_future`] of what is due after `after` instead of now.
///
/// # Errors
/// As [`cancel_future`].
pub fn cancel_after(
    tx: &mut WriteTx<'_>,
    access: &Access,
    prescription: PrescriptionId,
    lines: Option<&[u32]>,
    after: Timestamp,
) -> Result<u32> {
    let concerned = |dose: &Dose| {
        dose.status == DoseStatus::Due
            && dose.prescription == prescription
            && dose.scheduled() > after
            && lines.is_none_or(|lines| lines.contains(&dose.line()))
    };
    let mut changed: Vec<(NaiveDate, Day)> = Vec::new();
    let mut count = 0_u32;
    visit_days(tx, access, day_before(after), Direction::Forward, |date, mut day| {
        let mut hit = false;
        for dose in day.doses.iter_mut().filter(|dose| concerned(dose)) {
            dose.status = DoseStatus::Cancelled;
            dose.snoozed_until = None;
            hit = true;
            count = count.saturating_add(1);
        }
        if hit {
            changed.push((date, day));
        }
        Ok(Step::Continue)
    })?;
    for (date, day) in &changed {
        DAYS.put(tx, &(access.patient(), *date), day)?;
    }
    if count > 0 {
        touch(tx, access);
    }
    Ok(count)
}

/// Cancels the prescription's doses from `from` on and plans them anew, for example because meal times have
/// changed. With the start of tomorrow as `from`, today's doses stay as they are and none is taken twice.
///
/// # Errors
/// As [`plan`].
pub fn replan(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    planned: Planned<'_>,
    zone: Tz,
    from: Timestamp,
) -> Result<u32> {
    let last_kept = from.minus(Span::milliseconds(1));
    cancel_after(tx, access, planned.prescription, None, last_kept)?;
    plan_from(tx, access, patient, planned, zone, from)
}

/// The number for a new medication line of the patient, from 1.
///
/// # Errors
/// When the store cannot be read.
pub fn next_line_number(tx: &mut WriteTx<'_>, patient: UserId) -> Result<u32> {
    let mut care = CARE.get(tx, &patient)?.unwrap_or_default();
    care.next_line = care.next_line.checked_add(1).ok_or_else(|| Error::internal("no line number left"))?;
    CARE.put(tx, &patient, &care)?;
    Ok(care.next_line)
}

/// What the sweep and the planning know about the patient.
///
/// # Errors
/// When the store cannot be read.
pub fn care(tx: &dyn Reader, access: &Access) -> Result<Care> {
    Ok(CARE.get(tx, &access.patient())?.unwrap_or_default())
}

/// Writes what the sweep and the planning know about the patient.
///
/// # Errors
/// When the store cannot be read.
pub fn save_care(tx: &mut WriteTx<'_>, access: &Access, care: &Care) -> Result<()> {
    CARE.put(tx, &access.patient(), care)
}

fn sweep_no_later_than(tx: &mut WriteTx<'_>, access: &Access, look_at: Timestamp) -> Result<()> {
    let mut care = care(tx, access)?;
    if care.sweep_at.is_none_or(|sweep_at| look_at < sweep_at) {
        care.sweep_at = Some(look_at);
        save_care(tx, access, &care)?;
    }
    Ok(())
}

/// Patients whose sweep time has come, the most overdue first, at most `limit`.
///
/// # Errors
/// When the store cannot be read.
pub fn patients_to_sweep(tx: &dyn Reader, limit: usize) -> Result<Vec<UserId>> {
    let mut patients = Vec::new();
    let end = tx.now().plus(Span::milliseconds(1));
    BY_SWEEP.visit_until(tx, &end, |_, patient| {
        patients.push(patient);
        Ok(if patients.len() < limit { Step::Continue } else { Step::Stop })
    })?;
    Ok(patients)
}

/// Patients who have or had doses, in the order of their ids, those that follow `after`, at most `limit`.
///
/// # Errors
/// When the store cannot be read.
pub fn patients_after(tx: &dyn Reader, after: Option<UserId>, limit: usize) -> Result<Vec<UserId>> {
    let first = after.unwrap_or(UserId(uuid::Uuid::nil()));
    let mut patients = Vec::new();
    CARE.visit_range(tx, &first, &UserId(uuid::Uuid::max()), Direction::Forward, |patient, _| {
        if Some(patient) != after {
            patients.push(patient);
        }
        Ok(if patients.len() < limit { Step::Continue } else { Step::Stop })
    })?;
    Ok(patients)
}

/// The patient's doses of one day.
///
/// # Errors
/// When the store cannot be read.
pub fn day(tx: &dyn Reader, access: &Access, date: NaiveDate) -> Result<Day> {
    Ok(DAYS.get(tx, &(access.patient(), date))?.unwrap_or_default())
}

/// The patient's days with doses from `from` to `to`, both included.
///
/// # Errors
/// When the store cannot be read.
pub fn days(
    tx: &dyn Reader,
    access: &Access,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<(NaiveDate, Day)>> {
    let patient = access.patient();
    let end = to.succ_opt().unwrap_or(NaiveDate::MAX);
    let rows = DAYS.list_range(tx, &(patient, from), &(patient, end))?;
    Ok(rows.into_iter().map(|((_, date), day)| (date, day)).collect())
}

/// Shows the patient's days with doses from `start` on, forward or backward, until the visitor stops.
///
/// # Errors
/// The visitor's, or when the store cannot be read.
pub fn visit_days(
    tx: &dyn Reader,
    access: &Access,
    start: NaiveDate,
    direction: Direction,
    mut visit: impl FnMut(NaiveDate, Day) -> Result<Step>,
) -> Result<()> {
    let patient = access.patient();
    let (from, to) = match direction {
        Direction::Forward => ((patient, start), (patient, NaiveDate::MAX)),
        Direction::Backward => {
            ((patient, NaiveDate::MIN), (patient, start.succ_opt().unwrap_or(NaiveDate::MAX)))
        }
    };
    DAYS.visit_range(tx, &from, &to, direction, |(_, date), day| visit(date, day))
}

/// A dose with the day it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The day.
    pub date: NaiveDate,
    /// All doses of that day.
    pub day: Day,
    /// The dose.
    pub dose: Dose,
}

/// The dose with this id, unless the patient keeps its prescription from the caller.
///
/// # Errors
/// `dose_not_found`.
pub fn require(tx: &dyn Reader, access: &Access, id: DoseId, zone: Tz) -> Result<Found> {
    let missing = || Error::not_found("dose_not_found");
    let date = DoseParts::of(id).ok_or_else(missing)?.scheduled.day_in(zone);
    // A dose planned before the clinic changed its time zone stands in the day it had then.
    for date in [Some(date), date.pred_opt(), date.succ_opt()].into_iter().flatten() {
        let day = day(tx, access, date)?;
        if let Some(dose) = day.find(id).cloned() {
            return if access.covers(dose.prescription) {
                Ok(Found { date, day, dose })
            } else {
                Err(missing())
            };
        }
    }
    Err(missing())
}

/// Writes one dose into its day.
///
/// # Errors
/// When the store cannot be read.
pub fn save(tx: &mut WriteTx<'_>, access: &Access, date: NaiveDate, day: &mut Day, dose: Dose) -> Result<()> {
    day.set(dose);
    save_day(tx, access, date, day)
}

/// Writes a day.
///
/// # Errors
/// When the store cannot be read.
pub fn save_day(tx: &mut WriteTx<'_>, access: &Access, date: NaiveDate, day: &Day) -> Result<()> {
    DAYS.put(tx, &(access.patient(), date), day)?;
    touch(tx, access);
    Ok(())
}

fn touch(tx: &mut WriteTx<'_>, access: &Access) {
    tx.touch(Region::Doses, access.patient());
    tx.touch(Region::Adherence, access.patient());
}

/// A day that begins before `time` in every zone.
fn day_before(time: Timestamp) -> NaiveDate {
    let day = time.day_in(Tz::UTC);
    day.checked_sub_days(Days::new(1)).unwrap_or(day)
}

/// Describes what is wrong in the days and the sweep times; `grace_minutes` says how long a patient's grace
/// period was at an instant.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(
    tx: &dyn Reader,
    faults: &mut Vec<String>,
    grace_minutes: impl Fn(UserId, Timestamp) -> Result<u32>,
) -> Result<()> {
    let mut earliest: BTreeMap<UserId, Timestamp> = BTreeMap::new();
    DAYS.visit_prefix(tx, &(), Direction::Forward, |(patient, date), day| {
        if !day.doses.is_sorted_by(|a, b| a.id < b.id) {
            faults.push(format!("doses of {patient} on {date} are out of order"));
        }
        for dose in &day.doses {
            if DoseParts::of(dose.id).is_none() {
                faults.push(format!("dose {} has an id that was not made by the rule", dose.id));
            }
            let recorded = dose.outcome().map(|outcome| outcome.status);
            let expected = match dose.status {
                DoseStatus::Due | DoseStatus::Cancelled => None,
                status => Some(status),
            };
            if recorded != expected {
                faults.push(format!(
                    "dose {} is {} but its record says otherwise",
                    dose.id,
                    dose.status.name()
                ));
            }
            if dose.status == DoseStatus::Due {
                let deadline = dose.deadline(grace_minutes(patient, dose.scheduled())?);
                earliest.entry(patient).and_modify(|first| *first = deadline.min(*first)).or_insert(deadline);
            }
        }
        Ok(Step::Continue)
    })?;
    for (patient, deadline) in earliest {
        let sweep_at = CARE.get(tx, &patient)?.and_then(|care| care.sweep_at);
        if sweep_at.is_none_or(|sweep_at| sweep_at > deadline) {
            faults.push(format!("the sweep would come too late for the doses of {patient}"));
        }
    }
    Ok(())
}
