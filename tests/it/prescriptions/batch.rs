//! One prescription for several patients.

use std::future::IntoFuture;

use das_tern::domain::connections::model::{AlertSettings, Permission};
use das_tern::domain::prescriptions::tables::PRESCRIPTIONS;
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::{Clinic, doses, id};
use crate::kit::Client;

#[tokio::test]
async fn each_patient_has_a_result_and_a_batch_can_be_taken_back() {
    let clinic = Clinic::open().await;
    let (maly, stranger) = (clinic.server.patient("maly").await, clinic.server.patient("nobody").await);
    clinic.server.connect(&clinic.sok, &maly).await;
    let body = |dry: bool| {
        json!({
            "patientIds": [clinic.dara.id(), stranger.id(), maly.id()], "dryRun": dry,
            "prescription": {"medicineId": clinic.paracetamol, "dosage": "500 mg", "frequency": "TID", "durationDays": 30},
        })
    };
    clinic.dara.post("/prescriptions/batch", body(false)).await.expect(403);
    let dry = clinic.sok.post("/prescriptions/batch", body(true)).await.ok();
    let oks: Vec<bool> =
        dry["results"].as_array().unwrap().iter().map(|result| result["ok"].as_bool().unwrap()).collect();
    assert_eq!(oks, [true, false, true]);
    assert_eq!(dry["results"][1]["error"]["code"], "patient_not_found");
    assert_eq!(doses(&clinic.server, clinic.dara.id()).len(), 0, "a dry run writes nothing");
    let done = clinic.sok.post("/prescriptions/batch", body(false)).idempotent("batch").await.ok();
    let again = clinic.sok.post("/prescriptions/batch", body(false)).idempotent("batch").await.ok();
    assert_eq!(done, again, "a replay finds each patient done");
    assert_eq!(doses(&clinic.server, clinic.dara.id()).len(), 90);
    assert_eq!(doses(&clinic.server, maly.id()).len(), 90);
    // One of them is changed, so it stays.
    let changed = done["results"][2]["prescriptionId"].as_str().unwrap();
    clinic.sok.patch(format!("/prescriptions/{changed}"), json!({"diagnosis": "Flu"})).await.ok();
    let other = clinic.server.doctor("chan").await;
    let undo = format!("/prescriptions/batch/{}/undo", id(&done));
    other.post(&undo, json!({})).await.expect(404).code("batch_not_found");
    let undone = clinic.sok.post(&undo, json!({})).await.ok();
    let states: Vec<_> =
        undone["results"].as_array().unwrap().iter().map(|result| result["status"].clone()).collect();
    assert!(states.contains(&json!("STOPPED")), "{undone}");
    let kept = undone["results"].as_array().unwrap().iter().find(|result| result["ok"] == false).unwrap();
    assert_eq!(kept["error"]["code"], "prescription_changed_since");
    assert_eq!(clinic.sok.post(&undo, json!({})).await.ok(), undone, "taken back once");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_batch_names_its_bad_fields() {
    let clinic = Clinic::open().await;
    let body = json!({"patientIds": [], "prescription": {"dosage": "500 mg", "frequency": "often"}});
    let answer = clinic.sok.post("/prescriptions/batch", body).await.expect(400);
    assert_eq!(answer.bad_fields(), ["prescription.frequency", "prescription.medicineId"]);
    let twice = json!({"patientIds": [clinic.dara.id(), clinic.dara.id()],
        "prescription": {"medicineId": clinic.paracetamol, "dosage": "500 mg", "frequency": "OD"}});
    assert_eq!(clinic.sok.post("/prescriptions/batch", twice).await.expect(400).bad_fields(), ["patientIds"]);
    clinic.server.finish().await;
}

/// How many prescriptions somebody has.
fn written(clinic: &Clinic, patient: &Client) -> usize {
    let patient = patient.id();
    let rows = clinic.server.context().store.read(|tx| PRESCRIPTIONS.list_prefix(tx, &patient)).unwrap();
    rows.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_was_cut_off_goes_on_and_nobody_has_two() {
    let clinic = Clinic::open().await;
    let mut patients = Vec::new();
    for number in 0..40 {
        let patient = clinic.server.patient(&format!("p{number}")).await;
        let (permission, alerts) = (Permission::all(), AlertSettings::default());
        clinic.server.connected_with(&clinic.sok, &patient, permission, alerts).await;
        patients.push(patient);
    }
    let ids: Vec<_> = patients.iter().map(Client::id).collect();
    let body = json!({
        "patientIds": ids,
        "prescription": {"medicineId": clinic.paracetamol, "dosage": "500 mg", "frequency": "BID", "durationDays": 3},
    });
    let call = clinic.sok.post("/prescriptions/batch", body.clone()).idempotent("cut-off");
    let sending = tokio::spawn(call.into_future());
    // Whoever sends it is gone when the third has theirs.
    while written(&clinic, &patients[2]) == 0 {
        assert!(!sending.is_finished(), "the batch was not written");
        tokio::task::yield_now().await;
    }
    sending.abort();
    drop(sending.await);
    let Clinic { server, sok, dara, paracetamol } = clinic;
    let server = server.restart().await;
    let (sok, dara) = (server.again(&sok), server.again(&dara));
    let clinic = Clinic { server, sok, dara, paracetamol };
    let done = clinic.sok.post("/prescriptions/batch", body).idempotent("cut-off").await.ok();
    assert!(done["results"].as_array().unwrap().iter().all(|result| result["ok"] == true), "{done}");
    assert!(patients.iter().all(|patient| written(&clinic, patient) == 1));
    let batch = format!("/prescriptions/batch/{}", id(&done));
    let found = clinic.sok.get(&batch).await.ok();
    let of = |answer: &Value| -> Vec<Value> {
        let results = answer["results"].as_array().unwrap().iter();
        results.map(|result| json!([result["patientId"], result["prescriptionId"]])).collect()
    };
    assert_eq!(of(&found), of(&done));
    let undone = clinic.sok.post(format!("{batch}/undo"), json!({})).await.ok();
    assert!(
        undone["results"].as_array().unwrap().iter().all(|result| result["status"] == "STOPPED"),
        "{undone}"
    );
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_batch_is_looked_up_by_its_author_and_taken_back_within_an_hour_before_a_dose() {
    let clinic = Clinic::open().await;
    let (maly, stranger) = (clinic.server.patient("maly").await, clinic.server.patient("nobody").await);
    clinic.server.connect(&clinic.sok, &maly).await;
    let body = json!({
        "patientIds": [stranger.id(), maly.id(), clinic.dara.id()],
        "prescription": {"medicineId": clinic.paracetamol, "dosage": "500 mg", "frequency": "TID", "durationDays": 30},
    });
    let first = clinic.sok.post("/prescriptions/batch", body.clone()).await.ok();
    let batch = format!("/prescriptions/batch/{}", id(&first));
    let found = clinic.sok.get(&batch).await.ok();
    let codes: Vec<_> =
        found["results"].as_array().unwrap().iter().map(|one| one["error"]["code"].clone()).collect();
    assert_eq!(codes, [json!("batch_not_written"), json!(null), json!(null)]);
    assert_eq!(found["results"][1]["prescriptionId"], first["results"][1]["prescriptionId"]);
    clinic.server.doctor("chan").await.get(&batch).await.expect(404).code("batch_not_found");
    clinic.dara.get(&batch).await.expect(403).code("role_not_allowed");

    // A dose that was recorded keeps its prescription.
    let today = maly.get("/doses/today").await.ok();
    let dose = today["doses"][0]["id"].as_str().unwrap();
    maly.post(format!("/doses/{dose}/mark-taken"), json!({})).await.ok();
    let undone = clinic.sok.post(format!("{batch}/undo"), json!({})).await.ok();
    let of = |patient: &Client| {
        let mut results = undone["results"].as_array().unwrap().iter();
        results.find(|one| one["patientId"] == json!(patient.id())).unwrap().clone()
    };
    assert_eq!(of(&maly)["error"]["code"], "batch_dose_recorded");
    assert_eq!(of(&clinic.dara)["status"], "STOPPED");

    let second = clinic.sok.post("/prescriptions/batch", body).await.ok();
    clinic.server.clock().advance(Span::minutes(61));
    let late = format!("/prescriptions/batch/{}/undo", id(&second));
    clinic.sok.post(late, json!({})).await.expect(409).code("batch_undo_over");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_reason_for_one_patient_is_no_reason_for_another() {
    let clinic = Clinic::open().await;
    let maly = clinic.server.patient("maly").await;
    clinic.server.connect(&clinic.sok, &maly).await;
    clinic.server.silence(&[]).await;
    // Both use it already.
    for patient in [&clinic.dara, &maly] {
        let body = json!({"patientId": patient.id(), "medicineId": clinic.paracetamol, "dosage": "500 mg", "frequency": "TID"});
        clinic.sok.post("/prescriptions", body).await.ok();
    }
    let body = |overrides: Value| {
        json!({
            "patientIds": [clinic.dara.id(), maly.id()], "dryRun": true, "patientOverrides": overrides,
            "prescription": {"medicineId": clinic.paracetamol, "dosage": "500 mg", "frequency": "TID"},
        })
    };
    let dry = clinic.sok.post("/prescriptions/batch", body(json!([]))).await.ok();
    let stops = |result: &Value| -> Vec<Value> {
        let findings = result["findings"].as_array().unwrap().iter();
        findings.filter(|finding| finding["tier"] == "STOP").map(|finding| finding["id"].clone()).collect()
    };
    assert!(dry["results"].as_array().unwrap().iter().all(|result| result["ok"] == false), "{dry}");
    let reasons: Vec<_> = stops(&dry["results"][1])
        .into_iter()
        .map(|finding| json!({"findingId": finding, "reason": "OTHER", "note": "a bridge to the next visit"}))
        .collect();
    let given = json!([{"patientId": maly.id(), "overrides": reasons}]);
    let dry = clinic.sok.post("/prescriptions/batch", body(given)).await.ok();
    let oks: Vec<_> = dry["results"].as_array().unwrap().iter().map(|result| result["ok"].clone()).collect();
    assert_eq!(oks, [json!(false), json!(true)], "{dry}");
    let stranger = json!([{"patientId": clinic.sok.id(), "overrides": []}]);
    let wrong = clinic.sok.post("/prescriptions/batch", body(stranger)).await.expect(400);
    assert_eq!(wrong.bad_fields(), ["patientOverrides[0].patientId"]);
    clinic.server.finish().await;
}
