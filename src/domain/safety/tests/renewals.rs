//! The same medicine in two prescriptions, or as a first dose and a course.

use chrono::NaiveTime;

use super::*;
use crate::domain::prescriptions::model::Slot;
use crate::platform::i18n::{Language, day_text};

fn day(after: i64) -> NaiveDate {
    today() + chrono::TimeDelta::days(after)
}

fn course(key: &str, plan: &str, mg: u64, (first, last): (i64, i64)) -> Line {
    Line {
        plan: Some(plan.to_owned()),
        begins: day(first),
        ends: Some(day(last)),
        ..line(key, "paracetamol", mg, 3)
    }
}

/// The tier of the duplicate, its detail and what to do.
fn told(current: &[Line], new: &[Line]) -> Option<(Tier, String, Option<&'static str>)> {
    let checked = check(&RULES, &Adjustments::default(), &adult(), current, new, today());
    let found = checked.findings.into_iter().find(|one| one.rule == "dup-ingredient")?;
    let detail = found.detail.map(|detail| detail.text(Language::English)).unwrap_or_default();
    Some((found.tier, detail, found.advice))
}

/// A pharmacist lets a renewal pass that shares the last tablets of the old box, or whose days hold no more than they may.
#[test]
fn a_renewal_is_sent_back_when_it_doubles_too_many_days() {
    let tier = |mg, begins| {
        let (old, new) = (course("a", "p", mg, (-20, 7)), course("b", "q", mg, (begins, 30)));
        told(&[old], &[new]).map(|(tier, detail, _)| (tier, detail))
    };
    for begins in [6, 7] {
        assert_eq!(tier(1_000, begins).unwrap().0, Tier::Warn, "{begins}: one or two days have 6 g");
    }
    for begins in [0, 3, 5] {
        assert_eq!(tier(1_000, begins).unwrap().0, Tier::Stop, "{begins}: several days have 6 g");
        let (tier, detail) = tier(500, begins).unwrap();
        assert_eq!(tier, Tier::Warn, "{begins}: 3 g are no more than a day may hold");
        let sum = format!(
            "both are used from {} to {} (days with both: {}), together up to 3000 mg a day; at most 4000 mg a day",
            day_text(day(begins)),
            day_text(day(7)),
            8 - begins
        );
        assert!(detail.starts_with(&sum), "{detail}");
    }
    assert_eq!(tier(500, 8), None);
    assert_eq!(tier(500, -1).unwrap().0, Tier::Stop, "nine days are no renewal");
    // Nobody knows whether it is too much: the days are said.
    let unknown = |key, plan, days| {
        let mut line = course(key, plan, 1, days);
        (line.name, line.parts[0].ingredient) = ("glycerol".to_owned(), "glycerol".to_owned());
        line
    };
    let (old, new) = (unknown("a", "p", (-20, 7)), unknown("b", "q", (3, 30)));
    if let Some((tier, detail, _)) = told(&[old], &[new]) {
        assert!(tier == Tier::Warn && detail.starts_with("both are used from"), "{tier:?} {detail}");
    }
}

/// Two prescriptions of one evening: the first doses of one lie tomorrow, and neither renews the other.
#[test]
fn the_hour_of_writing_makes_nothing_older() {
    let at_eight = [course("a", "p", 1_000, (0, 6)), course("b", "q", 1_000, (0, 10))];
    let mut at_night = at_eight.clone();
    (at_night[1].begins, at_night[1].waits_days) = (day(1), 1);
    for both in [&at_eight, &at_night] {
        let [old, new] = both;
        let (tier, ..) = told(std::slice::from_ref(old), std::slice::from_ref(new)).unwrap();
        assert_eq!(tier, Tier::Stop);
        let (tier, ..) = told(std::slice::from_ref(new), std::slice::from_ref(old)).unwrap();
        assert_eq!(tier, Tier::Stop, "whichever was there before");
    }
    // As needed beside what is used each day takes over from nothing.
    let mut needed = course("a", "p", 500, (0, 3));
    (needed.rhythm.as_needed, needed.rhythm.times_a_day) = (true, Some(2));
    let mut daily = course("b", "q", 500, (1, 9));
    daily.waits_days = 1;
    assert_eq!(told(&[needed], &[daily]), Some((Tier::Note, String::new(), Some("safety_both_meant"))));
}

