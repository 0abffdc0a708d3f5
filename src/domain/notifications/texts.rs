//! The words of a message, in the reader's language.

use super::model::{Notification, NotificationType};
use crate::platform::i18n::{self, Language};

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// A few words.
    pub title: String,
    /// What happened and what to do.
    pub body: String,
    /// For a locked screen and SMS: names no medicine, no diagnosis, no value.
    pub short: String,
}

/// The words of `message` in `language`.
pub fn texts(message: &Notification, language: Language) -> Texts {
    let mut shown = message.params.shown(language);
    // Reminders of the first releases do not say how their medicines are taken.
    if message.kind == NotificationType::DoseReminder && !message.params.has("take") {
        shown.push(("take", i18n::text(language, "take.ANY", &[])));
    }
    let key = |part: &str| format!("notification.{}.{}.{part}", message.kind.name(), message.variant);
    let text = |part: &str| i18n::text(language, &key(part), &shown);
    // A type without a short text of its own has a title that gives nothing away.
    let short = if i18n::catalogue().contains_key(&key("short")) { "short" } else { "title" };
    Texts { title: text("title"), body: text("body"), short: text(short) }
}
