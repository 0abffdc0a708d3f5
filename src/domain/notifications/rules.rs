//! By which carriers a message goes, as pure functions.
//!
//! - CRITICAL: by everything the person has, whatever they muted.
//! - Otherwise by the channels that they chose for the type, or the usual ones: push and e-mail, for dose reminders
//!   push alone. What they switched off is left out, except for the safety of their account.
//! - When none of these can be used, or none has worked, the next one that they have: push, e-mail, SMS. SMS costs
//!   money: it steps in from WARNING on.
//! - Quiet hours hold everything but CRITICAL and dose reminders.

use chrono::NaiveTime;
use chrono_tz::Tz;

use super::model::{Carrier, Delivery, Notification, NotificationType, Passage, Urgency};
use crate::domain::users::model::{Channel, DEFAULT_DIGEST_HOUR, NotificationPreferences};
use crate::platform::clock::{Timestamp, instant_of};
use crate::platform::ids::DeviceId;

/// The order in which channels step in for each other.
const ORDER: [Channel; 3] = [Channel::Push, Channel::Email, Channel::Sms];

/// Which carriers the clinic has configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Configured {
    pub email: bool,
    pub web_push: bool,
    pub fcm: bool,
    pub sms: bool,
}

impl Configured {
    /// Whether it is.
    pub const fn has(self, carrier: Carrier) -> bool {
        match carrier {
            Carrier::Email => self.email,
            Carrier::WebPush => self.web_push,
            Carrier::Fcm => self.fcm,
            Carrier::Sms => self.sms,
        }
    }
}

/// One way to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// By what.
    pub carrier: Carrier,
    /// To which device, for push.
    pub device: Option<DeviceId>,
}

impl Route {
    /// Whether a passage took this way.
    pub fn is_of(self, passage: &Passage) -> bool {
        passage.carrier == self.carrier && passage.device == self.device
    }
}

/// The ways to a person: their addresses, and what the clinic has configured.
#[derive(Debug, Clone, Default)]
pub struct Means {
    /// Their addresses.
    pub routes: Vec<Route>,
    /// What can be used.
    pub configured: Configured,
}

/// A way with the state in which it begins: to be sent, or not configured.
pub type Start = (Route, Delivery);

impl Means {
    /// The person's addresses of one channel that were not used yet.
    fn of(&self, channel: Channel, used: &[Passage]) -> Vec<Start> {
        let fresh = |route: &&Route| {
            route.carrier.channel() == channel && !used.iter().any(|passage| route.is_of(passage))
        };
        let start = |route: &Route| match self.configured.has(route.carrier) {
            true => (*route, Delivery::Pending),
            false => (*route, Delivery::NotConfigured),
        };
        self.routes.iter().filter(fresh).map(start).collect()
    }
}

/// Whether this type may be muted and switched off.
pub fn is_always_sent(kind: NotificationType) -> bool {
    kind == NotificationType::AccountSecurity
}

fn is_on(preferences: &NotificationPreferences, kind: NotificationType, channel: Channel) -> bool {
    match channel {
        Channel::Push => preferences.push,
        Channel::Email => preferences.email && !preferences.unsubscribed.contains(kind.name()),
        Channel::Sms => preferences.sms,
    }
}

/// The channels that the person wants for a message, in their order; none when they muted it.
pub fn wanted(
    preferences: &NotificationPreferences,
    kind: NotificationType,
    urgency: Urgency,
) -> Vec<Channel> {
    if urgency == Urgency::Critical {
        return ORDER.to_vec();
    }
    let usual = match kind {
        NotificationType::DoseReminder => vec![Channel::Push],
        _ => vec![Channel::Push, Channel::Email],
    };
    if is_always_sent(kind) {
        return preferences.channels.get(kind.name()).cloned().filter(|own| !own.is_empty()).unwrap_or(usual);
    }
    if preferences.muted.contains(kind.name()) {
        return Vec::new();
    }
    let mut chosen = preferences.channels.get(kind.name()).cloned().unwrap_or(usual);
    chosen.retain(|&channel| is_on(preferences, kind, channel));
    chosen
}

