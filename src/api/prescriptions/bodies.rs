//! What clients send.

use chrono_tz::Tz;
use poem_openapi::Object;

use super::lines::LineBody;
use crate::api::types::{Day, Moment, named_lists};
use crate::domain::prescriptions::draft::{ContentInput, LineInput, OverrideInput, parse_reason};
use crate::domain::prescriptions::model::OverrideReason;
use crate::domain::prescriptions::{model, state};
use crate::flows::prescriptions::{
    BatchMode, BatchRequest, ChangeRequest, Edit, IssueRequest, NewPrescription, Pace, PatientOverrides,
    Start, Urgency,
};
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::ids::{MedicineId, UserId};

named_lists! {
    /// Where a prescription stands.
    state::Status as "PrescriptionStatus": Draft, PendingConfirmation, Active, Paused, PendingRevision,
        Completed, Stopped, Rejected, Discarded;
    /// When a dose is taken relative to a meal.
    model::MealRelation as "MealRelation": Before, With, After, EmptyStomach, None;
    /// A time of day.
    model::Slot as "DoseSlot": Morning, Noon, Evening, Night;
}

/// Why a safety finding is overridden.
#[derive(Debug, Clone, Object)]
#[oai(rename = "SafetyOverrideRequest", rename_all = "camelCase")]
pub struct OverrideBody {
    /// Which finding: its `id` in an answer or in the error.
    pub finding_id: String,
    /// Why it is prescribed nevertheless.
    pub reason: OverrideReason,
    /// The same in words, 3 to 500 characters; needed for OTHER.
    pub note: Option<String>,
}

/// A prescription: the short form with `medicineId`, `dosage` and `frequency`, or the full form with
/// `medications`.
#[derive(Debug, Clone, Object)]
#[oai(rename = "PrescriptionRequest", rename_all = "camelCase")]
pub struct PrescriptionBody {
    /// For whom.
    patient_id: UserId,
    /// Short form: the catalogue entry.
    medicine_id: Option<MedicineId>,
    /// Short form: how much at a time, "500 mg".
    dosage: Option<String>,
    /// Short form: how often, "BID".
    frequency: Option<String>,
    /// Short form: for so many days; ongoing when left out.
    duration_days: Option<u32>,
    /// Short form: first day; the day on which it takes effect when left out.
    start_date: Option<Day>,
    /// Short form: how much in all; tells the duration when that is left out.
    quantity: Option<f64>,
    /// Short form, as needed: most intakes in 24 hours.
    #[oai(rename = "maxPer24h")]
    max_per_24h: Option<u32>,
    /// Short form, as needed: least hours between two intakes.
    min_interval_hours: Option<u32>,
    /// Short form, every so many hours: when the first dose is to be taken; the next time of day ahead (07:00, 11:30,
    /// 17:30, 21:00) when left out.
    first_at: Option<Moment>,
    /// Full form: the lines, 1 to 30.
    medications: Option<Vec<LineBody>>,
    /// What for.
    diagnosis: Option<String>,
    /// Complaints.
    symptoms: Option<String>,
    /// For colleagues.
    clinical_note: Option<String>,
    /// Next visit.
    follow_up_date: Option<Day>,
    /// Whether the patient has to confirm it before there are doses.
    requires_confirmation: Option<bool>,
    /// Whether the author goes on writing: nobody else sees a draft.
    is_draft: Option<bool>,
    /// Whether it is urgent.
    is_urgent: Option<bool>,
    /// Why; needed when it is urgent.
    urgent_reason: Option<String>,
    /// Safety findings overridden.
    overrides: Option<Vec<OverrideBody>>,
}

