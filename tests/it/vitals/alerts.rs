//! An abnormal value opens an alert, and those who must know hear of it, once.

use das_tern::domain::connections::model::{Permission, PermissionLevel, Scope};
use das_tern::domain::notifications::model::Urgency;
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::kit::{acknowledge, alerts, body_with, chosen, clinic, measure, only_alert, resolve, send};
use crate::doses::kit::{daily, doses_of, prescribe, take};

#[tokio::test]
async fn a_low_saturation_is_stored_published_and_told_in_one_go() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let made = measure(&dara, "SPO2 86").await;
    assert_eq!(made["severity"], "CRITICAL");
    assert!(made["message"].as_str().unwrap().contains("119"), "{made}");
    let open = alerts(&sok, "OPEN").await;
    assert_eq!(open.len(), 1);
    assert_eq!(open[0]["id"], made["alertId"]);
    assert_eq!(open[0]["patientName"], "dara");
    assert_eq!((&open[0]["reading"]["value"], &open[0]["severity"]), (&json!(86.0), &json!("CRITICAL")));
    assert_eq!(open[0]["latest"], open[0]["reading"]);
    let events = server.health_events(&dara);
    let kinds: Vec<&str> = events.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["alert.opened", "vital.recorded"]);
    let recorded = json!({
        "vitalId": made["id"], "vitalType": "SPO2", "severity": "CRITICAL", "alertId": made["alertId"],
    });
    assert_eq!(events[1].1, recorded);
    let told = server.warnings(&sok);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].variant.as_str(), told[0].urgency), ("critical", Urgency::Critical));
    let shown = sok.get("/notifications").await.ok();
    let words = shown["items"].as_array().unwrap().iter().find(|row| row["type"] == "VITAL_ANOMALY").unwrap();
    assert!(words["body"].as_str().unwrap().contains("oxygen saturation 86 %"), "{words}");
    assert_eq!(server.variants(&dara), ["patient_critical"]);
    server.finish().await;
}

#[tokio::test]
async fn each_hears_what_concerns_him() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let (sees, blind) = (server.doctor("sees").await, server.doctor("blind").await);
    let (mother, uncle) = (server.family("mom").await, server.family("uncle").await);
    let asks = server.doctor("asks").await;
    server.connected(&sees, &dara).await;
    let others = chosen(&[Scope::Doses, Scope::Notes]);
    server.connected_with(&blind, &dara, others, Default::default()).await;
    let on_request = Permission { level: PermissionLevel::Request, ..Permission::all() };
    server.connected_with(&asks, &dara, on_request, Default::default()).await;
    server.connected_with(&mother, &dara, chosen(&[Scope::Vitals]), Default::default()).await;
    server.connected_with(&uncle, &dara, chosen(&[Scope::Doses]), Default::default()).await;
    measure(&dara, "BLOOD_PRESSURE 145/85").await;
    server.clock().advance(Span::minutes(1));
    measure(&dara, "HEART_RATE 125").await;
    assert_eq!(server.variants(&sees), ["low", "medium"]);
    assert_eq!(server.warnings(&sees)[0].urgency, Urgency::Normal);
    assert_eq!(server.variants(&mother).len(), 0);
    server.clock().advance(Span::minutes(1));
    measure(&dara, "TEMPERATURE 39.5").await;
    assert_eq!(server.variants(&sees), ["low", "medium", "high"]);
    assert_eq!(server.variants(&mother), ["high"]);
    assert_eq!(server.variants(&dara), ["patient"]);
    assert_eq!(server.warnings(&mother)[0].urgency, Urgency::Warning);
    for silent in [&blind, &uncle, &asks] {
        assert_eq!(server.variants(silent).len(), 0, "{}", silent.name());
        assert_eq!(alerts(silent, "OPEN").await.len(), 0, "{}", silent.name());
    }
    assert_eq!(alerts(&mother, "OPEN").await.len(), 3);
    server.finish().await;
}

