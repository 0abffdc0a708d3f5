//! What clients send.

use chrono::Weekday;
use poem_openapi::{Enum, Object};

use crate::api::types::{Day, TimeOfDay, named_lists};
use crate::domain::prescriptions::draft::{ContentInput, LineInput, SlotInput, StepInput};
use crate::domain::prescriptions::model::{self, MealRelation};
use crate::domain::prescriptions::state;
use crate::flows::prescriptions::{
    BatchMode, BatchRequest, ChangeRequest, Edit, NewPrescription, Pace, Start,
};
use crate::platform::ids::{MedicationId, MedicineId, UserId};

named_lists! {
    /// Where a prescription stands.
    state::Status as "PrescriptionStatus": Draft, PendingConfirmation, Active, Paused, PendingRevision,
        Completed, Stopped, Rejected, Discarded;
    /// When a dose is taken relative to a meal.
    model::MealRelation as "MealRelation": Before, With, After, EmptyStomach, None;
    /// A time of day.
    model::Slot as "DoseSlot": Morning, Noon, Evening, Night;
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "Weekday", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WeekdayName {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Both names of each day.
const WEEKDAYS: [(WeekdayName, Weekday); 7] = [
    (WeekdayName::Monday, Weekday::Mon),
    (WeekdayName::Tuesday, Weekday::Tue),
    (WeekdayName::Wednesday, Weekday::Wed),
    (WeekdayName::Thursday, Weekday::Thu),
    (WeekdayName::Friday, Weekday::Fri),
    (WeekdayName::Saturday, Weekday::Sat),
    (WeekdayName::Sunday, Weekday::Sun),
];

impl WeekdayName {
    /// The day of the calendar.
    pub fn day(self) -> Weekday {
        WEEKDAYS.iter().find(|(name, _)| *name == self).map_or(Weekday::Mon, |(_, day)| *day)
    }

    /// The name of a day of the calendar.
    pub fn of(day: Weekday) -> Self {
        WEEKDAYS.iter().find(|(_, known)| *known == day).map_or(Self::Monday, |(name, _)| *name)
    }
}

/// How much in each slot of the day, in `doseUnit`. What is left out is nothing.
#[derive(Debug, Clone, Copy, Default, Object)]
#[oai(rename = "SlotAmounts", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct SlotsBody {
    /// 07:00, moved by breakfast.
    pub morning: Option<f64>,
    /// 11:30, moved by lunch.
    pub noon: Option<f64>,
    /// 17:30, moved by dinner.
    pub evening: Option<f64>,
    /// 21:00.
    pub night: Option<f64>,
}

impl From<SlotsBody> for SlotInput {
    fn from(body: SlotsBody) -> Self {
        Self { morning: body.morning, noon: body.noon, evening: body.evening, night: body.night }
    }
}

/// One step of a taper.
#[derive(Debug, Clone, Copy, Object)]
#[oai(rename = "TaperStep", rename_all = "camelCase")]
pub struct StepBody {
    /// For so many days.
    pub days: u32,
    /// These amounts.
    pub slots: SlotsBody,
}

/// A medication line: the full grid, or `dosage` and `frequency` in words.
#[derive(Debug, Clone, Default, Object)]
#[oai(rename = "MedicationRequest", rename_all = "camelCase")]
pub struct LineBody {
    /// When a prescription is changed: the line it stands for.
    id: Option<MedicationId>,
    /// The catalogue entry. A doctor's line needs it.
    medicine_id: Option<MedicineId>,
    /// The name, for what a patient takes himself and the catalogue lacks.
    medicine_name: Option<String>,
    /// Amount and unit in words, in place of `doseAmount` and `doseUnit`: "500 mg", "½ cp", "២ គ្រាប់".
    dosage: Option<String>,
    /// How much at a time.
    dose_amount: Option<f64>,
    /// Its unit: TABLET, CAPSULE, ML, MG, ... or as written on paper: "cp", "gél", "គ្រាប់".
    dose_unit: Option<String>,
    /// How much in each slot.
    slots: Option<SlotsBody>,
    /// Exact times of day instead of slots.
    times: Option<Vec<TimeOfDay>>,
    /// Relation to meals.
    meal_relation: Option<MealRelation>,
    /// How often: OD, BID, TID, QID, HS, QOD, Q8H, WEEKLY, PRN, STAT, "1-0-1", "2x/day", "2 fois par jour",
    /// "3ដង/១ថ្ងៃ", ...
    frequency: Option<String>,
    /// Only as needed.
    #[oai(rename = "isPRN")]
    is_prn: Option<bool>,
    /// As needed: most intakes in 24 hours.
    #[oai(rename = "maxPer24h")]
    max_per_24h: Option<u32>,
    /// As needed: least hours between two intakes.
    min_interval_hours: Option<u32>,
    /// Every so many days.
    #[oai(rename = "everyNDays")]
    every_n_days: Option<u32>,
    /// On these days of the week.
    weekdays: Option<Vec<WeekdayName>>,
    /// Every so many hours, by elapsed time.
    #[oai(rename = "everyNHours")]
    every_n_hours: Option<u32>,
    /// A taper: amounts that change step by step.
    steps: Option<Vec<StepBody>>,
    /// First day; today when left out.
    start_date: Option<Day>,
    /// For so many days from the start.
    duration_days: Option<u32>,
    /// Last day, included.
    end_date: Option<Day>,
    /// How much in all; counted units tell the duration when it is left out.
    quantity: Option<f64>,
    /// What the patient is told, in English or French.
    instructions: Option<String>,
    /// What the patient is told, in Khmer.
    instructions_khmer: Option<String>,
}

impl From<LineBody> for LineInput {
    fn from(body: LineBody) -> Self {
        let times = body.times.unwrap_or_default();
        let steps = body.steps.unwrap_or_default();
        Self {
            id: body.id,
            medicine_id: body.medicine_id,
            medicine_name: body.medicine_name,
            dosage: body.dosage,
            dose_amount: body.dose_amount,
            dose_unit: body.dose_unit,
            slots: body.slots.map(SlotInput::from),
            times: times.iter().map(|time| time.0.format("%H:%M").to_string()).collect(),
            meal_relation: body.meal_relation,
            frequency: body.frequency,
            is_prn: body.is_prn,
            max_per_24h: body.max_per_24h,
            min_interval_hours: body.min_interval_hours,
            every_n_days: body.every_n_days,
            weekdays: body.weekdays.unwrap_or_default().into_iter().map(WeekdayName::day).collect(),
            every_n_hours: body.every_n_hours,
            steps: steps.iter().map(|step| StepInput { days: step.days, slots: step.slots.into() }).collect(),
            start: body.start_date.map(|day| day.0),
            duration_days: body.duration_days,
            end: body.end_date.map(|day| day.0),
            quantity: body.quantity,
            instructions: body.instructions,
            instructions_khmer: body.instructions_khmer,
            running_since: None,
        }
    }
}

/// A safety finding that the author saw and overrode.
#[derive(Debug, Clone, Object)]
#[oai(rename = "SafetyOverride", rename_all = "camelCase")]
pub struct OverrideBody {
    /// Which finding.
    pub finding: String,
    /// Why it is prescribed nevertheless.
    pub reason: String,
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
    /// Short form: first day; today when left out.
    start_date: Option<Day>,
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
    pub fn for_patient(self) -> NewPrescription {
        let patient_id = self.patient_id;
        PreviewBody {
            patient_id: Some(patient_id),
            medicine_id: self.medicine_id,
            medicine_name: None,
            dosage: self.dosage,
            frequency: self.frequency,
            duration_days: self.duration_days,
            start_date: self.start_date,
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
        .written_for(patient_id)
    }
}

/// A prescription that need not name its patient.
#[derive(Debug, Clone, Object)]
#[oai(rename = "OwnPrescriptionRequest", rename_all = "camelCase")]
pub struct PreviewBody {
    /// For whom, when a doctor previews it: his meal times move the doses.
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
    /// Short form: first day; today when left out.
    start_date: Option<Day>,
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
    pub fn content(self) -> ContentInput {
        let short = LineInput {
            medicine_id: self.medicine_id,
            medicine_name: self.medicine_name,
            dosage: self.dosage,
            frequency: self.frequency,
            duration_days: self.duration_days,
            start: self.start_date.map(|day| day.0),
            ..LineInput::default()
        };
        ContentInput {
            diagnosis: self.diagnosis,
            symptoms: self.symptoms,
            clinical_note: self.clinical_note,
            follow_up: self.follow_up_date.map(|day| day.0),
            overrides: pairs(self.overrides),
            lines: lines(self.medications),
            short: Some(short),
        }
    }

    fn written_for(self, patient: UserId) -> NewPrescription {
        let start = match (self.is_draft, self.requires_confirmation) {
            (Some(true), _) => Start::AsDraft,
            (_, Some(true)) => Start::AskPatient,
            _ => Start::AtOnce,
        };
        let urgent = (self.is_urgent == Some(true)).then(|| self.urgent_reason.clone());
        NewPrescription { patient, content: self.content(), start, urgent }
    }

    /// As the flow takes a patient's own, which needs nobody's consent.
    pub fn own(self) -> NewPrescription {
        let draft = self.is_draft == Some(true);
        let start = if draft { Start::AsDraft } else { Start::AtOnce };
        // The flow puts the caller in the patient's place.
        NewPrescription { start, urgent: None, ..self.written_for(UserId(uuid::Uuid::nil())) }
    }
}

fn lines(lines: Option<Vec<LineBody>>) -> Option<Vec<LineInput>> {
    lines.map(|lines| lines.into_iter().map(LineInput::from).collect())
}

fn pairs(overrides: Option<Vec<OverrideBody>>) -> Vec<(String, String)> {
    overrides.unwrap_or_default().into_iter().map(|one| (one.finding, one.reason)).collect()
}

/// What changes. Fields left out stay; `medications` replaces all lines.
#[derive(Debug, Clone, Object)]
#[oai(rename = "PrescriptionChange", rename_all = "camelCase")]
pub struct ChangeBody {
    /// All lines. One that means the same doses as before keeps its id.
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
    pub fn request(self, if_match: Option<u64>) -> ChangeRequest {
        let content = ContentInput {
            diagnosis: self.diagnosis,
            symptoms: self.symptoms,
            clinical_note: self.clinical_note,
            follow_up: self.follow_up_date.map(|day| day.0),
            overrides: pairs(self.overrides),
            lines: lines(self.medications),
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
    /// All lines. One that means the same doses as before keeps its id.
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
    pub fn request(self, if_match: Option<u64>) -> ChangeRequest {
        let change = ChangeBody {
            medications: self.medications,
            diagnosis: self.diagnosis,
            symptoms: self.symptoms,
            clinical_note: self.clinical_note,
            follow_up_date: self.follow_up_date,
            overrides: self.overrides,
            reason: self.reason.or(self.urgent_reason),
        };
        ChangeRequest { pace: Pace::Urgent, ..change.request(if_match) }
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
    pub requires_confirmation: Option<bool>,
}

/// The same prescription for several patients.
#[derive(Debug, Clone, Object)]
#[oai(rename = "PrescriptionBatchRequest", rename_all = "camelCase")]
pub struct BatchBody {
    /// For whom, each once, at most 100.
    patient_ids: Vec<UserId>,
    /// What.
    prescription: PreviewBody,
    /// Whether only to tell what would happen.
    dry_run: Option<bool>,
}

impl BatchBody {
    /// As the flow takes it.
    pub fn request(self) -> BatchRequest {
        let mode = if self.dry_run == Some(true) { BatchMode::DryRun } else { BatchMode::Apply };
        let prescription = self.prescription.written_for(UserId(uuid::Uuid::nil()));
        BatchRequest { patients: self.patient_ids, prescription, mode }
    }
}
