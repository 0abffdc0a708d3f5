//! What goes to a contact without being a message: one-time codes, and the last word to contacts that ended.
//!
//! Passes the gate by: no caller acts here, and what is sent is kept where it was made.

use super::outcome::{Outcome, name_of_unsent};
use super::weigh::{Target, give_up, weigh};
use crate::domain::notifications::health::count_unsent;
use crate::domain::notifications::model::{Carrier, Delivery};
use crate::domain::users::contacts::ContactKind;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::mail::{Letter, Mail};
use crate::platform::outbound::Undelivered;
use crate::platform::secret::Phi;
use crate::platform::sms::TextMessage;

/// Their queue.
pub(in crate::flows) const CODES: &str = "mail";

/// What carries messages to contacts of this kind.
pub(in crate::flows) const fn carrier_of(kind: ContactKind) -> Carrier {
    match kind {
        ContactKind::Email => Carrier::Email,
        ContactKind::Phone => Carrier::Sms,
    }
}

/// Whether anything is configured that carries messages to contacts of this kind.
pub(in crate::flows) fn carries(context: &Context, kind: ContactKind) -> bool {
    match kind {
        ContactKind::Email => context.mail.is_configured(),
        ContactKind::Phone => context.sms.is_configured(),
    }
}

/// Sends to a contact of a person: as `letter` or as `text`, whose `id` is the same at every attempt. What will never be
/// taken counts as done.
///
/// # Errors
/// What keeps it from being sent now: the job comes again. `channel_not_configured`.
pub(in crate::flows) async fn send_direct(
    context: &Context,
    (person, kind, to): (UserId, ContactKind, &Phi<String>),
    id: String,
    letter: impl FnOnce() -> Result<Letter>,
    text: impl FnOnce() -> String,
) -> Result<()> {
    let sent = match kind {
        ContactKind::Email => {
            let Letter { subject, text, html } = letter()?;
            context.mail.send(&Mail::new(to.clone(), subject, text, html)).await
        }
        ContactKind::Phone => {
            context.sms.send(&TextMessage { to: to.clone(), text: Phi::new(text()), id }).await
        }
    };
    let target = Target::contact(person, kind, to);
    let outcome = Outcome::from(sent);
    let weighed = context.store.write(move |tx| {
        let weighed = weigh(tx, &target, outcome.clone())?;
        if let Outcome::Gone(_) = weighed {
            give_up(tx, &target)?;
        }
        Ok(weighed)
    });
    let weighed = weighed.await?;
    context.metrics.deliveries.add(carrier_of(kind).queue(), weighed.name());
    match weighed {
        Outcome::Later { error, .. } => Err(error),
        Outcome::NotConfigured => Err(Error::from(Undelivered::NotConfigured)),
        Outcome::Gone(_) | Outcome::Refused(_) => {
            tracing::warn!(user.id = %person, outcome = weighed.name(), "nothing can be sent to this contact");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Counts a one-time code that was not sent: its life was over, or it was used or replaced before.
///
/// # Errors
/// When the store cannot be written.
pub(in crate::flows) async fn count_code(
    context: &Context,
    kind: ContactKind,
    expires_at: Option<Timestamp>,
) -> Result<()> {
    let carrier = carrier_of(kind);
    let ended = match expires_at.is_none_or(|end| end <= context.now()) {
        true => Delivery::Expired,
        false => Delivery::Withdrawn,
    };
    context.metrics.deliveries.add(carrier.queue(), name_of_unsent(ended));
    context.store.write(move |tx| count_unsent(tx, carrier, ended)).await
}
