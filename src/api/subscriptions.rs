//! Plans, and what a person has of them.

use std::sync::Arc;

use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::problem::Problem;
use super::types::{Instant, named_lists};
use crate::domain::subscriptions::model::{Period, PlanType, Standing};
use crate::flows::subscriptions as flow;
use crate::platform::context::Context;
use crate::platform::money::{Currency, Money};
use crate::platform::settings::{Entitlements, Plans};
use crate::views::subscriptions as view;

named_lists! {
    /// A plan. FREEMIUM costs nothing; PREMIUM is for one person; FAMILY_PREMIUM for the payer and two others.
    PlanType as "PlanType": Freemium, Premium, FamilyPremium;
    /// A currency in which a plan can be paid.
    Currency as "Currency": Khr, Usd;
}

/// Whether a plan is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename = "SubscriptionState", rename_all = "SCREAMING_SNAKE_CASE")]
enum State {
    /// The free plan.
    Free,
    /// A plan that is paid for.
    Paid,
    /// A plan that is over and goes on for a few days, so that it can be renewed.
    Grace,
}

/// What something costs.
#[derive(Debug, Object)]
#[oai(rename = "Price", rename_all = "camelCase")]
pub(super) struct PriceView {
    /// In units of the currency: "2000" riel, "0.50" dollars.
    amount: String,
    /// The currency.
    currency: Currency,
}

impl PriceView {
    pub(super) fn of(money: Money) -> Self {
        Self { amount: money.to_string(), currency: money.currency() }
    }
}

/// What a plan includes at a time. What a doctor prescribes never counts.
#[derive(Debug, Object)]
#[oai(rename = "PlanIncludes", rename_all = "camelCase")]
struct IncludesView {
    /// Bytes of files.
    storage_bytes: u64,
    /// Prescriptions that a patient wrote down themselves; without a limit when null.
    own_prescriptions: Option<u32>,
    /// Medicines on these; without a limit when null.
    own_medicines: Option<u32>,
    /// Family and friends who may look into the record.
    family_connections: u32,
    /// People who have the plan together, the payer among them.
    members: u32,
}

impl IncludesView {
    const fn of(includes: &Entitlements) -> Self {
        Self {
            storage_bytes: includes.storage_bytes,
            own_prescriptions: includes.own_prescriptions,
            own_medicines: includes.own_medicines,
            family_connections: includes.family_connections,
            members: includes.members,
        }
    }
}

/// One plan.
#[derive(Debug, Object)]
#[oai(rename = "Plan", rename_all = "camelCase")]
struct PlanView {
    /// Which.
    plan_type: PlanType,
    /// What a cycle costs, in each currency; empty for the free one.
    prices: Vec<PriceView>,
    /// What it includes.
    includes: IncludesView,
}

impl PlanView {
    fn of(plans: &Plans, plan: PlanType) -> Self {
        let prices = [Currency::Khr, Currency::Usd].map(|currency| plans.price(plan, currency));
        Self {
            plan_type: plan,
            prices: prices.into_iter().filter(|_| plan.is_paid()).map(PriceView::of).collect(),
            includes: IncludesView::of(&plans.get(plan).includes),
        }
    }
}

/// The plans of this clinic.
#[derive(Debug, Object)]
#[oai(rename = "Plans", rename_all = "camelCase")]
struct PlansView {
    /// From the least to the most.
    plans: Vec<PlanView>,
    /// Days that one price buys.
    cycle_days: u32,
    /// Days after the end in which everything goes on as before.
    grace_days: u32,
    /// Whether plans can be paid for here.
    payable: bool,
}

/// A time that was paid for.
#[derive(Debug, Object)]
#[oai(rename = "PaidPeriod", rename_all = "camelCase")]
struct PeriodView {
    /// The plan of this time.
    plan_type: PlanType,
    /// When it begins.
    from: Instant,
    /// When it is over.
    until: Instant,
}

impl PeriodView {
    fn of(period: &Period) -> Self {
        Self { plan_type: period.plan, from: period.from.into(), until: period.until.into() }
    }
}

/// What a person has paid for.
#[derive(Debug, Object)]
#[oai(rename = "Subscription", rename_all = "camelCase")]
pub(super) struct SubscriptionView {
    /// The plan whose limits hold now.
    plan_type: PlanType,
    /// Whether it is paid for.
    state: State,
    /// Until when the plan holds; null for the free one.
    until: Option<Instant>,
    /// When the last paid plan was over; null while one is paid for, and for who never paid.
    ended_at: Option<Instant>,
    /// What is to be renewed at the end; FREEMIUM where nothing is.
    renews_as: PlanType,
    /// What was paid for, in order.
    periods: Vec<PeriodView>,
}

impl SubscriptionView {
    pub(super) fn of(own: &view::OwnSubscription) -> Self {
        let (state, until, ended_at) = match own.standing {
            Standing::Free { ended } => (State::Free, None, ended),
            Standing::Paid { until, .. } => (State::Paid, Some(until), None),
            Standing::Grace { ended, until, .. } => (State::Grace, Some(until), Some(ended)),
        };
        Self {
            plan_type: own.standing.plan(),
            state,
            until: until.map(Instant::from),
            ended_at: ended_at.map(Instant::from),
            renews_as: match own.standing {
                Standing::Free { .. } => PlanType::Freemium,
                Standing::Paid { .. } | Standing::Grace { .. } => own.subscription.next,
            },
            periods: own.subscription.periods.iter().map(PeriodView::of).collect(),
        }
    }
}

