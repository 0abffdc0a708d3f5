//! Rules about two medicines, or a medicine and an allergy.

use super::super::condition::Condition;
use super::super::facts::Reaction;
use super::super::fault::Fault;
use super::super::finding::Tier;
use super::super::names::{Ingredient, Side};
use super::super::table::{Columns, Row, each_row};
use super::{Files, Head, Loading, MORE_INTERACTIONS, Rules, Said};

/// Two medicines that do not go together.
#[derive(Debug)]
pub(in super::super) struct Interaction {
    pub head: Head,
    pub a: Side,
    pub b: Side,
    pub hazard: Box<str>,
    pub condition: Option<Condition>,
}

/// Two medicines that are the same or do the same.
#[derive(Debug)]
pub(in super::super) struct Duplicate {
    pub head: Head,
    pub one: Side,
    /// The other side; nothing where both are of `one`.
    pub other: Option<Side>,
    /// Whether it speaks of one ingredient in two lines too.
    pub same_ingredient: bool,
    pub none_when: Option<Condition>,
    pub note_when: Option<Condition>,
    pub warn_when: Option<Condition>,
}

impl Duplicate {
    /// The ingredients of both sides.
    pub(super) fn ingredients(&self) -> Vec<Ingredient> {
        let mut all: Vec<Ingredient> = self.one.ingredients().collect();
        all.extend(self.other.iter().flat_map(Side::ingredients));
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// For how long a medicine acts on after its last dose.
#[derive(Debug, Clone)]
pub(in super::super) struct Persists {
    pub days: u32,
    /// Only these; all when empty.
    hazards: Vec<Box<str>>,
    /// Only with these.
    with: Option<Side>,
    specific: bool,
}

impl Persists {
    /// Whether it acts on towards another medicine in this way.
    pub(in super::super) fn concerns(&self, other: Ingredient, hazard: &str) -> bool {
        let so = self.hazards.is_empty() || self.hazards.iter().any(|known| **known == *hazard);
        so && self.with.as_ref().is_none_or(|with| with.names(other))
    }
}

/// Which reactions a rule about an allergy asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum ReactionRule {
    Any,
    Severe,
    NotSevere,
    Unknown,
    /// One of these; a severe one that is not described counts as the gravest of them.
    Named(Vec<Reaction>),
    /// One of these and no other.
    Exactly(Vec<Reaction>),
}

/// To what the patient is allergic.
#[derive(Debug)]
pub(in super::super) enum Allergens {
    Any,
    These(Side),
}

/// Which medicines an allergy forbids.
#[derive(Debug)]
pub(in super::super) enum AllergyTarget {
    Same,
    These(Side),
}

/// An allergy and what else it forbids.
#[derive(Debug)]
pub(in super::super) struct AllergyRule {
    pub head: Head,
    pub allergens: Allergens,
    pub target: AllergyTarget,
    pub reaction: ReactionRule,
}

/// A pair that is found in other lists and kept silent here, or spoken of by a rule of ours.
#[derive(Debug)]
pub(in super::super) struct Quiet {
    pub id: Box<str>,
    pub pair: Box<str>,
    pub a: Side,
    pub b: Side,
    pub our_rule: Option<Box<str>>,
    pub source: Box<str>,
    pub line: u64,
}

pub(in super::super) const HAZARDS: [&str; 26] = [
    "ABSORB", "ANGIO", "ANTAG", "BLEED", "BRADY", "CNS", "CONV", "HAEM", "HEPAT", "HYPERK", "HYPOGL",
    "HYPOK", "HYPONA", "HYPOT", "ICP", "INDUCE", "INFECT", "INHIB", "MUSC", "NEURO", "OTHER", "QT", "RENAL",
    "SEROT", "TENDON", "VASO",
];

const INTERACTIONS: Columns = Columns {
    required: &[
        "id",
        "a",
        "b",
        "tier",
        "tier_when_confirmed",
        "hazard",
        "effect_en",
        "action_en",
        "condition",
        "source",
        "year",
        "basis",
    ],
    optional: &["window_after_stop", "locator", "second_source", "tier_note"],
};
const DUPLICATES: Columns = Columns {
    required: &[
        "id",
        "class",
        "same_ingredient",
        "tier",
        "tier_when_confirmed",
        "text_en",
        "none_when",
        "note_when",
        "warn_when",
        "source",
        "basis",
    ],
    optional: &["exception_en", "action_en", "year"],
};
const ALLERGIES: Columns = Columns {
    required: &[
        "id",
        "allergen",
        "checked_against",
        "tier",
        "tier_when_confirmed",
        "reaction",
        "text_en",
        "action_en",
        "source",
        "year",
        "basis",
    ],
    optional: &["relation"],
};
const QUIET: Columns =
    Columns { required: &["id", "pair_en", "a", "b", "our_rule", "source"], optional: &["our_tier"] };
/// For how many days a medicine may act after its last dose: three years (chosen), longer than any does.
const PERSISTS_MOST_DAYS: u32 = 1_096;
const PERSISTENCE: Columns = Columns {
    required: &["medicine", "days_after_last_dose", "only_hazards", "only_with", "source", "basis"],
    optional: &["what_persists"],
};

impl Loading {
    pub(super) fn read_pairs(&mut self, files: &Files<'_>, rules: &mut Rules) {
        let mut faults = Vec::new();
        let mut said = Said::default();
        for file in ["interactions.csv", MORE_INTERACTIONS] {
            each_row(file, files.text(file), &INTERACTIONS, &mut faults, |row| {
                rules.interactions.push(self.interaction(row, &mut said)?);
                Ok(())
            });
        }
        self.repeated.append(&mut said.repeated);
        each_row("duplicates.csv", files.text("duplicates.csv"), &DUPLICATES, &mut faults, |row| {
            if row.cell("class") == "same ingredient" {
                rules.same_ingredient = Some(rules.duplicates.len());
            }
            rules.duplicates.push(self.duplicate(row)?);
            Ok(())
        });
        each_row("allergies.csv", files.text("allergies.csv"), &ALLERGIES, &mut faults, |row| {
            rules.allergies.push(self.allergy(row)?);
            Ok(())
        });
        each_row("suppressed.csv", files.text("suppressed.csv"), &QUIET, &mut faults, |row| {
            rules.quiet.push(self.quiet(row)?);
            Ok(())
        });
        self.read_persistence(files, rules, &mut faults);
        self.faults.append(&mut faults);
    }

