//! Changing a prescription. Every change is a new version; an ordinary change of what the patient has confirmed
//! waits for them, an urgent one holds at once and says why.

use chrono_tz::Tz;

use super::Written;
use super::editing::{Edit, Edited, edited};
use super::first_doses::{Effect, as_of_now};
use super::ground::Ground;
use super::scribe::{
    Start, author, check_limits, lead_to, note, only_author, reach, store, withdraw_pending, wrong_state,
};
use super::signing::{Signing, Whole};
use super::telling::{tell_of_schedule, tell_patient};
use super::watch::tell_of_own;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::Access;
use crate::domain::connections::model::Mode;
use crate::domain::doses::plans::{Planned, plan_from};
use crate::domain::gate;
use crate::domain::notifications::model::NotificationType;
use crate::domain::pill_grouping;
use crate::domain::prescriptions::diff::{changes, line_changes};
use crate::domain::prescriptions::draft::{OverrideInput, parse_overrides, parse_reason, remarks};
use crate::domain::prescriptions::finding::SafetyReport;
use crate::domain::prescriptions::model::Line;
use crate::domain::prescriptions::record::{Prescription, Version, VersionState};
use crate::domain::prescriptions::state::{Event, Status, Step, step};
use crate::domain::prescriptions::tables;
use crate::domain::users::model::Role;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{MedicationId, PrescriptionId};
use crate::platform::secret::Phi;
use crate::platform::store::{Reader as _, WriteTx};

/// How fast a change takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// After the patient's consent when they have confirmed the prescription, else at once.
    Ordinary,
    /// At once. Only a doctor, with a reason.
    Urgent,
}

/// A change of a prescription.
#[derive(Debug, Clone)]
pub struct ChangeRequest {
    /// What.
    pub edit: Edit,
    /// Why. Needed when it is urgent.
    pub reason: Option<String>,
    /// How fast.
    pub pace: Pace,
    /// The revision that the author saw; another one in the store refuses the change.
    pub if_match: Option<u64>,
}

struct Change {
    edit: Edit,
    reason: Option<Phi<String>>,
    pace: Pace,
    if_match: Option<u64>,
    zone: Tz,
    limits: crate::platform::settings::Plans,
    signing: Signing,
}

impl ChangeRequest {
    fn check(self, context: &Context) -> Result<Change> {
        let said = self.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty());
        let reason = match self.pace {
            Pace::Ordinary if !said => None,
            Pace::Ordinary | Pace::Urgent => Some(parse_reason("reason", self.reason.as_deref())?),
        };
        let (limits, zone) = (context.settings.plans, context.zone());
        let signing = Signing::of(context);
        Ok(Change {
            edit: self.edit,
            reason,
            pace: self.pace,
            if_match: self.if_match,
            zone,
            limits,
            signing,
        })
    }
}

/// Changes a prescription.
///
/// # Errors
/// `prescription_not_found`, `not_author`, `prescription_state_conflict`, `prescription_changed` when another
/// revision was meant; every bad field; `plan_limit_reached` for a patient's own.
pub async fn change(
    context: &Context,
    caller: &Caller,
    id: PrescriptionId,
    request: ChangeRequest,
) -> Result<Written> {
    let by = caller.clone();
    let action = match request.pace {
        Pace::Ordinary => "prescription.change",
        Pace::Urgent => "prescription.change_urgently",
    };
    let change = request.check(context);
    gate::write(context, caller, action, move |tx| {
        let change = change.as_ref().map_err(Error::clone)?;
        if change.pace == Pace::Urgent {
            by.with_role(Role::Doctor)?;
        }
        change_in(tx, &by, id, change)
    })
    .await
}

/// Changes or removes one line, found by its id.
///
/// # Errors
/// `medication_not_found`; as [`change`].
pub async fn change_medication(
    context: &Context,
    caller: &Caller,
    medication: MedicationId,
    request: ChangeRequest,
) -> Result<Written> {
    let by = caller.clone();
    let change = request.check(context);
    gate::write(context, caller, "prescription.change_line", move |tx| {
        let (_, id) = tables::prescription_of(tx, medication)?;
        let change = change.as_ref().map_err(Error::clone)?;
        change_in(tx, &by, id, change).map_err(|error| match error.code() {
            // That there is such a line says that there is such a prescription.
            "prescription_not_found" => Error::not_found("medication_not_found"),
            _ => error,
        })
    })
    .await
}

