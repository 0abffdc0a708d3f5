//! Adherence is counted once, by one formula, and always equals a recount.

use chrono::NaiveDate;
use das_tern::domain::adherence::model::{DayTally, Permille, Tally, Trend};
use das_tern::domain::adherence::rules;
use das_tern::platform::clock::Span;
use das_tern::platform::settings::AdherenceSettings;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::kit::{clinic, daily, doses_of, prescribe};

fn tally(on_time: u32, late: u32, skipped: u32, missed: u32) -> Tally {
    Tally { on_time, late, skipped, missed }
}

#[test]
fn figures_are_rounded_to_a_tenth_and_nothing_of_nothing_is_no_figure() {
    assert_eq!(rules::taking(&Tally::default()), None);
    assert_eq!(rules::taking(&tally(1, 0, 0, 2)), Some(Permille(333)));
    assert_eq!(rules::taking(&tally(1, 1, 1, 0)), Some(Permille(667)));
    assert_eq!(rules::timing(&tally(1, 1, 0, 0)), Some(Permille(500)));
    assert_eq!(rules::taking(&tally(7, 0, 0, 1)), Some(Permille(875)));
}

#[test]
fn the_direction_is_that_of_the_exact_fractions() {
    assert_eq!(rules::trend(&tally(999, 0, 0, 1), &tally(1000, 0, 0, 1)), Trend::Improved);
    assert_eq!(rules::trend(&tally(5, 0, 0, 0), &tally(6, 0, 0, 0)), Trend::Steady);
    assert_eq!(rules::trend(&tally(5, 0, 0, 0), &tally(5, 0, 1, 0)), Trend::Lower);
    let settings = AdherenceSettings::default();
    assert!(rules::deserves_praise(&tally(79, 0, 0, 21), &tally(80, 0, 0, 20), &settings));
    assert!(!rules::deserves_praise(&tally(81, 0, 0, 19), &tally(82, 0, 0, 18), &settings));
    assert!(!rules::deserves_praise(&Tally::default(), &tally(1, 0, 0, 0), &settings));
}

#[test]
fn streaks_and_gaps_pass_over_days_on_which_nothing_counted() {
    let day = |n: u32, tally| DayTally { date: NaiveDate::from_ymd_opt(2026, 11, n).unwrap(), tally };
    let days = [
        day(1, tally(2, 0, 0, 0)),
        day(2, tally(1, 1, 0, 0)),
        day(4, tally(1, 0, 0, 0)),
        day(5, tally(0, 0, 1, 1)),
        day(7, tally(0, 0, 0, 2)),
        day(8, tally(2, 0, 0, 0)),
    ];
    let runs = rules::runs(&days);
    assert_eq!((runs.counted_days, runs.correct_days), (6, 4));
    assert_eq!((runs.current_streak, runs.longest_streak, runs.longest_gap), (1, 3, 2));
}

/// What may happen to a dose.
#[derive(Debug, Clone)]
enum Event {
    Take(usize),
    Skip(usize),
    Sync(usize, i64),
    Correct(usize, &'static str),
    Mend(usize, i64),
    Undo(usize),
    UndoCorrection(usize),
    Pass(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => (0_usize..12).prop_map(Event::Take),
        2 => (0_usize..12).prop_map(Event::Skip),
        1 => (0_usize..12, -30_i64..600).prop_map(|(dose, minutes)| Event::Sync(dose, minutes)),
        1 => (0_usize..12, prop::sample::select(vec!["TAKEN_ON_TIME", "SKIPPED", "MISSED"]))
            .prop_map(|(dose, status)| Event::Correct(dose, status)),
        1 => (0_usize..12, -30_i64..600).prop_map(|(dose, minutes)| Event::Mend(dose, minutes)),
        2 => (0_usize..12).prop_map(Event::Undo),
        1 => (0_usize..12).prop_map(Event::UndoCorrection),
        1 => (1_i64..10).prop_map(Event::Pass),
        3 => (10_i64..600).prop_map(Event::Pass),
    ];
    prop::collection::vec(event, 1..30)
}

#[test]
fn whatever_happens_the_counters_equal_a_recount() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    runner
        .run(&events(), |events| {
            runtime.block_on(live(events));
            Ok(())
        })
        .unwrap();
}

