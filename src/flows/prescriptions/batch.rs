//! One prescription for several patients. Each patient is a transaction of their own, so that one who cannot be
//! reached takes nothing from the others; a repeated call under the same `Idempotency-Key` finds each done and goes on
//! with the others, also after the server fell in the middle. Who has none yet stands in [`find_batch`].

use chrono_tz::Tz;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::scribe::{self, lead_to, note, only_author, reach};
use super::signing::{Signing, settled};
use super::telling::tell_patient;
use super::{NewPrescription, Written};
use crate::domain::auth::model::{Caller, Idempotency};
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::domain::notifications::model::NotificationType;
use crate::domain::prescriptions::draft::OverrideInput;
use crate::domain::prescriptions::finding::{SafetyReport, Terms};
use crate::domain::prescriptions::model::Line;
use crate::domain::prescriptions::record::{Batch, Prescription};
use crate::domain::prescriptions::state::{Event, Status, Step, step};
use crate::domain::prescriptions::tables;
use crate::domain::safety_lines::NewLine;
use crate::domain::users::model::Role;
use crate::platform::clock::Span;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Kind, Result};
use crate::platform::i18n::{Language, text};
use crate::platform::ids::{BatchId, MedicationId, PrescriptionId, UserId};
use crate::platform::secret::Phi;
use crate::platform::store::{Direction, Reader, Step as Walk};

/// What a finding without a reason is refused with.
const LACKS_REASON: &str = "finding_needs_reason";
/// Most patients of one batch.
pub const PATIENTS_MAX: usize = 200;
/// For so long a batch can be taken back.
pub const UNDO_LIFE: Span = Span::hours(1);

/// A prescription for several patients.
#[derive(Debug, Clone)]
pub struct BatchRequest {
    /// For whom; each once.
    pub patients: Vec<UserId>,
    /// What; its patient does not matter.
    pub prescription: NewPrescription,
    /// Reasons for findings of single patients, besides those that hold for all.
    pub overrides: Vec<PatientOverrides>,
    /// Whether only to tell what would happen.
    pub mode: BatchMode,
}

/// Reasons for the findings of one patient.
#[derive(Debug, Clone)]
pub struct PatientOverrides {
    /// Whose.
    pub patient: UserId,
    /// The reasons.
    pub overrides: Vec<OverrideInput>,
}

/// Whether a batch is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchMode {
    /// Only tell what would happen.
    DryRun,
    /// Write it.
    Apply,
}

/// Why a patient was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The error's code.
    pub code: &'static str,
    /// In the caller's language.
    pub message: String,
}

/// What became of one patient's prescription.
#[derive(Debug, Clone)]
pub struct BatchResult {
    /// Whose.
    pub patient: UserId,
    /// The prescription; `None` in a dry run that found nothing wrong.
    pub outcome: Result<Option<Prescription>, Refusal>,
    /// What the safety check said of this patient.
    pub safety: SafetyReport,
}

/// What became of a batch.
#[derive(Debug, Clone)]
pub struct BatchDone {
    /// Its id; `None` for a dry run.
    pub id: Option<BatchId>,
    /// Per patient, in the order asked for.
    pub results: Vec<BatchResult>,
}

/// A doctor prescribes the same to several patients.
///
/// # Errors
/// `role_not_allowed`, `account_not_active`; every bad field of the prescription. What concerns one patient
/// stands in their result.
pub async fn write_batch(context: &Context, caller: &Caller, request: BatchRequest) -> Result<BatchDone> {
    let patients = distinct(&request.patients);
    let (by, zone) = (caller.clone(), context.zone());
    let repeated = patients.len() != request.patients.len();
    let count = patients.len();
    let prescription = request.prescription;
    let overrides = request.overrides;
    let asked = patients.clone();
    let check = move |tx: &dyn Reader, patient: Option<UserId>| {
        let mut own = prescription.clone();
        let of_patient = overrides.iter().filter(|given| Some(given.patient) == patient);
        own.content.overrides.extend(of_patient.flat_map(|given| given.overrides.iter().cloned()));
        let order = own.order(tx, Role::Doctor, zone, "prescription.")?;
        if let Some(place) = overrides.iter().position(|given| !asked.contains(&given.patient)) {
            let field = format!("patientOverrides[{place}].patientId");
            return Err(Error::invalid(field, "patient_not_in_batch"));
        }
        if count == 0 || count > PATIENTS_MAX || repeated {
            let error = FieldError::new("patientIds", "patients_count").with("max", PATIENTS_MAX);
            return Err(Error::invalid_fields(vec![error]));
        }
        Ok(order)
    };
    if request.mode == BatchMode::DryRun {
        return dry_run(context, caller, patients, check).await;
    }
    let checked = check.clone();
    let all = patients.clone();
    let id = gate::write(context, caller, "prescription.batch", move |tx| {
        let author = by.with_role(Role::Doctor)?;
        checked(tx, None)?;
        let id: BatchId = tx.new_id()?;
        let batch = Batch { id, author, created_at: tx.now(), patients: all.clone() };
        tables::BATCHES.put(tx, &id, &batch)?;
        tx.trail().resource = Some(("prescription_batch", id.to_string()));
        Ok(id)
    })
    .await?;
    let mut results = Vec::with_capacity(patients.len());
    for patient in patients {
        let checked = check.clone();
        let own = for_patient(caller, patient);
        let (by, signing) = (own.clone(), Signing::of(context));
        let written = gate::write(context, &own, "prescription.create", move |tx| {
            by.with_role(Role::Doctor)?;
            let access = access::check(tx, &by, patient, Scope::Prescriptions, Mode::Write)?;
            let order = scribe::Order { patient, batch: Some(id), ..checked(tx, Some(patient))? };
            let all = tables::list(tx, &access.of_server())?;
            let (row, safety) = scribe::create(tx, &by, (&access, &all), &order, &signing)?;
            Ok(Written { prescription: row, remarks: Vec::new(), safety })
        })
        .await;
        let written = match written {
            Ok(written) => {
                BatchResult { patient, outcome: Ok(Some(written.prescription)), safety: written.safety }
            }
            // Which findings have no reason is told with the refusal.
            Err(error) if lacks_reason(&error) => look_at(context, caller, patient, &check).await?,
            Err(error) => refused(caller, patient, error)?,
        };
        results.push(written);
    }
    Ok(BatchDone { id: Some(id), results })
}

