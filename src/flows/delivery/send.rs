//! Carries a message by one carrier, and writes down how far it got.
//!
//! Passes the gate by: no caller acts here, and what was sent is kept on the message itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::carriers::{self, Parcel, To};
use super::outcome::{Outcome, name_of_unsent};
use super::plan::{Clinic, go_on};
use super::wanted;
use super::weigh::{Target, digest, give_up, weigh};
use crate::domain::auth::tables::is_open;
use crate::domain::notifications::devices::{Address, DEVICES};
use crate::domain::notifications::health::{count_unsent, is_failing};
use crate::domain::notifications::model::{Carrier, Delivery, Notification, Urgency};
use crate::domain::notifications::rules::{self, Route};
use crate::domain::notifications::tables::NOTIFICATIONS;
use crate::domain::notifications::text_budget::Matter;
use crate::domain::users::contacts::ContactKind;
use crate::domain::users::model::User;
use crate::domain::users::rules::quiet_until;
use crate::domain::users::tables as users;
use crate::flows::text_budget::TextBudget;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{DeviceId, NotificationId, UserId};
use crate::platform::jobs::{self, Job, Priority};
use crate::platform::store::{Reader, WriteTx};

/// What a job of a carrier is to bring where.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Errand {
    /// To whom.
    pub to: UserId,
    /// Which message.
    pub notification: NotificationId,
    /// To which device, for push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// How pressing the message is.
    pub urgency: Urgency,
}

/// Attempts of an errand: with the waits of `jobs::backoff` they last for more than the three days for which an
/// address that may be the reason is tried.
const ATTEMPTS_MAX: u32 = 90;

