//! Doses that were open when their line was paused.
//!
//! # Why they come back
//! Future doses of a paused line do not count, and the days of a pause are not made up. But a dose whose time had come
//! before the pause is one of those that were asked for. Nobody reminds of it in the pause; when the line goes on while it
//! can still be taken, it is due again, and what became of it is decided as for each dose: by the patient, or by its grace
//! period. So a pause of half an hour makes no course shorter, and nobody loses a dose without hearing of it.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::cover::{named_by, stands_for};
use super::model::{Day, Dose, DoseStatus, Outcome, Source};
use super::open::cancel_each_open;
use super::plans::Planned;
use super::rules::{LATE, comes_back};
use crate::domain::connections::access::Access;
use crate::domain::prescriptions::model::{Line, Schedule};
use crate::domain::users::model::User;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::ids::{NotificationId, PrescriptionId};
use crate::platform::store::WriteTx;

/// Cancels the doses of a prescription that are past their time and within their grace period, because it is paused. What
/// was done before then can still be recorded. Returns how many there were, with the messages that remind of them.
///
/// # Errors
/// When the store cannot be read.
pub fn pause_open(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    prescription: PrescriptionId,
) -> Result<(u32, Vec<NotificationId>)> {
    cancel_each_open(tx, access, patient, |dose| {
        (dose.prescription == prescription).then(|| Dose { paused: true, ..dose.clone() })
    })
}

/// The first and the last day that may hold doses which a pause cancelled and that come back at `now`.
pub fn days(now: Timestamp, zone: Tz) -> (NaiveDate, NaiveDate) {
    (now.minus(LATE).day_in(zone), now.day_in(zone))
}

/// What becomes of `dose` when the lines of its prescription go on after a pause as `planned`: due again as what its line
/// asks for in its place now, where nothing else stands for that. Nothing when no pause had cancelled it.
pub fn resumed(
    dose: &Dose,
    day: &Day,
    planned: Planned<'_>,
    patient: &User,
    zone: Tz,
    now: Timestamp,
) -> Option<Dose> {
    if !dose.paused || dose.prescription != planned.prescription {
        return None;
    }
    let mut changed = Dose { paused: false, ..dose.clone() };
    if !comes_back(dose, now) {
        return Some(changed);
    }
    let line = planned.lines.iter().find(|line| line.has_number(dose.line()));
    let grace_minutes = patient.preferences.grace_minutes_at(dose.scheduled());
    // What is given once is asked for at another time of the day while that lasts.
    let is_asked =
        |line: &&Line| !matches!(line.schedule, Schedule::Once { .. }) || dose.deadline(grace_minutes) > now;
    let meals = &patient.preferences.meal_times;
    let named = line.filter(is_asked).and_then(|line| {
        let named = named_by(line, meals, zone, day, dose, now)?;
        let mut others = day.doses.iter().filter(|other| {
            line.has_number(other.line())
                && other.id != dose.id
                && !other.as_needed
                && other.status != DoseStatus::Cancelled
        });
        (!others.any(|other| stands_for(other, &named))).then_some(named)
    });
    let Some(named) = named else {
        changed.asked_again = true;
        return Some(changed);
    };
    (changed.version, changed.amount, changed.slot) = (planned.version, named.amount, named.slot);
    (changed.status, changed.cancelled_at) = (DoseStatus::Due, None);
    if !changed.outcomes.is_empty() {
        changed.outcomes.push(Outcome::new(DoseStatus::Due, now, now, Source::Undo));
    }
    Some(changed)
}
