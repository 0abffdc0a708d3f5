//! What the audit proves of rows that were lost with a damaged page: whoever changes anything is in it.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::medicines::TAKEN_OVER_BY;
use crate::domain::audit::model::Outcome;
use crate::domain::audit::tables::RECORDS;
use crate::domain::medicines::model::ImportCounts;
use crate::domain::safety::tables::{CARE, FILES, TEXTS};
use crate::domain::vitals::tables::MONITORING;
use crate::platform::error::Result;
use crate::platform::store::{AnyTable, Direction, Reader, Step};

/// Tables that stay empty until somebody does one of these things.
const WRITTEN_BY: [(&dyn AnyTable, &[&str]); 4] = [
    (&FILES, &["safety.import_rules"]),
    (&TEXTS, &["safety.import_rules"]),
    (&CARE, &["safety.confirm_rule", "safety.suppress_rule", "safety.restore_rule"]),
    (&MONITORING, &["vital.set_thresholds"]),
];
/// What changes the catalogue.
const IMPORT: &str = "medicine.import";
const BY_HAND: [&str; 2] = ["medicine.create", "medicine.update"];

/// A list that was taken into the catalogue, as the audit has it.
#[derive(Debug, Clone, Deserialize)]
struct TakenOver {
    sha256: String,
    counts: ImportCounts,
}

/// What was ever done, as far as it tells of lost rows.
#[derive(Debug, Default)]
pub(super) struct History {
    actions: BTreeSet<String>,
    /// The last list that the product itself took over.
    shipped: Option<TakenOver>,
    has_own_catalogue: bool,
}

impl History {
    /// Reads the whole audit.
    ///
    /// # Errors
    /// When a record cannot be read.
    pub(super) fn of(tx: &dyn Reader) -> Result<Self> {
        let mut history = Self::default();
        RECORDS.visit_prefix(tx, &(), Direction::Forward, |_, record| {
            if record.outcome != Outcome::Done {
                return Ok(Step::Continue);
            }
            let is_by_product = record.actor_role.strip_prefix("SYSTEM:") == Some(TAKEN_OVER_BY);
            match record.action.as_str() {
                IMPORT if is_by_product => {
                    let change = record.change.as_deref().unwrap_or_default();
                    history.shipped = serde_json::from_str(change).ok();
                }
                IMPORT => history.has_own_catalogue = true,
                action => history.has_own_catalogue |= BY_HAND.contains(&action),
            }
            history.actions.insert(record.action);
            Ok(Step::Continue)
        })?;
        Ok(history)
    }

    /// The tables in which nobody ever wrote.
    pub(super) fn never_written(&self) -> BTreeSet<u16> {
        let is_untouched = |actions: &[&str]| !actions.iter().any(|action| self.actions.contains(*action));
        WRITTEN_BY.iter().filter(|(_, by)| is_untouched(by)).map(|(table, _)| table.number()).collect()
    }

    /// The list from which all entries of the catalogue are, by its SHA-256, and what it changed; nothing when the clinic
    /// has entries of its own.
    pub(super) fn shipped_list(&self) -> Option<(String, ImportCounts)> {
        let shipped = self.shipped.as_ref().filter(|_| !self.has_own_catalogue)?;
        Some((shipped.sha256.clone(), shipped.counts))
    }
}
