//! What somebody can buy now, and which of it a payment is meant for.

use super::model::{PlanType, Purchase, Subscription};
use super::rules::quote_upgrade;
use crate::platform::clock::Timestamp;
use crate::platform::money::{Currency, Money};
use crate::platform::settings::Plans;

/// What a plan costs somebody now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// What is bought.
    pub purchase: Purchase,
    /// What is asked for it; nothing where an upgrade costs less than a code in this currency can carry.
    pub money: Money,
}

/// Why no purchase could be told from what was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unclear {
    /// Neither the plan nor the amount was said.
    NothingSaid,
    /// The free plan is not bought.
    FreePlan,
    /// The amount is not what anything costs, or what several plans cost. These can be bought.
    Amount(Vec<Offer>),
}

/// What a paid plan costs. While something lesser is paid for, a greater plan takes its place for what is left of it; else
/// a whole cycle is bought. Without `subscription` the price of a cycle, which tells nothing of anybody.
pub fn offer(
    subscription: Option<&Subscription>,
    plans: &Plans,
    plan: PlanType,
    currency: Currency,
    now: Timestamp,
) -> Offer {
    match subscription.and_then(|subscription| quote_upgrade(subscription, plans, plan, currency, now)) {
        Some(quote) => {
            Offer { purchase: Purchase::Upgrade { to: plan, until: quote.until }, money: quote.price }
        }
        None => Offer { purchase: Purchase::Cycle(plan), money: plans.price(plan, currency) },
    }
}

/// Everything that can be bought in a currency.
pub fn offers(
    subscription: Option<&Subscription>,
    plans: &Plans,
    currency: Currency,
    now: Timestamp,
) -> Vec<Offer> {
    let paid = PlanType::ALL.into_iter().filter(|plan| plan.is_paid());
    paid.map(|plan| offer(subscription, plans, plan, currency, now)).collect()
}

/// Finds what a payment is meant for: by the plan, by the amount, or by both where they agree.
///
/// # Errors
/// What is unclear: an amount that nothing costs is never taken for something else.
pub fn choose(
    subscription: Option<&Subscription>,
    plans: &Plans,
    (plan, amount): (Option<PlanType>, Option<Money>),
    currency: Currency,
    now: Timestamp,
) -> Result<Offer, Unclear> {
    if plan.is_none() && amount.is_none() {
        return Err(Unclear::NothingSaid);
    }
    if plan.is_some_and(|plan| !plan.is_paid()) {
        return Err(Unclear::FreePlan);
    }
    let all = offers(subscription, plans, currency, now);
    let is_meant = |offer: &&Offer| {
        plan.is_none_or(|plan| offer.purchase.plan() == plan)
            && amount.is_none_or(|money| offer.money == money)
    };
    let mut meant = all.iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (Some(offer), None) => Ok(*offer),
        _ => Err(Unclear::Amount(all)),
    }
}
