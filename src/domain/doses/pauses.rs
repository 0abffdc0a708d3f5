//! Doses that were open when their line was paused.
//!
//! # Why they come back
//! What was cancelled does not count, and the days of a pause are not made up. But a dose whose time had come before the
//! pause can still be taken while its grace period lasts. Nobody reminds of it in the pause; when the line goes on within
//! its grace period, it is due again. So a pause of some minutes makes no course shorter. Later it stays cancelled: not the
//! patient, but the pause was why it was not taken, so nobody is alarmed.
//!
//! # How many doses a pause has cost
//! Whoever resumes hears of each dose that the course had when it was paused and that is neither recorded nor still asked
//! for. A line that is changed in a pause goes on from where it was when that began, so that the doses which fell into it
//! are doses of the line as it is now, and what it had then is known whatever was changed meanwhile.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::change::Change;
use super::cover::{handed_over, named_by, stands_for};
use super::model::{Day, Dose, DoseStatus, Outcome, Source};
use super::moved_ahead::asked_again_by;
use super::open::cancel_each_open;
use super::plans::{Planned, day_before};
use super::remaining::{RECORDED_AHEAD, days_between};
use super::rules::{LATE, comes_back};
use crate::domain::connections::access::Access;
use crate::domain::prescriptions::model::{Length, Line};
use crate::domain::users::model::User;
use crate::platform::clock::{Timestamp, start_of_day};
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

/// How many doses of `line`, which has an end, a pause has cost: of those that it had when it began, `before`, those that
/// are not among what is recorded and still asked for `after` it.
pub fn lost(line: &Line, before: Change<'_>, after: Change<'_>) -> usize {
    if line.length == Length::Ongoing || line.is_as_needed() {
        return 0;
    }
    let zone = after.zone;
    let from = start_of_day(day_before(before.now), zone);
    let end = after.now.day_in(zone).checked_add_days(RECORDED_AHEAD);
    let bounds = (from, end.map_or(after.now, |end| start_of_day(end, zone)));
    let had = |change: Change<'_>| {
        let again = asked_again_by(line, change);
        let stands = handed_over(line, change.meals, zone, change.standing, change.now);
        let is_one = |dose: &&Dose| !dose.counts_elsewhere() && !again.contains(&dose.id);
        let ahead = days_between(line, bounds, Change { standing: &stands, ..change });
        let ahead: usize = ahead.values().map(|of_day| of_day.ahead.len()).sum();
        ahead.saturating_add(stands.iter().filter(is_one).count())
    };
    had(before).saturating_sub(had(after))
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
    if !comes_back(dose, patient.preferences.grace_minutes_at(dose.scheduled()), now) {
        return Some(changed);
    }
    let line = planned.lines.iter().find(|line| line.has_number(dose.line()));
    let meals = &patient.preferences.meal_times;
    let named = line.and_then(|line| {
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
