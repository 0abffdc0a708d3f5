//! What becomes of doses that are open, past their time and within their grace period, when their line is changed or ends;
//! and what stands of a line then.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::cover::named_by;
use super::lost::{Treatment, as_planned};
use super::model::{Day, Dose, DoseStatus};
use super::moved_ahead::still_to_come;
use super::plans::{Planned, day_before};
use super::rules::{GRACE_MINUTES_MAX, before_pause, comes_back};
use super::tables::{DAYS, touch, visit_days_until};
use crate::domain::connections::access::Access;
use crate::domain::prescriptions::model::Line;
use crate::domain::users::model::User;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::Result;
use crate::platform::ids::{NotificationId, PrescriptionId};
use crate::platform::store::{Reader, Step, WhatIsLeft, WriteTx};

/// Cancels doses that are past their time and within their grace period, all of the prescription or of some of its
/// lines: it was stopped or taken out. What was done before then can still be recorded. Returns how many there were, with
/// the messages that remind of them.
///
/// # Errors
/// When the store cannot be read.
pub fn cancel_open(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    prescription: PrescriptionId,
    lines: Option<&[u32]>,
) -> Result<(u32, Vec<NotificationId>)> {
    cancel_each_open(tx, access, patient, |dose| {
        let is_concerned =
            dose.prescription == prescription && lines.is_none_or(|lines| lines.contains(&dose.line()));
        is_concerned.then(|| dose.clone())
    })
}

/// Cancels doses that are past their time and within their grace period, as what `concerned` makes of them.
pub(super) fn cancel_each_open(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    concerned: impl Fn(&Dose) -> Option<Dose>,
) -> Result<(u32, Vec<NotificationId>)> {
    let now = tx.now();
    let old =
        change_open(tx, access, patient, |_, _, dose| Ok(concerned(dose).map(|dose| cancelled(&dose, now))))?;
    let count = u32::try_from(old.len()).unwrap_or(u32::MAX);
    Ok((count, old.into_iter().filter_map(|dose| dose.reminder_message).collect()))
}

/// Hands doses that are past their time and within their grace period to the version that took the place of their own:
/// what it still names has its amount and its medicine from now on, what it does not name any more is cancelled. Returns
/// how many were cancelled, with the messages that say what is no longer true; `says_otherwise` tells whether the line
/// names another medicine than the dose did.
///
/// # Errors
/// When the store cannot be read.
pub fn hand_over_open(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    planned: Planned<'_>,
    zone: Tz,
    says_otherwise: impl Fn(&dyn Reader, &Dose, &Line) -> Result<bool>,
) -> Result<(u32, Vec<NotificationId>)> {
    let now = tx.now();
    let meals = &patient.preferences.meal_times;
    let mut untrue = Vec::new();
    let mut count = 0_u32;
    change_open(tx, access, patient, |tx, day, dose| {
        let line = planned.lines.iter().find(|line| line.has_number(dose.line()));
        let Some(line) = line.filter(|_| dose.prescription == planned.prescription) else { return Ok(None) };
        let Some(named) = named_by(line, meals, zone, day, dose, now) else {
            untrue.extend(dose.reminder_message);
            count = count.saturating_add(1);
            return Ok(Some(Dose { asked_again: true, ..cancelled(dose, now) }));
        };
        if dose.amount != named.amount || says_otherwise(tx, dose, line)? {
            untrue.extend(dose.reminder_message);
        }
        let (version, amount, slot) = (planned.version, named.amount, named.slot);
        Ok(Some(Dose { version, amount, slot, ..dose.clone() }))
    })?;
    Ok((count, untrue))
}

fn cancelled(dose: &Dose, now: Timestamp) -> Dose {
    let mut dose = dose.clone();
    dose.cancel(now);
    dose.reminder_message = None;
    dose
}

