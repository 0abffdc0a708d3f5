//! What holds for every list of medicines.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// A line of an entry of the catalogue.
fn of_entry(key: usize, entry: usize, mg: u64, is_new: bool) -> Line {
    let (generic, routes, _) = &ENTRIES[entry % ENTRIES.len()];
    let mut line = line(&format!("{key}"), generic, mg, 2);
    let part = line.parts[0].clone();
    line.parts =
        generic.split(" + ").map(|name| Part { ingredient: name.to_owned(), ..part.clone() }).collect();
    line.routes = routes.clone();
    if !is_new {
        line.begins = today().checked_sub_days(chrono::Days::new(30)).unwrap();
    }
    line
}

fn patients() -> impl Strategy<Value = PatientFacts> {
    (
        0..90_i32,
        any::<bool>(),
        prop::option::of(3_u32..90),
        prop::option::of(5_u32..100),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(age, woman, kg, egfr, pregnant, asked)| PatientFacts {
            born: chrono::NaiveDate::from_ymd_opt(2025 - age, 6, 1),
            sex: Some(if woman { Sex::Female } else { Sex::Male }),
            weight_grams: kg.map(|kg| kg * 1_000),
            egfr,
            pregnancy: if woman && pregnant { Pregnancy::Yes { week: None } } else { Pregnancy::Unknown },
            conditions: asked.then(|| ["asthma".to_owned(), "dengue".to_owned()].into()),
            allergies: asked.then(|| {
                let to = Allergen::Ingredient("acetylsalicylic acid".to_owned());
                vec![Allergy { to, reaction: Reaction::Unknown, intolerance: false }]
            }),
            ..PatientFacts::default()
        })
}

fn medicines() -> impl Strategy<Value = Vec<(usize, u64)>> {
    prop::collection::vec((0..ENTRIES.len(), 1_u64..3_000), 2..7)
}

/// Rules that ask whether another medicine is missing: adding it makes them untrue.
fn asks_for_absence(rule: &str) -> bool {
    static RULES_OF_ABSENCE: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let mut reader = csv::Reader::from_reader(Files::shipped().text("hard_stops.csv").as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        rows.iter().filter(|row| row[4].contains("not plan:")).map(|row| row[0].to_owned()).collect()
    });
    RULES_OF_ABSENCE.contains(rule)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_order_of_lines_does_not_matter(list in medicines(), patient in patients(), cut in 0_usize..6) {
        let cut = cut.min(list.len() - 1);
        let line = |at: usize| of_entry(at, list[at].0, list[at].1, at >= cut);
        let current: Vec<Line> = (0..cut).map(line).collect();
        let new: Vec<Line> = (cut..list.len()).map(line).collect();
        let reversed = |lines: &[Line]| lines.iter().rev().cloned().collect::<Vec<_>>();
        let one = check(&RULES, &Adjustments::default(), &patient, &current, &new, today());
        let other = check(&RULES, &Adjustments::default(), &patient, &reversed(&current), &reversed(&new), today());
        prop_assert_eq!(one, other);
    }

    #[test]
    fn adding_a_medicine_removes_no_finding_of_the_others(
        list in medicines(), patient in patients(), added in (0..ENTRIES.len(), 1_u64..3_000), new in any::<bool>(),
    ) {
        let lines: Vec<Line> = list.iter().enumerate().map(|(at, (entry, mg))| of_entry(at, *entry, *mg, true)).collect();
        let more = of_entry(99, added.0, added.1, new);
        let before = check(&RULES, &Adjustments::default(), &patient, &[], &lines, today());
        let after = if new {
            let all: Vec<Line> = lines.iter().cloned().chain([more]).collect();
            check(&RULES, &Adjustments::default(), &patient, &[], &all, today())
        } else {
            check(&RULES, &Adjustments::default(), &patient, &[more], &lines, today())
        };
        let tiers: BTreeMap<&str, Tier> = after.findings.iter().map(|one| (one.id.as_str(), one.tier)).collect();
        // Dolutegravir twice is the treatment once an inducer is there; a start is none beside the same medicine.
        let may_change = |rule: &str| {
            asks_for_absence(rule) || rule == "dup-ingredient" || (!new && rule.starts_with("hrd-"))
        };
        for finding in before.findings.iter().filter(|finding| !may_change(&finding.rule)) {
            let still = tiers.get(finding.id.as_str());
            prop_assert!(still.is_some_and(|tier| *tier >= finding.tier), "{} is gone: {still:?}", finding.id);
        }
    }

    #[test]
    fn parts_of_one_product_have_no_finding_with_each_other(entry in 0..ENTRIES.len(), mg in 1_u64..3_000) {
        let checked = check(&RULES, &Adjustments::default(), &adult(), &[], &[of_entry(1, entry, mg, true)], today());
        for finding in &checked.findings {
            prop_assert!(!matches!(finding.kind, Kind::Interaction | Kind::Duplicate), "{}", finding.id);
        }
    }

    #[test]
    fn nothing_is_passed_over_in_silence(entry in 0..ENTRIES.len()) {
        let mut line = of_entry(1, entry, 1, true);
        for part in &mut line.parts {
            (part.single, part.daily) = (None, None);
        }
        let patient = PatientFacts::default();
        let checked = check(&RULES, &Adjustments::default(), &patient, &[], std::slice::from_ref(&line), today());
        for part in &line.parts {
            let is_missed = checked.not_checked.iter().any(|one| one.what == What::NoRule(part.ingredient.clone()));
            prop_assert_eq!(is_missed, !RULES.knows(&part.ingredient));
        }
        prop_assert!(checked.not_checked.iter().any(|one| one.what == What::Allergies));
    }
}
