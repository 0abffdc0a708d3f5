//! How the rules stand, and the files that they come from.

use poem_openapi::Object;

use crate::api::types::Instant;
use crate::domain::prescriptions::model::Tier;
use crate::domain::safety::Fault;
use crate::domain::safety::tables::RuleFile;
use crate::platform::ids::UserId;
use crate::views::safety::{RuleFileText, RulesStatus};

/// A fault of rule files.
#[derive(Debug, Object)]
#[oai(rename = "SafetyRuleFault", rename_all = "camelCase")]
pub struct FaultAnswer {
    /// The file.
    file: String,
    /// Its line, from 1.
    line: u64,
    /// The column.
    column: String,
    /// What is wrong, in a sentence.
    sentence: String,
}

impl FaultAnswer {
    pub(super) fn of(fault: Fault) -> Self {
        Self { file: fault.file, line: fault.line, column: fault.column, sentence: fault.sentence }
    }
}

/// A rule file that the clinic has put in the place of the shipped one.
#[derive(Debug, Object)]
#[oai(rename = "OwnSafetyFile", rename_all = "camelCase")]
pub struct OwnFileAnswer {
    /// Which.
    name: String,
    /// SHA-256 of its text, in hexadecimal.
    sha256: String,
    /// Who imported it.
    imported_by: UserId,
    /// When.
    imported_at: Instant,
}

impl OwnFileAnswer {
    pub(super) fn of((name, file): (String, RuleFile)) -> Self {
        Self {
            name,
            sha256: file.sha256.unwrap_or_default(),
            imported_by: file.by,
            imported_at: file.at.into(),
        }
    }
}

/// How the safety rules stand.
#[derive(Debug, Object)]
#[oai(rename = "SafetyStatus", rename_all = "camelCase")]
pub struct StatusAnswer {
    /// How many there are; 0 means that nothing is checked.
    rules: u64,
    /// How many were read in their source, or have a reviewer who stands for them.
    verified: u64,
    /// How many stop a prescription.
    stop: u64,
    /// How many warn.
    warn: u64,
    /// How many are folded away.
    note: u64,
    /// How many are silent for now.
    suppressed: u64,
    /// How many have Khmer words that no pharmacist has read.
    khmer_unreviewed: u64,
    /// Why newer rules are not in force.
    faults: Vec<FaultAnswer>,
    /// The rule files that the clinic has put in the place of shipped ones.
    own_files: Vec<OwnFileAnswer>,
    /// Ingredients of the catalogue of which no rule speaks, the first 500: what is prescribed of them is not checked.
    ingredients_without_rule: Vec<String>,
}

impl StatusAnswer {
    pub(super) fn of(status: RulesStatus) -> Self {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let of_tier = |tier| count(status.by_tier.get(&tier).copied().unwrap_or_default());
        Self {
            rules: count(status.rules),
            verified: count(status.verified),
            stop: of_tier(Tier::Stop),
            warn: of_tier(Tier::Warn),
            note: of_tier(Tier::Note),
            suppressed: count(status.suppressed),
            khmer_unreviewed: count(status.khmer_unreviewed),
            faults: status.faults.into_iter().map(FaultAnswer::of).collect(),
            own_files: status.own_files.into_iter().map(OwnFileAnswer::of).collect(),
            ingredients_without_rule: status.without_rule,
        }
    }
}

/// A rule file in force.
#[derive(Debug, Object)]
#[oai(rename = "SafetyRuleFile", rename_all = "camelCase")]
pub struct FileAnswer {
    /// Its name, as an import sends it.
    name: String,
    /// Whether the clinic has put it in the place of the shipped one.
    own: bool,
    /// What stands in it: CSV in UTF-8.
    text: String,
}

impl FileAnswer {
    pub(super) fn of(file: RuleFileText) -> Self {
        Self { name: file.name.to_owned(), own: file.is_own, text: file.text }
    }
}
