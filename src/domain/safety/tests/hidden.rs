//! What the prescriber may not see changes findings by being there, and by nothing else.

use chrono::Days;

use super::*;
use crate::domain::prescriptions::model::Slot;

fn day(after: i64) -> NaiveDate {
    today() + chrono::TimeDelta::days(after)
}

fn hidden(line: Line) -> Line {
    Line { hidden: true, ..line }
}

/// What is told to who may not see the hidden medicine.
fn told(current: &[Line], new: &Line) -> Vec<String> {
    let checked =
        check(&RULES, &Adjustments::default(), &adult(), current, std::slice::from_ref(new), today());
    checked.findings.into_iter().map(Finding::for_prescriber).map(|one| one.id).collect()
}

#[test]
fn the_amount_of_what_is_hidden_is_on_no_side_of_a_threshold() {
    for (secret, amounts, new, expected) in [
        ("simvastatin", [5, 10, 20, 40], line("b", "verapamil", 80, 3), "hidden-MUSC-WARN:verapamil"),
        ("simvastatin", [10, 20, 40, 80], line("b", "amlodipine", 5, 1), "hidden-MUSC-WARN:amlodipine"),
        (
            "acetylsalicylic acid",
            [75, 100, 500, 1_000],
            line("b", "warfarin", 5, 1),
            "hidden-BLEED-STOP:warfarin",
        ),
    ] {
        for mg in amounts {
            let secret = hidden(line("a", secret, mg, 1));
            assert_eq!(told(&[secret], &new), [expected], "{mg} mg");
        }
    }
    // Methotrexate: the low dose of rheumatism and the high one.
    let of_methotrexate = |mg, times| {
        let mut secret = hidden(line("a", "methotrexate", mg, 1));
        (secret.rhythm.interval_days, secret.rhythm.weekday_named) = (7, true);
        told(&[secret], &line("b", "acetylsalicylic acid", 500, times))
    };
    assert_eq!(of_methotrexate(10, 3), of_methotrexate(25, 3));
    assert!(of_methotrexate(10, 3).contains(&"hidden-HAEM-STOP:acetylsalicylic acid".to_owned()));
    // What the prescriber sees themselves still decides.
    let warfarin = hidden(line("a", "warfarin", 5, 1));
    let of_aspirin = |mg| told(std::slice::from_ref(&warfarin), &line("b", "acetylsalicylic acid", mg, 1));
    assert_ne!(of_aspirin(75), of_aspirin(500));
}

#[test]
fn the_days_of_what_is_hidden_are_told_by_no_start() {
    let asked = |secret: &Line, name: &str, begins: i64, days: u64| {
        let begins = day(begins);
        let ends = begins.checked_add_days(Days::new(days));
        told(std::slice::from_ref(secret), &Line { begins, ends, ..line("b", name, 20, 1) })
    };
    let course = |name, first, last| {
        hidden(Line { begins: day(first), ends: Some(day(last)), ..line("a", name, 20, 1) })
    };
    for (secret, name) in [
        (course("warfarin", -3, 5), "ibuprofen"),
        (course("warfarin", 10, 12), "ibuprofen"),
        (course("sertraline", -30, 4), "fluoxetine"),
        (course("ibuprofen", 0, 6), "ibuprofen"),
        // Over since days, and still acting.
        (course("fluoxetine", -60, -10), "tramadol"),
        (course("fluoxetine", -60, -60), "tramadol"),
    ] {
        let first = asked(&secret, name, 0, 3);
        for begins in [1, 2, 4, 5, 6, 7, 9, 10, 12, 13, 20, 40, 300] {
            assert_eq!(asked(&secret, name, begins, 0), first, "{} {name}: {begins}", secret.name);
        }
    }
    assert!(!asked(&course("warfarin", -3, 0), "ibuprofen", 30, 5).is_empty());
    assert_eq!(asked(&course("warfarin", -90, -60), "ibuprofen", 0, 5), [] as [&str; 0]);
}

/// Nor by how often, at what time or on which days it is used.
#[test]
fn the_hours_of_what_is_hidden_change_no_answer() {
    let mut new = line("b", "paracetamol", 500, 2);
    new.rhythm.slots = [Slot::Morning].into();
    let plain = || hidden(line("a", "paracetamol", 500, 2));
    let twice = "hidden-DUPLICATE-STOP:paracetamol";
    let mut others = vec![plain(), plain(), plain(), plain(), plain()];
    others[1].rhythm.as_needed = true;
    others[2].rhythm.once = true;
    others[3].rhythm.slots = [Slot::Evening].into();
    others[4].rhythm.days = DaysOfUse::Weekdays(0b000_0001);
    for other in others {
        assert_eq!(told(&[other], &new), [twice]);
    }
}

#[test]
fn what_the_prescriber_sees_is_never_hidden_behind_what_they_do_not() {
    let new = line("b", "ibuprofen", 400, 3);
    let (own, secret) = (line("a", "ibuprofen", 400, 3), hidden(line("c", "ibuprofen", 200, 1)));
    let checked = |current: &[Line]| {
        check(&RULES, &Adjustments::default(), &adult(), current, std::slice::from_ref(&new), today())
    };
    let (alone, both) = (checked(std::slice::from_ref(&own)), checked(&[own.clone(), secret]));
    for finding in &alone.findings {
        assert!(both.findings.contains(finding), "{finding:?}");
    }
    assert!(alone.findings.iter().any(|one| one.id == "dup-ingredient:ibuprofen"));
    let told: Vec<String> = both.findings.into_iter().map(|one| one.for_prescriber().id).collect();
    assert!(told.contains(&"hidden-DUPLICATE-STOP:ibuprofen".to_owned()), "{told:?}");
    // A note on what they see stays, however grave the same is of what they do not.
    let note =
        Line { strength: "1 mg".to_owned(), plan: Some("p".to_owned()), ..line("a", "warfarin", 2, 1) };
    let new = Line { strength: "5 mg".to_owned(), plan: Some("p".to_owned()), ..line("b", "warfarin", 5, 1) };
    let secret = hidden(line("c", "warfarin", 5, 1));
    let checked = check(&RULES, &Adjustments::default(), &adult(), &[note, secret], &[new], today());
    let of_tier = |tier| checked.findings.iter().filter(|one| one.tier == tier).count();
    assert_eq!((of_tier(Tier::Note), of_tier(Tier::Stop)), (1, 1), "{:?}", found(&checked));
}
