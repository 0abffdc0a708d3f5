//! Messages to people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::platform::clock::Timestamp;
use crate::platform::ids::{NotificationId, UserId};

/// What a message is about.
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

impl NotificationType {
    /// As the API, the store and the message keys write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConnectionRequest => "CONNECTION_REQUEST",
            Self::ConnectionAccepted => "CONNECTION_ACCEPTED",
            Self::ConnectionRevoked => "CONNECTION_REVOKED",
            Self::PrescriptionShared => "PRESCRIPTION_SHARED",
            Self::PrescriptionUpdate => "PRESCRIPTION_UPDATE",
            Self::UrgentPrescriptionChange => "URGENT_PRESCRIPTION_CHANGE",
            Self::PrescriptionConfirmed => "PRESCRIPTION_CONFIRMED",
            Self::PrescriptionRejected => "PRESCRIPTION_REJECTED",
            Self::RetakeRequested => "RETAKE_REQUESTED",
            Self::DoseReminder => "DOSE_REMINDER",
            Self::MissedDoseAlert => "MISSED_DOSE_ALERT",
            Self::FamilyAlert => "FAMILY_ALERT",
            Self::AdherenceImproved => "ADHERENCE_IMPROVED",
            Self::LowAdherence => "LOW_ADHERENCE",
            Self::VitalAnomaly => "VITAL_ANOMALY",
            Self::EmergencyAlert => "EMERGENCY_ALERT",
            Self::PaymentCompleted => "PAYMENT_COMPLETED",
            Self::PaymentFailed => "PAYMENT_FAILED",
            Self::SubscriptionEnding => "SUBSCRIPTION_ENDING",
            Self::SubscriptionEnded => "SUBSCRIPTION_ENDED",
            Self::FollowUpDue => "FOLLOW_UP_DUE",
            Self::RefillDue => "REFILL_DUE",
            Self::AccountSecurity => "ACCOUNT_SECURITY",
            Self::RecordOpened => "RECORD_OPENED",
        }
    }
}

/// How far a message got by e-mail. In the application it is there from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Delivery {
    /// Its job has not run yet.
    #[default]
    Pending,
    /// The mail server has it.
    Sent,
    /// Sending failed and is tried again; the job list says why.
    Retrying,
    /// The mail server will never take it: the address does not exist.
    Refused,
    /// The person has no e-mail address.
    NoAddress,
    /// The clinic has no mail server.
    NotConfigured,
    /// The person does not want messages of this type by e-mail.
    Muted,
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
    /// Which of the type's texts: the message keys are `notification.<TYPE>.<variant>.title`, `.body` and `.short`.
    /// `"default"` when the type has but one.
    pub variant: &'static str,
    /// How pressing.
    pub urgency: Urgency,
    /// Values for the placeholders of the texts. One that starts with `@` names a message itself and is shown in
    /// the reader's language: `@scope.DOSES`.
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
    #[serde(default)]
    pub delivery: Delivery,
    /// From then on it makes no sense to send it: a reminder of a dose whose time is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it became needless, so that nothing more of it is sent: the dose was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<Timestamp>,
}
