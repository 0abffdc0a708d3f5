//! Reading the rules of prescribing safety, and weighing 10 new lines against 20 current ones:
//! `cargo bench --bench safety`
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]

use std::time::{Duration, Instant};

use chrono::NaiveDate;
use das_tern::domain::medicines::model::{Release, Route};
use das_tern::domain::safety::{
    Adjustments, CatalogueName, DaysOfUse, Files, Line, Part, PatientFacts, Quantity, Rhythm, Rules, check,
};

const CHECKS: usize = 500;

fn main() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/medicines.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers().unwrap().clone();
    let column = |name: &str| head.iter().position(|known| known == name).unwrap();
    let (generic, route) = (column("generic_name"), column("route"));
    let entries: Vec<(String, [Route; 1])> = reader
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[generic].to_owned(), [Route::from_name(&row[route]).unwrap()]))
        .collect();
    // Each entry by every route: which of them its labels allow makes no difference to the time.
    let catalogue =
        entries.iter().map(|(generic, _)| CatalogueName { generic, routes: Route::ALL, called: Vec::new() });
    let started = Instant::now();
    let rules = Rules::load(&Files::shipped(), catalogue).unwrap();
    println!("{} rules read in {:?}", rules.len(), started.elapsed());

    let mut times: Vec<Duration> = (0..CHECKS).map(|run| weigh(&rules, &entries, run)).collect();
    times.sort_unstable();
    println!(
        "10 new lines against 20: median {:?}, 99th percentile {:?}",
        times[CHECKS / 2],
        times[CHECKS * 99 / 100]
    );
}

fn weigh(rules: &Rules, entries: &[(String, [Route; 1])], run: usize) -> Duration {
    let lines: Vec<Line> =
        (0..30).map(|at| line(at, &entries[(run * 31 + at * 37) % entries.len()])).collect();
    let (current, new) = lines.split_at(20);
    let today = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
    let patient =
        PatientFacts { born: NaiveDate::from_ymd_opt(1950, 1, 1), egfr: Some(40), ..PatientFacts::default() };
    let started = Instant::now();
    std::hint::black_box(check(rules, &Adjustments::default(), &patient, current, new, today));
    started.elapsed()
}

fn line(at: usize, (generic, routes): &(String, [Route; 1])) -> Line {
    let amount = Some(Quantity::milligrams(1_000_000));
    let part = |name: &str| Part {
        ingredient: name.to_owned(),
        single: amount,
        daily: amount,
        of_steps: Vec::new(),
        of_edges: Vec::new(),
        of_times: Vec::new(),
        first_times: Vec::new(),
    };
    Line {
        key: at.to_string(),
        name: generic.clone(),
        parts: generic.split(" + ").map(part).collect(),
        routes: routes.to_vec(),
        form: None,
        release: Release::Plain,
        strength: String::new(),
        side: None,
        plan: None,
        replaces: None,
        begins: NaiveDate::from_ymd_opt(2026, 3, 2).unwrap(),
        waits_days: 0,
        ends: None,
        rhythm: Rhythm {
            slots: [].into(),
            interval_days: 1,
            times_a_day: Some(1),
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
