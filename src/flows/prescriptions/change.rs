//! Changing a prescription. Every change is a new version; an ordinary change of what the patient has confirmed
//! waits for him, an urgent one holds at once and says why.

use chrono_tz::Tz;

use super::lines::{Ground, take_effect, write_lines};
use super::scribe::{
    Start, author, check_limits, lead_to, note, only_author, reach, store, withdraw_pending, wrong_state,
};
use super::telling::{tell_of_schedule, tell_patient};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::Access;
use crate::domain::connections::model::Mode;
use crate::domain::doses::plans::{Planned, plan_from};
use crate::domain::gate;
use crate::domain::notifications::model::NotificationType;
use crate::domain::prescriptions::diff::{changes, line_changes};
use crate::domain::prescriptions::draft::{
    ContentDraft, ContentInput, LineDraft, LineInput, parse_content, parse_line, parse_reason,
};
use crate::domain::prescriptions::model::Line;
use crate::domain::prescriptions::record::{Author, Content, Prescription, Version, VersionState};
use crate::domain::prescriptions::state::{Event, Status, Step, step};
use crate::domain::prescriptions::tables;
use crate::domain::users::model::Role;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldErrors, Result};
use crate::platform::ids::{MedicationId, PrescriptionId};
use crate::platform::secret::Phi;
use crate::platform::store::{Reader as _, WriteTx};

/// How fast a change takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// After the patient's consent when he has confirmed the prescription, else at once.
    Ordinary,
    /// At once. Only a doctor, with a reason.
    Urgent,
}

/// What is to be changed.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Fields of the prescription; lines, when given, replace all lines.
    Content(Box<ContentInput>),
    /// One more line.
    AddLine(Box<LineInput>),
    /// A line, of which only what is given changes.
    ChangeLine(MedicationId, Box<LineInput>),
    /// A line less.
    RemoveLine(MedicationId),
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

/// [`Edit`], checked as far as that goes without the store.
#[derive(Debug, Clone)]
enum Checked {
    Content(ContentDraft),
    AddLine(LineDraft),
    ChangeLine(MedicationId, Box<LineInput>),
    RemoveLine(MedicationId),
}

struct Change {
    edit: Checked,
    reason: Option<Phi<String>>,
    pace: Pace,
    if_match: Option<u64>,
    zone: Tz,
    limits: crate::platform::settings::PlanSettings,
}

