//! What is known of the patient, as far as rules ask for it. What is not known is `None` and is said, never taken for well.

use std::collections::BTreeSet;

use chrono::NaiveDate;

pub use crate::domain::clinical_record::model::Sex;

/// Whether the patient is pregnant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pregnancy {
    /// Nobody has asked.
    #[default]
    Unknown,
    /// Not pregnant.
    No,
    /// Pregnant.
    Yes {
        /// Completed weeks; the gravest trimester counts when they are not known.
        week: Option<u32>,
    },
}

/// Glucose-6-phosphate dehydrogenase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum G6pd {
    #[default]
    Unknown,
    Normal,
    Deficient,
}

/// Where a rule depends on ancestry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Ancestry {
    SouthEastAsian,
    Other,
}

/// To what the patient reacted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Allergen {
    /// An ingredient, by its name in the catalogue.
    Ingredient(String),
    /// A class, by its id.
    Class(String),
    /// In free words.
    Words(String),
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Reaction {
    Unknown,
    Mild,
    Severe,
    Anaphylaxis,
    Angioedema,
    Asthma,
    Urticaria,
    Rash,
    /// Stevens-Johnson syndrome, toxic epidermal necrolysis and the like.
    SevereSkin,
    Dress,
    Thrombocytopenia,
    Cough,
    Itching,
    Nausea,
}

impl Reaction {
    /// All with the word by which rules name them.
    pub const ALL: [(Self, &'static str); 14] = [
        (Self::Unknown, "unknown"),
        (Self::Mild, "mild"),
        (Self::Severe, "severe"),
        (Self::Anaphylaxis, "anaphylaxis"),
        (Self::Angioedema, "angioedema"),
        (Self::Asthma, "asthma"),
        (Self::Urticaria, "urticaria"),
        (Self::Rash, "mild rash"),
        (Self::SevereSkin, "severe skin reaction"),
        (Self::Dress, "DRESS"),
        (Self::Thrombocytopenia, "thrombocytopenia"),
        (Self::Cough, "cough"),
        (Self::Itching, "itching"),
        (Self::Nausea, "nausea"),
    ];

    /// The reaction of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(word))
            .map(|(reaction, _)| reaction)
    }

    /// How grave it is beside others: a greater number is graver.
    pub const fn gravity(self) -> u64 {
        match self {
            Self::Nausea | Self::Itching | Self::Mild | Self::Cough => 1,
            Self::Rash => 2,
            Self::Unknown | Self::Urticaria | Self::Thrombocytopenia => 3,
            Self::Asthma
            | Self::Severe
            | Self::Anaphylaxis
            | Self::Angioedema
            | Self::SevereSkin
            | Self::Dress => 4,
        }
    }

    /// Whether it puts life in danger.
    pub const fn is_severe(self) -> bool {
        matches!(self, Self::Severe | Self::Anaphylaxis | Self::Angioedema | Self::SevereSkin | Self::Dress)
    }
}

/// One allergy or intolerance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Allergy {
    /// To what.
    pub to: Allergen,
    /// What happened.
    pub reaction: Reaction,
    /// An expected effect and no allergy: weighs as a note.
    pub intolerance: bool,
}

/// Last measured values, and how many days ago others were measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Laboratory {
    /// Potassium in ten-thousandths of a mmol/L.
    pub potassium: Option<u64>,
    /// Neutrophils in ten-thousandths of 10^9/L.
    pub neutrophils: Option<u64>,
    /// Days since neutrophils were counted.
    pub days_since_neutrophils: Option<u32>,
    /// Days since the INR was measured.
    pub days_since_inr: Option<u32>,
    /// Days since the lithium level was measured.
    pub days_since_lithium: Option<u32>,
}

