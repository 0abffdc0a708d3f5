//! What a message looks like to each carrier.
//!
//! Push and SMS say the short text, which names no medicine, diagnosis or value, unless the person allows more on
//! their locked screen. Each message has an id that is the same at every attempt, so that one that is sent twice is
//! seen once.

use std::collections::BTreeMap;

use serde_json::json;

use crate::domain::notifications::devices::Address;
use crate::domain::notifications::model::{Notification, Urgency};
use crate::domain::notifications::texts::{Texts, texts};
use crate::domain::users::model::User;
use crate::flows::letters;
use crate::flows::unsubscribe::unsubscribe_url;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::fcm::{FcmMessage, FcmPriority};
use crate::platform::mail::Mail;
use crate::platform::outbound::Undelivered;
use crate::platform::push::{PushMessage, PushUrgency};
use crate::platform::secret::Phi;
use crate::platform::sms::TextMessage;

/// How long a push service keeps a message for a device that is off.
const KEEP: Span = Span::days(1);
/// Longest text of a push message in characters; encrypted ones hold less than 4 KiB.
const PUSH_CHARS_MAX: usize = 600;

/// Where a message goes.
#[derive(Debug, Clone)]
pub(super) enum To {
    Email(Phi<String>),
    Phone(Phi<String>),
    Device(Address),
}

/// A message with its recipient and one of their addresses.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    pub(super) message: Notification,
    pub(super) user: User,
    pub(super) to: To,
}

/// Hands a message to the server of its carrier.
pub(super) async fn hand_over(context: &Context, parcel: Parcel) -> Result<(), Undelivered> {
    let Parcel { message, user, to } = parcel;
    match to {
        To::Email(address) => {
            let language = user.preferences.language;
            let letter = letters::of_message(&context.settings.clinic, &message, language)
                .map_err(Undelivered::Refused)?;
            let mail = Mail {
                id: Some(message.id.to_string()),
                unsubscribe_url: unsubscribe_url(context, &user, &message).map_err(Undelivered::Refused)?,
                ..Mail::new(address, letter.subject, letter.text, letter.html)
            };
            context.mail.send(&mail).await
        }
        To::Phone(number) => {
            let Shown { title, body } = shown(context, &message, &user);
            let text = Phi::new(format!("{title}: {body}"));
            context.sms.send(&TextMessage { to: number, text, id: message.id.to_string() }).await
        }
        To::Device(Address::WebPush(subscription)) => {
            context.push.send(&subscription, &push_message(context, &message, &user)).await
        }
        To::Device(Address::Fcm(token)) => {
            context.fcm.send(&token, &fcm_message(context, &message, &user)).await
        }
    }
}

/// What may stand on a locked screen.
struct Shown {
    title: String,
    body: String,
}

fn shown(context: &Context, message: &Notification, user: &User) -> Shown {
    let Texts { title, body, short } = texts(message, user.preferences.language);
    if user.preferences.notifications.name_medicines {
        Shown { title, body: shortened(&body) }
    } else {
        Shown { title: context.settings.clinic.name.clone(), body: shortened(&short) }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(PUSH_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What leads from a touched message to the thing it is about: ids only.
fn data(message: &Notification) -> BTreeMap<String, String> {
    let mut data = BTreeMap::from([
        ("notificationId".to_owned(), message.id.to_string()),
        ("type".to_owned(), message.kind.name().to_owned()),
    ]);
    data.extend(message.resource_kind.clone().map(|kind| ("resourceType".to_owned(), kind)));
    data.extend(message.resource_id.clone().map(|id| ("resourceId".to_owned(), id)));
    data
}

fn keep_for(message: &Notification, now: Timestamp) -> Span {
    match message.expires_at {
        Some(expires_at) => expires_at.since(now).clamp(Span::ZERO, KEEP),
        None => KEEP,
    }
}

fn push_message(context: &Context, message: &Notification, user: &User) -> PushMessage {
    let Shown { title, body } = shown(context, message, user);
    let language = user.preferences.language.tag();
    let payload = json!({
        "title": title, "body": body, "lang": language, "tag": message.id, "data": data(message),
    });
    PushMessage {
        payload: Phi::new(payload.to_string().into_bytes()),
        keep: keep_for(message, context.now()),
        urgency: match message.urgency {
            Urgency::Normal => PushUrgency::Normal,
            Urgency::Warning | Urgency::Critical => PushUrgency::High,
        },
        topic: Some(message.id.to_string()),
    }
}

fn fcm_message(context: &Context, message: &Notification, user: &User) -> FcmMessage {
    let Shown { title, body } = shown(context, message, user);
    FcmMessage {
        title: Phi::new(title),
        body: Phi::new(body),
        data: data(message),
        priority: match message.urgency {
            Urgency::Normal => FcmPriority::Normal,
            Urgency::Warning | Urgency::Critical => FcmPriority::High,
        },
        keep: keep_for(message, context.now()),
        tag: Some(message.id.to_string()),
    }
}
