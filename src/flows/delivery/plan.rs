//! Chooses the carriers of a message.
//!
//! Passes the gate by: no caller acts here, and what was sent is kept on the message itself.

use std::sync::Arc;

use chrono_tz::Tz;

use super::digest::SendDigest;
use super::outcome::name_of_unsent;
use super::send::{self, Errand};
use super::{configured, means, tell_admins, wanted};
use crate::domain::notifications::model::{Delivery, Notification, NotificationType, Passage, Urgency};
use crate::domain::notifications::rules::{self, Configured, Start};
use crate::domain::notifications::tables::{DeliverNotification, NOTIFICATIONS};
use crate::domain::users::model::User;
use crate::domain::users::rules::quiet_until;
use crate::domain::users::tables::USERS;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::jobs::{self, Job};
use crate::platform::store::{Reader, WriteTx};

/// The code of a refusal that may be the address's or ours.
const DOUBTED: &str = "mail_recipient_refused";

/// What planning needs to know besides the message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clinic {
    /// The carriers that are configured.
    pub(super) configured: Configured,
    /// The clinic's time zone.
    pub(super) zone: Tz,
}

impl Clinic {
    pub(super) fn of(context: &Context) -> Self {
        Self { configured: configured(context), zone: context.zone() }
    }
}

/// Handler of [`DeliverNotification`]: chooses by what the message goes further. A message that was planned before
/// stays as it is.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn deliver(context: Arc<Context>, job: DeliverNotification) -> Result<()> {
    let clinic = Clinic::of(&context);
    if let Some(ended) = context.store.write(move |tx| plan(tx, clinic, &job)).await? {
        context.metrics.deliveries.add(DeliverNotification::QUEUE, name_of_unsent(ended));
    }
    Ok(())
}

/// Plans a message, or says how it ended before it was.
fn plan(tx: &mut WriteTx<'_>, clinic: Clinic, job: &DeliverNotification) -> Result<Option<Delivery>> {
    // The person or the message is gone: nothing is left to do.
    let Some(message) = NOTIFICATIONS.get(tx, &(job.to, job.notification))? else { return Ok(None) };
    let Some(user) = USERS.get(tx, &job.to)? else { return Ok(None) };
    let is_planned = !message.passages.is_empty();
    if is_planned || !matches!(message.delivery, Delivery::Pending | Delivery::Held | Delivery::Retrying) {
        return Ok(None);
    }
    let ended = wanted::ended(tx, &message, &user)?;
    match ended {
        Some(state) => save(tx, &user, message, state)?,
        None => choose(tx, clinic, job, &user, message)?,
    }
    Ok(ended)
}

/// Chooses the carriers of a message that is still to be sent, or the time at which it is looked at again.
fn choose(
    tx: &mut WriteTx<'_>,
    clinic: Clinic,
    job: &DeliverNotification,
    user: &User,
    mut message: Notification,
) -> Result<()> {
    let preferences = &user.preferences.notifications;
    if rules::keeps_quiet(&message)
        && let Some(morning) = quiet_until(preferences, tx.now(), clinic.zone)
    {
        jobs::enqueue_at(tx, job, morning)?;
        return save(tx, user, message, Delivery::Held);
    }
    if rules::is_for_digest(&message, preferences) {
        let at = rules::next_digest(preferences, tx.now(), clinic.zone);
        jobs::enqueue_once(tx, &SendDigest { to: job.to }, format!("digest:{}", job.to), at)?;
        return save(tx, user, message, Delivery::Gathered);
    }
    let wanted = rules::wanted(preferences, message.kind, message.urgency);
    if wanted.is_empty() {
        return save(tx, user, message, Delivery::Muted);
    }
    let means = means(tx, clinic.configured, user)?;
    let starts = rules::first_routes(&message, &wanted, preferences, &means);
    set_out(tx, user, &mut message, starts)?;
    settle(tx, user, message)
}

/// Writes a state that is not made of carriers' states.
fn save(tx: &mut WriteTx<'_>, user: &User, mut message: Notification, state: Delivery) -> Result<()> {
    message.delivery = state;
    NOTIFICATIONS.put(tx, &(user.id, message.id), &message)
}

/// Notes each way on the message, with a job for those that can be taken.
fn set_out(tx: &mut WriteTx<'_>, user: &User, message: &mut Notification, starts: Vec<Start>) -> Result<()> {
    for start in starts {
        let (route, state) = start;
        message.passages.push(rules::passage(start, tx.now()));
        if state == Delivery::Pending {
            let errand = Errand {
                to: user.id,
                notification: message.id,
                device: route.device,
                urgency: message.urgency,
            };
            let now = tx.now();
            send::enqueue(tx, route.carrier, errand, now)?;
        }
    }
    Ok(())
}

/// Writes the message with its state as a whole, and tells the admins when a CRITICAL one has nowhere to go.
fn settle(tx: &mut WriteTx<'_>, user: &User, mut message: Notification) -> Result<()> {
    message.delivery = rules::overall(&message.passages);
    // What concerns the account is not what others can help with.
    let matters = message.urgency == Urgency::Critical && message.kind != NotificationType::AccountSecurity;
    if matters && message.lost_at.is_none() && is_lost(&message) {
        message.lost_at = Some(tx.now());
        tell_admins(tx, user, &message)?;
    }
    NOTIFICATIONS.put(tx, &(user.id, message.id), &message)
}

/// Whether it has nowhere to go. An address that is refused and only perhaps works is nowhere.
fn is_lost(message: &Notification) -> bool {
    let is_hope = |passage: &Passage| passage.state.is_live() && passage.code.as_deref() != Some(DOUBTED);
    message.delivery == Delivery::NoChannel
        || (!message.passages.is_empty() && !message.passages.iter().any(is_hope))
}

/// After a way failed: takes the next one that the person has, if the message needs it, and writes the message.
pub(super) fn go_on(
    tx: &mut WriteTx<'_>,
    clinic: Clinic,
    user: &User,
    mut message: Notification,
) -> Result<()> {
    if wanted::ended(tx, &message, user)?.is_none() {
        let preferences = &user.preferences.notifications;
        let means = means(tx, clinic.configured, user)?;
        let starts = rules::next_routes(&message, &message.passages, preferences, &means);
        set_out(tx, user, &mut message, starts)?;
    }
    settle(tx, user, message)
}