    fn interaction(&mut self, row: &Row<'_>, said: &mut Said) -> Result<Interaction, Fault> {
        let head = self.head(row, "effect_en")?;
        let hazard = row.cell("hazard");
        if !HAZARDS.contains(&hazard) {
            return Err(row.fault("hazard", format!("'{hazard}' is none of {}", HAZARDS.join(", "))));
        }
        let mut pair = [row.cell("a"), row.cell("b")];
        let is_one_medicine = pair[0] == pair[1] && self.names.class(pair[0]).is_none();
        if is_one_medicine {
            return Err(row.fault("b", "a medicine does not interact with itself: duplicates say that"));
        }
        pair.sort_unstable();
        let [one, other] = pair;
        said.once(row, format!("{one} with {other} ({hazard}) {}", row.cell("condition")), head.tier)?;
        Ok(Interaction {
            head,
            a: self.side(row, "a")?,
            b: self.side(row, "b")?,
            hazard: hazard.into(),
            condition: self.condition(row, "condition")?,
        })
    }

    fn duplicate(&mut self, row: &Row<'_>) -> Result<Duplicate, Fault> {
        let class = row.cell("class");
        let (one, other) = match class.split_once(" + ") {
            _ if class == "same ingredient" => (Side::default(), None),
            Some((one, other)) => {
                (self.side_of(row, "class", one)?, Some(self.side_of(row, "class", other)?))
            }
            None => (self.side(row, "class")?, None),
        };
        Ok(Duplicate {
            head: self.head(row, "text_en")?,
            one,
            other,
            same_ingredient: row.cell("same_ingredient") == "yes",
            none_when: self.condition(row, "none_when")?,
            note_when: self.condition(row, "note_when")?,
            warn_when: self.condition(row, "warn_when")?,
        })
    }

    fn allergy(&mut self, row: &Row<'_>) -> Result<AllergyRule, Fault> {
        let head = self.head(row, "text_en")?;
        let allergens = match row.cell("allergen") {
            "*" => Allergens::Any,
            _ => Allergens::These(self.side(row, "allergen")?),
        };
        let target = match row.cell("checked_against") {
            "same" => AllergyTarget::Same,
            _ => AllergyTarget::These(self.side(row, "checked_against")?),
        };
        Ok(AllergyRule { head, allergens, target, reaction: reaction_of(row)? })
    }