#[test]
fn a_first_dose_beside_its_course_is_told_with_its_day() {
    let both = |first: u64, mg: u64| {
        let mut once = course("a", "p", first, (0, 0));
        (once.rhythm.once, once.ends, once.rhythm.times_a_day) = (true, None, Some(1));
        once.parts[0].daily = once.parts[0].single;
        told(&[], &[once, course("b", "p", mg, (0, 6))]).unwrap()
    };
    let (tier, detail, advice) = both(1_000, 500);
    let on = format!("the first dose and the course are both used on {}, together ", day_text(today()));
    assert_eq!((tier, detail), (Tier::Note, format!("{on}2500 mg; at most 4000 mg a day")));
    assert_eq!(advice, Some("safety_first_dose_fits"));
    let (tier, detail, advice) = both(2_000, 1_000);
    assert_eq!((tier, detail), (Tier::Warn, format!("{on}5000 mg; at most 4000 mg a day")));
    assert_eq!(advice, Some("safety_first_dose_exceeds"));
}

#[test]
fn two_lines_of_one_hour_are_used_at_once() {
    let at = |key: &str, hour, minute| {
        let mut line = line(key, "paracetamol", 1_000, 1);
        line.parts[0].of_times =
            vec![(NaiveTime::from_hms_opt(hour, minute, 0).unwrap(), line.parts[0].single)];
        line
    };
    let dose = |one: Line, other: Line| {
        let checked = check(&RULES, &Adjustments::default(), &adult(), &[one], &[other], today());
        let dose = checked.findings.into_iter().find(|one| one.kind == Kind::Dose)?;
        Some((dose.tier, dose.detail?.text(Language::English), dose.medicines.len()))
    };
    let twice = Some((Tier::Stop, "2000 mg at once; at most 1000 mg".to_owned(), 2));
    assert_eq!(dose(at("a", 7, 0), at("b", 7, 30)), twice);
    assert_eq!(dose(at("a", 7, 0), at("b", 11, 30)), None);
    let over = Line { begins: day(-9), ends: Some(today()), ..at("a", 7, 0) };
    assert_eq!(dose(over, Line { begins: day(1), ..at("b", 7, 0) }), None);
}

#[test]
fn doses_minutes_apart_are_used_at_once_in_one_line_and_beside_a_first_dose() {
    let times = |all: &[(u32, u32)], mg: u64| -> Vec<_> {
        let at = |(hour, minute): &(u32, u32)| NaiveTime::from_hms_opt(*hour, *minute, 0).unwrap();
        all.iter().map(|time| (at(time), Some(Quantity::milligrams(mg * 10_000)))).collect()
    };
    let at_once = |current: &[Line], new: &[Line]| {
        let checked = check(&RULES, &Adjustments::default(), &adult(), current, new, today());
        let found = checked.findings.into_iter().filter(|one| one.kind == Kind::Dose);
        let texts = found.filter_map(|one| Some((one.tier, one.detail?.text(Language::English))));
        texts.into_iter().find(|(_, text)| text.contains("at once"))
    };
    let mut four = line("a", "paracetamol", 1_000, 4);
    four.parts[0].of_times = times(&[(13, 0), (13, 20), (13, 40), (14, 0)], 1_000);
    four.parts[0].first_times = four.parts[0].of_times.clone();
    let of_hour = |given: &str| Some((Tier::Stop, format!("{given} mg at once; at most 1000 mg")));
    assert_eq!(at_once(&[], &[four.clone()]), of_hour("3000"));
    four.parts[0].of_times = times(&[(7, 0), (11, 30), (17, 30), (21, 0)], 1_000);
    four.parts[0].first_times = four.parts[0].of_times.clone();
    assert_eq!(at_once(&[], &[four.clone()]), None);
    // A first dose seven minutes before the first one of its course.
    let mut first = line("b", "paracetamol", 1_000, 1);
    (first.rhythm.once, first.ends) = (true, Some(first.begins));
    first.parts[0].first_times = times(&[(11, 23)], 1_000);
    assert_eq!(at_once(&[], &[first.clone(), four.clone()]), of_hour("2000"));
    // The course begins at half past five: what the day before would have held is not used.
    first.parts[0].first_times = times(&[(11, 23)], 1_000);
    four.parts[0].first_times = times(&[(17, 30), (21, 0)], 1_000);
    assert_eq!(at_once(&[], &[first.clone(), four.clone()]), None);
    // Around midnight, and every six hours.
    four.parts[0].of_times = Vec::new();
    four.parts[0].first_times = times(&[(11, 40), (17, 40), (23, 40)], 1_000);
    assert_eq!(at_once(&[], &[first, four]), of_hour("2000"));
}

