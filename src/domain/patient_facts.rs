//! The clinical record as safety rules ask for it.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::clinical_facts::facts_of;
use super::clinical_record::facts::{AllergenFact, AllergyFact, ClinicalFacts};
use super::clinical_record::model::{ConditionCode, G6pdState, LiverState, Reaction as Recorded, Severity};
use super::connections::access::Access;
use super::safety::{Allergen, Allergy, Ancestry, G6pd, PatientFacts, Pregnancy, Reaction};
use super::vitals;
use super::vitals::model::{Vital, VitalType};
use crate::platform::clock::Span;
use crate::platform::error::Result;
use crate::platform::store::Reader;

/// For how long a pulse or blood pressure speaks for the patient of today (chosen).
const VITALS_HOLD: Span = Span::days(30);

/// What is known of a patient today. `access` is the right of the server: see [`facts_of`].
///
/// # Errors
/// When the store cannot be read.
pub fn patient_facts(tx: &dyn Reader, access: &Access, today: NaiveDate, zone: Tz) -> Result<PatientFacts> {
    let recent = |of| -> Result<Option<Vital>> {
        let newest = vitals::tables::newest(tx, access, of, 1)?.into_iter().next();
        Ok(newest.filter(|vital| tx.now() < vital.measured_at.plus(VITALS_HOLD)))
    };
    let whole = |milli: i32| u32::try_from(milli.div_euclid(1_000)).ok();
    let (pulse, pressure) = (recent(VitalType::HeartRate)?, recent(VitalType::BloodPressure)?);
    let facts = of_record(&facts_of(tx, access, today, zone)?);
    Ok(PatientFacts {
        pulse: pulse.and_then(|vital| whole(vital.reading.value.0)),
        systolic: pressure.as_ref().and_then(|vital| whole(vital.reading.value.0)),
        diastolic: pressure.and_then(|vital| whole(vital.reading.secondary?.0)),
        ..facts
    })
}

/// What the record says. A list without an entry was not asked for, unless somebody said so: nobody is taken to be free of
/// allergies.
fn of_record(record: &ClinicalFacts) -> PatientFacts {
    let born = record.age_days.and_then(|days| record.on.checked_sub_days(Days::new(days.into())));
    let pregnancy = match record.pregnancy.as_ref().map(|fact| fact.value) {
        None => Pregnancy::Unknown,
        Some(said) if said.is_pregnant => Pregnancy::Yes { week: said.week },
        Some(_) => Pregnancy::No,
    };
    let g6pd = match record.g6pd.as_ref().map(|fact| fact.value) {
        Some(G6pdState::Normal) => G6pd::Normal,
        Some(G6pdState::Deficient) => G6pd::Deficient,
        Some(G6pdState::Unknown) | None => G6pd::Unknown,
    };
    PatientFacts {
        born,
        sex: record.sex,
        weight_grams: record.weight.map(|weight| weight.grams),
        weight_measured_on: record.weight.map(|weight| weight.measured_on),
        egfr: record.kidney.as_ref().map(|fact| u32::from(fact.value.egfr_tenths) / 10),
        egfr_measured_on: record.kidney.as_ref().map(|fact| fact.value.measured_on),
        pregnancy,
        breast_feeding: record.breast_feeding.as_ref().map(|fact| fact.value),
        g6pd,
        conditions: conditions(record),
        conditions_in_words: in_words(record),
        allergies: allergies(record),
        // The product is made for Cambodia, where nearly everybody carries the risk that rules ask about. Who does not
        // gets a warning too many.
        ancestry: Some(Ancestry::SouthEastAsian),
        ..PatientFacts::default()
    }
}

