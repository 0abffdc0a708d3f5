//! What is said before a prescription is signed.

use serde_json::{Value, json};

use super::{Clinic, entry, id};
use crate::kit::Client;

impl Clinic {
    /// A clinic in which every rule speaks.
    pub(super) async fn open_strictly() -> Self {
        let clinic = Self::open().await;
        clinic.server.silence(&[]).await;
        clinic
    }

    /// A line of so many tablets of a strength, three times a day.
    pub(super) async fn tablets(&self, generic: &str, strength: &str) -> Value {
        json!({"medicineId": entry(&self.server, generic, strength).await, "dosage": "1 tablet", "frequency": "TID"})
    }

    pub(super) fn with(&self, lines: Value) -> Value {
        json!({"patientId": self.dara.id(), "medications": lines})
    }

    pub(super) async fn on_warfarin(&self) -> Value {
        let warfarin = entry(&self.server, "warfarin", "5 mg").await;
        let line = json!({"medicineId": warfarin, "dosage": "1 tablet", "frequency": "OD"});
        self.sok.post("/prescriptions", self.with(json!([line]))).await.ok()
    }
}

const BLEED: &str = "ddi-vka-nsaid:ibuprofen+warfarin";

fn reason(finding: &str) -> Value {
    json!([{"findingId": finding, "reason": "WILL_MONITOR"}])
}

fn tiers(answer: &Value) -> Vec<(String, String)> {
    let text = |finding: &Value, member: &str| finding[member].as_str().unwrap().to_owned();
    let findings = answer["findings"].as_array().unwrap().iter();
    findings.map(|finding| (text(finding, "tier"), text(finding, "id"))).collect()
}

pub(super) fn stops(answer: &Value) -> Vec<String> {
    tiers(answer).into_iter().filter(|(tier, _)| tier == "STOP").map(|(_, id)| id).collect()
}

fn is_not_checked(answer: &Value, what: &str) -> bool {
    answer["notChecked"].as_array().unwrap().iter().any(|one| one["what"] == what)
}

