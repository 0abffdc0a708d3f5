//! What clients send.

use poem_openapi::Object;
use poem_openapi::types::MaybeUndefined;

use crate::api::connections::bodies::setting;
use crate::api::types::Day;
use crate::domain::clinical_record::model::{
    Answer, ConditionCode, CreatinineUnit, G6pdState, G6pdTest, LiverState, Part, PregnancyState, Reaction,
    Severity, Sex, WithdrawalReason,
};
use crate::domain::clinical_record::rules::{
    BreastFeedingInput, ConditionInput, G6pdInput, LiverInput, NoneKnownInput, PregnancyInput, RenalInput,
};
use crate::domain::connections::rules::Setting;
use crate::flows::clinical_record::{AllergenChoice, AllergyChange, ConditionChange, NewAllergy};
use crate::platform::ids::MedicineId;

/// An allergy or intolerance: against exactly one of `medicineId`, `classId` and `substance`.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct AllergyRequest {
    /// A medicine of the catalogue: its ingredients are meant, all of a combination.
    medicine_id: Option<MedicineId>,
    /// A class of the safety rules, such as `c-penicillin`.
    #[oai(validator(max_length = 62))]
    class_id: Option<String>,
    /// A substance in words, in any of the languages of the catalogue, or what it does not know, such as `latex`.
    #[oai(validator(max_length = 100))]
    substance: Option<String>,
    /// What happened; UNKNOWN when left out.
    reaction: Option<Reaction>,
    /// How bad it was; UNKNOWN when left out.
    severity: Option<Severity>,
    /// In one's own words.
    #[oai(validator(max_length = 500))]
    note: Option<String>,
}

impl AllergyRequest {
    /// As the flow takes it.
    pub fn input(self) -> NewAllergy {
        NewAllergy {
            allergen: AllergenChoice {
                medicine: self.medicine_id,
                class: self.class_id,
                substance: self.substance,
            },
            reaction: self.reaction.unwrap_or(Reaction::Unknown),
            severity: self.severity.unwrap_or(Severity::Unknown),
            note: self.note,
        }
    }
}

/// What of an allergy is to be changed; what is left out stays. Against what it is cannot be changed: withdraw it and write
/// the right one down.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct AllergyUpdate {
    /// What happened.
    reaction: Option<Reaction>,
    /// How bad it was.
    severity: Option<Severity>,
    /// In one's own words; null for none.
    #[oai(validator(max_length = 500))]
    note: MaybeUndefined<String>,
}

impl AllergyUpdate {
    /// As the flow takes it.
    pub fn change(self, if_match: Option<u64>) -> AllergyChange {
        AllergyChange { reaction: self.reaction, severity: self.severity, note: setting(self.note), if_match }
    }
}

/// A condition.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ConditionRequest {
    /// Which; OTHER for one without a code.
    code: ConditionCode,
    /// The name of a condition whose code is OTHER; only of that.
    #[oai(validator(max_length = 100))]
    name: Option<String>,
    /// Since when it is known.
    since: Option<Day>,
    /// In one's own words.
    #[oai(validator(max_length = 500))]
    note: Option<String>,
}

impl ConditionRequest {
    /// As the flow takes it.
    pub fn input(self) -> ConditionInput {
        let since = self.since.map(|day| day.0);
        ConditionInput { code: self.code, name: self.name, since, note: self.note }
    }
}

/// What of a condition is to be changed; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ConditionUpdate {
    /// Since when it is known; null when nobody knows.
    since: MaybeUndefined<Day>,
    /// In one's own words; null for none.
    #[oai(validator(max_length = 500))]
    note: MaybeUndefined<String>,
}

impl ConditionUpdate {
    /// As the flow takes it.
    pub fn change(self, if_match: Option<u64>) -> ConditionChange {
        let since = match setting(self.since) {
            Setting::Keep => Setting::Keep,
            Setting::Clear => Setting::Clear,
            Setting::Set(day) => Setting::Set(day.0),
        };
        ConditionChange { since, note: setting(self.note), if_match }
    }
}

/// Pregnant or not.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PregnancyRequest {
    /// Whether. Refused as PREGNANT for somebody who is registered as MALE.
    state: PregnancyState,
    /// When the child is expected: 40 weeks after the last period began.
    expected_on: Option<Day>,
    /// Or in which week she is, by completed weeks, 0 to 42; not together with `expectedOn`.
    week: Option<u32>,
    /// The day for which that holds; today when left out.
    said_on: Option<Day>,
    /// In one's own words.
    #[oai(validator(max_length = 500))]
    note: Option<String>,
}

