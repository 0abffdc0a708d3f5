//! A doctor prescribes.

use das_tern::domain::doses::model::DoseStatus;
use das_tern::domain::users::model::{Role, Status};
use serde_json::json;

use super::{Clinic, doses, id, medicine, messages};

#[tokio::test]
async fn a_doctor_prescribes_in_short_form() {
    let clinic = Clinic::open().await;
    let written = clinic.sok.post("/prescriptions", clinic.short()).await.expect(200);
    assert_eq!(written.header("etag"), "\"1\"");
    let written = written.ok();
    assert_eq!(written["status"], "ACTIVE");
    assert!(written["id"].is_string() && written["createdAt"].is_string());
    assert_eq!(written["medications"][0]["medicineName"], "paracetamol 500 mg tablet");
    assert!(written.get("endDate").is_none(), "ongoing without a duration");
    // It is 07:00: today's morning slot has begun, all three doses of today are ahead of or at the clock.
    let planned = clinic.count(DoseStatus::Due);
    assert!(planned >= 30 * 3, "{planned} doses, at least 30 days ahead");
    assert!(messages(&clinic.dara).await.contains(&"PRESCRIPTION_SHARED".to_owned()));
    let trace = clinic.dara.get(format!("/audit/record?patientId={}", clinic.dara.id())).await.ok();
    let actions: Vec<&str> =
        trace["items"].as_array().unwrap().iter().filter_map(|item| item["action"].as_str()).collect();
    assert!(actions.contains(&"prescription.create"), "{actions:?}");
    clinic.server.finish().await;
}

#[tokio::test]
async fn thirty_days_of_three_make_ninety_doses() {
    let clinic = Clinic::open().await;
    clinic.prescribe(json!({"durationDays": 30})).await;
    assert_eq!(clinic.count(DoseStatus::Due), 90);
    clinic.server.finish().await;
}

#[tokio::test]
async fn doses_are_never_in_the_past() {
    let clinic = Clinic::open().await;
    // 15:16 in Phnom Penh.
    clinic.server.clock().advance(das_tern::platform::clock::Span::minutes(8 * 60 + 16));
    clinic.prescribe(json!({"durationDays": 30})).await;
    let now = das_tern::platform::clock::Clock::now(clinic.server.clock());
    let all = doses(&clinic.server, clinic.dara.id());
    assert_eq!(all.len(), 90, "morning and noon of today are over, and follow at the end");
    assert!(all.iter().all(|dose| dose.scheduled() >= now));
    clinic.server.finish().await;
}

#[tokio::test]
async fn the_full_grid_is_understood() {
    let clinic = Clinic::open().await;
    let amoxicillin = medicine(&clinic.server, "amoxicillin").await;
    let body = json!({
        "patientId": clinic.dara.id(), "diagnosis": "Asthénie", "followUpDate": "2026-12-01",
        "medications": [
            {"medicineId": clinic.paracetamol, "doseUnit": "cp", "slots": {"morning": 1, "evening": 0.5},
             "mealRelation": "AFTER", "durationDays": 7, "instructionsKhmer": "លេបជាមួយទឹក"},
            {"medicineId": amoxicillin, "doseAmount": 1, "doseUnit": "TABLET", "isPRN": true, "maxPer24h": 3},
            {"medicineId": amoxicillin, "doseAmount": 1, "doseUnit": "TABLET", "times": ["20:15", "08:15"],
             "weekdays": ["MONDAY", "THURSDAY"], "quantity": 20},
            {"medicineId": amoxicillin, "doseAmount": 1, "doseUnit": "TABLET", "everyNHours": 8, "durationDays": 2},
            {"medicineId": amoxicillin, "doseUnit": "TABLET",
             "steps": [{"days": 3, "slots": {"morning": 2}}, {"days": 4, "slots": {"morning": 1}}]},
        ],
    });
    let written = clinic.sok.post("/prescriptions", body).await.ok();
    crate::snapshot!(written);
    clinic.server.finish().await;
}

#[tokio::test]
async fn every_bad_field_is_named_with_what_is_accepted() {
    let clinic = Clinic::open().await;
    let wrong = clinic.short_with(json!({"dosage": "some", "frequency": "now and then", "durationDays": 0}));
    let answer = clinic.sok.post("/prescriptions", wrong).await.expect(400);
    assert_eq!(answer.bad_fields(), ["dosage", "durationDays", "frequency"]);
    assert!(answer.text.contains("1-0-1") && answer.text.contains("½ tablet"), "{}", answer.text);
    let nothing = json!({"patientId": clinic.dara.id()});
    let answer = clinic.sok.post("/prescriptions", nothing).await.expect(400);
    assert_eq!(answer.bad_fields(), ["dosage", "frequency", "medicineId"]);
    let urgent = clinic.short_with(json!({"isUrgent": true}));
    assert_eq!(clinic.sok.post("/prescriptions", urgent).await.expect(400).bad_fields(), ["urgentReason"]);
    let unknown = clinic.short_with(json!({"medicineId": "019aa000-0000-7000-8000-000000000000"}));
    let answer = clinic.sok.post("/prescriptions", unknown).await.expect(400);
    assert_eq!(answer.bad_fields(), ["medicineId"]);
    let lines = json!({"patientId": clinic.dara.id(), "medications": [{"medicineName": "leaves", "dosage": "1 cp",
        "frequency": "OD"}]});
    let answer = clinic.sok.post("/prescriptions", lines).await.expect(400);
    assert_eq!(answer.bad_fields(), ["medications[0].medicineId"]);
    assert_eq!(doses(&clinic.server, clinic.dara.id()).len(), 0);
    clinic.server.finish().await;
}

