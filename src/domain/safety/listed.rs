//! Rules as a reviewer reads them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::care::Care;
use super::finding::{Basis, Kind, Tier};
use super::names::Side;
use super::rules::{Adjustments, Allergens, AllergyTarget, DoseRow, Head, Rules};
use crate::domain::prescriptions::model::{Notice, Wording};

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRule {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub kind: Kind,
    /// What it speaks of: names of ingredients and classes.
    pub about: String,
    /// In which tier it speaks now.
    pub tier: Tier,
    /// In which it was shipped.
    pub shipped_tier: Tier,
    /// In which it speaks once a reviewer stands for it, where that is another one.
    pub tier_when_confirmed: Option<Tier>,
    /// What may happen.
    pub effect: Wording,
    /// What to do.
    pub action: Wording,
    /// Whether a pharmacist has read the Khmer words.
    pub khmer_reviewed: bool,
    /// Who says so.
    pub source: String,
    /// Of which year.
    pub year: String,
    /// How well it is founded.
    pub basis: Basis,
    /// Whether it was read in its source, or a reviewer stands for it.
    pub verified: bool,
    /// What was decided about it.
    pub care: Care,
}

impl Rules {
    /// The ids of the rules that a search by medicines means: of an ingredient, a brand or another name of it, whether the
    /// rule names it or a class that holds it.
    pub fn found_by(&self, query: &str) -> BTreeSet<String> {
        let wanted = self.names.searched(query);
        if wanted.is_empty() {
            return BTreeSet::new();
        }
        let names = |side: &Side| wanted.iter().any(|ingredient| side.names(*ingredient));
        let mut found: BTreeSet<&str> = BTreeSet::new();
        let pairs = self.interactions.iter().filter(|rule| names(&rule.a) || names(&rule.b));
        found.extend(pairs.map(|rule| &*rule.head.id));
        let twice =
            self.duplicates.iter().filter(|rule| names(&rule.one) || rule.other.as_ref().is_some_and(names));
        found.extend(twice.map(|rule| &*rule.head.id));
        let allergies = self.allergies.iter().filter(|rule| {
            matches!(&rule.allergens, Allergens::These(side) if names(side))
                || matches!(&rule.target, AllergyTarget::These(side) if names(side))
        });
        found.extend(allergies.map(|rule| &*rule.head.id));
        found.extend(self.kidney.iter().filter(|rule| names(&rule.medicine)).map(|rule| &*rule.head.id));
        found.extend(self.pregnancy.iter().filter(|rule| names(&rule.medicine)).map(|rule| &*rule.head.id));
        found.extend(self.ages.iter().filter(|rule| names(&rule.medicine)).map(|rule| &*rule.head.id));
        found.extend(self.situations.iter().filter(|rule| names(&rule.medicine)).map(|rule| &*rule.head.id));
        let doses = wanted.iter().filter_map(|ingredient| self.doses.get(ingredient)).flatten();
        found.extend(doses.map(|row| &*row.id));
        found.into_iter().map(str::to_owned).collect()
    }

    /// Every rule as it speaks now, by id.
    pub fn listed(&self, adjustments: &Adjustments) -> Vec<ListedRule> {
        let headed = |kind: Kind| move |head: &Head| of_head(head, kind, adjustments);
        let mut listed: Vec<ListedRule> = Vec::with_capacity(self.len());
        listed.extend(self.interactions.iter().map(|rule| &rule.head).map(headed(Kind::Interaction)));
        listed.extend(self.duplicates.iter().map(|rule| &rule.head).map(headed(Kind::Duplicate)));
        listed.extend(self.allergies.iter().map(|rule| &rule.head).map(headed(Kind::Allergy)));
        listed.extend(self.kidney.iter().map(|rule| &rule.head).map(headed(Kind::Kidney)));
        listed.extend(self.pregnancy.iter().map(|rule| &rule.head).map(headed(Kind::Pregnancy)));
        listed.extend(self.ages.iter().map(|rule| &rule.head).map(headed(Kind::Age)));
        listed.extend(self.situations.iter().map(|rule| &rule.head).map(headed(Kind::Situation)));
        for (ingredient, rows) in &self.doses {
            let name = self.names.text(*ingredient);
            listed.extend(rows.iter().map(|row| of_dose(row, name, adjustments)));
        }
        listed.sort_by(|one, other| one.id.cmp(&other.id));
        listed
    }
}

fn of_head(head: &Head, kind: Kind, adjustments: &Adjustments) -> ListedRule {
    let (tier, verified) = adjustments.standing(head);
    let wording = |english: &str, khmer: &Option<Box<str>>| Wording::of_rule(english, khmer.as_deref());
    ListedRule {
        id: head.id.to_string(),
        kind,
        about: head.about.to_string(),
        tier,
        shipped_tier: head.tier,
        tier_when_confirmed: head.tier_when_confirmed,
        effect: wording(&head.effect, &head.effect_khmer),
        action: wording(&head.action, &head.action_khmer),
        khmer_reviewed: head.khmer_reviewed,
        source: head.source.to_string(),
        year: head.year.to_string(),
        basis: head.basis,
        verified,
        care: Care::default(),
    }
}

/// The limits of a dose warn, and stop from one and a half times on where they were read in their source.
fn of_dose(row: &DoseRow, name: &str, adjustments: &Adjustments) -> ListedRule {
    ListedRule {
        id: row.id.to_string(),
        kind: Kind::Dose,
        about: name.to_owned(),
        tier: Tier::Warn,
        shipped_tier: Tier::Warn,
        tier_when_confirmed: (!row.basis.is_verified()).then_some(Tier::Stop),
        effect: Wording::of(&Notice::new("finding_dose_effect")),
        action: Wording::of(&Notice::new("finding_dose_action")),
        khmer_reviewed: false,
        source: row.source.to_string(),
        year: row.year.to_string(),
        basis: row.basis,
        verified: row.basis.is_verified() || adjustments.confirmed.contains(&*row.id),
        care: Care::default(),
    }
}
