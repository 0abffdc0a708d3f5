//! What was safe when it was signed is not safe for ever: lines become other medicines, facts change, treatments go on.

use serde_json::{Value, json};

use super::safety::stops;
use super::{Clinic, entry, id};
use crate::kit::Client;

const BLEED: &str = "ddi-vka-nsaid:ibuprofen+warfarin";

fn line_of(written: &Value) -> String {
    format!("/medications/{}", written["medications"][0]["id"].as_str().unwrap())
}

async fn allergic(clinic: &Clinic, to: Value, reaction: &str, severity: &str) -> String {
    let mut allergy = json!({"reaction": reaction, "severity": severity});
    allergy.as_object_mut().unwrap().extend(to.as_object().unwrap().clone());
    let path = format!("/patients/{}/allergies", clinic.dara.id());
    clinic.dara.post(path, allergy).await.ok()["id"].as_str().unwrap().to_owned()
}

fn reason(finding: &str, reason: &str) -> Value {
    json!([{"findingId": finding, "reason": reason}])
}

/// The variants of the messages about prescriptions that somebody has got.
fn told(clinic: &Clinic, person: &Client) -> Vec<String> {
    clinic.server.messages(person).into_iter().map(|message| message.variant).collect()
}

#[tokio::test]
async fn a_line_that_becomes_another_medicine_is_checked_as_that() {
    let clinic = Clinic::open_strictly().await;
    clinic.on_warfarin().await;
    let line = clinic.tablets("paracetamol", "500 mg").await;
    let written = clinic.sok.post("/prescriptions", clinic.with(json!([line]))).await.ok();
    let ibuprofen = entry(&clinic.server, "ibuprofen", "400 mg").await;
    let change = json!({"medicineId": ibuprofen, "dosage": "1 tablet"});
    let refused = clinic.sok.patch(line_of(&written), change.clone()).await.expect(400);
    assert!(refused.bad_fields().contains(&"overrides".to_owned()), "{refused:?}");
    let mut change = change;
    change["overrides"] = reason(BLEED, "NOT_AN_ALLERGY");
    // A reason of another kind says nothing about bleeding.
    let unfit = clinic.sok.patch(line_of(&written), change.clone()).await.expect(400);
    assert!(unfit.bad_fields().contains(&"overrides".to_owned()));
    change["overrides"] = reason(BLEED, "WILL_MONITOR");
    let changed = clinic.sok.patch(line_of(&written), change).await.ok();
    assert_eq!(changed["overrides"][0]["findingId"], BLEED);
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_a_patient_wrote_down_by_name_is_weighed() {
    let clinic = Clinic::open_strictly().await;
    let own = |name: &str| json!({"medicineName": name, "dosage": "1 tablet", "frequency": "TID"});
    let lines = json!([own("Ibuprofen 400 mg"), own("a green leaf")]);
    clinic.dara.post("/prescriptions/patient", json!({"medications": lines})).await.ok();
    let warfarin = entry(&clinic.server, "warfarin", "5 mg").await;
    let line = json!({"medicineId": warfarin, "dosage": "1 tablet", "frequency": "OD"});
    let checked = clinic.sok.post("/prescriptions/check", clinic.with(json!([line]))).await.ok();
    assert_eq!(stops(&checked), [BLEED], "{checked}");
    let not_checked = checked["notChecked"].to_string();
    assert!(not_checked.contains("a green leaf") && !not_checked.contains("Ibuprofen"), "{checked}");
    clinic.server.finish().await;
}

#[tokio::test]
async fn whoever_can_help_hears_of_what_somebody_takes_and_should_not() {
    let clinic = Clinic::open_strictly().await;
    clinic.on_warfarin().await;
    let own = json!({"medicineName": "ibuprofen", "dosage": "1 tablet", "frequency": "TID"});
    clinic.dara.post("/prescriptions/patient", json!({"medications": [own]})).await.ok();
    assert!(told(&clinic, &clinic.sok).contains(&"safety".to_owned()), "{:?}", told(&clinic, &clinic.sok));
    clinic.server.finish().await;
}

#[tokio::test]
async fn the_words_of_people_are_understood_where_they_mean_one_class() {
    let clinic = Clinic::open_strictly().await;
    for (number, words) in ["Penicillin", "pénicilline", "ប៉េនីស៊ីលីន"].into_iter().enumerate()
    {
        let id = allergic(&clinic, json!({"substance": words}), "ANAPHYLAXIS", "SEVERE").await;
        let line = clinic.tablets("amoxicillin", "500 mg").await;
        let checked = clinic.sok.post("/prescriptions/check", clinic.with(json!([line]))).await.ok();
        assert_eq!(stops(&checked).len(), 1, "{number} {words}: {checked}");
        clinic.dara.delete(format!("/allergies/{id}")).await.expect(204);
    }
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_answer_for_a_rash_does_not_stand_for_an_anaphylaxis() {
    let clinic = Clinic::open_strictly().await;
    let allergy = allergic(&clinic, json!({"classId": "c-penicillin"}), "URTICARIA", "MILD").await;
    let line = clinic.tablets("amoxicillin", "500 mg").await;
    let mut body = clinic.with(json!([line]));
    let checked = clinic.sok.post("/prescriptions/check", body.clone()).await.ok();
    let found = stops(&checked).pop().expect("a STOP");
    body["overrides"] = reason(&found, "TOLERATED_BEFORE");
    let written = clinic.sok.post("/prescriptions", body).await.ok();
    clinic.sok.patch(line_of(&written), json!({"frequency": "BID"})).await.ok();
    assert!(!told(&clinic, &clinic.sok).contains(&"safety".to_owned()));

    let graver = json!({"reaction": "ANAPHYLAXIS", "severity": "SEVERE"});
    clinic.dara.patch(format!("/allergies/{allergy}"), graver).await.ok();
    assert!(told(&clinic, &clinic.sok).contains(&"safety".to_owned()), "the author hears of it");
    for change in [json!({"durationDays": 10}), json!({"frequency": "TID"})] {
        let refused = clinic.sok.patch(line_of(&written), change).await.expect(400);
        assert!(refused.bad_fields().contains(&"overrides".to_owned()));
    }
    // What is sent back as it was read is no new answer; a new one alone holds.
    let path = format!("/prescriptions/{}", id(&written));
    clinic.sok.patch(&path, json!({"overrides": reason(&found, "TOLERATED_BEFORE")})).await.ok();
    clinic.sok.patch(line_of(&written), json!({"durationDays": 10})).await.expect(400);
    let answered = json!({"overrides": [{"findingId": found, "reason": "SPECIALIST_ADVICE"}]});
    clinic.sok.patch(&path, answered).await.ok();
    clinic.sok.patch(line_of(&written), json!({"durationDays": 10})).await.ok();
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_treatment_goes_on_only_if_it_still_suits() {
    let clinic = Clinic::open_strictly().await;
    let line = clinic.tablets("amoxicillin", "500 mg").await;
    let written = clinic.sok.post("/prescriptions", clinic.with(json!([line]))).await.ok();
    let path = format!("/prescriptions/{}", id(&written));
    clinic.dara.post(format!("{path}/pause"), json!({})).await.ok();
    allergic(&clinic, json!({"substance": "penicillin"}), "ANAPHYLAXIS", "SEVERE").await;
    assert!(told(&clinic, &clinic.sok).contains(&"safety".to_owned()));
    let resume = format!("{path}/resume");
    clinic.dara.post(&resume, json!({})).await.expect(409).code("safety_changed_since_signed");
    // Who can answer for it hears what to answer.
    let refused = clinic.sok.post(&resume, json!({})).await.expect(409);
    assert!(refused.text.contains("alg-"), "{}", refused.text);
    refused.code("safety_changed_since_paused");
    let body = clinic.with(json!([clinic.tablets("amoxicillin", "500 mg").await]));
    let found = stops(&clinic.sok.post("/prescriptions/check", body).await.ok());
    let found = found.into_iter().find(|id| id.starts_with("alg-")).unwrap();
    clinic.sok.patch(&path, json!({"overrides": reason(&found, "NOT_AN_ALLERGY")})).await.ok();
    clinic.dara.post(format!("{path}/resume"), json!({})).await.ok();
    clinic.server.finish().await;
}

#[tokio::test]
async fn reasons_are_shown_to_who_may_see_what_they_speak_of() {
    let clinic = Clinic::open_strictly().await;
    clinic.on_warfarin().await;
    let line = clinic.tablets("ibuprofen", "400 mg").await;
    let mut body = clinic.with(json!([line]));
    body["overrides"] = reason(BLEED, "WILL_MONITOR");
    let written = clinic.sok.post("/prescriptions", body).await.ok();
    let path = format!("/prescriptions/{}", id(&written));
    let chan = clinic.server.doctor("chan").await;
    let connection = clinic.server.connect(&chan, &clinic.dara).await;
    let permission = |scopes: Value| json!({"permissionLevel": "SELECTED", "scopes": scopes["scopes"], "prescriptionIds": scopes["only"]});
    let only = json!({"scopes": ["PRESCRIPTIONS"], "only": [id(&written)]});
    clinic.dara.patch(format!("/connections/{connection}/permission"), permission(only)).await.ok();
    for shown in [chan.get(&path).await.ok(), chan.get(format!("{path}/versions")).await.ok()] {
        assert!(!shown.to_string().contains("warfarin"), "{shown}");
    }
    for person in [&clinic.sok, &clinic.dara] {
        assert_eq!(person.get(&path).await.ok()["overrides"][0]["findingId"], BLEED);
    }
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_single_dose_today_meets_what_begins_tomorrow() {
    let clinic = Clinic::open_strictly().await;
    let warfarin = entry(&clinic.server, "warfarin", "5 mg").await;
    let ibuprofen = entry(&clinic.server, "ibuprofen", "400 mg").await;
    let lines = json!([
        {"medicineId": warfarin, "dosage": "1 tablet", "frequency": "OD", "startDate": "2026-11-23"},
        {"medicineId": ibuprofen, "dosage": "1 tablet", "frequency": "STAT"},
    ]);
    let checked = clinic.sok.post("/prescriptions/check", clinic.with(lines)).await.ok();
    assert_eq!(stops(&checked), [BLEED], "{checked}");
    clinic.server.finish().await;
}
