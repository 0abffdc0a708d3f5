//! A dose counts once: not at its time while its line asks for it at a later time of the day.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::apply::apply;
use super::reminding::wait_for;
use crate::domain::connections::access::Access;
use crate::domain::doses::model::{Day, Dose, DoseStatus, Outcome, Source};
use crate::domain::doses::planning::{Occurrence, occurrences_on};
use crate::domain::doses::plans::Planned;
use crate::domain::doses::{moved_ahead, tables as doses};
use crate::domain::users::model::User;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::store::{Reader as _, WriteTx};

/// Lets the doses of planned lines count once on a day, those that were missed or open at their time too: not while they are
/// asked for at a later time of it, and again when they are not any more; see [`moved_ahead`].
///
/// # Errors
/// When the store cannot be read.
pub fn count_missed_once(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    planned: Planned<'_>,
    zone: Tz,
    date: NaiveDate,
) -> Result<()> {
    let now = tx.now();
    let mut day = doses::day(tx, access, date)?;
    for line in planned.lines {
        let all = occurrences_on(line, &patient.preferences.meal_times, zone, date);
        let open = day.doses.iter().filter(|dose| {
            line.has_number(dose.line())
                && !dose.as_needed
                && dose.status == DoseStatus::Due
                && dose.scheduled() > now
        });
        let ahead: Vec<Occurrence> = open
            .map(|dose| Occurrence { at: dose.scheduled(), slot: dose.slot, amount: dose.amount })
            .collect();
        let grace_minutes = |dose: &Dose| patient.preferences.grace_minutes_at(dose.scheduled());
        let is_open = |dose: &Dose| dose.deadline(grace_minutes(dose)) > now;
        // What a pause had cancelled, not what another version did: that has planned its own in its place.
        let comes_back = |dose: &Dose| is_open(dose) && dose.version == planned.version;
        let counted = moved_ahead::count_once(&day, line, &all, &ahead, comes_back, now);
        for dose in counted.asked_again {
            take_back(tx, access, date, &mut day, Dose { asked_again: true, ..dose })?;
        }
        for dose in counted.named_again {
            ask_again(tx, access, patient, (date, &mut day), dose)?;
        }
    }
    Ok(())
}

/// Asks again for a dose that was cancelled: it is due while it is open, else it counts as missed.
pub(super) fn ask_again(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    (date, day): (NaiveDate, &mut Day),
    mut dose: Dose,
) -> Result<()> {
    stand_again(&mut dose, patient, tx.now());
    wait_for(tx, access, patient, &dose)?;
    apply(tx, access, date, day, dose).map(drop)
}

/// Lets a dose be due while it is open, else missed.
pub(super) fn stand_again(dose: &mut Dose, patient: &User, now: Timestamp) {
    let deadline = dose.deadline(patient.preferences.grace_minutes_at(dose.scheduled()));
    let status = if deadline > now { DoseStatus::Due } else { DoseStatus::Missed };
    (dose.cancelled_at, dose.asked_again) = (None, false);
    if !(status == DoseStatus::Due && dose.outcomes.is_empty()) {
        let at = if status == DoseStatus::Due { now } else { deadline };
        dose.outcomes.push(Outcome::new(status, at, now, Source::Undo));
    }
    dose.status = status;
}

/// Cancels a dose that something else stands for, also when it had counted as missed.
pub(super) fn take_back(
    tx: &mut WriteTx<'_>,
    access: &Access,
    date: NaiveDate,
    day: &mut Day,
    mut dose: Dose,
) -> Result<()> {
    let now = tx.now();
    if dose.status == DoseStatus::Missed {
        dose.outcomes.push(Outcome::new(DoseStatus::Cancelled, now, now, Source::Undo));
    }
    dose.cancel(now);
    dose.reminder_message = None;
    apply(tx, access, date, day, dose).map(drop)
}
