//! Care of the safety rules: a reviewer stands for one, a clinic silences one for a while, and takes both back.

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::prescriptions::draft::parse_reason;
use crate::domain::prescriptions::model::Tier;
use crate::domain::safety::care::{Care, Confirmation, Suppression};
use crate::domain::safety::{ListedRule, tables};
use crate::domain::safety_rules::RulesInForce;
use crate::domain::users::model::Role;
use crate::domain::users::tables as users;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::store::{Reader as _, WriteTx};

use super::prescriptions::tell_of_rules;
use super::reviewers::parse_qualification;

/// For how many days a rule that stops a prescription may be silent.
pub const STOP_SILENT_MOST_DAYS: i64 = 90;
/// For how many days any other may be.
pub const SILENT_MOST_DAYS: i64 = 366;

/// A verified doctor stands for a rule as what they name, or an admin who is marked as clinical reviewer as what stands
/// with their account. It counts as verified from then on, and speaks in the tier that its row promises for it.
///
/// # Errors
/// `role_not_allowed`, `reviewer_mark_needed`, `safety_rule_not_found`; a doctor's qualification that is missing or too
/// long, an admin's that is given again.
pub async fn confirm(
    context: &Context,
    caller: &Caller,
    id: String,
    qualification: Option<String>,
) -> Result<ListedRule> {
    let by = caller.clone();
    let rules = context.extensions.get::<RulesInForce>();
    gate::write(context, caller, "safety.confirm_rule", move |tx| {
        let reviewer = by.active()?;
        let stored = match by.role() {
            Some(Role::Doctor) => None,
            Some(Role::Admin) => match users::require(tx, reviewer)?.reviewer {
                Some(mark) => Some(mark.qualification),
                None => return Err(Error::forbidden("reviewer_mark_needed")),
            },
            _ => return Err(Error::forbidden("role_not_allowed")),
        };
        require(tx, &rules, &id)?;
        let qualification = match (stored, &qualification) {
            (Some(stored), None) => stored,
            (Some(_), Some(_)) => return Err(Error::invalid("qualification", "qualification_is_stored")),
            (None, given) => parse_qualification(given.as_deref().unwrap_or_default())?,
        };
        let mut care = tables::CARE.get(tx, &id)?.unwrap_or_default();
        care.confirmed = Some(Confirmation { by: reviewer, qualification, at: tx.now() });
        keep(tx, &rules, &id, Some(care))
    })
    .await
}

/// An admin silences a rule until a time, with a reason.
///
/// # Errors
/// `role_not_allowed`, `safety_rule_not_found`; a reason that is missing, a time that is past or too far.
pub async fn suppress(
    context: &Context,
    caller: &Caller,
    id: String,
    (reason, until): (Option<String>, Timestamp),
) -> Result<ListedRule> {
    let by = caller.clone();
    let rules = context.extensions.get::<RulesInForce>();
    let reason = parse_reason("reason", reason.as_deref());
    gate::write(context, caller, "safety.suppress_rule", move |tx| {
        let admin = by.with_role(Role::Admin)?;
        let rule = require(tx, &rules, &id)?;
        let reason = reason.as_ref().map_err(Error::clone)?.reveal().clone();
        let stops = rule.tier == Tier::Stop || rule.tier_when_confirmed == Some(Tier::Stop);
        let most = if stops { STOP_SILENT_MOST_DAYS } else { SILENT_MOST_DAYS };
        let now = tx.now();
        if until <= now || until > now.plus(Span::days(most)) {
            let error = FieldError::new("until", "suppressed_until_out_of_range");
            return Err(Error::invalid_fields(vec![error.with("days", most)]));
        }
        let mut care = tables::CARE.get(tx, &id)?.unwrap_or_default();
        tx.trail().reason = Some(reason.clone());
        care.suppressed = Some(Suppression { by: admin, reason, at: now, until });
        keep(tx, &rules, &id, Some(care))
    })
    .await
}

/// An admin takes a rule back to how it was shipped, with a reason: neither silent nor confirmed. Whoever can answer for
/// what one that was silent finds in running prescriptions is told.
///
/// # Errors
/// `role_not_allowed`, `safety_rule_not_found`; a reason that is missing.
pub async fn restore(
    context: &Context,
    caller: &Caller,
    id: String,
    reason: Option<String>,
) -> Result<ListedRule> {
    let by = caller.clone();
    let reason = parse_reason("reason", reason.as_deref());
    let rules = context.extensions.get::<RulesInForce>();
    gate::write(context, caller, "safety.restore_rule", move |tx| {
        by.with_role(Role::Admin)?;
        require(tx, &rules, &id)?;
        tx.trail().reason = Some(reason.as_ref().map_err(Error::clone)?.reveal().clone());
        match tables::CARE.get(tx, &id)? {
            None => tx.trail().found_done(),
            // It speaks again, or has so for a while of which nobody has taken note yet.
            Some(care) if care.suppressed.is_some() => tell_of_rules(tx, [id.clone()].into())?,
            Some(_) => {}
        }
        keep(tx, &rules, &id, None)
    })
    .await
}

fn require(tx: &WriteTx<'_>, rules: &RulesInForce, id: &str) -> Result<ListedRule> {
    let rules = rules.rules(tx)?;
    let listed = rules.listed(&tables::adjustments(tx)?);
    listed.into_iter().find(|rule| rule.id == id).ok_or_else(|| Error::not_found("safety_rule_not_found"))
}

fn keep(tx: &mut WriteTx<'_>, rules: &RulesInForce, id: &str, care: Option<Care>) -> Result<ListedRule> {
    tx.trail().resource = Some(("safety_rule", id.to_owned()));
    tx.trail().change = Some(serde_json::json!({ "care": care }));
    match &care {
        Some(care) => tables::CARE.put(tx, &id.to_owned(), care)?,
        None => tables::CARE.delete(tx, &id.to_owned()).map(drop)?,
    }
    Ok(ListedRule { care: care.unwrap_or_default(), ..require(tx, rules, id)? })
}
