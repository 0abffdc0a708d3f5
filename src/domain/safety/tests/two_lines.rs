//! What a pharmacist asks about one line with doses minutes apart and about two lines of one medicine or class, and what is
//! ordinary in them.

use super::hours::{ask, at, day, doses, from, mg, minutes, of_plan, once, twice, units};
use super::*;
use crate::domain::prescriptions::model::Slot;
use crate::platform::i18n::{Language, day_text};

/// Nobody writes one line with doses minutes apart on purpose: whatever may be used at once, it is asked for.
#[test]
fn one_line_with_doses_minutes_apart_is_a_warning() {
    let warned = |text: &str| [("hrd-minutes-apart-line".to_owned(), Tier::Warn, text.to_owned())];
    for (ingredient, amount) in [
        ("paracetamol", mg(500)),
        ("amoxicillin", mg(500)),
        ("furosemide", mg(40)),
        ("ibuprofen", mg(200)),
        ("metformin", mg(500)),
        ("prednisolone", mg(5)),
    ] {
        let times = |times: &[(u32, u32)]| minutes(&[], &[at("a", ingredient, amount, times)]);
        let all = "20 minutes between two doses in 1";
        assert_eq!(times(&[(7, 0), (7, 20)]), warned(all), "{ingredient}");
        assert_eq!(times(&[(7, 0), (12, 0), (12, 20)]), warned(all), "{ingredient}");
        let night = "30 minutes between two doses in 1";
        assert_eq!(times(&[(0, 15), (23, 45)]), warned(night), "{ingredient} over midnight");
        let last = "59 minutes between two doses in 1";
        assert_eq!(times(&[(7, 0), (7, 59)]), warned(last), "{ingredient}");
        for ordinary in [
            &[(7, 0)][..],
            &[(7, 0), (8, 0)],
            &[(7, 0), (17, 30)],
            &[(7, 0), (11, 30), (17, 30)],
            &[(7, 0), (11, 30), (17, 30), (21, 0)],
            &[(0, 0), (4, 0), (8, 0), (12, 0), (16, 0), (20, 0)],
        ] {
            assert_eq!(times(ordinary), [], "{ingredient} {ordinary:?}");
        }
        // Alternating strengths, each once a day.
        let (one, other) = (at("a", ingredient, amount, &[(7, 0)]), at("b", ingredient, amount, &[(19, 0)]));
        assert_eq!(minutes(&[one], &[other]), [], "{ingredient}");
    }
}

#[test]
fn a_premixed_insulin_holds_a_rapid_one() {
    const MIXED: &str = "insulin human, biphasic 30/70";
    let of_class = |current: &[Line], new: &[Line]| {
        let found = ask(current, new).into_iter().filter(|found| found.kind == Kind::Duplicate);
        found.map(|found| (found.rule, found.tier)).collect::<Vec<_>>()
    };
    let rapid_is = |tier| [("dup-insulin-premixed-rapid".to_owned(), tier)];
    let line = |key: &str, name: &str, plan: &str, times: &[(u32, u32)]| {
        of_plan(plan, at(key, name, units(10), times))
    };
    let meals = [(7, 0), (17, 30)];
    for rapid in ["insulin aspart", "insulin lispro", "insulin human, soluble"] {
        let both = |plan: &str, times: &[(u32, u32)]| {
            of_class(&[], &[line("a", MIXED, "p", &meals), line("b", rapid, plan, times)])
        };
        assert_eq!(both("p", &meals), rapid_is(Tier::Warn), "{rapid}");
        assert_eq!(both("p", &[(7, 15)]), rapid_is(Tier::Warn), "{rapid}");
        assert_eq!(both("p", &[(11, 30)]), rapid_is(Tier::Note), "{rapid} at the meal without the mixture");
        assert_eq!(both("q", &[(11, 30)]), rapid_is(Tier::Warn), "{rapid} of another prescription");
    }
    let alone = |one: &str, other: &str, times: &[(u32, u32)]| {
        of_class(&[], &[line("a", one, "p", &[(21, 0)]), line("b", other, "p", times)])
    };
    let is = |rule: &str, tier| [(rule.to_owned(), tier)];
    assert_eq!(alone("insulin human, isophane", MIXED, &meals), is("dup-insulin-premixed-basal", Tier::Warn));
    assert_eq!(alone("insulin glargine", MIXED, &meals), is("dup-insulin-premixed-basal", Tier::Warn));
    assert_eq!(alone("insulin glargine", "insulin detemir", &[(21, 0)]), is("dup-insulin-basal", Tier::Warn));
    assert_eq!(
        alone("insulin glargine", "insulin human, isophane", &[(7, 0)]),
        is("dup-insulin-basal", Tier::Warn)
    );
    assert_eq!(alone("insulin aspart", "insulin lispro", &meals), is("dup-insulin-rapid", Tier::Warn));
    assert_eq!(alone(MIXED, MIXED, &[(21, 0)]), is("dup-ingredient", Tier::Warn));
    // A basal insulin at night and a rapid one for the meals are one plan.
    assert_eq!(alone("insulin glargine", "insulin aspart", &meals), []);
    assert_eq!(alone("insulin human, isophane", "insulin human, soluble", &meals), []);
}

