//! What is found, told and left open in situations that a clinic meets.

use std::collections::BTreeSet;

use chrono::Days;

use super::*;
use crate::domain::prescriptions::model::{Notice, Slot};
use crate::platform::i18n::{Language, day_text};

fn days_ago(days: u64) -> chrono::NaiveDate {
    today().checked_sub_days(Days::new(days)).unwrap()
}

fn in_days(days: u64) -> chrono::NaiveDate {
    today().checked_add_days(Days::new(days)).unwrap()
}

fn ask(patient: &PatientFacts, current: &[Line], new: &[Line]) -> Checked {
    check(&RULES, &Adjustments::default(), patient, current, new, today())
}

#[test]
fn a_finding_says_what_a_pharmacist_would() {
    let checked = ask(&adult(), &[line("a", "warfarin", 5, 1)], &[line("b", "ibuprofen", 400, 3)]);
    let [finding] = &checked.findings[..] else { panic!("{:?}", found(&checked)) };
    assert_eq!(finding.id, "ddi-vka-nsaid:ibuprofen+warfarin");
    assert_eq!((finding.tier, finding.hazard.as_str(), finding.verified), (Tier::Stop, "BLEED", true));
    assert!(
        finding.action.contains("paracetamol")
            && finding.source.starts_with("ANSM")
            && finding.year == "2020"
    );
    let lines: Vec<&str> = finding.medicines.iter().map(|one| one.line.as_str()).collect();
    assert_eq!(lines, ["a", "b"]);
    assert_eq!(finding.override_reasons().last(), Some(&OverrideReason::Other));
    assert!(checked.not_checked.is_empty(), "{:?}", checked.not_checked);
    assert_eq!(checked.gravest(), Some(Tier::Stop));
}

/// The numbers behind findings, by which an override that was given before is held against them.
#[test]
fn a_finding_carries_the_amounts_that_it_rests_on() {
    let amount = |checked: &Checked, what: &str| {
        checked.findings[0].weighed.iter().find(|weighed| weighed.what == what).unwrap().amount
    };
    let with = |mg| ask(&adult(), &[line("a", "warfarin", 5, 1)], &[line("b", "ibuprofen", mg, 3)]);
    assert!(amount(&with(400), "ibuprofen a day") < amount(&with(600), "ibuprofen a day"));
    let dose = |mg| ask(&adult(), &[], &[line("a", "paracetamol", mg, 4)]);
    assert!(amount(&dose(1_500), "paracetamol a day") < amount(&dose(2_000), "paracetamol a day"));
}

fn detail(finding: &Finding) -> String {
    finding.detail.as_ref().unwrap().text(Language::English)
}

#[test]
fn what_the_prescriber_may_not_see_is_weighed_and_not_named() {
    let mut hidden = line("a", "warfarin", 5, 1);
    hidden.hidden = true;
    let checked = ask(&adult(), &[hidden], &[line("b", "ibuprofen", 400, 3)]);
    let finding = checked.findings[0].clone().for_prescriber();
    assert_eq!(finding.id, "hidden-BLEED-STOP:ibuprofen");
    let words = format!("{finding:?}");
    assert!(!words.contains("warfarin") && !words.contains("vka") && finding.action.is_empty(), "{words}");
    // A reason that was given for one of them does not stand for another.
    let mut other = line("a", "rivaroxaban", 20, 1);
    other.hidden = true;
    let exchanged = ask(&adult(), &[other], &[line("b", "ibuprofen", 400, 3)]);
    let exchanged = exchanged.findings[0].clone().for_prescriber();
    assert_eq!(exchanged.id, finding.id);
    let marks = |finding: &Finding| -> Vec<String> {
        let marks = finding.weighed.iter().filter(|weighed| weighed.is_unseen());
        marks.map(|weighed| weighed.what.clone()).collect()
    };
    assert!(marks(&finding).len() == 1 && marks(&finding) != marks(&exchanged), "{finding:?} {exchanged:?}");
    let mut unknown = line("c", "", 1, 1);
    (unknown.hidden, unknown.parts) = (true, Vec::new());
    assert!(ask(&adult(), &[], &[unknown]).not_checked.is_empty());
}

