//! The safety rules: what they say, and how a clinic takes care of them.

mod import;
mod standing;
mod statistics;

use std::sync::Arc;

use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::output::Listed;
use super::prescriptions::lines::Texts;
use super::problem::Problem;
use super::types::{Instant, named_lists};
use crate::domain::prescriptions::model::Tier;
use crate::domain::safety::{self, Kind, ListedRule};
use crate::flows::safety_care as flows;
use crate::platform::context::Context;
use crate::platform::ids::UserId;
use crate::platform::store::PageRequest;
use crate::views::safety::{self as views, RuleFilter, RuleState};
pub use import::{FILES_MAX_BYTES, SafetyImportApi};
use standing::{FileAnswer, StatusAnswer};
use statistics::StatisticsAnswer;

named_lists! {
    /// What a rule is about.
    safety::Kind as "SafetyRuleKind": Interaction, Duplicate, Allergy, Dose, Kidney, Pregnancy, Age, Situation;
    /// How a rule stands: a reviewer stands for it, it is silent for now, or it is not verified.
    RuleState as "SafetyRuleState": Confirmed, Suppressed, Unverified;
    /// How well a rule is founded: read in the named source, a pair of a public list, known from memory, by definition, or
    /// in a file of the clinic.
    safety::Basis as "SafetyRuleBasis": Seen, Pair, Recalled, Rule, Imported;
}

/// The safety rules.
pub struct SafetyApi(pub Arc<Context>);

/// Who stands for a rule.
#[derive(Debug, Object)]
#[oai(rename = "SafetyRuleConfirmation", rename_all = "camelCase")]
pub struct ConfirmationAnswer {
    /// Who.
    confirmed_by: UserId,
    /// As what.
    qualification: String,
    /// Since when.
    confirmed_at: Instant,
}

/// Until when a rule is silent.
#[derive(Debug, Object)]
#[oai(rename = "SafetyRuleSuppression", rename_all = "camelCase")]
pub struct SuppressionAnswer {
    /// By whom.
    suppressed_by: UserId,
    /// Why.
    reason: String,
    /// Since when.
    suppressed_at: Instant,
    /// Until when; what is past counts no more.
    until: Instant,
}

/// A safety rule.
#[derive(Debug, Object)]
#[oai(rename = "SafetyRule", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct RuleAnswer {
    /// Its id.
    id: String,
    /// What it is about.
    kind: Kind,
    /// What it speaks of: names of ingredients and classes.
    about: String,
    /// In which tier it speaks now.
    tier: Tier,
    /// In which it was shipped.
    shipped_tier: Tier,
    /// In which it speaks once a reviewer stands for it, where that is another one.
    tier_when_confirmed: Option<Tier>,
    /// What may happen.
    effect: Texts,
    /// What to do.
    action: Texts,
    /// Whether a pharmacist has read the Khmer words.
    khmer_reviewed: bool,
    /// Who says so.
    source: String,
    /// Of which year.
    year: Option<String>,
    /// How well it is founded.
    basis: safety::Basis,
    /// Whether it was read in its source, or a reviewer stands for it.
    verified: bool,
    /// Who stands for it.
    confirmation: Option<ConfirmationAnswer>,
    /// Until when it is silent.
    suppression: Option<SuppressionAnswer>,
}

impl RuleAnswer {
    fn of(rule: ListedRule) -> Self {
        Self {
            id: rule.id,
            kind: rule.kind,
            about: rule.about,
            tier: rule.tier,
            shipped_tier: rule.shipped_tier,
            tier_when_confirmed: rule.tier_when_confirmed,
            effect: rule.effect.into(),
            action: rule.action.into(),
            khmer_reviewed: rule.khmer_reviewed,
            source: rule.source,
            year: Some(rule.year).filter(|year| !year.is_empty()),
            basis: rule.basis,
            verified: rule.verified,
            confirmation: rule.care.confirmed.map(|confirmed| ConfirmationAnswer {
                confirmed_by: confirmed.by,
                qualification: confirmed.qualification,
                confirmed_at: confirmed.at.into(),
            }),
            suppression: rule.care.suppressed.map(|suppressed| SuppressionAnswer {
                suppressed_by: suppressed.by,
                reason: suppressed.reason,
                suppressed_at: suppressed.at.into(),
                until: suppressed.until.into(),
            }),
        }
    }
}

/// Who stands for a rule, and as what.
#[derive(Debug, Object)]
#[oai(rename = "ConfirmSafetyRuleRequest", rename_all = "camelCase")]
pub struct ConfirmBody {
    /// Doctors: the qualification by which they stand for it, 3 to 200 characters: "chest physician". Left out by clinic
    /// staff, whose qualification stands with their account.
    #[oai(validator(min_length = 3, max_length = 200))]
    qualification: Option<String>,
}

/// Why and until when a rule is silent.
#[derive(Debug, Object)]
#[oai(rename = "SuppressSafetyRuleRequest", rename_all = "camelCase")]
pub struct SuppressBody {
    /// Why, 3 to 500 characters.
    #[oai(validator(min_length = 3, max_length = 500))]
    reason: Option<String>,
    /// Until when: at most 90 days ahead for a rule that stops prescriptions, 366 for others.
    until: Instant,
}

