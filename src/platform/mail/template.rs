//! The words of an e-mail in their frame: HTML and plain text, from the compiled templates under `assets/mail`.
//!
//! Values are escaped by the engine where they go into HTML. They are values only: braces in a name are braces.

use askama::Template;

use crate::platform::error::{Error, Result};
use crate::platform::i18n::{self, Language};

/// How pressing an e-mail looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As any other.
    Plain,
    /// Should be seen today.
    Warning,
    /// Should be seen at once.
    Critical,
}

/// What an e-mail says, in one language.
#[derive(Debug, Clone)]
pub struct MailContent<'a> {
    /// The language of all texts.
    pub language: Language,
    /// Who writes: the clinic.
    pub clinic: &'a str,
    /// Where the clinic's own page is.
    pub clinic_link: Option<&'a str>,
    /// The heading, also the subject.
    pub title: &'a str,
    /// Paragraphs in order.
    pub paragraphs: Vec<String>,
    /// How pressing it looks.
    pub tone: Tone,
    /// Small print.
    pub notes: Vec<String>,
}

impl MailContent<'_> {
    /// The class and the words of the mark above the heading.
    fn tone_label(&self) -> Option<(&'static str, String)> {
        let (class, key) = match self.tone {
            Tone::Plain => return None,
            Tone::Warning => ("warning", "mail.tone.warning"),
            Tone::Critical => ("critical", "mail.tone.critical"),
        };
        Some((class, i18n::text(self.language, key, &[])))
    }

    fn open_text(&self) -> String {
        i18n::text(self.language, "mail.open", &[("clinic", self.clinic.to_owned())])
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessageHtml<'a> {
    content: &'a MailContent<'a>,
}

#[derive(Template)]
#[template(path = "message.txt")]
struct MessageText<'a> {
    content: &'a MailContent<'a>,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodeHtml<'a> {
    content: &'a MailContent<'a>,
    code: &'a str,
}

#[derive(Template)]
#[template(path = "code.txt")]
struct CodeText<'a> {
    content: &'a MailContent<'a>,
    code: &'a str,
}

/// An e-mail without its recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Subject line: one line.
    pub subject: String,
    /// For readers without HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// An e-mail that tells something.
///
/// # Errors
/// When the template cannot be filled, which none of its values can cause.
pub fn message_letter(content: &MailContent<'_>) -> Result<Letter> {
    letter(content, &MessageText { content }, &MessageHtml { content })
}

/// An e-mail that brings a one-time code.
///
/// # Errors
/// As [`message_letter`].
pub fn code_letter(content: &MailContent<'_>, code: &str) -> Result<Letter> {
    letter(content, &CodeText { content, code }, &CodeHtml { content, code })
}

fn letter(content: &MailContent<'_>, text: &impl Template, html: &impl Template) -> Result<Letter> {
    let failed = |error| Error::internal(format!("an e-mail could not be rendered: {error}"));
    let mut text = text.render().map_err(failed)?;
    text.push('\n');
    Ok(Letter {
        subject: one_line(&format!("{} - {}", content.title, content.clinic)),
        text,
        html: html.render().map_err(failed)?,
    })
}

/// Without control characters, so that no value adds a header to an e-mail.
fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content<'a>(title: &'a str, paragraph: &str) -> MailContent<'a> {
        MailContent {
            language: Language::English,
            clinic: "Clinic <A>",
            clinic_link: Some("https://clinic.example/?a=1&b=2"),
            title,
            paragraphs: vec![paragraph.to_owned()],
            tone: Tone::Critical,
            notes: vec!["note".to_owned()],
        }
    }

    #[test]
    fn html_holds_the_text_and_no_foreign_markup() {
        let letter = code_letter(&content("A & B", "<script>"), "123456").unwrap();
        assert!(
            letter.text.contains("A & B")
                && letter.text.contains("123456")
                && letter.text.contains("<script>")
        );
        assert!(!letter.html.contains("<script>") && !letter.html.contains("Clinic <A>"));
        assert!(letter.html.contains("123456") && letter.html.contains("Clinic"));
    }

    /// The tags of a text that is HTML, in order.
    fn tags(html: &str) -> Vec<&str> {
        html.match_indices('<').map(|(at, _)| html[at..].split_once('>').map_or("", |(tag, _)| tag)).collect()
    }

    proptest! {
        #[test]
        fn no_value_breaks_out_of_the_template_or_a_header(value in "(?s)[<>&\"'{}%#\r\n@a-z ]{0,40}|.{0,40}") {
            let plain = message_letter(&content("x", "y")).unwrap();
            let letter = message_letter(&content(&value, &value)).unwrap();
            prop_assert_eq!(tags(&letter.html), tags(&plain.html));
            prop_assert!(!letter.subject.chars().any(char::is_control));
            prop_assert!(letter.text.contains(&value));
        }
    }
}
