//! A doctor sets bounds for a patient; patient and family read them.

use serde_json::json;

use super::kit::{body_with, clinic, measure, send};

#[tokio::test]
async fn defaults_name_their_limits_and_their_source() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let shown = dara.get("/health-monitoring/thresholds").await.ok();
    assert_eq!(shown["thresholds"].as_array().unwrap().len(), 7);
    let pressure = &shown["thresholds"][0];
    assert_eq!(pressure["vitalType"], "BLOOD_PRESSURE");
    assert_eq!(pressure["target"], json!({"min": 90.0, "max": 140.0}));
    assert_eq!(pressure["targetSecondary"], json!({"min": 60.0, "max": 90.0}));
    assert!(pressure["defaultSource"].as_str().unwrap().contains("WHO"));
    let limits = pressure["limits"].as_array().unwrap();
    assert!(limits.contains(&json!({"severity": "CRITICAL", "atLeast": 200.0})), "{limits:?}");
    assert_eq!(pressure["own"], json!(null));
    server.finish().await;
}

#[tokio::test]
async fn own_bounds_are_checked_audited_and_judge_from_then_on() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let path = format!("/health-monitoring/thresholds?patientId={}", dara.id());
    assert_eq!(measure(&dara, "BLOOD_PRESSURE 135/80").await["severity"], json!(null));
    let wrong = json!({"thresholds": [
        {"vitalType": "BLOOD_PRESSURE", "min": 140, "max": 130, "highMax": 120},
        {"vitalType": "SPO2", "min": 20, "secondary": {"min": 10}},
        {"vitalType": "SPO2", "max": 99.12345},
    ]});
    let refused = sok.put(&path, wrong).await.expect(400);
    assert_eq!(refused.bad_fields(), ["thresholds[2].max"]);
    let wrong = json!({"thresholds": [
        {"vitalType": "BLOOD_PRESSURE", "min": 140, "max": 130, "highMax": 120},
        {"vitalType": "SPO2", "min": 20, "secondary": {"min": 45}},
        {"vitalType": "SPO2", "max": 99},
    ]});
    let refused = sok.put(&path, wrong).await.expect(400);
    let fields = [
        "thresholds[0].highMax",
        "thresholds[0].max",
        "thresholds[1].min",
        "thresholds[1].secondary",
        "thresholds[2].vitalType",
    ];
    assert_eq!(refused.bad_fields(), fields);
    let good = json!({"thresholds": [
        {"vitalType": "BLOOD_PRESSURE", "max": 130, "secondary": {"max": 85}},
    ]});
    dara.put(&path, good.clone()).await.expect(403).code("role_not_allowed");
    let first = dara.get(&path).await;
    let set = sok.put(&path, good.clone()).header("if-match", first.header("etag")).await.ok();
    assert_eq!(set["thresholds"][0]["target"], json!({"min": 90.0, "max": 130.0}));
    assert_eq!(set["thresholds"][0]["setBy"], json!(sok.id()));
    assert_eq!(set["setAt"], "2026-11-22T00:00:00.000Z");
    let late = sok.put(&path, good).header("if-match", first.header("etag")).await;
    late.expect(412).code("revision_changed");
    assert_eq!(dara.get("/health-monitoring/thresholds").await.ok()["revision"], 1);
    // The newest reading is judged by the new bounds, and so is the next one.
    let latest = dara.get("/health-monitoring/vitals/latest").await.ok();
    assert_eq!(latest["items"][0]["severity"], "LOW");
    assert_eq!(measure(&dara, "BLOOD_PRESSURE 120/87").await["severity"], "LOW");
    let audited = dara.get("/audit/record?limit=100").await.ok();
    let is_change =
        |row: &&serde_json::Value| row["action"] == "vital.set_thresholds" && row["outcome"] == "DONE";
    let changed = audited["items"].as_array().unwrap().iter().find(is_change);
    let change: serde_json::Value =
        serde_json::from_str(changed.unwrap()["change"].as_str().unwrap()).unwrap();
    assert_eq!(change["new"]["bounds"]["BLOOD_PRESSURE"]["value"]["max"], 130_000);
    let cleared = sok.put(&path, json!({})).await.ok();
    assert_eq!(cleared["thresholds"][0]["target"]["max"], 140.0);
    let symptoms = json!({"context": "SYMPTOMS"});
    assert_eq!(send(&dara, body_with("SPO2 94", symptoms)).await.ok()["severity"], "MEDIUM");
    server.finish().await;
}
