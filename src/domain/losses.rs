//! What was done about rows that were lost with a damaged page.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::platform::clock::Timestamp;
use crate::platform::ids::UserId;
use crate::platform::store::Table;

/// One row, once something was lost.
pub const LOSSES: Table<(), Losses> = Table::new(102, "losses");

/// Up to which loss something was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// The newest loss of which the admins were told.
    #[serde(default)]
    pub told_of: Option<Timestamp>,
    /// Who has taken note of the losses.
    #[serde(default)]
    pub acknowledged: Option<Acknowledged>,
}

/// Somebody knows what is lost and has considered a backup. The rows stay refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// The newest loss that they knew of.
    pub up_to: Timestamp,
    /// The patients of whom they knew that they are not seen to, by the part of the server that cannot.
    #[serde(default)]
    pub passed_over: BTreeMap<String, BTreeSet<Uuid>>,
}

impl Losses {
    /// The note that somebody took of all losses up to the one of `newest`, if there is any.
    pub fn acknowledged(&self, newest: Option<Timestamp>) -> Option<&Acknowledged> {
        self.acknowledged.as_ref().filter(|known| newest.is_none_or(|newest| known.up_to >= newest))
    }
}

impl Acknowledged {
    /// Whether they knew of everybody whom this part passes over.
    pub fn knows(&self, part: &str, passed_over: &BTreeSet<Uuid>) -> bool {
        passed_over.is_empty() || self.passed_over.get(part).is_some_and(|known| passed_over.is_subset(known))
    }
}
