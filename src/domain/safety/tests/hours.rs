//! Doses that lie within an hour, over midnight, and what to do about one medicine at several times.

use chrono::NaiveTime;

use super::*;
use crate::domain::prescriptions::model::Slot;
use crate::platform::i18n::{Language, day_text};

pub(super) fn day(after: i64) -> NaiveDate {
    today() + chrono::TimeDelta::days(after)
}

pub(super) fn units(units: u64) -> Quantity {
    Quantity::units(units * 10_000)
}

pub(super) fn mg(mg: u64) -> Quantity {
    Quantity::milligrams(mg * 10_000)
}

/// So much at each of these times of every day, from the first on.
pub(super) fn at(key: &str, ingredient: &str, amount: Quantity, times: &[(u32, u32)]) -> Line {
    let mut line = line(key, ingredient, 1, 1);
    let time = |(hour, minute): &(u32, u32)| NaiveTime::from_hms_opt(*hour, *minute, 0).unwrap();
    let part = &mut line.parts[0];
    part.of_times = times.iter().map(|at| (time(at), Some(amount))).collect();
    part.first_times = part.of_times.clone();
    part.single = Some(amount);
    let count = u32::try_from(times.len()).unwrap();
    part.daily = Some(Quantity { parts: amount.parts * u64::from(count), ..amount });
    line.rhythm.times_a_day = Some(count);
    if amount.measure == Measure::Units {
        line.routes = vec![Route::Subcutaneous];
    }
    line
}

pub(super) fn once(key: &str, ingredient: &str, amount: Quantity, time: (u32, u32)) -> Line {
    let mut once = at(key, ingredient, amount, &[time]);
    (once.rhythm.once, once.ends) = (true, Some(once.begins));
    once
}

pub(super) fn of_plan(plan: &str, line: Line) -> Line {
    Line { plan: Some(plan.to_owned()), ..line }
}

pub(super) fn from(first: i64, last: i64, line: Line) -> Line {
    Line { begins: day(first), ends: Some(day(last)), ..line }
}

pub(super) fn ask(current: &[Line], new: &[Line]) -> Vec<Finding> {
    check(&RULES, &Adjustments::default(), &adult(), current, new, today()).findings
}

/// Everything that is said of a finding of this kind, and its tier.
fn said(findings: &[Finding], kind: Kind) -> Vec<(Tier, String)> {
    let of_kind = findings.iter().filter(|found| found.kind == kind);
    let texts = of_kind.map(|found| {
        let details: Vec<String> =
            found.detail.iter().chain(&found.beside).map(|detail| detail.text(Language::English)).collect();
        (found.tier, details.join(" | "))
    });
    texts.collect()
}

pub(super) fn doses(current: &[Line], new: &[Line]) -> Vec<(Tier, String)> {
    said(&ask(current, new), Kind::Dose)
}

#[test]
fn the_hour_runs_over_midnight() {
    let twice = [(Tier::Stop, "2000 mg at once; at most 1000 mg".to_owned())];
    let course =
        |hour, minute| from(1, 6, at("b", "paracetamol", mg(1_000), &[(hour, minute), (8, 15), (16, 15)]));
    let first = |hour, minute| once("a", "paracetamol", mg(1_000), (hour, minute));
    // A single dose on the evening before.
    assert_eq!(doses(&[], &[first(23, 40), course(0, 15)]), twice);
    assert_eq!(doses(&[first(23, 40)], &[course(0, 15)]), twice, "whichever was there before");
    assert_eq!(doses(&[], &[first(23, 10), course(0, 15)]), []);
    let later = Line { begins: day(2), ..course(0, 15) };
    assert_eq!(doses(&[], &[first(23, 40), later]), [], "a day lies between");
    // Every day, in two lines and in one.
    let daily = |key, hour, minute| at(key, "paracetamol", mg(1_000), &[(hour, minute)]);
    assert_eq!(doses(&[daily("a", 23, 30)], &[daily("b", 0, 15)]), twice);
    assert_eq!(doses(&[], &[at("a", "paracetamol", mg(1_000), &[(0, 15), (23, 30)])]), twice);
    // Both on its only day: nearly a day lies between them.
    let only = from(0, 0, at("a", "paracetamol", mg(1_000), &[(0, 15), (23, 30)]));
    assert_eq!(doses(&[], &[only]), []);
    // Its first day holds another time than those that follow.
    let mut moved = at("a", "paracetamol", mg(1_000), &[(0, 10), (12, 10)]);
    moved.parts[0].first_times = vec![(NaiveTime::from_hms_opt(23, 50, 0).unwrap(), Some(mg(1_000)))];
    assert_eq!(doses(&[], &[moved.clone()]), twice);
    assert_eq!(doses(&[], &[Line { ends: Some(today()), ..moved }]), [], "it ends before midnight");
    // The old box ends in the evening, the new one begins after midnight: once, and no reason to send it back.
    let tablet = |key, days: (i64, i64), time| from(days.0, days.1, at(key, "amlodipine", mg(10), &[time]));
    let night = doses(&[tablet("a", (-20, 5), (23, 30))], &[tablet("b", (6, 40), (0, 15))]);
    assert_eq!(night, [(Tier::Warn, "20 mg at once; at most 10 mg".to_owned())]);
}

