//! What a check says.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::prescriptions::model::Notice;
pub use crate::domain::prescriptions::model::{OverrideReason, Tier, Weighed};
use crate::platform::i18n::day_text;

/// How well a rule is founded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Basis {
    /// The fact and its level were read in the named source.
    Seen,
    /// The pair was read in a list; the wording is that of a label known from memory.
    Pair,
    /// A named document known from memory: never behind a STOP.
    Recalled,
    /// Follows from the definition.
    Rule,
    /// Stands in a file that the clinic has put in place, and no reviewer stands for it yet.
    Imported,
}

impl Basis {
    /// The basis of a written name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "seen" => Self::Seen,
            "pair" => Self::Pair,
            "recalled" => Self::Recalled,
            "rule" => Self::Rule,
            _ => return None,
        })
    }

    /// Whether what it says was read in its source or needs none.
    pub const fn is_verified(self) -> bool {
        matches!(self, Self::Seen | Self::Rule)
    }
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Interaction,
    Duplicate,
    Allergy,
    Dose,
    Kidney,
    Pregnancy,
    Age,
    /// How it is used, by which route, for how long, with which condition or laboratory value.
    Situation,
}

impl Kind {
    /// Reasons that fit an override, the likeliest first.
    pub const fn reasons(self) -> &'static [OverrideReason] {
        use OverrideReason as Reason;
        match self {
            Kind::Interaction => &[
                Reason::WillMonitor,
                Reason::BenefitOutweighs,
                Reason::NoAlternative,
                Reason::ToleratedBefore,
                Reason::SpecialistAdvice,
                Reason::Other,
            ],
            Kind::Duplicate => {
                &[Reason::Switching, Reason::BenefitOutweighs, Reason::SpecialistAdvice, Reason::Other]
            }
            Kind::Allergy => &[
                Reason::NotAnAllergy,
                Reason::ToleratedBefore,
                Reason::NoAlternative,
                Reason::RecordIsWrong,
                Reason::SpecialistAdvice,
                Reason::Other,
            ],
            Kind::Dose => {
                &[Reason::DoseIntended, Reason::SpecialistAdvice, Reason::RecordIsWrong, Reason::Other]
            }
            Kind::Kidney | Kind::Pregnancy | Kind::Age | Kind::Situation => &[
                Reason::BenefitOutweighs,
                Reason::NoAlternative,
                Reason::WillMonitor,
                Reason::RecordIsWrong,
                Reason::SpecialistAdvice,
                Reason::Other,
            ],
        }
    }
}

/// A medicine that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The key of its line.
    pub line: String,
    /// The medicine as it is shown; empty for one that the prescriber may not see.
    pub medicine: String,
    /// The ingredient of it that the rule names; empty for one that the prescriber may not see.
    pub ingredient: String,
    /// Whether the prescriber may not see it.
    pub hidden: bool,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule and what it fired on, the same whenever the same is checked: `ddi-vka-nsaid:ibuprofen+warfarin`.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// What it is about.
    pub kind: Kind,
    /// How grave.
    pub tier: Tier,
    /// The harm in one word of a closed list: `BLEED`, `ALLERGY`, `DOSE`.
    pub hazard: String,
    /// The medicines, by line.
    pub medicines: Vec<Subject>,
    /// What may happen.
    pub effect: String,
    /// The same in Khmer, where it is written.
    pub effect_khmer: Option<String>,
    /// What to do.
    pub action: String,
    /// The same in Khmer, where it is written.
    pub action_khmer: Option<String>,
    /// Whether a pharmacist has read the Khmer words.
    pub khmer_reviewed: bool,
    /// Of this case: the dose found and its limit, the days since a medicine was stopped.
    pub detail: Option<Notice>,
    /// What else is said of it: of other limits that are passed too.
    pub beside: Vec<Notice>,
    /// The message that says what to do in this case, where the rule's own words do not fit it.
    pub advice: Option<&'static str>,
    /// Who says so.
    pub source: String,
    /// Of which year; empty where the source has none.
    pub year: String,
    /// Whether it was read in its source.
    pub verified: bool,
    /// The numbers behind it.
    pub weighed: Vec<Weighed>,
    /// Other rules that say the same of the same pair and are not shown for it.
    pub also: BTreeSet<String>,
}