#[tokio::test]
async fn the_same_is_told_again_only_when_it_worsens_or_lasts_an_hour() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    measure(&dara, "GLUCOSE 200").await;
    server.clock().advance(Span::minutes(59));
    let second = measure(&dara, "GLUCOSE 250").await;
    assert_eq!(server.variants(&sok), ["medium"]);
    let alert = only_alert(&sok, "OPEN").await;
    assert_eq!(second["alertId"], json!(alert));
    measure(&dara, "GLUCOSE 320").await;
    assert_eq!(server.variants(&sok), ["medium", "high"]);
    let raised = &alerts(&sok, "OPEN").await[0];
    assert_eq!((&raised["severity"], &raised["occasions"]), (&json!("HIGH"), &json!(3)));
    let kinds: Vec<String> = server.health_events(&dara).into_iter().map(|(kind, _)| kind).collect();
    let expected = ["alert.opened", "vital.recorded", "vital.recorded", "alert.updated", "vital.recorded"];
    assert_eq!(kinds, expected);
    server.clock().advance(Span::minutes(60));
    measure(&dara, "GLUCOSE 190").await;
    assert_eq!(server.variants(&sok), ["medium", "high", "medium"]);
    // Nobody took it over: it stays as grave as it was.
    assert_eq!(alerts(&sok, "OPEN").await[0]["severity"], "HIGH");
    acknowledge(&sok, &alert).await.expect(200);
    measure(&dara, "GLUCOSE 190").await;
    assert_eq!(server.variants(&sok).len(), 3);
    server.clock().advance(Span::minutes(1));
    measure(&dara, "GLUCOSE 410").await;
    assert_eq!(server.variants(&sok).last().unwrap(), "critical");
    assert_eq!(only_alert(&sok, "OPEN").await, alert);
    server.finish().await;
}

#[tokio::test]
async fn after_its_end_an_alert_silences_for_an_hour_but_never_danger() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    measure(&dara, "HEART_RATE 125").await;
    let first = only_alert(&sok, "OPEN").await;
    resolve(&sok, &first).await.expect(200);
    server.clock().advance(Span::minutes(1));
    let silent = measure(&dara, "HEART_RATE 126").await;
    assert_eq!((&silent["severity"], &silent["alertId"]), (&json!("MEDIUM"), &json!(null)));
    assert_eq!(alerts(&sok, "OPEN").await.len(), 0);
    measure(&dara, "HEART_RATE 160").await;
    let second = only_alert(&sok, "OPEN").await;
    assert_ne!(first, second);
    resolve(&sok, &second).await.expect(200);
    server.clock().advance(Span::minutes(1));
    measure(&dara, "HEART_RATE 160").await;
    assert_eq!(alerts(&sok, "OPEN").await.len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn old_and_overtaken_readings_are_judged_but_not_alarmed() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let old = json!({"measuredAt": "2026-11-20T23:59:00Z"});
    let made = send(&dara, body_with("SPO2 80", old)).await.ok();
    assert_eq!((&made["severity"], &made["alertId"]), (&json!("CRITICAL"), &json!(null)));
    measure(&dara, "SPO2 97").await;
    // 91 % is HIGH, and was followed by a better value: no alert. So was a CRITICAL one that is a day and a second old.
    let overtaken = json!({"measuredAt": "2026-11-21T23:00:00Z"});
    let made = send(&dara, body_with("SPO2 91", overtaken)).await.ok();
    assert_eq!((&made["severity"], &made["alertId"]), (&json!("HIGH"), &json!(null)));
    let yesterday = json!({"measuredAt": "2026-11-20T23:59:59Z"});
    send(&dara, body_with("SPO2 80", yesterday)).await.expect(201);
    assert_eq!(server.variants(&sok).len(), 0);
    server.finish().await;
}

