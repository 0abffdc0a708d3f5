//! A dose as people see it: joined with the medicine's name from its prescription line.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::model::{Dose, DoseStatus, Outcome, Reminder, SkipReason, Source};
use crate::domain::prescriptions::model::{Amount, Line, MealRelation, Slot};
use crate::platform::clock::Timestamp;
use crate::platform::clock::lead::PutRight;
use crate::platform::ids::{DoseId, MedicationId, MedicineId, PrescriptionId, UserId};

/// The part of the day a dose is grouped under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimePeriod {
    /// MORNING, NOON and EVENING; without a slot from 04:00 to 20:00.
    Daytime,
    /// NIGHT; without a slot from 20:00 to 04:00.
    Night,
}

impl TimePeriod {
    /// Both, in the order of the day.
    pub const ALL: [Self; 2] = [Self::Daytime, Self::Night];

    /// The colour it is shown in.
    pub const fn colour(self) -> &'static str {
        match self {
            Self::Daytime => "#2D5BFF",
            Self::Night => "#6B4AA3",
        }
    }

    /// Where a dose belongs.
    pub fn of(dose: &Dose, zone: Tz) -> Self {
        let hour = chrono::Timelike::hour(&dose.scheduled().local(zone));
        match dose.slot {
            Some(Slot::Night) => Self::Night,
            Some(Slot::Morning | Slot::Noon | Slot::Evening) => Self::Daytime,
            None if (4..20).contains(&hour) => Self::Daytime,
            None => Self::Night,
        }
    }
}

/// An earlier record that was corrected or taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierRecord {
    /// What it said.
    pub status: DoseStatus,
    /// When, by the actor's word.
    pub at: Timestamp,
    /// When the server learned of it.
    pub recorded_at: Timestamp,
    /// Who recorded it; nobody for the sweep.
    pub by: Option<UserId>,
    /// Why it was left out.
    pub skip_reason: Option<SkipReason>,
    /// What it said by a clock of ours that was ahead.
    pub put_right: Option<PutRight>,
}

/// A dose with what a person needs to take it and to see what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoseCard {
    /// Its id.
    pub id: DoseId,
    /// The prescription it belongs to.
    pub prescription_id: PrescriptionId,
    /// Its line; unknown only when the line cannot be read.
    pub medication_id: Option<MedicationId>,
    /// The catalogue entry, unless the patient wrote the medicine down by name.
    pub medicine_id: Option<MedicineId>,
    /// Whose dose.
    pub patient_id: UserId,
    /// The medicine as prescribed.
    pub medicine_name: String,
    /// The same in Khmer.
    pub medicine_name_khmer: Option<String>,
    /// How much, `1 tablet`.
    pub dose: String,
    /// How much.
    pub amount: Amount,
    /// The unit.
    pub unit: String,
    /// The time of day it was planned for.
    pub slot: Option<Slot>,
    /// Daytime or night.
    pub time_period: TimePeriod,
    /// Relation to meals.
    pub meal_relation: MealRelation,
    /// What the patient is told.
    pub instructions: Option<String>,
    /// What the patient is told, in Khmer.
    pub instructions_khmer: Option<String>,
    /// When it is to be taken; for one taken as needed, when it was.
    pub scheduled_time: Timestamp,
    /// When its reminder is to be sent.
    pub reminder_time: Timestamp,
    /// Where it stands.
    pub status: DoseStatus,
    /// Whether it was taken as needed.
    pub as_needed: bool,
    /// When it was taken.
    pub taken_at: Option<Timestamp>,
    /// Minutes from the scheduled time to the intake; negative when early.
    pub minutes_late: Option<i64>,
    /// Why it was left out.
    pub skip_reason: Option<SkipReason>,
    /// The words of who recorded it.
    pub notes: Option<String>,
    /// When the server learned of what holds.
    pub recorded_at: Option<Timestamp>,
    /// Who recorded what holds; nobody for a dose that was missed.
    pub recorded_by: Option<UserId>,
    /// Whether the record was sent after the device found its connection again.
    pub sent_after_reconnection: bool,
    /// When it happened by the device's clock, where that clock was wrong.
    pub device_time: Option<Timestamp>,
    /// By how many seconds that clock was behind ours, negative when it was ahead.
    pub clock_shift_seconds: Option<i64>,
    /// What it said by a clock of ours that was ahead.
    pub put_right: Option<PutRight>,
    /// How often its reminder was put off.
    pub snooze_count: u32,
    /// The reminders that were sent, oldest first.
    pub reminders: Vec<Reminder>,
    /// What was recorded before and corrected or taken back since, oldest first.
    pub corrections: Vec<EarlierRecord>,
}

impl DoseCard {
    /// Joins a dose with its line.
    pub fn new(dose: &Dose, line: Option<&Line>, patient: UserId, zone: Tz) -> Self {
        let outcome = dose.outcome().filter(|outcome| !outcome.takes_back());
        let unit = line.map(|line| line.unit.clone()).unwrap_or_default();
        let earlier = dose.outcomes.len().saturating_sub(1);
        Self {
            id: dose.id,
            prescription_id: dose.prescription,
            medication_id: line.map(|line| line.id),
            medicine_id: line.and_then(|line| line.medicine_id),
            patient_id: patient,
            medicine_name: line.map(|line| line.medicine_name.clone()).unwrap_or_default(),
            medicine_name_khmer: line.and_then(|line| line.medicine_name_khmer.clone()),
            dose: dose_text(dose.amount, &unit),
            amount: dose.amount,
            unit,
            slot: dose.slot,
            time_period: TimePeriod::of(dose, zone),
            meal_relation: line.map(|line| line.meal_relation).unwrap_or_default(),
            instructions: line.and_then(|line| line.instructions.clone()),
            instructions_khmer: line.and_then(|line| line.instructions_khmer.clone()),
            scheduled_time: dose.scheduled(),
            reminder_time: dose.reminder_at(),
            status: dose.status,
            as_needed: dose.as_needed,
            taken_at: dose.taken_at(),
            minutes_late: dose.minutes_late().filter(|_| !dose.as_needed),
            skip_reason: outcome.and_then(|outcome| outcome.skip_reason),
            notes: outcome
                .and_then(|outcome| outcome.notes.clone())
                .map(crate::platform::secret::Phi::into_inner),
            recorded_at: outcome.map(|outcome| outcome.recorded_at),
            recorded_by: outcome.and_then(|outcome| outcome.by),
            sent_after_reconnection: outcome.is_some_and(|outcome| outcome.source == Source::Sync),
            device_time: outcome.and_then(|outcome| outcome.device_at),
            clock_shift_seconds: outcome.and_then(Outcome::clock_shift_seconds),
            put_right: outcome.and_then(|outcome| outcome.put_right),
            snooze_count: dose.snoozes,
            reminders: dose.reminders.clone(),
            corrections: dose
                .outcomes
                .iter()
                .take(earlier)
                .map(|outcome| EarlierRecord {
                    status: outcome.status,
                    at: outcome.at,
                    recorded_at: outcome.recorded_at,
                    by: outcome.by,
                    skip_reason: outcome.skip_reason,
                    put_right: outcome.put_right,
                })
                .collect(),
        }
    }
}

/// An amount with its unit, `0.5 tablet`: a zero before the point, none at the end.
pub fn dose_text(amount: Amount, unit: &str) -> String {
    let parts = amount.as_ten_thousandths();
    let (whole, rest) = (parts / 10_000, parts % 10_000);
    let number = if rest == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{rest:04}").trim_end_matches('0').to_owned()
    };
    if unit.is_empty() { number } else { format!("{number} {}", unit.to_lowercase()) }
}
