//! Doses and what is recorded about them.

mod care;
mod day;
mod parts;

use serde::{Deserialize, Serialize};

use crate::domain::prescriptions::model::{Amount, Course, Slot};
use crate::platform::clock::lead::PutRight;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::ids::{DoseId, NotificationId, PrescriptionId, UserId};
use crate::platform::secret::Phi;

pub use care::{Care, Filling, MissLevel, MissedAlert, MissedMessage};
pub use day::Day;
pub use parts::DoseParts;

/// Where a dose stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DoseStatus {
    /// Planned and not yet recorded.
    #[default]
    Due,
    /// Taken from two hours before to the end of the grace period.
    TakenOnTime,
    /// Taken after the grace period, up to 24 hours late.
    TakenLate,
    /// Left out on purpose, with a reason.
    Skipped,
    /// The grace period passed without a record.
    Missed,
    /// Its line was replaced, paused or stopped before its time, or it was missed or open and is asked for at another time.
    Cancelled,
}

impl DoseStatus {
    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Due => "DUE",
            Self::TakenOnTime => "TAKEN_ON_TIME",
            Self::TakenLate => "TAKEN_LATE",
            Self::Skipped => "SKIPPED",
            Self::Missed => "MISSED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether the medicine was taken.
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::TakenOnTime | Self::TakenLate)
    }
}

/// Why a dose was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SkipReason {
    /// Did not think of it.
    Forgot,
    /// Feared or felt side effects.
    SideEffect,
    /// Felt well without.
    FeltWell,
    /// Nothing left to take.
    OutOfStock,
    /// Fasting.
    Fasting,
    /// A clinician said so.
    ToldToStop,
    /// Something else; then the note says what.
    Other,
}

impl SkipReason {
    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forgot => "FORGOT",
            Self::SideEffect => "SIDE_EFFECT",
            Self::FeltWell => "FELT_WELL",
            Self::OutOfStock => "OUT_OF_STOCK",
            Self::Fasting => "FASTING",
            Self::ToldToStop => "TOLD_TO_STOP",
            Self::Other => "OTHER",
        }
    }

    /// The reason of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Forgot,
            Self::SideEffect,
            Self::FeltWell,
            Self::OutOfStock,
            Self::Fasting,
            Self::ToldToStop,
            Self::Other,
        ]
        .into_iter()
        .find(|reason| reason.name() == name)
    }
}

/// How a record came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Source {
    /// Recorded at once.
    #[default]
    #[serde(rename = "d")]
    Direct,
    /// Recorded without a connection and sent later: messages about it say so.
    #[serde(rename = "s")]
    Sync,
    /// A doctor corrected the record.
    #[serde(rename = "c")]
    Correction,
    /// The sweep found that the grace period had passed.
    #[serde(rename = "w")]
    Sweep,
    /// A mark was taken back: what is recorded is where the dose stands again.
    #[serde(rename = "u")]
    Undo,
}

/// What was recorded about a dose, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What became of the dose.
    #[serde(rename = "t")]
    pub status: DoseStatus,
    /// When it was taken or left out, by the actor's word; for a missed one, the end of its grace period.
    #[serde(rename = "a")]
    pub at: Timestamp,
    /// When the server learned of it.
    #[serde(rename = "r")]
    pub recorded_at: Timestamp,
    /// Who recorded it; nobody for the sweep.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
    /// How it came in.
    #[serde(rename = "o", default, skip_serializing_if = "is_direct")]
    pub source: Source,
    /// Why it was left out.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub skip_reason: Option<SkipReason>,
    /// The actor's words, or a doctor's reason for a correction.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Phi<String>>,
    /// The client's id of an action sent by sync, so that a replay is known.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// When it happened by the device's own clock, where that clock was wrong; `at` is the same moment by ours.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub device_at: Option<Timestamp>,
    /// What it said by a clock of ours that turned out to be ahead; its times are by the right one since.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub put_right: Option<PutRight>,
    /// How much was used, where the plan was changed between the intake and its record.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
}

impl Outcome {
    /// What was recorded, without author, reason and words.
    pub const fn new(status: DoseStatus, at: Timestamp, recorded_at: Timestamp, source: Source) -> Self {
        Self {
            status,
            at,
            recorded_at,
            by: None,
            source,
            skip_reason: None,
            notes: None,
            client_id: None,
            device_at: None,
            put_right: None,
            amount: None,
        }
    }

    /// By how many seconds the device's clock was behind ours, negative when it was ahead; nothing when it was right.
    pub fn clock_shift_seconds(&self) -> Option<i64> {
        self.device_at.map(|device_at| self.at.since(device_at).as_milliseconds() / 1_000)
    }

