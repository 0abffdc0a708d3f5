//! Writes the doses that are planned: plans them, cancels them, plans them anew. What was recorded, and what is
//! still open, stands for what a later version plans in its place; see [`super::cover`]. What becomes of open ones:
//! [`super::open`].

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::cover::to_plan;
use super::model::{Day, Dose, DoseParts, DoseStatus};
use super::planning::{HORIZON, Occurrence, occurrences};
use super::review::next_review;
use super::rules::GRACE_MINUTES_MIN;
use super::tables::{CARE, DAYS, care, save_care, touch, visit_days};
use crate::domain::connections::access::Access;
use crate::domain::prescriptions::model::{Line, Schedule};
use crate::domain::users::model::User;
use crate::platform::clock::{Span, Timestamp, start_of_day};
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::{DoseId, PrescriptionId, UserId};
use crate::platform::store::{Direction, Reader, Step, WhatIsLeft, WriteTx};

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

/// Plans the doses of settled `lines` from now to the horizon. Doses that exist stay as they are; cancelled ones
/// that the schedule names again are due again. Returns how many doses became due.
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
    plan_since(tx, access, patient, planned, zone, from)
}

/// [`plan_from`], also what lies between `from` and now: what would be open now had it been planned then.
///
/// # Errors
/// As [`plan`].
pub fn plan_since(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    planned: Planned<'_>,
    zone: Tz,
    from: Timestamp,
) -> Result<u32> {
    let to = tx.now().plus(HORIZON);
    let number =
        patient.patient_number.ok_or_else(|| Error::internal("doses are planned for patients only"))?;
    // Whole days: what lies before `from` tells how much the first of them holds.
    let since = start_of_day(from.day_in(zone), zone);
    let mut by_day: BTreeMap<NaiveDate, Vec<(&Line, Vec<Occurrence>)>> = BTreeMap::new();
    for line in planned.lines {
        if matches!(line.schedule, Schedule::Once { .. }) && has_single_dose(tx, access, line)? {
            continue;
        }
        for occurrence in occurrences(line, &patient.preferences.meal_times, zone, since, to) {
            let of_day = by_day.entry(occurrence.at.day_in(zone)).or_default();
            match of_day.last_mut() {
                Some((last, intakes)) if last.number == line.number => intakes.push(occurrence),
                _ => of_day.push((line, vec![occurrence])),
            }
        }
    }
    let mut count = 0_u32;
    let mut earliest: Option<Timestamp> = None;
    for (date, lines) in by_day {
        let mut day = DAYS.get(tx, &(access.patient(), date))?.unwrap_or_default();
        let before = count;
        for (line, all) in lines {
            for occurrence in to_plan(&day, line, &all, from) {
                let id = DoseParts { scheduled: occurrence.at, line: line.number, patient: number }.id()?;
                let mut due = due_dose(id, &planned, &occurrence);
                // What was recorded and taken back stays in the history.
                due.outcomes = day.find(id).map(|old| old.outcomes.clone()).unwrap_or_default();
                day.set(due);
                count = count.saturating_add(1);
                earliest = Some(earliest.map_or(occurrence.at, |earlier| earlier.min(occurrence.at)));
            }
        }
        if count > before {
            DAYS.put(tx, &(access.patient(), date), &day)?;
        }
    }
    look_at_planned(tx, access, earliest, zone)?;
    if earliest.is_some() {
        touch(tx, access);
    }
    Ok(count)
}

/// Makes the reminders and the sweep come in time for a planned dose at `earliest`, and has the treatment looked
/// over from the next morning on.
fn look_at_planned(
    tx: &mut WriteTx<'_>,
    access: &Access,
    earliest: Option<Timestamp>,
    zone: Tz,
) -> Result<()> {
    let before = care(tx, access)?;
    let mut care = before.clone();
    if let Some(earliest) = earliest {
        let deadline = earliest.plus(Span::minutes(i64::from(GRACE_MINUTES_MIN)));
        care.remind_at = Some(care.remind_at.map_or(earliest, |remind_at| remind_at.min(earliest)));
        care.sweep_at = Some(care.sweep_at.map_or(deadline, |sweep_at| sweep_at.min(deadline)));
    }
    care.zone.get_or_insert_with(|| zone.name().to_owned());
    care.review_at = care.review_at.or_else(|| Some(next_review(tx.now(), zone)));
    if care == before { Ok(()) } else { save_care(tx, access, &care) }
}

fn due_dose(id: DoseId, planned: &Planned<'_>, occurrence: &Occurrence) -> Dose {
    let dose = Dose::due(id, planned.prescription, planned.version, occurrence.amount);
    Dose { slot: occurrence.slot, ..dose }
}

/// Whether a line that is taken once has its dose, in whatever version. Where a day is lost it may have been on that one: it is
/// not asked for twice.
fn has_single_dose(tx: &dyn Reader, access: &Access, line: &Line) -> Result<bool> {
    let mut found = false;
    let is_it = |dose: &Dose| {
        line.has_number(dose.line())
            && dose.slot.is_none()
            && !dose.as_needed
            && dose.status != DoseStatus::Cancelled
    };
    let walked = visit_days(tx, access, line.start, Direction::Forward, |_, day| {
        found |= day.doses.iter().any(is_it);
        Ok(if found { Step::Stop } else { Step::Continue })
    });
    match walked {
        Err(error) if error.kind() == Kind::Damaged => Ok(true),
        walked => walked.map(|()| found),
    }
}

/// Marks what is due after now CANCELLED: all doses of the prescription, or of some of its lines. Returns how
/// many there were. Those of lost days are asked for no more anyway.
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
    let now = tx.now();
    let concerned = |dose: &Dose| {
        dose.status == DoseStatus::Due
            && dose.prescription == prescription
            && dose.scheduled() > after
            && lines.is_none_or(|lines| lines.contains(&dose.line()))
    };
    let mut changed: Vec<(NaiveDate, Day)> = Vec::new();
    let mut count = 0_u32;
    visit_days(&WhatIsLeft(&*tx), access, day_before(after), Direction::Forward, |date, mut day| {
        let mut hit = false;
        for dose in day.doses.iter_mut().filter(|dose| concerned(dose)) {
            dose.cancel(now);
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

/// A day that begins before `time` in every zone.
pub(super) fn day_before(time: Timestamp) -> NaiveDate {
    let day = time.day_in(Tz::UTC);
    day.checked_sub_days(Days::new(1)).unwrap_or(day)
}
