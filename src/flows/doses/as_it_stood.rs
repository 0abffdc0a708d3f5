//! The dose that an intake was one of, where its line was changed between the intake and its record.
//!
//! # Why the present plan does not say it
//! Who took one tablet at eight, while one was prescribed, took one, also when it is two since nine and the intake becomes
//! known at ten. And who was not reached by a change of the times took this evening's dose at the time that their phone
//! showed: asked for at the new time it would be taken twice.

use super::desk::Opened;
use crate::domain::doses::cover::{DROPPED_FROM, stands_for};
use crate::domain::doses::model::{Dose, DoseStatus};
use crate::domain::doses::planning::occurrences_on;
use crate::domain::doses::rules;
use crate::domain::prescriptions::model::{Amount, Line, Schedule};
use crate::domain::prescriptions::record::VersionState;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::store::Reader;
use chrono_tz::Tz;

/// How much of the opened dose was used at `at`, where that is not what its plan asks for: the amount that was prescribed then.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn used_at(tx: &dyn Reader, opened: &Opened, zone: Tz, at: Timestamp) -> Result<Option<Amount>> {
    let dose = &opened.found.dose;
    // Most doses are recorded when they are taken: nothing is read for these.
    if dose.as_needed || at >= tx.now() {
        return Ok(None);
    }
    let server = opened.access.of_server();
    let newest = prescriptions::get(tx, &server, dose.prescription)?.version;
    if newest <= 1 {
        return Ok(None);
    }
    for number in (1..=newest).rev() {
        let version = prescriptions::version(tx, &server, dose.prescription, number)?;
        if version.state != VersionState::Applied || version.in_force_since() > at {
            continue;
        }
        // Nothing was changed between the intake and its record: the plan says how much.
        if number == newest {
            return Ok(None);
        }
        let line = version.content.line_with(dose.line());
        let meals = &opened.patient.preferences.meal_times;
        let doses = line.map(|line| occurrences_on(line, meals, zone, opened.found.date)).unwrap_or_default();
        let asked = doses.iter().find(|asked| stands_for(dose, asked)).map(|asked| asked.amount);
        let Some((asked, line)) = asked.zip(line) else { return Ok(None) };
        let planned_by = prescriptions::version(tx, &server, dose.prescription, dose.version)?;
        let planned_by = planned_by.content.line_with(dose.line());
        let asked = planned_by.and_then(|planned_by| in_unit_of(planned_by, line, asked));
        return Ok(asked.filter(|amount| *amount != dose.asked.unwrap_or(dose.amount)));
    }
    Ok(None)
}

/// An `amount` of `line` in the unit in which `other`, another version of it, is dosed; nothing when that is not known.
fn in_unit_of(other: &Line, line: &Line, amount: Amount) -> Option<Amount> {
    if line.unit == other.unit {
        return Some(amount);
    }
    line.counted.as_ref().filter(|counted| counted.unit == other.unit)?;
    line.counted(amount)
}

/// Which dose an action means that names one.
pub(super) enum Meant {
    /// The named one: it stood at that time, or nothing is asked for in its place.
    Itself,
    /// The one that is asked for, or was recorded, in its place: its slot or time of the same day was moved.
    Moved(Box<Dose>),
    /// The named one, which a change of its line had left out: nothing of the day is asked for in its place.
    LeftOut,
}

/// Which dose is meant by an action on the opened one that was done at `at`.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn meant(tx: &dyn Reader, opened: &Opened, at: Timestamp) -> Result<Meant> {
    let old = &opened.found.dose;
    if old.as_needed || rules::stood_at(old, at) {
        return Ok(Meant::Itself);
    }
    let server = opened.access.of_server();
    let treatment = prescriptions::get(tx, &server, old.prescription)?;
    let line = treatment.content.line_with(old.line());
    let Some(line) = line.filter(|_| treatment.status == Status::Active) else { return Ok(Meant::Itself) };
    let distance = |dose: &Dose| dose.scheduled().since(old.scheduled()).as_milliseconds().abs();
    let by_times = matches!(line.schedule, Schedule::Times { .. });
    let is_moved = |dose: &&Dose| {
        let is_same_slot = old.slot.is_some() && dose.slot == old.slot;
        let is_near = by_times && old.slot.is_none() && distance(dose) < DROPPED_FROM.as_milliseconds();
        line.has_number(dose.line())
            && dose.version > old.version
            && !dose.as_needed
            && dose.status != DoseStatus::Cancelled
            && (is_same_slot || is_near)
    };
    if let Some(moved) = opened.found.day.doses.iter().filter(is_moved).min_by_key(|dose| distance(dose)) {
        return Ok(Meant::Moved(Box::new(moved.clone())));
    }
    for number in old.version.saturating_add(1)..=treatment.version {
        let version = prescriptions::version(tx, &server, old.prescription, number)?;
        let has_line = version.content.lines.iter().any(|line| line.has_number(old.line()));
        let is_in_force = version.state == VersionState::Applied && has_line;
        if is_in_force && old.cancelled_at == Some(version.in_force_since()) {
            return Ok(Meant::LeftOut);
        }
    }
    Ok(Meant::Itself)
}