impl PrescriptionBody {
    /// As the flow takes it.
    pub fn for_patient(self, zone: Tz) -> NewPrescription {
        let patient_id = self.patient_id;
        PreviewBody {
            patient_id: Some(patient_id),
            medicine_id: self.medicine_id,
            medicine_name: None,
            dosage: self.dosage,
            frequency: self.frequency,
            duration_days: self.duration_days,
            start_date: self.start_date,
            quantity: self.quantity,
            max_per_24h: self.max_per_24h,
            min_interval_hours: self.min_interval_hours,
            first_at: self.first_at,
            medications: self.medications,
            diagnosis: self.diagnosis,
            symptoms: self.symptoms,
            clinical_note: self.clinical_note,
            follow_up_date: self.follow_up_date,
            requires_confirmation: self.requires_confirmation,
            is_draft: self.is_draft,
            is_urgent: self.is_urgent,
            urgent_reason: self.urgent_reason,
            overrides: self.overrides,
        }
        .written_for(patient_id, zone)
    }
}

/// A prescription that need not name its patient.
#[derive(Debug, Clone, Object)]
#[oai(rename = "OwnPrescriptionRequest", rename_all = "camelCase")]
pub struct PreviewBody {
    /// For whom, when a doctor previews it: their meal times move the doses.
    pub patient_id: Option<UserId>,
    /// Short form: the catalogue entry.
    medicine_id: Option<MedicineId>,
    /// Short form: the name of a medicine that the catalogue lacks.
    medicine_name: Option<String>,
    /// Short form: how much at a time, "500 mg".
    dosage: Option<String>,
    /// Short form: how often, "BID".
    frequency: Option<String>,
    /// Short form: for so many days; ongoing when left out.
    duration_days: Option<u32>,
    /// Short form: first day; the day on which it takes effect when left out.
    start_date: Option<Day>,
    /// Short form: how much in all; tells the duration when that is left out.
    quantity: Option<f64>,
    /// Short form, as needed: most intakes in 24 hours.
    #[oai(rename = "maxPer24h")]
    max_per_24h: Option<u32>,
    /// Short form, as needed: least hours between two intakes.
    min_interval_hours: Option<u32>,
    /// Short form, every so many hours: when the first dose is to be taken; the next time of day ahead (07:00, 11:30,
    /// 17:30, 21:00) when left out.
    first_at: Option<Moment>,
    /// Full form: the lines, 1 to 30.
    medications: Option<Vec<LineBody>>,
    /// What for.
    diagnosis: Option<String>,
    /// Complaints.
    symptoms: Option<String>,
    /// For colleagues.
    clinical_note: Option<String>,
    /// Next visit.
    follow_up_date: Option<Day>,
    /// Whether the patient has to confirm it before there are doses.
    requires_confirmation: Option<bool>,
    /// Whether the author goes on writing: nobody else sees a draft.
    is_draft: Option<bool>,
    /// Whether it is urgent.
    is_urgent: Option<bool>,
    /// Why; needed when it is urgent.
    urgent_reason: Option<String>,
    /// Safety findings overridden.
    overrides: Option<Vec<OverrideBody>>,
}

impl PreviewBody {
    /// What is prescribed.
    pub fn content(self, zone: Tz) -> ContentInput {
        let short = LineInput {
            medicine_id: self.medicine_id,
            medicine_name: self.medicine_name,
            dosage: self.dosage,
            frequency: self.frequency,
            duration_days: self.duration_days,
            start: self.start_date.map(|day| day.0),
            quantity: self.quantity,
            max_per_24h: self.max_per_24h,
            min_interval_hours: self.min_interval_hours,
            first_at: self.first_at.map(|first_at| first_at.resolve(zone)),
            ..LineInput::default()
        };
        ContentInput {
            diagnosis: self.diagnosis,
            symptoms: self.symptoms,
            clinical_note: self.clinical_note,
            follow_up: self.follow_up_date.map(|day| day.0),
            overrides: given(self.overrides),
            lines: lines(self.medications, zone),
            short: Some(short),
        }
    }

