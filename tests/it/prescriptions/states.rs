//! Confirm, reject, retake, pause, resume, stop, complete.

use das_tern::domain::doses::model::DoseStatus;
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::{Clinic, id, messages};

#[tokio::test]
async fn five_confirmations_at_once_give_ninety_doses() {
    let clinic = Clinic::open().await;
    let written = clinic.prescribe(json!({"requiresConfirmation": true, "durationDays": 30})).await;
    assert_eq!(written["status"], "PENDING_CONFIRMATION");
    assert_eq!(clinic.count(DoseStatus::Due), 0);
    let path = format!("/prescriptions/{}/confirm", id(&written));
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let (dara, path) = (clinic.dara.clone(), path.clone());
            tokio::spawn(async move { dara.post(path, json!({})).await.ok() })
        })
        .collect();
    let mut answers: Vec<Value> = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    assert!(answers.iter().all(|answer| answer == &answers[0] && answer["status"] == "ACTIVE"));
    assert_eq!(clinic.count(DoseStatus::Due), 90);
    let confirmed =
        messages(&clinic.sok).await.iter().filter(|kind| *kind == "PRESCRIPTION_CONFIRMED").count();
    assert_eq!(confirmed, 1, "one outcome, told once");
    let records = clinic.dara.get("/audit").await.ok();
    let confirmed = records["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|record| record["action"] == "prescription.confirm")
        .count();
    assert_eq!(confirmed, 1, "one outcome, one audit record");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_patient_rejects_with_a_reason() {
    let clinic = Clinic::open().await;
    let written = clinic.prescribe(json!({"requiresConfirmation": true})).await;
    let path = format!("/prescriptions/{}", id(&written));
    clinic.dara.post(format!("{path}/reject"), json!({})).await.expect(400);
    clinic.sok.post(format!("{path}/reject"), json!({"reason": "not mine"})).await.expect(403);
    let rejected = clinic.dara.post(format!("{path}/reject"), json!({"reason": "Too many"})).await.ok();
    assert_eq!(
        (rejected["status"].as_str(), rejected["reason"].as_str()),
        (Some("REJECTED"), Some("Too many"))
    );
    let again = clinic.dara.post(format!("{path}/reject"), json!({"reason": "Too many"})).await.ok();
    assert_eq!(rejected, again);
    clinic
        .dara
        .post(format!("{path}/confirm"), json!({}))
        .await
        .expect(409)
        .code("prescription_state_conflict");
    assert!(messages(&clinic.sok).await.contains(&"PRESCRIPTION_REJECTED".to_owned()));
    assert_eq!(clinic.count(DoseStatus::Due), 0);
    clinic.server.finish().await;
}

#[tokio::test]
async fn only_a_revised_version_leaves_a_retake() {
    let clinic = Clinic::open().await;
    let written = clinic.prescribe(json!({"requiresConfirmation": true, "durationDays": 30})).await;
    let path = format!("/prescriptions/{}", id(&written));
    let asked = clinic.dara.post(format!("{path}/retake"), json!({"reason": "I am allergic"})).await.ok();
    assert_eq!(asked["status"], "PENDING_REVISION");
    assert!(messages(&clinic.sok).await.contains(&"RETAKE_REQUESTED".to_owned()));
    for (caller, verb) in [
        (&clinic.dara, "confirm"),
        (&clinic.dara, "reject"),
        (&clinic.sok, "pause"),
        (&clinic.sok, "stop"),
        (&clinic.sok, "resume"),
    ] {
        let body =
            if ["confirm", "resume"].contains(&verb) { json!({}) } else { json!({"reason": "because"}) };
        caller.post(format!("{path}/{verb}"), body).await.expect(409);
    }
    let lines = json!([{"medicineId": clinic.paracetamol, "dosage": "250 mg", "frequency": "BID", "durationDays": 30}]);
    let revised = clinic.sok.patch(&path, json!({"medications": lines})).await.ok();
    assert_eq!(
        (revised["status"].as_str(), revised["version"].as_u64()),
        (Some("PENDING_CONFIRMATION"), Some(2))
    );
    let confirmed = clinic.dara.post(format!("{path}/confirm"), json!({})).await.ok();
    assert_eq!(confirmed["status"], "ACTIVE");
    assert_eq!(clinic.count(DoseStatus::Due), 60);
    clinic.server.finish().await;
}

#[tokio::test]
async fn pausing_cancels_and_resuming_plans_from_now() {
    let clinic = Clinic::open().await;
    let written = clinic.prescribe(json!({"durationDays": 30})).await;
    let path = format!("/prescriptions/{}", id(&written));
    clinic.server.clock().advance(Span::hours(1));
    let paused = clinic.sok.post(format!("{path}/pause"), json!({})).await.ok();
    assert_eq!(paused["status"], "PAUSED");
    assert_eq!(clinic.count(DoseStatus::Due), 1, "this morning's dose is still open");
    assert_eq!(clinic.count(DoseStatus::Cancelled), 89);
    assert_eq!(clinic.sok.post(format!("{path}/pause"), json!({})).await.ok(), paused);
    clinic.server.clock().advance(Span::days(10));
    let mut resumed = clinic.dara.post(format!("{path}/resume"), json!({})).await.ok();
    assert_eq!(resumed["status"], "ACTIVE");
    assert_eq!(resumed["notices"][0]["code"], "notice_doses_in_pause");
    // Once more it goes on as it does, and nothing new is to be told.
    resumed["notices"] = json!([]);
    assert_eq!(clinic.dara.post(format!("{path}/resume"), json!({})).await.ok(), resumed);
    // Days 11 to 30, without this morning's slot, which is over.
    assert_eq!(clinic.count(DoseStatus::Due), 1 + 20 * 3 - 1);
    clinic.server.finish().await;
}

#[tokio::test]
async fn stopping_needs_a_reason_and_is_final() {
    let clinic = Clinic::open().await;
    let written = clinic.prescribe(json!({"durationDays": 30})).await;
    let path = format!("/prescriptions/{}", id(&written));
    clinic.sok.post(format!("{path}/stop"), json!({})).await.expect(400);
    let other = clinic.server.doctor("chan").await;
    clinic.server.connect(&other, &clinic.dara).await;
    other
        .post(format!("{path}/stop"), json!({"reason": "I know better"}))
        .await
        .expect(403)
        .code("not_owner_or_author");
    let stopped = clinic.sok.post(format!("{path}/stop"), json!({"reason": "Rash"})).await.ok();
    assert_eq!(stopped["status"], "STOPPED");
    assert_eq!(clinic.sok.post(format!("{path}/stop"), json!({"reason": "Rash"})).await.ok(), stopped);
    clinic.sok.post(format!("{path}/resume"), json!({})).await.expect(409);
    clinic.sok.patch(&path, json!({"diagnosis": "other"})).await.expect(409);
    assert!(clinic.count(DoseStatus::Due) <= 1);
    assert!(messages(&clinic.dara).await.contains(&"PRESCRIPTION_UPDATE".to_owned()));
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_reached_its_end_is_completed_before_and_after_the_job() {
    let clinic = Clinic::open().await;
    let written = clinic.prescribe(json!({"durationDays": 3})).await;
    let path = format!("/prescriptions/{}", id(&written));
    assert_eq!(clinic.dara.get("/prescriptions").await.ok()["items"][0]["status"], "ACTIVE");
    clinic.server.clock().advance(Span::days(2));
    clinic.server.run_jobs().await;
    assert_eq!(clinic.dara.get(&path).await.ok()["status"], "ACTIVE", "the last day has begun");
    clinic.server.clock().advance(Span::days(1));
    assert_eq!(clinic.dara.get(&path).await.ok()["status"], "COMPLETED");
    assert_eq!(clinic.dara.get("/prescriptions").await.ok()["items"][0]["status"], "COMPLETED");
    assert_eq!(
        clinic.dara.get("/prescriptions?status=ACTIVE").await.ok()["items"].as_array().unwrap().len(),
        0
    );
    clinic.sok.post(format!("{path}/pause"), json!({})).await.expect(409);
    let before = clinic.dara.get(&path).await.ok();
    clinic.server.run_jobs().await;
    let after = clinic.dara.get(&path).await.ok();
    assert!(before.get("endedAt").is_none() && after["endedAt"].is_string());
    clinic.server.finish().await;
}
