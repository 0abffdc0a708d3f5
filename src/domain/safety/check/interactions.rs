//! Medicines that do not go together.

use super::super::finding::{Basis, Kind, Tier, What};
use super::super::names::Ingredient;
use super::super::rules::Interaction;
use super::taken::Held;
use super::truth::{Asked, Truth, UnknownDose};
use super::{Fired, Weighing};
use crate::domain::prescriptions::model::Notice;

/// A rule that fits two medicines.
struct Fit<'a> {
    rule: &'a Interaction,
    /// What goes before among rules of one hazard: a condition that is met, the more specific, the graver.
    rank: (bool, usize, Tier),
    /// Whether it stands in a clinic's own file and nobody answers for it.
    is_unverified_import: bool,
    is_turned: bool,
    /// Whether its condition asks for something of a medicine that the prescriber may not see.
    is_open: bool,
}

/// Of fits of one hazard, the first before the others, the one that speaks: what nobody answers for may be graver than a
/// shipped rule, and never takes a graver one away. What asks how much is used of something hidden speaks where it is graver,
/// whatever the amount: the answer would tell on which side of a threshold it lies.
fn speaks<'a, 'b>(of_hazard: &'b [Fit<'a>]) -> Option<&'b Fit<'a>> {
    let settled = || of_hazard.iter().filter(|fit| !fit.is_open);
    let first = |imported: bool| settled().find(|fit| fit.is_unverified_import == imported);
    let settled = match (first(false), first(true)) {
        (Some(shipped), Some(imported)) if imported.rank.2 > shipped.rank.2 => Some(imported),
        (shipped, imported) => shipped.or(imported),
    };
    let open = of_hazard.iter().filter(|fit| fit.is_open);
    open.chain(settled).max_by_key(|fit| fit.rank.2)
}

impl<'a> Weighing<'a> {
    pub(super) fn interactions(&mut self) {
        for (one, other) in self.pairs() {
            self.interaction(one, other);
        }
    }

    /// All pairs of ingredients of two lines of which one at least is new, and which act at the same time.
    pub(super) fn pairs(&self) -> Vec<((usize, Held), (usize, Held))> {
        let mut pairs = Vec::new();
        for (at, one) in self.taken.iter().enumerate() {
            for (place, other) in self.taken.iter().enumerate().skip(at + 1) {
                if !(one.is_new || other.is_new) {
                    continue;
                }
                for held in &one.held {
                    pairs.extend(other.held.iter().map(|second| ((at, *held), (place, *second))));
                }
            }
        }
        pairs
    }

    fn interaction(&mut self, one: (usize, Held), other: (usize, Held)) {
        if one.1.ingredient == other.1.ingredient {
            return;
        }
        let Some((apart, ended)) = self.apart(one, other) else { return };
        let mut fits: Vec<Fit<'a>> = Vec::new();
        let mut missing = Vec::new();
        self.collect(one, other, false, &mut fits, &mut missing);
        self.collect(other, one, true, &mut fits, &mut missing);
        if apart > 0 {
            let rest = if ended == one.1 { other.1 } else { one.1 };
            fits.retain(|fit| self.still_acts(ended, rest, apart, &fit.rule.hazard));
            if fits.is_empty() {
                return;
            }
        }
        let new = if self.line(one.0).is_some_and(|taken| taken.is_new) { one.0 } else { other.0 };
        self.miss_all(missing, new);
        // Of each hazard one; of equals the one that is first in the file.
        fits.sort_by(|a, b| (&a.rule.hazard, b.rank).cmp(&(&b.rule.hazard, a.rank)));
        let of_each = fits.chunk_by(|one, other| one.rule.hazard == other.rule.hazard);
        for fit in of_each.filter_map(speaks) {
            let (a, b) = if fit.is_turned { (other, one) } else { (one, other) };
            let tier = self.standing(&fit.rule.head);
            let subjects = vec![(a.0, a.1.ingredient), (b.0, b.1.ingredient)];
            let pair = ordered(a.1.ingredient, b.1.ingredient);
            let on = self.pair_name(a.1.ingredient, b.1.ingredient);
            let fired = Fired {
                detail: (apart > 0)
                    .then(|| Notice::new("finding_still_acts").with("days", apart.to_string())),
                weighed: self.weighed(&[a, b]),
                pair: Some(pair),
                ..Fired::new(Kind::Interaction, &fit.rule.hazard, tier, on, subjects)
            };
            self.fire(&fit.rule.head, fired);
        }
    }

