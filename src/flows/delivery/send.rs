//! Carries a message by one carrier, and writes down how far it got.
//!
//! Passes the gate by: no caller acts here, and what was sent is kept on the message itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::carriers::{self, Parcel, To};
use super::plan::{Clinic, go_on};
use super::tell_owner;
use crate::domain::auth::tables::is_open;
use crate::domain::notifications::devices::{Address, DEVICES};
use crate::domain::notifications::health::{is_failing, note_failure, note_success};
use crate::domain::notifications::model::{Carrier, Delivery, Notification, Urgency};
use crate::domain::notifications::params::{Params, Word};
use crate::domain::notifications::rules::{self, Route};
use crate::domain::notifications::tables::NOTIFICATIONS;
use crate::domain::users::contacts::ContactKind;
use crate::domain::users::model::User;
use crate::domain::users::rules::quiet_until;
use crate::domain::users::tables as users;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{DeviceId, NotificationId, UserId};
use crate::platform::jobs::{self, Job, Priority};
use crate::platform::outbound::Undelivered;
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

/// Attempts of an errand: with the waits of `jobs::backoff` they last for more than a day.
const ATTEMPTS_MAX: u32 = 40;
/// Errands that are brought forward when a carrier works again; more than that come by themselves.
const HASTENED_MAX: usize = 5_000;

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

/// How an attempt ended.
#[derive(Debug, Clone)]
enum Outcome {
    Sent,
    Gone(&'static str),
    Refused(Error),
    Later(Error),
    NotConfigured,
    /// The address that was planned for is not there any more.
    NoAddress,
}

impl Outcome {
    const fn name(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Gone(_) => "gone",
            Self::Refused(_) => "refused",
            Self::Later(_) => "later",
            Self::NotConfigured => "not_configured",
            Self::NoAddress => "no_address",
        }
    }

    fn state(&self) -> (Delivery, Option<&str>) {
        match self {
            Self::Sent => (Delivery::Sent, None),
            Self::Gone(code) => (Delivery::Gone, Some(code)),
            Self::Refused(error) => (Delivery::Refused, Some(error.code())),
            Self::Later(error) => (Delivery::Retrying, Some(error.code())),
            Self::NotConfigured => (Delivery::NotConfigured, None),
            Self::NoAddress => (Delivery::NoAddress, None),
        }
    }
}

impl From<Result<(), Undelivered>> for Outcome {
    fn from(sent: Result<(), Undelivered>) -> Self {
        match sent {
            Ok(()) => Self::Sent,
            Err(Undelivered::Gone { code }) => Self::Gone(code),
            Err(Undelivered::Refused(error)) => Self::Refused(error),
            Err(Undelivered::Later { error, .. }) => Self::Later(error),
            Err(Undelivered::NotConfigured) => Self::NotConfigured,
        }
    }
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
    /// Quiet hours have begun, or the message is over: plan it again.
    Leave,
    Nothing,
}

/// Does an errand. One that was done is not done again.
async fn carry(context: &Arc<Context>, carrier: Carrier, errand: Errand) -> Result<()> {
    let route = Route { carrier, device: errand.device };
    let outcome = match context.store.read(|tx| look(tx, context, route, errand))? {
        Task::Nothing => return Ok(()),
        Task::Leave => return leave(context, route, errand).await,
        Task::NoAddress => Outcome::NoAddress,
        // Whoever has not failed himself tries at once: one bad address must not hold up the others.
        Task::Send { again: true, .. } if stand_back(context, carrier, errand).await? => {
            return Err(Error::unavailable("graver_message_first", 0));
        }
        Task::Send { parcel, .. } => Outcome::from(carriers::hand_over(context, *parcel).await),
    };
    context.metrics.deliveries.add(carrier.queue(), outcome.name());
    let clinic = Clinic::of(context);
    let noted = outcome.clone();
    context.store.write(move |tx| note(tx, clinic, route, errand, &noted)).await?;
    match outcome {
        // The job comes again.
        Outcome::Later(error) => Err(error),
        _ => Ok(()),
    }
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
    if is_quiet || rules::over(&message, tx.now()).is_some() {
        return Ok(Task::Leave);
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
    context
        .store
        .write(move |tx| {
            let Some((mut message, user)) = find(tx, errand)? else { return Ok(()) };
            let now = tx.now();
            if let Some(over) = rules::over(&message, now) {
                set_state(&mut message, route, over, None, now);
                message.delivery = match rules::overall(&message.passages) {
                    Delivery::NoChannel => over,
                    state => state,
                };
                return NOTIFICATIONS.put(tx, &(errand.to, message.id), &message);
            }
            let morning = quiet_until(&user.preferences.notifications, now, zone);
            enqueue(tx, route.carrier, errand, morning.unwrap_or(now))
        })
        .await
}

fn set_state(message: &mut Notification, route: Route, state: Delivery, code: Option<&str>, now: Timestamp) {
    if let Some(passage) = message.passages.iter_mut().find(|passage| route.is_of(passage)) {
        passage.state = state;
        passage.code = code.map(str::to_owned);
        passage.at = now;
    }
}

/// Writes down how an attempt ended, and what follows from it.
fn note(tx: &mut WriteTx<'_>, clinic: Clinic, route: Route, errand: Errand, outcome: &Outcome) -> Result<()> {
    note_health(tx, route.carrier, outcome)?;
    // The person may have read it meanwhile: the row is read again.
    let Some((mut message, mut user)) = find(tx, errand)? else { return Ok(()) };
    let (state, code) = outcome.state();
    set_state(&mut message, route, state, code, tx.now());
    if let Outcome::Gone(_) = outcome {
        forget_address(tx, route, errand, &mut user)?;
    }
    go_on(tx, clinic, &user, message)
}

/// A carrier that works again sends at once what waited for it.
fn note_health(tx: &mut WriteTx<'_>, carrier: Carrier, outcome: &Outcome) -> Result<()> {
    match outcome {
        Outcome::Sent => {
            if note_success(tx, carrier)? {
                jobs::hasten(tx, carrier.queue(), HASTENED_MAX)?;
            }
            Ok(())
        }
        Outcome::Later(error) => note_failure(tx, carrier, error.code()),
        // The other side works: it said no.
        Outcome::Gone(_) | Outcome::Refused(_) | Outcome::NotConfigured | Outcome::NoAddress => Ok(()),
    }
}

/// Gives a dead address up and tells its owner.
fn forget_address(tx: &mut WriteTx<'_>, route: Route, errand: Errand, user: &mut User) -> Result<()> {
    match (route.carrier, route.device) {
        (Carrier::Email, _) => {
            user.refused_email.clone_from(&user.email);
            users::save(tx, user)?;
            tell_owner(tx, user.id, "email_refused", Params::new())
        }
        (_, Some(id)) => {
            let Some(device) = DEVICES.delete(tx, &(errand.to, id))? else { return Ok(()) };
            let params = match device.name {
                Some(name) => Params::new().text("device", name),
                None => Params::new().word("device", Word::new("carrier", route.carrier.queue())),
            };
            tell_owner(tx, user.id, "device_gone", params)
        }
        _ => Ok(()),
    }
}
