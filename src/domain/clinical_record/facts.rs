//! What a safety check asks of a patient, as plain values: what is unknown is not there, never a default.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::model::{
    Allergen, Answer, ConditionCode, Content, Entry, G6pdState, LiverState, PregnancyState, Reaction,
    Severity, Sex,
};
use super::rules::pregnancy::{state_on, week_on};

/// Whether a doctor stands for a fact. Both count; only the mark differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Standing {
    /// A doctor wrote or confirmed it.
    Confirmed,
    /// The patient states it, and no doctor has confirmed it.
    Stated,
}

/// A value with its standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact<T> {
    /// The value.
    pub value: T,
    /// Whether a doctor stands for it.
    pub standing: Standing,
}

/// What a patient does not tolerate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllergenFact {
    /// Substances by their international names in small letters, sorted; several when it was a combination and nobody knows
    /// which of them it was.
    Ingredients(Vec<String>),
    /// A class of the safety rules, by its id.
    Class(String),
    /// A substance that the catalogue does not know, in small letters.
    Substance(String),
}

/// An allergy or intolerance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllergyFact {
    /// Against what.
    pub allergen: AllergenFact,
    /// What happened.
    pub reaction: Reaction,
    /// How bad it was.
    pub severity: Severity,
    /// Whether a doctor stands for it.
    pub standing: Standing,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionFact {
    /// Which.
    pub code: ConditionCode,
    /// Its name, of a condition without a code.
    pub words: Option<String>,
    /// Whether a doctor stands for it.
    pub standing: Standing,
}

/// Pregnant or not, on the day of the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PregnancyFact {
    /// Whether she is.
    pub is_pregnant: bool,
    /// The week by completed weeks; not known when nobody said it, also of a pregnancy.
    pub week: Option<u32>,
    /// When the child is expected.
    pub expected_on: Option<NaiveDate>,
}

/// Kidney function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KidneyFact {
    /// eGFR in tenths of mL/min/1.73 m², rounded down.
    pub egfr_tenths: u16,
    /// When the blood was taken.
    pub measured_on: NaiveDate,
}

/// The newest weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightFact {
    /// In grams.
    pub grams: u32,
    /// When it was measured.
    pub measured_on: NaiveDate,
}

/// Everything that a safety check asks of a patient, on one day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClinicalFacts {
    /// The day for which it holds.
    pub on: NaiveDate,
    /// Days since birth.
    pub age_days: Option<u32>,
    /// As registered; not known of who is registered as neither.
    pub sex: Option<Sex>,
    /// The newest weight. Nobody confirms measurements: it has no standing.
    pub weight: Option<WeightFact>,
    /// Allergies and intolerances.
    pub allergies: Vec<AllergyFact>,
    /// Whether somebody asked for them, and there are none. An empty list alone says nothing.
    pub has_no_known_allergies: bool,
    /// Conditions.
    pub conditions: Vec<ConditionFact>,
    /// Whether somebody asked for them, and there are none.
    pub has_no_known_conditions: bool,
    /// Pregnant or not.
    pub pregnancy: Option<Fact<PregnancyFact>>,
    /// Whether she breast-feeds.
    pub breast_feeding: Option<Fact<bool>>,
    /// Kidney function.
    pub kidney: Option<Fact<KidneyFact>>,
    /// Liver function, never [`LiverState::Unknown`].
    pub liver: Option<Fact<LiverState>>,
    /// G6PD, never [`G6pdState::Unknown`].
    pub g6pd: Option<Fact<G6pdState>>,
}

impl ClinicalFacts {
    /// What the entries in force say on a day.
    pub fn of_entries(entries: &[Entry], on: NaiveDate) -> Self {
        let mut facts = Self { on, ..Self::default() };
        for statement in entries.iter().filter_map(Entry::current) {
            let standing = if statement.confirmed.is_some() { Standing::Confirmed } else { Standing::Stated };
            facts.add(&statement.content, standing);
        }
        facts
    }

    fn add(&mut self, content: &Content, standing: Standing) {
        match content {
            Content::Allergy(allergy) => {
                let allergen = match &allergy.allergen {
                    Allergen::Ingredients { names, .. } => AllergenFact::Ingredients(names.clone()),
                    Allergen::Class { id } => AllergenFact::Class(id.clone()),
                    Allergen::Substance { words } => AllergenFact::Substance(words.reveal().to_lowercase()),
                };
                let (reaction, severity) = (allergy.reaction, allergy.severity);
                self.allergies.push(AllergyFact { allergen, reaction, severity, standing });
            }
            Content::Condition(condition) => {
                let words = condition.words.as_ref().map(|words| words.reveal().clone());
                self.conditions.push(ConditionFact { code: condition.code, words, standing });
            }
            Content::Pregnancy(pregnancy) => {
                let state = state_on(pregnancy, self.on);
                let value = PregnancyFact {
                    is_pregnant: state == PregnancyState::Pregnant,
                    week: week_on(pregnancy, self.on),
                    expected_on: pregnancy.expected_on,
                };
                self.pregnancy = (state != PregnancyState::Unknown).then_some(Fact { value, standing });
            }
            Content::BreastFeeding(said) => {
                let value = said.state == Answer::Yes;
                self.breast_feeding = (said.state != Answer::Unknown).then_some(Fact { value, standing });
            }
            Content::Renal(renal) => {
                let value = KidneyFact { egfr_tenths: renal.egfr_tenths, measured_on: renal.measured_on };
                self.kidney = Some(Fact { value, standing });
            }
            Content::Liver(liver) => {
                let is_known = liver.state != LiverState::Unknown;
                self.liver = is_known.then_some(Fact { value: liver.state, standing });
            }
            Content::G6pd(g6pd) => {
                let is_known = g6pd.state != G6pdState::Unknown;
                self.g6pd = is_known.then_some(Fact { value: g6pd.state, standing });
            }
            Content::NoKnownAllergies(_) => self.has_no_known_allergies = true,
            Content::NoKnownConditions(_) => self.has_no_known_conditions = true,
        }
    }
}
