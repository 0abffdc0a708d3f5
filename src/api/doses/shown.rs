//! Doses as clients see them.

use std::sync::Arc;

use poem_openapi::Object;

use crate::api::put_right::ClockPutRight;
use crate::api::types::{Day, Instant};
use crate::domain::doses::card::{DoseCard, EarlierRecord, TimePeriod};
use crate::domain::doses::model::{DoseStatus, Reminder, SkipReason};
use crate::platform::ids::{DoseId, MedicationId, MedicineId, PrescriptionId, UserId};
use crate::views::schedule::Schedule;

/// An earlier record that was corrected or taken back.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct EarlierRecordView {
    /// What it said.
    pub(in crate::api) status: DoseStatus,
    /// When it happened, by the word of who recorded it.
    pub(in crate::api) at: Instant,
    /// When the server learned of it.
    pub(in crate::api) recorded_at: Instant,
    /// Who recorded it; null when the grace period had passed without a record.
    pub(in crate::api) recorded_by: Option<UserId>,
    /// Why it was left out.
    pub(in crate::api) skip_reason: Option<SkipReason>,
    /// What it said while the server's clock was ahead; only where that was put right since.
    #[oai(skip_serializing_if_is_none)]
    pub(in crate::api) clock_put_right: Option<ClockPutRight>,
}

impl EarlierRecordView {
    pub(in crate::api) fn of(record: &EarlierRecord) -> Self {
        Self {
            status: record.status,
            at: record.at.into(),
            recorded_at: record.recorded_at.into(),
            recorded_by: record.by,
            skip_reason: record.skip_reason,
            clock_put_right: record.put_right.map(ClockPutRight::of),
        }
    }
}

/// A reminder that was sent.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "DoseReminder")]
pub struct DoseReminderView {
    /// When it was to be sent.
    pub(in crate::api) planned_at: Instant,
    /// When it was written for delivery.
    pub(in crate::api) sent_at: Instant,
}

impl DoseReminderView {
    pub(in crate::api) fn of(reminder: &Reminder) -> Self {
        Self { planned_at: reminder.planned_at.into(), sent_at: reminder.sent_at.into() }
    }
}

/// One planned or recorded intake.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "Dose")]
pub struct DoseView {
    /// Its id.
    pub(in crate::api) id: DoseId,
    /// The prescription it belongs to.
    pub(in crate::api) prescription_id: PrescriptionId,
    /// Its medication line.
    pub(in crate::api) medication_id: Option<MedicationId>,
    /// The catalogue entry; null for a medicine that the patient wrote down by name.
    pub(in crate::api) medicine_id: Option<MedicineId>,
    /// Whose dose.
    pub(in crate::api) patient_id: UserId,
    /// The medicine as prescribed.
    pub(in crate::api) medicine_name: String,
    /// The same in Khmer.
    pub(in crate::api) medicine_name_khmer: Option<String>,
    /// How much, `1 tablet`.
    pub(in crate::api) dose: String,
    /// How much, as a number.
    pub(in crate::api) amount: f64,
    /// The unit of the amount.
    pub(in crate::api) unit: String,
    /// MORNING, NOON, EVENING or NIGHT; null for exact times and intervals.
    pub(in crate::api) slot: Option<String>,
    /// Daytime or night.
    pub(in crate::api) time_period: TimePeriod,
    /// BEFORE, WITH, AFTER, EMPTY_STOMACH or NONE.
    pub(in crate::api) meal_relation: Option<String>,
    /// What the patient is told.
    pub(in crate::api) instructions: Option<String>,
    /// What the patient is told, in Khmer.
    pub(in crate::api) instructions_khmer: Option<String>,
    /// When it is to be taken; for one taken as needed, when it was.
    pub(in crate::api) scheduled_time: Instant,
    /// When its reminder is to be sent; later than the scheduled time when it was put off.
    pub(in crate::api) reminder_time: Instant,
    /// Where it stands.
    pub(in crate::api) status: DoseStatus,
    /// Whether it was taken as needed; such doses do not count for adherence.
    #[oai(rename = "isPRN")]
    pub(in crate::api) as_needed: bool,
    /// When it was taken.
    pub(in crate::api) taken_at: Option<Instant>,
    /// Minutes from the scheduled time to the intake; negative when early.
    pub(in crate::api) minutes_late: Option<i64>,
    /// Why it was left out.
    pub(in crate::api) skip_reason: Option<SkipReason>,
    /// The words of who recorded it.
    pub(in crate::api) notes: Option<String>,
    /// When the server learned of what holds.
    pub(in crate::api) recorded_at: Option<Instant>,
    /// Who recorded what holds; null for a dose that was missed.
    pub(in crate::api) recorded_by: Option<UserId>,
    /// Whether the record was sent after the device found its connection again.
    pub(in crate::api) sent_after_reconnection: bool,
    /// When it happened by the device's clock, when that clock was wrong and the time was shifted.
    pub(in crate::api) device_time: Option<Instant>,
    /// By how many seconds the time was shifted, as the device's clock was behind; negative when it was ahead.
    pub(in crate::api) clock_shift_seconds: Option<i64>,
    /// What it said while the server's clock was ahead; only where that was put right since.
    #[oai(skip_serializing_if_is_none)]
    pub(in crate::api) clock_put_right: Option<ClockPutRight>,
    /// How often its reminder was put off.
    pub(in crate::api) snooze_count: u32,
    /// The reminders that were sent, oldest first.
    pub(in crate::api) reminders: Vec<DoseReminderView>,
    /// What was recorded before and corrected or taken back since, oldest first. DUE and CANCELLED stand for a mark that
    /// was taken back.
    pub(in crate::api) corrections: Vec<EarlierRecordView>,
}

