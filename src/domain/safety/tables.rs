//! What a clinic has decided about rules, the rule files that it has put in the place of shipped ones, and how often
//! rules spoke.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::care::Care;
use super::finding::OverrideReason;
use super::rules::{Adjustments, Files};
use crate::platform::clock::Timestamp;
use crate::platform::error::{Kind, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Direction, Reader, Step, Table, WhatIsLeft, WriteTx};
use crate::platform::text::hex;

/// Decisions, by the rule's id.
pub const CARE: Table<String, Care> = Table::new(132, "safety_care");
/// What was put in the place of shipped rule files, by their names.
pub const FILES: Table<String, RuleFile> = Table::new(133, "safety_files");
/// The texts of these files: they are long, and each check asks only which they are.
pub const TEXTS: Table<String, String> = Table::new(135, "safety_file_texts");
/// How often a rule spoke to a prescriber, by `(rule, prescriber, month)`; the month counts from year 0.
pub const COUNTS: Table<(String, UserId, u32), Counts> = Table::new(134, "safety_counts");
/// What was last told: under [`MONTH`] the admins for which month of rules that are always overridden, under [`FAULTS`] of
/// which faults of the rule files, under [`SPEAKING`] doctors and patients of rules that speak again.
pub const NOTED: Table<u8, u32> = Table::new(136, "safety_noted");
/// Under which key of [`NOTED`] the month stands.
pub const MONTH: u8 = 0;
/// Under which key of [`NOTED`] the faults stand, by what tells them from others.
pub const FAULTS: u8 = 1;

/// Under which key of [`NOTED`] the minute stands, counted from the epoch, up to which it was noted whose silence had run out.
pub const SPEAKING: u8 = 2;

/// What was put in the place of a shipped rule file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFile {
    /// SHA-256 of the text, in hexadecimal; nothing where the shipped one was taken back.
    pub sha256: Option<String>,
    /// By whom.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
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

/// The decisions that hold now. One that was lost with a damaged page is as if it had never been made: the rule speaks as it
/// was shipped.
///
/// # Errors
/// When the store cannot be read.
pub fn adjustments(tx: &dyn Reader) -> Result<Adjustments> {
    let mut adjustments = Adjustments::default();
    let now = tx.now();
    CARE.visit_prefix(&WhatIsLeft(tx), &(), Direction::Forward, |rule, care| {
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

/// Rules whose silence has run out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilenceEnded {
    /// Which.
    pub rules: BTreeSet<String>,
    /// The minute, counted from the epoch, before which it ran out.
    pub until_minute: u32,
}

/// The rules whose silence has run out since that was last noted, up to this minute.
///
/// # Errors
/// When the store cannot be read.
pub fn silence_ended(tx: &dyn Reader) -> Result<SilenceEnded> {
    let minute_of = |at: Timestamp| u32::try_from(at.as_milliseconds() / 60_000).unwrap_or_default();
    let until_minute = minute_of(tx.now());
    // What was noted by a clock that ran ahead says nothing.
    let since = NOTED.get(tx, &SPEAKING)?.filter(|noted| *noted <= until_minute).unwrap_or_default();
    let mut rules = BTreeSet::new();
    CARE.visit_prefix(tx, &(), Direction::Forward, |rule, care| {
        let ended = care.suppressed.map(|suppressed| minute_of(suppressed.until));
        if ended.is_some_and(|minute| (since..until_minute).contains(&minute)) {
            rules.insert(rule);
        }
        Ok(Step::Continue)
    })?;
    Ok(SilenceEnded { rules, until_minute })
}

/// The rule files that are not the shipped ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnFiles {
    /// By their names.
    pub files: BTreeMap<&'static str, RuleFile>,
    /// Files of which is not known any more whether they were replaced, because the data were damaged.
    pub lost: Vec<&'static str>,
}

/// The rule files that were put in place.
///
/// # Errors
/// When the store cannot be read. A row that was lost is none: it is named.
pub fn own_files(tx: &dyn Reader) -> Result<OwnFiles> {
    let mut own = OwnFiles::default();
    for name in Files::names() {
        match FILES.get(tx, &name.to_owned()) {
            Ok(Some(file)) if file.sha256.is_some() => drop(own.files.insert(name, file)),
            Ok(_) => {}
            Err(error) if error.kind() == Kind::Damaged => own.lost.push(name),
            Err(error) => return Err(error),
        }
    }
    Ok(own)
}

/// The text of a file that was put in place; nothing for one that is damaged or lost.
///
/// # Errors
/// When the store cannot be read.
pub fn own_text(tx: &dyn Reader, name: &str, file: &RuleFile) -> Result<Option<String>> {
    let text = match TEXTS.get(tx, &name.to_owned()) {
        Err(error) if error.kind() == Kind::Damaged => None,
        text => text?,
    };
    Ok(text.filter(|text| Some(digest(text)) == file.sha256))
}

/// SHA-256 of a text, in hexadecimal.
pub fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Puts a text in the place of a shipped file, or takes the shipped one back.
///
/// # Errors
/// When the store cannot be read.
pub fn put_file(tx: &mut WriteTx<'_>, name: &str, text: Option<&str>, by: UserId) -> Result<()> {
    let at = tx.now();
    FILES.put(tx, &name.to_owned(), &RuleFile { sha256: text.map(digest), by, at })?;
    // A text that was lost stays lost, and nobody asks for it any more.
    TEXTS.put(tx, &name.to_owned(), &text.unwrap_or_default().to_owned())
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
