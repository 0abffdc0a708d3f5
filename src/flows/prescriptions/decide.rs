//! Decisions about a prescription as a whole. Each may be said twice: the second time changes nothing and is
//! answered like the first, however close together they come.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::Written;
use super::change::apply;
use super::first_doses::{after_pause, before_pause, days_in_words};
use super::ground::Ground;
use super::lines::{Earlier, removed_lines, take_effect};
use super::scribe::{lead_to, note, only_author, reach, store, wrong_state};
use super::signing::Signing;
use super::telling::{tell_author, tell_patient};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::Access;
use crate::domain::connections::model::Mode;
use crate::domain::doses::lost::{is_given_up, lost_days};
use crate::domain::doses::planning::HORIZON;
use crate::domain::gate;
use crate::domain::notifications::model::NotificationType;
use crate::domain::prescriptions::draft::{Remark, parse_reason};
use crate::domain::prescriptions::record::{Prescription, VersionState};
use crate::domain::prescriptions::state::{Event, Status, Step, step};
use crate::domain::prescriptions::tables;
use crate::domain::users::model::Role;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::PrescriptionId;
use crate::platform::secret::Phi;
use crate::platform::store::{Reader as _, WriteTx};

/// The patient confirms a prescription, or the version of it that waits for them. Doses begin to exist.
///
/// # Errors
/// `role_not_allowed`, `prescription_not_found`, `prescription_state_conflict`; `safety_changed_since_signed` when the
/// check finds something grave that whoever signed did not answer for.
pub async fn confirm(context: &Context, caller: &Caller, id: PrescriptionId) -> Result<Written> {
    let (by, zone, signing) = (caller.clone(), context.zone(), Signing::of(context));
    gate::write(context, caller, "prescription.confirm", move |tx| {
        by.with_role(Role::Patient)?;
        let (access, mut row) = reach(tx, &by, id, Mode::Write)?;
        let status = running(tx, &row, zone);
        let safety = match (row.pending_version, step(status, Event::Confirm)) {
            (Some(number), _) => {
                let waiting = tables::version(tx, &access, id, number)?;
                let safety = signing.look_again(tx, (&access, &row), &waiting.content)?;
                let mut version = tables::settle_version(tx, &access, id, number, VersionState::Applied)?;
                row.pending_version = None;
                let ground = Ground::of(tx, &access, zone, Some(&row))?;
                let (old, new) = (&row.content.lines, version.content.lines);
                let removed = removed_lines(tx, &access, id, old)?;
                let earlier = Earlier { old, removed: &removed };
                version.content.lines = take_effect(tx, &access, earlier, new, &ground)?;
                tables::settle_content(tx, &access, id, number, &version.content)?;
                apply(tx, &access, &mut row, &version, status, &ground)?;
                safety
            }
            (None, Some(Step::To(to))) => {
                let safety = signing.look_again(tx, (&access, &row), &row.content)?;
                row.confirmed_at = Some(tx.now());
                lead_to(tx, &access, &mut row, to, zone)?;
                safety
            }
            (None, Some(Step::Repeated)) => {
                let all = tables::list(tx, &access.of_server())?;
                let safety = signing.look_as_written(tx, (&access, &all), (row.id, &row.content))?;
                return Ok(Written { prescription: repeated(tx, row)?, remarks: Vec::new(), safety });
            }
            (None, None) => return Err(wrong_state(status)),
        };
        tell_author(tx, &by, &row, NotificationType::PrescriptionConfirmed, "default", None)?;
        note(tx, &row, None);
        Ok(Written { prescription: row, remarks: Vec::new(), safety })
    })
    .await
}

/// The patient refuses a prescription, or the version of it that waits for them; then the one in force stays.
///
/// # Errors
/// As [`confirm`]; a bad field when the reason is missing.
pub async fn reject(
    context: &Context,
    caller: &Caller,
    id: PrescriptionId,
    reason: Option<String>,
) -> Result<Prescription> {
    let refusal = Refusal {
        event: Event::Reject,
        settled: VersionState::Rejected,
        kind: NotificationType::PrescriptionRejected,
    };
    refuse(context, caller, id, reason, "prescription.reject", refusal).await
}