    fn written_for(self, patient: UserId, zone: Tz) -> NewPrescription {
        let start = match (self.is_draft, self.requires_confirmation) {
            (Some(true), _) => Start::AsDraft,
            (_, Some(true)) => Start::AskPatient,
            _ => Start::AtOnce,
        };
        // A reason says that it is urgent, unless that is denied: then the flow names the contradiction.
        let urgent = match (self.is_urgent, &self.urgent_reason) {
            (Some(true), reason) => Urgency::Urgent(reason.clone()),
            (_, None) => Urgency::Ordinary,
            (_, Some(_)) => Urgency::ReasonAlone,
        };
        NewPrescription { patient, content: self.content(zone), start, urgent }
    }

    /// As the flow takes a patient's own, which needs nobody's consent.
    pub fn own(self, zone: Tz) -> NewPrescription {
        let draft = self.is_draft == Some(true);
        let start = if draft { Start::AsDraft } else { Start::AtOnce };
        // The flow puts the caller in the patient's place.
        let patient = self.patient_id.unwrap_or(UserId(uuid::Uuid::nil()));
        NewPrescription { start, ..self.written_for(patient, zone) }
    }
}

fn lines(lines: Option<Vec<LineBody>>, zone: Tz) -> Option<Vec<LineInput>> {
    lines.map(|lines| lines.into_iter().map(|line| line.input(zone)).collect())
}

pub(super) fn given(overrides: Option<Vec<OverrideBody>>) -> Vec<OverrideInput> {
    let input =
        |one: OverrideBody| OverrideInput { finding: one.finding_id, reason: one.reason, note: one.note };
    overrides.unwrap_or_default().into_iter().map(input).collect()
}

/// What changes. Fields left out stay; `medications` replaces all lines.
#[derive(Debug, Clone, Object)]
#[oai(rename = "PrescriptionChange", rename_all = "camelCase")]
pub struct ChangeBody {
    /// All lines. One that names the `id` of a line, or has its medicine, goes on from it and keeps its id.
    medications: Option<Vec<LineBody>>,
    /// What for.
    diagnosis: Option<String>,
    /// Complaints.
    symptoms: Option<String>,
    /// For colleagues.
    clinical_note: Option<String>,
    /// Next visit.
    follow_up_date: Option<Day>,
    /// Safety findings overridden.
    overrides: Option<Vec<OverrideBody>>,
    /// Why it is changed.
    reason: Option<String>,
}

impl ChangeBody {
    /// As the flow takes it.
    pub fn request(self, if_match: Option<u64>, zone: Tz) -> ChangeRequest {
        let content = ContentInput {
            diagnosis: self.diagnosis,
            symptoms: self.symptoms,
            clinical_note: self.clinical_note,
            follow_up: self.follow_up_date.map(|day| day.0),
            overrides: given(self.overrides),
            lines: lines(self.medications, zone),
            short: None,
        };
        let edit = Edit::Content(Box::new(content));
        ChangeRequest { edit, reason: self.reason, pace: Pace::Ordinary, if_match }
    }
}

/// An urgent change, with a reason that the patient reads.
#[derive(Debug, Clone, Object)]
#[oai(rename = "UrgentPrescriptionChange", rename_all = "camelCase")]
pub struct UrgentChangeBody {
    /// All lines. One that names the `id` of a line, or has its medicine, goes on from it and keeps its id.
    medications: Option<Vec<LineBody>>,
    /// What for.
    diagnosis: Option<String>,
    /// Complaints.
    symptoms: Option<String>,
    /// For colleagues.
    clinical_note: Option<String>,
    /// Next visit.
    follow_up_date: Option<Day>,
    /// Safety findings overridden.
    overrides: Option<Vec<OverrideBody>>,
    /// Why it is urgent, 3 to 500 characters.
    reason: Option<String>,
    /// The same under the name that a new prescription uses.
    urgent_reason: Option<String>,
}

