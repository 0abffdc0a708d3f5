//! The patient, or family they let, records what became of a dose.

use super::as_it_stood::{Meant, meant, used_at};
use super::desk::{Desk, Hand, Opened, Recorded};
use super::reminding;
use crate::domain::auth::model::Caller;
use crate::domain::doses::model::{Dose, DoseStatus, Outcome, SkipReason, Source};
use crate::domain::doses::rules::{self, Early, OwnTime};
use crate::domain::gate;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::secret::Phi;
use crate::platform::store::{Reader, WriteTx};

/// A dose was taken.
#[derive(Debug, Clone)]
pub struct MarkTaken {
    /// When, by the device's clock; now when left out.
    pub taken_at: Option<Timestamp>,
    /// What the device's clock showed when it sent this.
    pub sent_at: Option<Timestamp>,
    /// The actor's words.
    pub notes: Option<Phi<String>>,
    /// Whether an early intake was confirmed.
    pub early: Early,
}

/// A dose is left out.
#[derive(Debug, Clone)]
pub struct Skip {
    /// Why.
    pub reason: SkipReason,
    /// The actor's words; needed for [`SkipReason::Other`].
    pub note: Option<Phi<String>>,
    /// What the device's clock showed when it sent this.
    pub sent_at: Option<Timestamp>,
}

/// Records that a dose was taken. Again without a time, or within five minutes of the one that holds, it is a
/// repetition; with another time it is a correction.
///
/// # Errors
/// `dose_not_found` for whoever may not know of it; `doctor_only_corrects`, `write_not_allowed` and the other
/// refusals of the access check; `takenAt` in the future; `dose_too_far_ahead`, `dose_too_early`,
/// `dose_window_closed`, `dose_cancelled`, `dose_taken_back`, `correction_window_closed`,
/// `dose_corrected_too_often`.
pub async fn mark_taken(
    context: &Context,
    caller: &Caller,
    dose: String,
    request: MarkTaken,
) -> Result<Recorded> {
    let desk = Desk::of(context, caller);
    gate::write(context, caller, "dose.mark_taken", move |tx| {
        let mut opened = desk.open(tx, &dose, Hand::PatientOrFamily)?;
        let at = OwnTime::of(request.taken_at, request.sent_at, tx.now()).at;
        mean(tx, &mut opened, at)?;
        Desk::name(tx, &opened);
        let changed = taken(&desk, tx, &opened, &request)?;
        settle(&desk, tx, &mut opened, changed)
    })
    .await
}

/// Records that a dose is left out. Again for the same reason it is a repetition, for another one a correction.
///
/// # Errors
/// As [`mark_taken`]; `skip_too_far_ahead`; `note` missing for another reason than those listed.
pub async fn skip(context: &Context, caller: &Caller, dose: String, request: Skip) -> Result<Recorded> {
    let has_note = request.note.as_ref().is_some_and(|note| !note.reveal().trim().is_empty());
    let desk = Desk::of(context, caller);
    gate::write(context, caller, "dose.skip", move |tx| {
        let mut opened = desk.open(tx, &dose, Hand::PatientOrFamily)?;
        let at = OwnTime::of(None, request.sent_at, tx.now()).at;
        mean(tx, &mut opened, at)?;
        Desk::name(tx, &opened);
        if request.reason == SkipReason::Other && !has_note {
            return Err(Error::invalid("note", "skip_note_required"));
        }
        let changed = left_out(&desk, tx, &opened, &request)?;
        settle(&desk, tx, &mut opened, changed)
    })
    .await
}

/// Puts the reminder of a dose off by 5, 10 or 15 minutes, at most three times. Its state stays.
///
/// # Errors
/// As [`mark_taken`]; `minutes` invalid; `dose_not_due`; `snooze_limit`.
pub async fn snooze(context: &Context, caller: &Caller, dose: String, minutes: u32) -> Result<Recorded> {
    let desk = Desk::of(context, caller);
    gate::write(context, caller, "dose.snooze", move |tx| {
        let mut opened = desk.open(tx, &dose, Hand::PatientOrFamily)?;
        Desk::name(tx, &opened);
        let changed = rules::snooze(&opened.found.dose, minutes, tx.now())?;
        if let Some(at) = changed.snoozed_until {
            reminding::remind_at(tx, &opened.access, at)?;
        }
        tx.trail().change = Some(serde_json::json!({ "snoozedUntil": changed.snoozed_until }));
        Desk::replace(tx, &mut opened, changed)?;
        desk.answer(tx, &opened)
    })
    .await
}

