//! Chooses the carriers of a message.
//!
//! Passes the gate by: no caller acts here, and what was sent is kept on the message itself.

use std::sync::Arc;

use chrono_tz::Tz;

use super::digest::SendDigest;
use super::send::{self, Errand};
use super::{configured, means, tell_admins};
use crate::domain::notifications::model::{Delivery, Notification, NotificationType, Urgency};
use crate::domain::notifications::rules::{self, Configured, Start};
use crate::domain::notifications::tables::{DeliverNotification, NOTIFICATIONS};
use crate::domain::users::model::User;
use crate::domain::users::rules::quiet_until;
use crate::domain::users::tables::USERS;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::jobs;
use crate::platform::store::{Reader, WriteTx};

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
    context.store.write(move |tx| plan(tx, clinic, &job)).await
}

fn plan(tx: &mut WriteTx<'_>, clinic: Clinic, job: &DeliverNotification) -> Result<()> {
    // The person or the message is gone: nothing is left to do.
    let Some(mut message) = NOTIFICATIONS.get(tx, &(job.to, job.notification))? else { return Ok(()) };
    let Some(user) = USERS.get(tx, &job.to)? else { return Ok(()) };
    let is_planned = !message.passages.is_empty();
    if is_planned || !matches!(message.delivery, Delivery::Pending | Delivery::Held | Delivery::Retrying) {
        return Ok(());
    }
    let preferences = &user.preferences.notifications;
    if let Some(over) = rules::over(&message, tx.now()) {
        return save(tx, &user, message, over);
    }
    if rules::keeps_quiet(&message)
        && let Some(morning) = quiet_until(preferences, tx.now(), clinic.zone)
    {
        jobs::enqueue_at(tx, job, morning)?;
        return save(tx, &user, message, Delivery::Held);
    }
    if rules::is_for_digest(&message, preferences) {
        let at = rules::next_digest(preferences, tx.now(), clinic.zone);
        jobs::enqueue_once(tx, &SendDigest { to: job.to }, format!("digest:{}", job.to), at)?;
        return save(tx, &user, message, Delivery::Gathered);
    }
    let wanted = rules::wanted(preferences, message.kind, message.urgency);
    if wanted.is_empty() {
        return save(tx, &user, message, Delivery::Muted);
    }
    let means = means(tx, clinic.configured, &user)?;
    let starts = rules::first_routes(&message, &wanted, preferences, &means);
    set_out(tx, &user, &mut message, starts)?;
    settle(tx, &user, message)
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
    let before = message.delivery;
    message.delivery = rules::overall(&message.passages);
    NOTIFICATIONS.put(tx, &(user.id, message.id), &message)?;
    let is_lost = message.delivery == Delivery::NoChannel && before != Delivery::NoChannel;
    // What concerns the account is not what others can help with.
    if is_lost && message.urgency == Urgency::Critical && message.kind != NotificationType::AccountSecurity {
        tell_admins(tx, user, &message)?;
    }
    Ok(())
}

/// After a way failed: takes the next one that the person has, if the message needs it, and writes the message.
pub(super) fn go_on(
    tx: &mut WriteTx<'_>,
    clinic: Clinic,
    user: &User,
    mut message: Notification,
) -> Result<()> {
    if rules::over(&message, tx.now()).is_none() {
        let preferences = &user.preferences.notifications;
        let means = means(tx, clinic.configured, user)?;
        let starts = rules::next_routes(&message, &message.passages, preferences, &means);
        set_out(tx, user, &mut message, starts)?;
    }
    settle(tx, user, message)
}