#[test]
fn what_is_not_known_is_said_and_not_taken_for_well() {
    let patient = PatientFacts::default();
    let checked = ask(&patient, &[], &[line("a", "metformin", 500, 2), line("b", "glycerol", 1, 1)]);
    let whats: Vec<&What> = checked.not_checked.iter().map(|one| &one.what).collect();
    for what in [What::KidneyFunction, What::Allergies, What::Age, What::NoRule("glycerol".to_owned())] {
        assert!(whats.contains(&&what), "{what:?} in {whats:?}");
    }
    let kidney = checked.not_checked.iter().find(|one| one.what == What::KidneyFunction).unwrap();
    assert_eq!((kidney.lines.as_slice(), kidney.why().code), (&["a".to_owned()][..], "not_checked_kidney"));
    let child = PatientFacts { born: Some(days_ago(1_500)), weight_grams: None, ..adult() };
    let checked = ask(&child, &[], &[line("a", "paracetamol", 250, 3)]);
    assert!(checked.not_checked.iter().any(|one| one.what == What::Weight), "{:?}", checked.not_checked);
}

#[test]
fn primaquine_waits_for_the_test_of_g6pd() {
    let patient = PatientFacts { g6pd: G6pd::Unknown, ..adult() };
    let mut once = line("a", "primaquine", 15, 1);
    assert_eq!(found(&ask(&patient, &[], std::slice::from_ref(&once))), [("hrd-g6pd-8aq", Tier::Stop)]);
    once.rhythm.once = true;
    assert_eq!(found(&ask(&patient, &[], std::slice::from_ref(&once))), []);
    let deficient = PatientFacts { g6pd: G6pd::Deficient, ..adult() };
    assert_eq!(found(&ask(&deficient, &[], &[once])), [("hrd-g6pd-8aq-def", Tier::Stop)]);
}

#[test]
fn methotrexate_every_day_is_stopped() {
    let mut daily = line("a", "methotrexate", 15, 1);
    assert_eq!(found(&ask(&adult(), &[], std::slice::from_ref(&daily))), [("hrd-mtx-daily", Tier::Stop)]);
    daily.indications.insert("cancer".to_owned());
    assert_eq!(found(&ask(&adult(), &[], std::slice::from_ref(&daily))), []);
    daily.indications.clear();
    (daily.rhythm.interval_days, daily.rhythm.weekday_named) = (7, true);
    assert_eq!(found(&ask(&adult(), &[], std::slice::from_ref(&daily))), [("hrd-mtx-folic", Tier::Note)]);
    let folic = line("b", "folic acid", 5, 1);
    assert_eq!(found(&ask(&adult(), &[folic], &[daily])), []);
}

#[test]
fn a_medicine_acts_on_after_its_end() {
    let mut fluoxetine = line("a", "fluoxetine", 20, 1);
    (fluoxetine.begins, fluoxetine.ends) = (days_ago(100), Some(days_ago(20)));
    let tramadol = line("b", "tramadol", 50, 3);
    let checked = ask(&adult(), std::slice::from_ref(&fluoxetine), std::slice::from_ref(&tramadol));
    assert_eq!(found(&checked), [("ddi-serotonergic-pain-ssri", Tier::Warn)]);
    assert_eq!(detail(&checked.findings[0]), "stopped 20 days before; it still acts");
    fluoxetine.ends = Some(days_ago(40));
    assert_eq!(found(&ask(&adult(), &[fluoxetine], &[tramadol])), []);
    // An ACE inhibitor acts on towards sacubitril, and towards nothing else.
    let mut enalapril = line("a", "enalapril", 10, 1);
    (enalapril.begins, enalapril.ends) = (days_ago(100), Some(days_ago(1)));
    let losartan = line("b", "losartan", 50, 1);
    assert_eq!(found(&ask(&adult(), std::slice::from_ref(&enalapril), &[losartan])), []);
    let mut sacubitril = line("b", "sacubitril", 50, 2);
    sacubitril.name = "sacubitril + valsartan".to_owned();
    assert_eq!(ask(&adult(), &[enalapril], &[sacubitril]).gravest(), Some(Tier::Stop));
}

