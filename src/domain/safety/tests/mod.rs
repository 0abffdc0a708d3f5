//! The shipped rules against the shipped catalogue: tables of cases and of pairs, broken files, properties.

mod cases;
mod facts;
mod hidden;
mod hours;
mod pairs;
mod properties;
mod refusals;
mod renewals;
mod stories;
mod two_lines;

use std::sync::LazyLock;

use chrono::NaiveDate;

use super::*;
use crate::domain::medicines::model::{Release, Route};

const CATALOGUE: &str = include_str!("../../../../data/medicines.csv");

/// Generic name, routes, whether it is prescribed still.
static ENTRIES: LazyLock<Vec<(String, Vec<Route>, bool)>> = LazyLock::new(|| {
    let mut reader = csv::Reader::from_reader(CATALOGUE.as_bytes());
    let head = reader.headers().unwrap().clone();
    let column = |name: &str| head.iter().position(|known| known == name).unwrap();
    let (generic, route, routes, active) =
        (column("generic_name"), column("route"), column("routes"), column("active"));
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let list = if row[routes].is_empty() { &row[route] } else { &row[routes] };
        let routes = list.split(';').map(|name| Route::from_name(name).unwrap()).collect();
        (row[generic].to_owned(), routes, &row[active] != "no")
    });
    rows.collect()
});

fn catalogue() -> impl Iterator<Item = CatalogueName<'static>> {
    ENTRIES.iter().map(|(generic, routes, _)| CatalogueName { generic, routes, called: Vec::new() })
}

static RULES: LazyLock<Rules> =
    LazyLock::new(|| load(&Files::shipped()).unwrap_or_else(|faults| panic!("{faults:#?}")));

fn load(files: &Files<'_>) -> Result<Rules, Vec<Fault>> {
    Rules::load(files, catalogue())
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
}

fn adult() -> PatientFacts {
    PatientFacts {
        born: NaiveDate::from_ymd_opt(1981, 1, 1),
        sex: Some(Sex::Male),
        weight_grams: Some(60_000),
        egfr: Some(90),
        pregnancy: Pregnancy::No,
        breast_feeding: Some(false),
        g6pd: G6pd::Normal,
        conditions: Some([].into()),
        allergies: Some(Vec::new()),
        ..PatientFacts::default()
    }
}

/// A line of one ingredient by mouth, so many milligrams so many times a day.
fn line(key: &str, ingredient: &str, mg: u64, times: u64) -> Line {
    Line {
        key: key.to_owned(),
        name: ingredient.to_owned(),
        parts: vec![Part {
            ingredient: ingredient.to_owned(),
            single: Some(Quantity::milligrams(mg * 10_000)),
            daily: Some(Quantity::milligrams(mg * times * 10_000)),
            of_steps: Vec::new(),
            of_edges: Vec::new(),
            of_times: Vec::new(),
            first_times: Vec::new(),
        }],
        routes: vec![Route::Oral],
        form: None,
        release: Release::Plain,
        strength: String::new(),
        side: None,
        plan: None,
        replaces: None,
        begins: today(),
        waits_days: 0,
        ends: None,
        rhythm: Rhythm {
            slots: [].into(),
            interval_days: 1,
            times_a_day: u32::try_from(times).ok(),
            interval_hours: None,
            once: false,
            as_needed: false,
            tapers: false,
            weekday_named: false,
            days: DaysOfUse::Any,
        },
        stopped: false,
        supply_days: None,
        indications: [].into(),
        hidden: false,
    }
}

fn found(checked: &Checked) -> Vec<(&str, Tier)> {
    checked.findings.iter().map(|finding| (finding.rule.as_str(), finding.tier)).collect()
}
