//! Planned and recorded intakes.

use std::sync::Arc;

use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::output::Listed;
use super::problem::Problem;
use super::types::{Day, Instant, Moment, named_lists};
use crate::domain::doses::card::{DoseCard, EarlierRecord, TimePeriod};
use crate::domain::doses::model::{DoseStatus, Reminder, SkipReason};
use crate::domain::doses::rules::Early;
use crate::domain::prescriptions::model::Amount;
use crate::flows::doses::{self as flows, ActionKind, PrnGuard};
use crate::platform::context::Context;
use crate::platform::ids::{DoseId, MedicationId, MedicineId, PrescriptionId, UserId};
use crate::platform::secret::Phi;
use crate::platform::store::Page;
use crate::views::schedule::{self, DosePage, Grouping, HistoryQuery, Schedule, ScheduleQuery};

/// Planned and recorded intakes.
pub struct DosesApi(pub Arc<Context>);

named_lists! {
    /// Where a dose stands.
    DoseStatus as "DoseStatus": Due, TakenOnTime, TakenLate, Skipped, Missed, Cancelled;
    /// Why a dose is left out.
    SkipReason as "SkipReason": Forgot, SideEffect, FeltWell, OutOfStock, Fasting, ToldToStop, Other;
    /// Daytime holds MORNING, NOON and EVENING.
    TimePeriod as "TimePeriod": Daytime, Night;
    /// What was done without a connection.
    ActionKind as "SyncActionKind": Taken, Skipped;
}

/// How doses are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "camelCase")]
pub enum DoseGrouping {
    /// By daytime and night.
    TimePeriod,
}

/// An earlier record that a correction replaced.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct EarlierRecordView {
    /// What it said.
    status: DoseStatus,
    /// When it happened, by the word of who recorded it.
    at: Instant,
    /// When the server learned of it.
    recorded_at: Instant,
    /// Who recorded it; null when the grace period had passed without a record.
    recorded_by: Option<UserId>,
}

impl EarlierRecordView {
    fn of(record: &EarlierRecord) -> Self {
        Self {
            status: record.status,
            at: record.at.into(),
            recorded_at: record.recorded_at.into(),
            recorded_by: record.by,
        }
    }
}

/// A reminder that was sent.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "DoseReminder")]
pub struct DoseReminderView {
    /// When it was to be sent.
    planned_at: Instant,
    /// When it was written for delivery.
    sent_at: Instant,
}

impl DoseReminderView {
    fn of(reminder: &Reminder) -> Self {
        Self { planned_at: reminder.planned_at.into(), sent_at: reminder.sent_at.into() }
    }
}

/// One planned or recorded intake.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "Dose")]
pub struct DoseView {
    /// Its id.
    id: DoseId,
    /// The prescription it belongs to.
    prescription_id: PrescriptionId,
    /// Its medication line.
    medication_id: Option<MedicationId>,
    /// The catalogue entry; null for a medicine that the patient wrote down by name.
    medicine_id: Option<MedicineId>,
    /// Whose dose.
    patient_id: UserId,
    /// The medicine as prescribed.
    medicine_name: String,
    /// The same in Khmer.
    medicine_name_khmer: Option<String>,
    /// How much, `1 tablet`.
    dose: String,
    /// How much, as a number.
    amount: f64,
    /// The unit of the amount.
    unit: String,
    /// MORNING, NOON, EVENING or NIGHT; null for exact times and intervals.
    slot: Option<String>,
    /// Daytime or night.
    time_period: TimePeriod,
    /// BEFORE, WITH, AFTER, EMPTY_STOMACH or NONE.
    meal_relation: Option<String>,
    /// What the patient is told.
    instructions: Option<String>,
    /// What the patient is told, in Khmer.
    instructions_khmer: Option<String>,
    /// When it is to be taken; for one taken as needed, when it was.
    scheduled_time: Instant,
    /// When its reminder is to be sent; later than the scheduled time when it was put off.
    reminder_time: Instant,
    /// Where it stands.
    status: DoseStatus,
    /// Whether it was taken as needed; such doses do not count for adherence.
    #[oai(rename = "isPRN")]
    as_needed: bool,
    /// When it was taken.
    taken_at: Option<Instant>,
    /// Minutes from the scheduled time to the intake; negative when early.
    minutes_late: Option<i64>,
    /// Why it was left out.
    skip_reason: Option<SkipReason>,
    /// The words of who recorded it.
    notes: Option<String>,
    /// When the server learned of what holds.
    recorded_at: Option<Instant>,
    /// Who recorded what holds; null for a dose that was missed.
    recorded_by: Option<UserId>,
    /// Whether the record was sent after the device found its connection again.
    sent_after_reconnection: bool,
    /// How often its reminder was put off.
    snooze_count: u32,
    /// The reminders that were sent, oldest first.
    reminders: Vec<DoseReminderView>,
    /// What was recorded before and corrected since, oldest first.
    corrections: Vec<EarlierRecordView>,
}

