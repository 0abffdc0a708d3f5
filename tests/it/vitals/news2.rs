//! The early warning score: every edge of its bands, and when there is none.

use das_tern::domain::vitals::model::{Breathing, Consciousness, Milli};
use das_tern::domain::vitals::monitoring::Spo2Scale;
use das_tern::domain::vitals::news2::{Inputs, Risk, SubScores, score};
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::kit::{alerts, body_with, clinic, measure, send};
use crate::kit::Client;

fn scored(change: impl FnOnce(&mut Inputs)) -> SubScores {
    let mut inputs = Inputs::default();
    change(&mut inputs);
    score(&inputs)
}

#[test]
fn every_edge_of_the_chart() {
    let rate = [(8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2), (24, 2), (25, 3)];
    for (value, points) in rate {
        let parts = scored(|inputs| inputs.respiratory_rate = Some(Milli::whole(value)));
        assert_eq!(parts.respiratory_rate, Some(points), "rate {value}");
    }
    let saturation = [(91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0), (100, 0)];
    for (value, points) in saturation {
        let parts = scored(|inputs| inputs.spo2 = Some(Milli::whole(value)));
        assert_eq!(parts.spo2, Some(points), "SpO2 {value}");
    }
    let systolic = [(90, 3), (91, 2), (100, 2), (101, 1), (110, 1), (111, 0), (219, 0), (220, 3)];
    for (value, points) in systolic {
        let parts = scored(|inputs| inputs.systolic = Some(Milli::whole(value)));
        assert_eq!(parts.systolic, Some(points), "systolic {value}");
    }
    let pulse =
        [(40, 3), (41, 1), (50, 1), (51, 0), (90, 0), (91, 1), (110, 1), (111, 2), (130, 2), (131, 3)];
    for (value, points) in pulse {
        let parts = scored(|inputs| inputs.pulse = Some(Milli::whole(value)));
        assert_eq!(parts.pulse, Some(points), "pulse {value}");
    }
    let warmth = [
        (35_000, 3),
        (35_100, 1),
        (36_000, 1),
        (36_100, 0),
        (38_000, 0),
        (38_100, 1),
        (39_000, 1),
        (39_100, 2),
    ];
    for (value, points) in warmth {
        let parts = scored(|inputs| inputs.temperature = Some(Milli(value)));
        assert_eq!(parts.temperature, Some(points), "temperature {value}");
    }
    for (how, points) in [(Consciousness::Alert, 0), (Consciousness::Confusion, 3), (Consciousness::Voice, 3)]
    {
        assert_eq!(scored(|inputs| inputs.consciousness = Some(how)).consciousness, Some(points));
    }
    assert_eq!(scored(|inputs| inputs.breathing = Some(Breathing::Oxygen)).breathing, Some(2));
}

#[test]
fn between_two_numbers_of_the_chart_the_graver_counts() {
    let rate = [(8_001, 3), (8_500, 3), (8_999, 3), (11_500, 1), (20_001, 2), (24_500, 3)];
    for (value, points) in rate {
        let parts = scored(|inputs| inputs.respiratory_rate = Some(Milli(value)));
        assert_eq!(parts.respiratory_rate, Some(points), "rate {value}");
    }
    for (value, points) in [(91_500, 3), (91_999, 3), (93_500, 2), (95_999, 1), (96_500, 0)] {
        let parts = scored(|inputs| inputs.spo2 = Some(Milli(value)));
        assert_eq!(parts.spo2, Some(points), "SpO2 {value}");
    }
    for (value, points) in [(90_500, 3), (100_500, 2), (110_999, 1), (219_001, 3), (150_500, 0)] {
        let parts = scored(|inputs| inputs.systolic = Some(Milli(value)));
        assert_eq!(parts.systolic, Some(points), "systolic {value}");
    }
    for (value, points) in [(40_500, 3), (50_500, 1), (90_001, 1), (110_001, 2), (130_001, 3)] {
        let parts = scored(|inputs| inputs.pulse = Some(Milli(value)));
        assert_eq!(parts.pulse, Some(points), "pulse {value}");
    }
    let warmth = [(35_001, 3), (35_050, 3), (36_056, 1), (36_500, 0), (38_001, 1), (38_056, 1), (39_001, 2)];
    for (value, points) in warmth {
        let parts = scored(|inputs| inputs.temperature = Some(Milli(value)));
        assert_eq!(parts.temperature, Some(points), "temperature {value}");
    }
    let second = |value, breathing| {
        let inputs = Inputs {
            spo2: Some(Milli(value)),
            spo2_scale: Spo2Scale::Scale2,
            breathing,
            ..Inputs::default()
        };
        score(&inputs).spo2
    };
    assert_eq!(second(87_500, None), Some(1));
    assert_eq!(second(92_500, Some(Breathing::Oxygen)), Some(1));
    assert_eq!(second(92_500, Some(Breathing::Air)), Some(0));
    assert_eq!(second(92_500, None), None);
    assert_eq!(second(96_001, Some(Breathing::Oxygen)), Some(3));
}

