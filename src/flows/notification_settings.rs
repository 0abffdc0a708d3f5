//! How messages reach a person, as they set it themselves.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveTime;

use super::sessions::note_account;
use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::notifications::model::NotificationType;
use crate::domain::notifications::rules::is_always_sent;
use crate::domain::users::model::{Channel, Preferences};
use crate::domain::users::tables as users;
use crate::platform::context::Context;
use crate::platform::error::{FieldError, FieldErrors, Result};
use crate::platform::i18n::Language;
use crate::platform::store::Reader;

/// A change of how messages reach a person; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct NotificationChange {
    /// E-mail at all.
    pub email: Option<bool>,
    /// Push at all.
    pub push: Option<bool>,
    /// SMS at all.
    pub sms: Option<bool>,
    /// The types of which only the in-app row is written.
    pub muted: Option<Vec<NotificationType>>,
    /// The channels of types, by name, that are not the usual ones.
    pub channels: Option<BTreeMap<String, Vec<Channel>>>,
    /// Quiet from when to when; equal times mean never.
    pub quiet_hours: Option<(NaiveTime, NaiveTime)>,
    /// Whether push and SMS may name medicines.
    pub name_medicines: Option<bool>,
    /// Whether single missed doses are told once a day.
    pub digest_missed_doses: Option<bool>,
    /// When they are.
    pub digest_at: Option<NaiveTime>,
    /// Language of all texts.
    pub language: Option<Language>,
}

impl NotificationChange {
    /// What is wrong with it, by field.
    fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::new();
        for kind in self.muted.iter().flatten().filter(|kind| is_always_sent(**kind)) {
            errors.push(FieldError::new("mutedTypes", "notification_always_sent").with("type", kind.name()));
        }
        for (name, chosen) in self.channels.iter().flatten() {
            let field = format!("channels.{name}");
            match NotificationType::ALL.iter().find(|kind| kind.name() == name) {
                None => errors.add(field, "notification_type_unknown"),
                Some(kind) if chosen.is_empty() && is_always_sent(*kind) => {
                    errors.push(FieldError::new(field, "notification_always_sent").with("type", name));
                }
                Some(_) if chosen.iter().collect::<BTreeSet<_>>().len() < chosen.len() => {
                    errors.add(field, "channel_named_twice");
                }
                Some(_) => {}
            }
        }
        errors.finish()
    }
}

/// Sets how messages reach the caller.
///
/// # Errors
/// `account_not_active`; names every bad field.
pub async fn set(context: &Context, caller: &Caller, change: NotificationChange) -> Result<Preferences> {
    let id = caller.active()?;
    change.check()?;
    gate::write(context, caller, "user.set_notifications", move |tx| {
        let mut user = users::require(tx, id)?;
        note_account(tx, &user);
        let before = user.preferences.clone();
        let language = &mut user.preferences.language;
        *language = change.language.unwrap_or(*language);
        let settings = &mut user.preferences.notifications;
        settings.email = change.email.unwrap_or(settings.email);
        settings.push = change.push.unwrap_or(settings.push);
        settings.sms = change.sms.unwrap_or(settings.sms);
        settings.name_medicines = change.name_medicines.unwrap_or(settings.name_medicines);
        settings.digest_missed_doses = change.digest_missed_doses.unwrap_or(settings.digest_missed_doses);
        settings.digest_at = change.digest_at.or(settings.digest_at);
        if let Some(muted) = &change.muted {
            settings.muted = muted.iter().map(|kind| kind.name().to_owned()).collect();
        }
        if let Some(channels) = &change.channels {
            settings.channels.clone_from(channels);
            // They have chosen anew, e-mail included.
            settings.unsubscribed.clear();
        }
        if let Some((from, to)) = change.quiet_hours {
            settings.quiet_hours = (from != to).then_some((from, to));
        }
        if user.preferences == before {
            tx.trail().found_done();
            return Ok(before);
        }
        users::update(tx, &mut user)?;
        Ok(user.preferences)
    })
    .await
}
