//! The job that carries a message further than the application: by e-mail.
//!
//! Passes the gate by: no caller acts here, and what was sent is kept on the message itself.

use std::sync::Arc;

use super::letters;
use crate::domain::notifications::model::{Delivery, Notification, Urgency};
use crate::domain::notifications::tables::{DeliverNotification, NOTIFICATIONS};
use crate::domain::users::model::User;
use crate::domain::users::rules::{quiet_until, wants_email};
use crate::domain::users::tables::USERS;
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind, Result};
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
            let mail = mail(&context, &message, &user, address)?;
            match context.mail.send(&mail).await.map_err(Error::from) {
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
fn mail(context: &Context, message: &Notification, user: &User, address: &Phi<String>) -> Result<Mail> {
    let letter = letters::of_message(&context.settings.clinic, message, user.preferences.language, None)?;
    Ok(Mail::new(address.clone(), letter.subject, letter.text, letter.html))
}
