//! What may stand in the clinical record, and what counts of it. Pure functions.

pub mod pregnancy;
mod reading;

use chrono::NaiveDate;

pub use reading::{
    BreastFeedingInput, ConditionInput, G6pdInput, LiverInput, NoneKnownInput, PregnancyInput, RenalInput,
    breast_feeding, condition, g6pd, liver, no_known_allergies, no_known_conditions, note, pregnancy, renal,
    substance,
};

use super::model::{
    Allergen, Allergy, Answer, Content, G6pdState, LiverState, Part, PregnancyState, Reaction,
};
use crate::domain::users::model::Gender;

/// Most allergies, and most conditions, that a patient has at one time.
pub const ENTRIES_MAX: usize = 50;
/// Most characters of a note.
pub const NOTE_CHARS_MAX: usize = 500;
/// Most characters of a substance or a condition in words.
pub const WORDS_CHARS_MAX: usize = 100;

/// What must be known of a person to judge what is said of them.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The day on which it is said.
    pub today: NaiveDate,
    /// When they were born.
    pub born: Option<NaiveDate>,
    /// As registered.
    pub gender: Option<Gender>,
}

/// Whether a statement would take something from what a doctor confirmed: the patient cannot do that. What makes it graver
/// is always heard.
pub fn is_softer(stated: &Content, confirmed: &Content, today: NaiveDate) -> bool {
    match (stated, confirmed) {
        (Content::Allergy(stated), Content::Allergy(confirmed)) => is_softer_allergy(stated, confirmed),
        (Content::Pregnancy(_), Content::Pregnancy(confirmed)) => {
            pregnancy::state_on(confirmed, today) == PregnancyState::Pregnant
        }
        (Content::BreastFeeding(stated), Content::BreastFeeding(confirmed)) => {
            confirmed.state == Answer::Yes && stated.state != Answer::Yes
        }
        (Content::Renal(stated), Content::Renal(confirmed)) => stated.egfr_tenths > confirmed.egfr_tenths,
        (Content::Liver(stated), Content::Liver(confirmed)) => {
            confirmed.state != LiverState::Unknown && stated.state < confirmed.state
        }
        (Content::G6pd(stated), Content::G6pd(confirmed)) => {
            confirmed.state == G6pdState::Deficient && stated.state != G6pdState::Deficient
        }
        // Nothing is taken away by other words for the same.
        (Content::NoKnownAllergies(_), Content::NoKnownAllergies(_))
        | (Content::NoKnownConditions(_), Content::NoKnownConditions(_)) => false,
        // A condition has no degrees: another one is an entry of its own.
        (stated, confirmed) => stated != confirmed,
    }
}

fn is_softer_allergy(stated: &Allergy, confirmed: &Allergy) -> bool {
    // Rules ask for single reactions, so another one of the same weight takes something away too.
    let keeps_reaction =
        stated.reaction == confirmed.reaction || weight(stated.reaction) > weight(confirmed.reaction);
    stated.allergen != confirmed.allergen || !keeps_reaction || stated.severity < confirmed.severity
}

/// How much a reaction forbids.
const fn weight(reaction: Reaction) -> u8 {
    match reaction {
        Reaction::Intolerance | Reaction::Itching => 0,
        Reaction::Unknown | Reaction::Other => 1,
        Reaction::Rash => 2,
        Reaction::Urticaria | Reaction::Bronchospasm | Reaction::Thrombocytopenia => 3,
        Reaction::Angioedema | Reaction::Anaphylaxis | Reaction::SevereSkinReaction => 4,
    }
}

/// What two entries of one part have in common when they say the same thing of a patient: a second one is refused.
pub fn identity(content: &Content) -> String {
    let folded = |words: &str| words.to_lowercase();
    match content {
        Content::Allergy(Allergy { allergen, .. }) => match allergen {
            Allergen::Ingredients { names, .. } => names.join(" + "),
            Allergen::Class { id } => id.clone(),
            Allergen::Substance { words } => folded(words.reveal()),
        },
        Content::Condition(condition) => {
            let words = condition.words.as_ref().map(|words| folded(words.reveal())).unwrap_or_default();
            format!("{} {words}", condition.code.name())
        }
        other => other.part().name().to_owned(),
    }
}

