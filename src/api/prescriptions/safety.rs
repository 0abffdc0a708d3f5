//! What the safety check says, as clients get it.

use poem_openapi::Object;

use super::lines::Texts;
use crate::api::types::named_lists;
use crate::domain::prescriptions::finding::{self, Finding, FoundMedicine, SafetyReport, SilentFinding};
use crate::domain::prescriptions::model::{self, OverrideReason};
use crate::domain::prescriptions::notice::Wording;
use crate::domain::prescriptions::record::Override;
use crate::platform::ids::MedicationId;

named_lists! {
    /// How grave a finding is: only STOP asks for a reason.
    model::Tier as "FindingTier": Note, Warn, Stop;
    /// Why a prescriber signs in spite of a finding. OTHER needs words, and so does SIGNED_UNCHECKED, the only answer where
    /// nothing could be checked because no rules are in force.
    model::OverrideReason as "OverrideReason": BenefitOutweighs, NoAlternative, WillMonitor, ToleratedBefore,
        NotAnAllergy, DoseIntended, Switching, SpecialistAdvice, RecordIsWrong, SignedUnchecked, Other;
}

impl From<Wording> for Texts {
    fn from(wording: Wording) -> Self {
        Self { khmer: wording.khmer, english: wording.english }
    }
}

/// A medicine that a finding is about. One that the reader may not see has neither name nor id.
#[derive(Debug, Object)]
#[oai(rename = "FindingMedicine", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct MedicineAnswer {
    /// Its place in `medications` of the request, from 0; left out for what is taken beside them.
    medication_index: Option<u32>,
    /// Its line, when it is taken beside them.
    medication_id: Option<MedicationId>,
    /// As it is shown.
    name: Option<String>,
    /// The ingredient that the rule names.
    ingredient: Option<String>,
    /// Whether the reader may not see it: it is in a prescription that the patient has not shared with them.
    is_hidden: bool,
}

impl MedicineAnswer {
    fn of(medicine: FoundMedicine) -> Self {
        Self {
            medication_index: medicine.place.and_then(|place| u32::try_from(place).ok()),
            medication_id: medicine.line,
            is_hidden: medicine.name.is_none(),
            name: medicine.name,
            ingredient: medicine.ingredient,
        }
    }
}

/// What a good pharmacist would say. One of tier STOP is signed only with an override: its id and a reason.
#[derive(Debug, Object)]
#[oai(rename = "SafetyFinding", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct FindingAnswer {
    /// What an override names: the same whenever the same is found.
    id: String,
    /// How grave it is.
    tier: model::Tier,
    /// The harm in one word, such as BLEED, ALLERGY, DOSE, DUPLICATE, KIDNEY, PREGNANCY.
    hazard: String,
    /// The field that it is about, as in errors.
    field: String,
    /// The medicines.
    medicines: Vec<MedicineAnswer>,
    /// What may happen.
    effect: Texts,
    /// What to do.
    action: Texts,
    /// Of this case: the dose found and its limit, the days since a medicine was stopped.
    detail: Option<Texts>,
    /// Who says so.
    source: String,
    /// Of which year.
    year: Option<String>,
    /// Whether it was read in its source, or a reviewer stands for it.
    verified: bool,
    /// Whether a pharmacist has read the Khmer words.
    khmer_reviewed: bool,
    /// Reasons that fit an override, the likeliest first; empty for whoever cannot answer for it.
    override_reasons: Vec<OverrideReason>,
}

impl FindingAnswer {
    /// As the API shows it.
    pub fn of(finding: Finding) -> Self {
        Self {
            id: finding.id,
            tier: finding.tier,
            hazard: finding.hazard,
            field: finding.field,
            medicines: finding.medicines.into_iter().map(MedicineAnswer::of).collect(),
            effect: finding.effect.into(),
            action: finding.action.into(),
            detail: finding.detail.map(Texts::from),
            source: finding.source,
            year: Some(finding.year).filter(|year| !year.is_empty()),
            verified: finding.verified,
            khmer_reviewed: finding.khmer_reviewed,
            override_reasons: finding.override_reasons,
        }
    }
}

/// Something that was not checked. It is not safe, it is not known.
#[derive(Debug, Object)]
#[oai(rename = "NotChecked", rename_all = "camelCase")]
pub struct NotCheckedAnswer {
    /// Stable code.
    what: String,
    /// In a sentence.
    why: Texts,
    /// The fields of the lines that it concerns, as in errors.
    fields: Vec<String>,
}

impl NotCheckedAnswer {
    /// As the API shows it.
    pub fn of(one: finding::NotChecked) -> Self {
        Self { what: one.what, why: one.why.into(), fields: one.fields }
    }
}

/// A finding that does not interrupt.
#[derive(Debug, Object)]
#[oai(rename = "SuppressedFinding", rename_all = "camelCase")]
pub struct SuppressedAnswer {
    /// What was found.
    finding: FindingAnswer,
    /// Why it is silent: GRAVER (a graver one speaks of the same medicines), NOT_INTERRUPTIVE (public lists say that it
    /// need not interrupt), SUPPRESSED (the clinic has suppressed the rule).
    why: String,
}

impl SuppressedAnswer {
    /// As the API shows it.
    pub fn of(silent: SilentFinding) -> Self {
        Self { finding: FindingAnswer::of(silent.finding), why: silent.why }
    }
}

/// What the safety check says.
#[derive(Debug, Object)]
#[oai(rename = "SafetyCheck", rename_all = "camelCase")]
pub struct SafetyAnswer {
    /// The gravest first.
    findings: Vec<FindingAnswer>,
    /// What could not be weighed.
    not_checked: Vec<NotCheckedAnswer>,
    /// What was found and does not interrupt.
    suppressed: Vec<SuppressedAnswer>,
}

impl SafetyAnswer {
    /// As the API shows it.
    pub fn of(report: SafetyReport) -> Self {
        Self {
            findings: report.findings.into_iter().map(FindingAnswer::of).collect(),
            not_checked: report.not_checked.into_iter().map(NotCheckedAnswer::of).collect(),
            suppressed: report.silent.into_iter().map(SuppressedAnswer::of).collect(),
        }
    }
}

/// A safety finding that the author saw and overrode.
#[derive(Debug, Object)]
#[oai(rename = "SafetyOverride", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct OverrideAnswer {
    /// Which finding.
    finding_id: String,
    /// Why it is prescribed nevertheless.
    reason: OverrideReason,
    /// The same in words.
    note: Option<String>,
    /// How grave it was.
    tier: Option<model::Tier>,
    /// The harm in one word.
    hazard: Option<String>,
    /// The medicines by name, but for those that the author may not see.
    medicines: Option<Vec<String>>,
    /// What may happen.
    effect: Option<Texts>,
}

impl OverrideAnswer {
    /// As the API shows it.
    pub fn of(given: &Override) -> Self {
        let of = given.of.as_ref();
        Self {
            finding_id: given.finding.clone(),
            reason: given.code,
            note: given.reason.as_ref().map(|reason| reason.reveal().clone()),
            tier: of.map(|of| of.tier),
            hazard: of.map(|of| of.hazard.clone()),
            medicines: of.map(|of| of.medicines.clone()),
            effect: of.map(|of| of.effect.clone().into()),
        }
    }
}
