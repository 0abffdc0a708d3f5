//! Doses of lines that were changed, paused or stopped: planned anew or cancelled, with the reminders that follow from it.

use chrono_tz::Tz;

use super::lines::line_of;
use super::missed_once::count_missed_once;
use super::reminding::{say_anew, withdraw_needless};
use crate::domain::connections::access::Access;
use crate::domain::doses::lost::is_given_up;
use crate::domain::doses::model::{Dose, DoseStatus};
use crate::domain::doses::planning::occurrences_on;
use crate::domain::doses::plans::{self, Planned};
use crate::domain::doses::{open, pauses, tables as doses};
use crate::domain::prescriptions::model::Line;
use crate::domain::users::model::User;
use crate::domain::users::tables as users;
use crate::platform::clock::Timestamp;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::day_text;
use crate::platform::ids::PrescriptionId;
use crate::platform::store::{Reader as _, WhatIsLeft, WriteTx};

/// Cancels what is due, of the prescription or of some of its lines: what lies ahead and what is within its grace
/// period. Nobody is reminded of it any more, nor asked about what was missed. Returns how many doses were cancelled.
///
/// # Errors
/// When the store cannot be read.
pub fn cancel_future(
    tx: &mut WriteTx<'_>,
    access: &Access,
    prescription: PrescriptionId,
    lines: Option<&[u32]>,
) -> Result<u32> {
    let patient = users::require(tx, access.patient())?;
    let ahead = plans::cancel_future(tx, access, prescription, lines)?;
    let (open, messages) = open::cancel_open(tx, access, &patient, prescription, lines)?;
    say_anew(tx, access, messages)?;
    settle_missed(tx, access, prescription, lines)?;
    Ok(ahead.saturating_add(open))
}

/// Withdraws what the patient was told of missed doses of lines that ended: nothing is to be done about them any more. What
/// tells of another missed dose as well stands.
fn settle_missed(
    tx: &mut WriteTx<'_>,
    access: &Access,
    prescription: PrescriptionId,
    lines: Option<&[u32]>,
) -> Result<()> {
    let is_settled = |dose: &Dose| {
        dose.status == DoseStatus::Missed
            && dose.prescription == prescription
            && lines.is_none_or(|lines| lines.contains(&dose.line()))
    };
    let (first, last) = pauses::days(tx.now(), Tz::UTC);
    // A day begins earlier in other zones, and ends later.
    let (first, last) = (first.pred_opt().unwrap_or(first), last.succ_opt().unwrap_or(last));
    for (date, mut day) in doses::days(&WhatIsLeft(&*tx), access, first, last)? {
        let mut told = Vec::new();
        for dose in day.doses.iter_mut().filter(|dose| is_settled(dose)) {
            let scheduled = dose.scheduled();
            told.extend(dose.reminder_message.take().map(|message| (scheduled, message)));
        }
        if !told.is_empty() {
            doses::save_day(tx, access, date, &day)?;
        }
        for (scheduled, message) in told {
            withdraw_needless(tx, access, scheduled, [message])?;
        }
    }
    Ok(())
}

/// [`cancel_future`] of a prescription that is paused: what is within its grace period comes back when it goes on in time.
///
/// # Errors
/// When the store cannot be read.
pub fn cancel_for_pause(tx: &mut WriteTx<'_>, access: &Access, prescription: PrescriptionId) -> Result<u32> {
    let patient = users::require(tx, access.patient())?;
    let ahead = plans::cancel_future(tx, access, prescription, None)?;
    let (open, messages) = pauses::pause_open(tx, access, &patient, prescription)?;
    say_anew(tx, access, messages)?;
    Ok(ahead.saturating_add(open))
}

/// Plans the doses of changed lines anew and hands over what is within its grace period, of which the reminder says
/// from now on what the new version says. Returns how many doses were cancelled or planned.
///
/// # Errors
/// `treatment_day_lost` when what was recorded today is lost and the lines would ask for something at another time of today;
/// when the store cannot be read.
pub fn plan_changed(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    planned: Planned<'_>,
    zone: Tz,
) -> Result<u32> {
    let now = tx.now();
    refuse_on_lost_day(tx, access, patient, planned, zone)?;
    plan_changed_since(tx, access, patient, planned, zone, now)
}

/// Refuses other times on a day whose records are lost: what was used on it could be asked for twice. The same times with
/// another amount may be.
fn refuse_on_lost_day(
    tx: &WriteTx<'_>,
    access: &Access,
    patient: &User,
    planned: Planned<'_>,
    zone: Tz,
) -> Result<()> {
    let (now, today) = (tx.now(), tx.now().day_in(zone));
    if !is_given_up(tx, access, today) {
        return Ok(());
    }
    let day = doses::day(tx, access, today)?;
    let meals = &patient.preferences.meal_times;
    for line in planned.lines {
        let is_known = |at: Timestamp| {
            let same = |dose: &&Dose| line.has_number(dose.line()) && dose.scheduled() == at;
            day.doses.iter().find(same).is_some_and(|dose| dose.status != DoseStatus::Cancelled)
        };
        let mut ahead = occurrences_on(line, meals, zone, today).into_iter().filter(|dose| dose.at > now);
        if ahead.any(|dose| !is_known(dose.at)) {
            let tomorrow = today.succ_opt().unwrap_or(today);
            return Err(Error::conflict("treatment_day_lost").with("next", day_text(tomorrow)));
        }
    }
    Ok(())
}

/// [`plan_changed`] of lines that hold since a time that is over: also what would be open now had it been planned then.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn plan_changed_since(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    planned: Planned<'_>,
    zone: Tz,
    since: Timestamp,
) -> Result<u32> {
    let numbers: Vec<u32> = planned.lines.iter().flat_map(Line::numbers).collect();
    let ahead = plans::cancel_future(tx, access, planned.prescription, Some(&numbers))?;
    // First, for what stands of a day decides what it still holds.
    let (open, messages) = open::hand_over_open(tx, access, patient, planned, zone, |tx, dose, line| {
        let before = line_of(tx, access, dose)?;
        Ok(before.is_none_or(|before| !is_called_alike(&before, line)))
    })?;
    let now = tx.now();
    let mut count = plans::plan_from(tx, access, patient, planned, zone, now)?;
    if since < now {
        count = count.saturating_add(plans::plan_since(tx, access, patient, planned, zone, since)?);
    }
    count_missed_once(tx, access, patient, planned, zone, now.day_in(zone))?;
    say_anew(tx, access, messages)?;
    Ok(ahead.saturating_add(open).saturating_add(count))
}

fn is_called_alike(before: &Line, line: &Line) -> bool {
    before.medicine_id == line.medicine_id
        && before.medicine_name == line.medicine_name
        && before.medicine_name_khmer == line.medicine_name_khmer
        && before.unit == line.unit
}
