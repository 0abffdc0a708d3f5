//! What is shown of the safety rules: what they say, what was decided about them, and how often they spoke.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::medicines::tables as medicines;
use crate::domain::prescriptions::model::{OverrideReason, Tier};
use crate::domain::safety::tables::{CARE, COUNTS, RuleFile, adjustments, month_of, own_files};
use crate::domain::safety::{Fault, Files, Kind, ListedRule, Rules};
use crate::domain::safety_rules::{RulesInForce, State};
use crate::domain::users::model::Role;
use crate::domain::users::tables::USERS;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Direction, Page, PageRequest, Reader, Step};

/// Most ingredients without a rule that are named.
const WITHOUT_RULE_MOST: usize = 500;

/// Which rules are wanted.
#[derive(Debug, Clone, Default)]
pub struct RuleFilter {
    /// Only those that speak in this tier now.
    pub tier: Option<Tier>,
    /// Only those of this kind.
    pub kind: Option<Kind>,
    /// Only those that stand so.
    pub state: Option<RuleState>,
    /// Only those whose id, medicines, source or words hold this, or that speak of a medicine of this name.
    pub query: Option<String>,
}

/// How a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RuleState {
    /// A reviewer stands for it.
    Confirmed,
    /// It is silent for now.
    Suppressed,
    /// It was not read in its source, and no reviewer stands for it.
    Unverified,
}

/// Rules by id, for doctors and admins.
///
/// # Errors
/// `role_not_allowed`, `cursor_invalid`; `data_damaged` where rules of the clinic's own are lost and would be missing.
pub async fn rules(
    context: &Context,
    caller: &Caller,
    filter: RuleFilter,
    page: PageRequest,
) -> Result<Page<ListedRule>> {
    let in_force = context.extensions.get::<RulesInForce>();
    gate::read(context, caller, "safety.list_rules", |tx| {
        reader(caller)?;
        let rules = in_force.rules(tx)?;
        if !rules.lost_files().is_empty() {
            return Err(Error::damaged("rule files of the clinic's own are lost: import them again"));
        }
        let adjustments = adjustments(tx)?;
        let query = filter.query.as_deref().map(str::trim).unwrap_or_default().to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&query);
        let found = if query.is_empty() { BTreeSet::new() } else { rules.found_by(&query) };
        let is_meant = |rule: &ListedRule| {
            let texts = [
                &rule.id,
                &rule.about,
                &rule.source,
                &rule.effect.english,
                &rule.effect.khmer,
                &rule.action.english,
            ];
            query.is_empty()
                || found.contains(&rule.id)
                || texts.into_iter().any(|text| holds(text))
                || holds(&rule.action.khmer)
        };
        let stands = |rule: &ListedRule| match filter.state {
            None => true,
            Some(RuleState::Confirmed) => adjustments.confirmed.contains(&rule.id),
            Some(RuleState::Suppressed) => adjustments.suppressed.contains(&rule.id),
            Some(RuleState::Unverified) => !rule.verified,
        };
        let fits = |rule: &ListedRule| {
            filter.tier.is_none_or(|tier| rule.tier == tier)
                && filter.kind.is_none_or(|kind| rule.kind == kind)
                && stands(rule)
                && is_meant(rule)
        };
        let mut listed: Vec<ListedRule> = rules.listed(&adjustments).into_iter().filter(fits).collect();
        let place = |rule: &ListedRule| {
            (u8::from(rule.tier > Tier::Note) + u8::from(rule.tier == Tier::Stop), rule.id.clone())
        };
        listed.sort_by_key(place);
        let mut found = page.newest_of(&listed, place)?;
        for rule in &mut found.items {
            rule.care = CARE.get(tx, &rule.id)?.unwrap_or_default();
        }
        Ok(found)
    })
    .await
}

/// How the rules stand.
#[derive(Debug, Clone)]
pub struct RulesStatus {
    /// How many there are; none means that nothing is checked.
    pub rules: usize,
    /// How many were read in their source, or have a reviewer who stands for them.
    pub verified: usize,
    /// How many speak in each tier now.
    pub by_tier: BTreeMap<Tier, usize>,
    /// How many are silent for now.
    pub suppressed: usize,
    /// How many have Khmer words that no pharmacist has read.
    pub khmer_unreviewed: usize,
    /// Why newer rules are not in force.
    pub faults: Vec<Fault>,
    /// The rule files that are not the shipped ones, by name.
    pub own_files: Vec<(String, RuleFile)>,
    /// Ingredients of the catalogue of which no rule speaks, the first 500.
    pub without_rule: Vec<String>,
}

/// How the rules stand, for doctors and admins.
///
/// # Errors
/// `role_not_allowed`.
pub async fn status(context: &Context, caller: &Caller) -> Result<RulesStatus> {
    let in_force = context.extensions.get::<RulesInForce>();
    gate::read(context, caller, "safety.status", |tx| {
        reader(caller)?;
        let (rules, faults) = in_force.read(tx)?;
        let adjustments = adjustments(tx)?;
        let listed = rules.listed(&adjustments);
        let mut by_tier = BTreeMap::new();
        for rule in &listed {
            *by_tier.entry(rule.tier).or_insert(0) += 1;
        }
        Ok(RulesStatus {
            rules: listed.len(),
            verified: listed.iter().filter(|rule| rule.verified).count(),
            by_tier,
            suppressed: adjustments.suppressed.len(),
            khmer_unreviewed: listed.iter().filter(|rule| !rule.khmer_reviewed).count(),
            faults: faults.to_vec(),
            own_files: own_files(tx)?.files.into_iter().map(|(name, file)| (name.to_owned(), file)).collect(),
            without_rule: without_rule(tx, &rules)?,
        })
    })
    .await
}

