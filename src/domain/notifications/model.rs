//! Messages to people.

use serde::{Deserialize, Serialize};

use super::params::Params;
use crate::domain::users::model::Channel;
use crate::platform::clock::Timestamp;
use crate::platform::ids::{DeviceId, NotificationId, UserId};
use crate::platform::jobs::Priority;

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
    NoteShared,
}

impl NotificationType {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::ConnectionRequest,
        Self::ConnectionAccepted,
        Self::ConnectionRevoked,
        Self::PrescriptionShared,
        Self::PrescriptionUpdate,
        Self::UrgentPrescriptionChange,
        Self::PrescriptionConfirmed,
        Self::PrescriptionRejected,
        Self::RetakeRequested,
        Self::DoseReminder,
        Self::MissedDoseAlert,
        Self::FamilyAlert,
        Self::AdherenceImproved,
        Self::LowAdherence,
        Self::VitalAnomaly,
        Self::EmergencyAlert,
        Self::PaymentCompleted,
        Self::PaymentFailed,
        Self::SubscriptionEnding,
        Self::SubscriptionEnded,
        Self::FollowUpDue,
        Self::RefillDue,
        Self::AccountSecurity,
        Self::RecordOpened,
        Self::NoteShared,
    ];

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
            Self::NoteShared => "NOTE_SHARED",
        }
    }
}

/// What carries a message out of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Carrier {
    /// E-mail.
    Email,
    /// Web Push to one browser.
    WebPush,
    /// Firebase Cloud Messaging to one telephone.
    Fcm,
    /// SMS.
    Sms,
}

impl Carrier {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Email, Self::WebPush, Self::Fcm, Self::Sms];

    /// The queue of its jobs, also its name in metrics.
    pub const fn queue(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::WebPush => "web-push",
            Self::Fcm => "fcm",
            Self::Sms => "sms",
        }
    }

    /// The choice of people that it belongs to.
    pub const fn channel(self) -> Channel {
        match self {
            Self::Email => Channel::Email,
            Self::WebPush | Self::Fcm => Channel::Push,
            Self::Sms => Channel::Sms,
        }
    }
}

/// How far a message got: as a whole, or by one carrier. In the application it is there from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Delivery {
    /// Its job has not run yet.
    #[default]
    Pending,
    /// Waits for the end of the quiet hours.
    Held,
    /// Waits for the daily summary.
    Gathered,
    /// Was told in the daily summary.
    Summarised,
    /// The server on the other side has it.
    Sent,
    /// Sending failed and is tried again; the code says why.
    Retrying,
    /// The server on the other side will never take it.
    Refused,
    /// The address is dead and is not used any more.
    Gone,
    /// Every attempt failed: its job is among the dead letters.
    Failed,
    /// The person has no address for it.
    NoAddress,
    /// The clinic has not configured it.
    NotConfigured,
    /// The person does not want messages of this type outside the application.
    Muted,
    /// By nothing that the person has could it be sent.
    NoChannel,
    /// It made no sense any more before it could be sent.
    Expired,
    /// It became needless before it could be sent.
    Withdrawn,
}

impl Delivery {
    /// Whether it arrived or may still arrive.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Held | Self::Sent | Self::Retrying)
    }
}

/// How far a message got by one carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// By what.
    pub carrier: Carrier,
    /// To which device, for push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// How far.
    pub state: Delivery,
    /// Since when.
    pub at: Timestamp,
    /// Why it is not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// How pressing a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Urgency {
    /// Can wait for the morning.
    #[default]
    Normal,
    /// Should be seen today.
    Warning,
    /// Goes through quiet hours.
    Critical,
}

impl Urgency {
    /// The place of its jobs in their queues.
    pub const fn priority(self) -> Priority {
        match self {
            Self::Normal => Priority::Normal,
            Self::Warning => Priority::Warning,
            Self::Critical => Priority::Critical,
        }
    }
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
    /// Values for the placeholders of the texts.
    pub params: Params,
    /// Which patient it concerns.
    pub patient: Option<UserId>,
    /// The thing it is about: kind and id.
    pub resource: Option<(&'static str, String)>,
}

/// A message as stored. Texts are made from the message catalogue when read, so that a person who changes their
/// language reads old messages in the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in Notice")]
pub struct Notification {
    pub id: NotificationId,
    pub kind: NotificationType,
    pub variant: String,
    pub urgency: Urgency,
    pub params: Params,
    pub patient: Option<UserId>,
    pub resource_kind: Option<String>,
    pub resource_id: Option<String>,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
    #[serde(default)]
    pub delivery: Delivery,
    /// By each carrier that was chosen, in the order in which they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passages: Vec<Passage>,
    /// From then on it makes no sense to send it: a reminder of a dose whose time is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it became needless, so that nothing more of it is sent: the dose was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<Timestamp>,
    /// When the admins were told that it reaches nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_at: Option<Timestamp>,
}
