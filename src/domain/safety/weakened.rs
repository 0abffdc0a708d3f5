//! Which rules would stop or warn no more, less than they do now, or in other words.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::finding::Tier;
use super::rules::{Adjustments, DoseRow, Rules};

/// A rule that is lost, lowered, says something else, or may speak more seldom.
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
    /// The rules that stop or warn as things stand `now` and do so no more, less, or in other words, in `other` as things
    /// stand `then`, or that are among the `narrowed`, which may speak more seldom; the gravest first. A row on which rules
    /// rest counts as grave as any of them.
    pub fn weakened_in(
        &self,
        other: &Self,
        now: &Adjustments,
        then: &Adjustments,
        narrowed: &BTreeSet<String>,
    ) -> Vec<Weakened> {
        let tiers: BTreeMap<String, Tier> =
            other.listed(then).into_iter().map(|rule| (rule.id, rule.tier)).collect();
        let (present, reworded) = (self.listed(now), self.reworded_in(other));
        let is_rule: BTreeSet<&str> = present.iter().map(|rule| rule.id.as_str()).collect();
        let rows = narrowed.iter().filter(|row| row.contains(' ') && !is_rule.contains(row.as_str()));
        let rows: Vec<Weakened> = rows
            .map(|row| Weakened { rule: row.clone(), before: Tier::Stop, after: Some(Tier::Stop) })
            .collect();
        let mut weakened: Vec<Weakened> = present
            .into_iter()
            .map(|rule| Weakened { after: tiers.get(&rule.id).copied(), before: rule.tier, rule: rule.id })
            .filter(|rule| {
                let is_lower = rule.after.is_none_or(|after| after < rule.before);
                let is_narrowed =
                    narrowed.contains(&rule.rule) && !self.has_limits_kept_in(other, (now, then), &rule.rule);
                rule.before > Tier::Note && (is_lower || is_narrowed || reworded.contains(&rule.rule))
            })
            .collect();
        weakened.extend(rows);
        weakened.sort_by(|one, two| (Reverse(one.before), &one.rule).cmp(&(Reverse(two.before), &two.rule)));
        weakened
    }

    /// Whether a rule about doses allows no more in `other`; no where it is another one.
    fn has_limits_kept_in(
        &self,
        other: &Self,
        (now, then): (&Adjustments, &Adjustments),
        rule: &str,
    ) -> bool {
        let (Some(before), Some(after)) = (self.dose_row(rule), other.dose_row(rule)) else { return false };
        let is_read =
            |row: &DoseRow, by: &Adjustments| row.basis.is_verified() || by.confirmed.contains(rule);
        after.allows_no_more_than(before) && (is_read(after, then) || !is_read(before, now))
    }
}
