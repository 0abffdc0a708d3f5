//! How grave a finding is.

use serde::{Deserialize, Serialize};

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Tier {
    /// Worth knowing; folded away.
    Note,
    /// To be looked at again; shown and counted.
    Warn,
    /// Not written without a reason.
    Stop,
}

impl Tier {
    /// As written in rules and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "NOTE",
            Self::Warn => "WARN",
            Self::Stop => "STOP",
        }
    }

    /// The tier of a written name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Note, Self::Warn, Self::Stop].into_iter().find(|tier| tier.name() == name)
    }

    /// One tier lower; a note stays a note.
    #[must_use]
    pub const fn lowered(self) -> Self {
        match self {
            Self::Stop => Self::Warn,
            Self::Warn | Self::Note => Self::Note,
        }
    }
}
