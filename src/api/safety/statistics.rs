//! How often rules spoke, and how often they were signed against.

use poem_openapi::Object;

use crate::domain::prescriptions::model::OverrideReason;
use crate::platform::ids::UserId;
use crate::views::safety::RuleCounts;

/// How often a reason was given.
#[derive(Debug, Object)]
#[oai(rename = "OverrideReasonCount", rename_all = "camelCase")]
pub struct ReasonCountAnswer {
    /// Which.
    reason: OverrideReason,
    /// How often.
    count: u32,
}

/// How often a rule spoke to one prescriber.
#[derive(Debug, Object)]
#[oai(rename = "PrescriberRuleCount", rename_all = "camelCase")]
pub struct PrescriberCountAnswer {
    /// Whom.
    user_id: UserId,
    /// In prescriptions that they signed.
    fired: u32,
    /// Signed with a reason.
    overridden: u32,
}

/// How often a rule spoke.
#[derive(Debug, Object)]
#[oai(rename = "SafetyRuleStatistics", rename_all = "camelCase")]
pub struct StatisticsAnswer {
    /// Which.
    rule_id: String,
    /// In prescriptions that were signed.
    fired: u32,
    /// Signed with a reason.
    overridden: u32,
    /// For which reasons.
    reasons: Vec<ReasonCountAnswer>,
    /// By prescriber; empty but for admins.
    prescribers: Vec<PrescriberCountAnswer>,
}

impl StatisticsAnswer {
    pub(super) fn of((rule_id, counts): (String, RuleCounts)) -> Self {
        let reasons = counts.reasons.into_iter();
        let prescribers = counts.prescribers.into_iter();
        Self {
            rule_id,
            fired: counts.fired,
            overridden: counts.overridden,
            reasons: reasons.map(|(reason, count)| ReasonCountAnswer { reason, count }).collect(),
            prescribers: prescribers
                .map(|(user_id, (fired, overridden))| PrescriberCountAnswer { user_id, fired, overridden })
                .collect(),
        }
    }
}