#[test]
fn an_insulin_of_two_prescriptions_at_other_times_is_told_with_its_sum() {
    for ingredient in ["insulin human, isophane", "insulin glargine"] {
        let line = |key: &str, plan: &str, units_a_dose, time| {
            of_plan(plan, at(key, ingredient, units(units_a_dose), &[time]))
        };
        let morning = || line("a", "p", 20, (7, 0));
        let sum = format!("both run from {} on, together up to 30 IU a day", day_text(today()));
        let (tier, detail, advice) = twice(&[morning()], &[line("b", "q", 10, (21, 0))]);
        assert_eq!((tier, detail.as_str()), (Tier::Warn, sum.as_str()), "{ingredient}");
        assert_eq!(advice, Some("safety_both_meant_unknown"));
        // At the same hour somebody may not know of the other prescription.
        assert_eq!(twice(&[morning()], &[line("b", "q", 10, (7, 0))]).0, Tier::Stop, "{ingredient}");
    }
    let of = |key: &str, plan: &str, time| of_plan(plan, at(key, "paracetamol", mg(500), &[time]));
    assert_eq!(twice(&[of("a", "p", (7, 0))], &[of("b", "q", (21, 0))]).0, Tier::Stop, "no insulin");
}

#[test]
fn a_duplicate_says_from_when_to_when_both_run() {
    let told = |ingredient: [&str; 2], days: [(i64, i64); 2]| {
        let line = |key: &str, place: usize| {
            let line = at(key, ingredient[place], mg(20), &[(7, 0)]);
            of_plan(key, from(days[place].0, days[place].1, line))
        };
        let found = ask(&[line("a", 0)], &[line("b", 1)]).into_iter();
        let found = found.filter(|found| found.kind == Kind::Duplicate).collect::<Vec<_>>();
        let detail = found[0].detail.as_ref().map(|detail| detail.text(Language::English));
        (found[0].tier, detail.unwrap_or_default())
    };
    let days = |first, last| format!("both run from {} to {}", day_text(day(first)), day_text(day(last)));
    let statins = ["simvastatin", "atorvastatin"];
    assert_eq!(told(statins, [(-10, 40), (2, 30)]), (Tier::Stop, days(2, 30)));
    assert_eq!(told(statins, [(-10, 10), (-3, 30)]), (Tier::Stop, days(0, 10)));
    let one_day = format!("both run on {}", day_text(day(5)));
    assert_eq!(told(statins, [(-10, 20), (5, 5)]), (Tier::Stop, one_day));
    let sum = format!("{}, together up to 40 mg a day", days(2, 30));
    assert_eq!(told(["simvastatin"; 2], [(-10, 40), (2, 30)]), (Tier::Stop, sum));
    // Of what is not shared neither days nor amounts are told.
    let hidden = Line { hidden: true, ..at("a", "simvastatin", mg(20), &[(21, 0)]) };
    let found = ask(&[hidden], &[at("b", "simvastatin", mg(20), &[(7, 0)])]);
    let duplicate = found.iter().find(|found| found.kind == Kind::Duplicate).unwrap();
    assert_eq!(duplicate.detail, None);
}

