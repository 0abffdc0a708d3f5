//! When a dose counts as taken, late or missed, and what may be recorded after something else was.

use super::model::{Dose, DoseStatus, Outcome, Source};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::{Error, Result};

/// A dose taken earlier than this before its time needs a confirmation.
pub const EARLY: Span = Span::hours(2);
/// A dose can be recorded up to this long after its time.
pub const LATE: Span = Span::hours(24);
/// A client's clock may be ahead by so much.
pub const CLOCK_SKEW: Span = Span::minutes(2);
/// Another outcome may be recorded for so long after the first.
pub const CORRECTION_WINDOW: Span = Span::hours(24);
/// Outcomes kept for one dose; more corrections are refused.
pub const OUTCOMES_MAX: usize = 20;
/// Most times a reminder can be put off.
pub const SNOOZES_MAX: u32 = 3;
/// Minutes by which a reminder can be put off.
pub const SNOOZE_MINUTES: [u32; 3] = [5, 10, 15];
/// The shortest grace period anybody can choose, in minutes.
pub const GRACE_MINUTES_MIN: u32 = 10;
/// The longest grace period anybody can choose, in minutes.
pub const GRACE_MINUTES_MAX: u32 = 60;

/// Whether the client has asked the person about an early intake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Early {
    /// Not asked: an early intake is refused.
    Unconfirmed,
    /// Asked and confirmed.
    Confirmed,
}

/// The state of a dose that was taken at `taken_at`.
///
/// # Errors
/// - `taken_at` invalid when it lies in the future;
/// - `dose_too_early` when it lies more than two hours before the scheduled time, unless confirmed;
/// - `dose_window_closed` when it lies more than 24 hours after it.
pub fn judge_intake(
    scheduled: Timestamp,
    grace_minutes: u32,
    taken_at: Timestamp,
    now: Timestamp,
    early: Early,
) -> Result<DoseStatus> {
    if taken_at > now.plus(CLOCK_SKEW) {
        return Err(Error::invalid("takenAt", "taken_at_in_future"));
    }
    if taken_at < scheduled.minus(EARLY) && early == Early::Unconfirmed {
        return Err(Error::conflict("dose_too_early"));
    }
    if taken_at > scheduled.plus(LATE) {
        return Err(Error::conflict("dose_window_closed"));
    }
    if taken_at <= scheduled.plus(Span::minutes(i64::from(grace_minutes))) {
        Ok(DoseStatus::TakenOnTime)
    } else {
        Ok(DoseStatus::TakenLate)
    }
}

/// Whether a dose may be left out at `at`.
///
/// # Errors
/// `at` invalid when it lies in the future; `dose_window_closed` when it lies more than 24 hours after the
/// scheduled time.
pub fn judge_skip(scheduled: Timestamp, at: Timestamp, now: Timestamp) -> Result<()> {
    if at > now.plus(CLOCK_SKEW) {
        return Err(Error::invalid("at", "taken_at_in_future"));
    }
    if at > scheduled.plus(LATE) {
        return Err(Error::conflict("dose_window_closed"));
    }
    Ok(())
}

/// The dose with `outcome` recorded, or nothing when that outcome holds already.
///
/// # Errors
/// `dose_cancelled`; `correction_window_closed` when a person recorded another outcome more than 24 hours ago.
pub fn record(dose: &Dose, outcome: Outcome) -> Result<Option<Dose>> {
    if dose.status == outcome.status {
        return Ok(None);
    }
    let first_by_person = dose.outcomes.iter().find(|earlier| earlier.source != Source::Sweep);
    if let Some(first) = first_by_person
        && outcome.recorded_at > first.recorded_at.plus(CORRECTION_WINDOW)
    {
        return Err(Error::conflict("correction_window_closed"));
    }
    append(dose, outcome).map(Some)
}

/// The dose with `outcome` added to what was recorded before.
///
/// # Errors
/// `dose_cancelled`; `dose_corrected_too_often`.
pub fn append(dose: &Dose, outcome: Outcome) -> Result<Dose> {
    if dose.status == DoseStatus::Cancelled {
        return Err(Error::conflict("dose_cancelled"));
    }
    if dose.outcomes.len() >= OUTCOMES_MAX {
        return Err(Error::conflict("dose_corrected_too_often"));
    }
    let mut changed = dose.clone();
    changed.status = outcome.status;
    changed.snoozed_until = None;
    // What was missed can still be taken: its reminder is not answered.
    if outcome.status != DoseStatus::Missed {
        changed.reminder_message = None;
    }
    changed.outcomes.push(outcome);
    Ok(changed)
}

/// The dose with its reminder put off.
///
/// # Errors
/// `minutes` invalid; `dose_not_due`; `snooze_limit` after three times.
pub fn snooze(dose: &Dose, minutes: u32, now: Timestamp) -> Result<Dose> {
    if !SNOOZE_MINUTES.contains(&minutes) {
        return Err(Error::invalid("minutes", "snooze_minutes_invalid"));
    }
    match dose.status {
        DoseStatus::Due => {}
        DoseStatus::Cancelled => return Err(Error::conflict("dose_cancelled")),
        _ => return Err(Error::conflict("dose_not_due")),
    }
    if dose.snoozes >= SNOOZES_MAX {
        return Err(Error::conflict("snooze_limit"));
    }
    let mut changed = dose.clone();
    changed.snoozes += 1;
    changed.reminder_message = None;
    changed.snoozed_until = Some(dose.reminder_at().max(now).plus(Span::minutes(i64::from(minutes))));
    Ok(changed)
}

/// When the sweep must look at an open dose: at its deadline once the grace period that holds for it is
/// settled, before that at the earliest deadline it can have.
pub fn next_look(dose: &Dose, grace_minutes: u32, now: Timestamp) -> Timestamp {
    if dose.scheduled() <= now { dose.deadline(grace_minutes) } else { dose.deadline(GRACE_MINUTES_MIN) }
}
