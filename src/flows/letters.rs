//! What e-mails say: each type of message, and each one-time code, in the recipient's language.

use crate::domain::auth::model::Purpose;
use crate::domain::notifications::model::{Notification, Urgency};
use crate::domain::notifications::rules;
use crate::domain::notifications::texts::{Texts, texts};
use crate::domain::users::contacts::FormerEnd;
use crate::platform::error::Result;
use crate::platform::i18n::{self, Language};
use crate::platform::mail::{self, Letter, MailContent, Tone};
use crate::platform::settings::ClinicSettings;

/// The e-mail of a message.
///
/// # Errors
/// When the template cannot be filled.
pub fn of_message(clinic: &ClinicSettings, message: &Notification, language: Language) -> Result<Letter> {
    let Texts { title, body, .. } = texts(message, language);
    let is_always_sent = message.urgency == Urgency::Critical || rules::is_always_sent(message.kind);
    let note = if is_always_sent { "mail.always" } else { "mail.preferences" };
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
    })
}

/// The e-mail that tells an address that it ended.
///
/// # Errors
/// When the template cannot be filled.
pub fn of_former_contact(clinic: &ClinicSettings, end: FormerEnd, language: Language) -> Result<Letter> {
    mail::message_letter(&MailContent {
        language,
        clinic: &clinic.name,
        clinic_link: clinic.public_url.as_deref(),
        title: &i18n::text(language, end.title(), &[]),
        paragraphs: vec![i18n::text(language, end.body(), &[])],
        tone: Tone::Warning,
        notes: vec![i18n::text(language, "mail.always", &[])],
    })
}

/// The same, as a text message.
pub fn text_of_former_contact(clinic: &ClinicSettings, end: FormerEnd, language: Language) -> String {
    format!("{}: {}", clinic.name, i18n::text(language, end.body(), &[]))
}

/// The text message that brings a one-time code.
pub fn text_of_code(clinic: &ClinicSettings, purpose: Purpose, language: Language, code: &str) -> String {
    let title = i18n::text(language, &format!("mail.code.{}.title", purpose.name()), &[]);
    format!("{code}: {title}. {}", clinic.name)
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
    };
    mail::code_letter(&content, code)
}
