//! What a prescriber is told about a prescription that can be written: how words were understood that are easily
//! misread, and doses that are unusual.

use serde::{Deserialize, Serialize};

use crate::domain::prescriptions::model::Tier;
use crate::domain::prescriptions::notice::Notice;
use crate::platform::error::{FieldError, FieldErrors};
use crate::platform::i18n::Language;

/// One thing that the prescriber is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The field that it is about, as in errors.
    pub field: String,
    /// What it is: the key of its text.
    pub code: String,
    /// What an override names; only for findings about a dose.
    #[serde(default)]
    pub finding: Option<String>,
    /// How grave it is.
    pub tier: Tier,
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
            finding: None,
            tier: Tier::Note,
            english: notice.text(Language::English),
            khmer: notice.text(Language::Khmer),
        }
    }
}

/// Something unusual about a dose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What an override names. It stays the same as long as finding and medicine do.
    pub id: String,
    /// How grave it is.
    pub tier: Tier,
    /// The field that it is about, as in errors.
    pub field: String,
    /// What it says.
    pub notice: Notice,
}

impl Finding {
    /// As the prescriber is told.
    pub fn remark(&self) -> Remark {
        let said = Remark::notice(self.field.clone(), &self.notice);
        Remark { finding: Some(self.id.clone()), tier: self.tier, ..said }
    }

    /// Notes what is wrong, and that a reason would let it pass, which stands in `overrides` of `prefix`.
    pub(super) fn refuse(&self, errors: &mut FieldErrors, prefix: &str) {
        let mut error = FieldError::new(self.field.clone(), self.notice.code);
        error.args.clone_from(&self.notice.params);
        errors.push(error);
        errors.push(
            FieldError::new(format!("{prefix}overrides"), "finding_needs_reason").with("finding", &self.id),
        );
    }
}
