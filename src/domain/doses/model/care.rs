//! What is known about a patient's doses as a whole.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::prescriptions::model::Amount;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::ids::{NotificationId, UserId};

/// What sweep, reminders and planning need to know about a patient without reading their doses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Care {
    /// When the sweep must look at them next: never later than the earliest deadline of their open doses.
    #[serde(default)]
    pub sweep_at: Option<Timestamp>,
    /// When a reminder is to be sent to them next: never later than the earliest of their open doses.
    #[serde(default)]
    pub remind_at: Option<Timestamp>,
    /// The number of their next medication line.
    #[serde(default)]
    pub next_line: u32,
    /// The clinic's time zone by which their doses are planned.
    #[serde(default)]
    pub zone: Option<String>,
    /// When the horizon of all their active prescriptions was last extended.
    #[serde(default)]
    pub extended_at: Option<Timestamp>,
    /// The last message about missed doses.
    #[serde(default)]
    pub missed_alert: Option<MissedAlert>,
    /// When they were last congratulated.
    #[serde(default)]
    pub praised_at: Option<Timestamp>,
    /// When their treatment is to be looked over next; nothing while they have none.
    #[serde(default)]
    pub review_at: Option<Timestamp>,
    /// The day on which it was looked over last.
    #[serde(default)]
    pub reviewed_on: Option<NaiveDate>,
    /// When they were last told that they miss too much.
    #[serde(default)]
    pub low_told_at: Option<Timestamp>,
    /// The fillings of whose end they were told.
    #[serde(default)]
    pub refills_told: Vec<Filling>,
}

/// What was handed out for a medication line; another quantity is another filling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filling {
    /// The line's number.
    pub line: u32,
    /// How much was prescribed in all.
    pub quantity: Amount,
    /// The day of the first planned dose that it does not cover, as it was when the patient was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<NaiveDate>,
}

/// A message about missed doses, to which those of the next ten minutes are added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedAlert {
    /// When the first of them was written.
    pub at: Timestamp,
    /// One message for each recipient.
    pub messages: Vec<MissedMessage>,
}

impl MissedAlert {
    /// The one to which doses that are missed `now` are added: the `last` one when it was begun less than `within` ago,
    /// else a new one.
    pub fn gathering(last: Option<Self>, now: Timestamp, within: Span) -> Self {
        let is_recent = |alert: &Self| now < alert.at.plus(within);
        last.filter(is_recent).unwrap_or(Self { at: now, messages: Vec::new() })
    }
}

/// What one recipient was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedMessage {
    /// Who.
    pub to: UserId,
    /// The message.
    pub id: NotificationId,
    /// How many doses it tells of.
    pub doses: u32,
    /// How grave it is.
    pub level: MissLevel,
}

/// How grave missed doses are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MissLevel {
    /// A single dose: family only.
    Single,
    /// Two doses of one line in a row.
    Warning,
    /// Three in a row, or misses on three days in a row.
    Critical,
}
