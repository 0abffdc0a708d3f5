//! The values that fill a message's texts, apart by kind: what people wrote, and words of ours.
//!
//! # Why two types
//! A word of ours (`scope.DOSES`) is looked up in the reader's language when the message is shown; what a person wrote
//! is shown as it is. Were both text, people could call themselves `@notification...` and have our own sentences said
//! in their place. A [`Word`] can be made of constants only, so that mistaking the one for the other does not compile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::platform::i18n::{self, Language};

/// A text of the message catalogue, by its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Word(String);

impl Word {
    /// The text `<area>.<name>`. Both are constants of ours: what a person typed cannot be one.
    pub fn new(area: &'static str, name: &'static str) -> Self {
        Self(format!("{area}.{name}"))
    }

    fn said(&self, language: Language) -> String {
        i18n::text(language, &self.0, &[])
    }
}

/// Values by the name of their placeholder. One whose name ends with a language, `medicines.km`, is for its readers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Params {
    texts: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    words: BTreeMap<String, Word>,
}

impl Params {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what is shown as it is: numbers, times, and all that people wrote.
    #[must_use]
    pub fn text(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set_text(name, value);
        self
    }

    /// Adds a word of ours, said in the reader's language.
    #[must_use]
    pub fn word(mut self, name: &'static str, word: Word) -> Self {
        self.words.insert(name.to_owned(), word);
        self
    }

    /// As [`Params::text`], into values that exist.
    pub fn set_text(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.texts.insert(name.into(), value.into());
    }

    /// A text as it was written; empty when there is none of this name.
    pub fn text_of(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    /// Whether there is a value of this name.
    pub fn has(&self, name: &str) -> bool {
        self.texts.contains_key(name) || self.words.contains_key(name)
    }

    /// All values as the reader of `language` sees them.
    pub fn shown(&self, language: Language) -> Vec<(&str, String)> {
        let of_language = format!(".{}", language.tag());
        let plain =
            |name: &'_ String| name.len() - if name.ends_with(&of_language) { of_language.len() } else { 0 };
        let texts =
            self.texts.iter().map(|(name, text)| (name.get(..plain(name)).unwrap_or(name), text.clone()));
        let words = self.words.iter().map(|(name, word)| (name.as_str(), word.said(language)));
        texts.chain(words).collect()
    }
}

/// How values stand in the store.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Apart {
        texts: BTreeMap<String, String>,
        #[serde(default)]
        words: BTreeMap<String, Word>,
    },
    /// The first releases kept both in one map and marked words by an `@`.
    Together(BTreeMap<String, String>),
}

/// Which values were words in the first releases, and how these began.
const WORDS_OF_OLD: [(&str, &str); 7] = [
    ("take", "@take."),
    ("scope", "@scope."),
    ("vital", "@vital."),
    ("response", "@nudge_response."),
    ("message", "@emergency.no_message"),
    ("location", "@emergency.no_location"),
    ("device", "@carrier."),
];

impl From<Stored> for Params {
    fn from(stored: Stored) -> Self {
        let together = match stored {
            Stored::Apart { texts, words } => return Self { texts, words },
            Stored::Together(together) => together,
        };
        let mut params = Self::new();
        for (name, value) in together {
            let was_word = WORDS_OF_OLD.iter().any(|&(of, start)| of == name && value.starts_with(start));
            match value.strip_prefix('@').filter(|key| was_word && i18n::catalogue().contains_key(*key)) {
                Some(key) => drop(params.words.insert(name, Word(key.to_owned()))),
                None => drop(params.texts.insert(name, value)),
            }
        }
        params
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_never_looked_up() {
        let params = Params::new().text("name", "@scope.DOSES").word("scope", Word::new("scope", "DOSES"));
        let shown = params.shown(Language::English);
        assert_eq!(shown[0], ("name", "@scope.DOSES".to_owned()));
        assert_eq!(shown[1], ("scope", i18n::text(Language::English, "scope.DOSES", &[])));
        let stored = rmp_serde::to_vec_named(&params).unwrap();
        assert_eq!(rmp_serde::from_slice::<Params>(&stored).unwrap(), params);
    }

    #[test]
    fn messages_of_the_first_releases_keep_their_words_and_their_texts() {
        let old = BTreeMap::from([
            ("name", "@notification.ACCOUNT_SECURITY.password_changed.body"),
            ("reason", "@emergency.no_message"),
            ("scope", "@scope.DOSES"),
            ("texts", "@texts"),
        ]);
        let read: Params = rmp_serde::from_slice(&rmp_serde::to_vec_named(&old).unwrap()).unwrap();
        let expected = Params::new()
            .text("name", "@notification.ACCOUNT_SECURITY.password_changed.body")
            .text("reason", "@emergency.no_message")
            .text("texts", "@texts")
            .word("scope", Word::new("scope", "DOSES"));
        assert_eq!(read, expected);
        assert_eq!(rmp_serde::from_slice::<Params>(&[0x80]).unwrap(), Params::new());
    }
}
