//! Events.

use serde::{Deserialize, Serialize};

use crate::domain::connections::model::Scope;
use crate::platform::clock::Timestamp;
use crate::platform::ids::{PrescriptionId, UserId};

/// Who may hear an event besides the person whose room it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Audience {
    /// Nobody.
    Own,
    /// Whoever may read this part of their record at the time of handing over.
    Record(Scope),
    /// As [`Audience::Record`], but of those with whom only chosen prescriptions are shared only who sees this one.
    Prescription(Scope, PrescriptionId),
    /// Whoever may read their clinical record as a whole: not family who sees allergies alone.
    ClinicalRecord,
}

/// What is to be written down.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Whose room.
    pub room: UserId,
    /// Who else hears it.
    pub audience: Audience,
    /// What happened, `vital.recorded`: lower case, subject and past participle.
    pub kind: &'static str,
    /// The details, as the API writes them: ids and states, camelCase keys.
    pub data: serde_json::Value,
}

/// The kinds of events.
pub mod kinds {
    /// A dose was recorded, put off or missed.
    pub const DOSE_UPDATED: &str = "dose.updated";
    /// Doses were planned or cancelled.
    pub const SCHEDULE_CHANGED: &str = "schedule.changed";
    /// A prescription was written, changed or came into another state.
    pub const PRESCRIPTION_CHANGED: &str = "prescription.changed";
    /// The clinical record was changed.
    pub const CLINICAL_RECORD_CHANGED: &str = "clinical_record.changed";
    /// A connection was asked for, answered, changed or ended.
    pub const CONNECTION_CHANGED: &str = "connection.changed";
    /// Messages were read.
    pub const NOTIFICATION_READ: &str = "notification.read";
}

/// An event as stored. Its id is its place in the log, from 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Who else hears it.
    pub audience: Audience,
    /// What happened.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// The details.
    pub data: serde_json::Value,
}
