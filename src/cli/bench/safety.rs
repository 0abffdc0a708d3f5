//! The safety check by itself, in this process: how long the rules take to be read, what they hold of memory, and how long
//! 10 new lines take against 20 current medicines.

use chrono::NaiveDate;

use super::measure::{Measured, count, percentile, rss_mib, stopwatch};
use crate::domain::medicines::model::Content;
use crate::domain::medicines::{SHIPPED_LIST, list};
use crate::domain::safety::{
    Adjustments, DaysOfUse, Files, Line, Part, PatientFacts, Quantity, Rhythm, Rules, check,
};
use crate::domain::safety_lines::catalogue_name;
use crate::platform::error::{Error, Result};

/// Name of the row.
pub const NAME: &str = "safety check, 10 new against 20";

/// Lines that a patient takes, and lines that are new.
const CURRENT: usize = 20;
const NEW: usize = 10;
/// Checks, each of other medicines.
const CHECKS: usize = 2_000;
/// Copies of the rules that are held at once, so that what one holds stands out from what a process takes by itself.
const COPIES: u32 = 8;

/// How the rules are read and held.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Loaded {
    /// What it is.
    pub flow: &'static str,
    /// How many rules there are.
    pub rules: usize,
    /// Median time of reading them, in milliseconds.
    pub load_ms: f64,
    /// What one copy holds of memory, in MiB.
    pub held_mib: f64,
}

/// Reads the shipped rules several times and weighs lines by them.
///
/// # Errors
/// When the shipped rules do not hold together.
pub fn measure() -> Result<(Loaded, Measured)> {
    let mut entries: Vec<Content> = Vec::new();
    list::read(list::text_of(SHIPPED_LIST)?, |_, content| {
        entries.push(content);
        Ok(())
    })?;
    let before = rss_mib(std::process::id());
    let (mut copies, mut load_us) = (Vec::new(), Vec::new());
    for _ in 0..COPIES {
        let started = stopwatch();
        let rules = Rules::load(&Files::shipped(), entries.iter().map(catalogue_name));
        load_us.push(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
        copies.push(rules.map_err(|faults| Error::internal(format!("shipped rules: {faults:?}")))?);
    }
    load_us.sort_unstable();
    let held_mib = (rss_mib(std::process::id()) - before) / f64::from(COPIES);
    let Some(rules) = copies.first() else { return Err(Error::internal("no rules were read")) };
    let loaded =
        Loaded { flow: "safety rules", rules: rules.len(), load_ms: percentile(&load_us, 50), held_mib };
    Ok((loaded, weigh(rules, &entries)))
}

fn weigh(rules: &Rules, entries: &[Content]) -> Measured {
    let today = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap_or_default();
    let patient =
        PatientFacts { born: NaiveDate::from_ymd_opt(1950, 1, 1), egfr: Some(40), ..PatientFacts::default() };
    let mut latencies_us = Vec::with_capacity(CHECKS);
    let start = stopwatch();
    for run in 0..CHECKS {
        let chosen = (0..CURRENT + NEW).filter_map(|at| {
            let entry = entries.get((run * 31 + at * 37).checked_rem(entries.len())?)?;
            Some(line(at, entry, today))
        });
        let mut current: Vec<Line> = chosen.collect();
        let new = current.split_off(CURRENT.min(current.len()));
        let started = stopwatch();
        std::hint::black_box(check(rules, &Adjustments::default(), &patient, &current, &new, today));
        latencies_us.push(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    let seconds = start.elapsed().as_secs_f64();
    latencies_us.sort_unstable();
    Measured {
        flow: NAME.to_owned(),
        connections: 1,
        per_second: count(latencies_us.len()) / seconds,
        p50_ms: percentile(&latencies_us, 50),
        p95_ms: percentile(&latencies_us, 95),
        p99_ms: percentile(&latencies_us, 99),
        errors: 0,
        first_error: None,
        server_cpu_percent: 100.0,
        server_rss_mib: rss_mib(std::process::id()),
        written_kib: None,
    }
}

/// A gram a day of an entry of the catalogue.
fn line(at: usize, entry: &Content, today: NaiveDate) -> Line {
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
        name: entry.generic.clone(),
        parts: entry.generic.split(" + ").map(part).collect(),
        routes: vec![entry.route],
        form: None,
        release: entry.release,
        strength: entry.strength.clone(),
        side: None,
        plan: None,
        replaces: None,
        begins: today,
        waits_days: 0,
        ends: None,
        rhythm: Rhythm {
            interval_days: 1,
            times_a_day: Some(1),
            interval_hours: None,
            once: false,
            as_needed: false,
            tapers: false,
            slots: [].into(),
            weekday_named: false,
            days: DaysOfUse::Any,
        },
        stopped: false,
        supply_days: None,
        indications: [].into(),
        hidden: false,
    }
}
