//! Entries of the clinical record and their history.

mod lists;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use lists::{
    Action, Answer, ConditionCode, CreatinineUnit, G6pdState, G6pdTest, LiverState, Part, PregnancyState,
    Reaction, Severity, Sex, WithdrawalReason,
};

use crate::domain::vitals::model::Milli;
use crate::platform::clock::Timestamp;
use crate::platform::ids::{MedicineId, RecordEntryId, UserId};
use crate::platform::secret::Phi;

impl Part {
    /// Its place in keys, from 1; never reused.
    pub(super) const fn key(self) -> u8 {
        match self {
            Self::Allergies => 1,
            Self::Conditions => 2,
            Self::Pregnancy => 3,
            Self::BreastFeeding => 4,
            Self::Renal => 5,
            Self::Liver => 6,
            Self::G6pd => 7,
            Self::NoKnownAllergies => 8,
            Self::NoKnownConditions => 9,
        }
    }

    /// Whether a patient has at most one entry of it.
    pub const fn is_single(self) -> bool {
        !matches!(self, Self::Allergies | Self::Conditions)
    }

    /// The part that cannot be there together with this one: a list, and that it is empty.
    pub const fn denies(self) -> Option<Self> {
        match self {
            Self::Allergies => Some(Self::NoKnownAllergies),
            Self::Conditions => Some(Self::NoKnownConditions),
            Self::NoKnownAllergies => Some(Self::Allergies),
            Self::NoKnownConditions => Some(Self::Conditions),
            Self::Pregnancy | Self::BreastFeeding | Self::Renal | Self::Liver | Self::G6pd => None,
        }
    }
}

/// What a patient does not tolerate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Allergen {
    /// Substances of the catalogue, by their international names in small letters: one, or all of a combination.
    Ingredients {
        /// Their names, sorted.
        names: Vec<String>,
        /// The entry of the catalogue that was named.
        medicine: Option<MedicineId>,
        /// As it was named: the entry's name, or what was typed.
        named: Phi<String>,
    },
    /// A class of the safety rules.
    Class {
        /// Its id, such as `c-penicillin`.
        id: String,
    },
    /// What the catalogue does not know, in the words of who said it.
    Substance {
        /// As typed.
        words: Phi<String>,
    },
}

/// An allergy or intolerance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allergy {
    /// Against what.
    pub allergen: Allergen,
    /// What happened.
    pub reaction: Reaction,
    /// How bad it was.
    pub severity: Severity,
    /// In the words of who wrote it.
    pub note: Option<Phi<String>>,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Which.
    pub code: ConditionCode,
    /// Its name; only of [`ConditionCode::Other`], and always.
    pub words: Option<Phi<String>>,
    /// Since when.
    pub since: Option<NaiveDate>,
    /// In the words of who wrote it.
    pub note: Option<Phi<String>>,
}

/// Pregnant or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pregnancy {
    /// Whether.
    pub state: PregnancyState,
    /// When the child is expected: 40 weeks.
    pub expected_on: Option<NaiveDate>,
    /// The day for which it was said.
    pub said_on: NaiveDate,
    /// In the words of who wrote it.
    pub note: Option<Phi<String>>,
}

/// Breast-feeding or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreastFeeding {
    /// Whether.
    pub state: Answer,
    /// In the words of who wrote it.
    pub note: Option<Phi<String>>,
}

/// A creatinine, and what else the formula took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creatinine {
    /// As typed.
    pub value: Milli,
    /// The unit as typed.
    pub unit: CreatinineUnit,
    /// Whole years on the day of the measurement.
    pub age_years: u32,
    /// As registered, or as said where none of the two is registered.
    pub sex: Sex,
}

/// Kidney function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renal {
    /// The estimated glomerular filtration rate in tenths of mL/min/1.73 m², rounded down: to the weaker kidney.
    pub egfr_tenths: u16,
    /// When the blood was taken.
    pub measured_on: NaiveDate,
    /// What it was computed from; nothing when the rate itself was stated.
    pub creatinine: Option<Creatinine>,
    /// In the words of who wrote it.
    pub note: Option<Phi<String>>,
}

/// Liver function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Liver {
    /// How well it works.
    pub state: LiverState,
    /// When it was assessed.
    pub assessed_on: Option<NaiveDate>,
    /// In the words of who wrote it.
    pub note: Option<Phi<String>>,
}

/// Glucose-6-phosphate dehydrogenase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct G6pd {
    /// Whether it is there.
    pub state: G6pdState,
    /// How it was looked for.
    pub test: Option<G6pdTest>,
    /// When.
    pub tested_on: Option<NaiveDate>,
    /// In the words of who wrote it.
    pub note: Option<Phi<String>>,
}

/// Somebody asked, and there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoneKnown {
    /// In the words of who wrote it.
    pub note: Option<Phi<String>>,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Content {
    Allergy(Allergy),
    Condition(Condition),
    Pregnancy(Pregnancy),
    BreastFeeding(BreastFeeding),
    Renal(Renal),
    Liver(Liver),
    G6pd(G6pd),
    NoKnownAllergies(NoneKnown),
    NoKnownConditions(NoneKnown),
}

impl Content {
    /// To which part it belongs.
    pub const fn part(&self) -> Part {
        match self {
            Self::Allergy(_) => Part::Allergies,
            Self::Condition(_) => Part::Conditions,
            Self::Pregnancy(_) => Part::Pregnancy,
            Self::BreastFeeding(_) => Part::BreastFeeding,
            Self::Renal(_) => Part::Renal,
            Self::Liver(_) => Part::Liver,
            Self::G6pd(_) => Part::G6pd,
            Self::NoKnownAllergies(_) => Part::NoKnownAllergies,
            Self::NoKnownConditions(_) => Part::NoKnownConditions,
        }
    }
}

/// Who did something, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// What.
    pub content: Content,
    /// Who wrote it down, and when.
    pub author: Signature,
    /// Which doctor stands for it, and since when; nothing while only the patient says so.
    pub confirmed: Option<Signature>,
}

/// An entry was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// By whom, and when.
    pub signature: Signature,
    /// Why; a patient need not say.
    pub reason: Option<WithdrawalReason>,
}

/// An entry of the clinical record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: RecordEntryId,
    /// Whose.
    pub patient: UserId,
    /// Of which part.
    pub part: Part,
    /// What a doctor wrote or confirmed.
    pub confirmed: Option<Statement>,
    /// What the patient states beside it.
    pub stated: Option<Statement>,
    /// The patient's running number of the last change, for `If-Match`.
    pub revision: u64,
    /// Set when it counts no more.
    pub ended: Option<Ending>,
}

impl Entry {
    /// What counts: what the patient states, else what a doctor wrote or confirmed. Nothing once it was withdrawn.
    pub fn current(&self) -> Option<&Statement> {
        self.stated.as_ref().or(self.confirmed.as_ref()).filter(|_| self.ended.is_none())
    }
}

/// What became of an entry: the history is the list of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The patient's running number, from 1.
    pub number: u64,
    /// Of which entry.
    pub entry: RecordEntryId,
    /// Of which part.
    pub part: Part,
    /// What was done.
    pub action: Action,
    /// By whom, and when.
    pub signature: Signature,
    /// What it said from then on, or what was withdrawn.
    pub content: Content,
    /// Why it was withdrawn.
    pub reason: Option<WithdrawalReason>,
}
