//! What clients send of doses, and what became of it.

use super::actions::SentAction;
use super::shown::DoseView;

use poem_openapi::Object;
use poem_openapi::payload::Json;

use crate::api::prescriptions::shown::{NoticeAnswer, notices};
use crate::api::types::{Instant, Moment};
use crate::domain::doses::model::{DoseStatus, SkipReason};
use crate::flows::doses as flows;
use crate::platform::ids::MedicationId;

/// A dose was taken.
#[derive(Debug, Default, Object)]
#[oai(rename_all = "camelCase", default)]
pub struct MarkTakenRequest {
    /// When; now when left out. A time without a zone is meant in the clinic's.
    pub(in crate::api) taken_at: Option<Moment>,
    /// The words of who records it.
    #[oai(validator(max_length = 1000))]
    pub(in crate::api) notes: Option<String>,
    /// Confirms an intake from two to twelve hours before the scheduled time.
    pub(in crate::api) confirm_early: Option<bool>,
    /// What the device's clock shows now. When it is wrong by two minutes or more, `takenAt` is shifted by as much.
    pub(in crate::api) sent_at: Option<Moment>,
}

/// A dose is left out.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SkipDoseRequest {
    /// Why.
    pub(in crate::api) reason: SkipReason,
    /// The words of who records it; needed for OTHER.
    #[oai(validator(max_length = 1000))]
    pub(in crate::api) note: Option<String>,
    /// What the device's clock shows now; kept when it is wrong by two minutes or more.
    pub(in crate::api) sent_at: Option<Moment>,
}

/// Puts a reminder off.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SnoozeDoseRequest {
    /// By how many minutes: 5, 10 or 15.
    pub(in crate::api) minutes: u32,
}

/// A doctor's correction.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct CorrectDoseRequest {
    /// What became of the dose: TAKEN_ON_TIME, TAKEN_LATE, SKIPPED or MISSED.
    pub(in crate::api) status: DoseStatus,
    /// When it was taken, from 12 hours before to 24 hours after the scheduled time; needed for TAKEN_LATE. It must
    /// agree with the status.
    pub(in crate::api) taken_at: Option<Moment>,
    /// Why the record is changed; the patient reads it.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub(in crate::api) reason: String,
}

/// A medicine was taken as needed.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RecordAsNeededRequest {
    /// The medication line.
    pub(in crate::api) medication_id: MedicationId,
    /// When; now when left out. A time without a zone is meant in the clinic's.
    pub(in crate::api) taken_at: Option<Moment>,
    /// How much, in the unit of the line; as prescribed when left out. At most ten times what may be taken in 24 hours.
    #[oai(validator(minimum(value = "0.0001"), maximum(value = "100000")))]
    pub(in crate::api) dose_amount: Option<f64>,
    /// The words of who records it.
    #[oai(validator(max_length = 1000))]
    pub(in crate::api) notes: Option<String>,
    /// Records it although it exceeds what was prescribed.
    pub(in crate::api) confirm: Option<bool>,
    /// What the device's clock shows now. When it is wrong by two minutes or more, `takenAt` is shifted by as much.
    pub(in crate::api) sent_at: Option<Moment>,
}

/// Actions recorded without a connection.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SyncRequest {
    /// At most 100. Each is judged alone: one that cannot be read is a conflict in the answer.
    pub(in crate::api) actions: Vec<SentAction>,
    /// What the device's clock shows now. When it is wrong by two minutes or more, the times of the actions are
    /// shifted by as much.
    pub(in crate::api) sent_at: Option<Moment>,
}

/// An action that was applied, or that changed nothing.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SyncSettled {
    /// The client's id of the action.
    pub(in crate::api) client_id: String,
    /// Which dose.
    pub(in crate::api) dose_id: String,
    /// Where the dose stands now.
    pub(in crate::api) status: DoseStatus,
    /// When it took place by the device's clock, when that clock was wrong and the time was shifted.
    pub(in crate::api) device_time: Option<Instant>,
    /// By how many seconds the time was shifted, as the device's clock was behind; negative when it was ahead.
    pub(in crate::api) clock_shift_seconds: Option<i64>,
    /// What whoever recorded it should hear of the doses that follow, as in the answer to a dose recorded by itself, after
    /// all actions of the call. Mostly empty.
    pub(in crate::api) notices: Vec<NoticeAnswer>,
}

impl SyncSettled {
    pub(in crate::api) fn of(settled: flows::Settled) -> Self {
        Self {
            client_id: settled.client_id,
            dose_id: settled.dose_id,
            status: settled.status,
            device_time: settled.device_time.map(Instant::from),
            clock_shift_seconds: settled.clock_shift_seconds,
            notices: notices(settled.notices),
        }
    }
}

/// An action that could not be read or applied.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SyncConflict {
    /// The client's id of the action; empty when it could not be read.
    pub(in crate::api) client_id: String,
    /// Which dose; empty when it could not be read.
    pub(in crate::api) dose_id: String,
    /// The code of the reason, as errors carry it: `dose_window_closed`.
    pub(in crate::api) reason: String,
    /// The field of the action that is wrong; null when it is not a field.
    pub(in crate::api) field: Option<String>,
    /// The reason in the caller's language.
    pub(in crate::api) message: String,
    /// The action's place in the call, from 0.
    pub(in crate::api) index: u64,
    /// Whether it may be applied when it is sent again later: its time lies in the future by the server's clock. What
    /// is false here would be refused again.
    pub(in crate::api) may_send_again: bool,
}

impl SyncConflict {
    pub(in crate::api) fn of(conflict: flows::Conflict) -> Self {
        Self {
            client_id: conflict.client_id,
            dose_id: conflict.dose_id,
            reason: conflict.reason,
            field: conflict.field,
            message: conflict.message,
            index: u64::try_from(conflict.place).unwrap_or_default(),
            may_send_again: conflict.may_send_again,
        }
    }
}

/// What became of the actions.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SyncAnswer {
    /// Those that changed a record.
    pub(in crate::api) applied: Vec<SyncSettled>,
    /// Those that were known already, or that an earlier intake outweighs.
    pub(in crate::api) unchanged: Vec<SyncSettled>,
    /// Those that could not be read or applied.
    pub(in crate::api) conflicts: Vec<SyncConflict>,
}

/// The answer to a recorded dose.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RecordedDose {
    /// Taking adherence of the last 30 days, today included, in percent with one decimal; null when no dose of
    /// these days counted.
    pub(in crate::api) adherence_rate: Option<f64>,
    /// What the change means, in the caller's language.
    pub(in crate::api) message: String,
    /// The dose as it is now.
    pub(in crate::api) dose: DoseView,
    /// Percent of the planned doses of that day that are taken, with one decimal.
    pub(in crate::api) daily_progress: Option<f64>,
    /// What whoever recorded it should hear: this intake came soon after another one (`notice_soon_after_other`); the next
    /// dose comes unusually soon or late after it (`notice_soon_after_this`, `notice_long_after_this`), or soon after the
    /// last intake where this record was taken back (`notice_soon_after_last`); the doses that follow have other times by
    /// this record (`notice_following_moved`, `notice_none_follows`). Show it: what is shown as still to come may be wrong.
    /// Mostly empty.
    pub(in crate::api) notices: Vec<NoticeAnswer>,
}

impl RecordedDose {
    pub(in crate::api) fn of(recorded: flows::Recorded) -> Json<Self> {
        Json(Self {
            adherence_rate: recorded.adherence_rate,
            message: recorded.message,
            dose: DoseView::of(&recorded.dose),
            daily_progress: recorded.daily_progress,
            notices: notices(recorded.notices),
        })
    }
}