#[tokio::test]
async fn what_is_grave_is_signed_with_a_reason_that_everybody_reads() {
    let clinic = Clinic::open_strictly().await;
    clinic.on_warfarin().await;
    let line = clinic.tablets("ibuprofen", "400 mg").await;
    let body = clinic.with(json!([line]));
    let checked = clinic.sok.post("/prescriptions/check", body.clone()).await.ok();
    assert_eq!(stops(&checked), [BLEED]);
    let finding = &checked["findings"][0];
    assert_eq!((&finding["hazard"], &finding["verified"]), (&json!("BLEED"), &json!(true)));
    let of = |ingredient: &str| {
        let medicines = finding["medicines"].as_array().unwrap();
        medicines.iter().find(|medicine| medicine["ingredient"] == ingredient).unwrap().clone()
    };
    assert_eq!(
        (&of("ibuprofen")["medicationIndex"], of("warfarin").get("medicationIndex")),
        (&json!(0), None)
    );
    assert!(of("warfarin")["medicationId"].is_string());
    assert!(finding["source"].as_str().unwrap().starts_with("ANSM") && finding["year"] == "2020");
    assert_eq!(finding["overrideReasons"][0], "WILL_MONITOR");
    for what in ["not_checked_allergies", "not_checked_kidney"] {
        assert!(is_not_checked(&checked, what), "{checked}");
    }

    let refused = clinic.sok.post("/prescriptions", body.clone()).await.expect(400);
    assert_eq!(refused.bad_fields(), ["medications[0]", "overrides"]);
    // A reason of the menu; another one in words.
    let mut given = body.clone();
    given["overrides"] = json!([{"findingId": BLEED, "reason": "OTHER"}]);
    assert_eq!(
        clinic.sok.post("/prescriptions", given.clone()).await.expect(400).bad_fields(),
        ["overrides[0].note"]
    );
    given["overrides"] = json!([{"findingId": BLEED, "reason": "WILL_MONITOR", "note": "INR on Monday"}]);
    let written = clinic.sok.post("/prescriptions", given).await.ok();
    assert_eq!(stops(&written), [BLEED]);
    let seen = clinic.dara.get(format!("/prescriptions/{}", id(&written))).await.ok();
    let said = &seen["overrides"][0];
    assert_eq!((&said["reason"], &said["note"]), (&json!("WILL_MONITOR"), &json!("INR on Monday")));
    assert_eq!((&said["tier"], &said["hazard"]), (&json!("STOP"), &json!("BLEED")));
    assert_eq!(said["medicines"].as_array().unwrap().len(), 2);

    // A higher dose is another matter; a lower one is covered, and so is what is not touched.
    let path = format!("/medications/{}", seen["medications"][0]["id"].as_str().unwrap());
    let raised = clinic.sok.patch(&path, json!({"dosage": "2 tablets"})).await.expect(400);
    assert!(raised.bad_fields().contains(&"overrides".to_owned()));
    clinic.sok.patch(&path, json!({"dosage": "1 tablet", "frequency": "BID"})).await.ok();
    let other = clinic.tablets("paracetamol", "500 mg").await;
    let added = clinic.sok.post(format!("/prescriptions/{}/medicines", id(&written)), other).await.ok();
    assert_eq!(stops(&added), Vec::<String>::new());
    clinic.sok.patch(&path, json!({"dosage": "2 tablets", "overrides": reason(BLEED)})).await.ok();
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_a_patient_states_counts_at_once() {
    let clinic = Clinic::open_strictly().await;
    let line = clinic.tablets("amoxicillin", "500 mg").await;
    let body = clinic.with(json!([line]));
    assert_eq!(
        stops(&clinic.sok.post("/prescriptions/check", body.clone()).await.ok()),
        Vec::<String>::new()
    );
    let allergy = json!({"classId": "c-penicillin", "reaction": "ANAPHYLAXIS", "severity": "SEVERE"});
    clinic.dara.post(format!("/patients/{}/allergies", clinic.dara.id()), allergy).await.ok();
    let checked = clinic.sok.post("/prescriptions/check", body.clone()).await.ok();
    assert_eq!(stops(&checked).len(), 1, "{checked}");
    assert_eq!(checked["findings"][0]["hazard"], "ALLERGY");
    assert!(!is_not_checked(&checked, "not_checked_allergies"));
    clinic.sok.post("/prescriptions", body.clone()).await.expect(400);
    let preview = clinic.sok.post("/prescriptions/preview", body).await.ok();
    assert_eq!(stops(&preview), stops(&checked));
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_change_is_previewed_without_the_prescription_whose_place_it_takes() {
    let clinic = Clinic::open_strictly().await;
    let line = clinic.tablets("amoxicillin", "500 mg").await;
    let body = clinic.with(json!([line]));
    let written = clinic.sok.post("/prescriptions", body.clone()).await.ok();
    let doubled = |answer: &Value| {
        answer["findings"].as_array().unwrap().iter().any(|one| one["hazard"] == "DUPLICATE")
    };
    assert!(doubled(&clinic.sok.post("/prescriptions/preview", body.clone()).await.ok()));
    let path = format!("/prescriptions/preview?changes={}", id(&written));
    assert!(!doubled(&clinic.sok.post(&path, body.clone()).await.ok()));
    // Of one that somebody else wrote nobody learns that it is there.
    let own = json!({"medications": [{"medicineName": "tea", "dosage": "5 ml", "frequency": "OD"}]});
    clinic.dara.post(&path, own).await.expect(404).code("prescription_not_found");
    let nobody = json!({"medications": body["medications"]});
    clinic.sok.post(&path, nobody).await.expect(404).code("prescription_not_found");
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_changed_since_it_was_signed_is_asked_before_the_patient_takes_it() {
    let clinic = Clinic::open_strictly().await;
    let line = clinic.tablets("amoxicillin", "500 mg").await;
    let mut body = clinic.with(json!([line]));
    body["requiresConfirmation"] = json!(true);
    let written = clinic.sok.post("/prescriptions", body).await.ok();
    let allergy = json!({"classId": "c-penicillin", "reaction": "ANAPHYLAXIS", "severity": "SEVERE"});
    clinic.dara.post(format!("/patients/{}/allergies", clinic.dara.id()), allergy).await.ok();
    let path = format!("/prescriptions/{}/confirm", id(&written));
    clinic.dara.post(&path, json!({})).await.expect(409).code("safety_changed_since_signed");
    // The doctor looks again and stands for it.
    let line = format!("/medications/{}", written["medications"][0]["id"].as_str().unwrap());
    let change = json!({"frequency": "BID"});
    clinic.sok.patch(&line, change.clone()).await.expect(400);
    let checked = {
        let line = clinic.tablets("amoxicillin", "500 mg").await;
        clinic.sok.post("/prescriptions/check", clinic.with(json!([line]))).await.ok()
    };
    let finding =
        checked["findings"].as_array().unwrap().iter().find(|one| one["hazard"] == "ALLERGY").unwrap();
    let mut change = change;
    change["overrides"] =
        json!([{"findingId": finding["id"], "reason": "NOT_AN_ALLERGY", "note": "skin test negative"}]);
    clinic.sok.patch(&line, change).await.ok();
    clinic.dara.post(&path, json!({})).await.ok();
    clinic.server.finish().await;
}

/// A doctor to whom the patient shows nothing but what they write themselves.
async fn stranger(clinic: &Clinic) -> Client {
    let chan = clinic.server.doctor("chan").await;
    let connection = clinic.server.connect(&chan, &clinic.dara).await;
    let permission =
        json!({"permissionLevel": "SELECTED", "scopes": ["PRESCRIPTIONS"], "prescriptionIds": []});
    clinic.dara.patch(format!("/connections/{connection}/permission"), permission).await.ok();
    chan
}

#[tokio::test]
async fn what_the_doctor_may_not_see_is_weighed_and_not_named() {
    let clinic = Clinic::open_strictly().await;
    let chan = stranger(&clinic).await;
    clinic.on_warfarin().await;
    let line = clinic.tablets("ibuprofen", "400 mg").await;
    let mut body = clinic.with(json!([line]));
    let checked = chan.post("/prescriptions/check", body.clone()).await.ok();
    assert_eq!(stops(&checked), ["hidden-BLEED-STOP:ibuprofen"]);
    assert!(!checked["findings"].to_string().contains("warfarin"), "{checked}");
    let hidden = &checked["findings"][0]["medicines"][1];
    assert_eq!((hidden["isHidden"].clone(), hidden.get("name")), (json!(true), None));
    for said in ["effect", "action"] {
        assert!(!checked["findings"][0][said]["english"].as_str().unwrap().is_empty());
    }
    body["requiresConfirmation"] = json!(true);
    chan.post("/prescriptions", body.clone()).await.expect(400);
    body["overrides"] = reason("hidden-BLEED-STOP:ibuprofen");
    let written = chan.post("/prescriptions", body).await.ok();
    // The patient sees both medicines; the doctor answered for what they were told.
    clinic.dara.post(format!("/prescriptions/{}/confirm", id(&written)), json!({})).await.ok();
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_a_patient_takes_already_is_written_down_and_told() {
    let clinic = Clinic::open_strictly().await;
    clinic.on_warfarin().await;
    let line = clinic.tablets("ibuprofen", "400 mg").await;
    let written = clinic.dara.post("/prescriptions/patient", json!({"medications": [line]})).await.ok();
    assert_eq!(stops(&written), [BLEED]);
    let finding = &written["findings"][0];
    assert!(finding["action"]["english"].as_str().unwrap().contains("pharmacist"));
    assert_eq!(finding["overrideReasons"], json!([]));
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_draft_is_signed_when_it_is_issued_and_less_is_never_asked_for() {
    let clinic = Clinic::open_strictly().await;
    let (warfarin, ibuprofen) =
        (clinic.tablets("warfarin", "1 mg").await, clinic.tablets("ibuprofen", "400 mg").await);
    let mut body = clinic.with(json!([warfarin, ibuprofen]));
    body["isDraft"] = json!(true);
    let draft = clinic.sok.post("/prescriptions", body).await.ok();
    assert_eq!(stops(&draft), [BLEED]);
    let path = format!("/prescriptions/{}", id(&draft));
    clinic.sok.post(format!("{path}/issue"), json!({})).await.expect(400);
    let issued = clinic.sok.post(format!("{path}/issue"), json!({"overrides": reason(BLEED)})).await.ok();
    assert_eq!((&issued["status"], stops(&issued)), (&json!("ACTIVE"), vec![BLEED.to_owned()]));
    // The allergy that is stated now does not keep a doctor from taking the medicine away.
    let allergy = json!({"substance": "ibuprofen", "reaction": "ANAPHYLAXIS", "severity": "SEVERE"});
    clinic.dara.post(format!("/patients/{}/allergies", clinic.dara.id()), allergy).await.ok();
    let line = issued["medications"][1]["id"].as_str().unwrap();
    clinic.sok.delete(format!("/medications/{line}")).await.ok();
    // It acts on for nobody who has not taken it, and what was stopped long ago is over.
    clinic.sok.post(format!("{path}/stop"), json!({"reason": "no longer needed"})).await.ok();
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_batch_is_checked_patient_by_patient() {
    let clinic = Clinic::open_strictly().await;
    clinic.on_warfarin().await;
    let mali = clinic.server.patient("mali").await;
    clinic.server.connect(&clinic.sok, &mali).await;
    let line = clinic.tablets("ibuprofen", "400 mg").await;
    let batch = |dry: bool, overrides: Value| {
        json!({
            "patientIds": [clinic.dara.id(), mali.id()], "dryRun": dry,
            "prescription": {"medications": [line], "overrides": overrides},
        })
    };
    for dry in [true, false] {
        let done = clinic.sok.post("/prescriptions/batch", batch(dry, json!([]))).await.ok();
        let (dara, mali) = (&done["results"][0], &done["results"][1]);
        assert_eq!((&dara["ok"], stops(dara)), (&json!(false), vec![BLEED.to_owned()]), "{done}");
        assert_eq!(dara["error"]["code"], "finding_needs_reason");
        assert_eq!((&mali["ok"], stops(mali).len()), (&json!(true), 0), "{done}");
    }
    // The reason is for the one whom it concerns. What the other takes since is the same medicine twice.
    let done = clinic.sok.post("/prescriptions/batch", batch(true, reason(BLEED))).await.ok();
    assert_eq!(done["results"][0]["ok"], true);
    assert_eq!(stops(&done["results"][1]), ["dup-ingredient:ibuprofen"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_takes_the_place_of_another_is_not_the_same_medicine_twice() {
    let clinic = Clinic::open_strictly().await;
    let line = clinic.tablets("ibuprofen", "400 mg").await;
    let body = clinic.with(json!([line]));
    let written = clinic.sok.post("/prescriptions", body.clone()).await.ok();
    let again = clinic.sok.post("/prescriptions", body.clone()).await.expect(400);
    assert_eq!(again.bad_fields(), ["medications[0]", "overrides"]);
    // Written wrongly, stopped and written anew on the same day.
    let path = format!("/prescriptions/{}", id(&written));
    clinic.sok.post(format!("{path}/stop"), json!({"reason": "wrong dose"})).await.ok();
    let second = clinic.sok.post("/prescriptions", body).await.ok();
    assert_eq!(stops(&second), Vec::<String>::new());
    // Taken out and put back.
    let path = format!("/prescriptions/{}", id(&second));
    let other = clinic.tablets("paracetamol", "500 mg").await;
    clinic.sok.patch(&path, json!({"medications": [other]})).await.ok();
    let line = clinic.tablets("ibuprofen", "400 mg").await;
    let back = clinic.sok.post(format!("{path}/medicines"), line).await.ok();
    assert_eq!(stops(&back), Vec::<String>::new());
    clinic.server.finish().await;
}
