//! Measurements over time.

use serde_json::{Value, json};

use super::kit::{alerts, body_with, clinic, measure, send};
use crate::kit::{Client, TestServer};
use das_tern::platform::clock::Span;

async fn at(patient: &Client, text: &str, time: &str) -> Value {
    send(patient, body_with(text, json!({"measuredAt": time}))).await.expect(201).ok()
}

#[tokio::test]
async fn steps_follow_the_clinics_calendar() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    // 23:30 and 00:30 in Phnom Penh are two days; both are the evening of the 18th in UTC.
    for (text, time) in [
        ("BLOOD_PRESSURE 120/80", "2026-11-18T16:30:00Z"),
        ("BLOOD_PRESSURE 130/85", "2026-11-18T17:30:00Z"),
        ("BLOOD_PRESSURE 141/70", "2026-11-19T03:00:00Z"),
        ("BLOOD_PRESSURE 125/75", "2026-11-21T03:00:00Z"),
        ("BLOOD_PRESSURE 110/70", "2026-10-31T10:00:00Z"),
    ] {
        at(&dara, text, time).await;
    }
    let path = "/health-monitoring/trends?vitalType=BLOOD_PRESSURE";
    let days = dara.get(format!("{path}&period=day")).await.ok();
    assert_eq!(days["target"], json!({"min": 90.0, "max": 140.0}));
    let shown: Vec<(&Value, &Value)> = days["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bucket| (&bucket["from"], &bucket["count"]))
        .collect();
    let expected = [("2026-10-31", 1), ("2026-11-18", 1), ("2026-11-19", 2), ("2026-11-21", 1)];
    assert_eq!(
        shown,
        expected
            .map(|(day, count)| (json!(day), json!(count)))
            .iter()
            .map(|(a, b)| (a, b))
            .collect::<Vec<_>>()
    );
    let figures = json!({"min": 130.0, "max": 141.0, "mean": 135.5});
    assert_eq!(days["buckets"][2]["value"], figures);
    assert_eq!(days["buckets"][2]["valueSecondary"]["min"], 70.0);
    let weeks = dara.get(format!("{path}&period=week")).await.ok();
    let last = weeks["buckets"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["from"], &last["to"], &last["count"]),
        (&json!("2026-11-16"), &json!("2026-11-22"), &json!(4))
    );
    let months = dara.get(format!("{path}&period=month")).await.ok();
    assert_eq!(months["buckets"][0]["from"], "2026-10-01");
    assert_eq!(months["buckets"][0]["to"], "2026-10-31");
    assert_eq!(months["buckets"][1]["value"]["mean"], 129.0);
    let some = dara.get(format!("{path}&from=2026-11-19&to=2026-11-19")).await.ok();
    assert_eq!(some["buckets"].as_array().unwrap().len(), 1);
    for wrong in ["from=2026-11-20&to=2026-11-19", "from=2025-01-01&to=2026-11-19"] {
        assert_eq!(dara.get(format!("{path}&{wrong}")).await.expect(400).bad_fields(), ["from"]);
    }
    dara.get("/health-monitoring/trends?vitalType=MOOD").await.expect(400);
    server.finish().await;
}

#[tokio::test]
async fn three_rising_pressures_are_told_once() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    for (day, text) in
        ["BLOOD_PRESSURE 128/80", "BLOOD_PRESSURE 134/82", "BLOOD_PRESSURE 139/84"].into_iter().enumerate()
    {
        measure(&dara, text).await;
        assert_eq!(server.variants(&sok).len(), 0, "day {day}: not above the target");
        server.clock().advance(Span::days(1));
    }
    measure(&dara, "BLOOD_PRESSURE 145/86").await;
    let mut told = server.variants(&sok);
    told.sort();
    assert_eq!(told, ["low", "trend"]);
    let open = alerts(&sok, "OPEN").await;
    let has = |kind: &str| open.iter().any(|alert| alert["kind"] == kind);
    assert!(open.len() == 2 && has("RISING_BLOOD_PRESSURE") && has("READING"), "{open:#?}");
    server.clock().advance(Span::days(1));
    measure(&dara, "BLOOD_PRESSURE 147/86").await;
    // Two more is within the error of the cuff: out of range still, but rising no more.
    assert_eq!(server.variants(&sok)[2..], ["low"]);
    server.finish().await;
}

#[tokio::test]
async fn two_kilograms_in_three_days_are_told() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    measure(&dara, "WEIGHT 60").await;
    server.clock().advance(Span::days(2));
    measure(&dara, "WEIGHT 61.9").await;
    server.clock().advance(Span::days(2));
    // Two kilograms more than four days ago, but not than the day before yesterday.
    measure(&dara, "WEIGHT 62").await;
    assert_eq!(server.variants(&sok).len(), 0);
    server.clock().advance(Span::days(1));
    measure(&dara, "WEIGHT 63.9").await;
    let told = server.warnings(&sok);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].variant.as_str(), told[0].params.text_of("value")), ("weight_gain", "63.9"));
    let found = alerts(&dara, "OPEN").await;
    assert_eq!((&found[0]["kind"], &found[0]["severity"]), (&json!("WEIGHT_GAIN"), &json!("MEDIUM")));
    server.finish().await;
}