async fn live(events: Vec<Event>) {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connected(&sok, &dara).await;
    prescribe(&server, &dara, daily("mnx")).await;
    let mut ids = Vec::new();
    for date in ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"] {
        ids.extend(doses_of(&dara, date).await);
    }
    for event in events {
        match event {
            Event::Take(dose) => drop(dara.post(format!("/doses/{}/mark-taken", ids[dose]), json!({})).await),
            Event::Skip(dose) => {
                drop(dara.post(format!("/doses/{}/skip", ids[dose]), json!({"reason": "FORGOT"})).await);
            }
            Event::Sync(dose, minutes) => {
                let at = server.context().now().minus(Span::minutes(minutes)).to_utc().to_rfc3339();
                let client_id = format!("{dose}-{minutes}");
                let action = json!({"clientId": client_id, "doseId": ids[dose], "action": "taken", "at": at});
                drop(dara.post("/doses/sync", json!({ "actions": [action] })).await.ok());
            }
            Event::Correct(dose, status) => {
                let body = json!({ "status": status, "reason": "seen in the pill box" });
                drop(sok.post(format!("/doses/{}/correct", ids[dose]), body).await);
            }
            Event::Mend(dose, minutes) => {
                let at = server.context().now().minus(Span::minutes(minutes)).to_utc().to_rfc3339();
                drop(dara.post(format!("/doses/{}/mark-taken", ids[dose]), json!({ "takenAt": at })).await);
            }
            Event::Undo(dose) => drop(dara.post(format!("/doses/{}/undo", ids[dose]), json!({})).await),
            Event::UndoCorrection(dose) => {
                drop(sok.post(format!("/doses/{}/undo", ids[dose]), json!({})).await);
            }
            Event::Pass(minutes) => {
                server.clock().advance(Span::minutes(minutes));
                server.run_jobs().await;
            }
        }
        // The cached answer is the recounted one.
        let shown = dara.get("/adherence/monthly").await.ok()["counts"].clone();
        let history = dara.get("/doses/history?limit=100&to=2026-12-01").await.ok();
        let statuses: Vec<&str> = history["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|dose| dose["status"].as_str().unwrap())
            .collect();
        let count = |wanted: &str| statuses.iter().filter(|status| status.starts_with(wanted)).count();
        let early = ids.len();
        assert!(count("TAKEN") <= early);
        assert_eq!(shown["missed"], count("MISSED"), "{shown} {statuses:?}");
    }
    // Counters, sweep times and the audit chain are verified here.
    server.finish().await;
}

#[tokio::test]
async fn reports_carry_what_they_rest_on() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let prescription = prescribe(&server, &dara, daily("mx")).await;
    let empty = dara.get("/adherence/weekly").await.ok();
    assert_eq!(empty["adherenceRate"], serde_json::Value::Null);
    assert_eq!(empty["taking"]["n"], 0);
    for day in 0..4 {
        let date = format!("2026-11-{}", 22 + day);
        let ids = doses_of(&dara, &date).await;
        dara.post(format!("/doses/{}/mark-taken", ids[0]), json!({})).await.ok();
        server.clock().advance(Span::hours(15));
        server.run_jobs().await;
        if day < 2 {
            dara.post(format!("/doses/{}/mark-taken", ids[1]), json!({})).await.ok();
        }
        server.clock().advance(Span::hours(9));
    }
    // Thursday 07:00: four days with two doses each, two nights of them missed.
    let weekly = dara.get("/adherence/weekly").await.ok();
    assert_eq!(weekly["from"], "2026-11-20");
    assert_eq!(weekly["to"], "2026-11-26");
    assert_eq!(weekly["adherenceRate"], 75.0);
    assert_eq!(weekly["taking"]["color"], "YELLOW");
    assert_eq!((&weekly["taking"]["part"], &weekly["taking"]["n"]), (&6.into(), &8.into()));
    assert_eq!(weekly["timing"]["percent"], 50.0);
    assert_eq!(weekly["counts"]["late"], 2);
    assert_eq!(weekly["longestStreakDays"], 2);
    assert_eq!(weekly["currentStreakDays"], 0);
    assert_eq!(weekly["daily"].as_array().unwrap().len(), 7);
    assert_eq!(weekly["daily"][2]["taking"]["percent"], 100.0);
    let same = dara.get(format!("/adherence/prescriptions/{prescription}")).await.ok();
    assert_eq!(same["counts"], weekly["counts"]);
    let summary = dara.get("/adherence/summary?from=2026-11-24&to=2026-11-25").await.ok();
    assert_eq!(summary["adherenceRate"], 50.0);
    assert_eq!(summary["trend"], "LOWER");
    dara.get("/adherence/summary?from=2026-11-25&to=2026-11-24").await.expect(400);
    dara.get("/adherence/trends?days=0").await.expect(400);
    assert_eq!(dara.get("/adherence/trends").await.ok()["weekly"].as_array().unwrap().len(), 13);
    server.finish().await;
}
