//! The outbox: how a message leaves the application.
//!
//! `notify` writes the message and the job [`DeliverNotification`] in the transaction of the change. That job plans
//! (`plan.rs`): in one transaction it chooses the carriers by `domain::notifications::rules` and writes one job for
//! each, in the queue of the carrier. Such a job sends (`send.rs`) and writes down how far the message got. What
//! stays unsent is found by the watch (`watch.rs`).
//!
//! # What happens on bad days
//! - The server on the other side fails, or refuses us: the job comes back, later each time, for more than three days;
//!   the first failure opens the carrier's row in `health`, which the status page shows. As long as it fails, the
//!   gravest of what failed tries first; when it works again, what waits goes at once, in order of severity.
//! - It will never take the message: the next channel of the person steps in. A dead address is not used again; the
//!   person is told, of an e-mail address also the admins.
//! - It refuses, and may mean the address or us: `weigh.rs` decides by what becomes of the others.
//! - Nothing is left: the message says NO_CHANNEL; when it is CRITICAL, the admins are told whom nobody could reach.
//! - The process dies between sending and writing it down: the message is sent again when the lease ends. It carries
//!   the same Message-ID, push topic, FCM tag or SMS id, by which the receiver shows it once. Nothing can do
//!   better: the other side may or may not have taken it.
//! - The person recorded the dose, or the time is over (`wanted.rs`): WITHDRAWN, EXPIRED, counted, and nothing more is
//!   sent.
//!
//! # Why one job for each carrier
//! Each has its own pace, limits and failures. One that hangs holds up none of the others, and an admin can pause it.
//!
//! Passes the gate by: no caller acts here, and what was sent is kept on the message itself.

mod carriers;
mod digest;
mod direct;
mod outcome;
mod plan;
mod send;
mod wanted;
mod watch;
mod weigh;

pub use digest::{SendDigest, send_digest};
pub(super) use direct::{CODES, carrier_of, carries, count_code, send_direct};
pub use plan::deliver;
pub use send::{Errand, SendEmail, SendFcm, SendSms, SendWebPush};
pub use watch::{WatchDeliveries, watch_deliveries};

use crate::domain::auth::tables::is_open;
use crate::domain::notifications::devices;
use crate::domain::notifications::model::{Carrier, Notice, Notification, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::rules::{Configured, Means, Route};
use crate::domain::notifications::tables::{DeliverNotification, notify};
use crate::domain::users::contacts::ContactKind;
use crate::domain::users::model::User;
use crate::domain::users::tables::{USERS, active_admins};
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::jobs::{Every, Jobs};
use crate::platform::store::{Reader, WriteTx};

/// Registers the delivery of messages.
pub fn register(jobs: &mut Jobs) {
    jobs.queue("notifications", 8);
    jobs.register::<DeliverNotification, _, _>(deliver);
    jobs.register::<SendDigest, _, _>(send_digest);
    jobs.queue(Carrier::Email.queue(), 4).in_order(Carrier::Email.queue());
    jobs.register::<SendEmail, _, _>(send::send_email);
    jobs.queue(Carrier::WebPush.queue(), 16);
    jobs.register::<SendWebPush, _, _>(send::send_web_push);
    jobs.queue(Carrier::Fcm.queue(), 16);
    jobs.register::<SendFcm, _, _>(send::send_fcm);
    jobs.queue(Carrier::Sms.queue(), 2).in_order(Carrier::Sms.queue());
    jobs.register::<SendSms, _, _>(send::send_sms);
    jobs.register::<WatchDeliveries, _, _>(watch_deliveries);
    jobs.recurring("watch-deliveries", Every::minutes(1), WatchDeliveries {});
}

/// What the clinic has configured.
pub fn configured(context: &Context) -> Configured {
    Configured {
        email: context.mail.is_configured(),
        web_push: context.push.is_configured(),
        fcm: context.fcm.is_configured(),
        sms: context.sms.is_configured(),
    }
}

/// The ways to a person.
fn means(tx: &dyn Reader, configured: Configured, user: &User) -> Result<Means> {
    let live = devices::live(tx, user.id, is_open)?;
    let mut routes: Vec<Route> = live
        .iter()
        .map(|device| Route { carrier: device.address.carrier(), device: Some(device.id) })
        .collect();
    if user.working_email().is_some() {
        routes.push(Route { carrier: Carrier::Email, device: None });
    }
    if user.confirmed(ContactKind::Phone).is_some() {
        routes.push(Route { carrier: Carrier::Sms, device: None });
    }
    Ok(Means { routes, configured })
}

/// Tells the person something about their channels.
fn tell_owner(tx: &mut WriteTx<'_>, to: UserId, variant: &'static str, params: Params) -> Result<()> {
    let notice = Notice {
        to,
        kind: NotificationType::AccountSecurity,
        variant,
        urgency: Urgency::Normal,
        params,
        patient: None,
        resource: None,
    };
    notify(tx, notice).map(drop)
}

/// The text of the message that tells admins of a person whom nobody could reach. It is no more than WARNING, so
/// that one that reaches nobody tells nobody else.
const UNREACHABLE: &str = "unreachable";

/// Tells the admins that a CRITICAL message did not reach its recipient. What it says is none of their business.
fn tell_admins(tx: &mut WriteTx<'_>, user: &User, message: &Notification) -> Result<()> {
    let resource = ("notification", message.id.to_string());
    let params = Params::new().text("name", user.full_name.reveal());
    tell_each_admin(tx, Some(user.id), (UNREACHABLE, Urgency::Warning), &params, Some(resource))
}

/// Tells the admins of a person whose e-mail address is dead (`email_dead`), or refused for days by a server that does
/// not say why (`email_doubtful`).
fn tell_admins_of_email(tx: &mut WriteTx<'_>, person: UserId, variant: &'static str) -> Result<()> {
    let Some(user) = USERS.get(tx, &person)? else { return Ok(()) };
    let params = Params::new().text("name", user.full_name.reveal());
    let resource = ("user", person.to_string());
    tell_each_admin(tx, Some(person), (variant, Urgency::Normal), &params, Some(resource))
}

/// Tells all admins but the one whom it is about.
pub(super) fn tell_each_admin(
    tx: &mut WriteTx<'_>,
    of: Option<UserId>,
    (variant, urgency): (&'static str, Urgency),
    params: &Params,
    resource: Option<(&'static str, String)>,
) -> Result<()> {
    for admin in active_admins(tx)? {
        if Some(admin) == of {
            continue;
        }
        let notice = Notice {
            to: admin,
            kind: NotificationType::AccountSecurity,
            variant,
            urgency,
            params: params.clone(),
            patient: None,
            resource: resource.clone(),
        };
        notify(tx, notice)?;
    }
    Ok(())
}
