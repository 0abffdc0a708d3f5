//! Planned and recorded intakes.

mod actions;
mod bodies;
pub(super) mod shown;

use std::sync::Arc;

use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::output::Listed;
use super::problem::Problem;
use super::types::{Day, named_lists};
use crate::domain::doses::card::{DoseCard, TimePeriod};
use crate::domain::doses::model::{DoseStatus, SkipReason};
use crate::domain::doses::rules::Early;
use crate::domain::prescriptions::model::Amount;
use crate::flows::doses::{self as flows, ActionKind, PrnGuard};
use crate::platform::context::Context;
use crate::platform::ids::UserId;
use crate::platform::secret::Phi;
use crate::platform::store::Page;
use crate::views::schedule::{self, DosePage, Grouping, HistoryQuery, ScheduleQuery};
use bodies::{
    CorrectDoseRequest, MarkTakenRequest, RecordAsNeededRequest, RecordedDose, SkipDoseRequest,
    SnoozeDoseRequest, SyncAnswer, SyncConflict, SyncRequest, SyncSettled,
};
use shown::{DoseSchedule, DoseView};

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

fn listed(page: Page<Arc<DoseCard>>) -> Json<Listed<DoseView>> {
    Json(Listed::from_page(page, |card| DoseView::of(&card)))
}

#[OpenApi(prefix_path = "/doses", tag = "Area::Doses")]
impl DosesApi {
    /// The doses of some days
    ///
    /// A patient sees their own; others name the patient. Days are those of the clinic's calendar.
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
    /// For the patient and family they let. From two hours before to the end of the grace period it counts as on
    /// time, up to 24 hours later as late; up to twelve hours before only with `confirmEarly`. Again without `takenAt`,
    /// or within five minutes of what is recorded, it is answered as the first time; another `takenAt` is a correction
    /// that keeps both. A dose that was cancelled meanwhile is judged by `takenAt`: what was taken while it stood is
    /// recorded.
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
            sent_at: taken.sent_at.map(|moment| moment.resolve(self.0.zone())),
            early: if taken.confirm_early == Some(true) { Early::Confirmed } else { Early::Unconfirmed },
        };
        Ok(RecordedDose::of(flows::mark_taken(&self.0, &caller, id.0, request).await?))
    }

    /// Leave a dose out
    ///
    /// For the patient and family they let, with the reason, at most seven days ahead. Again with another reason is a
    /// correction that keeps both.
    #[oai(path = "/:id/skip", method = "post", operation_id = "skip_dose")]
    async fn skip(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<String>,
        Body(skip): Body<SkipDoseRequest>,
    ) -> Result<Json<RecordedDose>, Problem> {
        let request = flows::Skip {
            reason: skip.reason,
            note: skip.note.map(Phi::new),
            sent_at: skip.sent_at.map(|moment| moment.resolve(self.0.zone())),
        };
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

    /// Take a mark back
    ///
    /// For the patient, or whoever recorded it, within ten minutes. The dose stands as before: due, missed, or
    /// cancelled; an intake as needed is cancelled. What was recorded stays in `corrections`. Doing it again changes
    /// nothing.
    #[oai(path = "/:id/undo", method = "post", operation_id = "undo_dose")]
    async fn undo(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<String>,
    ) -> Result<Json<RecordedDose>, Problem> {
        Ok(RecordedDose::of(flows::undo(&self.0, &caller, id.0).await?))
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
    /// More than the prescribed amount, beyond the prescribed most in 24 hours, or sooner than the prescribed interval
    /// it is refused with `prn_limit` until the body says `confirm: true`, and with `prn_limit_unknown` where a day before is lost. All that the patient took as needed of the
    /// same substance counts, by its amount.
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
            sent_at: intake.sent_at.map(|moment| moment.resolve(self.0.zone())),
            notes: intake.notes.map(Phi::new),
            guard: if intake.confirm == Some(true) { PrnGuard::Confirmed } else { PrnGuard::Warn },
        };
        Ok(RecordedDose::of(flows::record_as_needed(&self.0, &caller, intake).await?))
    }

    /// Send what was recorded without a connection
    ///
    /// Each action is judged alone and by its own time; sending one again changes nothing. Of several intakes of a dose
    /// the earliest wins. One that cannot be read or applied is a conflict with its reason; the others are applied.
    #[oai(path = "/sync", method = "post", operation_id = "sync_doses")]
    async fn sync(
        &self,
        SignedIn(caller): SignedIn,
        Body(sync): Body<SyncRequest>,
    ) -> Result<Json<SyncAnswer>, Problem> {
        let zone = self.0.zone();
        let actions = sync.actions.into_iter().map(|action| action.read(zone)).collect();
        let sent_at = sync.sent_at.map(|moment| moment.resolve(zone));
        let synced = flows::sync(&self.0, &caller, sent_at, actions).await?;
        Ok(Json(SyncAnswer {
            applied: synced.applied.into_iter().map(SyncSettled::of).collect(),
            unchanged: synced.unchanged.into_iter().map(SyncSettled::of).collect(),
            conflicts: synced.conflicts.into_iter().map(SyncConflict::of).collect(),
        }))
    }
}