fn allergies(record: &ClinicalFacts) -> Option<Vec<Allergy>> {
    let known = &record.allergies;
    // Asthma that aspirin brings on is a reaction to all medicines that act like it.
    let by_asthma = record.conditions.iter().any(|one| one.code == ConditionCode::AspirinSensitiveAsthma);
    let to = [Allergen::Ingredient("acetylsalicylic acid".to_owned()), Allergen::Class("c-nsaid".to_owned())];
    let by_asthma = to.into_iter().filter(|_| by_asthma).map(|to| Allergy {
        to,
        reaction: Reaction::Asthma,
        intolerance: false,
    });
    let of_fact = |fact: &AllergyFact| {
        let to: Vec<Allergen> = match &fact.allergen {
            AllergenFact::Ingredients(names) => names.iter().cloned().map(Allergen::Ingredient).collect(),
            AllergenFact::Class(id) => vec![Allergen::Class(id.clone())],
            AllergenFact::Substance(words) => vec![Allergen::Words(words.clone())],
        };
        let intolerance = fact.reaction == Recorded::Intolerance;
        let reactions = reactions(fact.reaction, fact.severity);
        let allergy = |to: Allergen| {
            let one = move |reaction| Allergy { to: to.clone(), reaction, intolerance };
            reactions.clone().into_iter().map(one)
        };
        to.into_iter().flat_map(allergy).collect::<Vec<_>>()
    };
    let all: Vec<Allergy> = known.iter().flat_map(of_fact).chain(by_asthma).collect();
    (!all.is_empty() || record.has_no_known_allergies).then_some(all)
}

/// What happened, in the words of the rules. What put life in danger counts as that beside what it was.
fn reactions(recorded: Recorded, severity: Severity) -> Vec<Reaction> {
    let named = match recorded {
        Recorded::Anaphylaxis => Reaction::Anaphylaxis,
        Recorded::Angioedema => Reaction::Angioedema,
        Recorded::SevereSkinReaction => Reaction::SevereSkin,
        Recorded::Bronchospasm => Reaction::Asthma,
        Recorded::Urticaria => Reaction::Urticaria,
        Recorded::Rash => Reaction::Rash,
        Recorded::Thrombocytopenia => Reaction::Thrombocytopenia,
        Recorded::Itching => Reaction::Itching,
        Recorded::Intolerance => Reaction::Nausea,
        Recorded::Unknown | Recorded::Other => match severity {
            Severity::Mild => Reaction::Mild,
            Severity::Unknown | Severity::Moderate => Reaction::Unknown,
            Severity::Severe => Reaction::Severe,
        },
    };
    let is_grave = severity == Severity::Severe && recorded != Recorded::Intolerance;
    let severe = (is_grave && !named.is_severe()).then_some(Reaction::Severe);
    std::iter::once(named).chain(severe).collect()
}

fn conditions(record: &ClinicalFacts) -> Option<BTreeSet<String>> {
    let liver = record.liver.as_ref().and_then(|fact| match fact.value {
        LiverState::Normal | LiverState::Unknown => None,
        LiverState::ChildPughA | LiverState::ChildPughB => Some("liver-disease"),
        // Ten points and more are reached by decompensation alone.
        LiverState::ChildPughC => Some("decompensated-cirrhosis"),
    });
    let listed = record.conditions.iter().filter_map(|condition| rule_name(condition.code));
    let codes: BTreeSet<String> = listed.chain(liver).map(ToOwned::to_owned).collect();
    // What somebody wrote in their own words does not say that they were asked for what rules ask.
    let was_asked = record.has_no_known_conditions
        || record.liver.is_some()
        || record.conditions.iter().any(|condition| condition.code != ConditionCode::Other);
    was_asked.then_some(codes)
}

/// Conditions that are known in the words of a person alone. Some of them may be one that rules ask for.
fn in_words(record: &ClinicalFacts) -> BTreeSet<String> {
    let others = record.conditions.iter().filter(|condition| condition.code == ConditionCode::Other);
    others.filter_map(|condition| condition.words.clone()).collect()
}