/// Opens the dose in whose place another is asked for as that one: a screen that shows a moved slot at its old time means it.
fn mean(tx: &WriteTx<'_>, opened: &mut Opened, at: Timestamp) -> Result<()> {
    if let Meant::Moved(moved) = meant(tx, opened, at)? {
        opened.found.dose = *moved;
    }
    Ok(())
}

/// The dose with the intake recorded, or nothing when it is recorded already.
pub(super) fn taken(
    desk: &Desk,
    tx: &WriteTx<'_>,
    opened: &Opened,
    request: &MarkTaken,
) -> Result<Option<Dose>> {
    let old = &opened.found.dose;
    // A repetition is answered as the first time, even when its own time would be judged otherwise by now.
    if old.status.is_taken() && request.taken_at.is_none() {
        return Ok(None);
    }
    let now = tx.now();
    let OwnTime { at, device_at } = OwnTime::of(request.taken_at, request.sent_at, now);
    let outcome = Outcome {
        by: desk.actor(),
        notes: request.notes.clone(),
        device_at,
        ..Outcome::new(DoseStatus::TakenOnTime, at, now, Source::Direct)
    };
    if rules::is_repeat(old, &outcome) {
        return Ok(None);
    }
    if !rules::stood_at(old, at) {
        if !matches!(meant(tx, opened, at)?, Meant::LeftOut) {
            return rules::append(old, outcome).map(Some);
        }
        let status = judge(opened, at, now, request.early)?;
        return rules::append_left_out(old, Outcome { status, ..outcome }).map(Some);
    }
    let status = judge(opened, at, now, request.early)?;
    let amount = used_at(tx, opened, desk.zone, at)?;
    rules::record(old, Outcome { status, amount, ..outcome })
}

/// The state of the dose when it was taken at `at`; an intake as needed has no time that it could be late for.
pub(super) fn judge(opened: &Opened, at: Timestamp, now: Timestamp, early: Early) -> Result<DoseStatus> {
    let dose = &opened.found.dose;
    let grace_minutes = opened.patient.preferences.grace_minutes_at(dose.scheduled());
    let status = rules::judge_intake(dose.scheduled(), grace_minutes, at, now, early)?;
    Ok(if dose.as_needed { DoseStatus::TakenOnTime } else { status })
}

/// The dose left out, or nothing when that is recorded already.
fn left_out(desk: &Desk, tx: &WriteTx<'_>, opened: &Opened, request: &Skip) -> Result<Option<Dose>> {
    let old = &opened.found.dose;
    let now = tx.now();
    let OwnTime { at, device_at } = OwnTime::of(None, request.sent_at, now);
    let outcome = Outcome {
        by: desk.actor(),
        skip_reason: Some(request.reason),
        notes: request.note.clone(),
        device_at,
        ..Outcome::new(DoseStatus::Skipped, at, now, Source::Direct)
    };
    if rules::is_repeat(old, &outcome) {
        return Ok(None);
    }
    rules::judge_skip(old.scheduled(), at, now)?;
    rules::record(old, outcome)
}

/// Writes the changed dose, if it changed, and answers.
fn settle(desk: &Desk, tx: &mut WriteTx<'_>, opened: &mut Opened, changed: Option<Dose>) -> Result<Recorded> {
    let Some(changed) = changed else {
        tx.trail().found_done();
        return desk.answer(tx, opened);
    };
    Desk::note(tx, &opened.access, &opened.found.dose, &changed);
    Desk::replace(tx, opened, changed)?;
    desk.follow_up(tx, &opened.access, &opened.patient)?;
    desk.praise(tx, opened)?;
    desk.answer(tx, opened)
}