impl ChangeRequest {
    fn check(self, context: &Context) -> Result<Change> {
        let today = context.now().day_in(context.zone());
        let mut errors = FieldErrors::new();
        let edit = match self.edit {
            Edit::Content(input) => errors.take(parse_content(&input, "", today).map(Checked::Content))?,
            Edit::AddLine(input) => errors.take(parse_line(&input, "", today).map(Checked::AddLine))?,
            Edit::ChangeLine(id, input) => Some(Checked::ChangeLine(id, input)),
            Edit::RemoveLine(id) => Some(Checked::RemoveLine(id)),
        };
        let said = self.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty());
        let reason = match self.pace {
            Pace::Ordinary if !said => None,
            Pace::Ordinary | Pace::Urgent => errors.take(parse_reason("reason", self.reason.as_deref()))?,
        };
        errors.finish()?;
        let edit = edit.ok_or_else(|| Error::internal("a checked change without content"))?;
        let limits = context.settings.plans.clone();
        Ok(Change { edit, reason, pace: self.pace, if_match: self.if_match, zone: context.zone(), limits })
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
) -> Result<Prescription> {
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
) -> Result<Prescription> {
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

/// Issues a draft: it takes effect or asks the patient.
///
/// # Errors
/// `prescription_not_found`, `not_author`, `prescription_state_conflict`.
pub async fn issue(
    context: &Context,
    caller: &Caller,
    id: PrescriptionId,
    start: Start,
) -> Result<Prescription> {
    let (by, zone) = (caller.clone(), context.zone());
    gate::write(context, caller, "prescription.issue", move |tx| {
        let (access, mut row) = reach(tx, &by, id, Mode::Write)?;
        only_author(&by, &row)?;
        let event = match start {
            Start::AtOnce => Event::Issue,
            Start::AskPatient | Start::AsDraft => Event::AskConfirmation,
        };
        match step(row.status, event) {
            None => return Err(wrong_state(row.status)),
            Some(Step::Repeated) => {
                tx.trail().found_done();
                return Ok(row);
            }
            Some(Step::To(status)) => lead_to(tx, &access, &mut row, status, zone)?,
        }
        let variant = if row.status == Status::Active { "default" } else { "confirm" };
        tell_patient(tx, &by, &row, NotificationType::PrescriptionShared, variant, None)?;
        note(tx, &row, None);
        Ok(row)
    })
    .await
}

fn change_in(tx: &mut WriteTx<'_>, by: &Caller, id: PrescriptionId, change: &Change) -> Result<Prescription> {
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
    let ground = Ground::of(tx, &access, change.zone)?;
    let mut content = edited(tx, &access, &author, &base, change, &ground)?;
    if content == base && status != Status::PendingRevision {
        tx.trail().found_done();
        return Ok(row);
    }
    let waits = change.pace == Pace::Ordinary
        && row.confirmed_at.is_some()
        && row.author.id != row.patient
        && matches!(status, Status::Active | Status::Paused);
    if !waits && row.activated_at.is_some() {
        content.lines = take_effect(tx, &access, &row.content.lines, content.lines, &ground)?;
    }
    let version = Version {
        number: tables::last_version(tx, &access, id)?.saturating_add(1),
        author,
        at: tx.now(),
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
    note(tx, &row, change.reason.as_ref());
    Ok(row)
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
    if row.status == Status::Active && target == Status::Active {
        let mut moved = 0_u32;
        if !lines.ended.is_empty() {
            let ended: Vec<u32> = lines.ended.iter().flat_map(Line::numbers).collect();
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

/// The content after the edit.
fn edited(
    tx: &mut WriteTx<'_>,
    access: &Access,
    author: &Author,
    base: &Content,
    change: &Change,
    ground: &Ground,
) -> Result<Content> {
    let today = tx.now().day_in(change.zone);
    let with_lines = |lines: Vec<Line>| Content { lines, ..base.clone() };
    let place = |id: MedicationId| {
        base.lines
            .iter()
            .position(|line| line.has_id(id))
            .ok_or_else(|| Error::not_found("medication_not_found"))
    };
    match &change.edit {
        Checked::Content(draft) => {
            let lines = match &draft.lines {
                None => base.lines.clone(),
                Some(drafts) => write_lines(tx, access, author, &base.lines, drafts, ground)?,
            };
            let (old, new) = (base.clone(), draft.head.clone());
            Ok(Content {
                diagnosis: new.diagnosis.or(old.diagnosis),
                symptoms: new.symptoms.or(old.symptoms),
                clinical_note: new.clinical_note.or(old.clinical_note),
                follow_up: new.follow_up.or(old.follow_up),
                overrides: if new.overrides.is_empty() { old.overrides } else { new.overrides },
                lines,
            })
        }
        Checked::AddLine(draft) => {
            let mut lines = base.lines.clone();
            if lines.len() >= crate::domain::prescriptions::draft::MAX_LINES {
                return Err(Error::invalid_fields(vec![
                    crate::platform::error::FieldError::new("medications", "lines_count")
                        .with("max", crate::domain::prescriptions::draft::MAX_LINES),
                ]));
            }
            lines.extend(write_lines(tx, access, author, &[], std::slice::from_ref(draft), ground)?);
            Ok(with_lines(lines))
        }
        Checked::ChangeLine(id, patch) => {
            let place = place(*id)?;
            let mut lines = base.lines.clone();
            let Some(slot) = lines.get_mut(place) else { return Ok(base.clone()) };
            let draft = parse_line(&LineInput::of(slot).patched((**patch).clone()), "", today)?;
            let old = std::slice::from_ref(&*slot);
            let written = write_lines(tx, access, author, old, std::slice::from_ref(&draft), ground)?;
            if let Some(line) = written.into_iter().next() {
                *slot = line;
            }
            Ok(with_lines(lines))
        }
        Checked::RemoveLine(id) => {
            let place = place(*id)?;
            if base.lines.len() == 1 {
                return Err(Error::conflict("last_line"));
            }
            let mut lines = base.lines.clone();
            lines.remove(place);
            Ok(with_lines(lines))
        }
    }
}