#[test]
fn renewals_and_switches_are_no_duplicates() {
    let old = line("a", "amlodipine", 5, 1);
    let again = line("b", "amlodipine", 5, 1);
    assert_eq!(
        found(&ask(&adult(), std::slice::from_ref(&old), std::slice::from_ref(&again))),
        [("dup-ingredient", Tier::Stop)]
    );
    let renewal = Line { replaces: Some("a".to_owned()), ..again.clone() };
    assert_eq!(found(&ask(&adult(), std::slice::from_ref(&old), &[renewal])), []);
    let ended = Line { begins: days_ago(30), ends: Some(today()), stopped: true, ..old.clone() };
    assert_eq!(found(&ask(&adult(), &[ended], std::slice::from_ref(&again))), []);
    let fluoxetine = Line { begins: days_ago(90), ends: Some(in_days(14)), ..line("a", "fluoxetine", 20, 1) };
    let sertraline = line("b", "sertraline", 50, 1);
    assert_eq!(
        found(&ask(&adult(), std::slice::from_ref(&fluoxetine), std::slice::from_ref(&sertraline))),
        [("dup-ssri", Tier::Note)]
    );
    let ongoing = Line { ends: None, ..fluoxetine };
    assert_eq!(found(&ask(&adult(), &[ongoing], &[sertraline])), [("dup-ssri", Tier::Stop)]);
}

/// What is said of two courses of warfarin in the morning: the tier of the duplicate with its detail.
fn of_courses(old: Line, new: Line, in_one: bool) -> Option<(Tier, String)> {
    let (current, new) = if in_one { (vec![], vec![old, new]) } else { (vec![old], vec![new]) };
    let checked = ask(&adult(), &current, &new);
    let found = checked.findings.iter().find(|one| one.rule == "dup-ingredient")?;
    Some((found.tier, found.detail.clone().map(|detail| detail.text(Language::English)).unwrap_or_default()))
}

#[test]
fn days_that_have_both_courses_are_named() {
    let course = |key: &str, plan: &str, begins, ends| Line {
        plan: Some(plan.to_owned()),
        begins,
        ends: Some(ends),
        ..line(key, "warfarin", 5, 1)
    };
    let second = |plan: &str, begins: u64| course("b", plan, in_days(begins), in_days(begins + 20));
    let first = || course("a", "p", in_days(1), in_days(7));
    // The course that ends on the day on which the next begins, that ends the day before, and that is stopped.
    let last_day = in_days(7);
    let day = format!(
        "both are used on {}, together 10 mg; at most 10 mg a day. \
         End the older one the day before, or let the newer one begin the day after",
        day_text(last_day)
    );
    let told = |tier, text: &str| Some((tier, text.to_owned()));
    assert_eq!(of_courses(first(), second("p", 7), true), told(Tier::Stop, &day));
    assert_eq!(of_courses(first(), second("q", 7), false), told(Tier::Warn, &day));
    assert_eq!(of_courses(first(), second("p", 8), true), None);
    assert_eq!(of_courses(Line { stopped: true, ..first() }, second("q", 7), false), None);
    // A visit some days before the tablets run out, and two long courses that one prescription puts side by side.
    let days = format!(
        "both are used from {} to {} (days with both: 5), together up to 10 mg a day; at most 10 mg a day. \
         End the older one before, or let the newer one begin after it",
        day_text(in_days(3)),
        day_text(last_day)
    );
    assert_eq!(of_courses(first(), second("q", 3), false), told(Tier::Warn, &days));
    assert_eq!(of_courses(first(), second("p", 3), true), told(Tier::Stop, &days));
    // Another strength or time of the day is no reason for silence.
    let stronger = Line { strength: "1 mg".to_owned(), ..second("p", 7) };
    assert_eq!(of_courses(first(), stronger, true), told(Tier::Warn, &day));
    let at = |mut line: Line, slot| {
        line.rhythm.slots = BTreeSet::from([slot]);
        line
    };
    let (morning, evening) = (at(first(), Slot::Morning), at(second("p", 7), Slot::Evening));
    let told_of_evening = of_courses(morning.clone(), evening, false);
    assert_eq!(told_of_evening, told(Tier::Warn, &day), "a day that has both is told whatever the hour");
    let beside = of_courses(morning, at(second("p", 3), Slot::Evening), true);
    assert_ne!(beside, told(Tier::Stop, &days), "two times of the day are one plan");
}

