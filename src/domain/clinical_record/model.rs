//! Entries of the clinical record and their history.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::vitals::model::Milli;
use crate::platform::clock::Timestamp;
use crate::platform::ids::{MedicineId, RecordEntryId, UserId};
use crate::platform::secret::Phi;

/// Declares closed lists whose members have one written name each, the same in JSON and in the store.
macro_rules! closed_lists {
    ($($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident = $text:literal,)+ })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$member_doc])* #[serde(rename = $text)] $member,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$member,)+];

            /// The written name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$member => $text,)+ }
            }
        }
    )*};
}

closed_lists! {
    /// A part of the clinical record.
    Part {
        /// Allergies and intolerances; any number.
        Allergies = "ALLERGIES",
        /// Conditions; any number.
        Conditions = "CONDITIONS",
        /// Pregnant or not.
        Pregnancy = "PREGNANCY",
        /// Breast-feeding or not.
        BreastFeeding = "BREAST_FEEDING",
        /// Kidney function.
        Renal = "RENAL",
        /// Liver function.
        Liver = "LIVER",
        /// Glucose-6-phosphate dehydrogenase.
        G6pd = "G6PD",
    }

    /// What happened when the medicine was taken.
    Reaction {
        /// Nobody knows any more.
        Unknown = "UNKNOWN",
        /// Collapse, low blood pressure, difficulty in breathing within minutes to hours.
        Anaphylaxis = "ANAPHYLAXIS",
        /// Swelling of face, lips, tongue or throat.
        Angioedema = "ANGIOEDEMA",
        /// Blisters, peeling skin or wounds of the mucosa, or rash with fever and organs involved (SJS, TEN, DRESS).
        SevereSkinReaction = "SEVERE_SKIN_REACTION",
        /// Wheezing, an attack of asthma.
        Bronchospasm = "BRONCHOSPASM",
        /// Wheals that come and go.
        Urticaria = "URTICARIA",
        /// Another rash.
        Rash = "RASH",
        /// The platelets fell.
        Thrombocytopenia = "THROMBOCYTOPENIA",
        /// Itching without a rash.
        Itching = "ITCHING",
        /// Nausea, vomiting, pain of the stomach: an intolerance, no allergy.
        Intolerance = "INTOLERANCE",
        /// Something else, which the note says.
        Other = "OTHER",
    }

    /// How bad a reaction was.
    Severity {
        /// It went by itself.
        Mild = "MILD",
        /// Nobody knows any more.
        Unknown = "UNKNOWN",
        /// It had to be treated.
        Moderate = "MODERATE",
        /// Life was in danger, or somebody was admitted to hospital.
        Severe = "SEVERE",
    }

    /// What the safety rules ask for.
    #[expect(missing_docs, reason = "the names say it")]
    ConditionCode {
        Asthma = "ASTHMA",
        AspirinSensitiveAsthma = "ASPIRIN_SENSITIVE_ASTHMA",
        AcuteSevereAsthma = "ACUTE_SEVERE_ASTHMA",
        RespiratoryFailure = "RESPIRATORY_FAILURE",
        ActivePepticUlcer = "ACTIVE_PEPTIC_ULCER",
        GutBleeding = "GUT_BLEEDING",
        HeartFailure = "HEART_FAILURE",
        HeartFailureReducedEjection = "HEART_FAILURE_REDUCED_EJECTION",
        IschaemicHeartDisease = "ISCHAEMIC_HEART_DISEASE",
        Stroke = "STROKE",
        PeripheralArteryDisease = "PERIPHERAL_ARTERY_DISEASE",
        Hypertension = "HYPERTENSION",
        UncontrolledHypertension = "UNCONTROLLED_HYPERTENSION",
        HeartBlock = "HEART_BLOCK",
        LongQtSyndrome = "LONG_QT_SYNDROME",
        MechanicalHeartValve = "MECHANICAL_HEART_VALVE",
        VenousThrombosis = "VENOUS_THROMBOSIS",
        ArterialThrombosis = "ARTERIAL_THROMBOSIS",
        BreastCancer = "BREAST_CANCER",
        Epilepsy = "EPILEPSY",
        Psychosis = "PSYCHOSIS",
        ParkinsonDisease = "PARKINSON_DISEASE",
        MyastheniaGravis = "MYASTHENIA_GRAVIS",
        MigraineWithAura = "MIGRAINE_WITH_AURA",
        AngleClosureGlaucoma = "ANGLE_CLOSURE_GLAUCOMA",
        OpticNeuritis = "OPTIC_NEURITIS",
        CannotReportVision = "CANNOT_REPORT_VISION",
        UrinaryRetention = "URINARY_RETENTION",
        AcutePorphyria = "ACUTE_PORPHYRIA",
        LiverDisease = "LIVER_DISEASE",
        SevereLiverDisease = "SEVERE_LIVER_DISEASE",
        AcuteLiverFailure = "ACUTE_LIVER_FAILURE",
        DecompensatedCirrhosis = "DECOMPENSATED_CIRRHOSIS",
        ActiveLiverDisease = "ACTIVE_LIVER_DISEASE",
        AlcoholUse = "ALCOHOL_USE",
        HeavyAlcoholUse = "HEAVY_ALCOHOL_USE",
        UreaCycleDisorder = "UREA_CYCLE_DISORDER",
        Dengue = "DENGUE",
        Type1Diabetes = "TYPE_1_DIABETES",
        Type2Diabetes = "TYPE_2_DIABETES",
        Ketoacidosis = "KETOACIDOSIS",
        Gout = "GOUT",
        AcuteGout = "ACUTE_GOUT",
        Other = "OTHER",
    }

    /// Pregnant or not.
    PregnancyState {
        /// She is.
        Pregnant = "PREGNANT",
        /// She is not.
        NotPregnant = "NOT_PREGNANT",
        /// It is not known, and was asked.
        Unknown = "UNKNOWN",
    }

    /// Yes, no, or asked without an answer.
    Answer {
        /// Yes.
        Yes = "YES",
        /// No.
        No = "NO",
        /// It is not known, and was asked.
        Unknown = "UNKNOWN",
    }

    /// How well the liver works.
    LiverState {
        /// No disease of the liver.
        Normal = "NORMAL",
        /// It is not known, and was asked.
        Unknown = "UNKNOWN",
        /// Child-Pugh A, 5 or 6 points.
        ChildPughA = "CHILD_PUGH_A",
        /// Child-Pugh B, 7 to 9 points.
        ChildPughB = "CHILD_PUGH_B",
        /// Child-Pugh C, 10 to 15 points.
        ChildPughC = "CHILD_PUGH_C",
    }

    /// Whether the enzyme is there.
    G6pdState {
        /// It is.
        Normal = "NORMAL",
        /// It is not known, and was asked.
        Unknown = "UNKNOWN",
        /// It is not; an intermediate result (30 to 70 %) counts as this.
        Deficient = "DEFICIENT",
    }

    /// How the enzyme was looked for.
    G6pdTest {
        /// A rapid test.
        RapidTest = "RAPID_TEST",
        /// The fluorescent spot test.
        SpotTest = "SPOT_TEST",
        /// A measured activity.
        Quantitative = "QUANTITATIVE",
        /// By its gene.
        Genotype = "GENOTYPE",
        /// Another one.
        Other = "OTHER",
    }

    /// Sex, as the formula for the kidneys takes it.
    Sex {
        /// Female.
        Female = "FEMALE",
        /// Male.
        Male = "MALE",
    }

    /// The unit of a creatinine.
    CreatinineUnit {
        /// Micromoles in a litre.
        MicromolesPerLitre = "umol/L",
        /// Milligrams in a decilitre.
        MilligramsPerDecilitre = "mg/dL",
    }

    /// Why an entry counts no more.
    WithdrawalReason {
        /// It was written by mistake.
        EnteredInError = "ENTERED_IN_ERROR",
        /// It was looked into and is not so: the medicine was tolerated, a test was negative.
        Refuted = "REFUTED",
        /// It is over.
        Resolved = "RESOLVED",
        /// For another reason.
        Other = "OTHER",
    }

    /// What became of an entry.
    Action {
        /// The patient stated it.
        Stated = "STATED",
        /// A doctor wrote it.
        Written = "WRITTEN",
        /// A doctor confirmed what the patient stated.
        Confirmed = "CONFIRMED",
        /// The patient took their statement back; what a doctor had confirmed before counts again.
        StatementWithdrawn = "STATEMENT_WITHDRAWN",
        /// It counts no more.
        Withdrawn = "WITHDRAWN",
    }
}

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
        }
    }

    /// Whether a patient has at most one entry of it.
    pub const fn is_single(self) -> bool {
        !matches!(self, Self::Allergies | Self::Conditions)
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
