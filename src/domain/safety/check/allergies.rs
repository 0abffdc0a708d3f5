//! Allergies: to the ingredient, to its class, and to what cross-reacts.

use super::super::facts::{Allergen, Allergy, Reaction};
use super::super::finding::{Kind, Tier, Weighed, What};
use super::super::names::{Ingredient, Meant, Side};
use super::super::rules::{Allergens, AllergyRule, AllergyTarget};
use super::taken::Held;
use super::{Fired, Weighing};
use crate::domain::prescriptions::model::Notice;

/// What an allergy is to, as numbers.
pub(super) struct Known {
    name: String,
    pub(super) ingredients: Vec<Ingredient>,
}

impl Weighing<'_> {
    pub(super) fn allergies(&mut self) {
        let parts = self.new_parts();
        let Some(allergies) = &self.patient.allergies else {
            return self.miss_for_all(&What::Allergies);
        };
        for allergy in allergies {
            let Some(known) = self.known(&allergy.to) else {
                let (Allergen::Words(words) | Allergen::Ingredient(words) | Allergen::Class(words)) =
                    &allergy.to;
                self.miss_for_all(&What::AllergyInWords(words.clone()));
                continue;
            };
            for part in &parts {
                self.allergy(allergy, &known, *part);
            }
        }
    }

    /// What an allergy is to; free words are understood where they are a name of the rules.
    pub(super) fn known(&self, to: &Allergen) -> Option<Known> {
        let names = &self.rules.names;
        let of_class = |id: &str| {
            let (name, side) = names.class(id)?;
            Some(Known { name: name.to_owned(), ingredients: side.ingredients().collect() })
        };
        match to {
            Allergen::Ingredient(name) => {
                Some(Known { name: name.clone(), ingredients: vec![self.number_of(name)?] })
            }
            Allergen::Words(words) => match names.meant(words)? {
                Meant::Class(id) => of_class(&id),
                Meant::Ingredients(numbers) => {
                    let ingredients: Vec<Ingredient> =
                        numbers.into_iter().map(|number| names.counted_as(number)).collect();
                    let told: Vec<&str> = ingredients.iter().map(|number| names.text(*number)).collect();
                    Some(Known { name: told.join(" + "), ingredients })
                }
            },
            Allergen::Class(id) => of_class(id),
        }
    }

    fn allergy(&mut self, allergy: &Allergy, known: &Known, (at, held): (usize, Held)) {
        let rules = self.rules;
        let fits: Vec<&AllergyRule> =
            rules.allergies.iter().filter(|rule| self.forbids(rule, known, at, held)).collect();
        let same = fits.iter().copied().find(|rule| matches!(rule.target, AllergyTarget::Same));
        let Some((rule, tier)) = same
            .map(|rule| (rule, self.standing(&rule.head)))
            .or_else(|| self.closest(&fits, allergy.reaction))
        else {
            return;
        };
        let is_effect =
            allergy.intolerance || is_expected_effect(allergy.reaction, known, rules.names.class("c-opioid"));
        let tier = if is_effect { Tier::Note } else { tier };
        let on = format!("{}>{}", known.name, self.rules.names.text(held.ingredient));
        let mut weighed = self.weighed(&[(at, held)]);
        // A reason that was given for a rash does not stand for an anaphylaxis.
        let what = format!("reaction to {}", known.name);
        weighed.push(Weighed { what, amount: allergy.reaction.gravity() });
        let fired = Fired {
            detail: Some(Notice::new("finding_allergy").with("allergen", known.name.clone())),
            weighed,
            ..Fired::new(Kind::Allergy, "ALLERGY", tier, on, vec![(at, held.ingredient)])
        };
        self.fire(&rule.head, fired);
    }

    fn forbids(&self, rule: &AllergyRule, known: &Known, at: usize, held: Held) -> bool {
        let Some(taken) = self.line(at) else { return false };
        let by_allergen = match &rule.allergens {
            Allergens::Any => true,
            Allergens::These(side) => known.ingredients.iter().any(|one| side.names(*one)),
        };
        by_allergen
            && match &rule.target {
                AllergyTarget::Same => known.ingredients.contains(&held.ingredient),
                AllergyTarget::These(side) => side.holds(held.ingredient, taken.routes),
            }
    }

    /// The rule that speaks of a reaction: what asks for it by name hides the general "mild or unknown"; then the
    /// gravest, then the one that describes the reaction most closely. Where none does, a reaction that is not known
    /// counts as a named one, one tier lower.
    fn closest<'r>(&self, fits: &[&'r AllergyRule], reaction: Reaction) -> Option<(&'r AllergyRule, Tier)> {
        let direct: Vec<&AllergyRule> =
            fits.iter().copied().filter(|rule| rule.reaction.holds(reaction)).collect();
        let named = direct.iter().any(|rule| rule.reaction.closeness() == 3);
        let shown = direct.into_iter().filter(|rule| !named || rule.reaction.closeness() != 1);
        let rank = |(rule, tier): &(&AllergyRule, Tier)| {
            (*tier, rule.reaction.closeness(), std::cmp::Reverse(rule.head.id.clone()))
        };
        let with_tier = |rule: &'r AllergyRule| (rule, self.standing(&rule.head));
        shown.map(with_tier).max_by_key(rank).or_else(|| {
            let lowered = fits.iter().copied().filter(|rule| rule.unknown_counts(reaction));
            lowered.map(with_tier).map(|(rule, tier)| (rule, tier.lowered())).max_by_key(rank)
        })
    }
}

/// Nausea after any medicine and itching after opioids are effects that were to be expected.
fn is_expected_effect(reaction: Reaction, known: &Known, opioids: Option<(&str, &Side)>) -> bool {
    let of_opioid =
        || opioids.is_some_and(|(_, opioids)| known.ingredients.iter().any(|one| opioids.names(*one)));
    reaction == Reaction::Nausea || (reaction == Reaction::Itching && of_opioid())
}
