//! Lines that were removed and are put back, renamed, or take effect too late.

use das_tern::domain::doses::model::DoseStatus;
use das_tern::platform::clock::Span;
use serde_json::json;

use super::identity::{TODAY, line};
use super::{Clinic, id, medicine};

#[tokio::test]
async fn a_line_that_is_put_back_goes_on_where_it_was() {
    let clinic = Clinic::open().await;
    let ibuprofen = medicine(&clinic.server, "ibuprofen").await;
    let kept = json!({"medicineId": ibuprofen, "dosage": "1 cp", "frequency": "0-0-1", "durationDays": 3});
    let gone =
        json!({"medicineId": clinic.paracetamol, "dosage": "1 cp", "frequency": "1-0-1", "durationDays": 3});
    let body = json!({"patientId": clinic.dara.id(), "medications": [gone, kept]});
    let written = clinic.sok.post("/prescriptions", body).await.ok();
    let path = format!("/prescriptions/{}", id(&written));
    clinic.take("07:00").await;
    clinic.sok.patch(&path, json!({"medications": [kept]})).await.ok();
    let back = clinic.sok.patch(&path, json!({"medications": [gone, kept]})).await.ok();
    assert_eq!(line(&back), line(&written));
    let day = ["07:00 TAKEN_ON_TIME 1 tablet", "17:30 DUE 1 tablet", "17:30 DUE 1 tablet"];
    assert_eq!(clinic.day(TODAY).await, day);
    clinic.sok.delete(format!("/medications/{}", line(&back))).await.ok();
    let added = clinic.sok.post(format!("{path}/medicines"), gone.clone()).await.ok();
    let lines = added["medications"].as_array().unwrap();
    assert!(lines.iter().any(|one| id(one) == line(&written)), "{added}");
    assert_eq!(clinic.day(TODAY).await, day);
    // Another medicine in its place, and back.
    let other = medicine(&clinic.server, "metformin").await;
    let changed = clinic.edit(&back, json!({"medicineId": other, "dosage": "1 cp"})).await;
    let other = changed["medications"]
        .as_array()
        .unwrap()
        .iter()
        .map(id)
        .find(|one| *one != line(&written) && !lines.iter().any(|before| id(before) == *one));
    let patch = json!({"medicineId": clinic.paracetamol, "dosage": "1 cp"});
    let again = clinic.sok.patch(format!("/medications/{}", other.unwrap()), patch).await.ok();
    assert!(again["medications"].as_array().unwrap().iter().any(|one| id(one) == line(&written)), "{again}");
    assert_eq!(clinic.day(TODAY).await, day);
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_is_given_once_is_not_given_again_when_its_line_is_put_back() {
    let clinic = Clinic::open().await;
    let ibuprofen = medicine(&clinic.server, "ibuprofen").await;
    let kept = json!({"medicineId": ibuprofen, "dosage": "1 cp", "frequency": "0-0-1", "durationDays": 3});
    let once = json!({"medicineId": clinic.paracetamol, "dosage": "1 cp", "frequency": "STAT"});
    let body = json!({"patientId": clinic.dara.id(), "medications": [once, kept]});
    let written = clinic.sok.post("/prescriptions", body).await.ok();
    let path = format!("/prescriptions/{}", id(&written));
    clinic.take("07:00").await;
    clinic.at("07:10").await;
    clinic.sok.patch(&path, json!({"medications": [kept]})).await.ok();
    clinic.sok.patch(&path, json!({"medications": [once, kept]})).await.ok();
    assert_eq!(clinic.day(TODAY).await, ["07:00 TAKEN_ON_TIME 1 tablet", "17:30 DUE 1 tablet"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_corrected_name_is_no_other_medicine() {
    let clinic = Clinic::open().await;
    let tea =
        json!({"medicineName": "Moringa te", "dosage": "5 ml", "frequency": "1-0-1", "durationDays": 5});
    let own = clinic.dara.post("/prescriptions/patient", tea).await.ok();
    clinic.take("07:00").await;
    let patch = json!({"medicineName": "Moringa tea"});
    let named = clinic.dara.patch(format!("/medications/{}", line(&own)), patch).await.ok();
    assert_eq!(line(&named), line(&own));
    assert_eq!(named["medications"][0]["medicineName"], "Moringa tea");
    assert_eq!(clinic.day(TODAY).await, ["07:00 TAKEN_ON_TIME 5 ml", "17:30 DUE 5 ml"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_takes_effect_without_any_dose_is_refused() {
    for (more, field) in [
        (json!({"frequency": "OD", "endDate": "2026-11-23"}), "endDate"),
        (json!({"frequency": "OD", "startDate": "2026-11-23", "durationDays": 1}), "startDate"),
        (
            json!({"frequency": "Q8H", "firstAt": "2026-11-22T15:00:00+07:00", "durationDays": 1}),
            "durationDays",
        ),
    ] {
        let clinic = Clinic::open().await;
        let mut line = json!({"medicineId": clinic.paracetamol, "dosage": "1 cp"});
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let body =
            json!({"patientId": clinic.dara.id(), "requiresConfirmation": true, "medications": [line]});
        let written = clinic.sok.post("/prescriptions", body).await.ok();
        clinic.server.clock().advance(Span::days(3));
        let path = format!("/prescriptions/{}/confirm", id(&written));
        let refused = clinic.dara.post(path, json!({})).await.expect(400);
        assert_eq!(refused.bad_fields(), [format!("medications[0].{field}")], "{more}");
        assert_eq!(clinic.count(DoseStatus::Due), 0, "{more}");
        clinic.server.finish().await;
    }
}