impl DoseView {
    fn of(card: &DoseCard) -> Self {
        Self {
            id: card.id,
            prescription_id: card.prescription_id,
            medication_id: card.medication_id,
            medicine_id: card.medicine_id,
            patient_id: card.patient_id,
            medicine_name: card.medicine_name.clone(),
            medicine_name_khmer: card.medicine_name_khmer.clone(),
            dose: card.dose.clone(),
            amount: f64::from(card.amount.as_thousandths()) / 1_000.0,
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
            snooze_count: card.snooze_count,
            reminders: card.reminders.iter().map(DoseReminderView::of).collect(),
            corrections: card.corrections.iter().map(EarlierRecordView::of).collect(),
        }
    }
}

/// The name of a member of a closed list, as serde writes it.
fn name_of(member: impl serde::Serialize) -> Option<String> {
    serde_json::to_value(member).ok()?.as_str().map(str::to_owned)
}

/// How many planned doses stand where.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DoseCounts {
    /// All of them; those taken as needed are not planned.
    planned: u32,
    /// Taken, on time or late.
    taken: u32,
    /// Left out.
    skipped: u32,
    /// Missed.
    missed: u32,
    /// Not yet recorded.
    due: u32,
}

/// Doses of one part of the day.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DoseGroup {
    /// Which part.
    time_period: TimePeriod,
    /// The colour it is shown in, `#2D5BFF`.
    color: String,
    /// The doses by time.
    doses: Vec<DoseView>,
}

/// The planned and recorded doses of some days.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DoseSchedule {
    /// The first day.
    from: Day,
    /// The last day.
    to: Day,
    /// Percent of the planned doses of these days that are taken, with one decimal; null when none is planned.
    daily_progress: Option<f64>,
    /// How many doses stand where.
    counts: DoseCounts,
    /// The doses by time, without cancelled ones.
    doses: Vec<DoseView>,
    /// The same by daytime and night; only with `groupBy=timePeriod`.
    #[oai(skip_serializing_if_is_none)]
    groups: Option<Vec<DoseGroup>>,
}

impl DoseSchedule {
    fn of(schedule: &Schedule) -> Self {
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

/// A dose was taken.
#[derive(Debug, Default, Object)]
#[oai(rename_all = "camelCase", default)]
pub struct MarkTakenRequest {
    /// When; now when left out. A time without a zone is meant in the clinic's.
    taken_at: Option<Moment>,
    /// The words of who records it.
    #[oai(validator(max_length = 1000))]
    notes: Option<String>,
    /// Confirms an intake more than two hours before the scheduled time.
    confirm_early: Option<bool>,
}

/// A dose is left out.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SkipDoseRequest {
    /// Why.
    reason: SkipReason,
    /// The words of who records it; needed for OTHER.
    #[oai(validator(max_length = 1000))]
    note: Option<String>,
}

/// Puts a reminder off.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SnoozeDoseRequest {
    /// By how many minutes: 5, 10 or 15.
    minutes: u32,
}

