//! The doses' tables.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::model::{Care, Day, Dose, DoseParts};
use crate::domain::connections::access::Access;
use crate::platform::cache::Region;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::{DoseId, UserId};
use crate::platform::store::{Direction, Entries, Index, Reader, Step, Table, WhatIsLeft, WriteTx};

/// A patient's doses, one row for each day of the clinic's calendar.
pub const DAYS: Table<(UserId, NaiveDate), Day> = Table::new(60, "dose_days");
/// What the sweep and the planning know about each patient.
pub const CARE: Table<UserId, Care> = Table::new(61, "care").indexed(index_care);
/// Patients by the time when the sweep must look at them.
pub const BY_SWEEP: Index<Timestamp, UserId> = Index::many(61, 1);
/// Patients by the time when a reminder is to be sent to them.
pub const BY_REMINDER: Index<Timestamp, UserId> = Index::many(61, 2);
/// Patients by the time when their treatment is to be looked over.
pub const BY_REVIEW: Index<Timestamp, UserId> = Index::many(61, 3);

fn index_care(_: &UserId, care: &Care, entries: &mut Entries) {
    if let Some(sweep_at) = care.sweep_at {
        entries.add(&BY_SWEEP, &sweep_at);
    }
    if let Some(remind_at) = care.remind_at {
        entries.add(&BY_REMINDER, &remind_at);
    }
    if let Some(review_at) = care.review_at {
        entries.add(&BY_REVIEW, &review_at);
    }
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

/// Earlier than whatever is due.
const AT_ONCE: Option<Timestamp> = Some(Timestamp::from_milliseconds(0));

/// Writes down what sweep and planning must know of patients of whom it was lost: what is due now is looked at now, and no
/// number of a line is given twice. `last_lines` are the greatest known ones by patient.
///
/// # Errors
/// When the store cannot be read.
pub fn begin_care_anew(tx: &mut WriteTx<'_>, last_lines: &BTreeMap<UserId, u32>) -> Result<()> {
    /// Lines of lost prescriptions may have had greater numbers than any that is left.
    const BEHIND_LOST: u32 = 1_000;
    for (patient, last_line) in last_lines {
        if CARE.get(tx, patient)?.is_none() {
            let due = Care { sweep_at: AT_ONCE, remind_at: AT_ONCE, review_at: AT_ONCE, ..Care::default() };
            CARE.put(tx, patient, &Care { next_line: last_line.saturating_add(BEHIND_LOST), ..due })?;
        }
    }
    // Some that led to the lost ones may be left.
    CARE.rebuild_indexes(tx)
}

/// Has everybody's doses looked at now, and those of active prescriptions planned again where they are not there.
///
/// # Errors
/// When the store cannot be read.
pub fn plan_anew(tx: &mut WriteTx<'_>) -> Result<()> {
    for (patient, care) in CARE.list_prefix(tx, &())? {
        let due =
            Care { sweep_at: AT_ONCE, remind_at: AT_ONCE, review_at: AT_ONCE, extended_at: None, ..care };
        CARE.put(tx, &patient, &due)?;
    }
    Ok(())
}

/// Makes the reminders come at `at` at the latest.
///
/// # Errors
/// When the store cannot be read.
pub fn remind_no_later_than(tx: &mut WriteTx<'_>, access: &Access, at: Timestamp) -> Result<()> {
    let mut care = care(tx, access)?;
    if care.remind_at.is_none_or(|remind_at| at < remind_at) {
        care.remind_at = Some(at);
        save_care(tx, access, &care)?;
    }
    Ok(())
}

/// Makes the sweep come at `at` at the latest.
///
/// # Errors
/// When the store cannot be read.
pub fn sweep_no_later_than(tx: &mut WriteTx<'_>, access: &Access, at: Timestamp) -> Result<()> {
    let mut care = care(tx, access)?;
    if care.sweep_at.is_none_or(|sweep_at| at < sweep_at) {
        care.sweep_at = Some(at);
        save_care(tx, access, &care)?;
    }
    Ok(())
}

/// Patients whose time has come in `index`, but for those passed over, the most overdue first, at most `limit`: [`BY_SWEEP`],
/// [`BY_REMINDER`] or [`BY_REVIEW`].
///
/// # Errors
/// When the store cannot be read.
pub fn patients_due(
    tx: &dyn Reader,
    index: &Index<Timestamp, UserId>,
    limit: usize,
    passed_over: &BTreeSet<UserId>,
) -> Result<Vec<UserId>> {
    let mut patients = Vec::new();
    let end = tx.now().plus(Span::milliseconds(1));
    index.visit_until(&WhatIsLeft(tx), &end, |_, patient| {
        if !passed_over.contains(&patient) {
            patients.push(patient);
        }
        Ok(if patients.len() < limit { Step::Continue } else { Step::Stop })
    })?;
    Ok(patients)
}

/// Patients who have or had doses, in the order of their ids, those that follow `after`, at most `limit`.
///
/// # Errors
/// When the store cannot be read.
pub fn patients_after(tx: &dyn Reader, after: Option<UserId>, limit: usize) -> Result<Vec<UserId>> {
    CARE.keys_left_after(tx, after.as_ref(), limit)
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
    let mut days = Vec::new();
    visit_days_until(tx, access, from, to, |date, day| {
        days.push((date, day));
        Ok(Step::Continue)
    })?;
    Ok(days)
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
    let (first, last) = match direction {
        Direction::Forward => (start, NaiveDate::MAX),
        Direction::Backward => (NaiveDate::MIN, start),
    };
    let mut show = |(_, date): (UserId, NaiveDate), day| visit(date, day);
    DAYS.visit_through(tx, &(patient, first), &(patient, last), direction, &mut show)
}

/// Shows the patient's days with doses from `first` to `last`, both included.
///
/// # Errors
/// The visitor's, or when the store cannot be read.
pub fn visit_days_until(
    tx: &dyn Reader,
    access: &Access,
    first: NaiveDate,
    last: NaiveDate,
    mut visit: impl FnMut(NaiveDate, Day) -> Result<Step>,
) -> Result<()> {
    let patient = access.patient();
    let mut show = |(_, date): (UserId, NaiveDate), day| visit(date, day);
    DAYS.visit_through(tx, &(patient, first), &(patient, last), Direction::Forward, &mut show)
}

/// What of a walk over days was lost with a damaged page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LostDays {
    /// Why a day up to today was passed over.
    pub behind: Option<String>,
    /// Tomorrow, where the walk ended before a day to come: whoever looks again then finds what is lost of that day.
    pub ahead: Option<NaiveDate>,
}

