//! Connections and what they allow.

use serde::{Deserialize, Serialize};

/// A part of a patient's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scope {
    /// Prescriptions and their versions.
    Prescriptions,
    /// Doses and adherence.
    Doses,
    /// Vitals and health alerts.
    Vitals,
    /// A doctor's notes.
    Notes,
    /// Name and contact: any accepted connection may know who it is connected with.
    Profile,
}

impl Scope {
    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prescriptions => "PRESCRIPTIONS",
            Self::Doses => "DOSES",
            Self::Vitals => "VITALS",
            Self::Notes => "NOTES",
            Self::Profile => "PROFILE",
        }
    }
}

/// Reading or changing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Looking.
    Read,
    /// Changing.
    Write,
}