#[tokio::test]
async fn only_verified_doctors_with_access_prescribe() {
    let clinic = Clinic::open().await;
    let body = clinic.short();
    clinic.server.stranger().post("/prescriptions", body.clone()).await.expect(401);
    clinic.dara.post("/prescriptions", body.clone()).await.expect(403).code("role_not_allowed");
    let family = clinic.server.family("vanna").await;
    family.post("/prescriptions", body.clone()).await.expect(403).code("role_not_allowed");
    let pending = clinic.server.person("new", Role::Doctor, Status::PendingVerification).await;
    pending.post("/prescriptions", body.clone()).await.expect(403).code("account_not_active");
    let other = clinic.server.doctor("chan").await;
    other.post("/prescriptions", body.clone()).await.expect(404).code("patient_not_found");
    let connection = clinic.server.connect(&other, &clinic.dara).await;
    for (level, code) in [
        ("NOT_ALLOWED", "access_not_allowed"),
        ("REQUEST", "write_not_allowed"),
        ("SELECTED", "scope_not_shared"),
    ] {
        let mut permission = json!({"permissionLevel": level});
        if level == "SELECTED" {
            permission["scopes"] = json!(["DOSES"]);
        }
        clinic.dara.patch(format!("/connections/{connection}/permission"), permission).await.ok();
        other.post("/prescriptions", body.clone()).await.expect(403).code(code);
    }
    clinic.dara.post(format!("/connections/{connection}/revoke"), json!({})).await.ok();
    other.post("/prescriptions", body).await.expect(404);
    assert_eq!(doses(&clinic.server, clinic.dara.id()).len(), 0);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_replay_writes_nothing_twice() {
    let clinic = Clinic::open().await;
    let body = clinic.short_with(json!({"durationDays": 30}));
    let first = clinic.sok.post("/prescriptions", body.clone()).idempotent("once").await.ok();
    let again = clinic.sok.post("/prescriptions", body).idempotent("once").await.ok();
    assert_eq!(first, again);
    assert_eq!(clinic.count(DoseStatus::Due), 90);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_preview_tells_and_writes_nothing() {
    let clinic = Clinic::open().await;
    let answer =
        clinic.sok.post("/prescriptions/preview", clinic.short_with(json!({"durationDays": 3}))).await.ok();
    assert_eq!(answer["doses"].as_array().unwrap().len(), 9);
    assert_eq!(answer["doses"][0]["slot"], "MORNING");
    let read_back = answer["understood"][0]["english"].as_str().unwrap();
    assert!(read_back.starts_with("paracetamol 500 mg tablet: "), "{read_back}");
    clinic
        .dara
        .post("/prescriptions/preview", json!({"medicineName": "tea", "dosage": "5 ml", "frequency": "OD"}))
        .await
        .ok();
    assert_eq!(doses(&clinic.server, clinic.dara.id()).len(), 0);
    clinic.server.finish().await;
}

#[tokio::test]
async fn drafts_are_seen_by_their_author_alone() {
    let clinic = Clinic::open().await;
    let draft = clinic.prescribe(json!({"isDraft": true, "durationDays": 30})).await;
    assert_eq!(draft["status"], "DRAFT");
    let path = format!("/prescriptions/{}", id(&draft));
    clinic.dara.get(&path).await.expect(404);
    assert_eq!(clinic.dara.get("/prescriptions").await.ok()["items"].as_array().unwrap().len(), 0);
    clinic.sok.get(&path).await.expect(200);
    let issued = clinic.sok.post(format!("{path}/issue"), json!({})).await.ok();
    assert_eq!(issued["status"], "ACTIVE");
    assert_eq!(clinic.count(DoseStatus::Due), 90);
    clinic.dara.get(&path).await.expect(200);
    let second = clinic.prescribe(json!({"isDraft": true})).await;
    let discarded = clinic.sok.post(format!("/prescriptions/{}/discard", id(&second)), json!({})).await.ok();
    assert_eq!(discarded["status"], "DISCARDED");
    clinic.sok.post(format!("/prescriptions/{}/issue", id(&second)), json!({})).await.expect(409);
    clinic.server.finish().await;
}
