//! What clients send of pill groups, and what they see.

use poem_openapi::Object;

use crate::api::doses::shown::{DoseView, name_of};
use crate::api::types::{Day, Instant, Moment, TimeOfDay, named_lists};
use crate::flows::doses::{MarkedMedicine, MarkedTogether, Outcome};
use crate::platform::ids::{MedicationId, MedicineId, PillGroupId, PrescriptionId, UserId};
use crate::views::pill_groups::{ShownGroup, ShownMember};

named_lists! {
    /// What became of one medicine of a pill group.
    Outcome as "PillGroupOutcome": Recorded, Unchanged, Refused, NoDose;
}

/// A new pill group.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NewPillGroupRequest {
    /// As the patient calls it.
    #[oai(validator(min_length = 1, max_length = 60))]
    pub(in crate::api) name: String,
    /// At what time of day its medicines are used, on the clinic's clock.
    pub(in crate::api) scheduled_time: TimeOfDay,
    /// The medicine lines in it; none when left out.
    #[oai(validator(max_items = 20))]
    pub(in crate::api) medicines: Option<Vec<MedicationId>>,
}

/// A change of a pill group.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ChangePillGroupRequest {
    /// As the patient calls it.
    #[oai(validator(min_length = 1, max_length = 60))]
    pub(in crate::api) name: Option<String>,
    /// At what time of day its medicines are used, from tomorrow on.
    pub(in crate::api) scheduled_time: Option<TimeOfDay>,
    /// Whether it is in use.
    pub(in crate::api) is_active: Option<bool>,
}

/// Medicines to be put into a pill group.
#[derive(Debug, Object)]
pub struct AddToPillGroupRequest {
    /// The medicine lines.
    #[oai(validator(min_items = 1, max_items = 20))]
    pub(in crate::api) medicines: Vec<MedicationId>,
}

/// All medicines of a pill group were used.
#[derive(Debug, Default, Object)]
#[oai(rename_all = "camelCase", default)]
pub struct MarkPillGroupRequest {
    /// When; now when left out. A time without a zone is meant in the clinic's.
    pub(in crate::api) taken_at: Option<Moment>,
    /// Of which day the doses are; the day of `takenAt` when left out. After midnight, yesterday's evening.
    pub(in crate::api) date: Option<Day>,
    /// The words of who records it, for each of them.
    #[oai(validator(max_length = 1000))]
    pub(in crate::api) notes: Option<String>,
    /// Confirms an intake from two to twelve hours before the planned time.
    pub(in crate::api) confirm_early: Option<bool>,
    /// What the device's clock shows now. When it is wrong by two minutes or more, `takenAt` is shifted by as much.
    pub(in crate::api) sent_at: Option<Moment>,
}

/// A medicine in a pill group.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PillGroupMedicine {
    /// The medicine line.
    medication_id: MedicationId,
    /// Its prescription.
    prescription_id: PrescriptionId,
    /// Where that stands: ACTIVE, or PAUSED when it has no doses until it is resumed.
    prescription_status: String,
    /// The catalogue entry; null for a medicine that the patient wrote down by name.
    medicine_id: Option<MedicineId>,
    /// The medicine as prescribed.
    medicine_name: String,
    /// The same in Khmer.
    medicine_name_khmer: Option<String>,
    /// How much is used with the group, `1 tablet`; null when the prescription has this time of day no more.
    dose: Option<String>,
    /// Which prescribed time of day is used with the group: MORNING, NOON, EVENING or NIGHT.
    slot: Option<String>,
    /// BEFORE, WITH, AFTER, EMPTY_STOMACH or NONE.
    meal_relation: Option<String>,
    /// At what time it is planned; null when the prescription has this time of day no more.
    planned_time: Option<TimeOfDay>,
    /// Whether that is the group's time. False while the group is out of use, and when meal times or the prescription have
    /// changed so that it may not lie there any more: it is at its prescribed time then.
    follows_group: bool,
}

impl PillGroupMedicine {
    fn of(member: ShownMember, group_time: chrono::NaiveTime, is_active: bool) -> Self {
        Self {
            medication_id: member.medication,
            prescription_id: member.prescription,
            prescription_status: member.status.name().to_owned(),
            medicine_id: member.medicine_id,
            medicine_name: member.medicine_name,
            medicine_name_khmer: member.medicine_name_khmer,
            dose: member.dose,
            slot: name_of(member.slot),
            meal_relation: name_of(member.meal_relation),
            planned_time: member.planned_time.map(TimeOfDay),
            follows_group: is_active && member.planned_time == Some(group_time),
        }
    }
}

/// Medicines that a patient uses together at one time of day.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "PillGroup")]
pub struct PillGroupView {
    /// Its id.
    id: PillGroupId,
    /// Whose.
    patient_id: UserId,
    /// As the patient calls it; null where it also holds what is not shared with who asks.
    name: Option<String>,
    /// At what time of day its medicines are used, on the clinic's clock.
    scheduled_time: TimeOfDay,
    /// Whether it is in use.
    is_active: bool,
    /// Its medicines that are shared with who asks.
    medicines: Vec<PillGroupMedicine>,
    /// When it was made.
    created_at: Instant,
    /// When it was last changed.
    updated_at: Instant,
}

impl PillGroupView {
    pub(in crate::api) fn of(group: ShownGroup) -> Self {
        let medicines = group.members.into_iter();
        Self {
            id: group.id,
            patient_id: group.patient,
            name: group.name,
            scheduled_time: TimeOfDay(group.time),
            is_active: group.is_active,
            medicines: medicines
                .map(|member| PillGroupMedicine::of(member, group.time, group.is_active))
                .collect(),
            created_at: group.created_at.into(),
            updated_at: group.updated_at.into(),
        }
    }
}

/// What became of one medicine.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PillGroupMark {
    /// The medicine line.
    medication_id: MedicationId,
    /// Whether it was recorded.
    outcome: Outcome,
    /// The code of why nothing was recorded, as errors carry it: `dose_too_early`.
    reason: Option<String>,
    /// The reason, or what the change of adherence means, in the caller's language.
    message: Option<String>,
    /// The dose as it is now; null when the day has none.
    dose: Option<DoseView>,
    /// Taking adherence of the last 30 days, all of the group counted, in percent with one decimal.
    adherence_rate: Option<f64>,
    /// Percent of the planned doses of that day that are taken, with one decimal.
    daily_progress: Option<f64>,
}

impl PillGroupMark {
    fn of(marked: MarkedMedicine) -> Self {
        let recorded = marked.recorded.as_ref();
        let is_recorded = marked.outcome == Outcome::Recorded;
        let told = recorded.filter(|_| is_recorded).map(|recorded| recorded.message.clone());
        Self {
            medication_id: marked.medication,
            outcome: marked.outcome,
            reason: marked.reason,
            message: marked.message.or(told),
            dose: recorded.map(|recorded| DoseView::of(&recorded.dose)),
            adherence_rate: recorded.and_then(|recorded| recorded.adherence_rate),
            daily_progress: recorded.and_then(|recorded| recorded.daily_progress),
        }
    }
}

/// What became of a pill group that was marked.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PillGroupMarked {
    /// The group.
    group_id: PillGroupId,
    /// The day whose doses were marked.
    date: Day,
    /// One for each medicine, in the group's order.
    medicines: Vec<PillGroupMark>,
}

impl PillGroupMarked {
    pub(in crate::api) fn of(marked: MarkedTogether) -> Self {
        Self {
            group_id: marked.group,
            date: Day(marked.date),
            medicines: marked.medicines.into_iter().map(PillGroupMark::of).collect(),
        }
    }
}
