//! When a dose counts as taken, late or missed, and what may be recorded after something else was.

use super::model::{Dose, DoseStatus, Outcome, Source};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;

/// A dose taken earlier than this before its time needs a confirmation.
pub const EARLY: Span = Span::hours(2);
/// A dose cannot be taken earlier than this before its time: it would be another dose.
pub const EARLIEST: Span = Span::hours(12);
/// A dose can be recorded up to this long after its time.
pub const LATE: Span = Span::hours(24);
/// A dose can be left out up to this long ahead: for a journey, for an operation.
pub const SKIP_AHEAD: Span = Span::days(7);
/// A client's clock may be wrong by so much.
pub const CLOCK_SKEW: Span = Span::minutes(2);
/// An intake recorded again within this of the one that holds is the same intake.
pub const REPEAT: Span = Span::minutes(5);
/// Another outcome may be recorded for so long after the first.
pub const CORRECTION_WINDOW: Span = Span::hours(24);
/// A mark can be taken back for so long after it was recorded.
pub const UNDO_WINDOW: Span = Span::minutes(10);
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

/// When an action took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnTime {
    /// By the server's clock.
    pub at: Timestamp,
    /// By the device's clock, when that clock was wrong.
    pub device_at: Option<Timestamp>,
}

impl OwnTime {
    /// The time of an action of which the device says that it took place at `said`, or just now when it says
    /// nothing, and whose clock showed `sent_at` when the server's shows `now`. A clock that is right within
    /// [`CLOCK_SKEW`], or of which nothing is known, is believed.
    pub fn of(said: Option<Timestamp>, sent_at: Option<Timestamp>, now: Timestamp) -> Self {
        let wrong = sent_at.filter(|sent_at| !is_within(*sent_at, now, CLOCK_SKEW));
        match wrong {
            Some(sent_at) => {
                let device_at = said.unwrap_or(sent_at);
                Self { at: device_at.plus(now.since(sent_at)), device_at: Some(device_at) }
            }
            None => Self { at: said.unwrap_or(now), device_at: None },
        }
    }
}

/// Whether two instants lie less than `span` apart.
fn is_within(one: Timestamp, other: Timestamp, span: Span) -> bool {
    one.since(other).as_milliseconds().unsigned_abs() < span.as_milliseconds().unsigned_abs()
}