#[test]
fn the_second_scale_needs_to_know_what_is_breathed() {
    let on = |value, breathing| {
        scored(|inputs| {
            inputs.spo2_scale = Spo2Scale::Scale2;
            inputs.spo2 = Some(Milli::whole(value));
            inputs.breathing = breathing;
        })
        .spo2
    };
    for (value, points) in [(83, 3), (84, 2), (85, 2), (86, 1), (87, 1), (88, 0), (92, 0)] {
        assert_eq!(on(value, None), Some(points), "{value}");
    }
    for (value, points) in [(93, 1), (94, 1), (95, 2), (96, 2), (97, 3), (100, 3)] {
        assert_eq!(on(value, Some(Breathing::Oxygen)), Some(points), "{value}");
        assert_eq!(on(value, Some(Breathing::Air)), Some(0), "{value}");
        assert_eq!(on(value, None), None, "{value}");
    }
}

#[test]
fn what_is_missing_is_never_normal() {
    let nothing = score(&Inputs::default());
    assert_eq!((nothing.total(), nothing.risk()), (None, None));
    assert_eq!(nothing.missing().len(), 7);
    let worst = SubScores {
        respiratory_rate: Some(3),
        spo2: Some(3),
        breathing: Some(2),
        systolic: Some(3),
        pulse: Some(3),
        consciousness: Some(3),
        temperature: Some(3),
    };
    assert_eq!((worst.total(), worst.risk()), (Some(20), Some(Risk::High)));
    assert_eq!(SubScores { temperature: None, ..worst }.total(), None);
}

/// The five measurements, the last with how the patient is.
async fn observe(patient: &Client, texts: [&str; 5], consciousness: &str) -> Value {
    for text in &texts[..4] {
        measure(patient, text).await;
    }
    let state = json!({"consciousness": consciousness, "onOxygen": false});
    send(patient, body_with(texts[4], state)).await.expect(201).ok();
    patient.get("/health-monitoring/news2").await.ok()
}

const WELL: [&str; 5] =
    ["RESPIRATORY_RATE 16", "SPO2 97", "BLOOD_PRESSURE 120/80", "HEART_RATE 70", "TEMPERATURE 37"];

#[tokio::test]
async fn values_within_an_hour_make_a_score() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.born(&dara, "1960-05-01").await;
    server.connect(&sok, &dara).await;
    measure(&dara, "RESPIRATORY_RATE 16").await;
    let early = dara.get("/health-monitoring/news2").await.ok();
    assert_eq!((&early["complete"], &early["total"]), (&json!(false), &json!(null)));
    let missing = ["spo2", "breathing", "systolic", "pulse", "consciousness", "temperature"];
    assert_eq!(early["missing"], json!(missing));
    let well = observe(&dara, WELL, "ALERT").await;
    assert_eq!((&well["complete"], &well["total"], &well["risk"]), (&json!(true), &json!(0), &json!("LOW")));
    assert_eq!(well["recent"].as_array().unwrap().len(), 1);
    server.clock().advance(Span::minutes(61));
    measure(&dara, "SPO2 97").await;
    let later = dara.get("/health-monitoring/news2").await.ok();
    assert_eq!(later["complete"], false);
    assert_eq!(later["subScores"]["systolic"], json!(null));
    // 21 breaths score 2, 95 % 1, a pulse of 95 1 and 38.5 degrees 1.
    let ill =
        ["RESPIRATORY_RATE 21", "SPO2 95", "BLOOD_PRESSURE 120/80", "HEART_RATE 95", "TEMPERATURE 38.5"];
    let ill = observe(&dara, ill, "ALERT").await;
    assert_eq!((&ill["total"], &ill["risk"]), (&json!(5), &json!("MEDIUM")));
    let found = alerts(&sok, "OPEN").await;
    let alert = found.iter().find(|alert| alert["kind"] == "EARLY_WARNING_SCORE").unwrap();
    assert_eq!(alert["severity"], "HIGH");
    assert_eq!(alert["earlyWarningScore"]["subScores"]["respiratoryRate"], 2);
    assert!(server.variants(&sok).contains(&"news2".to_owned()));
    server.finish().await;
}

