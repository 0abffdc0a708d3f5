//! Plans and the time that was paid for.

use serde::{Deserialize, Serialize};

use crate::platform::clock::{Span, Timestamp};
use crate::platform::ids::PaymentId;
use crate::platform::money::{Currency, Money};

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

/// What a plan includes at a time; `None` is without a limit. What a doctor prescribes is never limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entitlements {
    /// Bytes of files.
    pub storage_bytes: u64,
    /// Prescriptions that a patient wrote himself.
    pub own_prescriptions: Option<u32>,
    /// Medicines on them.
    pub own_medicines: Option<u32>,
    /// Connections of the kind FAMILY.
    pub family_connections: u32,
    /// People who have the plan together, the payer among them.
    pub members: u32,
}

/// One plan: what it includes, and what a cycle of it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Riel a cycle.
    pub price_khr: u64,
    /// US cents a cycle.
    pub price_usd_cents: u64,
    /// What it includes.
    pub includes: Entitlements,
}

/// The three plans and the terms that all of them share. Plans that cost more include more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plans {
    /// [`PlanType::Freemium`].
    pub freemium: Plan,
    /// [`PlanType::Premium`].
    pub premium: Plan,
    /// [`PlanType::FamilyPremium`].
    pub family_premium: Plan,
    /// Days that one price buys.
    pub cycle_days: u32,
    /// Days after the end in which everything goes on as before.
    pub grace_days: u32,
    /// The least that a code can ask for, in riel.
    pub least_khr: u64,
    /// The least that a code can ask for, in US cents.
    pub least_usd_cents: u64,
}

impl Default for Plans {
    fn default() -> Self {
        const GIBIBYTE: u64 = 1 << 30;
        let includes =
            |gibibytes, own_prescriptions, own_medicines, family_connections, members| Entitlements {
                storage_bytes: gibibytes * GIBIBYTE,
                own_prescriptions,
                own_medicines,
                family_connections,
                members,
            };
        Self {
            freemium: Plan {
                price_khr: 0,
                price_usd_cents: 0,
                includes: includes(5, Some(1), Some(3), 1, 1),
            },
            premium: Plan { price_khr: 2_000, price_usd_cents: 50, includes: includes(20, None, None, 5, 1) },
            family_premium: Plan {
                price_khr: 4_000,
                price_usd_cents: 100,
                includes: includes(20, None, None, 10, 3),
            },
            cycle_days: 30,
            grace_days: 7,
            least_khr: 100,
            least_usd_cents: 1,
        }
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
