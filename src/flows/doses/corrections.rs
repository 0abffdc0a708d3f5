//! A doctor corrects the record of a dose. Both values are kept.

use super::desk::{Desk, Hand, Recorded};
use crate::domain::auth::model::Caller;
use crate::domain::doses::model::{Dose, DoseStatus, Outcome, SkipReason, Source};
use crate::domain::doses::rules::{self, CLOCK_SKEW, EARLY};
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
    /// When it was taken. May be left out for a dose taken on time: then its scheduled time.
    pub taken_at: Option<Timestamp>,
    /// Why the record is changed; the patient reads it.
    pub reason: Phi<String>,
}

/// Corrects the record of a dose, however long ago it was due.
///
/// # Errors
/// `dose_not_found`, `role_not_allowed` and the refusals of the access check; each bad field of the correction;
/// `dose_cancelled`, `dose_too_early` for a dose that is not due yet.
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
        let outcome = Outcome { by: desk.actor(), ..judged(&old, &correction, now)? };
        if old.status == outcome.status && old.outcome().is_some_and(|held| held.at == outcome.at) {
            tx.trail().found_done();
        } else {
            let changed = rules::append(&old, outcome)?;
            Desk::note(tx, &opened.access, &old, &changed);
            Desk::replace(tx, &opened.access, &mut opened.found, changed)?;
            desk.follow_up(tx, &opened.access, &opened.patient)?;
        }
        desk.answer(tx, &opened)
    })
    .await
}

fn judged(dose: &Dose, correction: &Correction, now: Timestamp) -> Result<Outcome> {
    let mut errors = FieldErrors::new();
    let at = match (correction.status, correction.taken_at) {
        (DoseStatus::TakenOnTime, taken_at) => taken_at.unwrap_or_else(|| dose.scheduled()),
        (DoseStatus::TakenLate, Some(taken_at)) => taken_at,
        (DoseStatus::TakenLate, None) => {
            errors.add("takenAt", "taken_at_required");
            now
        }
        (DoseStatus::Skipped | DoseStatus::Missed, _) => dose.scheduled(),
        (DoseStatus::Due | DoseStatus::Cancelled, _) => {
            errors.add("status", "correction_status_invalid");
            now
        }
    };
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
    if dose.scheduled() > now.plus(EARLY) {
        return Err(Error::conflict("dose_too_early"));
    }
    Ok(Outcome {
        status: correction.status,
        at,
        recorded_at: now,
        by: None,
        source: Source::Correction,
        skip_reason: (correction.status == DoseStatus::Skipped).then_some(SkipReason::Other),
        notes: Some(Phi::new(reason.to_owned())),
        client_id: None,
    })
}