/// The patient asks for a revision: of a prescription, which then waits for its author, or of the version that
/// waits for them; then the one in force stays.
///
/// # Errors
/// As [`reject`].
pub async fn retake(
    context: &Context,
    caller: &Caller,
    id: PrescriptionId,
    reason: Option<String>,
) -> Result<Prescription> {
    let refusal = Refusal {
        event: Event::Retake,
        settled: VersionState::RetakeRequested,
        kind: NotificationType::RetakeRequested,
    };
    refuse(context, caller, id, reason, "prescription.retake", refusal).await
}

#[derive(Clone, Copy)]
struct Refusal {
    event: Event,
    settled: VersionState,
    kind: NotificationType,
}

async fn refuse(
    context: &Context,
    caller: &Caller,
    id: PrescriptionId,
    reason: Option<String>,
    action: &'static str,
    refusal: Refusal,
) -> Result<Prescription> {
    let (by, zone) = (caller.clone(), context.zone());
    let reason = parse_reason("reason", reason.as_deref());
    gate::write(context, caller, action, move |tx| {
        by.with_role(Role::Patient)?;
        let reason = reason.as_ref().map_err(Error::clone)?;
        let (access, mut row) = reach(tx, &by, id, Mode::Write)?;
        let status = running(tx, &row, zone);
        match (row.pending_version, step(status, refusal.event)) {
            (Some(number), _) => {
                tables::settle_version(tx, &access, id, number, refusal.settled)?;
                row.pending_version = None;
                row.reason = Some(reason.clone());
                store(tx, &access, &mut row)?;
            }
            (None, Some(Step::To(to))) => {
                row.reason = Some(reason.clone());
                lead_to(tx, &access, &mut row, to, zone)?;
            }
            (None, Some(Step::Repeated)) => return repeated(tx, row),
            (None, None) if settled_as(tx, &access, &row, refusal.settled)? => return repeated(tx, row),
            (None, None) => return Err(wrong_state(status)),
        }
        tell_author(tx, &by, &row, refusal.kind, "default", Some(reason))?;
        note(tx, &row, Some(reason));
        Ok(row)
    })
    .await
}

/// Whether the newest version was already answered like this.
fn settled_as(tx: &WriteTx<'_>, access: &Access, row: &Prescription, state: VersionState) -> Result<bool> {
    let number = tables::last_version(tx, access, row.id)?;
    Ok(tables::version(tx, access, row.id, number)?.state == state)
}

/// Owner or author interrupts a treatment: its future doses are cancelled and do not count.
///
/// # Errors
/// `prescription_not_found`, `not_owner_or_author`, `prescription_state_conflict`.
pub async fn pause(
    context: &Context,
    caller: &Caller,
    id: PrescriptionId,
    reason: Option<String>,
) -> Result<Turned> {
    let reason = match reason.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(reason) => parse_reason("reason", Some(reason)).map(Some),
    };
    let turn = Turn { event: Event::Pause, variant: "paused", reason };
    take(context, caller, id, "prescription.pause", turn).await
}

/// A prescription that somebody paused, resumed or stopped.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Turned {
    /// As it stands.
    pub prescription: Prescription,
    /// Next doses that come unusually soon or late after the last intake, and what keeps it from going on again.
    pub remarks: Vec<Remark>,
}

/// Owner or author lets a treatment go on: doses are planned from now.
///
/// # Errors
/// As [`pause`].
pub async fn resume(context: &Context, caller: &Caller, id: PrescriptionId) -> Result<Turned> {
    let turn = Turn { event: Event::Resume, variant: "resumed", reason: Ok(None) };
    take(context, caller, id, "prescription.resume", turn).await
}

/// Owner or author ends a treatment early.
///
/// # Errors
/// As [`pause`]; a bad field when the reason is missing.
pub async fn stop(
    context: &Context,
    caller: &Caller,
    id: PrescriptionId,
    reason: Option<String>,
) -> Result<Prescription> {
    let reason = parse_reason("reason", reason.as_deref()).map(Some);
    let turn = Turn { event: Event::Stop, variant: "stopped", reason };
    take(context, caller, id, "prescription.stop", turn).await.map(|turned| turned.prescription)
}

