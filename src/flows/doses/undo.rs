//! A mark is taken back: somebody touched the wrong dose. What was recorded is kept in the history.

use super::desk::{Desk, Hand, Opened, Recorded};
use super::missed;
use super::reminders as messages;
use super::successors;
use super::sweep::Missed;
use crate::domain::auth::model::Caller;
use crate::domain::doses::model::{Dose, DoseStatus, Source};
use crate::domain::doses::tables as doses;
use crate::domain::doses::{cover, plans, reminders, rules};
use crate::domain::gate;
use crate::domain::prescriptions::model::Schedule;
use crate::domain::prescriptions::record::Prescription;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
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
        move_back(&desk, tx, &opened, &old)?;
        tell_missed_again(&desk, tx, &opened, &old)?;
        desk.follow_up(tx, &opened.access, &opened.patient)?;
        // The plan and the sweep may have changed it once more.
        opened.found = doses::require(tx, &opened.access, old.id, desk.zone)?;
        desk.answer(tx, &opened)
    })
    .await
}

/// Writes the dose and has it reminded of and swept again when it is due. When the treatment was changed after the mark,
/// the dose is what the new version says; what the treatment does not ask for any more, as it was paused, stopped or
/// moved, is cancelled, and what it asks for now is planned in its place.
fn put_back(desk: &Desk, tx: &mut WriteTx<'_>, opened: &mut Opened, mut undone: Dose) -> Result<()> {
    let now = tx.now();
    let mut treatment = prescriptions::get(tx, &opened.access, undone.prescription)?;
    if undone.status == DoseStatus::Cancelled && !undone.as_needed {
        // It was of an earlier version and had stood for what the later one asks for.
        Desk::replace(tx, &opened.access, &mut opened.found, undone)?;
        return plan_anew(desk, tx, opened, &treatment);
    }
    if undone.status != DoseStatus::Due {
        return Desk::replace(tx, &opened.access, &mut opened.found, undone);
    }
    let is_active = treatment.status == Status::Active;
    if is_active && treatment.version == undone.version {
        return wait_for(tx, opened, undone);
    }
    if is_active {
        let (access, old) = (&opened.access, &opened.found.dose);
        let counted = successors::count_without(tx, access, &mut treatment, old, &opened.patient, desk.zone)?;
        if counted.is_some() {
            opened.found = doses::require(tx, &opened.access, undone.id, desk.zone)?;
        }
    }
    let line = treatment.content.lines.iter().find(|line| line.has_number(undone.line()));
    let named = line.filter(|_| is_active).and_then(|line| {
        let meals = &opened.patient.preferences.meal_times;
        let counts_from_it = matches!(line.schedule, Schedule::EveryHours { .. });
        let asked = cover::named_by(line, meals, desk.zone, &opened.found.day, &undone, now)?;
        (undone.scheduled() <= now || counts_from_it || asked.at == undone.scheduled()).then_some(asked)
    });
    match named {
        Some(named) => {
            (undone.version, undone.amount, undone.slot) = (treatment.version, named.amount, named.slot);
            wait_for(tx, opened, undone)?;
        }
        None => {
            undone.cancel(now);
            Desk::replace(tx, &opened.access, &mut opened.found, undone)?;
        }
    }
    // What the mark stood for in a later version is asked for again.
    plan_anew(desk, tx, opened, &treatment)
}

/// When the intake had moved the plan of its line, the plan is again what it would have been without it.
fn move_back(desk: &Desk, tx: &mut WriteTx<'_>, opened: &Opened, old: &Dose) -> Result<()> {
    if old.moved.is_none() {
        return Ok(());
    }
    let mut treatment = prescriptions::get(tx, &opened.access, old.prescription)?;
    successors::bring_back(tx, &opened.access, &mut treatment, old, &opened.patient, desk.zone)
}

/// The dose is due: reminders and sweep come in time for it.
fn wait_for(tx: &mut WriteTx<'_>, opened: &mut Opened, due: Dose) -> Result<()> {
    let now = tx.now();
    let grace_minutes = opened.patient.preferences.grace_minutes_at(due.scheduled());
    doses::sweep_no_later_than(tx, &opened.access, rules::next_look(&due, grace_minutes, now))?;
    if let Some(at) = reminders::next_look(&due, grace_minutes, now) {
        messages::remind_at(tx, &opened.access, at)?;
    }
    Desk::replace(tx, &opened.access, &mut opened.found, due)
}

fn plan_anew(desk: &Desk, tx: &mut WriteTx<'_>, opened: &Opened, treatment: &Prescription) -> Result<()> {
    if treatment.status != Status::Active {
        return Ok(());
    }
    let lines = &treatment.content.lines;
    let (id, version) = (treatment.id, treatment.version);
    plans::plan(tx, &opened.access, &opened.patient, id, version, lines, desk.zone).map(drop)
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
