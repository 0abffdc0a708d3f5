//! Notes to the admins about the safety rules: at once when stored rule files cannot be read and those before stay in force,
//! or none are; once a month about rules that are signed against nearly every time, as an alarm that always sounds is heard
//! by nobody.
//!
//! # Which rules are signed against
//! Those that were found at least 20 times in the month before and overridden in 90 of 100 cases or more. Fewer say
//! nothing about the rule, and a rule that changes what is done in one case of ten is worth its nine alarms.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::delivery::tell_each_admin;
use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::notifications::model::Urgency;
use crate::domain::notifications::params::Params;
use crate::domain::safety::Fault;
use crate::domain::safety::tables::{COUNTS, FAULTS, MONTH, NOTED, digest, month_of};
use crate::domain::safety_rules::RulesInForce;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::jobs::{Every, Job, Jobs};
use crate::platform::store::{Direction, Reader, Step};

/// How often a rule must have been found to be spoken of.
const FOUND_LEAST: u32 = 20;
/// In how many of 100 cases it must have been overridden.
const OVERRIDDEN_PERCENT: u32 = 90;
/// Rules that are named; the rest is in the statistics.
const NAMED_MAX: usize = 5;
/// Where nothing could be checked there is no rule to be looked at.
const NO_RULE: &str = "rules-missing";

/// Looks whether a month has ended, and tells the admins about it.
#[derive(Debug, Serialize, Deserialize)]
pub struct NoteOverriddenRules {}

impl Job for NoteOverriddenRules {
    const NAME: &'static str = "note-overridden-rules";
    const QUEUE: &'static str = "upkeep";
    const WAITS_FOR_CLOCK: bool = true;
}

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    jobs.register::<NoteOverriddenRules, _, _>(|context, _| note(context));
    jobs.recurring("note-overridden-rules", Every::hours(1), NoteOverriddenRules {});
    jobs.register::<NoteUnreadableRules, _, _>(|context, _| note_unreadable(context));
    jobs.recurring("note-unreadable-rules", Every::minutes(5), NoteUnreadableRules {});
}

/// Looks whether the rule files of the store can be read, and tells the admins when they cannot.
#[derive(Debug, Serialize, Deserialize)]
pub struct NoteUnreadableRules {}

impl Job for NoteUnreadableRules {
    const NAME: &'static str = "note-unreadable-rules";
    const QUEUE: &'static str = "upkeep";
}

/// Tells the admins of faults that they were not told of; what was mended and breaks again is told again.
async fn note_unreadable(context: Arc<Context>) -> Result<()> {
    let in_force = context.extensions.get::<RulesInForce>();
    let found = context.store.read(|tx| {
        let (rules, faults) = in_force.read(tx)?;
        let known = NOTED.get(tx, &FAULTS)?;
        Ok((known != fingerprint(&faults)).then_some((rules.len(), faults)))
    })?;
    let Some((rules, faults)) = found else { return Ok(()) };
    gate::write(&context, &Caller::system("note-unreadable-rules"), "safety.note_unreadable", move |tx| {
        match fingerprint(&faults) {
            Some(fingerprint) => NOTED.put(tx, &FAULTS, &fingerprint)?,
            None => NOTED.delete(tx, &FAULTS).map(drop)?,
        }
        let Some(first) = faults.first() else {
            tx.trail().found_done();
            return Ok(());
        };
        let variant = if rules == 0 { "rules_missing" } else { "rules_unreadable" };
        let params = Params::new().text("count", faults.len().to_string()).text("first", first.to_string());
        tell_each_admin(tx, None, (variant, Urgency::Critical), &params, None)?;
        tx.trail().change = Some(serde_json::json!({ "faults": faults.len(), "first": first.to_string() }));
        Ok(())
    })
    .await
}

/// Tells these faults from others; nothing where there are none.
fn fingerprint(faults: &[Fault]) -> Option<u32> {
    let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let digest = digest(&all.join("\n"));
    (!all.is_empty())
        .then(|| digest.get(..8).and_then(|start| u32::from_str_radix(start, 16).ok()).unwrap_or(0))
}

/// Tells the admins about the month that has ended, if they were not told.
async fn note(context: Arc<Context>) -> Result<()> {
    let zone = context.zone();
    let is_noted = move |tx: &dyn Reader| {
        let month = month_of(tx.now().day_in(zone));
        Ok((month, NOTED.get(tx, &MONTH)?.is_some_and(|noted| noted >= month)))
    };
    if context.store.read(|tx| is_noted(tx))?.1 {
        return Ok(());
    }
    gate::write(&context, &Caller::system("note-overridden-rules"), "safety.note_overridden", move |tx| {
        let (month, is_done) = is_noted(tx)?;
        let overridden = if is_done { Vec::new() } else { overridden_in(tx, month.saturating_sub(1))? };
        if !is_done {
            NOTED.put(tx, &MONTH, &month)?;
        }
        if overridden.is_empty() {
            tx.trail().found_done();
            return Ok(());
        }
        let named = overridden.iter().take(NAMED_MAX);
        let named: Vec<String> =
            named.map(|(rule, found, signed)| format!("{rule} ({signed} / {found})")).collect();
        let more = if overridden.len() > NAMED_MAX { ", \u{2026}" } else { "" };
        let params = Params::new()
            .text("count", overridden.len().to_string())
            .text("rules", format!("{}{more}", named.join(", ")));
        tell_each_admin(tx, None, ("rules_overridden", Urgency::Normal), &params, None)?;
        let rules: Vec<&String> = overridden.iter().map(|(rule, ..)| rule).collect();
        tx.trail().change = Some(serde_json::json!({ "rules": rules }));
        Ok(())
    })
    .await
}

/// The rules that were overridden nearly every time in a month, the most frequent first: how often they were found, and
/// how often signed against.
fn overridden_in(tx: &dyn Reader, month: u32) -> Result<Vec<(String, u32, u32)>> {
    let mut all: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    COUNTS.visit_prefix(tx, &(), Direction::Forward, |(rule, _, of), counts| {
        if of == month && rule != NO_RULE {
            let known = all.entry(rule).or_default();
            *known = (known.0.saturating_add(counts.fired), known.1.saturating_add(counts.overridden));
        }
        Ok(Step::Continue)
    })?;
    let is_ignored = |found: u32, signed: u32| {
        found >= FOUND_LEAST && u64::from(signed) * 100 >= u64::from(found) * u64::from(OVERRIDDEN_PERCENT)
    };
    let mut ignored: Vec<(String, u32, u32)> = all
        .into_iter()
        .filter(|(_, (found, signed))| is_ignored(*found, *signed))
        .map(|(rule, (found, signed))| (rule, found, signed))
        .collect();
    ignored.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
    Ok(ignored)
}
