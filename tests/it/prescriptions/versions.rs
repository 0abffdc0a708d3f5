//! Changes make versions.

use das_tern::domain::doses::model::DoseStatus;
use das_tern::platform::clock::Span;
use serde_json::json;

use super::{Clinic, id, medicine, messages};

#[tokio::test]
async fn a_change_keeps_unchanged_lines_and_replaces_the_others() {
    let clinic = Clinic::open().await;
    let amoxicillin = medicine(&clinic.server, "amoxicillin").await;
    let written = clinic
        .sok
        .post(
            "/prescriptions",
            json!({"patientId": clinic.dara.id(), "medications": [
                {"medicineId": clinic.paracetamol, "dosage": "1 cp", "frequency": "TID", "durationDays": 30},
                {"medicineId": amoxicillin, "dosage": "1 cp", "frequency": "BID", "durationDays": 10},
            ]}),
        )
        .await
        .ok();
    let path = format!("/prescriptions/{}", id(&written));
    clinic.server.clock().advance(Span::hours(1));
    let changed = clinic
        .sok
        .patch(
            &path,
            json!({"reason": "Better tolerated", "medications": [
                {"medicineId": clinic.paracetamol, "dosage": "1 cp", "frequency": "TID", "durationDays": 30,
                 "instructions": "With water"},
                {"medicineId": amoxicillin, "dosage": "1 cp", "frequency": "TID", "durationDays": 10},
            ]}),
        )
        .await
        .ok();
    assert_eq!((changed["status"].as_str(), changed["version"].as_u64()), (Some("ACTIVE"), Some(2)));
    assert_eq!(changed["medications"][0]["id"], written["medications"][0]["id"], "same doses, same line");
    assert_eq!(changed["medications"][1]["id"], written["medications"][1]["id"], "the same medicine");
    // This morning's doses of both lines stay; the other 19 of amoxicillin are due as they were, and ten more at noon.
    assert_eq!(clinic.count(DoseStatus::Cancelled), 0);
    assert_eq!(clinic.count(DoseStatus::Due), 90 + 30);
    let versions = clinic.dara.get(format!("{path}/versions")).await.ok();
    assert_eq!(versions["items"][0]["id"], format!("{}.2", id(&written)));
    crate::snapshot!(versions["items"][0]["changes"]);
    let first = clinic.dara.get(format!("{path}/versions/1")).await.ok();
    assert_eq!(first["medications"], written["medications"], "a version never changes");
    clinic.dara.get(format!("{path}/versions/3")).await.expect(404).code("version_not_found");
    assert!(messages(&clinic.dara).await.contains(&"PRESCRIPTION_UPDATE".to_owned()));
    // The same again changes nothing.
    let again = clinic.sok.patch(&path, json!({"diagnosis": null})).await.ok();
    assert_eq!(again["version"], 2);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_change_of_what_is_confirmed_waits_for_the_patient() {
    let clinic = Clinic::open().await;
    let confirmed = clinic.confirmed().await;
    let path = format!("/prescriptions/{}", id(&confirmed));
    let lines = json!({"medications": [
        {"medicineId": clinic.paracetamol, "dosage": "500 mg", "frequency": "OD", "durationDays": 30}]});
    let proposed = clinic.sok.patch(&path, lines.clone()).await.ok();
    assert_eq!((proposed["version"].as_u64(), proposed["pendingVersion"].as_u64()), (Some(1), Some(2)));
    assert_eq!(clinic.count(DoseStatus::Due), 90, "nothing happens before he agrees");
    let declined = clinic.dara.post(format!("{path}/reject"), json!({"reason": "I feel pain"})).await.ok();
    assert_eq!((declined["status"].as_str(), declined["version"].as_u64()), (Some("ACTIVE"), Some(1)));
    assert_eq!(
        clinic.dara.post(format!("{path}/reject"), json!({"reason": "I feel pain"})).await.ok(),
        declined
    );
    assert_eq!(clinic.dara.get(format!("{path}/versions/2")).await.ok()["state"], "REJECTED");
    let second = clinic.sok.patch(&path, lines).await.ok();
    assert_eq!(second["pendingVersion"], 3);
    let applied = clinic.dara.post(format!("{path}/confirm"), json!({})).await.ok();
    assert_eq!(applied["version"], 3);
    assert!(applied.get("pendingVersion").is_none());
    assert_eq!(clinic.count(DoseStatus::Due), 30, "this moment's dose and the mornings that follow");
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_urgent_change_holds_at_once_and_says_why() {
    let clinic = Clinic::open().await;
    let confirmed = clinic.confirmed().await;
    let path = format!("/prescriptions/{}", id(&confirmed));
    clinic.sok.patch(&path, json!({"diagnosis": "Fever"})).await.ok();
    let lines = json!([{"medicineId": clinic.paracetamol, "dosage": "250 mg", "frequency": "OD", "durationDays": 30}]);
    let silent = json!({"medications": lines});
    assert_eq!(
        clinic.sok.post(format!("{path}/urgent-update"), silent).await.expect(400).bad_fields(),
        ["reason"]
    );
    let short = json!({"medications": lines, "urgentReason": "x"});
    assert_eq!(
        clinic.sok.post(format!("{path}/urgent-update"), short).await.expect(400).bad_fields(),
        ["urgentReason"]
    );
    let urgent = json!({"medications": lines, "reason": "Liver values"});
    clinic.dara.post(format!("{path}/urgent-update"), urgent.clone()).await.expect(403);
    let changed = clinic.sok.post(format!("{path}/urgent-update"), urgent).await.ok();
    assert_eq!((changed["version"].as_u64(), changed["isUrgent"].as_bool()), (Some(3), Some(true)));
    assert_eq!(changed["urgentReason"], "Liver values");
    assert!(changed.get("diagnosis").is_none(), "what he did not confirm does not slip in");
    assert_eq!(clinic.dara.get(format!("{path}/versions/2")).await.ok()["state"], "WITHDRAWN");
    assert!(messages(&clinic.dara).await.contains(&"URGENT_PRESCRIPTION_CHANGE".to_owned()));
    clinic.server.finish().await;
}

#[tokio::test]
async fn two_authors_windows_do_not_overwrite_each_other() {
    let clinic = Clinic::open().await;
    let written = clinic.prescribe(json!({})).await;
    let path = format!("/prescriptions/{}", id(&written));
    let tag = clinic.sok.get(&path).await.header("etag").to_owned();
    clinic.sok.patch(&path, json!({"diagnosis": "Flu"})).header("if-match", &tag).await.expect(200);
    let late = clinic.sok.patch(&path, json!({"diagnosis": "Cold"})).header("if-match", &tag).await;
    late.expect(412).code("prescription_changed");
    clinic.sok.patch(&path, json!({"diagnosis": "Cold"})).header("if-match", "x").await.expect(400);
    clinic.server.finish().await;
}

#[tokio::test]
async fn lines_are_added_changed_and_removed_by_themselves() {
    let clinic = Clinic::open().await;
    let amoxicillin = medicine(&clinic.server, "amoxicillin").await;
    let written = clinic.prescribe(json!({"durationDays": 30})).await;
    let path = format!("/prescriptions/{}", id(&written));
    let added = clinic
        .sok
        .post(
            format!("{path}/medicines"),
            json!({"medicineId": amoxicillin, "dosage": "2 cp", "frequency": "BID", "durationDays": 10}),
        )
        .await
        .ok();
    assert_eq!(added["version"], 2);
    assert_eq!(clinic.count(DoseStatus::Due), 110);
    let line = id(&added["medications"][1]);
    clinic
        .dara
        .patch(format!("/medications/{line}"), json!({"dosage": "1 cp"}))
        .await
        .expect(403)
        .code("not_author");
    let other = clinic.server.doctor("chan").await;
    other.delete(format!("/medications/{line}")).await.expect(404).code("medication_not_found");
    let changed = clinic.sok.patch(format!("/medications/{line}"), json!({"dosage": "1 cp"})).await.ok();
    let now = &changed["medications"][1];
    assert_eq!((now["doseAmount"].as_f64(), now["slots"]["evening"].as_f64()), (Some(1.0), Some(1.0)));
    assert_eq!(now["endDate"], added["medications"][1]["endDate"], "what is left out stays");
    let same = clinic
        .sok
        .patch(format!("/medications/{}", id(now)), json!({"instructions": "After food"}))
        .await
        .ok();
    assert_eq!(id(&same["medications"][1]), id(now), "a line keeps its identity");
    let removed = clinic.sok.delete(format!("/medications/{}", id(now))).await.ok();
    assert_eq!(removed["medications"].as_array().unwrap().len(), 1);
    let last = id(&removed["medications"][0]);
    clinic.sok.delete(format!("/medications/{last}")).await.expect(409).code("last_line");
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_was_read_can_be_sent_back_long_after() {
    let clinic = Clinic::open().await;
    let amoxicillin = medicine(&clinic.server, "amoxicillin").await;
    let written = clinic
        .sok
        .post(
            "/prescriptions",
            json!({"patientId": clinic.dara.id(), "medications": [
                {"medicineId": clinic.paracetamol, "dosage": "1 cp", "frequency": "QOD"},
                {"medicineId": amoxicillin, "dosage": "1 cp", "frequency": "BID", "durationDays": 10},
            ]}),
        )
        .await
        .ok();
    let path = format!("/prescriptions/{}", id(&written));
    clinic.server.clock().advance(Span::days(20));
    clinic.server.run_jobs().await;
    let read = clinic.sok.get(&path).await.ok()["medications"].clone();
    let mut lines = read.clone();
    // All but the words, which follow from the rest.
    lines.as_array_mut().unwrap().iter_mut().for_each(|line| {
        let line = line.as_object_mut().unwrap();
        for words in ["medicineNameKhmer", "scheduleText", "understood"] {
            line.remove(words);
        }
    });
    let same = clinic.sok.patch(&path, json!({"medications": lines})).await.ok();
    assert_eq!((same["version"].as_u64(), &same["medications"]), (Some(1), &read));
    lines[0]["instructions"] = json!("With water");
    let told = clinic.sok.patch(&path, json!({"medications": lines})).await.ok();
    assert_eq!(told["version"], 2);
    assert_eq!(
        id(&told["medications"][1]),
        id(&written["medications"][1]),
        "the line that is over stays as it was"
    );
    // A single dose counts from now, not from the start of the line that it replaces.
    let before = clinic.count(DoseStatus::Due);
    let once = json!({"frequency": "STAT"});
    let stat = clinic.sok.patch(format!("/medications/{}", id(&written["medications"][1])), once).await.ok();
    assert_eq!(stat["medications"][1]["startDate"], "2026-12-12");
    assert_eq!(clinic.count(DoseStatus::Due), before + 1);
    clinic.server.finish().await;
}