#[test]
fn the_last_day_holds_what_is_left_of_its_doses() {
    let mut old = from(-6, 0, at("a", "paracetamol", mg(1_000), &[(7, 0), (17, 30)]));
    old.parts[0].of_edges = vec![(today(), Some(mg(1_000)))];
    let new = |hour| from(0, 6, at("b", "paracetamol", mg(1_000), &[(hour, 30)]));
    assert_eq!(doses(&[old.clone()], &[new(17)]), [], "the evening is over");
    assert_eq!(doses(&[old], &[new(7)])[0].1, "2000 mg at once; at most 1000 mg");
}

/// Doses minutes apart, with the rule that says so.
pub(super) fn minutes(current: &[Line], new: &[Line]) -> Vec<(String, Tier, String)> {
    let findings = ask(current, new).into_iter().filter(|found| found.rule.starts_with("hrd-minutes-apart"));
    findings
        .map(|found| {
            let detail = found.detail.unwrap().text(Language::English);
            (found.rule, found.tier, format!("{detail} in {}", found.medicines.len()))
        })
        .collect()
}

#[test]
fn doses_minutes_apart_are_told_with_their_distance() {
    let alert = |text: &str| [("hrd-minutes-apart-alert".to_owned(), Tier::Warn, text.to_owned())];
    for (ingredient, amount) in [
        ("morphine", mg(10)),
        ("tramadol", mg(50)),
        ("warfarin", mg(2)),
        ("methotrexate", mg(5)),
        ("insulin human, soluble", units(8)),
    ] {
        let one = at("a", ingredient, amount, &[(8, 0), (8, 20), (20, 0)]);
        assert_eq!(minutes(&[], &[one]), alert("20 minutes between two doses in 1"), "{ingredient}");
        let (first, second) =
            (at("a", ingredient, amount, &[(8, 0)]), at("b", ingredient, amount, &[(8, 45)]));
        assert_eq!(minutes(&[first], &[second]), alert("45 minutes between two doses in 2"), "{ingredient}");
        let late = once("a", ingredient, amount, (23, 50));
        let course = from(1, 9, at("b", ingredient, amount, &[(0, 5)]));
        assert_eq!(minutes(&[], &[late, course]), alert("15 minutes between two doses in 2"), "{ingredient}");
        // An hour apart, and two strengths as one dose.
        assert_eq!(minutes(&[], &[at("a", ingredient, amount, &[(8, 0), (9, 0)])]), []);
        let (one, other) = (at("a", ingredient, amount, &[(8, 0)]), at("b", ingredient, amount, &[(8, 0)]));
        assert_eq!(minutes(&[one], &[other]), []);
    }
    // Of two lines what has no maximum at once is worth a note, what has one is added up.
    let pair = |ingredient: &str| {
        let (one, other) = (at("a", ingredient, mg(40), &[(8, 0)]), at("b", ingredient, mg(40), &[(8, 20)]));
        minutes(&[one], &[other])
    };
    let note = ("hrd-minutes-apart".to_owned(), Tier::Note, "20 minutes between two doses in 2".to_owned());
    assert_eq!((pair("furosemide"), pair("paracetamol")), (vec![note], vec![]));
    // A basal and a rapid insulin are two medicines.
    let basal = at("a", "insulin glargine", units(20), &[(7, 0)]);
    let rapid = at("b", "insulin aspart", units(8), &[(7, 15), (11, 30), (17, 30)]);
    assert_eq!(minutes(&[], &[basal, rapid]), []);
    // When what is hidden is used is told by nobody.
    let secret = Line { hidden: true, ..at("a", "morphine", mg(10), &[(8, 0)]) };
    assert_eq!(minutes(&[secret], &[at("b", "morphine", mg(10), &[(8, 20)])]), []);
}