    fn quiet(&mut self, row: &Row<'_>) -> Result<Quiet, Fault> {
        let resolve =
            |text: &str, column: &str| self.names.side(text).map_err(|sentence| row.fault(column, sentence));
        Ok(Quiet {
            a: resolve(row.cell("a"), "a")?,
            b: resolve(row.cell("b"), "b")?,
            id: self.id(row)?,
            pair: row.cell("pair_en").into(),
            our_rule: row.text("our_rule"),
            source: row.cell("source").into(),
            line: row.line(),
        })
    }

    fn read_persistence(&mut self, files: &Files<'_>, rules: &mut Rules, faults: &mut Vec<Fault>) {
        rules.persistence.resize_with(self.names.len(), Vec::new);
        each_row("persistence.csv", files.text("persistence.csv"), &PERSISTENCE, faults, |row| {
            let side = self.side(row, "medicine")?;
            let hazards: Vec<Box<str>> = row
                .cell("only_hazards")
                .split(';')
                .filter(|hazard| !hazard.is_empty())
                .map(Into::into)
                .collect();
            let mut named = hazards.iter().map(|hazard| &**hazard);
            if let Some(hazard) = named.find(|hazard| !HAZARDS.contains(hazard) && *hazard != "PREGNANCY") {
                return Err(
                    row.fault("only_hazards", format!("'{hazard}' is none of {}", HAZARDS.join(", ")))
                );
            }
            let with = row.cell("only_with");
            let days = row.whole("days_after_last_dose")?.filter(|days| *days <= PERSISTS_MOST_DAYS);
            let persists = Persists {
                days: days.ok_or_else(|| {
                    let sentence = format!("a number of days is needed, at most {PERSISTS_MOST_DAYS}");
                    row.fault("days_after_last_dose", sentence)
                })?,
                hazards,
                with: (!with.is_empty()).then(|| self.side(row, "only_with")).transpose()?,
                specific: side.specific,
            };
            for ingredient in side.ingredients() {
                if let Some(known) = rules.persistence.get_mut(usize::from(ingredient)) {
                    known.push(persists.clone());
                }
            }
            Ok(())
        });
        // What is said of the medicine itself goes before what is said of its class.
        for known in &mut rules.persistence {
            if known.iter().any(|persists| persists.specific) {
                known.retain(|persists| persists.specific);
            }
        }
    }
}

fn reaction_of(row: &Row<'_>) -> Result<ReactionRule, Fault> {
    let text = row.cell("reaction");
    Ok(match text {
        "any" => ReactionRule::Any,
        "severe" => ReactionRule::Severe,
        "mild or unknown" => ReactionRule::NotSevere,
        "unknown" => ReactionRule::Unknown,
        _ => {
            let (words, is_exact) =
                text.strip_prefix("exactly ").map_or((text, false), |words| (words, true));
            let words: Option<Vec<Reaction>> =
                words.split(',').map(|word| Reaction::from_word(word.trim())).collect();
            let words =
                words.ok_or_else(|| row.fault("reaction", format!("'{text}' is no known reaction")))?;
            if is_exact { ReactionRule::Exactly(words) } else { ReactionRule::Named(words) }
        }
    })
}

impl ReactionRule {
    /// Whether a reaction is one of those that the rule asks for.
    pub(in super::super) fn holds(&self, reaction: Reaction) -> bool {
        match self {
            Self::Any => true,
            Self::Severe => reaction.is_severe(),
            Self::NotSevere => !reaction.is_severe(),
            Self::Unknown => reaction == Reaction::Unknown,
            Self::Named(named) => {
                named.contains(&reaction)
                    || (reaction == Reaction::Severe && named.iter().any(|named| named.is_severe()))
            }
            Self::Exactly(named) => named.contains(&reaction),
        }
    }

    /// How closely it describes a reaction; the closer goes before.
    pub(in super::super) const fn closeness(&self) -> u8 {
        match self {
            Self::Named(_) | Self::Exactly(_) | Self::Unknown => 3,
            Self::Severe => 2,
            Self::NotSevere => 1,
            Self::Any => 0,
        }
    }
}

impl AllergyRule {
    /// The tier of a reaction that is not known, where the rule asks for a named one: one tier lower.
    pub(in super::super) fn unknown_counts(&self, reaction: Reaction) -> bool {
        let asks_for_more = matches!(self.reaction, ReactionRule::Named(_) | ReactionRule::Severe);
        reaction == Reaction::Unknown && asks_for_more && self.head.tier > Tier::Note
    }
}