impl PregnancyRequest {
    /// As the flow takes it.
    pub fn input(self) -> PregnancyInput {
        PregnancyInput {
            state: self.state,
            expected_on: self.expected_on.map(|day| day.0),
            week: self.week,
            said_on: self.said_on.map(|day| day.0),
            note: self.note,
        }
    }
}

/// Breast-feeding or not.
#[derive(Debug, Object)]
pub struct BreastFeedingRequest {
    /// Whether. Refused as YES for somebody who is registered as MALE.
    state: Answer,
    /// In one's own words.
    #[oai(validator(max_length = 500))]
    note: Option<String>,
}

impl BreastFeedingRequest {
    /// As the flow takes it.
    pub fn input(self) -> BreastFeedingInput {
        BreastFeedingInput { state: self.state, note: self.note }
    }
}

/// Kidney function: the eGFR, or a creatinine with its unit.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RenalRequest {
    /// The estimated glomerular filtration rate in mL/min/1.73 m², 1 to 200. Kept to a tenth, rounded down.
    egfr: Option<f64>,
    /// Or the creatinine of the blood, at most three decimals.
    creatinine: Option<f64>,
    /// The unit of the creatinine: 20 to 2,500 umol/L, 0.2 to 28 mg/dL.
    unit: Option<CreatinineUnit>,
    /// For the formula, of somebody who is registered neither as MALE nor as FEMALE.
    sex: Option<Sex>,
    /// When the blood was taken.
    measured_on: Day,
    /// In one's own words.
    #[oai(validator(max_length = 500))]
    note: Option<String>,
}

impl RenalRequest {
    /// As the flow takes it.
    pub fn input(self) -> RenalInput {
        RenalInput {
            egfr: self.egfr,
            creatinine: self.creatinine,
            unit: self.unit,
            sex: self.sex,
            measured_on: self.measured_on.0,
            note: self.note,
        }
    }
}

/// Liver function.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct LiverRequest {
    /// How well it works.
    state: LiverState,
    /// When it was assessed.
    assessed_on: Option<Day>,
    /// In one's own words.
    #[oai(validator(max_length = 500))]
    note: Option<String>,
}

impl LiverRequest {
    /// As the flow takes it.
    pub fn input(self) -> LiverInput {
        LiverInput { state: self.state, assessed_on: self.assessed_on.map(|day| day.0), note: self.note }
    }
}

/// G6PD.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct G6pdRequest {
    /// Whether it is there.
    state: G6pdState,
    /// How it was looked for; not with UNKNOWN.
    test: Option<G6pdTest>,
    /// When; not with UNKNOWN.
    tested_on: Option<Day>,
    /// In one's own words.
    #[oai(validator(max_length = 500))]
    note: Option<String>,
}

impl G6pdRequest {
    /// As the flow takes it.
    pub fn input(self) -> G6pdInput {
        G6pdInput {
            state: self.state,
            test: self.test,
            tested_on: self.tested_on.map(|day| day.0),
            note: self.note,
        }
    }
}

/// Somebody asked, and there is none.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NoneKnownRequest {
    /// In one's own words.
    #[oai(validator(max_length = 500))]
    note: Option<String>,
}

impl NoneKnownRequest {
    /// As the flow takes it.
    pub fn input(self) -> NoneKnownInput {
        NoneKnownInput { note: self.note }
    }
}

/// A part of which there is one: PREGNANCY, BREAST_FEEDING, RENAL, LIVER, G6PD, NO_KNOWN_ALLERGIES or
/// NO_KNOWN_CONDITIONS.
#[derive(Debug, Object)]
pub struct PartRequest {
    /// Which.
    pub part: Part,
}

/// A part of which there is one, and why it is withdrawn.
#[derive(Debug, Object)]
pub struct PartWithdrawal {
    /// Which: PREGNANCY, BREAST_FEEDING, RENAL, LIVER, G6PD, NO_KNOWN_ALLERGIES or NO_KNOWN_CONDITIONS.
    pub part: Part,
    /// Why; needed of a doctor.
    pub reason: Option<WithdrawalReason>,
}
