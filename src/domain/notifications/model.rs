//! Messages to people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::platform::clock::Timestamp;
use crate::platform::ids::{NotificationId, UserId};

/// What a message is about. Names the texts `notification.<NAME>.title` and `.body` in `assets/messages`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum NotificationType {
    ConnectionRequest,
    ConnectionAccepted,
    ConnectionRevoked,
    PrescriptionShared,
    PrescriptionUpdate,
    UrgentPrescriptionChange,
    PrescriptionConfirmed,
    PrescriptionRejected,
    RetakeRequested,
    DoseReminder,
    MissedDoseAlert,
    FamilyAlert,
    AdherenceImproved,
    LowAdherence,
    VitalAnomaly,
    EmergencyAlert,
    PaymentCompleted,
    PaymentFailed,
    SubscriptionEnding,
    SubscriptionEnded,
    FollowUpDue,
    RefillDue,
    AccountSecurity,
    RecordOpened,
}

/// How pressing a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Urgency {
    /// Can wait for the morning.
    Normal,
    /// Should be seen today.
    Warning,
    /// Goes through quiet hours.
    Critical,
}

/// A message to be sent.
#[derive(Debug, Clone)]
pub struct Notice {
    /// To whom.
    pub to: UserId,
    /// About what.
    pub kind: NotificationType,
    /// Which of the type's texts: the message keys are `notification.<TYPE>.<variant>.title` and `.body`.
    /// `"default"` when the type has but one.
    pub variant: &'static str,
    /// How pressing.
    pub urgency: Urgency,
    /// Values for the placeholders of the texts.
    pub params: BTreeMap<String, String>,
    /// Which patient it concerns.
    pub patient: Option<UserId>,
    /// The thing it is about: kind and id.
    pub resource: Option<(&'static str, String)>,
}

/// A message as stored. Texts are made from the message catalogue when read, so that a person who changes his
/// language reads old messages in the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in Notice")]
pub struct Notification {
    pub id: NotificationId,
    pub kind: NotificationType,
    pub variant: String,
    pub urgency: Urgency,
    pub params: BTreeMap<String, String>,
    pub patient: Option<UserId>,
    pub resource_kind: Option<String>,
    pub resource_id: Option<String>,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
}
