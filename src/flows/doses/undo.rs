//! A mark is taken back: somebody touched the wrong dose. What was recorded is kept in the history.

use super::desk::{Desk, Hand, Opened, Recorded};
use super::late;
use super::missed::{self, Missed};
use super::missed_once::stand_again;
use super::reminding::wait_for;
use super::successors;
use crate::domain::auth::model::Caller;
use crate::domain::doses::model::{Dose, DoseStatus, Source};
use crate::domain::doses::planning::Occurrence;
use crate::domain::doses::tables as doses;
use crate::domain::doses::{cover, rules};
use crate::domain::gate;
use crate::domain::prescriptions::model::{Line, Schedule};
use crate::domain::prescriptions::record::Prescription;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::store::{Reader, WriteTx};

/// Takes the last mark of a dose back within ten minutes: the patient, or whoever recorded it. Doing it again changes
/// nothing.
///
/// # Errors
/// `dose_not_found` for whoever may not know of it and the refusals of the access check; `undo_not_yours`,
/// `undo_window_closed`, `nothing_to_undo`.
pub async fn undo(context: &Context, caller: &Caller, dose: String) -> Result<Recorded> {
    let desk = Desk::of(context, caller);
    gate::write(context, caller, "dose.undo", move |tx| {
        let mut opened = desk.open(tx, &dose, Hand::Recorder)?;
        Desk::name(tx, &opened);
        let old = opened.found.dose.clone();
        let Some(undone) = rules::undo(&old, desk.actor(), opened.access.patient(), tx.now())? else {
            tx.trail().found_done();
            return desk.answer(tx, &opened);
        };
        Desk::note(tx, &opened.access, &old, &undone);
        put_back(&desk, tx, &mut opened, Dose { moved: None, ..undone })?;
        tell_missed_again(&desk, tx, &opened, &old)?;
        desk.follow_up(tx, &opened.access, &opened.patient)?;
        // The plan and the sweep may have changed it once more.
        opened.found = doses::require(tx, &opened.access, old.id, desk.zone)?;
        desk.answer(tx, &opened)
    })
    .await
}

/// Writes the dose and has it reminded of and swept again when it is due. When the treatment was changed after the mark,
/// the plan is what it would have been without it and the dose is what the new version says; what the treatment does not ask
/// for any more, as it was paused, stopped or moved, is cancelled, and what it asks for now is planned in its place.
pub(super) fn put_back(
    desk: &Desk,
    tx: &mut WriteTx<'_>,
    opened: &mut Opened,
    mut undone: Dose,
) -> Result<()> {
    let mut treatment = prescriptions::get(tx, &opened.access, undone.prescription)?;
    let planned = treatment.content.line_with(undone.line()).cloned();
    let old = &opened.found.dose;
    let late = late::foresee(tx, &opened.access, &undone)?;
    let before = match &late {
        Some(_) => None,
        None => successors::before(tx, &treatment, old, (&opened.patient, desk.zone)),
    };
    let gone_on = late.as_ref().map(|late| (late.line(), late.since()));
    let going_back = before.as_ref().map(|before| (&before.line, tx.now()));
    let anew = gone_on.or(going_back);
    let is_active = treatment.status == Status::Active;
    let is_asked_again =
        matches!(undone.status, DoseStatus::Due | DoseStatus::Cancelled) && !undone.as_needed;
    let stands_as_it_was =
        undone.status == DoseStatus::Due && is_active && treatment.version == undone.version;
    if undone.status == DoseStatus::Due && !stands_as_it_was {
        let named =
            if is_active { asked_in_place(desk, tx, opened, &undone, &treatment, anew) } else { None };
        match named {
            Some(named) => {
                (undone.version, undone.amount, undone.slot) = (treatment.version, named.amount, named.slot);
            }
            // Whether its day asks for it at another time is seen once the day is planned.
            None if is_active && is_missed_by_day(opened, &undone, &treatment, tx.now()) => {
                stand_again(&mut undone, &opened.patient, tx.now());
            }
            None => {
                undone.cancel(tx.now());
                undone.asked_again = is_active;
                undone.paused = treatment.status == Status::Paused && undone.scheduled() <= tx.now();
            }
        }
    }
    if undone.status == DoseStatus::Due {
        wait_for(tx, &opened.access, &opened.patient, &undone)?;
    }
    Desk::replace(tx, opened, undone)?;
    let (by, date) = ((&opened.patient, desk.zone), opened.found.date);
    if let Some(late) = late {
        late.settle(tx, &opened.access, &mut treatment, (date, &opened.found.dose), by)?;
    } else if let Some(before) = before {
        before.write_down(tx, &opened.access, &mut treatment)?;
        late::plan_anew(tx, &opened.access, &treatment, &before, by)?;
    } else if is_asked_again && !stands_as_it_was {
        // What the mark stood for in a later version is asked for again.
        successors::plan_again(tx, &opened.access, &treatment, by, date)?;
    }
    opened.has_moved |= treatment.content.line_with(opened.found.dose.line()) != planned.as_ref();
    Ok(())
}

/// Whether the time of a dose is over of which a treatment asks for so many on each day.
fn is_missed_by_day(opened: &Opened, dose: &Dose, treatment: &Prescription, now: Timestamp) -> bool {
    let line = treatment.content.line_with(dose.line());
    let deadline = dose.deadline(opened.patient.preferences.grace_minutes_at(dose.scheduled()));
    line.is_some_and(cover::goes_by_days) && deadline <= now
}

/// What the treatment, which was changed since, asks for in the place of a dose that is due again: when its time was over
/// by the change, as for every dose that was open then; else only what lies at the very same time.
fn asked_in_place(
    desk: &Desk,
    tx: &WriteTx<'_>,
    opened: &Opened,
    undone: &Dose,
    treatment: &Prescription,
    anew: Option<(&Line, Timestamp)>,
) -> Option<Occurrence> {
    let line = anew.map(|(line, _)| line).or_else(|| treatment.content.line_with(undone.line()))?;
    let since = anew.map_or(tx.now(), |(_, since)| since);
    let counts_from_it = anew.is_none() && matches!(line.schedule, Schedule::EveryHours { .. });
    let meals = &opened.patient.preferences.meal_times;
    let asked = cover::named_by(line, meals, desk.zone, &opened.found.day, undone, since)?;
    (undone.scheduled() <= since || counts_from_it || asked.at == undone.scheduled()).then_some(asked)
}

/// Those who were told that a missed dose was taken after all hear that it was not.
fn tell_missed_again(desk: &Desk, tx: &mut WriteTx<'_>, opened: &Opened, old: &Dose) -> Result<()> {
    let was_told = old.outcome().is_some_and(|mark| mark.source == Source::Sync && mark.status.is_taken());
    let dose = &opened.found.dose;
    if !was_told || dose.status != DoseStatus::Missed {
        return Ok(());
    }
    let missed = Missed { date: opened.found.date, dose: dose.clone() };
    missed::alarm(tx, &opened.access, &opened.patient, &[missed], desk.zone)
}
