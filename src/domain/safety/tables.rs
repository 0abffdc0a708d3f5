//! What a clinic has decided about rules, the rule files that it has put in the place of shipped ones, and how often
//! rules spoke.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use super::care::Care;
use super::finding::OverrideReason;
use super::rules::Adjustments;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::{Direction, Reader, Step, Table, WriteTx};

/// Decisions, by the rule's id.
pub const CARE: Table<String, Care> = Table::new(132, "safety_care");
/// Rule files in the place of shipped ones, by their names.
pub const FILES: Table<String, RuleFile> = Table::new(133, "safety_files");
/// How often a rule spoke to a prescriber, by `(rule, prescriber, month)`; the month counts from year 0.
pub const COUNTS: Table<(String, UserId, u32), Counts> = Table::new(134, "safety_counts");

/// A rule file that was put in the place of a shipped one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFile {
    /// The whole text.
    pub text: String,
    /// By whom.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// Counts what was put in place, so that a server sees that it changed.
    pub revision: u64,
}

/// How often a rule spoke.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// In prescriptions that were signed.
    pub fired: u32,
    /// Signed with a reason.
    pub overridden: u32,
    /// For which reasons.
    #[serde(default)]
    pub reasons: BTreeMap<OverrideReason, u32>,
}

/// The decisions that hold now.
///
/// # Errors
/// When the store cannot be read.
pub fn adjustments(tx: &dyn Reader) -> Result<Adjustments> {
    let mut adjustments = Adjustments::default();
    let now = tx.now();
    CARE.visit_prefix(tx, &(), Direction::Forward, |rule, care| {
        if care.confirmed.is_some() {
            adjustments.confirmed.insert(rule.clone());
        }
        if care.suppressed.is_some_and(|suppressed| now < suppressed.until) {
            adjustments.suppressed.insert(rule);
        }
        Ok(Step::Continue)
    })?;
    Ok(adjustments)
}

/// The rule files that were put in place, by their names.
///
/// # Errors
/// When the store cannot be read.
pub fn files(tx: &dyn Reader) -> Result<BTreeMap<String, RuleFile>> {
    let mut files = BTreeMap::new();
    FILES.visit_prefix(tx, &(), Direction::Forward, |name, file| {
        files.insert(name, file);
        Ok(Step::Continue)
    })?;
    Ok(files)
}

/// The month of a day, as counts are kept by it.
pub fn month_of(day: NaiveDate) -> u32 {
    u32::try_from(day.year()).unwrap_or_default() * 12 + day.month0()
}

/// Counts that a rule spoke to a prescriber.
///
/// # Errors
/// When the store cannot be read.
pub fn count(
    tx: &mut WriteTx<'_>,
    (rule, by, month): (&str, UserId, u32),
    overridden: Option<OverrideReason>,
) -> Result<()> {
    let key = (rule.to_owned(), by, month);
    let mut counts = COUNTS.get(tx, &key)?.unwrap_or_default();
    counts.fired = counts.fired.saturating_add(1);
    if let Some(reason) = overridden {
        counts.overridden = counts.overridden.saturating_add(1);
        let of_reason = counts.reasons.entry(reason).or_default();
        *of_reason = of_reason.saturating_add(1);
    }
    COUNTS.put(tx, &key, &counts)
}