/// Puts what `change` makes of them in the place of doses that are past their time and within their grace period.
/// Returns those that were changed, as they were.
fn change_open(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    mut change: impl FnMut(&dyn Reader, &Day, &Dose) -> Result<Option<Dose>>,
) -> Result<Vec<Dose>> {
    let now = tx.now();
    let is_open = |dose: &&Dose| {
        let grace_minutes = patient.preferences.grace_minutes_at(dose.scheduled());
        dose.status == DoseStatus::Due && dose.scheduled() <= now && dose.deadline(grace_minutes) > now
    };
    let mut changed: Vec<(NaiveDate, Day)> = Vec::new();
    let mut old = Vec::new();
    let last = now.day_in(Tz::UTC).checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    let first = day_before(now.minus(Span::minutes(i64::from(GRACE_MINUTES_MAX))));
    // Of a lost day nothing is open any more.
    let reader = &WhatIsLeft(&*tx);
    visit_days_until(reader, access, first, last, |date, mut day| {
        let before = old.len();
        for dose in day.doses.iter().filter(is_open).cloned().collect::<Vec<_>>() {
            if let Some(new) = change(reader, &day, &dose)? {
                day.set(new);
                old.push(dose);
            }
        }
        if old.len() > before {
            changed.push((date, day));
        }
        Ok(Step::Continue)
    })?;
    for (date, day) in &changed {
        DAYS.put(tx, &(access.patient(), *date), day)?;
    }
    if !changed.is_empty() {
        touch(tx, access);
    }
    Ok(old)
}

/// All doses of `line` that were recorded, missed or are open, from `since` on, when its prescription first took effect: what
/// stands of it whatever becomes of its schedule. One past its grace period that the sweep has not seen is missed, as is one
/// that is asked for again at a time to come. What a pause cancelled while it was open stands as if there were no pause. Of days
/// that are lost stands what was planned; see [`super::lost`].
///
/// # Errors
/// When the store cannot be read.
pub fn standing(
    tx: &dyn Reader,
    access: &Access,
    treatment: Treatment<'_>,
    line: &Line,
) -> Result<Vec<Dose>> {
    let now = tx.now();
    standing_at(tx, access, (treatment, line), now, Dose::clone)
}

/// [`standing`] of a line whose treatment was paused at `paused_at` and has not gone on since, as it was right before then,
/// with what was recorded later.
///
/// # Errors
/// As [`standing`].
pub fn standing_before_pause(
    tx: &dyn Reader,
    access: &Access,
    treatment: Treatment<'_>,
    line: &Line,
    paused_at: Timestamp,
) -> Result<Vec<Dose>> {
    standing_at(tx, access, (treatment, line), paused_at, |dose| before_pause(dose, paused_at))
}

/// The doses that stand at `now` when each is what `seen` makes of it.
fn standing_at(
    tx: &dyn Reader,
    access: &Access,
    (treatment, line): (Treatment<'_>, &Line),
    now: Timestamp,
    seen: impl Fn(&Dose) -> Dose,
) -> Result<Vec<Dose>> {
    let (patient, first) = (treatment.patient, treatment.first_day(line));
    let last = tx.now().day_in(Tz::UTC).checked_add_days(Days::new(9)).unwrap_or(NaiveDate::MAX);
    let mut found = as_planned(tx, access, treatment, line)?;
    found.retain(|dose| dose.scheduled() <= now);
    visit_days_until(&WhatIsLeft(tx), access, first, last, |_, day| {
        let day = Day { doses: day.doses.iter().map(&seen).collect() };
        // What was written after a day was lost is known.
        found.retain(|dose| day.find(dose.id).is_none());
        found.extend(standing_on(&day, line, patient, now));
        Ok(Step::Continue)
    })?;
    found.sort_by_key(Dose::scheduled);
    Ok(found)
}

/// What stands of `line` on a day; see [`standing`].
pub(super) fn standing_on(day: &Day, line: &Line, patient: &User, now: Timestamp) -> Vec<Dose> {
    let grace_minutes = |dose: &Dose| patient.preferences.grace_minutes_at(dose.scheduled());
    let is_open = |dose: &Dose| dose.deadline(grace_minutes(dose)) > now;
    let to_come = still_to_come(day, line, is_open, now);
    let is_standing = |dose: &&Dose| {
        line.has_number(dose.line())
            && !dose.as_needed
            && (dose.status != DoseStatus::Cancelled
                || to_come.contains(&dose.id)
                || comes_back(dose, grace_minutes(dose), now))
            && (dose.status != DoseStatus::Due || dose.scheduled() <= now)
    };
    let as_it_stands = |dose: &Dose| {
        let status = match dose.status {
            DoseStatus::Due | DoseStatus::Cancelled if !is_open(dose) => DoseStatus::Missed,
            DoseStatus::Cancelled => DoseStatus::Due,
            status => status,
        };
        Dose { status, ..dose.clone() }
    };
    day.doses.iter().filter(is_standing).map(as_it_stands).collect()
}