    /// How many days lie between two medicines; of two that do not run beside each other, which one ended.
    fn apart(&self, one: (usize, Held), other: (usize, Held)) -> Option<(u32, Held)> {
        let (a, b) = (self.line(one.0)?, self.line(other.0)?);
        let (ended, line) = if a.is_over_before(b) { (one.1, a.line) } else { (other.1, b.line) };
        // A single dose is still there on the day after it.
        let apart = match a.days_apart(b) {
            1 if line.is_single_dose() => 0,
            apart => apart,
        };
        Some((apart, ended))
    }

    /// Whether a medicine that ended still acts in this way so many days later.
    fn still_acts(&self, ended: Held, other: Held, days: u32, hazard: &str) -> bool {
        let persists = self.rules.persistence.get(usize::from(ended.ingredient)).into_iter().flatten();
        persists
            .into_iter()
            .any(|persists| days <= persists.days && persists.concerns(other.ingredient, hazard))
    }

    fn collect(
        &self,
        a: (usize, Held),
        b: (usize, Held),
        is_turned: bool,
        fits: &mut Vec<Fit<'a>>,
        missing: &mut Vec<What>,
    ) {
        let (Some(first), Some(second)) = (self.line(a.0), self.line(b.0)) else { return };
        let rules = self.rules;
        let numbers = rules.first_sides.get(usize::from(a.1.ingredient)).into_iter().flatten();
        for rule in numbers.filter_map(|number| rules.interactions.get(*number)) {
            let fits_both =
                rule.b.holds(b.1.ingredient, second.routes) && rule.a.holds(a.1.ingredient, first.routes);
            if !fits_both {
                continue;
            }
            let asked = Asked { a, b: Some(b), of: None, unknown_dose: UnknownDose::Meets };
            let mut is_open = false;
            if let Some(condition) = &rule.condition {
                is_open = self.asks_for_hidden(condition, asked);
                match self.truth(condition, asked) {
                    Truth::Yes => {}
                    Truth::No => continue,
                    Truth::Unknown(what) => {
                        missing.extend(what);
                        continue;
                    }
                }
            }
            let specific = usize::from(rule.a.specific) + usize::from(rule.b.specific);
            let (tier, is_verified) = self.standing_of(&rule.head);
            let is_unverified_import = rule.head.basis == Basis::Imported && !is_verified;
            let rank = (rule.condition.is_some(), specific, tier);
            fits.push(Fit { rule, rank, is_unverified_import, is_turned, is_open });
        }
    }

    /// Both names in the order of the alphabet.
    pub(super) fn pair_name(&self, one: Ingredient, other: Ingredient) -> String {
        let mut names = [self.rules.names.text(one), self.rules.names.text(other)];
        names.sort_unstable();
        names.join("+")
    }

    /// Pairs that other lists know and that are kept silent here.
    pub(super) fn quiet_pairs(&self) -> Vec<(String, String, Vec<super::Subject>, String)> {
        let mut quiet = Vec::new();
        for (one, other) in self.pairs() {
            let (Some(a), Some(b)) = (self.line(one.0), self.line(other.0)) else { continue };
            if !a.runs_beside(b) {
                continue;
            }
            for rule in self.rules.quiet.iter().filter(|rule| rule.our_rule.is_none()) {
                let so =
                    rule.a.holds(one.1.ingredient, a.routes) && rule.b.holds(other.1.ingredient, b.routes);
                let turned =
                    rule.b.holds(one.1.ingredient, a.routes) && rule.a.holds(other.1.ingredient, b.routes);
                if so || turned {
                    let on = self.pair_name(one.1.ingredient, other.1.ingredient);
                    let subjects = self.subjects(&[(one.0, one.1.ingredient), (other.0, other.1.ingredient)]);
                    quiet.push((
                        format!("{}:{on}", rule.id),
                        rule.pair.to_string(),
                        subjects,
                        rule.source.to_string(),
                    ));
                }
            }
        }
        quiet
    }
}

/// Two ingredients in the order of their numbers.
pub(super) fn ordered(one: Ingredient, other: Ingredient) -> (Ingredient, Ingredient) {
    (one.min(other), one.max(other))
}
