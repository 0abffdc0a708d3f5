//! The steps that writing, changing and deciding have in common. They run inside a flow's transaction.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::telling::{tell_of_change, tell_of_schedule, tell_patient};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::connections::tables as connections;
use crate::domain::doses;
use crate::domain::medicines;
use crate::domain::notifications::model::NotificationType;
use crate::domain::prescriptions::diff::same_doses;
use crate::domain::prescriptions::draft::{ContentDraft, LineDraft, LineFacts, MedicineChoice};
use crate::domain::prescriptions::model::Line;
use crate::domain::prescriptions::record::{Author, Content, Prescription, Version, VersionState};
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables;
use crate::domain::users;
use crate::domain::users::model::Role;
use crate::platform::error::{Error, FieldErrors, Kind, Result};
use crate::platform::ids::{BatchId, PrescriptionId, UserId};
use crate::platform::secret::Phi;
use crate::platform::settings::PlanSettings;
use crate::platform::store::{Reader, WriteTx};

/// How a prescription begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It takes effect at once.
    AtOnce,
    /// The patient confirms it first.
    AskPatient,
    /// The author goes on writing.
    AsDraft,
}

/// A checked prescription to be written.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) patient: UserId,
    pub(super) content: ContentDraft,
    pub(super) start: Start,
    pub(super) urgent_reason: Option<Phi<String>>,
    pub(super) batch: Option<BatchId>,
}

/// Writes a prescription with its first version, its doses and its notification.
pub(super) fn create(
    tx: &mut WriteTx<'_>,
    by: &Caller,
    access: Access,
    order: &Order,
    zone: Tz,
) -> Result<Prescription> {
    let now = tx.now();
    let author = author(tx, by)?;
    let id: PrescriptionId = tx.new_id()?;
    let drafts = order.content.lines.as_deref().unwrap_or_default();
    let lines = write_lines(tx, &access, &author, &[], drafts, now.day_in(zone))?;
    let content = Content { lines, ..order.content.head.clone() };
    let status = match order.start {
        Start::AtOnce => Status::Active,
        Start::AskPatient => Status::PendingConfirmation,
        Start::AsDraft => Status::Draft,
    };
    let version = Version {
        number: 1,
        author: author.clone(),
        at: now,
        reason: None,
        urgent: order.urgent_reason.is_some(),
        state: VersionState::Applied,
        content: content.clone(),
        changes: Vec::new(),
    };
    let mut row = Prescription {
        id,
        patient: access.patient(),
        author,
        status: Status::Draft,
        version: 1,
        content,
        pending_version: None,
        urgent: order.urgent_reason.is_some(),
        urgent_reason: order.urgent_reason.clone(),
        reason: None,
        confirmed_at: None,
        activated_at: None,
        ended_at: None,
        batch: order.batch,
        created_at: now,
        updated_at: now,
        revision: 0,
    };
    tables::add_version(tx, &access, id, &version)?;
    lead_to(tx, &access, &mut row, status, zone)?;
    if !access.covers(id) {
        // A doctor to whom only chosen prescriptions are open sees what he has just written.
        connections::share_prescription(tx, access.patient(), row.author.id, id)?;
    }
    match status {
        Status::Active => tell_patient(tx, by, &row, NotificationType::PrescriptionShared, "default", None)?,
        Status::PendingConfirmation => {
            tell_patient(tx, by, &row, NotificationType::PrescriptionShared, "confirm", None)?;
        }
        _ => {}
    }
    note(tx, &row, None);
    Ok(row)
}

/// The signed-in person as an author.
pub(super) fn author(tx: &dyn Reader, by: &Caller) -> Result<Author> {
    let user = users::tables::require(tx, by.user_id()?)?;
    Ok(Author { id: user.id, role: user.role, name: user.full_name })
}

/// Access to whoever's prescription it is. That there is one stays private.
pub(super) fn reach(
    tx: &dyn Reader,
    by: &Caller,
    id: PrescriptionId,
    mode: Mode,
) -> Result<(Access, Prescription)> {
    let patient = tables::patient_of(tx, id)?;
    let access = access::check(tx, by, patient, Scope::Prescriptions, mode).map_err(hidden)?;
    let row = tables::get(tx, &access, id)?;
    if !row.is_visible_to(by.user_id().ok()) {
        return Err(Error::not_found("prescription_not_found"));
    }
    Ok((access, row))
}

