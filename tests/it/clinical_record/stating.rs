//! The patient states, and a doctor confirms.

use das_tern::domain::clinical_record::facts::{AllergenFact, Standing};
use das_tern::domain::clinical_record::model::{Reaction, Severity};
use serde_json::json;

use super::{Clinic, id, penicillin, standing, text};

#[tokio::test]
async fn what_a_patient_states_counts_at_once_and_a_doctor_changes_the_mark_only() {
    let clinic = Clinic::open().await;
    let stated = clinic.allergy(&clinic.mali, penicillin()).await.expect(201).ok();
    assert_eq!((standing(&stated), &stated["provenance"]["confirmedBy"]), ("STATED", &json!(null)));
    let facts = clinic.facts();
    assert_eq!(facts.allergies.len(), 1);
    assert_eq!(facts.allergies[0].allergen, AllergenFact::Class("c-penicillin".to_owned()));
    assert_eq!(facts.allergies[0].standing, Standing::Stated);

    let path = format!("/allergies/{}/confirm", id(&stated));
    let confirmed = clinic.sok.post(&path, json!({})).await.ok();
    assert_eq!(standing(&confirmed), "CONFIRMED");
    assert_eq!(confirmed["provenance"]["recordedBy"], json!(clinic.mali.id()));
    assert_eq!(confirmed["provenance"]["confirmedBy"], json!(clinic.sok.id()));
    for member in ["id", "classId", "reaction", "severity", "note"] {
        assert_eq!(confirmed[member], stated[member], "{member}");
    }
    let after = clinic.facts();
    assert_eq!(after.allergies[0].standing, Standing::Confirmed);
    assert_eq!(after.allergies[0].allergen, facts.allergies[0].allergen);
    // Again is the same, and leaves no second line.
    let again = clinic.sok.post(&path, json!({})).await.ok();
    assert_eq!(again, confirmed);
    assert_eq!(clinic.actions(&clinic.mali).await, ["CONFIRMED", "STATED"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_patient_takes_back_only_what_no_doctor_confirmed() {
    let clinic = Clinic::open().await;
    let own = id(&clinic.allergy(&clinic.mali, json!({"substance": "latex"})).await.ok());
    clinic.mali.delete(format!("/allergies/{own}")).await.expect(204);
    assert_eq!(clinic.record(&clinic.sok).await["allergies"], json!([]));
    // Again is the same.
    clinic.mali.delete(format!("/allergies/{own}")).await.expect(204);
    let gone = clinic.mali.patch(format!("/allergies/{own}"), json!({"severity": "SEVERE"})).await;
    gone.expect(409).code("clinical_entry_withdrawn");
    let gone = clinic.sok.post(format!("/allergies/{own}/confirm"), json!({})).await;
    gone.expect(409).code("clinical_entry_withdrawn");

    let written = id(&clinic.allergy(&clinic.sok, penicillin()).await.ok());
    let path = format!("/allergies/{written}");
    clinic.mali.delete(&path).await.expect(403).code("clinical_confirmed_needs_doctor");
    let softer = json!({"reaction": "INTOLERANCE"});
    clinic.mali.patch(&path, softer).await.expect(403).code("clinical_confirmed_needs_doctor");
    let confirming = clinic.mali.post(format!("{path}/confirm"), json!({})).await;
    confirming.expect(403).code("role_not_allowed");
    // A doctor says why.
    let unsaid = clinic.sok.delete(&path).await.expect(400);
    assert_eq!(unsaid.bad_fields(), ["reason"]);
    clinic.sok.delete(format!("{path}?reason=REFUTED")).await.expect(204);
    assert!(clinic.facts().allergies.is_empty());

    let record = clinic.mali.get(clinic.at("clinical-record?history=true")).await.ok();
    let items = record["history"]["items"].as_array().unwrap();
    let lines: Vec<_> = items.iter().map(|one| (text(one, "action"), one["reason"].clone())).collect();
    let expected = [
        ("WITHDRAWN", json!("REFUTED")),
        ("WRITTEN", json!(null)),
        ("WITHDRAWN", json!(null)),
        ("STATED", json!(null)),
    ];
    assert_eq!(lines, expected.map(|(action, reason)| (action.to_owned(), reason)));
    assert_eq!(items[0]["by"], json!(clinic.sok.id()));
    assert_eq!(items[0]["allergy"]["classId"], "c-penicillin");
    assert_eq!(items[2]["allergy"]["substance"], "latex");
    // What was withdrawn may be written down anew.
    clinic.allergy(&clinic.mali, penicillin()).await.expect(201);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_patient_makes_graver_what_a_doctor_confirmed_and_taking_it_back_takes_nothing_away() {
    let clinic = Clinic::open().await;
    let path = format!("/allergies/{}", id(&clinic.allergy(&clinic.sok, penicillin()).await.ok()));
    let graver = json!({"reaction": "ANAPHYLAXIS", "severity": "SEVERE", "note": "I fainted"});
    let stated = clinic.mali.patch(&path, graver).await.ok();
    assert_eq!(standing(&stated), "STATED");
    assert_eq!(stated["provenance"]["isBesideConfirmed"], true);
    let facts = clinic.facts();
    assert_eq!(facts.allergies.len(), 1);
    assert_eq!(
        (facts.allergies[0].reaction, facts.allergies[0].severity),
        (Reaction::Anaphylaxis, Severity::Severe)
    );
    clinic.mali.delete(&path).await.expect(204);
    let kept = &clinic.record(&clinic.mali).await["allergies"][0];
    assert_eq!((standing(kept), text(kept, "reaction")), ("CONFIRMED", "RASH".to_owned()));
    clinic.mali.delete(&path).await.expect(403).code("clinical_confirmed_needs_doctor");
    let expected = ["STATEMENT_WITHDRAWN", "STATED", "WRITTEN"];
    assert_eq!(clinic.actions(&clinic.sok).await, expected);
    // A doctor decides: what they write takes the place of both.
    clinic.mali.patch(&path, json!({"reaction": "ANGIOEDEMA"})).await.ok();
    let decided = clinic.sok.patch(&path, json!({"reaction": "URTICARIA"})).await.ok();
    assert_eq!((standing(&decided), text(&decided, "severity")), ("CONFIRMED", "MILD".to_owned()));
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_substance_that_the_catalogue_knows_is_understood_as_its_ingredients() {
    let clinic = Clinic::open().await;
    let medicine = crate::prescriptions::medicine(&clinic.server, "amoxicillin + clavulanic acid").await;
    let whole = clinic.allergy(&clinic.mali, json!({"medicineId": medicine})).await.ok();
    assert_eq!(whole["ingredients"], json!(["amoxicillin", "clavulanic acid"]));
    assert!(text(&whole, "substance").contains("500 mg"), "{whole}");
    let one = clinic.allergy(&clinic.mali, json!({"substance": "  Amoxicillin "})).await.ok();
    assert_eq!(
        (one["ingredients"].clone(), text(&one, "substance")),
        (json!(["amoxicillin"]), "Amoxicillin".to_owned())
    );
    let unknown = clinic.allergy(&clinic.mali, json!({"substance": "sea food"})).await.ok();
    assert_eq!(unknown["ingredients"], json!([]));
    let allergens: Vec<_> = clinic.facts().allergies.into_iter().map(|fact| fact.allergen).collect();
    assert!(allergens.contains(&AllergenFact::Ingredients(vec!["amoxicillin".to_owned()])));
    assert!(allergens.contains(&AllergenFact::Substance("sea food".to_owned())));
    // However it is named, it is one allergy.
    for same in [
        json!({"substance": "AMOXICILLIN"}),
        json!({"medicineId": medicine}),
        json!({"substance": "Sea Food"}),
    ] {
        clinic.allergy(&clinic.sok, same).await.expect(409).code("allergy_exists");
    }
    clinic.server.finish().await;
}

#[tokio::test]
async fn conditions_are_stated_confirmed_changed_and_resolved() {
    let clinic = Clinic::open().await;
    let asthma = json!({"code": "ASTHMA", "since": "2001-05-01"});
    let stated = clinic.mali.post(clinic.at("conditions"), asthma.clone()).await.expect(201).ok();
    let path = format!("/conditions/{}", id(&stated));
    clinic.mali.post(clinic.at("conditions"), asthma).await.expect(409).code("condition_exists");
    let changed = clinic.mali.patch(&path, json!({"since": null, "note": "since school"})).await.ok();
    assert_eq!((&changed["since"], text(&changed, "note")), (&json!(null), "since school".to_owned()));
    clinic.sok.post(format!("{path}/confirm"), json!({})).await.ok();
    let mine = clinic.mali.patch(&path, json!({"note": "gone"})).await;
    mine.expect(403).code("clinical_confirmed_needs_doctor");
    let named = json!({"code": "OTHER", "name": "ជំងឺ  គ្រុនចាញ់"});
    let other = clinic.sok.post(clinic.at("conditions"), named).await.ok();
    assert_eq!((standing(&other), text(&other, "name")), ("CONFIRMED", "ជំងឺ គ្រុនចាញ់".to_owned()));
    assert_eq!(clinic.facts().conditions.len(), 2);
    clinic.sok.delete(format!("{path}?reason=RESOLVED")).await.expect(204);
    let record = clinic.record(&clinic.mali).await;
    assert_eq!(record["conditions"].as_array().unwrap().len(), 1);
    // The id of a condition is no id of an allergy.
    let strange = clinic.sok.delete(format!("/allergies/{}?reason=OTHER", id(&other))).await;
    strange.expect(404).code("allergy_not_found");
    clinic.server.finish().await;
}
