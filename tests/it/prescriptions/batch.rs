//! One prescription for several patients.

use serde_json::json;

use super::{Clinic, doses, id};

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
