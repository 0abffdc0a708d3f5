//! A doctor corrects the record of a dose. Both values are kept.

use super::as_it_stood::{Meant, meant, used_at};
use super::desk::{Desk, Hand, Opened, Recorded};
use super::recording::judge;
use super::undo::put_back;
use crate::domain::auth::model::Caller;
use crate::domain::doses::model::{Dose, DoseStatus, Outcome, SkipReason, Source};
use crate::domain::doses::rules::{self, CLOCK_SKEW, EARLY, Early};
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldErrors, Result};
use crate::platform::secret::Phi;
use crate::platform::store::Reader;

/// Longest reason of a correction, in characters.
pub const REASON_LENGTH_MAX: usize = 500;

/// What a doctor found out.
#[derive(Debug, Clone)]
pub struct Correction {
    /// What became of the dose: taken, skipped or missed.
    pub status: DoseStatus,
    /// When it was taken. May be left out for a dose taken on time: then its scheduled time, or now when that is
    /// still to come.
    pub taken_at: Option<Timestamp>,
    /// Why the record is changed; the patient reads it.
    pub reason: Phi<String>,
}

/// Corrects the record of a dose, however long ago it was due.
///
/// # Errors
/// `dose_not_found`, `role_not_allowed` and the refusals of the access check; each bad field of the correction, a
/// time outside of 12 hours before to 24 hours after the dose's and a state that does not agree with it among them;
/// `dose_cancelled`, `dose_too_early` for a dose that is not due yet, `skip_too_far_ahead`, `correction_still_due` when a
/// dose of which nothing is recorded is said to be missed before its time is over.
pub async fn correct(
    context: &Context,
    caller: &Caller,
    dose: String,
    correction: Correction,
) -> Result<Recorded> {
    let desk = Desk::of(context, caller);
    gate::write(context, caller, "dose.correct", move |tx| {
        let mut opened = desk.open(tx, &dose, Hand::Doctor)?;
        Desk::name(tx, &opened);
        tx.trail().reason = Some(correction.reason.reveal().clone());
        let now = tx.now();
        let old = opened.found.dose.clone();
        let outcome = Outcome { by: desk.actor(), ..judged(&opened, &correction, now)? };
        let is_same_time =
            correction.taken_at.is_none() || old.outcome().is_some_and(|held| held.at == outcome.at);
        if old.status == outcome.status && is_same_time {
            tx.trail().found_done();
        } else {
            let is_left_out =
                outcome.status.is_taken() && matches!(meant(tx, &opened, outcome.at)?, Meant::LeftOut);
            let changed = if is_left_out {
                rules::append_left_out(&old, outcome)?
            } else {
                let amount = used_at(tx, &opened, desk.zone, outcome.at)?;
                rules::append(&old, Outcome { amount, ..outcome })?
            };
            Desk::note(tx, &opened.access, &old, &changed);
            if changed.status == DoseStatus::Due {
                put_back(&desk, tx, &mut opened, Dose { moved: None, ..changed })?;
            } else {
                Desk::replace(tx, &mut opened, changed)?;
            }
            desk.follow_up(tx, &opened.access, &opened.patient)?;
            // A dose that is missed after all and asked for at another time now is cancelled.
            opened.found = doses::require(tx, &opened.access, old.id, desk.zone)?;
        }
        desk.answer(tx, &opened)
    })
    .await
}

/// What the correction says, judged like every record: when it was taken decides whether that was in time.
fn judged(opened: &Opened, correction: &Correction, now: Timestamp) -> Result<Outcome> {
    let dose = &opened.found.dose;
    let mut errors = FieldErrors::new();
    let at = match (correction.status, correction.taken_at) {
        (DoseStatus::TakenOnTime, taken_at) => taken_at.unwrap_or_else(|| dose.scheduled().min(now)),
        (DoseStatus::TakenLate, Some(taken_at)) if !dose.as_needed => taken_at,
        (DoseStatus::TakenLate, None) if !dose.as_needed => {
            errors.add("takenAt", "taken_at_required");
            now
        }
        // Left out ahead of its time, as of now.
        (DoseStatus::Skipped, _) => dose.scheduled().min(now),
        (DoseStatus::Missed, _) if !dose.as_needed && is_open(opened, now) => now,
        (DoseStatus::Missed, _) if !dose.as_needed => dose.scheduled(),
        (DoseStatus::TakenLate | DoseStatus::Missed, _) => {
            errors.add("status", "correction_status_as_needed");
            now
        }
        (DoseStatus::Due | DoseStatus::Cancelled, _) => {
            errors.add("status", "correction_status_invalid");
            now
        }
    };
    if correction.taken_at.is_some() && matches!(correction.status, DoseStatus::Skipped | DoseStatus::Missed)
    {
        errors.add("takenAt", "correction_taken_at_needless");
    }
    let reason = correction.reason.reveal().trim();
    if reason.is_empty() {
        errors.add("reason", "correction_reason_required");
    }
    if reason.chars().count() > REASON_LENGTH_MAX {
        errors.add("reason", "correction_reason_too_long");
    }
    if correction.taken_at.is_some_and(|taken_at| taken_at > now.plus(CLOCK_SKEW)) {
        errors.add("takenAt", "taken_at_in_future");
    }
    errors.finish()?;
    check_not_too_early(opened, correction, now)?;
    if correction.status.is_taken() {
        check_intake(opened, correction.status, at, now)?;
    }
    let notes = Some(Phi::new(reason.to_owned()));
    // What was not taken and whose time is not over is asked for.
    if correction.status == DoseStatus::Missed && is_open(opened, now) {
        return Ok(Outcome { notes, ..Outcome::new(DoseStatus::Due, at, now, Source::Undo) });
    }
    Ok(Outcome {
        skip_reason: (correction.status == DoseStatus::Skipped).then_some(SkipReason::Other),
        notes,
        ..Outcome::new(correction.status, at, now, Source::Correction)
    })
}

/// What was not to be done yet. An intake that was recorded too soon and never was can be taken back however early, and
/// what can be left out ahead of its time can be said to have been.
fn check_not_too_early(opened: &Opened, correction: &Correction, now: Timestamp) -> Result<()> {
    let dose = &opened.found.dose;
    match correction.status {
        DoseStatus::Missed if dose.status == DoseStatus::Due && is_open(opened, now) => {
            Err(Error::conflict("correction_still_due"))
        }
        DoseStatus::Missed => Ok(()),
        DoseStatus::Skipped if dose.scheduled() > now => rules::judge_skip(dose.scheduled(), now, now),
        _ if correction.taken_at.is_none() && dose.scheduled() > now.plus(EARLY) => {
            Err(Error::conflict("dose_too_early"))
        }
        _ => Ok(()),
    }
}

/// Whether the grace period of the dose is not over.
fn is_open(opened: &Opened, now: Timestamp) -> bool {
    let dose = &opened.found.dose;
    dose.deadline(opened.patient.preferences.grace_minutes_at(dose.scheduled())) > now
}

/// The time of an intake has the same bounds as when the patient records it, and agrees with the state. Only how
/// long ago it was does not matter.
fn check_intake(opened: &Opened, status: DoseStatus, at: Timestamp, now: Timestamp) -> Result<()> {
    let judged = judge(opened, at, now, Early::Confirmed).map_err(|error| match error.code() {
        "dose_too_far_ahead" | "dose_window_closed" => {
            Error::invalid("takenAt", "correction_taken_at_out_of_bounds")
        }
        _ => error,
    })?;
    if judged == status { Ok(()) } else { Err(Error::invalid("status", "correction_status_contradicts")) }
}
