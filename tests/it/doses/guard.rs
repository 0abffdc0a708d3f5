//! The limits of medicines taken as needed: by amount, over everything with the same substance, through all versions.

use das_tern::domain::connections::model::{AlertSettings, Permission, PermissionLevel, Scope};
use das_tern::domain::prescriptions::model::{Amount, Schedule};
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::kit::{clinic, first_line, prescribe};
use crate::kit::{Call, Client};
use crate::prescriptions::medicine;

fn needed(most: Option<u32>, hours: Option<u32>) -> Schedule {
    Schedule::AsNeeded { amount: Amount::whole(1), max_per_24h: most, min_interval_hours: hours }
}

fn record(patient: &Client, medication: &str, more: Value) -> Call {
    let mut body = json!({ "medicationId": medication });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    patient.post("/doses/prn", body)
}

#[tokio::test]
async fn amounts_count_and_the_warning_says_what_was_taken() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let prescription = prescribe(&server, &dara, needed(Some(4), Some(4))).await;
    let line = first_line(&server, &dara, prescription).to_string();
    let english = dara.speaking(Some("en"));
    let warned = record(&english, &line, json!({ "doseAmount": 20 })).await.expect(409).code("prn_limit");
    let text = warned.json["message"].as_str().unwrap();
    assert!(text.contains("at most 1 tablet at a time"), "{text}");
    assert!(text.contains("at most 4 tablets in 24 hours"), "{text}");
    assert!(text.contains("Nothing else is recorded"), "{text}");
    record(&dara, &line, json!({ "doseAmount": 2 })).await.expect(409).code("prn_limit");
    record(&dara, &line, json!({ "doseAmount": 2, "confirm": true })).await.ok();
    server.clock().advance(Span::hours(3));
    let warned = record(&english, &line, json!({})).await.expect(409).code("prn_limit");
    let text = warned.json["message"].as_str().unwrap();
    assert!(text.contains("at least 4 hours between two intakes"), "{text}");
    assert!(text.contains("2 tablets. Last taken on 22/11/2026 at 07:00"), "{text}");
    let khmer = record(&dara.speaking(Some("km")), &line, json!({})).await.expect(409);
    let text = khmer.json["message"].as_str().unwrap();
    assert!(text.contains("4 ម៉ោង") && text.contains("2 គ្រាប់") && !text.contains(" h"), "{text}");
    server.clock().advance(Span::hours(2));
    record(&dara, &line, json!({})).await.ok();
    server.clock().advance(Span::hours(5));
    record(&dara, &line, json!({})).await.ok();
    server.clock().advance(Span::hours(5));
    // Four tablets in three intakes.
    record(&dara, &line, json!({ "doseAmount": 0.25 })).await.expect(409).code("prn_limit");
    // Nobody takes 41 tablets; nothing is no intake.
    let fields = record(&dara, &line, json!({ "doseAmount": 41, "confirm": true })).await.expect(400);
    assert_eq!(fields.bad_fields(), ["doseAmount"]);
    assert_eq!(
        record(&dara, &line, json!({ "doseAmount": 0 })).await.expect(400).bad_fields(),
        ["doseAmount"]
    );
    server.finish().await;
}

#[tokio::test]
async fn lines_with_the_same_substance_share_their_limit() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let paracetamol = medicine(&server, "paracetamol").await;
    let write = |dosage: &str, most: u32| {
        let line = json!({
            "medicineId": paracetamol, "dosage": dosage, "frequency": "PRN", "maxPer24h": most, "minIntervalHours": 4,
        });
        sok.post("/prescriptions", json!({ "patientId": dara.id(), "medications": [line] }))
    };
    let first = write("1 tablet", 2).await.ok();
    let second = write("1000 mg", 2).await.ok();
    let line = |written: &Value| written["medications"][0]["id"].as_str().unwrap().to_owned();
    record(&dara, &line(&first), json!({})).await.ok();
    server.clock().advance(Span::hours(1));
    record(&dara, &line(&second), json!({})).await.expect(409).code("prn_limit");
    server.clock().advance(Span::hours(4));
    record(&dara, &line(&second), json!({})).await.ok();
    server.clock().advance(Span::hours(5));
    // One tablet and 1000 mg are more than the two tablets of 500 mg.
    let warned =
        record(&dara.speaking(Some("en")), &line(&first), json!({})).await.expect(409).code("prn_limit");
    assert!(warned.json["message"].as_str().unwrap().contains("3 tablets."), "{:?}", warned.json);
    // 500 mg and 1000 mg and 500 mg are the two times 1000 mg.
    record(&dara, &line(&second), json!({ "doseAmount": 500 })).await.ok();
    server.clock().advance(Span::hours(5));
    record(&dara, &line(&second), json!({ "doseAmount": 1 })).await.expect(409).code("prn_limit");
    server.finish().await;
}