/// No such patient means no such prescription.
pub(super) fn hidden(error: Error) -> Error {
    if error.kind() == Kind::NotFound { Error::not_found("prescription_not_found") } else { error }
}

/// Only the author goes on.
pub(super) fn only_author(by: &Caller, row: &Prescription) -> Result<()> {
    if by.user_id()? == row.author.id { Ok(()) } else { Err(Error::forbidden("not_author")) }
}

/// The error for an event that may not happen in this state.
pub(super) fn wrong_state(status: Status) -> Error {
    Error::conflict("prescription_state_conflict").with("status", status.name())
}

/// Turns checked lines into lines with medicine, id and number. A line that means the same doses as one of
/// `old` goes on under its id and number; any other is new.
pub(super) fn write_lines(
    tx: &mut WriteTx<'_>,
    access: &Access,
    author: &Author,
    old: &[Line],
    drafts: &[LineDraft],
    today: NaiveDate,
) -> Result<Vec<Line>> {
    let mut errors = FieldErrors::new();
    let mut lines: Vec<Line> = Vec::with_capacity(old.len().max(drafts.len()));
    let mut taken: Vec<u32> = Vec::new();
    for draft in drafts {
        let free = |line: &&Line| !taken.contains(&line.number);
        let before = match draft.id {
            Some(id) => old.iter().filter(free).find(|line| line.id == id),
            None => old.iter().filter(free).find(|line| is_of(&draft.medicine, line)),
        };
        let known = before.filter(|line| is_of(&draft.medicine, line));
        let Some(facts) = medicine_facts(tx, author, draft, known, &mut errors)? else { continue };
        let line = match before {
            Some(before) => {
                let same = LineFacts { id: before.id, number: before.number, ..facts };
                let kept = draft.finish(same.clone(), before.start);
                let over = kept.end.is_some_and(|end| end < today);
                let anew = !same_doses(before, &kept) && (over || draft.begins_anew());
                if anew { draft.finish(same, today) } else { kept }
            }
            None => draft.finish(facts, today),
        };
        match before {
            Some(before) if same_doses(before, &line) => {
                taken.push(before.number);
                lines.push(line);
            }
            before => {
                if line.end.is_some_and(|end| end < today) {
                    errors.add(format!("{}endDate", draft.prefix), "ends_in_past");
                    continue;
                }
                taken.extend(before.map(|before| before.number));
                let number = doses::plans::next_line_number(tx, access.patient())?;
                lines.push(Line { id: tx.new_id()?, number, ..line });
            }
        }
    }
    errors.finish()?;
    Ok(lines)
}

fn is_of(medicine: &MedicineChoice, line: &Line) -> bool {
    match medicine {
        MedicineChoice::Catalogue(id) => line.medicine_id == Some(*id),
        MedicineChoice::Named(name) => {
            line.medicine_id.is_none() && line.medicine_name.to_lowercase() == name.to_lowercase()
        }
    }
}

/// Name and id of the chosen medicine. `known` is a line that has it already: an entry that was withdrawn from
/// the catalogue since then may go on.
fn medicine_facts(
    tx: &WriteTx<'_>,
    author: &Author,
    draft: &LineDraft,
    known: Option<&Line>,
    errors: &mut FieldErrors,
) -> Result<Option<LineFacts>> {
    let facts = |medicine_id, medicine_name, medicine_name_khmer| -> Result<Option<LineFacts>> {
        let id = tx.new_id()?;
        Ok(Some(LineFacts { id, number: 0, medicine_id, medicine_name, medicine_name_khmer }))
    };
    if let Some(line) = known {
        return facts(line.medicine_id, line.medicine_name.clone(), line.medicine_name_khmer.clone());
    }
    let field = format!("{}medicineId", draft.prefix);
    match &draft.medicine {
        MedicineChoice::Named(name) if author.role == Role::Patient => facts(None, name.clone(), None),
        MedicineChoice::Named(_) => {
            errors.add(field, "medicine_id_required");
            Ok(None)
        }
        MedicineChoice::Catalogue(id) => match medicines::tables::require_active(tx, *id) {
            Ok(medicine) => {
                let content = medicine.content;
                let name = format!("{} {}", content.generic, content.strength);
                let khmer = format!("{} {}", content.khmer, content.strength);
                facts(Some(*id), name.trim().to_owned(), Some(khmer.trim().to_owned()))
            }
            Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Conflict) => {
                errors.add(field, error.code());
                Ok(None)
            }
            Err(error) => Err(error),
        },
    }
}