impl Finding {
    /// The reasons that fit an override.
    pub const fn override_reasons(&self) -> &'static [OverrideReason] {
        self.kind.reasons()
    }

    /// As a prescriber may see it who may not see all of its medicines: tier, hazard and their own medicine stay.
    #[must_use]
    pub fn for_prescriber(mut self) -> Self {
        if !self.medicines.iter().any(|subject| subject.hidden) {
            return self;
        }
        let seen = self.medicines.iter().filter(|subject| !subject.hidden);
        let seen: BTreeSet<&str> = seen.map(|subject| subject.ingredient.as_str()).collect();
        let seen: Vec<&str> = seen.into_iter().collect();
        let unseen = Weighed::unseen(&self.id);
        self.id = format!("hidden-{}-{}:{}", self.hazard, self.tier.name(), seen.join("+"));
        self.rule = format!("hidden-{}", self.hazard);
        let is_of_seen = |weighed: &Weighed| {
            self.medicines
                .iter()
                .any(|one| !one.hidden && weighed.what.strip_suffix(" a day") == Some(&one.ingredient))
        };
        self.weighed = self.weighed.iter().filter(|weighed| is_of_seen(weighed)).cloned().collect();
        self.weighed.push(unseen);
        self.medicines.retain(|subject| !subject.hidden);
        let hidden =
            Subject { line: String::new(), medicine: String::new(), ingredient: String::new(), hidden: true };
        self.medicines.push(hidden);
        Self {
            effect: String::new(),
            effect_khmer: None,
            // What to do may name the medicine, or betray it.
            action: String::new(),
            action_khmer: None,
            detail: None,
            beside: Vec::new(),
            advice: None,
            source: String::new(),
            year: String::new(),
            also: BTreeSet::new(),
            ..self
        }
    }
}

/// Why something was found and is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quietly {
    /// A graver finding speaks of the same medicines.
    Graver,
    /// Public lists of interactions say that it need not interrupt.
    NotInterruptive,
    /// The clinic has suppressed the rule.
    ByClinic,
}

/// Something that was found and is listed on demand only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed {
    /// What was found.
    pub finding: Finding,
    /// Why it is silent.
    pub why: Quietly,
}

/// What could not be weighed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum What {
    Age,
    Sex,
    Weight,
    KidneyFunction,
    /// The kidney function counts, and was measured so long ago, on this day, that it may not hold any more.
    OldKidneyFunction(NaiveDate),
    /// The weight counts, and was measured on this day.
    OldWeight(NaiveDate),
    Pregnancy,
    BreastFeeding,
    Allergies,
    Conditions,
    G6pd,
    Ancestry,
    Laboratory(String),
    Measurement(String),
    /// The amount of an ingredient.
    Dose(String),
    /// No rule of any kind speaks of the ingredient.
    NoRule(String),
    /// No dose of the ingredient is known for children.
    ChildDose(String),
    /// A medicine that is known by name only.
    UnknownMedicine(String),
    /// Whether an ingredient suits an ill liver.
    Liver(String),
    /// An allergy in free words that are no name of the rules.
    AllergyInWords(String),
    /// A condition in free words, of which no rule knows.
    ConditionInWords(String),
    /// By which of its routes an injection is given.
    Route,
    /// How long the supply lasts.
    Supply,
    /// What the clinic's own rule file said that was lost with damaged data; the shipped one speaks in its place.
    RuleFile(String),
}

/// Something that was not checked, and for which lines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotChecked {
    /// What.
    pub what: What,
    /// The keys of the lines.
    pub lines: Vec<String>,
}

impl NotChecked {
    /// In a sentence.
    pub fn why(&self) -> Notice {
        let plain = Notice::new;
        match &self.what {
            What::Age => plain("not_checked_age"),
            What::Sex => plain("not_checked_sex"),
            What::Weight => plain("not_checked_weight"),
            What::KidneyFunction => plain("not_checked_kidney"),
            What::OldKidneyFunction(day) => plain("not_checked_kidney_now").with("day", day_text(*day)),
            What::OldWeight(day) => plain("not_checked_weight_now").with("day", day_text(*day)),
            What::Pregnancy => plain("not_checked_pregnancy"),
            What::BreastFeeding => plain("not_checked_breast_feeding"),
            What::Allergies => plain("not_checked_allergies"),
            What::Conditions => plain("not_checked_conditions"),
            What::G6pd => plain("not_checked_g6pd"),
            What::Ancestry => plain("not_checked_ancestry"),
            What::Laboratory(test) => plain("not_checked_laboratory").with("test", test),
            What::Measurement(what) => plain("not_checked_measurement").with("what", what),
            What::Dose(ingredient) => plain("not_checked_dose").with("ingredient", ingredient),
            What::NoRule(ingredient) => plain("not_checked_no_rule").with("ingredient", ingredient),
            What::ChildDose(ingredient) => plain("not_checked_child_dose").with("ingredient", ingredient),
            What::UnknownMedicine(name) => plain("not_checked_unknown_medicine").with("name", name),
            What::Liver(ingredient) => plain("not_checked_liver").with("ingredient", ingredient),
            What::AllergyInWords(words) => plain("not_checked_allergy_in_words").with("words", words),
            What::ConditionInWords(words) => plain("not_checked_condition_in_words").with("words", words),
            What::Route => plain("not_checked_route"),
            What::Supply => plain("not_checked_supply"),
            What::RuleFile(file) => plain("not_checked_rule_file").with("file", file),
        }
    }
}

/// The answer of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The gravest first.
    pub findings: Vec<Finding>,
    /// What could not be weighed.
    pub not_checked: Vec<NotChecked>,
    /// What was found and is listed on demand only.
    pub suppressed: Vec<Suppressed>,
}

impl Checked {
    /// The gravest tier; nothing when nothing was found.
    pub fn gravest(&self) -> Option<Tier> {
        self.findings.iter().map(|finding| finding.tier).max()
    }
}