/// How much of something is used.
#[derive(Debug, Object)]
#[oai(rename = "PlanUse", rename_all = "camelCase")]
struct UseView {
    /// What there is now.
    used: usize,
    /// What the plan includes; without a limit when null.
    max: Option<u32>,
}

/// What a person's plan includes, and how much of it they use.
#[derive(Debug, Object)]
#[oai(rename = "PlanLimits", rename_all = "camelCase")]
struct LimitsView {
    /// The plan whose limits hold now.
    plan_type: PlanType,
    /// Prescriptions that they wrote down themselves and that are not over.
    own_prescriptions: UseView,
    /// Medicines on these.
    own_medicines: UseView,
    /// Family and friends who may look into their record.
    family_connections: UseView,
}

impl LimitsView {
    const fn of(limits: &view::Limits) -> Self {
        let includes = &limits.includes;
        Self {
            plan_type: limits.plan,
            own_prescriptions: UseView { used: limits.own_prescriptions, max: includes.own_prescriptions },
            own_medicines: UseView { used: limits.own_medicines, max: includes.own_medicines },
            family_connections: UseView {
                used: limits.family_connections,
                max: Some(includes.family_connections),
            },
        }
    }
}

/// A plan that is chosen.
#[derive(Debug, Object)]
#[oai(rename = "ChoosePlanRequest", rename_all = "camelCase")]
struct PlanRequest {
    /// Which.
    plan_type: PlanType,
}

/// Plans and subscriptions.
pub struct SubscriptionsApi(pub Arc<Context>);

#[OpenApi(prefix_path = "/subscriptions", tag = "Area::Payments")]
impl SubscriptionsApi {
    /// List the plans
    ///
    /// What each plan includes and costs in this clinic. What a doctor prescribes is never limited.
    #[oai(path = "/plans", method = "get", operation_id = "list_plans")]
    async fn plans(&self, SignedIn(caller): SignedIn) -> Result<Json<PlansView>, Problem> {
        caller.user_id()?;
        let plans = &self.0.settings.plans;
        Ok(Json(PlansView {
            plans: PlanType::ALL.into_iter().map(|plan| PlanView::of(plans, plan)).collect(),
            cycle_days: plans.cycle_days,
            grace_days: plans.grace_days,
            payable: self.0.settings.bakong.is_some(),
        }))
    }

    /// Read the own subscription
    ///
    /// Which plan holds now, until when, and everything that was paid for. After the end a plan goes on for some days of
    /// grace; then it is the free one: everything stays readable and every treatment goes on, only more than it includes is
    /// refused.
    #[oai(path = "/me", method = "get", operation_id = "get_own_subscription")]
    async fn own(&self, SignedIn(caller): SignedIn) -> Result<Json<SubscriptionView>, Problem> {
        Ok(Json(SubscriptionView::of(&view::own(&self.0, &caller).await?)))
    }

    /// Read the limits of the own plan
    ///
    /// For patients: what the plan includes, and how much of it is used.
    #[oai(path = "/limits", method = "get", operation_id = "get_own_plan_limits")]
    async fn limits(&self, SignedIn(caller): SignedIn) -> Result<Json<LimitsView>, Problem> {
        Ok(Json(LimitsView::of(&view::limits(&self.0, &caller).await?)))
    }

    /// Take a greater plan
    ///
    /// For what is left of a lesser one, where the difference costs less than a code of any currency can carry; else 402
    /// says what it costs, and `POST /bakong-payment/initiate` with this plan asks for it.
    #[oai(path = "/upgrade", method = "post", operation_id = "upgrade_subscription")]
    async fn upgrade(
        &self,
        SignedIn(caller): SignedIn,
        Body(body): Body<PlanRequest>,
    ) -> Result<Json<SubscriptionView>, Problem> {
        let has = flow::upgrade(&self.0, &caller, body.plan_type).await?;
        Ok(Json(SubscriptionView::of(&view::as_of_now(&self.0, has))))
    }

    /// Choose a lesser plan
    ///
    /// What is paid for stays to its end; the plan that was chosen is renewed then. FREEMIUM is the same as to cancel.
    #[oai(path = "/downgrade", method = "post", operation_id = "downgrade_subscription")]
    async fn downgrade(
        &self,
        SignedIn(caller): SignedIn,
        Body(body): Body<PlanRequest>,
    ) -> Result<Json<SubscriptionView>, Problem> {
        let has = flow::choose(&self.0, &caller, "subscription.downgrade", body.plan_type).await?;
        Ok(Json(SubscriptionView::of(&view::as_of_now(&self.0, has))))
    }

    /// Cancel
    ///
    /// What is paid for stays to its end; then it is the free plan, without days of grace and without reminders.
    #[oai(path = "/cancel", method = "post", operation_id = "cancel_subscription")]
    async fn cancel(&self, SignedIn(caller): SignedIn) -> Result<Json<SubscriptionView>, Problem> {
        let has = flow::choose(&self.0, &caller, "subscription.cancel", PlanType::Freemium).await?;
        Ok(Json(SubscriptionView::of(&view::as_of_now(&self.0, has))))
    }
}