/// Where a message goes first: by all channels wanted for it, or by what steps in for them.
pub fn first_routes(
    message: &Notification,
    wanted: &[Channel],
    preferences: &NotificationPreferences,
    means: &Means,
) -> Vec<Start> {
    let mut starts: Vec<Start> = wanted.iter().flat_map(|&channel| means.of(channel, &[])).collect();
    if !starts.iter().any(|(_, state)| *state == Delivery::Pending) {
        let used: Vec<Passage> = starts.iter().map(|&start| passage(start, Timestamp::default())).collect();
        starts.extend(next_routes(message, &used, preferences, means));
    }
    starts
}

/// Where a message goes when what was used did not work: nowhere as long as something may still arrive, except
/// for a CRITICAL one, which takes every way that it has not taken.
pub fn next_routes(
    message: &Notification,
    used: &[Passage],
    preferences: &NotificationPreferences,
    means: &Means,
) -> Vec<Start> {
    let is_critical = message.urgency == Urgency::Critical;
    let mut starts = Vec::new();
    if !is_critical && used.iter().any(|passage| passage.state.is_live()) {
        return starts;
    }
    for channel in ORDER {
        let costs = channel == Channel::Sms && message.urgency == Urgency::Normal;
        let is_off =
            !is_critical && !is_always_sent(message.kind) && !is_on(preferences, message.kind, channel);
        if costs || is_off {
            continue;
        }
        starts.extend(means.of(channel, used));
        if !is_critical && starts.iter().any(|(_, state)| *state == Delivery::Pending) {
            break;
        }
    }
    starts
}

/// How a way begins, as written down.
pub fn passage((route, state): Start, at: Timestamp) -> Passage {
    Passage { carrier: route.carrier, device: route.device, state, at, code: None }
}

/// How far the message got as a whole.
pub fn overall(passages: &[Passage]) -> Delivery {
    [Delivery::Sent, Delivery::Pending, Delivery::Retrying]
        .into_iter()
        .find(|state| passages.iter().any(|passage| passage.state == *state))
        .unwrap_or(Delivery::NoChannel)
}

/// Whether nothing more of it is to be sent.
pub fn over(message: &Notification, now: Timestamp) -> Option<Delivery> {
    if message.withdrawn_at.is_some() {
        Some(Delivery::Withdrawn)
    } else if message.expires_at.is_some_and(|expires_at| expires_at <= now) {
        Some(Delivery::Expired)
    } else {
        None
    }
}

/// Whether quiet hours hold it.
pub fn keeps_quiet(message: &Notification) -> bool {
    message.urgency != Urgency::Critical && message.kind != NotificationType::DoseReminder
}

/// Whether it waits for the daily summary of missed doses.
pub fn is_for_digest(message: &Notification, preferences: &NotificationPreferences) -> bool {
    preferences.digest_missed_doses
        && message.urgency == Urgency::Normal
        && message.variant == "default"
        && matches!(message.kind, NotificationType::MissedDoseAlert | NotificationType::FamilyAlert)
}

/// The next time of the daily summary after `now`.
pub fn next_digest(preferences: &NotificationPreferences, now: Timestamp, zone: Tz) -> Timestamp {
    let usual = NaiveTime::from_hms_opt(DEFAULT_DIGEST_HOUR, 0, 0).unwrap_or_default();
    let time = preferences.digest_at.unwrap_or(usual);
    let today = now.day_in(zone);
    let at = instant_of(today.and_time(time), zone);
    match today.succ_opt() {
        Some(tomorrow) if at <= now => instant_of(tomorrow.and_time(time), zone),
        _ => at,
    }
}

#[cfg(test)]
mod tests;
