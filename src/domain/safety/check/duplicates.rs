//! The same twice: one ingredient in two lines, or two medicines of a class of which one is enough.

use super::super::finding::{Kind, Tier};
use super::super::rules::Duplicate;
use super::interactions::ordered;
use super::overlap::{Meeting, Overlap};
use super::taken::{Held, Taken};
use super::truth::{Asked, UnknownDose};
use super::{Fired, Weighing};
use crate::domain::prescriptions::model::Notice;

impl Weighing<'_> {
    pub(super) fn duplicates(&mut self) {
        for (one, other) in self.pairs() {
            let (Some(a), Some(b)) = (self.line(one.0), self.line(other.0)) else { continue };
            let same = one.1.ingredient == other.1.ingredient;
            let overlap = same.then(|| self.overlap((a, one.1), (b, other.1))).flatten();
            let on_other_days = same && a.is_on_other_days(b, self.today);
            if a.runs_beside(b) || overlap.is_some() {
                self.duplicate(one, other, overlap.as_ref(), on_other_days);
            }
        }
    }

    fn duplicate(
        &mut self,
        one: (usize, Held),
        other: (usize, Held),
        overlap: Option<&Overlap>,
        on_other_days: bool,
    ) {
        let rules = self.rules;
        let same = one.1.ingredient == other.1.ingredient;
        let numbers = rules.duplicate_sides.get(usize::from(one.1.ingredient)).into_iter().flatten().copied();
        let numbered = numbers.chain(rules.same_ingredient.filter(|_| same));
        let named = numbered.filter_map(|number| Some((number, rules.duplicates.get(number)?)));
        let fits = named.filter(|(number, rule)| self.fits(*number, rule, one, other));
        let weighed = fits.filter_map(|(_, rule)| Some((self.tier_of(rule, one, other)?, rule)));
        // The gravest; of equals that of the smallest class, which says it most closely.
        let closest = weighed.max_by_key(|(tier, rule)| (*tier, std::cmp::Reverse(rule.one.len())));
        let Some((tier, rule)) = closest else { return };
        // Both are used on some days until the older one ends.
        let is_doubled = overlap.is_some_and(|overlap| overlap.meeting == Meeting::Renewal);
        let Some((a, b)) = self.line(one.0).zip(self.line(other.0)) else { return };
        let tier = if is_doubled || is_same_twice(a, b) { tier.max(Tier::Warn) } else { tier };
        let of_one_plan = a.is_of_one_plan(b);
        // Two strengths may be one dose: to stop one of them would be too little.
        let are_one_dose = same
            && tier == Tier::Note
            && a.line.hidden == b.line.hidden
            && self.are_within_limit(one.1, a, b) == Some(true);
        let on = if same {
            self.rules.names.text(one.1.ingredient).to_owned()
        } else {
            self.pair_name(one.1.ingredient, other.1.ingredient)
        };
        let subjects = vec![(one.0, one.1.ingredient), (other.0, other.1.ingredient)];
        let fired = Fired {
            detail: match overlap {
                Some(overlap) => Some(overlap.detail()),
                None => on_other_days.then(|| Notice::new("finding_other_days")),
            },
            advice: match overlap.filter(|_| of_one_plan) {
                Some(overlap) => overlap.advice(),
                None => are_one_dose.then_some("safety_both_meant"),
            },
            weighed: self.weighed(&[one, other]),
            pair: Some(ordered(one.1.ingredient, other.1.ingredient)),
            ..Fired::new(Kind::Duplicate, "DUPLICATE", tier, on, subjects)
        };
        self.fire(&rule.head, fired);
    }

    fn fits(&self, number: usize, rule: &Duplicate, one: (usize, Held), other: (usize, Held)) -> bool {
        let same = one.1.ingredient == other.1.ingredient;
        if self.rules.same_ingredient == Some(number) {
            return same;
        }
        let (Some(a), Some(b)) = (self.line(one.0), self.line(other.0)) else { return false };
        let second = rule.other.as_ref().unwrap_or(&rule.one);
        let so = rule.one.holds(one.1.ingredient, a.routes) && second.holds(other.1.ingredient, b.routes);
        let turned = rule.one.holds(other.1.ingredient, b.routes) && second.holds(one.1.ingredient, a.routes);
        (so || turned) && (!same || rule.same_ingredient)
    }

    /// The tier in which a rule speaks of two lines; nothing where it has an exception for them.
    fn tier_of(&self, rule: &Duplicate, one: (usize, Held), other: (usize, Held)) -> Option<Tier> {
        let asked = Asked { a: one, b: Some(other), of: None, unknown_dose: UnknownDose::Missing };
        let holds =
            |condition: &Option<_>| condition.as_ref().is_some_and(|when| self.truth(when, asked).is_yes());
        if holds(&rule.none_when) {
            return None;
        }
        let tier = self.standing(&rule.head);
        Some(if holds(&rule.note_when) {
            Tier::Note
        } else if holds(&rule.warn_when) {
            Tier::Warn
        } else {
            tier
        })
    }
}

/// Whether the same medicine stands twice for the same time of day: a line written twice, and no dose made of two.
fn is_same_twice(a: &Taken<'_>, b: &Taken<'_>) -> bool {
    let is_regular = |taken: &Taken<'_>| !taken.line.rhythm.as_needed && !taken.line.is_single_dose();
    a.line.name == b.line.name
        && a.line.strength == b.line.strength
        && is_regular(a)
        && is_regular(b)
        && !a.line.rhythm.slots.is_disjoint(&b.line.rhythm.slots)
}