/// The state of a dose that was taken at `taken_at`.
///
/// # Errors
/// - `taken_at` invalid when it lies in the future;
/// - `dose_too_far_ahead` when it lies more than twelve hours before the scheduled time;
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
    if taken_at < scheduled.minus(EARLIEST) {
        return Err(Error::conflict("dose_too_far_ahead"));
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
/// `at` invalid when it lies in the future; `skip_too_far_ahead` when it lies more than seven days before the
/// scheduled time; `dose_window_closed` when it lies more than 24 hours after it.
pub fn judge_skip(scheduled: Timestamp, at: Timestamp, now: Timestamp) -> Result<()> {
    if at > now.plus(CLOCK_SKEW) {
        return Err(Error::invalid("at", "taken_at_in_future"));
    }
    if at < scheduled.minus(SKIP_AHEAD) {
        return Err(Error::conflict("skip_too_far_ahead"));
    }
    if at > scheduled.plus(LATE) {
        return Err(Error::conflict("dose_window_closed"));
    }
    Ok(())
}

/// Whether `outcome` says what is recorded already: an intake within five minutes of the one that holds, or a dose
/// left out for the same reason.
pub fn is_repeat(dose: &Dose, outcome: &Outcome) -> bool {
    match dose.outcome() {
        Some(held) if dose.status.is_taken() && outcome.status.is_taken() => {
            held.at.since(outcome.at).as_milliseconds().unsigned_abs()
                <= REPEAT.as_milliseconds().unsigned_abs()
        }
        Some(held) if dose.status == DoseStatus::Skipped && outcome.status == DoseStatus::Skipped => {
            held.skip_reason == outcome.skip_reason
                && (outcome.notes.is_none() || held.notes == outcome.notes)
        }
        Some(_) | None => dose.status == outcome.status,
    }
}

/// The dose with `outcome` recorded, or nothing when it is a repetition. What differs from what is recorded is a
/// correction.
///
/// # Errors
/// As [`append`]; `correction_window_closed` when a person recorded another outcome more than 24 hours ago.
pub fn record(dose: &Dose, outcome: Outcome) -> Result<Option<Dose>> {
    if is_repeat(dose, &outcome) {
        return Ok(None);
    }
    // What was taken back before does not count.
    let since_undo = dose.outcomes.iter().rev().take_while(|earlier| !earlier.takes_back());
    let first_by_person = since_undo.filter(|earlier| earlier.source != Source::Sweep).last();
    if let Some(first) = first_by_person
        && outcome.recorded_at > first.recorded_at.plus(CORRECTION_WINDOW)
    {
        return Err(Error::conflict("correction_window_closed"));
    }
    append(dose, outcome).map(Some)
}

/// Whether the dose was to be taken at `at`, although its line was replaced, paused or stopped later.
pub fn stood_at(dose: &Dose, at: Timestamp) -> bool {
    dose.status != DoseStatus::Cancelled
        || dose.cancelled_at.is_some_and(|cancelled_at| at < cancelled_at || dose.scheduled() <= cancelled_at)
}

/// The dose with `outcome` added to what was recorded before. A cancelled one is judged by the time of what is
/// recorded: what was done while it stood was done.
///
/// # Errors
/// `dose_taken_back` for an intake as needed that was taken back; `dose_cancelled`; `dose_corrected_too_often`.
pub fn append(dose: &Dose, outcome: Outcome) -> Result<Dose> {
    if !stood_at(dose, outcome.at) {
        return Err(Error::conflict(if dose.as_needed { "dose_taken_back" } else { "dose_cancelled" }));
    }
    append_left_out(dose, outcome)
}

/// [`append`] for a dose that a change of its line had left out, when somebody who did not know of the change took it at its
/// old time: what was used was used.
///
/// # Errors
/// `dose_corrected_too_often`.
pub fn append_left_out(dose: &Dose, outcome: Outcome) -> Result<Dose> {
    if dose.outcomes.len() >= OUTCOMES_MAX {
        return Err(Error::conflict("dose_corrected_too_often"));
    }
    Ok(with_outcome(dose, outcome))
}

fn with_outcome(dose: &Dose, outcome: Outcome) -> Dose {
    let mut changed = dose.clone();
    let asked = dose.asked.unwrap_or(dose.amount);
    changed.amount = outcome.amount.filter(|_| outcome.status.is_taken()).unwrap_or(asked);
    changed.asked = (changed.amount != asked).then_some(asked);
    changed.status = outcome.status;
    changed.snoozed_until = None;
    // What was missed can still be taken: its reminder is not answered.
    if outcome.status != DoseStatus::Missed {
        changed.reminder_message = None;
    }
    changed.outcomes.push(outcome);
    changed
}

/// The dose with its last mark taken back, or nothing when that was done already. It stands where it stood before
/// somebody marked it: due, missed when the sweep had found it so, cancelled when its line had been, or as an earlier
/// mark says that cannot be taken back any more; an intake as needed is cancelled. All that was recorded is kept.
///
/// # Errors
/// `nothing_to_undo` when nobody marked it; `undo_not_yours` unless `by` is the patient or recorded the mark, and for
/// the patient when a doctor corrected it; `undo_window_closed` ten minutes after the mark was recorded.
pub fn undo(dose: &Dose, by: Option<UserId>, patient: UserId, now: Timestamp) -> Result<Option<Dose>> {
    let place = dose.outcomes.iter().rposition(|outcome| outcome.source != Source::Sweep);
    let Some((earlier, [mark, ..])) = place.and_then(|place| dose.outcomes.split_at_checked(place)) else {
        return Err(Error::conflict("nothing_to_undo"));
    };
    if mark.source == Source::Undo {
        return Ok(None);
    }
    let is_correction = mark.source == Source::Correction;
    let is_own = |outcome: &Outcome| by.is_some() && outcome.by == by;
    if !is_own(mark) && (by != Some(patient) || is_correction) {
        return Err(Error::forbidden("undo_not_yours"));
    }
    if now > mark.recorded_at.plus(UNDO_WINDOW) {
        return Err(Error::conflict("undo_window_closed"));
    }
    // A correction gives way to what it corrected; a mark to what was settled before: what a doctor or the sweep said,
    // and marks that cannot be taken back any more.
    let is_settled = |outcome: &&Outcome| {
        is_correction
            || matches!(outcome.source, Source::Sweep | Source::Correction | Source::Undo)
            || now > outcome.recorded_at.plus(UNDO_WINDOW)
            || !(is_own(outcome) || by == Some(patient))
    };
    let nothing =
        if dose.as_needed || dose.cancelled_at.is_some() { DoseStatus::Cancelled } else { DoseStatus::Due };
    let restored = match earlier.iter().rev().find(is_settled) {
        Some(settled) if !settled.takes_back() => settled.clone(),
        Some(_) | None => Outcome { by, ..Outcome::new(nothing, now, now, Source::Undo) },
    };
    let outcome = Outcome { recorded_at: now, source: Source::Undo, client_id: None, ..restored };
    Ok(Some(with_outcome(dose, outcome)))
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

/// Whether a pause cancelled it while it was open, and its grace period of so many minutes is not over at `now`: it comes
/// back when its line goes on.
pub(super) fn comes_back(dose: &Dose, grace_minutes: u32, now: Timestamp) -> bool {
    dose.paused && dose.status == DoseStatus::Cancelled && dose.deadline(grace_minutes) > now
}

/// `dose` as it was right before its treatment was paused at `paused_at`, unless something was recorded on it since.
pub(super) fn before_pause(dose: &Dose, paused_at: Timestamp) -> Dose {
    let is_of_pause = dose.status == DoseStatus::Cancelled
        && dose.cancelled_at == Some(paused_at)
        && (dose.paused || (dose.scheduled() > paused_at && !dose.asked_again));
    if is_of_pause { Dose { status: DoseStatus::Due, ..dose.clone() } } else { dose.clone() }
}

#[cfg(test)]
mod tests;
