//! Plans and the time that was paid for.

use serde::{Deserialize, Serialize};

use crate::platform::clock::{Span, Timestamp};
use crate::platform::ids::PaymentId;
use crate::platform::money::{Currency, Money};
use crate::platform::settings::{Plan, Plans};

/// The plans, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlanType {
    /// Everybody who pays nothing.
    Freemium,
    /// One person.
    Premium,
    /// The payer and two others.
    FamilyPremium,
}

impl PlanType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Freemium, Self::Premium, Self::FamilyPremium];

    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Freemium => "FREEMIUM",
            Self::Premium => "PREMIUM",
            Self::FamilyPremium => "FAMILY_PREMIUM",
        }
    }

    /// Its place in keys, from 1; never reused.
    pub const fn key(self) -> u8 {
        match self {
            Self::Freemium => 1,
            Self::Premium => 2,
            Self::FamilyPremium => 3,
        }
    }

    /// Whether it costs something.
    pub const fn is_paid(self) -> bool {
        !matches!(self, Self::Freemium)
    }
}

impl Plans {
    /// One of them.
    pub const fn get(&self, plan: PlanType) -> &Plan {
        match plan {
            PlanType::Freemium => &self.freemium,
            PlanType::Premium => &self.premium,
            PlanType::FamilyPremium => &self.family_premium,
        }
    }

    /// What a cycle of a plan costs.
    pub const fn price(&self, plan: PlanType, currency: Currency) -> Money {
        let plan = self.get(plan);
        Money::new(
            match currency {
                Currency::Khr => plan.price_khr,
                Currency::Usd => plan.price_usd_cents,
            },
            currency,
        )
    }

    /// The least that a code can ask for.
    pub const fn least(&self, currency: Currency) -> Money {
        Money::new(
            match currency {
                Currency::Khr => self.least_khr,
                Currency::Usd => self.least_usd_cents,
            },
            currency,
        )
    }

    /// How long a price lasts.
    pub fn cycle(&self) -> Span {
        Span::days(self.cycle_days.into())
    }

    /// How long everything goes on after the end.
    pub fn grace(&self) -> Span {
        Span::days(self.grace_days.into())
    }
}

/// A time that somebody paid for, from its begin to before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// What they have then.
    pub plan: PlanType,
    /// When it begins.
    pub from: Timestamp,
    /// When it is over.
    pub until: Timestamp,
}

/// What a payment buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Purchase {
    /// A cycle of a plan, after everything that is paid for already.
    Cycle(PlanType),
    /// A plan instead of lesser ones, for what is left of them.
    Upgrade {
        /// The plan.
        to: PlanType,
        /// The end of what was left when the price was named.
        until: Timestamp,
    },
}

impl Purchase {
    /// The plan that is bought.
    pub const fn plan(self) -> PlanType {
        match self {
            Self::Cycle(plan) | Self::Upgrade { to: plan, .. } => plan,
        }
    }
}

/// What a payment brought; one for each payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The payment.
    pub payment: PaymentId,
    /// What was bought.
    pub purchase: Purchase,
    /// For how much.
    pub money: Money,
    /// When it was given.
    pub at: Timestamp,
}

/// What somebody has paid for. Without periods, or after the last one and its grace, it is the free plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// In order, without gaps that overlap.
    pub periods: Vec<Period>,
    /// What is to be renewed at the end: [`PlanType::Freemium`] after a cancellation, a lesser plan after a downgrade.
    pub next: PlanType,
    /// Every payment that was granted, in the order of the grants.
    pub grants: Vec<Grant>,
}

impl Default for Subscription {
    fn default() -> Self {
        Self { periods: Vec::new(), next: PlanType::Freemium, grants: Vec::new() }
    }
}

/// What somebody has at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The free plan; `ended` is when a paid one was over.
    Free {
        /// The end of the last period.
        ended: Option<Timestamp>,
    },
    /// A plan that is paid for.
    Paid {
        /// The plan.
        plan: PlanType,
        /// Until when it is paid for, later periods of other plans included.
        until: Timestamp,
    },
    /// A plan that is over and goes on a few days so that it can be renewed.
    Grace {
        /// The plan.
        plan: PlanType,
        /// When it was over.
        ended: Timestamp,
        /// When the free plan begins.
        until: Timestamp,
    },
}

impl Standing {
    /// The plan whose limits bind.
    pub const fn plan(self) -> PlanType {
        match self {
            Self::Free { .. } => PlanType::Freemium,
            Self::Paid { plan, .. } | Self::Grace { plan, .. } => plan,
        }
    }
}