struct Turn {
    event: Event,
    variant: &'static str,
    reason: Result<Option<Phi<String>>>,
}

async fn take(
    context: &Context,
    caller: &Caller,
    id: PrescriptionId,
    action: &'static str,
    turn: Turn,
) -> Result<Turned> {
    let (by, signing) = (caller.clone(), Signing::of(context));
    let zone = signing.zone();
    gate::write(context, caller, action, move |tx| {
        let reason = turn.reason.as_ref().map_err(Error::clone)?.as_ref();
        let (access, mut row) = reach(tx, &by, id, Mode::Write)?;
        if !access.is_own() && by.user_id()? != row.author.id {
            return Err(Error::forbidden("not_owner_or_author"));
        }
        let status = running(tx, &row, zone);
        let had = match step(status, turn.event) {
            None => return Err(wrong_state(status)),
            Some(Step::Repeated) => {
                return repeated(tx, row).map(|prescription| Turned { prescription, remarks: Vec::new() });
            }
            Some(Step::To(to)) => {
                // While it was paused facts may have changed. What patients wrote down themselves is never forbidden.
                if to == Status::Active && row.author.id != row.patient {
                    signing.look_again(tx, (&access, &row), &row.content)?;
                }
                row.reason = reason.cloned();
                let had = before_pause(tx, &access, &row, zone)?;
                lead_to(tx, &access, &mut row, to, zone)?;
                had
            }
        };
        let kind = NotificationType::PrescriptionUpdate;
        if access.is_own() {
            tell_author(tx, &by, &row, kind, turn.variant, reason)?;
        } else {
            tell_patient(tx, &by, &row, kind, turn.variant, reason)?;
        }
        note(tx, &row, reason);
        let told = after_pause(tx, (&by, &access), (&row, &had), zone)?;
        let mut remarks: Vec<Remark> = told.iter().map(|told| told.remark(false)).collect();
        if turn.event == Event::Pause {
            remarks.extend(cannot_go_on(tx, &access, zone)?);
        }
        Ok(Turned { prescription: row, remarks })
    })
    .await
}

/// What whoever pauses a treatment is told when it could not go on again: days to come are lost, and nothing can be planned on
/// them.
fn cannot_go_on(tx: &WriteTx<'_>, access: &Access, zone: Tz) -> Result<Option<Remark>> {
    let (today, last) = (tx.now().day_in(zone), tx.now().plus(HORIZON).day_in(zone));
    let mut lost = lost_days(tx, access, today, last)?;
    lost.retain(|date| !is_given_up(tx, access, *date));
    let notice = days_in_words("notice_days_ahead_lost", &lost);
    Ok(notice.map(|notice| Remark::notice(String::new(), &notice)))
}

/// The author gives up a draft, or what the patient has not confirmed yet.
///
/// # Errors
/// `prescription_not_found`, `not_author`, `prescription_state_conflict`.
pub async fn discard(context: &Context, caller: &Caller, id: PrescriptionId) -> Result<Prescription> {
    let (by, zone) = (caller.clone(), context.zone());
    gate::write(context, caller, "prescription.discard", move |tx| {
        let (access, mut row) = reach(tx, &by, id, Mode::Write)?;
        only_author(&by, &row)?;
        match step(row.status, Event::Discard) {
            None => return Err(wrong_state(row.status)),
            Some(Step::Repeated) => return repeated(tx, row),
            Some(Step::To(to)) => lead_to(tx, &access, &mut row, to, zone)?,
        }
        note(tx, &row, None);
        Ok(row)
    })
    .await
}

/// Where it stands today: past its last day it is completed although the job has not said so yet.
fn running(tx: &WriteTx<'_>, row: &Prescription, zone: Tz) -> Status {
    row.status_on(tx.now().day_in(zone))
}

fn repeated(tx: &WriteTx<'_>, row: Prescription) -> Result<Prescription> {
    tx.trail().found_done();
    Ok(row)
}
