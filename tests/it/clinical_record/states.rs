//! Pregnancy, breast-feeding, kidneys, liver and G6PD.

use das_tern::domain::clinical_record::facts::Standing;
use das_tern::domain::clinical_record::model::{G6pdState, LiverState};
use das_tern::domain::users::model::Gender;
use das_tern::platform::clock::Span;
use serde_json::json;

use super::{Clinic, id, penicillin, standing, text};

#[tokio::test]
async fn a_pregnancy_ends_by_itself_and_becomes_unknown() {
    let clinic = Clinic::open().await;
    let path = clinic.at("pregnancy");
    assert!(clinic.facts().pregnancy.is_none());
    let said = clinic.mali.put(&path, json!({"state": "PREGNANT", "week": 12})).await.ok();
    assert_eq!((text(&said, "expectedOn"), said["week"].clone()), ("2027-06-06".to_owned(), json!(12)));
    assert_eq!((standing(&said), text(&said, "countsUntil")), ("STATED", "2027-06-27".to_owned()));
    let fact = clinic.facts().pregnancy.unwrap();
    assert_eq!((fact.standing, fact.value.is_pregnant, fact.value.week), (Standing::Stated, true, Some(12)));
    clinic.sok.post(clinic.at("clinical-record/confirm"), json!({"part": "PREGNANCY"})).await.expect(204);
    // It is the doctor's now.
    let over = clinic.mali.put(&path, json!({"state": "NOT_PREGNANT"})).await;
    over.expect(403).code("clinical_confirmed_needs_doctor");
    let part = json!({"part": "PREGNANCY"});
    let back = clinic.mali.post(clinic.at("clinical-record/withdraw"), part).await;
    back.expect(403).code("clinical_confirmed_needs_doctor");
    clinic.server.clock().advance(Span::days(217));
    // No session lasts so long.
    let mali = clinic.server.known("mali").await;
    let last = clinic.record(&mali).await;
    assert_eq!(
        (text(&last, "on"), text(&last["pregnancy"], "state")),
        ("2027-06-27".to_owned(), "PREGNANT".to_owned())
    );
    clinic.server.clock().advance(Span::days(1));
    let after = clinic.record(&mali).await;
    assert_eq!(
        (text(&after["pregnancy"], "state"), &after["pregnancy"]["week"]),
        ("UNKNOWN".to_owned(), &json!(null))
    );
    assert!(clinic.facts().pregnancy.is_none(), "never silently not pregnant");
    // Now she may say how it is.
    mali.put(&path, json!({"state": "NOT_PREGNANT"})).await.ok();
    let fact = clinic.facts().pregnancy.unwrap();
    assert_eq!((fact.standing, fact.value.is_pregnant), (Standing::Stated, false));
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_pregnancy_beside_what_a_doctor_wrote_counts_and_can_be_taken_back() {
    let clinic = Clinic::open().await;
    let path = clinic.at("pregnancy");
    clinic.sok.put(&path, json!({"state": "NOT_PREGNANT"})).await.ok();
    clinic.mali.put(&path, json!({"state": "PREGNANT"})).await.ok();
    let fact = clinic.facts().pregnancy.unwrap();
    assert_eq!((fact.standing, fact.value.is_pregnant, fact.value.week), (Standing::Stated, true, None));
    clinic.mali.post(clinic.at("clinical-record/withdraw"), json!({"part": "PREGNANCY"})).await.expect(204);
    let fact = clinic.facts().pregnancy.unwrap();
    assert_eq!((fact.standing, fact.value.is_pregnant), (Standing::Confirmed, false));
    // A doctor withdraws it altogether, and then nothing is known.
    let withdrawal = json!({"part": "PREGNANCY", "reason": "ENTERED_IN_ERROR"});
    clinic.sok.post(clinic.at("clinical-record/withdraw"), withdrawal).await.expect(204);
    assert_eq!(clinic.record(&clinic.sok).await["pregnancy"], json!(null));
    let again = clinic.sok.post(clinic.at("clinical-record/confirm"), json!({"part": "PREGNANCY"})).await;
    again.expect(409).code("clinical_nothing_stated");
    let expected = ["WITHDRAWN", "STATEMENT_WITHDRAWN", "STATED", "WRITTEN"];
    assert_eq!(clinic.actions(&clinic.mali).await, expected);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_creatinine_becomes_a_rate_by_the_named_formula() {
    let clinic = Clinic::open().await;
    let path = clinic.at("renal");
    let blood = json!({"creatinine": 2.0, "unit": "mg/dL", "measuredOn": "2026-11-20"});
    let kidney = clinic.sok.put(&path, blood).await.ok();
    // Female, 36 years: 142 x (2.0/0.7)^-1.2 x 0.9938^36 x 1.012.
    assert_eq!((kidney["egfr"].clone(), kidney["ageYears"].clone()), (json!(32.5), json!(36)));
    assert!(text(&kidney, "source").starts_with("CKD-EPI 2021"));
    let micromoles = json!({"creatinine": 176.8, "unit": "umol/L", "measuredOn": "2026-11-20"});
    assert_eq!(clinic.sok.put(&path, micromoles).await.ok()["egfr"], kidney["egfr"]);
    // The patient may state a weaker kidney, not a better one.
    let better = json!({"egfr": 60, "measuredOn": "2026-11-21"});
    clinic.mali.put(&path, better).await.expect(403).code("clinical_confirmed_needs_doctor");
    let weaker = json!({"egfr": 25.04, "measuredOn": "2026-11-21"});
    assert_eq!(clinic.mali.put(&path, weaker).await.ok()["egfr"], json!(25.0));
    let fact = clinic.facts().kidney.unwrap();
    assert_eq!((fact.value.egfr_tenths, fact.standing), (250, Standing::Stated));
    assert_eq!(fact.value.measured_on.to_string(), "2026-11-21");
    clinic.server.finish().await;
}

#[tokio::test]
async fn the_formula_is_told_what_the_profile_does_not_say() {
    let clinic = Clinic::open().await;
    let path = clinic.at("renal");
    let blood = |more: serde_json::Value| {
        let mut body = json!({"creatinine": 1.2, "unit": "mg/dL", "measuredOn": "2026-11-20"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let differs = clinic.sok.put(&path, blood(json!({"sex": "MALE"}))).await.expect(400);
    assert_eq!(differs.bad_fields(), ["sex"]);
    clinic.server.registered(&clinic.mali, Gender::Other).await;
    let unsaid = clinic.sok.put(&path, blood(json!({}))).await.expect(400);
    assert_eq!(unsaid.bad_fields(), ["sex"]);
    clinic.server.born(&clinic.mali, "1971-11-20").await;
    let said = clinic.sok.put(&path, blood(json!({"sex": "MALE"}))).await.ok();
    // The National Kidney Foundation's own example: 55 years, male, 1.2 mg/dL is 71.
    assert_eq!((said["egfr"].clone(), said["ageYears"].clone()), (json!(71.4), json!(55)));
    clinic.server.born(&clinic.mali, "2012-11-20").await;
    let child = clinic.sok.put(&path, blood(json!({"sex": "MALE"}))).await.expect(400);
    assert_eq!(child.bad_fields(), ["creatinine"]);
    clinic.sok.put(&path, json!({"egfr": 80, "measuredOn": "2026-11-20"})).await.ok();
    clinic.server.finish().await;
}

#[tokio::test]
async fn liver_g6pd_and_breast_feeding_are_facts_only_when_they_are_known() {
    let clinic = Clinic::open().await;
    let (liver, g6pd, feeding) = (clinic.at("liver"), clinic.at("g6pd"), clinic.at("breast-feeding"));
    for path in [&liver, &g6pd, &feeding] {
        clinic.sok.put(path, json!({"state": "UNKNOWN"})).await.ok();
    }
    let facts = clinic.facts();
    assert!(facts.liver.is_none() && facts.g6pd.is_none() && facts.breast_feeding.is_none());
    // A doctor who does not know stands in nobody's way.
    clinic.mali.put(&liver, json!({"state": "NORMAL"})).await.ok();
    clinic.mali.put(&feeding, json!({"state": "NO"})).await.ok();
    let tested = json!({"state": "DEFICIENT", "test": "RAPID_TEST", "testedOn": "2026-10-01"});
    let said = clinic.sok.put(&g6pd, tested).await.ok();
    assert_eq!((standing(&said), text(&said, "test")), ("CONFIRMED", "RAPID_TEST".to_owned()));
    let facts = clinic.facts();
    assert_eq!(facts.liver.map(|fact| fact.value), Some(LiverState::Normal));
    assert_eq!(
        facts.g6pd.map(|fact| (fact.value, fact.standing)),
        Some((G6pdState::Deficient, Standing::Confirmed))
    );
    assert_eq!(facts.breast_feeding.map(|fact| fact.value), Some(false));
    for softer in ["NORMAL", "UNKNOWN"] {
        let refused = clinic.mali.put(&g6pd, json!({"state": softer})).await;
        refused.expect(403).code("clinical_confirmed_needs_doctor");
    }
    clinic.mali.put(&liver, json!({"state": "CHILD_PUGH_B", "assessedOn": "2026-11-01"})).await.ok();
    clinic.mali.put(&feeding, json!({"state": "YES"})).await.ok();
    assert_eq!(clinic.facts().breast_feeding.map(|fact| fact.value), Some(true));
    clinic.server.finish().await;
}

#[tokio::test]
async fn that_none_is_known_is_said_and_gives_way_to_what_is() {
    let clinic = Clinic::open().await;
    let (none, no_condition) = (clinic.at("no-known-allergies"), clinic.at("no-known-conditions"));
    assert!(!clinic.facts().has_no_known_allergies, "an empty list says nothing");
    let said = clinic.mali.put(&none, json!({"note": "asked twice"})).await.ok();
    assert_eq!((standing(&said), text(&said, "note")), ("STATED", "asked twice".to_owned()));
    clinic.sok.put(&no_condition, json!({})).await.ok();
    let facts = clinic.facts();
    assert!(facts.has_no_known_allergies && facts.has_no_known_conditions);
    let part = json!({"part": "NO_KNOWN_ALLERGIES"});
    clinic.sok.post(clinic.at("clinical-record/confirm"), part).await.expect(204);
    assert_eq!(standing(&clinic.record(&clinic.sok).await["noKnownAllergies"]), "CONFIRMED");
    // What the patient knows better counts at once, whatever a doctor confirmed.
    let allergy = clinic.allergy(&clinic.mali, penicillin()).await.ok();
    let record = clinic.record(&clinic.sok).await;
    assert_eq!(record["noKnownAllergies"], json!(null));
    assert!(!record["noKnownConditions"].is_null());
    let facts = clinic.facts();
    assert_eq!((facts.has_no_known_allergies, facts.allergies.len()), (false, 1));
    clinic.sok.put(&none, json!({})).await.expect(409).code("clinical_entries_known");
    // Taken back it is unknown, not absent.
    clinic.mali.delete(format!("/allergies/{}", id(&allergy))).await.expect(204);
    assert!(!clinic.facts().has_no_known_allergies);
    clinic.sok.put(&none, json!({})).await.ok();
    let withdrawal = json!({"part": "NO_KNOWN_ALLERGIES", "reason": "ENTERED_IN_ERROR"});
    clinic.sok.post(clinic.at("clinical-record/withdraw"), withdrawal).await.expect(204);
    assert!(!clinic.facts().has_no_known_allergies);
    let done = clinic.actions(&clinic.mali).await;
    let expected =
        ["WITHDRAWN", "WRITTEN", "WITHDRAWN", "STATED", "WITHDRAWN", "CONFIRMED", "WRITTEN", "STATED"];
    assert_eq!(done, expected);
    clinic.server.finish().await;
}