/// After so many days a kidney function is asked for anew (chosen: kidneys are looked at once a year at least).
const KIDNEYS_HOLD_DAYS: i64 = 366;
/// After so many days the weight of somebody who grows is (chosen).
const WEIGHT_OF_CHILD_HOLDS_DAYS: i64 = 92;
/// After so many days the weight of an adult is (chosen).
const WEIGHT_HOLDS_DAYS: i64 = 366;
/// From so many years on nobody grows, and nobody is asked whether they weigh as little as a child.
pub(super) const GROWN_YEARS: u32 = 18;

fn older_than(measured: Option<NaiveDate>, days: i64, today: NaiveDate) -> Option<NaiveDate> {
    measured.filter(|measured| (today - *measured).num_days() > days)
}

/// What is known of the patient.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatientFacts {
    /// Day of birth.
    pub born: Option<NaiveDate>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Weight in grams.
    pub weight_grams: Option<u32>,
    /// When it was measured.
    pub weight_measured_on: Option<NaiveDate>,
    /// Estimated glomerular filtration rate in mL/min/1.73 m2.
    pub egfr: Option<u32>,
    /// When the blood for it was taken.
    pub egfr_measured_on: Option<NaiveDate>,
    /// Pregnancy.
    pub pregnancy: Pregnancy,
    /// Whether a child is breast-fed.
    pub breast_feeding: Option<bool>,
    /// Whether a pregnancy is possible; by sex and age (12 to 50 years) when not said.
    pub childbearing: Option<bool>,
    /// G6PD.
    pub g6pd: G6pd,
    /// Coded conditions (`conditions.csv`); nothing when nobody has asked.
    pub conditions: Option<BTreeSet<String>>,
    /// Conditions in free words, which no rule knows.
    pub conditions_in_words: BTreeSet<String>,
    /// Allergies and intolerances; nothing when nobody has asked.
    pub allergies: Option<Vec<Allergy>>,
    /// Ancestry, where it is known or the clinic has set it for all.
    pub ancestry: Option<Ancestry>,
    /// Whether HLA-B*15:02 was tested positive.
    pub hla_b_1502: Option<bool>,
    /// Blood tests.
    pub laboratory: Laboratory,
    /// Last pulse a minute.
    pub pulse: Option<u32>,
    /// Last systolic blood pressure in mmHg.
    pub systolic: Option<u32>,
    /// Last diastolic blood pressure in mmHg.
    pub diastolic: Option<u32>,
    /// Cigarettes a day.
    pub cigarettes_per_day: Option<u32>,
    /// When the patient last gave birth.
    pub gave_birth: Option<NaiveDate>,
}

impl PatientFacts {
    /// Age in days.
    pub(super) fn age_days(&self, today: NaiveDate) -> Option<u32> {
        u32::try_from((today - self.born?).num_days()).ok()
    }

    /// When the kidney function was measured, where that is so long ago that it may not hold any more.
    pub(super) fn old_kidney_function(&self, today: NaiveDate) -> Option<NaiveDate> {
        older_than(self.egfr_measured_on, KIDNEYS_HOLD_DAYS, today)
    }

    /// When the weight was measured, where that is so long ago that it may not hold any more.
    pub(super) fn old_weight(&self, today: NaiveDate) -> Option<NaiveDate> {
        let grows = self.age_years(today).is_none_or(|years| years < GROWN_YEARS);
        older_than(
            self.weight_measured_on,
            if grows { WEIGHT_OF_CHILD_HOLDS_DAYS } else { WEIGHT_HOLDS_DAYS },
            today,
        )
    }

    /// Age in completed years.
    pub(super) fn age_years(&self, today: NaiveDate) -> Option<u32> {
        today.years_since(self.born?)
    }

    /// Age in completed months.
    pub(super) fn age_months(&self, today: NaiveDate) -> Option<u32> {
        use chrono::Datelike;
        let born = self.born?;
        let years = today.years_since(born)?;
        let months = (12 + today.month() - born.month()) % 12;
        let months = if today.day() < born.day() { (months + 11) % 12 } else { months };
        Some(years * 12 + months)
    }
}