/// A doctor's correction.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct CorrectDoseRequest {
    /// What became of the dose: TAKEN_ON_TIME, TAKEN_LATE, SKIPPED or MISSED.
    status: DoseStatus,
    /// When it was taken; needed for TAKEN_LATE.
    taken_at: Option<Moment>,
    /// Why the record is changed; the patient reads it.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

/// A medicine was taken as needed.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RecordAsNeededRequest {
    /// The medication line.
    medication_id: MedicationId,
    /// When; now when left out. A time without a zone is meant in the clinic's.
    taken_at: Option<Moment>,
    /// How much, in the unit of the line; as prescribed when left out.
    #[oai(validator(minimum(value = "0.001"), maximum(value = "100000")))]
    dose_amount: Option<f64>,
    /// The words of who records it.
    #[oai(validator(max_length = 1000))]
    notes: Option<String>,
    /// Records it although it exceeds what was prescribed.
    confirm: Option<bool>,
}

/// One action recorded without a connection.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SyncAction {
    /// The client's id for it, by which a replay is known; at most 64 bytes.
    client_id: String,
    /// Which dose.
    dose_id: String,
    /// What was done.
    action: ActionKind,
    /// When. A time without a zone is meant in the clinic's.
    at: Moment,
    /// Why it was left out; OTHER when not said.
    reason: Option<SkipReason>,
}

/// Actions recorded without a connection.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SyncRequest {
    /// At most 100.
    actions: Vec<SyncAction>,
}

/// An action that was applied, or that changed nothing.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SyncSettled {
    /// The client's id of the action.
    client_id: String,
    /// Which dose.
    dose_id: String,
    /// Where the dose stands now.
    status: DoseStatus,
}

impl SyncSettled {
    fn of(settled: flows::Settled) -> Self {
        Self { client_id: settled.client_id, dose_id: settled.dose_id, status: settled.status }
    }
}

/// An action that could not be applied.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SyncConflict {
    /// The client's id of the action.
    client_id: String,
    /// Which dose.
    dose_id: String,
    /// The code of the reason, as errors carry it: `dose_window_closed`.
    reason: String,
}

/// What became of the actions.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SyncAnswer {
    /// Those that changed a record.
    applied: Vec<SyncSettled>,
    /// Those that were known already, or that an earlier intake outweighs.
    unchanged: Vec<SyncSettled>,
    /// Those that could not be applied.
    conflicts: Vec<SyncConflict>,
}

/// The answer to a recorded dose.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RecordedDose {
    /// Taking adherence of the last 30 days, today included, in percent with one decimal; null when no dose of
    /// these days counted.
    adherence_rate: Option<f64>,
    /// What the change means, in the caller's language.
    message: String,
    /// The dose as it is now.
    dose: DoseView,
    /// Percent of the planned doses of that day that are taken, with one decimal.
    daily_progress: Option<f64>,
}

impl RecordedDose {
    fn of(recorded: flows::Recorded) -> Json<Self> {
        Json(Self {
            adherence_rate: recorded.adherence_rate,
            message: recorded.message,
            dose: DoseView::of(&recorded.dose),
            daily_progress: recorded.daily_progress,
        })
    }
}

fn listed(page: Page<Arc<DoseCard>>) -> Json<Listed<DoseView>> {
    Json(Listed::from_page(page, |card| DoseView::of(&card)))
}

