//! Where a line goes on when something else was recorded on one of its doses than was known when it was changed.
//!
//! What was taken decides how a changed line goes on: the next dose of an interval, the first of other days, how many are
//! left. When such a record is taken back or corrected, or becomes known only after the change, each change is made once
//! more, at its own time and by what is known now, so that the plan is the one that there would be had it been recorded
//! rightly at first.

use chrono_tz::Tz;

use super::change::Change;
use super::course::{carry_on, goes_on, has_dose_from};
use super::model::{Dose, DoseStatus};
use super::number::in_all;
use super::planning::Occurrence;
use super::remaining::days_between;
use crate::domain::prescriptions::model::{Amount, Line};
use crate::domain::users::model::User;
use crate::platform::clock::{Span, Timestamp, start_of_day};
use crate::platform::error::Result;

/// A line as a version of its prescription has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// The number of the version.
    pub number: u32,
    /// When it took effect.
    pub since: Timestamp,
    /// Since when the prescription was paused then: a line that goes on does so from there.
    pub paused_at: Option<Timestamp>,
    /// The line.
    pub line: Line,
}

/// Whose line it is, where, and what the time is.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The patient.
    pub patient: &'a User,
    /// The clinic's zone.
    pub zone: Tz,
    /// Now.
    pub now: Timestamp,
}

/// A line as its changes carry it on by what is known of its doses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The lines of all editions but the first.
    pub lines: Vec<Line>,
    /// How many doses the last of them had in all when it took effect: those that stood, and those still to be planned.
    pub in_all: u32,
    /// Whether life has overtaken it: doses that a later edition planned were taken or are over, or what would have been
    /// asked for is over and never was. Then the plan goes on from what was done.
    pub is_overtaken: bool,
}

/// The lines of all `editions` but the first, each carried on anew from the one before, when all that is known of the line
/// is `doses`. `used` tells how much of the medicine of an edition doses have used.
///
/// Nothing of a line that had not begun, or of which a change leaves no dose.
///
/// # Errors
/// Those of `used`.
pub fn carry_on_anew(
    editions: &[Edition],
    doses: &[Dose],
    ground: Ground<'_>,
    used: impl Fn(&Line, &[Dose]) -> Result<Amount>,
) -> Result<Option<Carried>> {
    let Ground { patient, zone, now } = ground;
    let Some((first, later)) = editions.split_first() else { return Ok(None) };
    if first.line.course.is_none() {
        return Ok(None);
    }
    let standing_at = |number, since| -> Vec<Dose> {
        doses.iter().filter_map(|dose| as_of(dose, number, since, patient)).collect()
    };
    let meals = &patient.preferences.meal_times;
    let is_overtaken = is_overtaken(first.number, later, doses, ground);
    let mut carried = Carried { lines: Vec::with_capacity(later.len()), in_all: 0, is_overtaken };
    let ends = later.iter().skip(1).map(|next| (next.number, next.since)).chain([(u32::MAX, now)]);
    for (edition, (next, until)) in later.iter().zip(ends) {
        let old = carried.lines.last().unwrap_or(&first.line);
        let mut at = edition.paused_at.unwrap_or(edition.since);
        let mut standing = standing_at(edition.number, at);
        let change = Change { meals, zone, now: at, standing: &standing, used: Amount::ZERO };
        if at < edition.since && !goes_on(old, &edition.line, change) {
            at = edition.since;
            standing = standing_at(edition.number, at);
        }
        let used = used(&edition.line, &standing)?;
        let change = Change { meals, zone, now: at, standing: &standing, used };
        let line = carry_on(old, &edition.line, change);
        if !line.is_as_needed() && !has_dose_from(&line, meals, zone, Timestamp::default()) {
            return Ok(None);
        }
        let stood = standing_at(next, until);
        let asked = asked_between(&line, Change { standing: &stood, ..change }, until);
        carried.is_overtaken |= asked.iter().any(|asked| deadline(patient, asked.at) <= until);
        carried.in_all = in_all(&line, change);
        carried.lines.push(line);
    }
    Ok(Some(carried))
}

/// Whether a dose that a later version than the `first` one planned was taken or is over.
fn is_overtaken(first: u32, later: &[Edition], doses: &[Dose], ground: Ground<'_>) -> bool {
    doses.iter().filter(|dose| dose.version > first && !dose.as_needed).any(|dose| {
        let planned_by = later.iter().find(|edition| edition.number == dose.version);
        // What was open when a version took effect was handed over to it, and what was recorded before is none of its own.
        let was_handed_over = planned_by
            .is_some_and(|edition| dose.scheduled() <= edition.since || was_recorded(dose, edition.since));
        let is_over =
            dose.status != DoseStatus::Cancelled && deadline(ground.patient, dose.scheduled()) <= ground.now;
        !was_handed_over && (dose.status.is_taken() || is_over)
    })
}

/// The dose as it stood when version `number` took effect at `since`: recorded, whenever that became known, open, or over;
/// nothing when it was still to come, cancelled before, or not planned yet.
fn as_of(dose: &Dose, number: u32, since: Timestamp, patient: &User) -> Option<Dose> {
    let was_planned = dose.version < number || dose.scheduled() <= since || was_recorded(dose, since);
    if dose.as_needed || !was_planned {
        return None;
    }
    if dose.status.is_taken() || dose.status == DoseStatus::Skipped {
        return Some(dose.clone());
    }
    let is_cancelled = dose.status == DoseStatus::Cancelled;
    let was_cancelled = is_cancelled && dose.cancelled_at.is_none_or(|cancelled_at| cancelled_at < since);
    let is_open = deadline(patient, dose.scheduled()) > since;
    // One that an earlier change had left out while it was open is still to be given at another time.
    if was_cancelled && !(dose.asked_again && is_open) || dose.scheduled() > since {
        return None;
    }
    let status = if is_open { DoseStatus::Due } else { DoseStatus::Missed };
    // What a change had made of it was not so before that.
    let asked_again = dose.asked_again && (was_cancelled || !is_cancelled);
    Some(Dose { status, asked_again, ..dose.clone() })
}

/// Whether what holds of the dose was done before `since`, whenever that became known.
fn was_recorded(dose: &Dose, since: Timestamp) -> bool {
    let is_record = dose.status.is_taken() || dose.status == DoseStatus::Skipped;
    is_record && dose.outcome().is_some_and(|outcome| outcome.at < since)
}

fn deadline(patient: &User, scheduled: Timestamp) -> Timestamp {
    let grace_minutes = patient.preferences.grace_minutes_at(scheduled);
    scheduled.plus(Span::minutes(i64::from(grace_minutes)))
}

/// What `line` would have planned between the time of the change and `until` that nothing stands for.
fn asked_between(line: &Line, change: Change<'_>, until: Timestamp) -> Vec<Occurrence> {
    let from = start_of_day(change.now.day_in(change.zone), change.zone);
    let days = days_between(line, (from, until), change);
    days.into_values().flat_map(|of_day| of_day.ahead).collect()
}