#[tokio::test]
async fn what_was_taken_by_the_clock_counts_when_the_line_becomes_one_that_is_taken_as_needed() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let paracetamol = medicine(&server, "paracetamol").await;
    let line = json!({ "medicineId": paracetamol, "dosage": "1 tablet", "frequency": "1-0-1" });
    let body = json!({ "patientId": dara.id(), "medications": [line] });
    let written = sok.post("/prescriptions", body).await.ok();
    let medication = written["medications"][0]["id"].as_str().unwrap();
    let schedule = dara.get("/doses/schedule").await.ok();
    for dose in schedule["doses"].as_array().unwrap() {
        let early = json!({ "confirmEarly": true });
        dara.post(format!("/doses/{}/mark-taken", dose["id"].as_str().unwrap()), early).await.ok();
    }
    server.clock().advance(Span::minutes(1));
    let needed = json!({ "isPRN": true, "frequency": "PRN", "maxPer24h": 2, "minIntervalHours": 4 });
    sok.patch(format!("/medications/{medication}"), needed).await.ok();
    let warned =
        record(&dara.speaking(Some("en")), medication, json!({})).await.expect(409).code("prn_limit");
    let text = warned.json["message"].as_str().unwrap();
    assert!(text.contains("2 tablets. Last taken"), "{text}");
    server.clock().advance(Span::hours(5));
    record(&dara, medication, json!({})).await.expect(409).code("prn_limit");
    server.clock().advance(Span::hours(20));
    record(&dara, medication, json!({})).await.ok();
    server.finish().await;
}

#[tokio::test]
async fn an_edit_does_not_forget_what_was_taken() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let line = json!({
        "medicineId": medicine(&server, "paracetamol").await,
        "dosage": "1 tablet", "frequency": "PRN", "maxPer24h": 2, "minIntervalHours": 4,
    });
    let body = json!({ "patientId": dara.id(), "medications": [line] });
    let written = sok.post("/prescriptions", body).await.ok();
    let mut medication = written["medications"][0]["id"].as_str().unwrap().to_owned();
    record(&dara, &medication, json!({})).await.ok();
    server.clock().advance(Span::hours(5));
    record(&dara, &medication, json!({})).await.ok();
    server.clock().advance(Span::hours(4));
    record(&dara, &medication, json!({})).await.expect(409).code("prn_limit");
    for change in
        [json!({ "minIntervalHours": 3 }), json!({ "durationDays": 20 }), json!({ "doseAmount": 2 })]
    {
        let changed = sok.patch(format!("/medications/{medication}"), change.clone()).await.ok();
        medication = changed["medications"][0]["id"].as_str().unwrap().to_owned();
        let status = record(&dara, &medication, json!({})).await;
        if change["doseAmount"] == 2 {
            // Twice as much is allowed now, and half of it is taken.
            status.ok();
        } else {
            status.expect(409).code("prn_limit");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn the_same_intake_sent_twice_is_one_and_another_amount_is_refused() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let prescription = prescribe(&server, &dara, needed(Some(4), None)).await;
    let line = first_line(&server, &dara, prescription).to_string();
    let at = json!({ "takenAt": "2026-11-22T06:50" });
    let first = record(&dara, &line, at.clone()).await.ok();
    assert_eq!(record(&dara, &line, at).await.ok(), first);
    let other = json!({ "takenAt": "2026-11-22T06:50", "doseAmount": 0.5 });
    record(&dara, &line, other).await.expect(409).code("prn_recorded_otherwise");
    // By a clock that is an hour behind, sent twice a few seconds apart.
    server.clock().advance(Span::hours(1));
    let by_device = json!({ "takenAt": "2026-11-22T06:55", "sentAt": "2026-11-22T07:00" });
    let shifted = record(&dara, &line, by_device.clone()).await.ok();
    assert_eq!(shifted["dose"]["takenAt"], "2026-11-22T00:55:00.000Z");
    assert_eq!(shifted["dose"]["clockShiftSeconds"], 60 * 60);
    server.clock().advance(Span::seconds(7));
    assert_eq!(record(&dara, &line, by_device).await.ok(), shifted);
    assert_eq!(dara.get("/doses/today").await.ok()["doses"].as_array().unwrap().len(), 2);
    server.finish().await;
}

#[tokio::test]
async fn what_is_not_shared_counts_without_being_shown() {
    let server = clinic().await;
    let (dara, mother) = (server.patient("dara").await, server.family("mom").await);
    let hidden = prescribe(&server, &dara, needed(Some(4), None)).await;
    let shared = prescribe(&server, &dara, needed(Some(1), None)).await;
    let permission = Permission {
        level: PermissionLevel::Selected,
        scopes: vec![Scope::Prescriptions, Scope::Doses],
        prescriptions: Some(vec![shared]),
        may_record_doses: true,
        ..Permission::all()
    };
    server.connected_with(&mother, &dara, permission, AlertSettings::default()).await;
    record(&dara, &first_line(&server, &dara, hidden).to_string(), json!({})).await.ok();
    server.clock().advance(Span::hours(1));
    let line = first_line(&server, &dara, shared).to_string();
    let warned = record(&mother.speaking(Some("en")), &line, json!({})).await.expect(409).code("prn_limit");
    let text = warned.json["message"].as_str().unwrap();
    assert!(text.contains("another medicine that is not shared with you: 1 tablet"), "{text}");
    record(&mother, &line, json!({ "confirm": true })).await.ok();
    server.finish().await;
}
