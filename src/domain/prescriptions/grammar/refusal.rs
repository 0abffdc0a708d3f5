//! Why a text was not taken.

use crate::domain::prescriptions::product::Product;
use crate::platform::error::FieldError;
use crate::platform::i18n::{Language, text};

/// What is to be written otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The message key; the message says what to write instead.
    pub code: &'static str,
    /// The part of the text that was not understood, as it was written. Also among `params` as `part`.
    pub part: String,
    /// Values for the placeholders of the message, the same in both languages.
    pub params: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal of one part of the text.
    pub fn new(code: &'static str, part: impl Into<String>) -> Self {
        let part = part.into();
        Self { code, params: vec![("part", part.clone())], part }
    }

    /// Fills a placeholder of the message.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.push((name, value.into()));
        self
    }

    /// The same, naming `part` when it names none yet.
    #[must_use]
    pub(in crate::domain::prescriptions) fn of(mut self, part: &str) -> Self {
        if self.part.is_empty() {
            part.clone_into(&mut self.part);
            for (_, value) in self.params.iter_mut().filter(|(name, _)| *name == "part") {
                part.clone_into(value);
            }
        }
        self
    }

    /// With the forms of this medicine that are accepted in its place, as the last thing before it is shown.
    #[must_use]
    pub(in crate::domain::prescriptions) fn of_dosage(self, product: &Product) -> Self {
        self.finished("dosage_not_understood", super::forms::accepted_dosages_of(product))
    }

    /// The same of a frequency.
    #[must_use]
    pub(super) fn of_frequency(self) -> Self {
        self.finished("frequency_not_understood", super::forms::accepted_frequencies())
    }

    fn finished(mut self, unknown: &'static str, forms: String) -> Self {
        if self.code == "words_unknown" {
            self.code = unknown;
            return self.with("accepted", forms);
        }
        self.with("examples", forms)
    }

    /// As the complaint about a field.
    pub fn field(self, field: impl Into<String>) -> FieldError {
        FieldError { field: field.into(), code: self.code, args: self.params }
    }

    /// As it is read.
    pub fn text(&self, language: Language) -> String {
        text(language, self.code, &self.params)
    }
}
