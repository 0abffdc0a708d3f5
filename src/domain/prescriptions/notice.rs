//! What a reader is told about a text that was understood: a short form that is easily misread, a choice that the
//! words left open.

use serde::{Deserialize, Serialize};

use crate::platform::i18n::{Language, text};

/// Something worth saying about what was understood.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// The message key: `notice_trailing_zero`.
    pub code: &'static str,
    /// Values for the placeholders of the message, the same in both languages.
    pub params: Vec<(&'static str, String)>,
}

impl Notice {
    /// A notice whose message has no placeholders.
    pub const fn new(code: &'static str) -> Self {
        Self { code, params: Vec::new() }
    }

    /// Fills a placeholder of the message.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.push((name, value.into()));
        self
    }

    /// Names the part of the text that it is about, unless it names one.
    pub(super) fn about(&mut self, part: &str) {
        if self.params.iter().all(|(name, _)| *name != "part") {
            self.params.push(("part", part.to_owned()));
        }
    }

    /// As it is read.
    pub fn text(&self, language: Language) -> String {
        text(language, self.code, &self.params)
    }
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wording {
    /// In English.
    pub english: String,
    /// In Khmer.
    pub khmer: String,
}

impl Wording {
    /// What a notice says.
    pub fn of(notice: &Notice) -> Self {
        Self { english: notice.text(Language::English), khmer: notice.text(Language::Khmer) }
    }

    /// What several notices say, a sentence each; nothing where there is none.
    pub fn of_all<'n>(notices: impl IntoIterator<Item = &'n Notice>) -> Option<Self> {
        let each = notices.into_iter().map(Self::of);
        each.reduce(|one, next| Self {
            english: format!("{}. {}", one.english, next.english),
            khmer: format!("{}។ {}", one.khmer, next.khmer),
        })
    }

    /// What a rule says. Where nobody has put it into Khmer the English stands there, marked as such.
    pub fn of_rule(english: &str, khmer: Option<&str>) -> Self {
        let in_english = || match english {
            "" => String::new(),
            english => text(Language::Khmer, "safety_in_english", &[("words", english.to_owned())]),
        };
        Self { english: english.to_owned(), khmer: khmer.map_or_else(in_english, ToOwned::to_owned) }
    }

    /// In one language.
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::English => &self.english,
            Language::Khmer => &self.khmer,
        }
    }
}