#[tokio::test]
async fn a_single_three_and_seven_in_all_are_alerted() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.born(&dara, "1960-05-01").await;
    server.connect(&sok, &dara).await;
    let confused = observe(&dara, WELL, "CONFUSION").await;
    assert_eq!((&confused["total"], &confused["risk"]), (&json!(3), &json!("LOW_MEDIUM")));
    assert_eq!(alerts(&sok, "OPEN").await[0]["severity"], "MEDIUM");
    server.clock().advance(Span::minutes(10));
    let last = send(&dara, body_with("HEART_RATE 115", json!({"onOxygen": true, "consciousness": "VOICE"})));
    last.await.expect(201);
    assert_eq!(dara.get("/health-monitoring/news2").await.ok()["total"], 7);
    assert_eq!(alerts(&sok, "OPEN").await[0]["severity"], "CRITICAL");
    // A better score later does not hide it.
    server.clock().advance(Span::minutes(1));
    let better = json!({"onOxygen": false, "consciousness": "ALERT"});
    send(&dara, body_with("RESPIRATORY_RATE 16", better)).await.expect(201);
    let shown = &alerts(&sok, "OPEN").await[0];
    assert_eq!((&shown["earlyWarningScore"]["total"], &shown["severity"]), (&json!(7), &json!("CRITICAL")));
    assert_eq!(shown["latestEarlyWarningScore"]["total"], 2);
    let told = sok.get("/notifications").await.ok();
    let bodies: Vec<&str> =
        told["items"].as_array().unwrap().iter().map(|row| row["body"].as_str().unwrap()).collect();
    let single = "dara: early warning score (NEWS2) 3 (22/11/2026 07:00). One value alone scores 3. Please review the \
                  patient without delay.";
    assert!(bodies.contains(&single), "{bodies:#?}");
    assert!(told["items"].as_array().unwrap().iter().any(|row| row["title"] == "One value needs review"));
    assert!(bodies.iter().all(|body| !body.contains("  ")), "{bodies:#?}");
    // A value that turns out to be wrong takes its score along.
    let latest = dara.get("/health-monitoring/vitals?vitalType=HEART_RATE&limit=1").await.ok();
    let id = latest["items"][0]["id"].as_str().unwrap();
    dara.delete(format!("/health-monitoring/vitals/{id}")).await.expect(204);
    assert_eq!(dara.get("/health-monitoring/news2").await.ok()["recent"].as_array().unwrap().len(), 1);
    assert_eq!(alerts(&sok, "OPEN").await[0]["readingWithdrawn"], true);
    server.finish().await;
}

#[tokio::test]
async fn children_pregnancy_and_unknown_age_are_not_scored() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let why = async || {
        let shown = dara.get("/health-monitoring/news2").await.ok();
        assert_eq!(shown["total"], json!(null));
        shown["exclusion"].clone()
    };
    observe(&dara, WELL, "CONFUSION").await;
    assert_eq!(why().await, "AGE_UNKNOWN");
    server.born(&dara, "2010-11-23").await;
    assert_eq!(why().await, "UNDER_SIXTEEN");
    observe(&dara, WELL, "CONFUSION").await;
    assert_eq!(alerts(&sok, "OPEN").await.len(), 0);
    server.born(&dara, "2010-11-22").await;
    assert_eq!(dara.get("/health-monitoring/news2").await.ok()["total"], 3);
    let path = format!("/health-monitoring/thresholds?patientId={}", dara.id());
    sok.put(&path, json!({"pregnant": true})).await.ok();
    assert_eq!(why().await, "PREGNANT");
    observe(&dara, WELL, "CONFUSION").await;
    assert_eq!(alerts(&sok, "OPEN").await.len(), 0);
    sok.put(&path, json!({"spo2Scale": "SCALE2", "onOxygen": true})).await.ok();
    assert_eq!(dara.get("/health-monitoring/news2").await.ok()["spo2Scale"], "SCALE2");
    server.finish().await;
}