/// On one or two days both boxes are used: the duplicate says so, and the sum does not send the renewal back.
#[test]
fn a_renewal_on_the_last_day_is_no_stop_by_its_sum() {
    let box_of = |key: &str, plan: &str, days: (i64, i64)| {
        let mut line = line(key, "amlodipine", 10, 1);
        (line.begins, line.ends, line.plan) = (day(days.0), Some(day(days.1)), Some(plan.to_owned()));
        line
    };
    let gravest = |shared: i64| {
        let (old, new) = (box_of("a", "p", (-20, 9)), box_of("b", "q", (10 - shared, 39)));
        let checked = check(&RULES, &Adjustments::default(), &adult(), &[old], &[new], today());
        checked.findings.iter().map(|found| found.tier).max()
    };
    assert_eq!(gravest(0), None);
    assert_eq!([gravest(1), gravest(2)], [Some(Tier::Warn); 2]);
    assert_eq!(gravest(5), Some(Tier::Stop));
}

/// The same insulin written twice for the same hour is no morning and evening dose.
#[test]
fn one_medicine_twice_for_one_hour_is_a_warning_at_least() {
    let twice = |slots: [Slot; 2]| {
        let line = |key: &str, slot: Slot| {
            let mut line = line(key, "insulin glargine", 20, 1);
            line.rhythm.slots = [slot].into();
            (line.routes, line.plan) = (vec![Route::Subcutaneous], Some("p".to_owned()));
            line.parts[0].single = Some(Quantity { measure: Measure::Units, parts: 20 });
            line.parts[0].daily = line.parts[0].single;
            line
        };
        let new = [line("a", slots[0]), line("b", slots[1])];
        let checked = check(&RULES, &Adjustments::default(), &adult(), &[], &new, today());
        checked.findings.iter().filter(|found| found.kind == Kind::Duplicate).map(|found| found.tier).max()
    };
    assert_eq!(twice([Slot::Night, Slot::Night]), Some(Tier::Warn));
    assert_eq!(twice([Slot::Morning, Slot::Night]), Some(Tier::Note));
}

#[test]
fn who_is_thirteen_and_light_is_weighed() {
    let patient =
        PatientFacts { born: NaiveDate::from_ymd_opt(2013, 1, 1), weight_grams: Some(25_000), ..adult() };
    let rules = |patient: &PatientFacts| {
        let checked =
            check(&RULES, &Adjustments::default(), patient, &[], &[line("a", "ibuprofen", 400, 3)], today());
        found(&checked).into_iter().map(|(rule, _)| rule.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(rules(&patient), ["dose-ibuprofen-oral"], "48 mg/kg");
    assert_eq!(rules(&PatientFacts { weight_grams: Some(50_000), ..patient.clone() }), [] as [&str; 0]);
    assert_eq!(
        rules(&PatientFacts { weight_grams: Some(45_000), ..adult() }),
        [] as [&str; 0],
        "a grown one"
    );
}
