//! Who sees what of a clinical record, and hears of it.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::{Clinic, id, penicillin, text};
use crate::kit::Client;

/// Something of several parts.
async fn fill(clinic: &Clinic) {
    clinic.allergy(&clinic.mali, penicillin()).await.ok();
    clinic.sok.post(clinic.at("conditions"), json!({"code": "EPILEPSY"})).await.ok();
    clinic.mali.put(clinic.at("pregnancy"), json!({"state": "PREGNANT", "week": 9})).await.ok();
    let weight = json!({"vitalType": "WEIGHT", "value": 52.4, "unit": "kg"});
    clinic.mali.post("/health-monitoring/vitals", weight).await.ok();
}

async fn share(clinic: &Clinic, connection: &str, permission: Value) {
    clinic.mali.patch(format!("/connections/{connection}/permission"), permission).await.ok();
}

/// The kinds of events that a screen hears before the mark, with the part that they name.
async fn heard(clinic: &Clinic, who: &Client, screen: &mut crate::kit::Events) -> Vec<String> {
    clinic.server.mark(who).await;
    let mut parts = Vec::new();
    loop {
        let event = screen.next().await;
        match event.kind.as_str() {
            crate::kit::MARK => return parts,
            "clinical_record.changed" => parts.push(text(&event.data, "part")),
            _ => {}
        }
    }
}

