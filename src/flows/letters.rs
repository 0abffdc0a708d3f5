//! What e-mails say: each type of message, and each one-time code, in the recipient's language.

use crate::domain::auth::model::Purpose;
use crate::domain::notifications::model::{Notification, NotificationType, Urgency};
use crate::domain::notifications::texts::{Texts, texts};
use crate::platform::error::Result;
use crate::platform::i18n::{self, Language};
use crate::platform::mail::{self, Letter, MailContent, Tone};
use crate::platform::settings::ClinicSettings;

/// The e-mail of a message. `unsubscribe` is where its recipient asks for no more of this type.
///
/// # Errors
/// When the template cannot be filled.
pub fn of_message(
    clinic: &ClinicSettings,
    message: &Notification,
    language: Language,
    unsubscribe: Option<&str>,
) -> Result<Letter> {
    let Texts { title, body, .. } = texts(message, language);
    let note = if is_always_sent(message) { "mail.always" } else { "mail.preferences" };
    mail::message_letter(&MailContent {
        language,
        clinic: &clinic.name,
        clinic_link: clinic.public_url.as_deref(),
        title: &title,
        paragraphs: body.lines().map(str::to_owned).collect(),
        tone: match message.urgency {
            Urgency::Normal => Tone::Plain,
            Urgency::Warning => Tone::Warning,
            Urgency::Critical => Tone::Critical,
        },
        notes: vec![i18n::text(language, note, &[])],
        unsubscribe_link: unsubscribe,
    })
}

/// Whether no preference holds it back.
pub fn is_always_sent(message: &Notification) -> bool {
    message.urgency == Urgency::Critical || message.kind == NotificationType::AccountSecurity
}

/// The e-mail that brings a one-time code.
///
/// # Errors
/// When the template cannot be filled.
pub fn of_code(clinic: &ClinicSettings, purpose: Purpose, language: Language, code: &str) -> Result<Letter> {
    let text = |part: &str| i18n::text(language, &format!("mail.code.{}.{part}", purpose.name()), &[]);
    let content = MailContent {
        language,
        clinic: &clinic.name,
        clinic_link: clinic.public_url.as_deref(),
        title: &text("title"),
        paragraphs: vec![text("body"), i18n::text(language, "mail.code.caution", &[])],
        tone: Tone::Plain,
        notes: Vec::new(),
        unsubscribe_link: None,
    };
    mail::code_letter(&content, code)
}
