//! What was done about rows that were lost with a damaged page.

use serde::{Deserialize, Serialize};

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
}

impl Losses {
    /// When somebody took note of all losses up to the one of `newest`.
    pub fn acknowledged_at(&self, newest: Timestamp) -> Option<Timestamp> {
        self.acknowledged.as_ref().filter(|known| known.up_to >= newest).map(|known| known.at)
    }
}