#[tokio::test]
async fn family_sees_allergies_alone_unless_the_patient_ticks_more() {
    let clinic = Clinic::open().await;
    fill(&clinic).await;
    let srey = clinic.server.family("srey").await;
    let path = clinic.at("clinical-record?history=true");
    srey.get(&path).await.expect(404).code("patient_not_found");
    let connection = clinic.server.connect(&srey, &clinic.mali).await;
    srey.get(&path).await.expect(403).code("scope_not_shared");
    let permission = json!({"permissionLevel": "SELECTED", "scopes": ["PRESCRIPTIONS"]});
    share(&clinic, &connection, permission).await;
    let seen = srey.get(&path).await.ok();
    assert_eq!(seen["visibleParts"], json!(["ALLERGIES", "NO_KNOWN_ALLERGIES"]));
    assert_eq!(seen["allergies"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&seen["conditions"], &seen["pregnancy"], &seen["weightKg"]),
        (&json!([]), &json!(null), &json!(null))
    );
    assert_eq!((&seen["gender"], &seen["dateOfBirth"]), (&json!(null), &json!(null)));
    assert_eq!(seen["history"]["items"].as_array().unwrap().len(), 1, "{seen}");
    let mut screen = clinic.server.events(&srey).await;
    clinic.mali.put(clinic.at("breast-feeding"), json!({"state": "NO"})).await.ok();
    clinic.allergy(&clinic.mali, json!({"substance": "latex"})).await.ok();
    assert_eq!(heard(&clinic, &srey, &mut screen).await, ["ALLERGIES"]);

    let ticked =
        json!({"permissionLevel": "SELECTED", "scopes": ["PRESCRIPTIONS"], "maySeeClinicalRecord": true});
    share(&clinic, &connection, ticked).await;
    let seen = srey.get(&path).await.ok();
    assert_eq!(seen["visibleParts"].as_array().unwrap().len(), 9);
    assert_eq!(
        (text(&seen["pregnancy"], "state"), seen["weightKg"].clone()),
        ("PREGNANT".to_owned(), json!(52.4))
    );
    clinic.mali.put(clinic.at("breast-feeding"), json!({"state": "YES"})).await.ok();
    assert_eq!(heard(&clinic, &srey, &mut screen).await, ["BREAST_FEEDING"]);
    // Whatever family sees, it writes nothing.
    clinic.allergy(&srey, json!({"substance": "dust"})).await.expect(403).code("write_not_allowed");
    let doctor = json!({"permissionLevel": "ALLOWED", "maySeeClinicalRecord": true});
    let refused =
        clinic.mali.patch(format!("/connections/{}/permission", clinic.connection), doctor).await.expect(400);
    assert_eq!(refused.bad_fields(), ["maySeeClinicalRecord"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_doctor_sees_all_and_one_who_lost_the_connection_nothing() {
    let clinic = Clinic::open().await;
    fill(&clinic).await;
    let seen = clinic.record(&clinic.sok).await;
    assert_eq!(
        (text(&seen["conditions"][0], "code"), seen["weightKg"].clone()),
        ("EPILEPSY".to_owned(), json!(52.4))
    );
    let profile = clinic.mali.get("/users/me").await.ok();
    assert!(profile["dateOfBirth"].is_string());
    assert_eq!((&seen["gender"], &seen["dateOfBirth"]), (&profile["gender"], &profile["dateOfBirth"]));
    let entry = id(&seen["allergies"][0]);
    let mut screen = clinic.server.events(&clinic.sok).await;
    clinic.mali.put(clinic.at("liver"), json!({"state": "NORMAL"})).await.ok();
    assert_eq!(heard(&clinic, &clinic.sok, &mut screen).await, ["LIVER"]);
    // A replay under a key is given only while the right is there.
    let latex = json!({"substance": "latex"});
    clinic.sok.post(clinic.at("allergies"), latex.clone()).idempotent("one").await.expect(201);
    clinic.sok.post(clinic.at("allergies"), latex.clone()).idempotent("one").await.expect(201);
    assert_eq!(clinic.record(&clinic.mali).await["allergies"].as_array().unwrap().len(), 2);
    assert_eq!(heard(&clinic, &clinic.sok, &mut screen).await, ["ALLERGIES"], "the replay is silent");
    clinic.mali.post(format!("/connections/{}/revoke", clinic.connection), json!({})).await.ok();
    clinic
        .sok
        .post(clinic.at("allergies"), latex)
        .idempotent("one")
        .await
        .expect(404)
        .code("patient_not_found");
    clinic.sok.get(clinic.at("clinical-record")).await.expect(404).code("patient_not_found");
    for (method, path) in [
        ("DELETE", format!("/allergies/{entry}?reason=OTHER")),
        ("POST", format!("/allergies/{entry}/confirm")),
    ] {
        let answer = clinic.sok.call(method.parse().unwrap(), path).await;
        answer.expect(404).code("allergy_not_found");
    }
    clinic.mali.put(clinic.at("liver"), json!({"state": "UNKNOWN"})).await.ok();
    assert_eq!(heard(&clinic, &clinic.sok, &mut screen).await, [""; 0]);
    // In an emergency a doctor reads, and does not write.
    let reason = json!({"reason": "unconscious at the door"});
    clinic.sok.post(clinic.at("break-glass"), reason).await.ok();
    assert_eq!(clinic.record(&clinic.sok).await["allergies"].as_array().unwrap().len(), 2);
    let refused = clinic.allergy(&clinic.sok, json!({"substance": "dust"})).await;
    refused.expect(403).code("break_glass_read_only");
    // The patient reads who looked and wrote.
    let audit = clinic.mali.get(format!("/audit/record?patientId={}&limit=100", clinic.mali.id())).await.ok();
    let actions: Vec<_> = audit["items"].as_array().unwrap().iter().map(|one| text(one, "action")).collect();
    for action in ["clinical_record.get", "clinical_record.add_allergy", "clinical_record.set_liver"] {
        assert!(actions.iter().any(|known| known == action), "{action} in {actions:?}");
    }
    assert!(!audit.to_string().contains("EPILEPSY"), "the audit says nothing clinical");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_history_comes_page_by_page() {
    let clinic = Clinic::open().await;
    for state in ["YES", "NO", "YES", "NO", "YES"] {
        clinic.sok.put(clinic.at("breast-feeding"), json!({"state": state})).await.ok();
    }
    let mut numbers = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = clinic.at(&format!("clinical-record?history=true&limit=2{cursor}"));
        let history = clinic.mali.get(page).await.ok()["history"].clone();
        numbers
            .extend(history["items"].as_array().unwrap().iter().map(|one| one["number"].as_u64().unwrap()));
        match history["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
    assert_eq!(clinic.record(&clinic.mali).await["history"], json!(null));
    let refused = clinic.mali.get(clinic.at("clinical-record?limit=2")).await.expect(400);
    assert_eq!(refused.bad_fields(), ["history"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn it_is_taken_away_with_the_person_and_erased_with_them() {
    let clinic = Clinic::open().await;
    fill(&clinic).await;
    let record = clinic.record(&clinic.mali).await;
    let mut taken = clinic.mali.get("/users/me/export").await.ok()["health"]["clinicalRecord"].clone();
    let history = taken["history"].take();
    assert_eq!(taken, record);
    let items = history["items"].as_array().unwrap();
    assert_eq!(items.iter().map(|one| one["number"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);

    clinic.mali.delete("/users/me").await.ok();
    clinic.server.clock().advance(Span::days(30));
    clinic.server.run_jobs().await;
    use das_tern::domain::clinical_record::tables::{CHANGES, ENTRIES};
    let left = clinic.server.context().store.read(|tx| {
        Ok((ENTRIES.list_prefix(tx, &())?.len(), CHANGES.list_prefix(tx, &clinic.mali.id())?.len()))
    });
    assert_eq!(left.unwrap(), (0, 0));
    clinic.server.finish().await;
}