/// Checks that a doctor may prescribe these medicines.
pub(super) fn check_medicines(tx: &dyn Reader, content: &ContentDraft) -> Result<()> {
    let mut errors = FieldErrors::new();
    for draft in content.lines.as_deref().unwrap_or_default() {
        let field = format!("{}medicineId", draft.prefix);
        match &draft.medicine {
            MedicineChoice::Named(_) => errors.add(field, "medicine_id_required"),
            MedicineChoice::Catalogue(id) => match medicines::tables::require_active(tx, *id) {
                Ok(_) => {}
                Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Conflict) => {
                    errors.add(field, error.code());
                }
                Err(error) => return Err(error),
            },
        }
    }
    errors.finish()
}

/// Brings a prescription into a state with everything that belongs to it, and writes it: doses planned or
/// cancelled, times noted, a version that still waits withdrawn when there is nothing left to decide.
pub(super) fn lead_to(
    tx: &mut WriteTx<'_>,
    access: &Access,
    row: &mut Prescription,
    status: Status,
    zone: Tz,
) -> Result<()> {
    let now = tx.now();
    let before = std::mem::replace(&mut row.status, status);
    if status == Status::Active && before != Status::Active {
        row.activated_at.get_or_insert(now);
        let patient = users::tables::require(tx, access.patient())?;
        let count = doses::plans::plan(tx, access, &patient, row.id, row.version, &row.content.lines, zone)?;
        tell_of_schedule(tx, row, count)?;
    }
    if before == Status::Active && status != Status::Active {
        let count = if status == Status::Completed {
            // Nothing lies ahead, and the last dose may still be reminded of.
            doses::plans::cancel_future(tx, access, row.id, None)?
        } else {
            crate::flows::doses::cancel_future(tx, access, row.id, None)?
        };
        tell_of_schedule(tx, row, count)?;
    }
    if status.is_final() {
        row.ended_at = Some(now);
        withdraw_pending(tx, access, row)?;
    }
    store(tx, access, row)
}

/// Writes a changed prescription.
pub(super) fn store(tx: &mut WriteTx<'_>, access: &Access, row: &mut Prescription) -> Result<()> {
    row.updated_at = tx.now();
    row.revision = row.revision.saturating_add(1);
    tables::save(tx, access, row)?;
    // What is not issued is its author's alone.
    if row.is_visible_to(Some(row.patient)) { tell_of_change(tx, row) } else { Ok(()) }
}

/// Notes that a waiting version is not decided any more.
pub(super) fn withdraw_pending(tx: &mut WriteTx<'_>, access: &Access, row: &mut Prescription) -> Result<()> {
    if let Some(number) = row.pending_version.take() {
        tables::settle_version(tx, access, row.id, number, VersionState::Withdrawn)?;
    }
    Ok(())
}

/// What the audit shall know.
pub(super) fn note(tx: &WriteTx<'_>, row: &Prescription, reason: Option<&Phi<String>>) {
    let medicines: Vec<String> = row
        .content
        .lines
        .iter()
        .map(|line| line.medicine_id.map_or_else(|| "by name".to_owned(), |id| id.to_string()))
        .collect();
    let mut trail = tx.trail();
    trail.patient = Some(row.patient.into());
    trail.resource = Some(("prescription", row.id.to_string()));
    trail.reason = reason.map(|reason| reason.reveal().clone());
    trail.change = Some(serde_json::json!({
        "status": row.status,
        "version": row.version,
        "pendingVersion": row.pending_version,
        "medicines": medicines,
    }));
}

/// What a patient may have written himself at a time. Every patient is on the free plan until there are others.
pub(super) fn check_limits(tx: &dyn Reader, access: &Access, limits: &PlanSettings, zone: Tz) -> Result<()> {
    let today = tx.now().day_in(zone);
    let own: Vec<Prescription> = tables::list(tx, access)?
        .into_iter()
        .filter(|row| row.author.id == row.patient && row.status_on(today).is_open())
        .collect();
    let medicines: usize = own.iter().map(|row| row.content.lines.len()).sum();
    let over = |count: usize, max: u32| u32::try_from(count).map_or(true, |count| count > max);
    if over(own.len(), limits.freemium_prescriptions_max) || over(medicines, limits.freemium_medicines_max) {
        return Err(Error::payment_required("plan_limit_reached")
            .with("prescriptions", limits.freemium_prescriptions_max)
            .with("medicines", limits.freemium_medicines_max));
    }
    Ok(())
}
