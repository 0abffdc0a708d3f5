//! Messages to the caller.

use std::sync::Arc;

use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::output::Listed;
use super::problem::Problem;
use super::types::{Instant, named_lists};
use crate::domain::notifications::model::{self, Carrier, Delivery, NotificationType, Passage, Urgency};
use crate::domain::notifications::texts::Texts;
use crate::flows::notifications as flows;
use crate::platform::context::Context;
use crate::platform::i18n::Language;
use crate::platform::ids::{DeviceId, NotificationId, UserId};
use crate::platform::store::PageRequest;
use crate::views::notifications::{self as views, NotificationView, Which};

named_lists! {
    /// What a message is about.
    model::NotificationType as "NotificationType": ConnectionRequest, ConnectionAccepted, ConnectionRevoked,
        PrescriptionShared, PrescriptionUpdate, UrgentPrescriptionChange, PrescriptionConfirmed,
        PrescriptionRejected, RetakeRequested, DoseReminder, MissedDoseAlert, FamilyAlert, AdherenceImproved,
        LowAdherence, VitalAnomaly, EmergencyAlert, PaymentCompleted, PaymentFailed, SubscriptionEnding,
        SubscriptionEnded, FollowUpDue, RefillDue, AccountSecurity, RecordOpened,
        NoteShared;
    /// How pressing a message is.
    model::Urgency as "NotificationUrgency": Normal, Warning, Critical;
    /// How far a message got outside the application.
    model::Delivery as "NotificationDelivery": Pending, Held, Gathered, Summarised, Sent, Retrying, Refused, Gone,
        Failed, NoAddress, NotConfigured, Muted, NoChannel, Expired, Withdrawn;
    /// What carries a message out of the application.
    model::Carrier as "NotificationCarrier": Email, WebPush, Fcm, Sms;
}

/// Messages.
pub struct NotificationsApi(pub Arc<Context>);

/// The words of a message.
#[derive(Debug, Object)]
pub struct NotificationTexts {
    /// A few words.
    title: String,
    /// What happened and what to do.
    body: String,
}

impl From<Texts> for NotificationTexts {
    fn from(texts: Texts) -> Self {
        Self { title: texts.title, body: texts.body }
    }
}

/// A message to the caller.
#[derive(Debug, Object)]
#[oai(rename = "Notification", rename_all = "camelCase")]
pub struct NotificationAnswer {
    /// Its id.
    id: NotificationId,
    /// What it is about.
    #[oai(rename = "type")]
    kind: NotificationType,
    /// How pressing.
    urgency: Urgency,
    /// A few words, in the caller's language.
    title: String,
    /// What happened and what to do, in the caller's language.
    body: String,
    /// The same in Khmer.
    khmer: NotificationTexts,
    /// The same in English.
    english: NotificationTexts,
    /// Which patient it concerns.
    patient_id: Option<UserId>,
    /// Kind of the thing it is about: `connection`, `prescription`.
    resource_type: Option<String>,
    /// Id of the thing.
    resource_id: Option<String>,
    /// When it was written.
    created_at: Instant,
    /// Whether it was read.
    is_read: bool,
    /// When it was read.
    read_at: Option<Instant>,
    /// How far it got outside the application.
    delivery: Delivery,
    /// How far it got by each carrier that was chosen.
    channels: Vec<PassageAnswer>,
}

/// How far a message got by one carrier.
#[derive(Debug, Object)]
#[oai(rename = "NotificationPassage", rename_all = "camelCase")]
pub struct PassageAnswer {
    /// By what.
    channel: Carrier,
    /// To which device, for push.
    device_id: Option<DeviceId>,
    /// How far.
    state: Delivery,
    /// Since when.
    at: Instant,
    /// Why it was not sent.
    code: Option<String>,
}

impl From<Passage> for PassageAnswer {
    fn from(passage: Passage) -> Self {
        Self {
            channel: passage.carrier,
            device_id: passage.device,
            state: passage.state,
            at: Instant(passage.at),
            code: passage.code,
        }
    }
}

impl NotificationAnswer {
    pub(super) fn of(view: NotificationView, language: Language) -> Self {
        let Texts { title, body, .. } = view.in_language(language).clone();
        let message = view.message;
        Self {
            id: message.id,
            kind: message.kind,
            urgency: message.urgency,
            title,
            body,
            khmer: view.khmer.into(),
            english: view.english.into(),
            patient_id: message.patient,
            resource_type: message.resource_kind,
            resource_id: message.resource_id,
            created_at: Instant(message.created_at),
            is_read: message.read_at.is_some(),
            read_at: message.read_at.map(Instant),
            delivery: message.delivery,
            channels: message.passages.into_iter().map(PassageAnswer::from).collect(),
        }
    }
}

/// How many messages are not read.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct UnreadCount {
    /// So many.
    unread_count: u64,
}

/// How many messages were marked.
#[derive(Debug, Object)]
pub struct MarkedRead {
    /// So many.
    marked: u64,
}

#[OpenApi(prefix_path = "/notifications", tag = "Area::Notifications")]
impl NotificationsApi {
    /// My messages
    ///
    /// Newest first.
    #[oai(path = "/", method = "get", operation_id = "list_notifications")]
    async fn list(
        &self,
        SignedIn(caller): SignedIn,
        #[oai(name = "unreadOnly")] unread_only: Query<Option<bool>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<NotificationAnswer>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let which = if unread_only.0.unwrap_or(false) { Which::Unread } else { Which::All };
        let found = views::list(&self.0, &caller, which, &page).await?;
        Ok(Json(Listed::from_page(found, |view| NotificationAnswer::of(view, caller.language))))
    }

    /// How many messages I have not read
    ///
    /// Kept up to date as messages come and are read, so it costs nothing to ask often.
    #[oai(path = "/unread-count", method = "get", operation_id = "count_unread_notifications")]
    async fn unread_count(&self, SignedIn(caller): SignedIn) -> Result<Json<UnreadCount>, Problem> {
        Ok(Json(UnreadCount { unread_count: views::unread_count(&self.0, &caller)? }))
    }

    /// Mark a message read
    ///
    /// A message that was read stays as it is.
    #[oai(path = "/:id/read", method = "post", operation_id = "read_notification")]
    async fn read(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<NotificationId>,
    ) -> Result<Json<NotificationAnswer>, Problem> {
        let message = flows::mark_read(&self.0, &caller, id.0).await?;
        let shown = views::shown(&self.0, &caller, message)?;
        Ok(Json(NotificationAnswer::of(shown, caller.language)))
    }

    /// Mark all messages read
    ///
    /// Answers how many were unread until now.
    #[oai(path = "/read-all", method = "post", operation_id = "read_all_notifications")]
    async fn read_all(&self, SignedIn(caller): SignedIn) -> Result<Json<MarkedRead>, Problem> {
        Ok(Json(MarkedRead { marked: flows::mark_all_read(&self.0, &caller).await? }))
    }
}