#[test]
fn a_renewal_of_a_tablet_a_day_is_no_stop_by_the_hour() {
    for (ingredient, most) in [("amlodipine", 10), ("hydrochlorothiazide", 50), ("enalapril", 40)] {
        let tablet = |key: &str, plan: &str, days: (i64, i64)| {
            let mut tablet = at(key, ingredient, mg(most), &[(7, 0)]);
            tablet.rhythm.slots = [Slot::Morning].into();
            of_plan(plan, from(days.0, days.1, tablet))
        };
        let findings =
            |shared: i64| ask(&[tablet("a", "p", (-20, 9))], &[tablet("b", "q", (10 - shared, 39))]);
        let gravest = |shared| findings(shared).iter().map(|found| found.tier).max();
        assert_eq!(gravest(0), None, "{ingredient}");
        assert_eq!([gravest(1), gravest(2)], [Some(Tier::Warn); 2], "{ingredient}");
        assert_eq!(gravest(5), Some(Tier::Stop), "{ingredient}");
        // The one day that has both is told with what it holds at once, in one prescription too.
        let sum = format!("{} mg at once; at most {most} mg", 2 * most);
        let of_one = ask(&[], &[tablet("a", "p", (0, 6)), tablet("b", "p", (6, 13))]);
        for told in [said(&findings(1), Kind::Dose), said(&of_one, Kind::Dose)] {
            assert!(told[0].0 == Tier::Warn && told[0].1.contains(&sum), "{told:?}");
        }
    }
}

#[test]
fn every_limit_that_is_passed_is_told() {
    let much = line("a", "paracetamol", 2_000, 4);
    let both = "2000 mg at once; at most 1000 mg | 8000 mg a day; at most 4000 mg";
    assert_eq!(doses(&[], &[much]), [(Tier::Stop, both.to_owned())]);
    // A first dose beside a course whose days hold too much each.
    let first = once("a", "paracetamol", mg(1_000), (6, 53));
    let course = at("b", "paracetamol", mg(1_000), &[(7, 0), (10, 0), (13, 0), (16, 0), (19, 0)]);
    let both = "2000 mg at once; at most 1000 mg | 5000 mg a day; at most 4000 mg";
    assert_eq!(doses(&[], &[first.clone(), course.clone()]), [(Tier::Stop, both.to_owned())]);
    // A reason that was given for one limit does not stand for the other.
    let found = ask(&[], &[first, course]).into_iter().find(|found| found.kind == Kind::Dose).unwrap();
    let weighed: Vec<&str> = found.weighed.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(weighed, ["paracetamol a day", "paracetamol at once"]);
}

/// The tier of the duplicate, its detail and what to do.
pub(super) fn twice(current: &[Line], new: &[Line]) -> (Tier, String, Option<&'static str>) {
    let findings = ask(current, new);
    let found = findings.into_iter().find(|found| found.rule == "dup-ingredient").unwrap();
    let detail = found.detail.map(|detail| detail.text(Language::English)).unwrap_or_default();
    (found.tier, detail, found.advice)
}

#[test]
fn an_insulin_at_once_and_as_a_course_is_told_with_its_sum() {
    for ingredient in ["insulin human, soluble", "insulin glargine"] {
        let first = |time| of_plan("p", once("a", ingredient, units(10), time));
        let course = || of_plan("p", at("b", ingredient, units(12), &[(7, 0)]));
        let sum = format!(
            "the first dose and a dose of the course lie within an hour on {}, together 22 IU",
            day_text(today())
        );
        for time in [(7, 0), (6, 30), (7, 59)] {
            let (tier, detail, advice) = twice(&[], &[first(time), course()]);
            assert_eq!((tier, &detail), (Tier::Warn, &sum), "{time:?}");
            assert_eq!(advice, Some("safety_first_dose_unknown"));
        }
        assert_eq!(twice(&[], &[first((12, 0)), course()]).0, Tier::Note);
    }
}

