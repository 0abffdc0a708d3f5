//! Measurements are written down as typed, kept in one unit, and refused when they cannot be true.

use das_tern::domain::connections::model::Scope;
use das_tern::platform::clock::Span;
use serde_json::json;

use super::kit::{body, body_with, chosen, clinic, measure, send};
use crate::kit::TestServer;

#[tokio::test]
async fn a_measurement_is_kept_as_typed_and_in_the_unit_of_its_type() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let sugar = json!({"context": "FASTING", "notes": "before breakfast", "source": "DEVICE"});
    let made = send(&dara, body_with("GLUCOSE 5.5 mmol/L", sugar)).await.expect(201).ok();
    assert_eq!((&made["value"], &made["unit"]), (&json!(99.088), &json!("mg/dL")));
    assert_eq!((&made["typedValue"], &made["typedUnit"]), (&json!(5.5), &json!("mmol/L")));
    assert_eq!(made["severity"], json!(null));
    assert_eq!(made["message"], "Recorded. The value is in the expected range.");
    let id = made["id"].as_str().unwrap();
    let shown = dara.get(format!("/health-monitoring/vitals/{id}")).await.ok();
    assert_eq!(shown["notes"], "before breakfast");
    assert_eq!(shown["context"], "FASTING");
    assert_eq!(shown["source"], "DEVICE");
    assert_eq!(shown["recordedBy"], json!(dara.id()));
    assert_eq!(measure(&dara, "TEMPERATURE 36.6 ℃").await["typedUnit"], "Cel");
    let warm = measure(&dara, "TEMPERATURE 98.6 ℉").await;
    assert_eq!(warm["typedUnit"], "[degF]");
    assert_eq!((&warm["value"], &warm["unit"]), (&json!(37.0), &json!("Cel")));
    let pressure = measure(&dara, "BLOOD_PRESSURE 120/80").await;
    assert_eq!((&pressure["value"], &pressure["valueSecondary"]), (&json!(120.0), &json!(80.0)));
    server.finish().await;
}

#[tokio::test]
async fn what_cannot_be_true_is_refused_with_the_field_and_the_range() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let cases = [
        (body("SPO2 101"), vec!["value"]),
        (body("SPO2 39.999"), vec!["value"]),
        (body("TEMPERATURE 98.6"), vec!["value"]),
        (body("WEIGHT 0.4"), vec!["value"]),
        (body("HEART_RATE 301"), vec!["value"]),
        (body("RESPIRATORY_RATE 2"), vec!["value"]),
        (body("GLUCOSE 1001"), vec!["value"]),
        (body("GLUCOSE 56 mmol/L"), vec!["value"]),
        (body("WEIGHT 70.1234"), vec!["value"]),
        (body("HEART_RATE 1e300"), vec!["value"]),
        (body("HEART_RATE -60"), vec!["value"]),
        (body("HEART_RATE 70 kg"), vec!["unit"]),
        (body("BLOOD_PRESSURE 120"), vec!["valueSecondary"]),
        (body("BLOOD_PRESSURE 80/120"), vec!["valueSecondary"]),
        (body("BLOOD_PRESSURE 80/80"), vec!["valueSecondary"]),
        (body("BLOOD_PRESSURE 301/201"), vec!["value", "valueSecondary"]),
        (body("HEART_RATE 70/40"), vec!["valueSecondary"]),
        (body_with("HEART_RATE 70", json!({"context": "FASTING"})), vec!["context"]),
        (body_with("HEART_RATE 70", json!({"measuredAt": "2026-11-22T00:02:01Z"})), vec!["measuredAt"]),
        (
            body_with("HEART_RATE 500", json!({"context": "FASTING", "measuredAt": "2027-01-01T00:00:00Z"})),
            vec!["context", "measuredAt", "value"],
        ),
    ];
    for (body, fields) in cases {
        let refused = send(&dara, body.clone()).await.expect(400);
        assert_eq!(refused.bad_fields(), fields, "{body}");
    }
    let refused = send(&dara, body("SPO2 101")).await;
    let message = refused.json["errors"][0]["message"].as_str().unwrap();
    assert_eq!(message, "Must lie between 40 and 100 %. Please check the value and the unit.");
    let endless = r#"{"vitalType": "SPO2", "unit": "%", "value": NaN}"#;
    dara.call(reqwest::Method::POST, "/health-monitoring/vitals")
        .body("application/json", endless)
        .await
        .expect(400);
    let early = |at: &str| body_with("HEART_RATE 70", json!({ "measuredAt": at }));
    let refused = send(&dara, early("2016-11-21T23:59:59.999Z")).await.expect(400);
    assert_eq!(refused.bad_fields(), ["measuredAt"]);
    send(&dara, early("1026-11-22T00:00:00Z")).await.expect(400);
    send(&dara, early("2016-11-22T00:00:00Z")).await.expect(201);
    let skewed = json!({"measuredAt": "2026-11-22T00:02:00Z"});
    send(&dara, body_with("HEART_RATE 70", skewed)).await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn a_time_without_a_zone_is_the_clinics() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let at = json!({"measuredAt": "2026-11-22T06:30:00"});
    let made = send(&dara, body_with("HEART_RATE 70", at)).await.ok();
    assert_eq!(made["measuredAt"], "2026-11-21T23:30:00.000Z");
    server.finish().await;
}