/// How a draft is issued.
#[derive(Debug, Clone)]
pub struct IssueRequest {
    /// Whether it takes effect at once or asks the patient.
    pub start: Start,
    /// Findings that are overridden, each with its reason.
    pub overrides: Vec<OverrideInput>,
}

/// Issues a draft: it takes effect or asks the patient. A finding that needs a reason must have one now.
///
/// # Errors
/// `prescription_not_found`, `not_author`, `prescription_state_conflict`; findings without a reason.
pub async fn issue(
    context: &Context,
    caller: &Caller,
    id: PrescriptionId,
    request: IssueRequest,
) -> Result<Written> {
    let (by, zone, signing) = (caller.clone(), context.zone(), Signing::of(context));
    gate::write(context, caller, "prescription.issue", move |tx| {
        let (access, mut row) = reach(tx, &by, id, Mode::Write)?;
        only_author(&by, &row)?;
        let event = match request.start {
            Start::AtOnce => Event::Issue,
            Start::AskPatient | Start::AsDraft => Event::AskConfirmation,
        };
        let status = match step(row.status, event) {
            None => return Err(wrong_state(row.status)),
            Some(Step::Repeated) => {
                tx.trail().found_done();
                return Ok(Written {
                    prescription: row,
                    remarks: Vec::new(),
                    safety: SafetyReport::default(),
                });
            }
            Some(Step::To(status)) => status,
        };
        let given = parse_overrides(&request.overrides)?;
        let whole = Whole { access: &access, row: &row, lines: &row.content.lines, given: &given };
        let (overrides, safety) = signing.sign_whole(tx, whole)?;
        signing.count(tx, &row.author, (&overrides, &safety))?;
        row.content.overrides = overrides;
        tables::settle_content(tx, &access, row.id, row.version, &row.content)?;
        lead_to(tx, &access, &mut row, status, zone)?;
        let variant = if row.status == Status::Active { "default" } else { "confirm" };
        tell_patient(tx, &by, &row, NotificationType::PrescriptionShared, variant, None)?;
        note(tx, &row, None);
        Ok(Written { prescription: row, remarks: Vec::new(), safety })
    })
    .await
}

fn change_in(tx: &mut WriteTx<'_>, by: &Caller, id: PrescriptionId, change: &Change) -> Result<Written> {
    let (access, mut row) = reach(tx, by, id, Mode::Write)?;
    only_author(by, &row)?;
    if change.if_match.is_some_and(|seen| seen != row.revision) {
        return Err(Error::precondition_failed("prescription_changed"));
    }
    let today = tx.now().day_in(change.zone);
    let event = match change.pace {
        Pace::Ordinary => Event::Revise,
        Pace::Urgent => Event::ReviseUrgently,
    };
    let status = row.status_on(today);
    let Some(Step::To(target)) = step(status, event) else { return Err(wrong_state(status)) };
    // An ordinary change goes on from what was proposed last; an urgent one must not bring into force what the
    // patient has not decided.
    let base = match (change.pace, row.pending_version) {
        (Pace::Ordinary, Some(number)) => tables::version(tx, &access, id, number)?.content,
        _ => row.content.clone(),
    };
    let author = author(tx, by)?;
    let ground = Ground::of(tx, &access, change.zone, Some(&row))?;
    let Edited { mut content, drafts } =
        edited(tx, (&access, id), author.role, &base, &change.edit, &ground)?;
    let mut remarks = remarks(&drafts);
    let edit = (&change.edit, drafts.as_slice());
    let mut safety = change.signing.sign_change(tx, (&access, &row), edit, (&base, &mut content))?;
    if content == base && status != Status::PendingRevision {
        tx.trail().found_done();
        return Ok(Written { prescription: row, remarks, safety });
    }
    if status != Status::Draft {
        change.signing.count(tx, &author, (&content.overrides, &safety))?;
    }
    let waits = change.pace == Pace::Ordinary
        && row.confirmed_at.is_some()
        && row.author.id != row.patient
        && matches!(status, Status::Active | Status::Paused);
    if row.activated_at.is_some() {
        let effect = if waits { Effect::Later } else { Effect::AtOnce };
        let (lines, told) = as_of_now(tx, (by, &access), &row, &content.lines, effect, &ground)?;
        let is_one = matches!(change.edit, Edit::ChangeLine(..));
        remarks.extend(told.into_iter().map(|told| told.remark(is_one)));
        if !waits {
            content.lines = lines;
        }
    }
    let version = Version {
        number: tables::last_version(tx, &access, id)?.saturating_add(1),
        author,
        at: tx.now(),
        confirmed_at: None,
        paused_at: row.paused_at,
        reason: change.reason.clone(),
        urgent: change.pace == Pace::Urgent,
        state: if waits { VersionState::Pending } else { VersionState::Applied },
        changes: changes(&row.content, &content),
        content,
    };
    withdraw_pending(tx, &access, &mut row)?;
    tables::add_version(tx, &access, id, &version)?;
    if waits {
        row.pending_version = Some(version.number);
        store(tx, &access, &mut row)?;
    } else {
        if change.pace == Pace::Urgent {
            (row.urgent, row.urgent_reason) = (true, change.reason.clone());
        }
        apply(tx, &access, &mut row, &version, target, &ground)?;
    }
    if row.author.id == row.patient {
        check_limits(tx, &access, &change.limits, change.zone)?;
    }
    tell_of_change(tx, by, &row, change)?;
    tell_of_own(tx, &access, (&row, &safety))?;
    note(tx, &row, change.reason.as_ref());
    if access.is_own() {
        return Ok(Written { prescription: row, remarks, safety: safety.for_patient() });
    }
    if row.status != Status::Draft {
        let elsewhere = change.signing.arisen_elsewhere(tx, &access, (row.id, &safety))?;
        safety.add(elsewhere);
    }
    Ok(Written { prescription: row, remarks, safety })
}

