//! Why a prescriber signs in spite of a finding, and what that rests on.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::platform::text::hex;

/// Why a prescriber signs in spite of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OverrideReason {
    /// The benefit outweighs the risk.
    BenefitOutweighs,
    /// There is no alternative.
    NoAlternative,
    /// The patient will be watched.
    WillMonitor,
    /// It was tolerated before.
    ToleratedBefore,
    /// It is no allergy.
    NotAnAllergy,
    /// The dose is meant.
    DoseIntended,
    /// One takes the place of the other.
    Switching,
    /// A specialist advised it.
    SpecialistAdvice,
    /// The record is wrong.
    RecordIsWrong,
    /// Nothing could be checked, and it is signed all the same; why stands in words.
    SignedUnchecked,
    /// Another one, in words.
    #[default]
    Other,
}

impl OverrideReason {
    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BenefitOutweighs => "BENEFIT_OUTWEIGHS",
            Self::NoAlternative => "NO_ALTERNATIVE",
            Self::WillMonitor => "WILL_MONITOR",
            Self::ToleratedBefore => "TOLERATED_BEFORE",
            Self::NotAnAllergy => "NOT_AN_ALLERGY",
            Self::DoseIntended => "DOSE_INTENDED",
            Self::Switching => "SWITCHING",
            Self::SpecialistAdvice => "SPECIALIST_ADVICE",
            Self::RecordIsWrong => "RECORD_IS_WRONG",
            Self::SignedUnchecked => "SIGNED_UNCHECKED",
            Self::Other => "OTHER",
        }
    }

    /// Whether it says nothing without words.
    pub const fn needs_words(self) -> bool {
        matches!(self, Self::SignedUnchecked | Self::Other)
    }
}

/// A number that a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Weighed {
    /// What: `paracetamol a day`.
    pub what: String,
    /// How much, in ten-thousandths of a microgram or unit; of a length, in days.
    pub amount: u64,
}

impl Weighed {
    /// For how many days a medicine is to be used; nothing when there is no end.
    pub fn length(medicine: &str, days: Option<u32>) -> Self {
        Self { what: format!("{medicine}{LENGTH}"), amount: days.map_or(u64::MAX, u64::from) }
    }

    /// Whether it says for how long a medicine is to be used.
    pub fn is_length(&self) -> bool {
        self.what.ends_with(LENGTH)
    }

    /// Stands for a finding about a medicine that the prescriber may not see, and says nothing of it: a reason that was
    /// given for one such medicine does not stand for another.
    pub fn unseen(finding: &str) -> Self {
        let digest = Sha256::digest(finding.as_bytes());
        let mark = hex(digest.get(..8).unwrap_or_default());
        Self { what: format!("{UNSEEN}{mark}"), amount: 0 }
    }

    /// Whether it stands for such a finding.
    pub fn is_unseen(&self) -> bool {
        self.what.starts_with(UNSEEN)
    }
}

const UNSEEN: &str = "unseen ";
const LENGTH: &str = " in days";