#[test]
fn the_day_on_which_one_course_hands_over_holds_both() {
    let course = |key: &str, times, begins, ends| Line {
        begins,
        ends: Some(ends),
        ..line(key, "paracetamol", 1_000, times)
    };
    let dose = |old: &Line, new: Line| {
        let checked = ask(&adult(), std::slice::from_ref(old), &[new]);
        checked.findings.into_iter().find(|one| one.kind == Kind::Dose).map(|one| one.tier)
    };
    let first = course("a", 4, in_days(1), in_days(7));
    assert_eq!(dose(&first, course("b", 4, in_days(7), in_days(14))), Some(Tier::Stop), "8 g on one day");
    assert_eq!(dose(&first, course("b", 4, in_days(8), in_days(14))), None);
    let stopped = Line { stopped: true, ..first };
    assert_eq!(dose(&stopped, course("b", 4, in_days(7), in_days(14))), None, "nothing of it is asked for");
    // What is over of the first day by the time at which the second begins is not asked for.
    let (twice, second) = (course("a", 2, days_ago(6), today()), course("b", 3, today(), in_days(6)));
    assert!(dose(&twice, second.clone()).is_some(), "5 g on one day");
    let mut late = second;
    late.parts[0].of_edges = vec![(today(), Some(Quantity::milligrams(1_000 * 10_000)))];
    assert_eq!(dose(&twice, late.clone()), None, "3 g on the first day, and on each that follows");
    let mut ending = twice.clone();
    ending.parts[0].of_edges = vec![(today(), Some(Quantity::milligrams(1_000 * 10_000)))];
    assert_eq!(
        dose(&ending, course("b", 3, today(), in_days(6))),
        None,
        "one of two doses is left for the last day"
    );
    // Both begin late on one day: the next one holds all of both.
    let mut other = course("a", 3, today(), in_days(6));
    other.parts[0].of_edges = late.parts[0].of_edges.clone();
    assert_eq!(dose(&other, late), Some(Tier::Stop), "2 g on the first day, 6 g on the second");
}

#[test]
fn two_strengths_of_one_prescription_are_one_medicine() {
    let warfarin = |key: &str, mg, strength: &str| Line {
        plan: Some("p".to_owned()),
        strength: strength.to_owned(),
        ..line(key, "warfarin", mg, 1)
    };
    let checked = ask(&adult(), &[], &[warfarin("a", 5, "5 mg"), warfarin("b", 1, "1 mg")]);
    assert_eq!(found(&checked), [("dup-ingredient", Tier::Note)]);
    let checked = ask(&adult(), &[], &[warfarin("a", 5, "5 mg"), warfarin("b", 6, "1 mg")]);
    assert!(found(&checked).contains(&("dup-ingredient", Tier::Stop)), "above the maximum together");
    let checked = ask(&adult(), &[], &[warfarin("a", 5, "5 mg"), warfarin("b", 5, "5 mg")]);
    assert_eq!(found(&checked), [("dup-ingredient", Tier::Stop)]);
}

#[test]
fn the_doses_of_all_lines_are_added_up() {
    let (regular, other) = (line("a", "paracetamol", 1_000, 3), line("b", "paracetamol", 500, 6));
    let checked = ask(&adult(), &[regular], &[other]);
    assert_eq!(
        found(&checked),
        [("dose-paracetamol-oral", Tier::Stop), ("dup-ingredient", Tier::Stop)]
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
    );
    let dose = checked.findings.iter().find(|one| one.kind == Kind::Dose).unwrap();
    assert_eq!(detail(dose), "6000 mg a day; at most 4000 mg");
    assert_eq!(dose.medicines.len(), 2);
}