/// Whether family with the prescriptions scope may see a part without more being ticked.
pub const fn is_open_to_family(part: Part) -> bool {
    matches!(part, Part::Allergies | Part::NoKnownAllergies)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clinical_record::model::{
        Condition, ConditionCode, CreatinineUnit, Liver, Pregnancy, Renal, Severity,
    };
    use crate::platform::secret::Phi;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn allergy(reaction: Reaction, severity: Severity) -> Content {
        let allergen = Allergen::Class { id: "c-penicillin".to_owned() };
        Content::Allergy(Allergy { allergen, reaction, severity, note: None })
    }

    #[test]
    fn the_formula_is_for_adults_and_for_values_that_are_a_creatinine() {
        let said = |born: &str, creatinine| {
            let about = About { today: day("2026-11-22"), born: Some(day(born)), gender: Some(Gender::Male) };
            let input = RenalInput {
                egfr: None,
                creatinine: Some(creatinine),
                unit: Some(CreatinineUnit::MicromolesPerLitre),
                sex: None,
                measured_on: day("2026-11-20"),
                note: None,
            };
            renal(&input, &about)
                .map_err(|error| error.fields().iter().map(|field| field.code).collect::<Vec<_>>())
        };
        assert!(said("1986-11-20", 80.0).is_ok());
        assert!(said("2008-11-20", 80.0).is_ok(), "eighteen that day");
        assert_eq!(said("2008-11-21", 80.0).unwrap_err(), ["renal_adults_only"]);
        assert!(said("1986-11-20", 1.1).is_err());
        assert!(said("1986-11-20", f64::NAN).is_err());
    }

    /// For every pair of two different contents that differ in nothing but degree, at most one direction is open to
    /// the patient.
    #[test]
    fn what_was_made_graver_cannot_be_taken_back_by_the_patient() {
        let today = day("2026-11-22");
        for reaction in Reaction::ALL {
            for severity in Severity::ALL {
                for other in Reaction::ALL {
                    for degree in Severity::ALL {
                        let (one, two) = (allergy(*reaction, *severity), allergy(*other, *degree));
                        let both_open = !is_softer(&one, &two, today) && !is_softer(&two, &one, today);
                        assert!(!both_open || one == two, "{one:?} {two:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_patient_adds_and_does_not_take_away() {
        let today = day("2026-11-22");
        let rash = allergy(Reaction::Rash, Severity::Mild);
        assert!(!is_softer(&allergy(Reaction::Anaphylaxis, Severity::Severe), &rash, today));
        assert!(is_softer(&allergy(Reaction::Intolerance, Severity::Severe), &rash, today));
        assert!(is_softer(&rash, &allergy(Reaction::Rash, Severity::Unknown), today));
        let kidney = |tenths| {
            let measured_on = day("2026-11-01");
            Content::Renal(Renal { egfr_tenths: tenths, measured_on, creatinine: None, note: None })
        };
        assert!(is_softer(&kidney(300), &kidney(250), today));
        assert!(!is_softer(&kidney(200), &kidney(250), today));
        let liver = |state| Content::Liver(Liver { state, assessed_on: None, note: None });
        assert!(is_softer(&liver(LiverState::Unknown), &liver(LiverState::ChildPughB), today));
        assert!(is_softer(&liver(LiverState::ChildPughA), &liver(LiverState::ChildPughB), today));
        assert!(!is_softer(&liver(LiverState::Normal), &liver(LiverState::Unknown), today));
        let asthma = |note: Option<&str>| {
            let note = note.map(|note| Phi::new(note.to_owned()));
            Content::Condition(Condition { code: ConditionCode::Asthma, words: None, since: None, note })
        };
        assert!(is_softer(&asthma(Some("gone")), &asthma(None), today));
    }

    #[test]
    fn a_confirmed_pregnancy_is_the_doctors_until_it_is_over() {
        let pregnant = |state, expected: Option<&str>| {
            let (expected_on, said_on) = (expected.map(day), day("2026-06-01"));
            Content::Pregnancy(Pregnancy { state, expected_on, said_on, note: None })
        };
        let confirmed = pregnant(PregnancyState::Pregnant, Some("2026-12-01"));
        let not = pregnant(PregnancyState::NotPregnant, None);
        assert!(is_softer(&not, &confirmed, day("2026-12-22")));
        assert!(!is_softer(&not, &confirmed, day("2026-12-23")));
        assert!(!is_softer(&confirmed, &not, day("2026-06-01")));
    }
}