    /// Whether it only says that an earlier mark was taken back and nothing is recorded any more.
    pub const fn takes_back(&self) -> bool {
        matches!((self.source, self.status), (Source::Undo, DoseStatus::Due | DoseStatus::Cancelled))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_direct(source: &Source) -> bool {
    matches!(source, Source::Direct)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// One planned or recorded intake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dose {
    /// Its id, which holds time, line and patient; see [`DoseParts`].
    #[serde(rename = "i")]
    pub id: DoseId,
    /// The prescription it belongs to.
    #[serde(rename = "p")]
    pub prescription: PrescriptionId,
    /// The version of the prescription that planned it.
    #[serde(rename = "v")]
    pub version: u32,
    /// How much: what is asked for or, where it was taken, what was used.
    #[serde(rename = "a")]
    pub amount: Amount,
    /// What the plan asks for, where something else was used.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Amount>,
    /// The time of day it was planned for; none for exact times and intervals.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Slot>,
    /// Taken as needed: recorded when taken, never planned, never counted.
    #[serde(rename = "x", default, skip_serializing_if = "is_false")]
    pub as_needed: bool,
    /// Where it stands.
    #[serde(rename = "t")]
    pub status: DoseStatus,
    /// What was recorded, oldest first; the last entry is what holds. While DUE or CANCELLED there is none, or the
    /// last one takes back what was recorded before.
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
    /// How often its reminder was put off.
    #[serde(rename = "z", default, skip_serializing_if = "is_zero")]
    pub snoozes: u32,
    /// Until when its reminder is put off.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<Timestamp>,
    /// The reminders that were sent, oldest first.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<Reminder>,
    /// The message of the last reminder, as long as it asks for something.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub reminder_message: Option<NotificationId>,
    /// No reminder follows, although the dose is due: its line was paused, stopped or changed after its time, or
    /// the patient's account was not in use.
    #[serde(rename = "e", default, skip_serializing_if = "is_false")]
    pub reminders_ended: bool,
    /// When it was last cancelled; nothing when it never was, or an older program cancelled it. What was done before
    /// then was done while it stood.
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Timestamp>,
    /// It was missed or open, and its line asks for it at another time: cancelled, it is that dose now.
    #[serde(rename = "g", default, skip_serializing_if = "is_false")]
    pub asked_again: bool,
    /// A pause cancelled it while it was open, and its line has not gone on since.
    #[serde(rename = "h", default, skip_serializing_if = "is_false")]
    pub paused: bool,
    /// What the plan of its line was before its intake moved it.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
}

/// The plan of a line that an intake moved, so that it comes back when the intake is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The version of the prescription whose plan it was.
    #[serde(rename = "v")]
    pub version: u32,
    /// The course before.
    #[serde(rename = "f")]
    pub from: Course,
    /// The course that the intake made of it.
    #[serde(rename = "t")]
    pub to: Course,
}

/// A reminder of a dose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// When it was to be sent.
    #[serde(rename = "p")]
    pub planned_at: Timestamp,
    /// When it was written for delivery.
    #[serde(rename = "s")]
    pub sent_at: Timestamp,
}

impl Dose {
    /// A dose that is due and of which nothing is recorded.
    pub const fn due(id: DoseId, prescription: PrescriptionId, version: u32, amount: Amount) -> Self {
        Self {
            id,
            prescription,
            version,
            amount,
            asked: None,
            slot: None,
            as_needed: false,
            status: DoseStatus::Due,
            outcomes: Vec::new(),
            snoozes: 0,
            snoozed_until: None,
            reminders: Vec::new(),
            reminder_message: None,
            reminders_ended: false,
            cancelled_at: None,
            asked_again: false,
            paused: false,
            moved: None,
        }
    }

    /// What the id holds.
    pub fn parts(&self) -> DoseParts {
        // Every id in the store was made by the rule; verify() checks it.
        DoseParts::of(self.id).unwrap_or(DoseParts { scheduled: Timestamp::default(), line: 0, patient: 0 })
    }

    /// Whether its line asks for it at another time, so that it counts there: not once something is recorded of it after all.
    pub fn counts_elsewhere(&self) -> bool {
        self.asked_again && !self.is_recorded()
    }

    /// Whether somebody said that it was taken or left out.
    pub fn is_recorded(&self) -> bool {
        self.status.is_taken() || self.status == DoseStatus::Skipped
    }

    /// When it is to be taken.
    pub fn scheduled(&self) -> Timestamp {
        self.parts().scheduled
    }

    /// The number of its line.
    pub fn line(&self) -> u32 {
        self.parts().line
    }

    /// What holds.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcomes.last()
    }

    /// Where it stood before what holds was recorded.
    pub fn previous_status(&self) -> DoseStatus {
        let before = self.outcomes.len().checked_sub(2).and_then(|place| self.outcomes.get(place));
        before.map_or(DoseStatus::Due, |outcome| outcome.status)
    }

    /// When it was taken.
    pub fn taken_at(&self) -> Option<Timestamp> {
        self.outcome().filter(|outcome| outcome.status.is_taken()).map(|outcome| outcome.at)
    }

    /// Minutes from the scheduled time to the intake; negative when early.
    pub fn minutes_late(&self) -> Option<i64> {
        self.taken_at().map(|taken_at| taken_at.since(self.scheduled()).as_minutes())
    }

    /// When its reminder is to be sent.
    pub fn reminder_at(&self) -> Timestamp {
        self.snoozed_until.unwrap_or_else(|| self.scheduled())
    }

    /// Cancels it at `now`: it is not asked for any more.
    pub fn cancel(&mut self, now: Timestamp) {
        self.status = DoseStatus::Cancelled;
        self.cancelled_at = Some(now);
        self.snoozed_until = None;
    }

    /// When it counts as missed, under a grace period of so many minutes.
    pub fn deadline(&self, grace_minutes: u32) -> Timestamp {
        self.scheduled().plus(Span::minutes(i64::from(grace_minutes)))
    }
}