#[test]
fn half_an_hour_apart_is_the_same_time() {
    let glargine = |key, time| of_plan("p", at(key, "insulin glargine", units(20), &[time]));
    let tier = |minute| twice(&[], &[glargine("a", (21, 0)), glargine("b", (21, minute))]).0;
    assert_eq!([tier(0), tier(30), tier(59)], [Tier::Warn; 3]);
    assert_eq!(twice(&[], &[glargine("a", (21, 0)), glargine("b", (22, 0))]).0, Tier::Note);
    assert_eq!(twice(&[], &[glargine("a", (23, 45)), glargine("b", (0, 15))]).0, Tier::Warn);
}

#[test]
fn a_single_dose_of_another_prescription_is_a_first_dose_too() {
    let both = |amount: u64, time| {
        let first = of_plan("p", once("a", "paracetamol", mg(1_000), time));
        let course = of_plan("q", at("b", "paracetamol", mg(amount), &[(7, 0), (11, 30), (17, 30), (21, 0)]));
        let (first, course) = (&[first], &[course]);
        (twice(first, course), twice(course, first))
    };
    let on = format!("the first dose and the course are both used on {}, together ", day_text(today()));
    let fits = (Tier::Note, format!("{on}3000 mg; at most 4000 mg a day"), Some("safety_first_dose_fits"));
    assert_eq!(both(500, (9, 0)), (fits.clone(), fits));
    let exceeds =
        (Tier::Warn, format!("{on}5000 mg; at most 4000 mg a day"), Some("safety_first_dose_exceeds"));
    assert_eq!(both(1_000, (9, 0)), (exceeds.clone(), exceeds));
    // At the hour of a dose of the course somebody may not know of the other prescription.
    let (tier, _, advice) = both(500, (7, 0)).0;
    assert_eq!((tier, advice), (Tier::Stop, None));
}

#[test]
fn nobody_is_asked_to_stop_one_of_two_that_are_meant() {
    let advice = |ingredient: &str, amount: Quantity, times: [(u32, u32); 2], strengths: [&str; 2]| {
        let line = |key: &str, place: usize| {
            let line = at(key, ingredient, amount, &[times[place]]);
            of_plan("p", Line { strength: strengths[place].to_owned(), ..line })
        };
        let (tier, _, advice) = twice(&[], &[line("a", 0), line("b", 1)]);
        (tier, advice)
    };
    let unknown = Some("safety_both_meant_unknown");
    for insulin in ["insulin human, isophane", "insulin glargine"] {
        let twice_a_day = advice(insulin, units(10), [(7, 0), (21, 0)], ["100 IU/mL"; 2]);
        assert_eq!(twice_a_day, (Tier::Note, unknown), "{insulin}");
        let at_once = advice(insulin, units(10), [(21, 0), (21, 0)], ["100 IU/mL"; 2]);
        assert_eq!(at_once, (Tier::Warn, None), "{insulin}: one of them is enough");
    }
    let strengths = advice("prednisolone", mg(5), [(7, 0), (7, 0)], ["5 mg", "20 mg"]);
    assert!(strengths.0 < Tier::Stop && strengths.1.is_some(), "{strengths:?}");
    let by_clock = advice("paracetamol", mg(500), [(8, 0), (20, 0)], ["500 mg"; 2]);
    assert_eq!(by_clock, (Tier::Note, Some("safety_both_meant")));
    // The left eye and the right one.
    let drops = |key: &str| {
        let mut drops = of_plan("p", at(key, "timolol", mg(1), &[(7, 0), (21, 0)]));
        (drops.routes, drops.rhythm.slots) = (vec![Route::Ophthalmic], [Slot::Morning, Slot::Night].into());
        drops
    };
    let (tier, _, advice) = twice(&[], &[drops("a"), drops("b")]);
    assert!(tier == Tier::Warn && advice == Some("safety_both_places"), "{tier:?} {advice:?}");
    let into = |key: &str, side| Line { side: Some(side), ..drops(key) };
    let in_two_lines = |one, other| {
        let findings = ask(&[], &[into("a", one), into("b", other)]);
        findings.iter().filter(|found| found.kind == Kind::Duplicate).map(|found| found.tier).max()
    };
    assert_eq!(in_two_lines(Side::Left, Side::Right), None);
    assert_eq!(in_two_lines(Side::Left, Side::Left), Some(Tier::Warn));
}
