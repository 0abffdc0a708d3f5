//! The same twice: one ingredient in two lines, or two medicines of a class of which one is enough.

use super::super::condition::Relation;
use super::super::finding::{Kind, Tier};
use super::super::names::systemic;
use super::super::rules::Duplicate;
use super::hours::SharedHour;
use super::interactions::ordered;
use super::overlap::{Meeting, Overlap};
use super::taken::{Held, Taken};
use super::truth::{Asked, UnknownDose};
use super::{Fired, Weighing, relations};
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
        let weighed = fits.filter_map(|(number, rule)| Some((self.tier_of(rule, one, other)?, number, rule)));
        // The gravest; of equals that of the smallest class, which says it most closely.
        let closest = weighed.max_by_key(|(tier, _, rule)| (*tier, std::cmp::Reverse(rule.one.len())));
        let Some((tier, number, rule)) = closest else { return };
        let Some((a, b)) = self.line(one.0).zip(self.line(other.0)) else { return };
        let hour = same.then(|| self.shared_hour((a, one.1), (b, other.1))).flatten();
        let meeting = overlap.map(|overlap| overlap.meeting);
        // Both are used on some days until the older one ends; or at one hour, and nobody knows how much is too much.
        let is_doubled = meeting == Some(Meeting::Renewal);
        let is_unlimited = overlap.is_some_and(|overlap| overlap.is_within.is_none());
        let is_first_dose_at_once = meeting == Some(Meeting::FirstDose) && hour.is_some() && is_unlimited;
        let is_graver = is_doubled || is_first_dose_at_once || (is_same_twice(a, b, hour) && !on_other_days);
        let tier = if is_graver { tier.max(Tier::Warn) } else { tier };
        let of_hour = || overlap?.detail_of_hour(hour.filter(|_| is_first_dose_at_once)?);
        let detail = match overlap {
            Some(overlap) => of_hour().or_else(|| Some(overlap.detail())),
            None if on_other_days => Some(Notice::new("finding_other_days")),
            None if tier > Tier::Note => self.beside((a, one), (b, other)),
            None => None,
        };
        let is_told = tier < Tier::Stop && rules.same_ingredient == Some(number);
        let advice = match overlap.filter(|_| is_told) {
            Some(overlap) => overlap.advice(),
            None if is_told => self.advice((a, one.1), (b, other.1), tier),
            None => None,
        };
        let on = if same {
            self.rules.names.text(one.1.ingredient).to_owned()
        } else {
            self.pair_name(one.1.ingredient, other.1.ingredient)
        };
        let subjects = vec![(one.0, one.1.ingredient), (other.0, other.1.ingredient)];
        let fired = Fired {
            detail,
            advice,
            weighed: self.weighed(&[one, other]),
            pair: Some(ordered(one.1.ingredient, other.1.ingredient)),
            ..Fired::new(Kind::Duplicate, "DUPLICATE", tier, on, subjects)
        };
        self.fire(&rule.head, fired);
    }

    /// What to do about one ingredient in two lines that may both be meant: to stop one of them would be too little.
    fn advice(&self, one: (&Taken<'_>, Held), other: (&Taken<'_>, Held), tier: Tier) -> Option<&'static str> {
        let ((a, held), (b, _)) = (one, other);
        if a.line.hidden != b.line.hidden {
            return None;
        }
        if [a, b].iter().any(|taken| taken.routes & systemic() == 0) {
            return Some("safety_both_places");
        }
        let stand = |relation| relations::stands(self, relation, one, other);
        let are_meant =
            tier == Tier::Note || stand(Relation::TimesDiffer) || stand(Relation::StrengthsDiffer);
        match self.are_within_limit(held, a, b).filter(|_| are_meant) {
            Some(true) => Some("safety_both_meant"),
            Some(false) => None,
            None => are_meant.then_some("safety_both_meant_unknown"),
        }
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

/// Whether the same medicine stands twice for the same time of day: a line written twice, and no dose made of two. Of what is
/// hidden from the prescriber it is not said: when it is used could be learned from it.
fn is_same_twice(a: &Taken<'_>, b: &Taken<'_>, hour: Option<SharedHour>) -> bool {
    let is_regular = |taken: &Taken<'_>| !taken.line.rhythm.as_needed && !taken.line.is_single_dose();
    let is_of_one_time = hour.is_some() || !a.line.rhythm.slots.is_disjoint(&b.line.rhythm.slots);
    a.line.hidden == b.line.hidden
        && a.line.name == b.line.name
        && a.line.strength == b.line.strength
        && is_regular(a)
        && is_regular(b)
        && is_of_one_time
}