#[tokio::test]
async fn doctors_write_family_reads_and_strangers_find_nothing() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let (mother, stranger) = (server.family("mom").await, server.doctor("chan").await);
    server.connect(&sok, &dara).await;
    server.connected_with(&mother, &dara, chosen(&[Scope::Vitals]), Default::default()).await;
    let for_dara = body_with("HEART_RATE 72", json!({"patientId": dara.id(), "source": "CLINIC"}));
    let made = send(&sok, for_dara.clone()).await.expect(201).ok();
    assert_eq!(made["recordedBy"], json!(sok.id()));
    send(&mother, for_dara.clone()).await.expect(403).code("write_not_allowed");
    send(&stranger, for_dara).await.expect(404).code("patient_not_found");
    let path = format!("/health-monitoring/vitals?patientId={}", dara.id());
    assert_eq!(mother.get(&path).await.ok()["items"].as_array().unwrap().len(), 1);
    stranger.get(&path).await.expect(404);
    let one = format!("/health-monitoring/vitals/{}", made["id"].as_str().unwrap());
    stranger.get(&one).await.expect(404).code("vital_not_found");
    mother.get(&one).await.ok();
    let audited = dara.get("/audit/record?limit=100").await.ok();
    let actions: Vec<&str> =
        audited["items"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"vital.record") && actions.contains(&"vital.list"), "{actions:?}");
    server.finish().await;
}

#[tokio::test]
async fn lists_walk_back_in_time_page_by_page() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    for (minute, text) in
        [(10, "HEART_RATE 61"), (30, "SPO2 97"), (20, "HEART_RATE 62"), (30, "HEART_RATE 63")]
    {
        let at = json!({"measuredAt": format!("2026-11-21T00:{minute}:00Z")});
        send(&dara, body_with(text, at)).await.expect(201);
    }
    let mut seen = Vec::new();
    let mut path = "/health-monitoring/vitals?limit=1".to_owned();
    loop {
        let page = dara.get(&path).await.ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(|vital| vital["value"].as_f64().unwrap()));
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        path = format!("/health-monitoring/vitals?limit=1&cursor={cursor}");
    }
    assert_eq!(seen.len(), 4);
    assert_eq!(seen[2..], [62.0, 61.0]);
    let values = |page: serde_json::Value| -> Vec<f64> {
        page["items"].as_array().unwrap().iter().map(|vital| vital["value"].as_f64().unwrap()).collect()
    };
    let typed = dara.get("/health-monitoring/vitals?vitalType=HEART_RATE&limit=2").await.ok();
    let cursor = typed["nextCursor"].as_str().unwrap().to_owned();
    assert_eq!(values(typed), [63.0, 62.0]);
    let rest = dara
        .get(format!("/health-monitoring/vitals?vitalType=HEART_RATE&limit=2&cursor={cursor}"))
        .await
        .ok();
    assert_eq!(values(rest), [61.0]);
    let range = "/health-monitoring/vitals?from=2026-11-21T00:20:00Z&to=2026-11-21T00:30:00Z";
    assert_eq!(values(dara.get(range).await.ok()), [62.0]);
    let wrong = "/health-monitoring/vitals?from=2026-11-21T00:30:00Z&to=2026-11-21T00:20:00Z";
    assert_eq!(dara.get(wrong).await.expect(400).bad_fields(), ["from"]);
    let other = server.patient("bopha").await;
    let foreign = format!("/health-monitoring/vitals?cursor={cursor}");
    assert_eq!(other.get(foreign).await.expect(400).bad_fields(), ["cursor"]);
    server.finish().await;
}

#[tokio::test]
async fn the_newest_of_each_type_is_never_stale() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let latest = async || {
        let page = dara.get("/health-monitoring/vitals/latest").await.ok();
        let shown = |vital: &serde_json::Value| {
            (vital["vitalType"].as_str().unwrap().to_owned(), vital["value"].as_f64().unwrap())
        };
        page["items"].as_array().unwrap().iter().map(shown).collect::<Vec<_>>()
    };
    assert!(latest().await.is_empty());
    measure(&dara, "HEART_RATE 70").await;
    assert_eq!(latest().await, [("HEART_RATE".to_owned(), 70.0)]);
    measure(&dara, "WEIGHT 61.5").await;
    server.clock().advance(Span::minutes(1));
    let wrong = measure(&dara, "HEART_RATE 75").await;
    assert_eq!(latest().await, [("HEART_RATE".to_owned(), 75.0), ("WEIGHT".to_owned(), 61.5)]);
    let id = wrong["id"].as_str().unwrap();
    dara.delete(format!("/health-monitoring/vitals/{id}")).await.expect(204);
    assert_eq!(latest().await, [("HEART_RATE".to_owned(), 70.0), ("WEIGHT".to_owned(), 61.5)]);
    let old = json!({"measuredAt": "2026-11-20T00:00:00Z"});
    send(&dara, body_with("HEART_RATE 99", old)).await.expect(201);
    assert_eq!(latest().await[0].1, 70.0);
    server.finish().await;
}

#[tokio::test]
async fn a_wrong_entry_is_kept_but_counts_for_nothing() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let made = measure(&dara, "WEIGHT 61").await;
    let path = format!("/health-monitoring/vitals/{}", made["id"].as_str().unwrap());
    let by_doctor = body_with("WEIGHT 62", json!({"patientId": dara.id()}));
    let his = send(&sok, by_doctor).await.ok();
    let his = format!("/health-monitoring/vitals/{}", his["id"].as_str().unwrap());
    dara.delete(&his).await.expect(403).code("vital_not_yours");
    server.clock().advance(Span::hours(25));
    dara.delete(&path).await.expect(409).code("vital_correction_closed");
    sok.delete(&path).await.expect(204);
    sok.delete(&path).await.expect(204);
    assert_eq!(dara.get(&path).await.ok()["enteredInError"], true);
    let trend = dara.get("/health-monitoring/trends?vitalType=WEIGHT").await.ok();
    assert_eq!(trend["buckets"][0]["count"], 1);
    server.finish().await;
}