/// A rule file as it was put in force last.
#[derive(Debug, Clone)]
pub struct RuleFileText {
    /// Its name.
    pub name: &'static str,
    /// Whether a clinic has put it in the place of the shipped one.
    pub is_own: bool,
    /// What stands in it.
    pub text: String,
}

/// The text of a rule file, for admins: to be changed and imported again.
///
/// # Errors
/// `role_not_allowed`; `safety_file_not_found` for a name that is no rule file; `data_damaged` where the clinic's own text
/// was lost.
pub async fn file(context: &Context, caller: &Caller, name: &str) -> Result<RuleFileText> {
    gate::read(context, caller, "safety.file", |tx| {
        caller.with_role(Role::Admin)?;
        let mut names = Files::names();
        let known =
            names.find(|known| *known == name).ok_or_else(|| Error::not_found("safety_file_not_found"))?;
        let state = State::of(tx)?;
        let (mut texts, lost) = state.texts(tx)?;
        if lost.contains(&known) {
            return Err(Error::unavailable("data_damaged", 60));
        }
        let own = texts.remove(known);
        let is_own = own.is_some();
        let text = own.unwrap_or_else(|| Files::shipped().text(known).to_owned());
        Ok(RuleFileText { name: known, is_own, text })
    })
    .await
}

fn without_rule(tx: &dyn Reader, rules: &Rules) -> Result<Vec<String>> {
    let mut unknown = BTreeSet::new();
    medicines::visit_all(tx, |medicine| {
        if medicine.content.active {
            let parts = medicine.content.generic.split(" + ").filter(|part| !rules.knows(part));
            unknown.extend(parts.map(ToOwned::to_owned));
        }
        Ok(Step::Continue)
    })?;
    Ok(unknown.into_iter().take(WITHOUT_RULE_MOST).collect())
}

/// How often one rule spoke.
#[derive(Debug, Clone, Default)]
pub struct RuleCounts {
    /// In prescriptions that were signed.
    pub fired: u32,
    /// Signed with a reason.
    pub overridden: u32,
    /// For which reasons.
    pub reasons: BTreeMap<OverrideReason, u32>,
    /// By prescriber, for admins.
    pub prescribers: BTreeMap<UserId, (u32, u32)>,
}

/// How often rules spoke in the last so many months, this one included: an admin sees all, a doctor their own.
///
/// # Errors
/// `role_not_allowed`.
pub async fn statistics(
    context: &Context,
    caller: &Caller,
    months: u32,
) -> Result<BTreeMap<String, RuleCounts>> {
    let zone = context.zone();
    gate::read(context, caller, "safety.statistics", |tx| {
        let person = reader(caller)?;
        let own = (caller.role() == Some(Role::Doctor)).then_some(person);
        let first = (month_of(tx.now().day_in(zone)) + 1).saturating_sub(months);
        let mut all: BTreeMap<String, RuleCounts> = BTreeMap::new();
        let mut roles = BTreeMap::new();
        COUNTS.visit_prefix(tx, &(), Direction::Forward, |(rule, by, month), counts| {
            let is_wanted = month >= first && own.is_none_or(|own| own == by);
            if is_wanted && is_doctor(tx, &mut roles, by)? {
                let known = all.entry(rule).or_default();
                known.fired = known.fired.saturating_add(counts.fired);
                known.overridden = known.overridden.saturating_add(counts.overridden);
                for (reason, count) in counts.reasons {
                    let of_reason = known.reasons.entry(reason).or_default();
                    *of_reason = of_reason.saturating_add(count);
                }
                if own.is_none() {
                    let of = known.prescribers.entry(by).or_default();
                    *of = (of.0.saturating_add(counts.fired), of.1.saturating_add(counts.overridden));
                }
            }
            Ok(Step::Continue)
        })?;
        Ok(all)
    })
    .await
}

/// Whether a prescriber is a doctor: earlier programs counted patients' own prescriptions too, and a rule beside their name
/// would tell of their health.
fn is_doctor(tx: &dyn Reader, known: &mut BTreeMap<UserId, bool>, person: UserId) -> Result<bool> {
    if let Some(known) = known.get(&person) {
        return Ok(*known);
    }
    let is_doctor = USERS.get(tx, &person)?.is_some_and(|user| user.role == Role::Doctor);
    known.insert(person, is_doctor);
    Ok(is_doctor)
}

fn reader(caller: &Caller) -> Result<UserId> {
    let person = caller.active()?;
    let may = matches!(caller.role(), Some(Role::Doctor | Role::Admin));
    if may { Ok(person) } else { Err(Error::forbidden("role_not_allowed")) }
}