macro_rules! errands {
    ($($(#[doc = $doc:literal])* $name:ident as $text:literal by $carrier:ident: $handler:ident;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Errand);

        impl Job for $name {
            const NAME: &'static str = $text;
            const QUEUE: &'static str = Carrier::$carrier.queue();
            const MAX_ATTEMPTS: u32 = ATTEMPTS_MAX;

            fn priority(&self) -> Priority {
                self.0.urgency.priority()
            }
        }

        pub(super) async fn $handler(context: Arc<Context>, job: $name) -> Result<()> {
            carry(&context, Carrier::$carrier, job.0).await
        }
    )*

    /// Writes the job of a carrier.
    pub(super) fn enqueue(
        tx: &mut WriteTx<'_>,
        carrier: Carrier,
        errand: Errand,
        due_at: Timestamp,
    ) -> Result<()> {
        match carrier {
            $(Carrier::$carrier => jobs::enqueue_at(tx, &$name(errand), due_at).map(drop),)*
        }
    }
    };
}

errands! {
    /// Sends a message by e-mail.
    SendEmail as "send-email" by Email: send_email;
    /// Sends a message to a browser.
    SendWebPush as "send-web-push" by WebPush: send_web_push;
    /// Sends a message to a telephone's app.
    SendFcm as "send-fcm" by Fcm: send_fcm;
    /// Sends a message by SMS.
    SendSms as "send-sms" by Sms: send_sms;
}

/// What there is to do for an errand.
enum Task {
    Send {
        parcel: Box<Parcel>,
        /// Whether it failed before.
        again: bool,
    },
    /// The address is gone: only write that down.
    NoAddress,
    /// No more ordinary text messages today.
    TextsSpent,
    /// Quiet hours have begun, or the message is over: plan it again.
    Leave,
    Nothing,
}

/// Does an errand. One that was done is not done again.
async fn carry(context: &Arc<Context>, carrier: Carrier, errand: Errand) -> Result<()> {
    let route = Route { carrier, device: errand.device };
    let (target, outcome) = match context.store.read(|tx| look(tx, context, route, errand))? {
        Task::Nothing => return Ok(()),
        Task::Leave => return leave(context, route, errand).await,
        Task::NoAddress => (None, Outcome::NoAddress),
        Task::TextsSpent => (None, Outcome::Refused(Error::too_many("texts_spent", 0))),
        // Whoever has not failed themselves tries at once: one bad address must not hold up the others.
        Task::Send { again: true, .. } if stand_back(context, carrier, errand).await? => {
            return Err(Error::unavailable("graver_message_first", 0));
        }
        Task::Send { parcel, .. } => {
            let target = target_of(route, &parcel);
            (Some(target), Outcome::from(carriers::hand_over(context, *parcel).await))
        }
    };
    let clinic = Clinic::of(context);
    let texts = TextBudget::of(context).filter(|_| carrier == Carrier::Sms);
    let noted = context.store.write(move |tx| {
        if let Some(texts) = texts.filter(|_| matches!(outcome, Outcome::Sent)) {
            texts.count_message(tx, errand.to)?;
        }
        note(tx, clinic, (route, errand), target.as_ref(), outcome.clone())
    });
    let outcome = noted.await?;
    context.metrics.deliveries.add(carrier.queue(), outcome.name());
    match outcome {
        // The job comes again.
        Outcome::Later { error, .. } => Err(error),
        _ => Ok(()),
    }
}

fn target_of(route: Route, parcel: &Parcel) -> Target {
    let (server, address) = match &parcel.to {
        To::Email(address) => return Target::contact(parcel.user.id, ContactKind::Email, address),
        To::Phone(number) => (String::new(), digest(number.reveal())),
        To::Device(Address::Fcm(token)) => (String::new(), digest(token.reveal())),
        To::Device(Address::WebPush(subscription)) => {
            (subscription.service(), digest(subscription.endpoint().reveal()))
        }
    };
    Target { carrier: route.carrier, person: parcel.user.id, device: route.device, server, address }
}

/// Whether a graver message that failed as well goes first, as long as the carrier fails; it gets this turn then.
async fn stand_back(context: &Context, carrier: Carrier, errand: Errand) -> Result<bool> {
    let priority = errand.urgency.priority();
    if priority == Priority::Critical {
        return Ok(false);
    }
    context
        .store
        .write(move |tx| Ok(is_failing(tx, carrier)? && jobs::give_turn(tx, carrier.queue(), priority)?))
        .await
}

fn find(tx: &dyn Reader, errand: Errand) -> Result<Option<(Notification, User)>> {
    let message = NOTIFICATIONS.get(tx, &(errand.to, errand.notification))?;
    Ok(message.zip(users::USERS.get(tx, &errand.to)?))
}

fn look(tx: &dyn Reader, context: &Context, route: Route, errand: Errand) -> Result<Task> {
    let Some((message, user)) = find(tx, errand)? else { return Ok(Task::Nothing) };
    let state = message.passages.iter().find(|passage| route.is_of(passage)).map(|passage| passage.state);
    // A dead letter that an admin brings back has FAILED.
    if !matches!(state, Some(Delivery::Pending | Delivery::Retrying | Delivery::Failed)) {
        return Ok(Task::Nothing);
    }
    let preferences = &user.preferences.notifications;
    let is_quiet =
        rules::keeps_quiet(&message) && quiet_until(preferences, tx.now(), context.zone()).is_some();
    if is_quiet || wanted::ended(tx, &message, &user)?.is_some() {
        return Ok(Task::Leave);
    }
    if route.carrier == Carrier::Sms
        && let Some(texts) = TextBudget::of(context)
        && !texts.allows(tx, errand.to, matter_of(&message))?
    {
        return Ok(Task::TextsSpent);
    }
    let to = match route.carrier {
        Carrier::Email => user.working_email().cloned().map(To::Email),
        Carrier::Sms => user.confirmed(ContactKind::Phone).cloned().map(To::Phone),
        Carrier::WebPush | Carrier::Fcm => address_of(tx, errand)?.map(To::Device),
    };
    Ok(match to {
        Some(to) => Task::Send {
            again: state == Some(Delivery::Retrying),
            parcel: Box::new(Parcel { message, user, to }),
        },
        None => Task::NoAddress,
    })
}

const fn matter_of(message: &Notification) -> Matter {
    match message.urgency {
        Urgency::Critical => Matter::Alert,
        Urgency::Warning | Urgency::Normal => Matter::Other,
    }
}

fn address_of(tx: &dyn Reader, errand: Errand) -> Result<Option<Address>> {
    let Some(id) = errand.device else { return Ok(None) };
    match DEVICES.get(tx, &(errand.to, id))? {
        Some(device) if is_open(tx, device.session)? => Ok(Some(device.address)),
        _ => Ok(None),
    }
}

/// Leaves a message that is over, or waits for the morning.
async fn leave(context: &Context, route: Route, errand: Errand) -> Result<()> {
    let zone = context.zone();
    let left = context.store.write(move |tx| {
        let Some((mut message, user)) = find(tx, errand)? else { return Ok(None) };
        let now = tx.now();
        if let Some(ended) = wanted::ended(tx, &message, &user)? {
            end_unsent(tx, &mut message, route, ended)?;
            NOTIFICATIONS.put(tx, &(errand.to, message.id), &message)?;
            return Ok(Some(ended));
        }
        let morning = quiet_until(&user.preferences.notifications, now, zone);
        enqueue(tx, route.carrier, errand, morning.unwrap_or(now))?;
        Ok(None)
    });
    if let Some(ended) = left.await? {
        context.metrics.deliveries.add(route.carrier.queue(), name_of_unsent(ended));
    }
    Ok(())
}

/// Writes on a message that it is not sent this way any more, and counts it.
pub(super) fn end_unsent(
    tx: &mut WriteTx<'_>,
    message: &mut Notification,
    route: Route,
    ended: Delivery,
) -> Result<()> {
    set_state(message, route, ended, None, tx.now());
    message.delivery = match rules::overall(&message.passages) {
        Delivery::NoChannel => ended,
        state => state,
    };
    count_unsent(tx, route.carrier, ended)
}

fn set_state(message: &mut Notification, route: Route, state: Delivery, code: Option<&str>, now: Timestamp) {
    if let Some(passage) = message.passages.iter_mut().find(|passage| route.is_of(passage)) {
        passage.state = state;
        passage.code = code.map(str::to_owned);
        passage.at = now;
    }
}

/// Writes down how an attempt ended, and what follows from it.
fn note(
    tx: &mut WriteTx<'_>,
    clinic: Clinic,
    (route, errand): (Route, Errand),
    target: Option<&Target>,
    outcome: Outcome,
) -> Result<Outcome> {
    let outcome = match target {
        Some(target) => weigh(tx, target, outcome)?,
        None => outcome,
    };
    if let (Outcome::Gone(_), Some(target)) = (&outcome, target) {
        give_up(tx, target)?;
    }
    // The person may have read it meanwhile: the row is read again.
    let Some((mut message, user)) = find(tx, errand)? else { return Ok(outcome) };
    let (state, code) = outcome.state();
    set_state(&mut message, route, state, code, tx.now());
    go_on(tx, clinic, &user, message)?;
    Ok(outcome)
}