#[OpenApi(prefix_path = "/doses", tag = "Area::Doses")]
impl DosesApi {
    /// The doses of some days
    ///
    /// A patient sees his own; others name the patient. Days are those of the clinic's calendar.
    #[oai(path = "/schedule", method = "get", operation_id = "get_dose_schedule")]
    async fn schedule(
        &self,
        SignedIn(caller): SignedIn,
        /// The first day; today when left out.
        date: Query<Option<Day>>,
        /// How many days, 1 to 31; 1 when left out.
        days: Query<Option<u32>>,
        /// Also shows the doses by daytime and night.
        #[oai(name = "groupBy")]
        group_by: Query<Option<DoseGrouping>>,
        /// Whose doses; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
    ) -> Result<Json<DoseSchedule>, Problem> {
        let query = ScheduleQuery {
            patient: patient_id.0,
            date: date.0.map(|day| day.0),
            days: days.0.unwrap_or(1),
            grouping: group_by.0.map_or(Grouping::None, |DoseGrouping::TimePeriod| Grouping::TimePeriod),
        };
        Ok(Json(DoseSchedule::of(&schedule::schedule(&self.0, &caller, query).await?)))
    }

    /// Today's doses
    ///
    /// As the schedule of today.
    #[oai(path = "/today", method = "get", operation_id = "get_doses_of_today")]
    async fn today(
        &self,
        SignedIn(caller): SignedIn,
        /// Also shows the doses by daytime and night.
        #[oai(name = "groupBy")]
        group_by: Query<Option<DoseGrouping>>,
        /// Whose doses; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
    ) -> Result<Json<DoseSchedule>, Problem> {
        let grouping = group_by.0.map_or(Grouping::None, |DoseGrouping::TimePeriod| Grouping::TimePeriod);
        let query = ScheduleQuery { patient: patient_id.0, date: None, days: 1, grouping };
        Ok(Json(DoseSchedule::of(&schedule::schedule(&self.0, &caller, query).await?)))
    }

    /// The next doses
    ///
    /// What is due from now on within a week, the next one first.
    #[oai(path = "/upcoming", method = "get", operation_id = "list_upcoming_doses")]
    async fn upcoming(
        &self,
        SignedIn(caller): SignedIn,
        /// Whose doses; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<DoseView>>, Problem> {
        let page = DosePage::parse(limit.0, cursor.0.as_deref())?;
        Ok(listed(schedule::upcoming(&self.0, &caller, patient_id.0, page).await?))
    }

    /// Past doses
    ///
    /// The newest first. Cancelled ones are shown only with `status=CANCELLED`.
    #[oai(path = "/history", method = "get", operation_id = "list_dose_history")]
    #[expect(clippy::too_many_arguments, reason = "query parameters")]
    async fn history(
        &self,
        SignedIn(caller): SignedIn,
        /// The first day; 30 days back when left out.
        from: Query<Option<Day>>,
        /// The last day; today when left out. At most 366 days in all.
        to: Query<Option<Day>>,
        /// Only doses that stand there.
        status: Query<Option<DoseStatus>>,
        /// Whose doses; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<DoseView>>, Problem> {
        let page = DosePage::parse(limit.0, cursor.0.as_deref())?;
        let query = HistoryQuery {
            patient: patient_id.0,
            from: from.0.map(|day| day.0),
            to: to.0.map(|day| day.0),
            status: status.0,
        };
        Ok(listed(schedule::history(&self.0, &caller, query, page).await?))
    }

    /// Record an intake
    ///
    /// For the patient and family he lets. From two hours before to the end of the grace period it counts as on
    /// time, up to 24 hours later as late. Recording the same again is answered as the first time.
    #[oai(path = "/:id/mark-taken", method = "post", operation_id = "mark_dose_taken")]
    async fn mark_taken(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<String>,
        Body(taken): Body<MarkTakenRequest>,
    ) -> Result<Json<RecordedDose>, Problem> {
        let request = flows::MarkTaken {
            taken_at: taken.taken_at.map(|moment| moment.resolve(self.0.zone())),
            notes: taken.notes.map(Phi::new),
            early: if taken.confirm_early == Some(true) { Early::Confirmed } else { Early::Unconfirmed },
        };
        Ok(RecordedDose::of(flows::mark_taken(&self.0, &caller, id.0, request).await?))
    }