impl DoseView {
    pub(in crate::api) fn of(card: &DoseCard) -> Self {
        Self {
            id: card.id,
            prescription_id: card.prescription_id,
            medication_id: card.medication_id,
            medicine_id: card.medicine_id,
            patient_id: card.patient_id,
            medicine_name: card.medicine_name.clone(),
            medicine_name_khmer: card.medicine_name_khmer.clone(),
            dose: card.dose.clone(),
            amount: card.amount.as_units(),
            unit: card.unit.clone(),
            slot: card.slot.and_then(name_of),
            time_period: card.time_period,
            meal_relation: name_of(card.meal_relation),
            instructions: card.instructions.clone(),
            instructions_khmer: card.instructions_khmer.clone(),
            scheduled_time: card.scheduled_time.into(),
            reminder_time: card.reminder_time.into(),
            status: card.status,
            as_needed: card.as_needed,
            taken_at: card.taken_at.map(Instant::from),
            minutes_late: card.minutes_late,
            skip_reason: card.skip_reason,
            notes: card.notes.clone(),
            recorded_at: card.recorded_at.map(Instant::from),
            recorded_by: card.recorded_by,
            sent_after_reconnection: card.sent_after_reconnection,
            device_time: card.device_time.map(Instant::from),
            clock_shift_seconds: card.clock_shift_seconds,
            clock_put_right: card.put_right.map(ClockPutRight::of),
            snooze_count: card.snooze_count,
            reminders: card.reminders.iter().map(DoseReminderView::of).collect(),
            corrections: card.corrections.iter().map(EarlierRecordView::of).collect(),
        }
    }
}

/// The name of a member of a closed list, as serde writes it.
pub(in crate::api) fn name_of(member: impl serde::Serialize) -> Option<String> {
    serde_json::to_value(member).ok()?.as_str().map(str::to_owned)
}

/// How many planned doses stand where.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DoseCounts {
    /// All of them; those taken as needed are not planned.
    pub(in crate::api) planned: u32,
    /// Taken, on time or late.
    pub(in crate::api) taken: u32,
    /// Left out.
    pub(in crate::api) skipped: u32,
    /// Missed.
    pub(in crate::api) missed: u32,
    /// Not yet recorded.
    pub(in crate::api) due: u32,
}

/// Doses of one part of the day.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DoseGroup {
    /// Which part.
    pub(in crate::api) time_period: TimePeriod,
    /// The colour it is shown in, `#2D5BFF`.
    pub(in crate::api) color: String,
    /// The doses by time.
    pub(in crate::api) doses: Vec<DoseView>,
}

/// The planned and recorded doses of some days.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DoseSchedule {
    /// The first day.
    pub(in crate::api) from: Day,
    /// The last day.
    pub(in crate::api) to: Day,
    /// Percent of the planned doses of these days that are taken, with one decimal; null when none is planned.
    pub(in crate::api) daily_progress: Option<f64>,
    /// How many doses stand where.
    pub(in crate::api) counts: DoseCounts,
    /// The doses by time, without cancelled ones.
    pub(in crate::api) doses: Vec<DoseView>,
    /// The same by daytime and night; only with `groupBy=timePeriod`.
    #[oai(skip_serializing_if_is_none)]
    pub(in crate::api) groups: Option<Vec<DoseGroup>>,
}

impl DoseSchedule {
    pub(in crate::api) fn of(schedule: &Schedule) -> Self {
        let show = |doses: &[Arc<DoseCard>]| doses.iter().map(|card| DoseView::of(card)).collect();
        let counts = schedule.counts;
        let groups = schedule.groups.as_ref().map(|groups| {
            groups
                .iter()
                .map(|group| DoseGroup {
                    time_period: group.period,
                    color: group.period.colour().to_owned(),
                    doses: show(&group.doses),
                })
                .collect()
        });
        Self {
            from: Day(schedule.from),
            to: Day(schedule.to),
            daily_progress: schedule.daily_progress.map(|figure| figure.as_percent()),
            counts: DoseCounts {
                planned: counts.planned,
                taken: counts.taken,
                skipped: counts.skipped,
                missed: counts.missed,
                due: counts.due,
            },
            doses: show(&schedule.doses),
            groups,
        }
    }
}
