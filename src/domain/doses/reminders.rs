//! When the reminders of a dose are sent: at its time, then every ten minutes, three times at the most, all
//! within its grace period. Putting one off moves the next one and allows one more.

use super::model::{Dose, DoseStatus, Reminder};
use super::rules::SNOOZES_MAX;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::ids::NotificationId;

/// From one reminder of a dose to the next.
pub const REPEAT_AFTER: Span = Span::minutes(10);
/// Most repetitions of a dose's reminder, besides those that were put off.
pub const REPEATS_MAX: u32 = 3;
/// Most reminders of one dose.
pub const REMINDERS_MAX: u32 = 1 + REPEATS_MAX + SNOOZES_MAX;

/// When the next reminder of a dose is to be sent; nothing when none is to follow.
///
/// After downtime this is the time of the first one that was not sent; sending it once makes up for all of them.
pub fn next_reminder(dose: &Dose, grace_minutes: u32) -> Option<Timestamp> {
    if dose.status != DoseStatus::Due || dose.as_needed || dose.reminders_ended {
        return None;
    }
    let sent = u32::try_from(dose.reminders.len()).unwrap_or(u32::MAX);
    if sent > REPEATS_MAX.saturating_add(dose.snoozes) {
        return None;
    }
    let next = match (dose.reminders.last(), dose.snoozed_until) {
        (None, _) => dose.reminder_at(),
        (Some(last), Some(put_off)) if put_off > last.sent_at => put_off,
        (Some(last), _) => repeat_of(last),
    };
    (next < dose.deadline(grace_minutes)).then_some(next)
}

/// When a patient must be looked at for a dose: before its time the grace period that will hold for it is not
/// settled, so a reminder that was put off beyond it may still become possible.
pub fn next_look(dose: &Dose, grace_minutes: u32, now: Timestamp) -> Option<Timestamp> {
    if dose.scheduled() > now && dose.status == DoseStatus::Due && !dose.as_needed {
        return Some(dose.reminder_at());
    }
    next_reminder(dose, grace_minutes)
}

/// Ten minutes after the planned time; when the reminder was late by a minute or more, after the minute in which
/// it was sent.
fn repeat_of(last: &Reminder) -> Timestamp {
    last.planned_at.max(last.sent_at.start_of_minute()).plus(REPEAT_AFTER)
}

/// The dose after its reminder planned for `planned_at` was sent at `now` with `message`.
pub fn reminded(dose: &Dose, planned_at: Timestamp, now: Timestamp, message: NotificationId) -> Dose {
    let mut changed = dose.clone();
    changed.reminders.push(Reminder { planned_at, sent_at: now });
    changed.reminder_message = Some(message);
    changed
}
