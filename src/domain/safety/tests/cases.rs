//! `tests/data/safety-cases.csv`: every case gives exactly its expected findings.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::*;

const CASES: &str = include_str!("../../../../tests/data/safety-cases.csv");

#[test]
fn every_case_gives_exactly_its_findings() {
    let mut reader = csv::Reader::from_reader(CASES.as_bytes());
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in reader.records() {
        let row = row.unwrap();
        let patient = patient(&row[1]);
        let checked = check(
            &RULES,
            &Adjustments::default(),
            &patient,
            &lines(&row[2], false),
            &lines(&row[3], true),
            today(),
        );
        let rules: BTreeSet<&str> = checked.findings.iter().map(|finding| finding.rule.as_str()).collect();
        let expected: BTreeSet<&str> = row[4].split(';').filter(|id| !id.is_empty()).collect();
        let tiers: BTreeSet<&str> = checked.findings.iter().map(|finding| finding.tier.name()).collect();
        let expected_tiers: BTreeSet<&str> = row[5].split(';').filter(|tier| !tier.is_empty()).collect();
        if rules != expected || tiers != expected_tiers {
            wrong.push(format!(
                "{}: {rules:?} {tiers:?}, expected {expected:?} {expected_tiers:?} ({})",
                &row[0], &row[6]
            ));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count} cases differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 96, "{count}");
}

fn patient(text: &str) -> PatientFacts {
    let mut patient = adult();
    for (key, value) in text.split(';').filter_map(|pair| pair.split_once('=')) {
        match key {
            "age" => patient.born = NaiveDate::from_ymd_opt(2026 - value.parse::<i32>().unwrap(), 1, 1),
            "age_days" => patient.born = today().checked_sub_days(Days::new(value.parse().unwrap())),
            "sex" => patient.sex = Some(if value == "F" { Sex::Female } else { Sex::Male }),
            "weight" => patient.weight_grams = Some(value.parse::<u32>().unwrap() * 1_000),
            "g6pd" => patient.g6pd = if value == "normal" { G6pd::Normal } else { G6pd::Unknown },
            "egfr" => patient.egfr = Some(value.parse().unwrap()),
            "childbearing" => patient.childbearing = Some(value == "True"),
            "breastfeeding" => patient.breast_feeding = Some(value == "True"),
            "ancestry" => patient.ancestry = Some(Ancestry::SouthEastAsian),
            "pregnant" => {
                patient.pregnancy = Pregnancy::Yes { week: Some(value.parse::<u32>().unwrap() * 14 - 7) }
            }
            "conditions" => patient.conditions = Some([value.to_lowercase().replace(' ', "-")].into()),
            "allergies" => {
                let (to, reaction) = value.split_once(':').unwrap();
                let reaction = Reaction::from_word(reaction).unwrap();
                let to = Allergen::Ingredient(to.to_owned());
                patient.allergies = Some(vec![Allergy { to, reaction, intolerance: false }]);
            }
            _ => panic!("{key}"),
        }
    }
    patient
}

fn lines(text: &str, new: bool) -> Vec<Line> {
    let lines = text.split(" || ").filter(|line| !line.is_empty()).enumerate();
    lines
        .map(|(at, text)| one_line(&format!("{}{}", if new { "new-" } else { "line-" }, at + 1), text))
        .collect()
}

/// `generic|route|dose|times|days|indication`, then `;key=value` of what the case is about.
fn one_line(key: &str, text: &str) -> Line {
    let mut extra = text.split(';');
    let cells: Vec<&str> = extra.next().unwrap().split('|').collect();
    let [generic, route, dose, times, days, indication] = cells[..] else { panic!("{text}") };
    let (count, interval, once) = match times {
        "once" => (1, 1, true),
        "" | "as needed" => (0, 1, false),
        _ => {
            let (count, per) = times.split_once(" times per ").unwrap();
            (count.parse().unwrap(), if per == "week" { 7 } else { 1 }, false)
        }
    };
    let parts = generic.split(" + ").map(|name| {
        let amount = dose.strip_suffix(" per dose").and_then(|doses| {
            doses.split(" + ").find_map(|one| {
                one.strip_prefix(name).map(str::trim).or_else(|| (!generic.contains(" + ")).then_some(one))
            })
        });
        let single = amount.map(|amount| {
            let mg: f64 = amount.strip_suffix(" mg").unwrap().parse().unwrap();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a test's own number"
            )]
            Quantity::milligrams((mg * 10_000.0).round() as u64)
        });
        let daily =
            single.filter(|_| count > 0).map(|single| Quantity { parts: single.parts * count, ..single });
        Part {
            ingredient: name.to_owned(),
            single,
            daily,
            of_steps: Vec::new(),
            of_edges: Vec::new(),
            of_times: Vec::new(),
            first_times: Vec::new(),
        }
    });
    let mut line = line(key, generic, 0, 1);
    line.parts = parts.collect();
    line.routes = vec![Route::from_name(route).unwrap()];
    line.rhythm.times_a_day = u32::try_from(count).ok().filter(|count| *count > 0);
    line.rhythm.interval_days = interval;
    line.rhythm.once = once;
    line.rhythm.as_needed = times == "as needed";
    line.plan = Some(key.split('-').next().unwrap().to_owned());
    if !key.starts_with("new") {
        line.begins = today().checked_sub_days(Days::new(1)).unwrap();
    }
    if let Some(days) = days.split(' ').next().and_then(|days| days.parse::<u64>().ok()) {
        line.ends = today().checked_add_days(Days::new(days - 1));
    }
    if !indication.is_empty() {
        line.indications.insert(indication.to_owned());
    }
    for (key, value) in extra.filter_map(|pair| pair.split_once('=')) {
        match key {
            "renews" => line.replaces = Some(format!("line-{value}")),
            "ends" => {
                line.begins = today().checked_sub_days(Days::new(30)).unwrap();
                line.ends = today().checked_sub_days(Days::new(1));
            }
            "release" => line.release = Release::from_name(value).unwrap(),
            _ => panic!("{key}"),
        }
    }
    line
}