#[test]
fn a_day_holds_what_is_used_on_it() {
    let on = |key: &str, mg, days: DaysOfUse| {
        let mut one = line(key, "warfarin", mg, 1);
        one.rhythm.interval_days = if days == DaysOfUse::Any { 1 } else { 2 };
        one.rhythm.days = days;
        one
    };
    let doses = |current: Line, new: Line| {
        let checked = ask(&adult(), &[current], &[new]);
        let of = |rule: &str| {
            checked.findings.iter().find(|one| one.rule == rule).map(|one| (one.tier, one.detail.clone()))
        };
        let told = |finding: Option<(Tier, Option<Notice>)>| {
            finding.map(|(tier, detail)| (tier, detail.map(|detail| detail.text(Language::English))))
        };
        (told(of("dose-warfarin-oral")), told(of("dup-ingredient")))
    };
    let mon_wed_fri = || DaysOfUse::Weekdays(0b001_0101);
    let others = || DaysOfUse::Weekdays(0b110_1010);
    let apart = (None, Some((Tier::Note, Some("used on days of their own: no day has both".to_owned()))));
    let beside = |mg| format!("both run from {} on, together up to {mg} mg a day", day_text(today()));
    let sum = |mg| {
        let dose = Some(format!("{mg} mg a day; at most 10 mg"));
        (Some((Tier::Warn, dose)), Some((Tier::Stop, Some(beside(mg)))))
    };
    assert_eq!(doses(on("a", 5, mon_wed_fri()), on("b", 6, others())), apart);
    assert_eq!(doses(on("a", 5, mon_wed_fri()), on("b", 6, DaysOfUse::Any)), sum(11));
    assert_eq!(doses(on("a", 5, DaysOfUse::Any), on("b", 7, mon_wed_fri())), sum(12));
    assert_eq!(doses(on("a", 5, mon_wed_fri()), on("b", 8, DaysOfUse::Weekdays(0b000_1100))), sum(13));
    // Every other day from today and from tomorrow on; every second and every third day.
    let every = |days, after| DaysOfUse::Every(days, in_days(after));
    assert_eq!(doses(on("a", 5, every(2, 0)), on("b", 6, every(2, 1))), apart);
    assert_eq!(doses(on("a", 5, every(2, 0)), on("b", 6, every(4, 3))), apart);
    assert_eq!(doses(on("a", 5, every(2, 0)), on("b", 6, every(3, 1))), sum(11));
    assert_eq!(doses(on("a", 5, every(2, 0)), on("b", 6, mon_wed_fri())), sum(11));
    // One that ends before they come back together has no day with the other.
    let ended = Line { ends: Some(in_days(3)), ..on("a", 5, every(2, 0)) };
    assert_eq!(doses(ended, on("b", 6, every(3, 1))), apart);
    // Once a week each is twice a week.
    let weekly = |key: &str, day: u8| {
        let mut one = on(key, 5, DaysOfUse::Weekdays(1 << day));
        one.rhythm.interval_days = 7;
        one
    };
    assert_eq!(doses(weekly("a", 0), weekly("b", 1)), (None, Some((Tier::Stop, Some(beside(5))))));
}

#[test]
fn steps_are_added_up_day_by_day() {
    let mut steps = line("a", "paracetamol", 1_000, 3);
    steps.rhythm.tapers = true;
    steps.rhythm.days = DaysOfUse::Steps(today(), vec![(3, true), (2, false), (5, true)]);
    let mg = |mg: u64| Some(Quantity::milligrams(mg * 10_000));
    steps.parts[0].of_steps = vec![mg(3_000), mg(0), mg(1_000)];
    let beside = |first: u64, last: u64, times| {
        let other = line("b", "paracetamol", 500, times);
        let other = Line { begins: in_days(first), ends: Some(in_days(last)), ..other };
        let checked = ask(&adult(), std::slice::from_ref(&steps), &[other]);
        let dose = checked.findings.iter().find(|one| one.kind == Kind::Dose);
        (
            dose.map(detail),
            checked.findings.iter().find(|one| one.kind == Kind::Duplicate).map(|one| one.tier),
        )
    };
    let above = |mg| Some(format!("{mg} mg a day; at most 4000 mg"));
    assert_eq!(beside(0, 30, 6), (above(6_000), Some(Tier::Stop)));
    assert_eq!(beside(5, 30, 6), (None, Some(Tier::Stop)));
    assert_eq!(beside(4, 30, 7), (above(4_500), Some(Tier::Stop)));
    assert_eq!(beside(3, 4, 7), (None, Some(Tier::Note)));
}

#[test]
fn doses_follow_form_and_weight() {
    let injection = |name: &str, mg| Line { routes: vec![Route::Intravenous], ..line("a", name, mg, 1) };
    let adult_50 = PatientFacts { weight_grams: Some(50_000), ..adult() };
    let dose = |name: &str, mg| found(&ask(&adult_50, &[], &[injection(name, mg)])).len();
    assert_eq!(dose("amphotericin b deoxycholate", 50), 0);
    assert_eq!(dose("amphotericin b deoxycholate", 200), 1, "the dose of the liposomal form");
    assert_eq!(dose("amphotericin b, liposomal", 200), 0);
    let mut single = injection("amphotericin b, liposomal", 500);
    single.rhythm.once = true;
    assert_eq!(found(&ask(&adult_50, &[], &[single])), []);
    let child = PatientFacts { born: Some(days_ago(500)), weight_grams: Some(10_000), ..adult() };
    let mut albendazole = line("a", "albendazole", 400, 1);
    albendazole.rhythm.once = true;
    assert_eq!(
        found(&ask(&child, &[], &[albendazole])),
        [("dose-albendazole-oral", Tier::Warn)],
        "200 mg under 2 years"
    );
}

