//! Which rules would stop or warn no more, or less than they do now.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::finding::Tier;
use super::rules::{Adjustments, Rules};

/// A rule that is lost or lowered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakened {
    /// Its id.
    pub rule: String,
    /// In which tier it speaks now.
    pub before: Tier,
    /// In which afterwards; nothing when it is there no more.
    pub after: Option<Tier>,
}

impl Rules {
    /// The rules that stop or warn as things stand `now` and do so no more, or less, in `other` as things stand `then`; the
    /// gravest first.
    pub fn weakened_in(&self, other: &Self, now: &Adjustments, then: &Adjustments) -> Vec<Weakened> {
        let tiers: BTreeMap<String, Tier> =
            other.listed(then).into_iter().map(|rule| (rule.id, rule.tier)).collect();
        let mut weakened: Vec<Weakened> = self
            .listed(now)
            .into_iter()
            .map(|rule| Weakened { after: tiers.get(&rule.id).copied(), before: rule.tier, rule: rule.id })
            .filter(|rule| rule.before > Tier::Note && rule.after.is_none_or(|after| after < rule.before))
            .collect();
        weakened.sort_by(|one, two| (Reverse(one.before), &one.rule).cmp(&(Reverse(two.before), &two.rule)));
        weakened
    }
}