fn tell_of_change(tx: &mut WriteTx<'_>, by: &Caller, row: &Prescription, change: &Change) -> Result<()> {
    let (kind, variant) = match (change.pace, row.status) {
        (_, Status::Draft) => return Ok(()),
        (Pace::Urgent, _) => (NotificationType::UrgentPrescriptionChange, "default"),
        (Pace::Ordinary, Status::PendingConfirmation) => (NotificationType::PrescriptionUpdate, "confirm"),
        (Pace::Ordinary, _) if row.pending_version.is_some() => {
            (NotificationType::PrescriptionUpdate, "confirm")
        }
        (Pace::Ordinary, _) => (NotificationType::PrescriptionUpdate, "default"),
    };
    tell_patient(tx, by, row, kind, variant, change.reason.as_ref())
}

/// Brings a version whose lines have taken effect into force: doses of lines that ended are cancelled, those of
/// changed lines planned anew but for what is recorded or still open, those of new lines planned, all others stay as
/// they are.
pub(super) fn apply(
    tx: &mut WriteTx<'_>,
    access: &Access,
    row: &mut Prescription,
    version: &Version,
    target: Status,
    ground: &Ground,
) -> Result<()> {
    let lines = line_changes(&row.content.lines, &version.content.lines);
    row.content = version.content.clone();
    row.version = version.number;
    let ended: Vec<u32> = lines.ended.iter().flat_map(Line::numbers).collect();
    if !ended.is_empty() {
        pill_grouping::leave(tx, access, row.id, Some(&ended))?;
    }
    if row.status == Status::Active && target == Status::Active {
        let mut moved = 0_u32;
        if !ended.is_empty() {
            moved = crate::flows::doses::cancel_future(tx, access, row.id, Some(&ended))?;
        }
        let planned = |lines| Planned { prescription: row.id, version: row.version, lines };
        let (patient, zone) = (&ground.patient, ground.zone);
        if !lines.changed.is_empty() {
            let planned = planned(&lines.changed);
            let count = crate::flows::doses::plan_changed(tx, access, patient, planned, zone)?;
            moved = moved.saturating_add(count);
        }
        if !lines.begun.is_empty() {
            let now = tx.now();
            let count = plan_from(tx, access, patient, planned(&lines.begun), zone, now)?;
            moved = moved.saturating_add(count);
        }
        tell_of_schedule(tx, row, moved)?;
    }
    lead_to(tx, access, row, target, ground.zone)
}