/// What `conditions.csv` calls a condition; nothing for those that no rule asks for.
pub const fn rule_name(code: ConditionCode) -> Option<&'static str> {
    Some(match code {
        ConditionCode::Asthma | ConditionCode::AspirinSensitiveAsthma => "asthma",
        ConditionCode::AcuteSevereAsthma => "acute-severe-asthma",
        ConditionCode::RespiratoryFailure => "respiratory-failure",
        ConditionCode::ActivePepticUlcer => "active-peptic-ulcer",
        ConditionCode::GutBleeding => "gut-bleeding",
        ConditionCode::HeartFailure => "heart-failure",
        ConditionCode::HeartFailureReducedEjection => "heart-failure-reduced",
        ConditionCode::IschaemicHeartDisease => "ischaemic-heart-disease",
        ConditionCode::Stroke => "stroke",
        ConditionCode::PeripheralArteryDisease => "peripheral-artery-disease",
        ConditionCode::Hypertension => "hypertension",
        ConditionCode::UncontrolledHypertension => "uncontrolled-hypertension",
        ConditionCode::SevereHypertension => "severe-hypertension",
        ConditionCode::HeartBlock => "heart-block",
        ConditionCode::Pacemaker => "pacemaker",
        ConditionCode::LongQtSyndrome => "long-qt-syndrome",
        ConditionCode::MechanicalHeartValve => "mechanical-heart-valve",
        ConditionCode::VenousThrombosis => "venous-thrombosis",
        ConditionCode::ArterialThrombosis => "arterial-thrombosis",
        ConditionCode::BreastCancer => "breast-cancer",
        ConditionCode::Epilepsy => "epilepsy",
        ConditionCode::Psychosis => "psychosis",
        ConditionCode::Depression => "depression",
        ConditionCode::ParkinsonDisease => "parkinson-disease",
        ConditionCode::Tremor => "tremor",
        ConditionCode::RestlessLegs => "restless-legs",
        ConditionCode::MyastheniaGravis => "myasthenia-gravis",
        ConditionCode::MigraineWithAura => "migraine-with-aura",
        ConditionCode::AngleClosureGlaucoma => "angle-closure-glaucoma",
        ConditionCode::OpticNeuritis => "optic-neuritis",
        ConditionCode::CannotReportVision => "cannot-report-vision",
        ConditionCode::UrinaryRetention => "urinary-retention",
        ConditionCode::ProstaticEnlargementWithRetention => "prostatic-enlargement-with-retention",
        ConditionCode::AcutePorphyria => "acute-porphyria",
        ConditionCode::LiverDisease => "liver-disease",
        ConditionCode::SevereLiverDisease => "severe-liver-disease",
        ConditionCode::AcuteLiverFailure => "acute-liver-failure",
        ConditionCode::DecompensatedCirrhosis => "decompensated-cirrhosis",
        ConditionCode::ActiveLiverDisease => "active-liver-disease-raised-transaminases",
        ConditionCode::HeavyAlcoholUse => "heavy-alcohol-use",
        ConditionCode::UreaCycleDisorder => "urea-cycle-disorder",
        ConditionCode::Dengue => "dengue",
        ConditionCode::Type1Diabetes => "type-1-diabetes",
        ConditionCode::Ketoacidosis => "ketoacidosis",
        ConditionCode::Gout => "gout",
        ConditionCode::AcuteGout => "gout-flare",
        ConditionCode::Tuberculosis => "tuberculosis",
        ConditionCode::NewbornJaundice => "newborn-jaundice",
        ConditionCode::Preterm => "preterm",
        ConditionCode::AlcoholUse | ConditionCode::Type2Diabetes | ConditionCode::Other => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a rule asks for can be recorded, and what is recorded is a condition of the rules.
    #[test]
    fn conditions_of_rules_and_of_the_record_are_the_same() {
        let shipped = include_str!("../../data/safety/conditions.csv");
        let of_rules: BTreeSet<&str> =
            shipped.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        let of_record: BTreeSet<&str> = ConditionCode::ALL
            .iter()
            .filter_map(|code| rule_name(*code))
            .chain(["g6pd-deficiency"])
            .collect();
        assert_eq!(of_record, of_rules);
    }

    #[test]
    fn what_put_life_in_danger_counts_as_that() {
        assert_eq!(reactions(Recorded::Rash, Severity::Mild), [Reaction::Rash]);
        assert_eq!(reactions(Recorded::Rash, Severity::Severe), [Reaction::Rash, Reaction::Severe]);
        assert_eq!(reactions(Recorded::Other, Severity::Severe), [Reaction::Severe]);
        assert_eq!(reactions(Recorded::Unknown, Severity::Moderate), [Reaction::Unknown]);
        assert_eq!(reactions(Recorded::Anaphylaxis, Severity::Severe), [Reaction::Anaphylaxis]);
        assert_eq!(reactions(Recorded::Intolerance, Severity::Severe), [Reaction::Nausea]);
    }

    #[test]
    fn nobody_is_taken_to_be_free_of_what_was_not_asked() {
        let facts = of_record(&ClinicalFacts::default());
        assert_eq!((facts.allergies, facts.conditions, facts.g6pd), (None, None, G6pd::Unknown));
        assert_eq!((facts.pregnancy, facts.egfr, facts.born), (Pregnancy::Unknown, None, None));
    }
}
