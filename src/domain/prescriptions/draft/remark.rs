//! What a prescriber is told about a prescription that can be written: how words were understood that are easily
//! misread. And doses that are unusual, as the check takes them up.

use serde::{Deserialize, Serialize};

use crate::domain::prescriptions::model::Tier;
use crate::domain::prescriptions::notice::Notice;
use crate::platform::i18n::Language;

/// One thing that the prescriber is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The field that it is about, as in errors.
    pub field: String,
    /// What it is: the key of its text.
    pub code: String,
    /// In English.
    pub english: String,
    /// In Khmer.
    pub khmer: String,
}

impl Remark {
    /// What was understood, or decided where the words left it open.
    pub fn notice(field: String, notice: &Notice) -> Self {
        Self {
            field,
            code: notice.code.to_owned(),
            english: notice.text(Language::English),
            khmer: notice.text(Language::Khmer),
        }
    }
}

/// Something unusual about a dose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoseFinding {
    /// What an override names. It stays the same as long as finding and medicine do.
    pub id: String,
    /// How grave it is.
    pub tier: Tier,
    /// The field that it is about, as in errors.
    pub field: String,
    /// What it says.
    pub notice: Notice,
}