#[test]
fn unknown_reactions_count_one_tier_lower() {
    let allergic = |to: &str, reaction| PatientFacts {
        allergies: Some(vec![Allergy {
            to: Allergen::Ingredient(to.to_owned()),
            reaction,
            intolerance: false,
        }]),
        ..adult()
    };
    let rule = |to: &str, reaction, ingredient: &str| {
        let checked = ask(&allergic(to, reaction), &[], &[line("a", ingredient, 1, 1)]);
        checked.findings.first().map(|one| (one.rule.clone(), one.tier))
    };
    let is = |rule: &str, tier| Some((rule.to_owned(), tier));
    assert_eq!(rule("ibuprofen", Reaction::Unknown, "diclofenac"), is("alg-nsaid-nsaid-unknown", Tier::Warn));
    assert_eq!(rule("morphine", Reaction::Unknown, "codeine"), is("alg-opioid-unknown", Tier::Warn));
    assert_eq!(
        rule("carbamazepine", Reaction::Unknown, "phenytoin"),
        is("alg-aromatic-aed-unknown", Tier::Warn)
    );
    assert_eq!(rule("enalapril", Reaction::Unknown, "captopril"), is("alg-acei-unknown", Tier::Warn));
    assert_eq!(rule("enalapril", Reaction::Cough, "captopril"), is("alg-acei-cough", Tier::Note));
    assert_eq!(rule("enalapril", Reaction::Unknown, "sacubitril"), is("alg-acei-sacubitril", Tier::Note));
    assert_eq!(
        rule("acetylsalicylic acid", Reaction::Asthma, "metamizole sodium"),
        is("alg-aspirin-metamizole", Tier::Stop)
    );
    assert_eq!(rule("morphine", Reaction::Itching, "morphine"), is("alg-same", Tier::Note));
    assert_eq!(rule("ceftriaxone", Reaction::Anaphylaxis, "ceftriaxone"), is("alg-same", Tier::Stop));
    let to_class = PatientFacts {
        allergies: Some(vec![
            Allergy {
                to: Allergen::Class("c-penicillin".to_owned()),
                reaction: Reaction::Severe,
                intolerance: false,
            },
            Allergy {
                to: Allergen::Words("bees".to_owned()),
                reaction: Reaction::Severe,
                intolerance: false,
            },
        ]),
        ..adult()
    };
    let checked = ask(&to_class, &[], &[line("a", "amoxicillin", 500, 3)]);
    assert_eq!(found(&checked), [("alg-same", Tier::Stop)]);
    assert_eq!(checked.not_checked[0].what, What::AllergyInWords("bees".to_owned()));
}

#[test]
fn a_clinic_confirms_and_suppresses_rules() {
    let confirm = Adjustments { confirmed: ["hrd-asthma-bb".to_owned()].into(), ..Adjustments::default() };
    let patient = PatientFacts { conditions: Some(["acute-severe-asthma".to_owned()].into()), ..adult() };
    let propranolol = line("a", "propranolol", 40, 2);
    let before = ask(&patient, &[], std::slice::from_ref(&propranolol)).findings.remove(0);
    assert_eq!((before.rule.as_str(), before.tier, before.verified), ("hrd-asthma-bb", Tier::Warn, false));
    let after = check(&RULES, &confirm, &patient, &[], std::slice::from_ref(&propranolol), today())
        .findings
        .remove(0);
    assert_eq!((after.tier, after.verified), (Tier::Stop, true));
    let confirm =
        Adjustments { confirmed: ["dose-metformin-oral".to_owned()].into(), ..Adjustments::default() };
    let metformin = [line("a", "metformin", 2_000, 3)];
    assert_eq!(found(&ask(&adult(), &[], &metformin)), [("dose-metformin-oral", Tier::Warn)]);
    assert_eq!(
        found(&check(&RULES, &confirm, &adult(), &[], &metformin, today())),
        [("dose-metformin-oral", Tier::Stop)]
    );
    let suppress = Adjustments { suppressed: ["hrd-asthma-bb".to_owned()].into(), ..Adjustments::default() };
    let silent = check(&RULES, &suppress, &patient, &[], &[propranolol], today());
    assert_eq!((silent.findings.len(), silent.suppressed[0].why), (0, Quietly::ByClinic));
}