/// Shows the patient's days with doses from `first` on, until the visitor stops. Lost ones up to `today` are passed over, so
/// that one keeps none of the others from being seen to; the walk ends before lost days to come.
///
/// # Errors
/// The visitor's, or when the store cannot be read.
pub fn visit_known_days(
    tx: &dyn Reader,
    access: &Access,
    first: NaiveDate,
    today: NaiveDate,
    mut visit: impl FnMut(NaiveDate, Day) -> Result<Step>,
) -> Result<LostDays> {
    let mut lost = LostDays::default();
    let known = match days(tx, access, first, today) {
        Err(error) if error.kind() == Kind::Damaged => {
            lost.behind = Some(error.to_string());
            days(&WhatIsLeft(tx), access, first, today)?
        }
        known => known?,
    };
    for (date, day) in known {
        if visit(date, day)? == Step::Stop {
            return Ok(lost);
        }
    }
    let tomorrow = today.succ_opt().unwrap_or(NaiveDate::MAX);
    match visit_days(tx, access, tomorrow.max(first), Direction::Forward, visit) {
        Err(error) if error.kind() == Kind::Damaged => lost.ahead = Some(tomorrow),
        ended => ended?,
    }
    Ok(lost)
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

/// Drops what the cache keeps of the patient's doses.
pub(super) fn touch(tx: &mut WriteTx<'_>, access: &Access) {
    tx.touch(Region::Doses, access.patient());
    tx.touch(Region::Adherence, access.patient());
}
