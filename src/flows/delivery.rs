//! The job that carries a message further than the application: by e-mail.
//!
//! Passes the gate by: no caller acts here, and what was sent is kept on the message itself.

use std::sync::Arc;

use crate::domain::notifications::model::{Delivery, Notification, Urgency};
use crate::domain::notifications::tables::{DeliverNotification, NOTIFICATIONS};
use crate::domain::notifications::texts::{Texts, texts};
use crate::domain::users::model::User;
use crate::domain::users::rules::{quiet_until, wants_email};
use crate::domain::users::tables::USERS;
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::i18n::Language;
use crate::platform::jobs::{self, Jobs};
use crate::platform::mail::Mail;
use crate::platform::secret::Phi;

/// Registers the delivery of messages.
pub fn register(jobs: &mut Jobs) {
    jobs.queue("notifications", 8);
    jobs.register::<DeliverNotification, _, _>(deliver);
}

/// Sends a message by e-mail when there is a mail server and an address; writes down on the message how far it
/// got. A message that was sent is not sent again. In quiet hours everything but what is critical waits for their
/// end.
///
/// # Errors
/// When the mail server did not take it now: the job is tried again later.
pub async fn deliver(context: Arc<Context>, job: DeliverNotification) -> Result<()> {
    let key = (job.to, job.notification);
    let found = context.store.read(|tx| Ok(NOTIFICATIONS.get(tx, &key)?.zip(USERS.get(tx, &job.to)?)))?;
    // The person or the message is gone: nothing is left to do.
    let Some((message, user)) = found else { return Ok(()) };
    let is_over = message.expires_at.is_some_and(|expires_at| expires_at <= context.now());
    if message.delivery == Delivery::Sent || message.withdrawn_at.is_some() || is_over {
        return Ok(());
    }
    let preferences = &user.preferences.notifications;
    if message.urgency != Urgency::Critical
        && let Some(morning) = quiet_until(preferences, context.now(), context.zone())
    {
        return context.store.write(move |tx| jobs::enqueue_at(tx, &job, morning).map(drop)).await;
    }
    let kind = serde_json::to_value(message.kind).unwrap_or_default();
    let (delivery, failure) = match &user.email {
        None => (Delivery::NoAddress, None),
        Some(_) if !wants_email(preferences, kind.as_str().unwrap_or_default()) => (Delivery::Muted, None),
        Some(_) if !context.mail.is_configured() => (Delivery::NotConfigured, None),
        Some(address) => {
            match context.mail.send(&mail(&context, &message, &user, address)).await.map_err(Error::from) {
                Ok(()) => (Delivery::Sent, None),
                Err(error) if error.kind() == Kind::Unprocessable => (Delivery::Refused, None),
                Err(error) => (Delivery::Retrying, Some(error)),
            }
        }
    };
    if delivery != message.delivery {
        context
            .store
            .write(move |tx| {
                // The person may have read it meanwhile: only this field is changed.
                if let Some(mut row) = NOTIFICATIONS.get(tx, &key)? {
                    row.delivery = delivery;
                    NOTIFICATIONS.put(tx, &key, &row)?;
                }
                Ok(())
            })
            .await?;
    }
    failure.map_or(Ok(()), Err)
}

/// The message as an e-mail in the recipient's language.
fn mail(context: &Context, message: &Notification, user: &User, address: &Phi<String>) -> Mail {
    let language = user.preferences.language;
    let Texts { title, body, .. } = texts(message, language);
    let clinic = &context.settings.clinic.name;
    Mail::new(
        address.clone(),
        format!("{title} - {clinic}"),
        format!("{body}\n\n{clinic}\n"),
        html(language, &title, &body, clinic),
    )
}

fn html(language: Language, title: &str, body: &str, clinic: &str) -> String {
    let (tag, title, body, clinic) = (language.tag(), escaped(title), escaped(body), escaped(clinic));
    format!(
        "<!doctype html><html lang=\"{tag}\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body style=\"font-family:sans-serif;font-size:16px;line-height:1.6\"><h1 style=\"font-size:20px\">\
         {title}</h1><p>{body}</p><p style=\"color:#555\">{clinic}</p></body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
