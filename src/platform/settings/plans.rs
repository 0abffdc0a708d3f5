//! Plans: what they include and what they cost.

use serde::{Deserialize, Serialize};

/// What a plan includes at a time; `None` is without a limit. What a doctor prescribes is never limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entitlements {
    /// Bytes of files.
    pub storage_bytes: u64,
    /// Prescriptions that a patient wrote themselves.
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
    /// FREEMIUM, of everybody who pays nothing.
    pub freemium: Plan,
    /// PREMIUM, of one person.
    pub premium: Plan,
    /// FAMILY_PREMIUM, of the payer and two others.
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
    /// Sentences about values that contradict each other.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let plans = [
            ("freemium", &self.freemium),
            ("premium", &self.premium),
            ("family_premium", &self.family_premium),
        ];
        if self.freemium.price_khr != 0 || self.freemium.price_usd_cents != 0 {
            faults.push("`plans.freemium` costs nothing: its prices must be 0".to_owned());
        }
        for (name, plan) in plans.into_iter().skip(1) {
            let least = [
                ("price_khr", plan.price_khr, self.least_khr),
                ("price_usd_cents", plan.price_usd_cents, self.least_usd_cents),
            ];
            let low = least.into_iter().filter(|(_, price, least)| price < least);
            faults.extend(
                low.map(|(price, _, least)| format!("`plans.{name}.{price}` must be at least {least}")),
            );
        }
        for ((less, lesser), (more, greater)) in plans.into_iter().zip(plans.into_iter().skip(1)) {
            if !greater.includes.holds(&lesser.includes) {
                faults
                    .push(format!("`plans.{more}.includes` must include at least what `plans.{less}` does"));
            }
            if greater.price_khr < lesser.price_khr || greater.price_usd_cents < lesser.price_usd_cents {
                faults.push(format!("`plans.{more}` must cost at least what `plans.{less}` does"));
            }
        }
        if !(1..=366).contains(&self.cycle_days) {
            faults.push("`plans.cycle_days` must be from 1 to 366".to_owned());
        }
        if self.grace_days > 90 {
            faults.push("`plans.grace_days` must be from 0 to 90".to_owned());
        }
        faults
    }
}

impl Entitlements {
    /// Whether everything that `other` allows is allowed.
    fn holds(&self, other: &Self) -> bool {
        let holds = |own: Option<u32>, other: Option<u32>| {
            own.is_none_or(|own| other.is_some_and(|other| other <= own))
        };
        self.storage_bytes >= other.storage_bytes
            && holds(self.own_prescriptions, other.own_prescriptions)
            && holds(self.own_medicines, other.own_medicines)
            && self.family_connections >= other.family_connections
            && self.members >= other.members
            && other.members > 0
    }
}