#[test]
fn pairs_of_public_lists_are_silent_and_listed() {
    let checked = ask(&adult(), &[line("a", "atorvastatin", 20, 1)], &[line("b", "levothyroxine", 0, 1)]);
    assert_eq!(found(&checked), []);
    assert_eq!(checked.suppressed[0].why, Quietly::NotInterruptive);
}

#[test]
fn doxycycline_in_pregnancy_and_rifampicin_with_the_pill() {
    let pregnant =
        |week| PatientFacts { sex: Some(Sex::Female), pregnancy: Pregnancy::Yes { week }, ..adult() };
    let doxycycline = || [line("a", "doxycycline", 100, 2)];
    let a_week =
        || [Line { ends: today().checked_add_days(Days::new(6)), ..line("a", "doxycycline", 100, 2) }];
    assert_eq!(found(&ask(&pregnant(Some(8)), &[], &a_week())), [("prg-doxycycline-t1", Tier::Note)]);
    let grave = [("prg-c-tetracycline-pregnancy", Tier::Warn)];
    assert_eq!(found(&ask(&pregnant(Some(20)), &[], &a_week())), grave);
    // It comes to the second third when it has no end, and may have come to it when the week is not known.
    assert_eq!(found(&ask(&pregnant(Some(8)), &[], &doxycycline())), grave);
    assert_eq!(found(&ask(&pregnant(None), &[], &a_week())), grave);
    let woman = PatientFacts { sex: Some(Sex::Female), pregnancy: Pregnancy::Unknown, ..adult() };
    let checked = ask(&woman, &[], &doxycycline());
    assert!(checked.not_checked.iter().any(|one| one.what == What::Pregnancy));
}

/// What a clinic prescribes most: none of its pairs stops without cause.
#[test]
fn the_commonest_medicines_stop_only_for_good_cause() {
    const COMMON: [&str; 50] = [
        "acetylsalicylic acid",
        "albendazole",
        "amitriptyline",
        "amlodipine",
        "amoxicillin",
        "atenolol",
        "atorvastatin",
        "azithromycin",
        "bisoprolol",
        "calcium carbonate",
        "captopril",
        "carbamazepine",
        "cefixime",
        "ceftriaxone",
        "cetirizine",
        "chlorphenamine",
        "ciprofloxacin",
        "clopidogrel",
        "dexamethasone",
        "diazepam",
        "diclofenac",
        "digoxin",
        "domperidone",
        "doxycycline",
        "enalapril",
        "ferrous sulfate",
        "fluoxetine",
        "folic acid",
        "furosemide",
        "glibenclamide",
        "gliclazide",
        "hydrochlorothiazide",
        "ibuprofen",
        "isoniazid",
        "isosorbide dinitrate",
        "loratadine",
        "losartan",
        "metformin",
        "metronidazole",
        "omeprazole",
        "paracetamol",
        "prednisolone",
        "rifampicin",
        "salbutamol",
        "simvastatin",
        "spironolactone",
        "sulfamethoxazole",
        "tramadol",
        "trimethoprim",
        "warfarin",
    ];
    let mut counts = [0, 0, 0];
    let mut stops = Vec::new();
    for (at, one) in COMMON.iter().enumerate() {
        let current: Vec<Line> = COMMON[at + 1..].iter().map(|name| line(name, name, 1, 1)).collect();
        for finding in ask(&adult(), &current, &[line(one, one, 1, 1)]).findings {
            if finding.medicines.len() == 2 {
                counts[finding.tier as usize] += 1;
                if finding.tier == Tier::Stop {
                    stops.push(finding.id);
                }
            }
        }
    }
    stops.sort();
    assert_eq!(
        stops,
        [
            "ddi-vka-nsaid:diclofenac+warfarin",
            "ddi-vka-nsaid:ibuprofen+warfarin",
            "dup-acei:captopril+enalapril",
            "dup-nsaid:diclofenac+ibuprofen",
            "dup-statin:atorvastatin+simvastatin",
            "dup-sulfonylurea:glibenclamide+gliclazide",
        ]
    );
    assert_eq!(counts, [76, 80, 6], "notes, warnings and stops of 1,225 pairs");
}