#[test]
fn what_is_ordinary_in_two_lines_is_no_warning() {
    let tiers = |lines: [Line; 2]| {
        let [one, other] = lines;
        let found = ask(&[], &[of_plan("p", one), of_plan("p", other)]).into_iter();
        found.filter(|found| found.kind == Kind::Duplicate).map(|found| found.tier).collect::<Vec<_>>()
    };
    let strength = |key: &str, ingredient: &str, amount: u64, time| Line {
        strength: format!("{amount} mg"),
        ..at(key, ingredient, mg(amount), &[time])
    };
    let both = |ingredient: &str, amounts: [u64; 2], times: [(u32, u32); 2]| {
        tiers([
            strength("a", ingredient, amounts[0], times[0]),
            strength("b", ingredient, amounts[1], times[1]),
        ])
    };
    // Two strengths as one dose; of a high-alert medicine whose most is not known it is asked.
    assert_eq!(both("prednisolone", [20, 5], [(7, 0); 2]), [Tier::Note]);
    assert_eq!(both("prednisolone", [20, 5], [(7, 0), (17, 30)]), [Tier::Note]);
    assert_eq!(both("morphine", [30, 10], [(7, 0); 2]), [Tier::Warn]);
    assert_eq!(both("warfarin", [5, 1], [(17, 30); 2]), [Tier::Note]);
    assert_eq!(both("prednisolone", [5, 5], [(7, 0); 2]), [Tier::Stop], "written twice");
    // One strength on days of their own.
    let on = |key: &str, amount, days| {
        let mut line = strength(key, "warfarin", 1, (17, 30));
        line.parts[0].single = Some(mg(amount));
        line.parts[0].daily = Some(mg(amount));
        line.rhythm.days = DaysOfUse::Weekdays(days);
        (line.rhythm.interval_days, line.rhythm.slots) = (2, [Slot::Evening].into());
        line
    };
    assert_eq!(tiers([on("a", 5, 0b001_0101), on("b", 3, 0b110_1010)]), [Tier::Note]);
    assert_eq!(tiers([on("a", 5, 0b001_0101), on("b", 3, 0b000_0100)]), [Tier::Stop], "both on Wednesday");
}

#[test]
fn most_are_maintained_on_a_quarter_of_a_milligram_of_digoxin() {
    let hundredths = |key: &str, amount: u64, times: &[(u32, u32)]| {
        at(key, "digoxin", Quantity::milligrams(amount * 100), times)
    };
    let (morning, both) = ([(7, 0)], [(7, 0), (19, 0)]);
    let told = |line: Line| doses(&[], &[line]);
    for ordinary in [625_u64, 1_250, 2_500] {
        let line = at("a", "digoxin", Quantity::milligrams(ordinary), &morning);
        assert_eq!(told(line), [], "{ordinary}");
    }
    let much = [(Tier::Warn, "0.5 mg a day; at most 0.25 mg".to_owned())];
    assert_eq!(told(hundredths("a", 50, &morning)), much);
    assert_eq!(told(hundredths("a", 25, &both)), much);
    let four = hundredths("a", 25, &[(1, 0), (7, 0), (13, 0), (19, 0)]);
    assert_eq!(told(four), [(Tier::Stop, "1 mg a day; at most 0.25 mg".to_owned())]);
    // A loading dose by itself is no dose of a day that goes on.
    assert_eq!(told(once("a", "digoxin", Quantity::milligrams(5_000), (7, 0))), []);
}
