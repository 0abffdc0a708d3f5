//! What a clinic has decided about single rules.

use serde::{Deserialize, Serialize};

use crate::platform::clock::Timestamp;
use crate::platform::ids::UserId;

/// A reviewer stands for a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Who.
    pub by: UserId,
    /// As what: the qualification that they named.
    pub qualification: String,
    /// When.
    pub at: Timestamp,
}

/// A rule is silent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// By whom.
    pub by: UserId,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
    /// Until when, exclusively.
    pub until: Timestamp,
}

/// What was decided about one rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Care {
    /// Who stands for it.
    #[serde(default)]
    pub confirmed: Option<Confirmation>,
    /// Until when it is silent.
    #[serde(default)]
    pub suppressed: Option<Suppression>,
}
