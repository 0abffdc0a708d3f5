//! How messages reach the caller.

use std::collections::BTreeMap;
use std::sync::Arc;

use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::problem::Problem;
use super::types::{TimeOfDay, named_lists};
use crate::domain::notifications::model::NotificationType;
use crate::domain::users::model::{Channel, DEFAULT_DIGEST_HOUR, Preferences};
use crate::flows::notification_settings::{self as flows, NotificationChange};
use crate::platform::context::Context;
use crate::platform::i18n::Language;
use crate::views;

named_lists! {
    /// A way outside the application by which a person may want messages.
    crate::domain::users::model::Channel as "NotificationChannel": Push, Email, Sms;
}

/// How messages reach the caller.
pub struct NotificationSettingsApi(pub Arc<Context>);

/// From when to when, on the clinic's wall clock; may pass midnight. Equal times mean never.
#[derive(Debug, Object)]
pub struct QuietHours {
    /// Quiet from here on.
    from: TimeOfDay,
    /// Quiet until here.
    to: TimeOfDay,
}

/// How messages reach a person.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NotificationSettings {
    /// Whether e-mail is sent at all.
    email: bool,
    /// Whether push is sent at all.
    push: bool,
    /// Whether SMS is sent at all.
    sms: bool,
    /// Types that only appear in the application.
    muted_types: Vec<NotificationType>,
    /// The channels of a type where the person has chosen, in their order. Other types go by push and e-mail, dose
    /// reminders by push.
    channels: BTreeMap<String, Vec<Channel>>,
    /// When only what is critical and dose reminders are sent.
    quiet_hours: Option<QuietHours>,
    /// Whether push and SMS may say more than that there is a message: names of medicines, values.
    name_medicines: bool,
    /// Whether single missed doses of people one cares for are told once a day instead of one by one.
    digest_missed_doses: bool,
    /// When they are, on the clinic's wall clock.
    digest_time: TimeOfDay,
    /// Language of all texts.
    language: Language,
}

impl NotificationSettings {
    pub(super) fn of(preferences: &Preferences) -> Self {
        let settings = &preferences.notifications;
        let named = |name: &String| serde_json::from_value(Value::String(name.clone())).ok();
        let usual = || chrono::NaiveTime::from_hms_opt(DEFAULT_DIGEST_HOUR, 0, 0).unwrap_or_default();
        Self {
            email: settings.email,
            push: settings.push,
            sms: settings.sms,
            muted_types: settings.muted.iter().filter_map(named).collect(),
            channels: settings.channels.clone(),
            quiet_hours: settings
                .quiet_hours
                .map(|(from, to)| QuietHours { from: TimeOfDay(from), to: TimeOfDay(to) }),
            name_medicines: settings.name_medicines,
            digest_missed_doses: settings.digest_missed_doses,
            digest_time: TimeOfDay(settings.digest_at.unwrap_or_else(usual)),
            language: preferences.language,
        }
    }
}

/// How messages shall reach a person; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NotificationSettingsUpdate {
    /// Whether e-mail is sent at all.
    email: Option<bool>,
    /// Whether push is sent at all.
    push: Option<bool>,
    /// Whether SMS is sent at all.
    sms: Option<bool>,
    /// Types that shall only appear in the application.
    #[oai(validator(max_items = 50))]
    muted_types: Option<Vec<NotificationType>>,
    /// The channels of types that shall not go by the usual ones, by the type's name: `{"DOSE_REMINDER": ["PUSH",
    /// "SMS"]}`. Replaces all earlier choices; an empty list keeps a type inside the application.
    channels: Option<BTreeMap<String, Vec<Channel>>>,
    /// When only what is critical and dose reminders are sent.
    quiet_hours: Option<QuietHours>,
    /// Whether push and SMS may say more than that there is a message: names of medicines, values.
    name_medicines: Option<bool>,
    /// Whether single missed doses of people one cares for are told once a day.
    digest_missed_doses: Option<bool>,
    /// When they are, on the clinic's wall clock.
    digest_time: Option<TimeOfDay>,
    /// Language of all texts.
    language: Option<Language>,
}

impl From<NotificationSettingsUpdate> for NotificationChange {
    fn from(wanted: NotificationSettingsUpdate) -> Self {
        Self {
            email: wanted.email,
            push: wanted.push,
            sms: wanted.sms,
            muted: wanted.muted_types,
            channels: wanted.channels,
            quiet_hours: wanted.quiet_hours.map(|hours| (hours.from.0, hours.to.0)),
            name_medicines: wanted.name_medicines,
            digest_missed_doses: wanted.digest_missed_doses,
            digest_at: wanted.digest_time.map(|time| time.0),
            language: wanted.language,
        }
    }
}

#[OpenApi(prefix_path = "/users/settings", tag = "Area::Users")]
impl NotificationSettingsApi {
    /// How messages reach the caller
    ///
    /// Channels by type, muted types, quiet hours, daily summary, what may stand on a locked screen.
    #[oai(path = "/notifications", method = "get", operation_id = "get_notification_settings")]
    async fn get(&self, SignedIn(caller): SignedIn) -> Result<Json<NotificationSettings>, Problem> {
        caller.active()?;
        Ok(Json(NotificationSettings::of(&views::profile::own(&self.0, &caller)?.preferences)))
    }

    /// Set how messages reach the caller
    ///
    /// What is left out stays. What is critical goes through everything.
    #[oai(path = "/notifications", method = "patch", operation_id = "set_notification_settings")]
    async fn set(
        &self,
        SignedIn(caller): SignedIn,
        Body(wanted): Body<NotificationSettingsUpdate>,
    ) -> Result<Json<NotificationSettings>, Problem> {
        let preferences = flows::set(&self.0, &caller, wanted.into()).await?;
        Ok(Json(NotificationSettings::of(&preferences)))
    }
}