/// Why a rule is taken back to how it was shipped.
#[derive(Debug, Object)]
#[oai(rename = "RestoreSafetyRuleRequest", rename_all = "camelCase")]
pub struct RestoreBody {
    /// Why, 3 to 500 characters.
    #[oai(validator(min_length = 3, max_length = 500))]
    reason: Option<String>,
}

#[OpenApi(prefix_path = "/safety", tag = "Area::Safety")]
impl SafetyApi {
    /// Safety rules
    ///
    /// What prescriptions are held against, the gravest first. For doctors and clinic staff.
    #[oai(path = "/rules", method = "get", operation_id = "list_safety_rules")]
    #[expect(clippy::too_many_arguments, reason = "query parameters")]
    async fn rules(
        &self,
        SignedIn(caller): SignedIn,
        /// Only those that speak in this tier now.
        tier: Query<Option<Tier>>,
        /// Only those of this kind.
        kind: Query<Option<Kind>>,
        /// Only those that stand so: confirmed by a reviewer, silent for now, or neither read in their source nor confirmed.
        state: Query<Option<RuleState>>,
        /// Only those whose id, classes, source or words hold this, in English or Khmer, or that speak of a medicine of
        /// this name, brand or other name, also as the member of a class.
        #[oai(validator(max_length = 100))]
        query: Query<Option<String>>,
        /// Most items, 1 to 100; 50 when left out.
        limit: Query<Option<u32>>,
        /// Where the page starts.
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<RuleAnswer>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let filter = RuleFilter { tier: tier.0, kind: kind.0, state: state.0, query: query.0 };
        let rules = views::rules(&self.0, &caller, filter, page).await?;
        Ok(Json(Listed::from_page(rules, RuleAnswer::of)))
    }

    /// How the safety rules stand
    ///
    /// How many there are and how well they are founded, why newer ones are not in force, and of which ingredients none
    /// speaks. For doctors and clinic staff.
    #[oai(path = "/status", method = "get", operation_id = "get_safety_status")]
    async fn status(&self, SignedIn(caller): SignedIn) -> Result<Json<StatusAnswer>, Problem> {
        Ok(Json(StatusAnswer::of(views::status(&self.0, &caller).await?)))
    }

    /// Read a rule file
    ///
    /// As it was put in place last, for clinic staff: to be changed and imported again.
    #[oai(path = "/files/:name", method = "get", operation_id = "get_safety_rule_file")]
    async fn file(
        &self,
        SignedIn(caller): SignedIn,
        /// Its name: `interactions.csv`.
        name: Path<String>,
    ) -> Result<Json<FileAnswer>, Problem> {
        Ok(Json(FileAnswer::of(views::file(&self.0, &caller, &name.0).await?)))
    }

    /// How often rules spoke
    ///
    /// In prescriptions that were signed, and how often a reason was given in spite of them. Clinic staff see all
    /// prescribers, a doctor what concerns them.
    #[oai(path = "/statistics", method = "get", operation_id = "get_safety_statistics")]
    async fn statistics(
        &self,
        SignedIn(caller): SignedIn,
        /// Of the last so many months, this one included; 3 when left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "60")))]
        months: Query<Option<u32>>,
    ) -> Result<Json<Listed<StatisticsAnswer>>, Problem> {
        let counts = views::statistics(&self.0, &caller, months.0.unwrap_or(3)).await?;
        Ok(Json(Listed::whole(counts.into_iter().map(StatisticsAnswer::of).collect())))
    }

    /// Stand for a rule
    ///
    /// For a verified doctor, who names their qualification, or clinic staff who are marked as clinical reviewers (`PUT
    /// /users/{id}/clinical-reviewer`). The rule counts as verified, and speaks in the tier that it promises for it.
    #[oai(path = "/rules/:id/confirm", method = "post", operation_id = "confirm_safety_rule")]
    async fn confirm(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<String>,
        Body(body): Body<ConfirmBody>,
    ) -> Result<Json<RuleAnswer>, Problem> {
        let rule = flows::confirm(&self.0, &caller, id.0, body.qualification).await?;
        Ok(Json(RuleAnswer::of(rule)))
    }

    /// Silence a rule
    ///
    /// For clinic staff, with a reason and an end.
    #[oai(path = "/rules/:id/suppress", method = "post", operation_id = "suppress_safety_rule")]
    async fn suppress(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<String>,
        Body(body): Body<SuppressBody>,
    ) -> Result<Json<RuleAnswer>, Problem> {
        let rule = flows::suppress(&self.0, &caller, id.0, (body.reason, body.until.0)).await?;
        Ok(Json(RuleAnswer::of(rule)))
    }

    /// Take a rule back to how it was shipped
    ///
    /// For clinic staff, with a reason: it is neither silent nor confirmed any more.
    #[oai(path = "/rules/:id/restore", method = "post", operation_id = "restore_safety_rule")]
    async fn restore(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<String>,
        Body(body): Body<RestoreBody>,
    ) -> Result<Json<RuleAnswer>, Problem> {
        Ok(Json(RuleAnswer::of(flows::restore(&self.0, &caller, id.0, body.reason).await?)))
    }
}
