//! When a patient is next reminded, and which reminders are true no more.

use chrono::Days;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::domain::connections::access::Access;
use crate::domain::doses::model::{Dose, DoseStatus};
use crate::domain::doses::tables as doses;
use crate::domain::doses::{reminders, rules};
use crate::domain::notifications::tables::withdraw;
use crate::domain::users::model::User;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::ids::NotificationId;
use crate::platform::jobs::{self, Job};
use crate::platform::store::{Reader as _, WhatIsLeft, WriteTx};

/// Sends the reminders whose time has come, each minute.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendDoseReminders {}

impl Job for SendDoseReminders {
    const NAME: &'static str = "send-dose-reminders";
    /// Its own, so that a long catch-up of the sweep keeps nobody waiting.
    const QUEUE: &'static str = "reminders";
    /// The next minute tries again; a failed run must not stand in its way.
    const MAX_ATTEMPTS: u32 = 1;
}

/// Sees to it that the next reminder of a patient comes at `at` at the latest.
pub(super) fn remind_at(tx: &mut WriteTx<'_>, access: &Access, at: Timestamp) -> Result<()> {
    doses::remind_no_later_than(tx, access, at)?;
    come_in_time(tx, at)
}

/// The job comes each whole minute; for a time between two it comes once more.
pub(super) fn come_in_time(tx: &mut WriteTx<'_>, at: Timestamp) -> Result<()> {
    if at == at.start_of_minute() {
        return Ok(());
    }
    let key = format!("{}:{}", SendDoseReminders::NAME, at.as_milliseconds());
    jobs::enqueue_once(tx, &SendDoseReminders {}, key, at).map(drop)
}

/// Withdraws reminders that say what is no longer true. What they also reminded of, and is still due, is reminded of
/// again at once, as if they had not been sent.
pub(super) fn say_anew(tx: &mut WriteTx<'_>, access: &Access, untrue: Vec<NotificationId>) -> Result<()> {
    if untrue.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let day = now.day_in(Tz::UTC);
    let first = day.checked_sub_days(Days::new(1)).unwrap_or(day);
    let last = day.checked_add_days(Days::new(2)).unwrap_or(day);
    let is_untrue = |dose: &Dose| dose.reminder_message.is_some_and(|message| untrue.contains(&message));
    // A lost day keeps no treatment from being stopped while a dose of another day is due.
    for (date, mut day) in doses::days(&WhatIsLeft(&*tx), access, first, last)? {
        let mut is_changed = false;
        for dose in day.doses.iter_mut().filter(|dose| is_untrue(dose)) {
            dose.reminder_message = None;
            dose.reminders.pop();
            is_changed = true;
        }
        if is_changed {
            doses::save_day(tx, access, date, &day)?;
            remind_at(tx, access, now)?;
        }
    }
    for message in untrue {
        withdraw(tx, access.patient(), message)?;
    }
    Ok(())
}

/// Withdraws messages unless one reminds of another dose that is still due, or tells of another that is still missed. Such
/// doses lie within a day of `near`.
pub(super) fn withdraw_needless(
    tx: &mut WriteTx<'_>,
    access: &Access,
    near: Timestamp,
    messages: impl IntoIterator<Item = NotificationId>,
) -> Result<()> {
    let mut messages: Vec<NotificationId> = messages.into_iter().collect();
    if messages.is_empty() {
        return Ok(());
    }
    let day = near.day_in(Tz::UTC);
    let first = day.checked_sub_days(Days::new(1)).unwrap_or(day);
    let last = day.checked_add_days(Days::new(2)).unwrap_or(day);
    // A dose that was lost with a damaged page keeps no message.
    for (_, day) in doses::days(&WhatIsLeft(&*tx), access, first, last)? {
        let is_unanswered = |dose: &&Dose| matches!(dose.status, DoseStatus::Due | DoseStatus::Missed);
        for dose in day.doses.iter().filter(is_unanswered) {
            messages.retain(|message| dose.reminder_message != Some(*message));
        }
    }
    for message in messages {
        withdraw(tx, access.patient(), message)?;
    }
    Ok(())
}

/// Has reminders and the sweep come in time for a dose of the patient when it is due.
pub(super) fn wait_for(tx: &mut WriteTx<'_>, access: &Access, patient: &User, dose: &Dose) -> Result<()> {
    if dose.status != DoseStatus::Due {
        return Ok(());
    }
    let (now, grace_minutes) = (tx.now(), patient.preferences.grace_minutes_at(dose.scheduled()));
    doses::sweep_no_later_than(tx, access, rules::next_look(dose, grace_minutes, now))?;
    match reminders::next_look(dose, grace_minutes, now) {
        Some(at) => remind_at(tx, access, at),
        None => Ok(()),
    }
}