#[tokio::test]
async fn taken_over_and_ended_by_doctors_never_by_the_patient() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let (chan, mother) = (server.doctor("chan").await, server.family("mom").await);
    let (stranger, admin) = (server.doctor("stranger").await, server.admin().await);
    server.connect(&sok, &dara).await;
    server.connect(&chan, &dara).await;
    server.connected_with(&mother, &dara, chosen(&[Scope::Vitals]), Default::default()).await;
    measure(&dara, "TEMPERATURE 39.5").await;
    let alert = only_alert(&sok, "OPEN").await;
    acknowledge(&dara, &alert).await.expect(403).code("alert_not_yours");
    resolve(&dara, &alert).await.expect(403).code("alert_not_yours");
    acknowledge(&mother, &alert).await.expect(403).code("write_not_allowed");
    acknowledge(&stranger, &alert).await.expect(404).code("alert_not_found");
    acknowledge(&admin, &alert).await.expect(404).code("alert_not_found");
    // Two doctors at once: one wins, the other gets the same answer.
    let (one, other) = tokio::join!(acknowledge(&sok, &alert), acknowledge(&chan, &alert));
    let (one, other) = (one.ok(), other.ok());
    assert_eq!(one, other);
    assert_eq!(one["state"], "ACKNOWLEDGED");
    let wordless = json!({"note": "   "});
    let path = format!("/health-monitoring/alerts/{alert}");
    assert_eq!(sok.post(format!("{path}/resolve"), wordless).await.expect(400).bad_fields(), ["note"]);
    let ended = resolve(&chan, &alert).await.ok();
    assert_eq!(ended["resolvedBy"], json!(chan.id()));
    assert_eq!(ended["note"], "measured again, all is well");
    assert_eq!(resolve(&sok, &alert).await.ok(), ended);
    assert_eq!(acknowledge(&sok, &alert).await.ok(), ended);
    assert_eq!(dara.get(&path).await.ok(), ended);
    stranger.get(&path).await.expect(404).code("alert_not_found");
    let kinds: Vec<(String, Value)> = server.health_events(&dara);
    assert_eq!(kinds.last().unwrap().1["state"], "RESOLVED");
    server.finish().await;
}

#[tokio::test]
async fn a_wrong_reading_does_not_silence_its_alert() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let made = measure(&dara, "SPO2 68").await;
    let id = made["id"].as_str().unwrap();
    dara.delete(format!("/health-monitoring/vitals/{id}")).await.expect(204);
    let open = alerts(&sok, "OPEN").await;
    assert_eq!(open[0]["readingWithdrawn"], true);
    server.finish().await;
}

#[tokio::test]
async fn alerts_of_all_patients_come_newest_first_page_by_page() {
    let server = clinic().await;
    let sok = server.doctor("sok").await;
    let mut opened = Vec::new();
    for name in ["dara", "bopha", "rith"] {
        let patient = server.patient(name).await;
        server.connected(&sok, &patient).await;
        for text in ["HEART_RATE 125", "TEMPERATURE 38.5"] {
            server.clock().advance(Span::minutes(1));
            opened.push(measure(&patient, text).await["alertId"].clone());
        }
    }
    let mut seen = Vec::new();
    let mut path = "/health-monitoring/alerts?limit=4".to_owned();
    loop {
        let page = sok.get(&path).await.ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(|alert| alert["id"].clone()));
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        path = format!("/health-monitoring/alerts?limit=4&cursor={cursor}");
    }
    opened.reverse();
    assert_eq!(seen, opened);
    server.finish().await;
}

#[tokio::test]
async fn a_dose_brings_an_abnormal_reading_to_light() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    prescribe(&server, &dara, daily("me")).await;
    let doses = doses_of(&dara, "2026-11-22").await;
    measure(&dara, "BLOOD_PRESSURE 135/80").await;
    take(&dara, &doses[0]).await;
    assert_eq!(alerts(&sok, "OPEN").await.len(), 0);
    // The doctor now wants it lower than the patient's last reading.
    let bounds = json!({"thresholds": [{"vitalType": "BLOOD_PRESSURE", "max": 130}]});
    sok.put(format!("/health-monitoring/thresholds?patientId={}", dara.id()), bounds).await.ok();
    assert_eq!(alerts(&sok, "OPEN").await.len(), 0);
    server.clock().advance(Span::hours(10));
    take(&dara, &doses[1]).await;
    let found = alerts(&sok, "OPEN").await;
    assert_eq!((found.len(), &found[0]["reading"]["value"]), (1, &json!(135.0)));
    assert_eq!(server.variants(&sok), ["low"]);
    // It is covered now: the next dose opens nothing more, also after the alert has ended.
    let alert = only_alert(&sok, "OPEN").await;
    resolve(&sok, &alert).await.expect(200);
    server.clock().advance(Span::hours(13));
    let tomorrow = doses_of(&dara, "2026-11-23").await;
    take(&dara, &tomorrow[0]).await;
    assert_eq!(alerts(&sok, "OPEN").await.len(), 0);
    server.finish().await;
}