impl UrgentChangeBody {
    /// As the flow takes it.
    ///
    /// # Errors
    /// Two reasons that differ; one that is too short or too long, under the name that it was sent by.
    pub fn request(self, if_match: Option<u64>, zone: Tz) -> Result<ChangeRequest> {
        if self.reason.is_some() && self.urgent_reason.is_some() && self.reason != self.urgent_reason {
            let error = FieldError::new("urgentReason", "contradicts").with("other", "reason");
            return Err(Error::invalid_fields(vec![error]));
        }
        if let (None, Some(reason)) = (&self.reason, &self.urgent_reason) {
            parse_reason("urgentReason", Some(reason))?;
        }
        let change = ChangeBody {
            medications: self.medications,
            diagnosis: self.diagnosis,
            symptoms: self.symptoms,
            clinical_note: self.clinical_note,
            follow_up_date: self.follow_up_date,
            overrides: self.overrides,
            reason: self.reason.or(self.urgent_reason),
        };
        Ok(ChangeRequest { pace: Pace::Urgent, ..change.request(if_match, zone) })
    }
}

/// A reason that the other side reads, 3 to 500 characters.
#[derive(Debug, Clone, Object)]
#[oai(rename = "ReasonRequest", rename_all = "camelCase")]
pub struct ReasonBody {
    /// Why.
    pub reason: Option<String>,
}

/// Why a treatment is interrupted.
#[derive(Debug, Clone, Object)]
#[oai(rename = "PauseRequest", rename_all = "camelCase")]
pub struct PauseBody {
    /// Why, 3 to 500 characters.
    pub reason: Option<String>,
}

/// How a draft is issued.
#[derive(Debug, Clone, Object)]
#[oai(rename = "IssueRequest", rename_all = "camelCase")]
pub struct IssueBody {
    /// Whether the patient has to confirm it first.
    requires_confirmation: Option<bool>,
    /// Safety findings overridden, each with its reason.
    overrides: Option<Vec<OverrideBody>>,
}

impl IssueBody {
    /// As the flow takes it.
    pub fn request(body: Option<Self>) -> IssueRequest {
        let (ask, overrides) = body.map_or((None, None), |body| (body.requires_confirmation, body.overrides));
        let start = if ask == Some(true) { Start::AskPatient } else { Start::AtOnce };
        IssueRequest { start, overrides: given(overrides) }
    }
}

/// The same prescription for several patients.
#[derive(Debug, Clone, Object)]
#[oai(rename = "PrescriptionBatchRequest", rename_all = "camelCase")]
pub struct BatchBody {
    /// For whom, each once, at most 200.
    patient_ids: Vec<UserId>,
    /// Reasons for safety findings of single patients, besides `overrides` of the prescription, which hold for all.
    patient_overrides: Option<Vec<PatientOverridesBody>>,
    /// What.
    prescription: PreviewBody,
    /// Whether only to tell what would happen.
    dry_run: Option<bool>,
}

/// Reasons for the safety findings of one patient.
#[derive(Debug, Clone, Object)]
#[oai(rename = "PatientOverrides", rename_all = "camelCase")]
pub struct PatientOverridesBody {
    /// Whose; one of `patientIds`.
    patient_id: UserId,
    /// The reasons.
    overrides: Vec<OverrideBody>,
}

impl BatchBody {
    /// As the flow takes it.
    ///
    /// # Errors
    /// The prescription names a patient beside `patientIds`.
    pub fn request(self, zone: Tz) -> Result<BatchRequest> {
        if self.prescription.patient_id.is_some() {
            let error = FieldError::new("prescription.patientId", "contradicts").with("other", "patientIds");
            return Err(Error::invalid_fields(vec![error]));
        }
        let mode = if self.dry_run == Some(true) { BatchMode::DryRun } else { BatchMode::Apply };
        let prescription = self.prescription.written_for(UserId(uuid::Uuid::nil()), zone);
        let of_patient = |body: PatientOverridesBody| PatientOverrides {
            patient: body.patient_id,
            overrides: given(Some(body.overrides)),
        };
        let overrides = self.patient_overrides.unwrap_or_default().into_iter().map(of_patient).collect();
        Ok(BatchRequest { patients: self.patient_ids, prescription, overrides, mode })
    }
}
