//! The closed lists of the clinical record.

use serde::{Deserialize, Serialize};

use crate::domain::users::model::Gender;

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
        /// Somebody asked for allergies, and there are none.
        NoKnownAllergies = "NO_KNOWN_ALLERGIES",
        /// Somebody asked for conditions, and there are none.
        NoKnownConditions = "NO_KNOWN_CONDITIONS",
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
        SevereHypertension = "SEVERE_HYPERTENSION",
        HeartBlock = "HEART_BLOCK",
        Pacemaker = "PACEMAKER",
        LongQtSyndrome = "LONG_QT_SYNDROME",
        MechanicalHeartValve = "MECHANICAL_HEART_VALVE",
        VenousThrombosis = "VENOUS_THROMBOSIS",
        ArterialThrombosis = "ARTERIAL_THROMBOSIS",
        BreastCancer = "BREAST_CANCER",
        Epilepsy = "EPILEPSY",
        Psychosis = "PSYCHOSIS",
        Depression = "DEPRESSION",
        ParkinsonDisease = "PARKINSON_DISEASE",
        Tremor = "TREMOR",
        RestlessLegs = "RESTLESS_LEGS",
        MyastheniaGravis = "MYASTHENIA_GRAVIS",
        MigraineWithAura = "MIGRAINE_WITH_AURA",
        AngleClosureGlaucoma = "ANGLE_CLOSURE_GLAUCOMA",
        OpticNeuritis = "OPTIC_NEURITIS",
        CannotReportVision = "CANNOT_REPORT_VISION",
        UrinaryRetention = "URINARY_RETENTION",
        ProstaticEnlargementWithRetention = "PROSTATIC_ENLARGEMENT_WITH_RETENTION",
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
        Tuberculosis = "TUBERCULOSIS",
        NewbornJaundice = "NEWBORN_JAUNDICE",
        Preterm = "PRETERM",
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

impl Sex {
    /// That of a registered person; nothing where none, or another gender, is registered.
    pub const fn registered(gender: Option<Gender>) -> Option<Self> {
        match gender {
            Some(Gender::Female) => Some(Self::Female),
            Some(Gender::Male) => Some(Self::Male),
            Some(Gender::Other) | None => None,
        }
    }
}
