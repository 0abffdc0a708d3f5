//! What a check says.

use std::collections::BTreeSet;

pub use crate::domain::prescriptions::model::Tier;

/// How well a rule is founded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The fact and its level were read in the named source.
    Seen,
    /// The pair was read in a list; the wording is that of a label known from memory.
    Pair,
    /// A named document known from memory: never behind a STOP.
    Recalled,
    /// Follows from the definition.
    Rule,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// Why a prescriber may sign in spite of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum OverrideReason {
    BenefitOutweighs,
    NoAlternative,
    WillMonitor,
    ToleratedBefore,
    NotAnAllergy,
    DoseIntended,
    Switching,
    SpecialistAdvice,
    RecordIsWrong,
    /// Asks for words.
    Other,
}

impl OverrideReason {
    /// As the API writes it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BenefitOutweighs => "BENEFIT_OUTWEIGHS",
            Self::NoAlternative => "NO_ALTERNATIVE",
            Self::WillMonitor => "WILL_MONITOR",
            Self::ToleratedBefore => "TOLERATED_BEFORE",
            Self::NotAnAllergy => "NOT_AN_ALLERGY",
            Self::DoseIntended => "DOSE_INTENDED",
            Self::Switching => "SWITCHING",
            Self::SpecialistAdvice => "SPECIALIST_ADVICE",
            Self::RecordIsWrong => "RECORD_IS_WRONG",
            Self::Other => "OTHER",
        }
    }

    /// Those that fit a kind of finding, the likeliest first.
    pub const fn fitting(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Interaction => &[
                Self::WillMonitor,
                Self::BenefitOutweighs,
                Self::NoAlternative,
                Self::ToleratedBefore,
                Self::SpecialistAdvice,
                Self::Other,
            ],
            Kind::Duplicate => {
                &[Self::Switching, Self::BenefitOutweighs, Self::SpecialistAdvice, Self::Other]
            }
            Kind::Allergy => &[
                Self::NotAnAllergy,
                Self::ToleratedBefore,
                Self::NoAlternative,
                Self::RecordIsWrong,
                Self::SpecialistAdvice,
                Self::Other,
            ],
            Kind::Dose => &[Self::DoseIntended, Self::SpecialistAdvice, Self::RecordIsWrong, Self::Other],
            Kind::Kidney | Kind::Pregnancy | Kind::Age | Kind::Situation => &[
                Self::BenefitOutweighs,
                Self::NoAlternative,
                Self::WillMonitor,
                Self::RecordIsWrong,
                Self::SpecialistAdvice,
                Self::Other,
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

/// A number that a finding rests on. When it rises, an override given before no longer covers the finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weighed {
    /// What: `paracetamol a day`.
    pub what: String,
    /// How much, in ten-thousandths of a microgram or unit.
    pub amount: u64,
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
    pub detail: Option<String>,
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
        OverrideReason::fitting(self.kind)
    }

    /// Whether an override that was given for an `earlier` finding covers this one: the same rule for the same
    /// medicines, no graver and with no number raised.
    pub fn is_covered_by(&self, earlier: &Self) -> bool {
        let no_higher = |weighed: &Weighed| {
            earlier
                .weighed
                .iter()
                .any(|before| before.what == weighed.what && before.amount >= weighed.amount)
        };
        self.id == earlier.id && self.tier <= earlier.tier && self.weighed.iter().all(no_higher)
    }

    /// As a prescriber may see it who may not see all of its medicines: tier, hazard and action stay.
    #[must_use]
    pub fn for_prescriber(mut self) -> Self {
        if !self.medicines.iter().any(|subject| subject.hidden) {
            return self;
        }
        let seen = self.medicines.iter().filter(|subject| !subject.hidden);
        let seen: BTreeSet<&str> = seen.map(|subject| subject.ingredient.as_str()).collect();
        let seen: Vec<&str> = seen.into_iter().collect();
        self.id = format!("hidden-{}-{}:{}", self.hazard, self.tier.name(), seen.join("+"));
        self.rule = format!("hidden-{}", self.hazard);
        self.medicines.retain(|subject| !subject.hidden);
        let hidden =
            Subject { line: String::new(), medicine: String::new(), ingredient: String::new(), hidden: true };
        self.medicines.push(hidden);
        Self {
            effect: String::new(),
            effect_khmer: None,
            detail: None,
            source: String::new(),
            year: String::new(),
            weighed: Vec::new(),
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
    /// An allergy in free words that are no name of the rules.
    AllergyInWords(String),
    /// By which of its routes an injection is given.
    Route,
    /// How long the supply lasts.
    Supply,
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
    pub fn why(&self) -> String {
        match &self.what {
            What::Age => "the age is not known".to_owned(),
            What::Sex => "the sex is not known".to_owned(),
            What::Weight => "no weight".to_owned(),
            What::KidneyFunction => "kidney function unknown".to_owned(),
            What::Pregnancy => "whether the patient is pregnant is not known".to_owned(),
            What::BreastFeeding => "whether the patient breast-feeds is not known".to_owned(),
            What::Allergies => "allergies have not been asked".to_owned(),
            What::Conditions => "conditions have not been asked".to_owned(),
            What::G6pd => "G6PD unknown".to_owned(),
            What::Ancestry => "ancestry is not known".to_owned(),
            What::Laboratory(test) => format!("no laboratory value: {test}"),
            What::Measurement(what) => format!("not measured: {what}"),
            What::Dose(ingredient) => format!("the amount of {ingredient} is not known"),
            What::NoRule(ingredient) => format!("no rule for {ingredient}"),
            What::ChildDose(ingredient) => {
                format!("no dose of {ingredient} by weight or age is known for children")
            }
            What::UnknownMedicine(name) => format!("'{name}' is not in the catalogue"),
            What::AllergyInWords(words) => format!("no rule knows the allergy '{words}'"),
            What::Route => "the route of the injection is not said".to_owned(),
            What::Supply => "for how many days the quantity lasts is not known".to_owned(),
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