async fn dry_run(
    context: &Context,
    caller: &Caller,
    patients: Vec<UserId>,
    check: impl Fn(&dyn Reader, Option<UserId>) -> Result<scribe::Order>,
) -> Result<BatchDone> {
    let mut results = Vec::with_capacity(patients.len());
    let by = caller.clone();
    gate::read(context, caller, "prescription.batch_dry_run", |tx| {
        by.with_role(Role::Doctor)?;
        check(tx, None).map(drop)
    })
    .await?;
    for patient in patients {
        results.push(look_at(context, caller, patient, &check).await?);
    }
    Ok(BatchDone { id: None, results })
}

/// What would become of one patient's prescription.
async fn look_at(
    context: &Context,
    caller: &Caller,
    patient: UserId,
    check: &impl Fn(&dyn Reader, Option<UserId>) -> Result<scribe::Order>,
) -> Result<BatchResult> {
    let (by, signing) = (caller.clone(), Signing::of(context));
    let looked = gate::read(context, caller, "prescription.batch_dry_run", |tx| {
        let access = access::check(tx, &by, patient, Scope::Prescriptions, Mode::Write)?;
        let order = check(tx, Some(patient))?;
        let drafts = order.content.lines.as_deref().unwrap_or_default();
        let today = tx.now().day_in(signing.zone());
        let lines: Vec<Line> =
            drafts.iter().map(|draft| draft.finish(MedicationId(Uuid::nil()), 0, today)).collect();
        let (new, all) = (NewLine::of_drafts(&lines, drafts), tables::list(tx, &access.of_server())?);
        let signed = order.signed((&access, &all), &new, Terms::SignedForSeveral);
        let safety = signing.look(tx, signed)?;
        Ok((settled(signed, &safety).map(drop), safety))
    })
    .await;
    match looked {
        Ok((Ok(()), safety)) => Ok(BatchResult { patient, outcome: Ok(None), safety }),
        Ok((Err(error), safety)) => {
            Ok(BatchResult { patient, outcome: Err(refusal(caller, &error)), safety })
        }
        Err(error) => refused(caller, patient, error),
    }
}

/// Whether a finding of this patient has no reason.
fn lacks_reason(error: &Error) -> bool {
    error.fields().iter().any(|field| field.code == LACKS_REASON)
}

fn refusal(caller: &Caller, error: &Error) -> Refusal {
    match error.fields().iter().find(|field| field.code == LACKS_REASON) {
        Some(field) => Refusal { code: field.code, message: text(caller.language, field.code, &field.args) },
        None => Refusal { code: error.code(), message: text(caller.language, error.code(), error.args()) },
    }
}

fn refused(caller: &Caller, patient: UserId, error: Error) -> Result<BatchResult> {
    let outcome = result::<Prescription>(caller, Err(error))?.map(Some);
    Ok(BatchResult { patient, outcome, safety: SafetyReport::default() })
}

/// How a batch stands: the prescription of each patient, as far as the doctor may still see it, and who has none.
///
/// # Errors
/// `batch_not_found`, also for batches of other doctors.
pub async fn find_batch(context: &Context, caller: &Caller, id: BatchId) -> Result<BatchDone> {
    gate::read(context, caller, "prescription.batch_view", |tx| {
        let batch = own_batch(tx, caller, id)?;
        let written = tables::BY_BATCH.keys(tx, &id)?;
        let mut results = Vec::with_capacity(written.len().max(batch.patients.len()));
        for (patient, prescription) in &written {
            let found = reach(tx, caller, *prescription, Mode::Read).map(|(_, row)| Some(row));
            let outcome = result(caller, found)?;
            results.push(BatchResult { patient: *patient, outcome, safety: SafetyReport::default() });
        }
        for patient in &batch.patients {
            if !written.iter().any(|(known, _)| known == patient) {
                let outcome = Err(refusal(caller, &Error::not_found("batch_not_written")));
                results.push(BatchResult { patient: *patient, outcome, safety: SafetyReport::default() });
            }
        }
        let place = |one: &BatchResult| batch.patients.iter().position(|patient| *patient == one.patient);
        results.sort_by_key(place);
        Ok(BatchDone { id: Some(id), results })
    })
    .await
}

