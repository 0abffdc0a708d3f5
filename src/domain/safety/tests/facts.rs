//! Facts that are old, and doses that are split: what is said, and what is not.

use std::collections::BTreeSet;

use chrono::Days;

use super::*;
use crate::domain::prescriptions::model::Slot;
use crate::platform::i18n::Language;

fn ask(patient: &PatientFacts, new: &[Line]) -> Checked {
    check(&RULES, &Adjustments::default(), patient, &[], new, today())
}

fn days_ago(days: u64) -> Option<NaiveDate> {
    today().checked_sub_days(Days::new(days))
}

fn left_open(patient: &PatientFacts, line: Line) -> Vec<String> {
    let checked = ask(patient, &[line]);
    checked.not_checked.iter().map(|one| one.why().text(Language::English)).collect()
}

#[test]
fn a_kidney_function_of_long_ago_counts_and_is_called_old() {
    let measured = |days| PatientFacts { egfr_measured_on: days_ago(days), ..adult() };
    let metformin = || line("a", "metformin", 500, 2);
    assert_eq!(left_open(&measured(366), metformin()), [""; 0]);
    let old = ["The kidney function that counts was measured on 28/02/2025: measure again."];
    assert_eq!(left_open(&measured(367), metformin()), old);
    assert_eq!(left_open(&measured(367), line("a", "simvastatin", 20, 1)), [""; 0]);
    let weak = PatientFacts { egfr: Some(20), ..measured(367) };
    assert_eq!(ask(&weak, &[metformin()]).gravest(), Some(Tier::Stop));
}

#[test]
fn a_child_is_weighed_again_where_the_dose_goes_by_weight() {
    let child = |days| PatientFacts {
        born: days_ago(7 * 365),
        weight_grams: Some(22_000),
        weight_measured_on: days_ago(days),
        ..adult()
    };
    let paracetamol = || line("a", "paracetamol", 250, 3);
    assert_eq!(left_open(&child(92), paracetamol()), [""; 0]);
    let old = ["The weight that counts was measured on 29/11/2025: weigh again."];
    assert_eq!(left_open(&child(93), paracetamol()), old);
}

/// Two lines of one medicine in one prescription, each in a slot.
fn split(ingredient: &str, (first, second): ((u64, &str), (u64, &str))) -> Vec<Line> {
    let at = |key, (mg, strength): (u64, &str), slot| {
        let mut line = line(key, ingredient, mg, 1);
        (line.strength, line.plan) = (strength.to_owned(), Some("new".to_owned()));
        line.rhythm.slots = BTreeSet::from([slot]);
        line
    };
    vec![at("a", first, Slot::Morning), at("b", second, Slot::Noon)]
}

#[test]
fn a_dose_that_is_split_in_one_prescription_is_no_mistake() {
    let tier = |lines: &[Line]| ask(&adult(), lines).gravest();
    // One strength, two times of the day, within the limit of a day.
    let mut furosemide = split("furosemide", ((40, "40 mg"), (20, "40 mg")));
    assert_eq!(tier(&furosemide), Some(Tier::Note));
    for line in &mut furosemide {
        line.rhythm.slots = BTreeSet::from([Slot::Morning]);
    }
    assert_eq!(tier(&furosemide), Some(Tier::Stop), "both in the morning is the same twice");
    // Two strengths of which the limit of a day is not known.
    let mut unknown = adult();
    unknown.born = None;
    let prednisolone = split("prednisolone", ((20, "20 mg"), (5, "5 mg")));
    assert_eq!(ask(&unknown, &prednisolone).gravest(), Some(Tier::Note));
    let morphine = split("morphine", ((30, "30 mg"), (10, "10 mg")));
    assert_eq!(tier(&morphine), Some(Tier::Warn), "a high-alert medicine");
    // Above it neither excuses anything.
    let above = split("paracetamol", ((3_000, "500 mg"), (3_000, "250 mg")));
    assert_eq!(tier(&above), Some(Tier::Stop));
    let mut two_prescriptions = split("furosemide", ((40, "40 mg"), (20, "40 mg")));
    two_prescriptions[1].plan = Some("another".to_owned());
    assert_eq!(tier(&two_prescriptions), Some(Tier::Stop));
}

#[test]
fn after_a_severe_skin_reaction_no_beta_lactam_is_called_safe() {
    let allergic = |reaction| {
        let to = Allergen::Class("c-penicillin".to_owned());
        let allergy = Allergy { to, reaction, intolerance: false };
        PatientFacts { allergies: Some(vec![allergy]), ..adult() }
    };
    let tier = |reaction, ingredient| {
        let mut line = line("a", ingredient, 1_000, 1);
        line.routes = vec![Route::Intravenous];
        ask(&allergic(reaction), &[line]).gravest()
    };
    for ingredient in ["ceftriaxone", "meropenem"] {
        assert_eq!(tier(Reaction::SevereSkin, ingredient), Some(Tier::Warn), "{ingredient}");
        assert_eq!(tier(Reaction::Anaphylaxis, ingredient), Some(Tier::Note), "{ingredient}");
        assert_eq!(tier(Reaction::Severe, ingredient), Some(Tier::Note), "{ingredient}");
    }
    assert_eq!(tier(Reaction::SevereSkin, "azithromycin"), None);
}