    /// Leave a dose out
    ///
    /// For the patient and family he lets, with the reason.
    #[oai(path = "/:id/skip", method = "post", operation_id = "skip_dose")]
    async fn skip(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<String>,
        Body(skip): Body<SkipDoseRequest>,
    ) -> Result<Json<RecordedDose>, Problem> {
        let request = flows::Skip { reason: skip.reason, note: skip.note.map(Phi::new) };
        Ok(RecordedDose::of(flows::skip(&self.0, &caller, id.0, request).await?))
    }

    /// Put a reminder off
    ///
    /// By 5, 10 or 15 minutes, at most three times. The dose stays due.
    #[oai(path = "/:id/snooze", method = "post", operation_id = "snooze_dose")]
    async fn snooze(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<String>,
        Body(snooze): Body<SnoozeDoseRequest>,
    ) -> Result<Json<RecordedDose>, Problem> {
        Ok(RecordedDose::of(flows::snooze(&self.0, &caller, id.0, snooze.minutes).await?))
    }

    /// Correct a record
    ///
    /// For doctors, with a reason. Both values are kept.
    #[oai(path = "/:id/correct", method = "post", operation_id = "correct_dose")]
    async fn correct(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<String>,
        Body(correct): Body<CorrectDoseRequest>,
    ) -> Result<Json<RecordedDose>, Problem> {
        let correction = flows::Correction {
            status: correct.status,
            taken_at: correct.taken_at.map(|moment| moment.resolve(self.0.zone())),
            reason: Phi::new(correct.reason),
        };
        Ok(RecordedDose::of(flows::correct(&self.0, &caller, id.0, correction).await?))
    }

    /// Record a medicine taken as needed
    ///
    /// Beyond the prescribed most in 24 hours, or sooner than the prescribed interval, it is refused with
    /// `prn_limit` until the body says `confirm: true`.
    #[oai(path = "/prn", method = "post", operation_id = "record_dose_as_needed")]
    async fn record_as_needed(
        &self,
        SignedIn(caller): SignedIn,
        Body(intake): Body<RecordAsNeededRequest>,
    ) -> Result<Json<RecordedDose>, Problem> {
        let intake = flows::AsNeeded {
            medication: intake.medication_id,
            taken_at: intake.taken_at.map(|moment| moment.resolve(self.0.zone())),
            amount: intake.dose_amount.and_then(Amount::from_units),
            notes: intake.notes.map(Phi::new),
            guard: if intake.confirm == Some(true) { PrnGuard::Confirmed } else { PrnGuard::Warn },
        };
        Ok(RecordedDose::of(flows::record_as_needed(&self.0, &caller, intake).await?))
    }

    /// Send what was recorded without a connection
    ///
    /// Each action is judged by its own time; sending one again changes nothing. Of several intakes of a dose the
    /// earliest wins.
    #[oai(path = "/sync", method = "post", operation_id = "sync_doses")]
    async fn sync(
        &self,
        SignedIn(caller): SignedIn,
        Body(sync): Body<SyncRequest>,
    ) -> Result<Json<SyncAnswer>, Problem> {
        let zone = self.0.zone();
        let actions = sync.actions.into_iter().map(|action| flows::Action {
            client_id: action.client_id,
            dose_id: action.dose_id,
            kind: action.action,
            at: action.at.resolve(zone),
            reason: action.reason,
        });
        let synced = flows::sync(&self.0, &caller, actions.collect()).await?;
        Ok(Json(SyncAnswer {
            applied: synced.applied.into_iter().map(SyncSettled::of).collect(),
            unchanged: synced.unchanged.into_iter().map(SyncSettled::of).collect(),
            conflicts: synced
                .conflicts
                .into_iter()
                .map(|conflict| SyncConflict {
                    client_id: conflict.client_id,
                    dose_id: conflict.dose_id,
                    reason: conflict.reason,
                })
                .collect(),
        }))
    }
}