fn own_batch(tx: &dyn Reader, caller: &Caller, id: BatchId) -> Result<Batch> {
    let author = caller.with_role(Role::Doctor)?;
    let batch = tables::BATCHES.require(tx, &id, "batch_not_found")?;
    if batch.author == author { Ok(batch) } else { Err(Error::not_found("batch_not_found")) }
}

/// Takes a batch back within an hour: what has not been changed since, and of which no dose was recorded, is discarded or
/// stopped.
///
/// # Errors
/// `batch_not_found`, also for batches of other doctors; `batch_undo_over`. What concerns one patient stands in their
/// result.
pub async fn undo_batch(context: &Context, caller: &Caller, id: BatchId) -> Result<BatchDone> {
    let by = caller.clone();
    let keys = gate::read(context, caller, "prescription.batch_undo", |tx| {
        let batch = own_batch(tx, &by, id)?;
        if tx.now() > batch.created_at.plus(UNDO_LIFE) {
            return Err(Error::conflict("batch_undo_over"));
        }
        tables::BY_BATCH.keys(tx, &id)
    })
    .await?;
    let mut results = Vec::with_capacity(keys.len());
    for (patient, prescription) in keys {
        let undone = undo(context, &for_patient(caller, patient), prescription).await;
        let outcome = result(caller, undone.map(Some))?;
        results.push(BatchResult { patient, outcome, safety: SafetyReport::default() });
    }
    Ok(BatchDone { id: Some(id), results })
}

async fn undo(context: &Context, caller: &Caller, id: PrescriptionId) -> Result<Prescription> {
    let (by, zone) = (caller.clone(), context.zone());
    gate::write(context, caller, "prescription.batch_undo", move |tx| {
        let (access, mut row) = reach(tx, &by, id, Mode::Write)?;
        only_author(&by, &row)?;
        if matches!(row.status, Status::Stopped | Status::Discarded) {
            tx.trail().found_done();
            return Ok(row);
        }
        let to = [Event::Discard, Event::Stop].into_iter().find_map(|event| step(row.status, event));
        let untouched = row.version == 1 && row.pending_version.is_none();
        let Some(Step::To(to)) = to.filter(|_| untouched) else {
            return Err(Error::conflict("prescription_changed_since"));
        };
        if is_begun(tx, &access, &row, zone)? {
            return Err(Error::conflict("batch_dose_recorded"));
        }
        // Kept with the prescription, so it stands there in both languages.
        let said = Language::ALL.map(|language| text(language, "batch_undone", &[]));
        let reason = Phi::new(said.join(" / "));
        row.reason = Some(reason.clone());
        lead_to(tx, &access, &mut row, to, zone)?;
        let kind = NotificationType::PrescriptionUpdate;
        tell_patient(tx, &by, &row, kind, "stopped", Some(&reason))?;
        note(tx, &row, Some(&reason));
        Ok(row)
    })
    .await
}

/// Whether a dose of the prescription was recorded.
fn is_begun(tx: &dyn Reader, access: &Access, row: &Prescription, zone: Tz) -> Result<bool> {
    let mut is_begun = false;
    let first = row.created_at.day_in(zone);
    doses::visit_days(tx, &access.of_server(), first, Direction::Forward, |_, day| {
        is_begun = day.doses.iter().any(|dose| dose.prescription == row.id && dose.is_recorded());
        Ok(if is_begun { Walk::Stop } else { Walk::Continue })
    })?;
    Ok(is_begun)
}

/// The caller with an `Idempotency-Key` of this patient's part of the request.
fn for_patient(caller: &Caller, patient: UserId) -> Caller {
    let mut own = caller.clone();
    own.idempotency = caller.idempotency.as_ref().map(|whole| {
        let mut hash = Sha256::new();
        hash.update(whole.fingerprint);
        hash.update(patient.0.as_bytes());
        Idempotency { key: format!("{} {patient}", whole.key), fingerprint: hash.finalize().into() }
    });
    own
}

/// What concerns one patient is their result; when the store or we fail, the whole call fails.
fn result<T>(caller: &Caller, outcome: Result<T>) -> Result<Result<T, Refusal>> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Forbidden | Kind::Conflict) => {
            Ok(Err(refusal(caller, &error)))
        }
        Err(error) => Err(error),
    }
}

fn distinct(patients: &[UserId]) -> Vec<UserId> {
    let mut seen = Vec::with_capacity(patients.len());
    for patient in patients {
        if !seen.contains(patient) {
            seen.push(*patient);
        }
    }
    seen
}
