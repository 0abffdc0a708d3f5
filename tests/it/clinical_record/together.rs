//! Two people at one record.

use serde_json::json;

use super::{Clinic, id, penicillin, text};

#[tokio::test]
async fn of_two_doctors_the_second_hears_that_the_first_was_there() {
    let clinic = Clinic::open().await;
    let ken = clinic.server.doctor("ken").await;
    clinic.server.connect(&ken, &clinic.mali).await;
    let renal = clinic.at("renal");
    let rate = |egfr: u32| json!({"egfr": egfr, "measuredOn": "2026-11-20"});
    // Nobody has said anything: that too can be what was seen.
    let first = clinic.sok.put(&renal, rate(40)).header("if-match", "\"0\"").await.expect(200);
    let tag = first.header("etag").to_owned();
    ken.put(&renal, rate(90)).header("if-match", "\"0\"").await.expect(412).code("revision_changed");
    let revision = clinic.record(&ken).await["renal"]["provenance"]["revision"].clone();
    assert_eq!(tag, format!("\"{revision}\""));
    ken.put(&renal, rate(38)).header("if-match", &tag).await.expect(200);
    clinic.sok.put(&renal, rate(50)).header("if-match", &tag).await.expect(412).code("revision_changed");
    clinic.sok.put(&renal, rate(50)).header("if-match", "*").await.expect(200);

    let allergy = clinic.allergy(&clinic.mali, penicillin()).await.ok();
    let path = format!("/allergies/{}", id(&allergy));
    let seen = format!("\"{}\"", allergy["provenance"]["revision"]);
    let graver = json!({"reaction": "ANAPHYLAXIS"});
    let changed = clinic.mali.patch(&path, graver).header("if-match", &seen).await.expect(200);
    // Nobody confirms what they have not seen.
    let confirm = || ken.post(format!("{path}/confirm"), json!({}));
    confirm().header("if-match", &seen).await.expect(412).code("revision_changed");
    confirm().header("if-match", changed.header("etag")).await.expect(200);
    let late = clinic.sok.delete(format!("{path}?reason=REFUTED")).header("if-match", &seen).await;
    late.expect(412).code("revision_changed");
    clinic.server.finish().await;
}

#[tokio::test]
async fn saying_the_same_twice_leaves_one_line() {
    let clinic = Clinic::open().await;
    let g6pd = json!({"state": "NORMAL", "testedOn": "2026-11-01"});
    let first = clinic.mali.put(clinic.at("g6pd"), g6pd.clone()).await.ok();
    let second = clinic.mali.put(clinic.at("g6pd"), g6pd.clone()).await.ok();
    assert_eq!(first, second);
    // A doctor who says the same stands for it.
    let third = clinic.sok.put(clinic.at("g6pd"), g6pd.clone()).await.ok();
    assert_eq!(text(&third["provenance"], "standing"), "CONFIRMED");
    let fourth = clinic.mali.put(clinic.at("g6pd"), g6pd).await.ok();
    assert_eq!(fourth, third);
    assert_eq!(clinic.actions(&clinic.sok).await, ["WRITTEN", "STATED"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn fifty_allergies_are_the_most() {
    let clinic = Clinic::open().await;
    let mut last = String::new();
    for number in 0..50 {
        let body = json!({"substance": format!("substance {number}")});
        last = id(&clinic.allergy(&clinic.mali, body).await.ok());
    }
    let more = json!({"substance": "one more"});
    let refused =
        clinic.allergy(&clinic.mali, more.clone()).await.expect(409).code("clinical_entries_too_many");
    assert!(text(&refused.json, "message").contains("50"), "{}", refused.text);
    clinic.mali.delete(format!("/allergies/{last}")).await.expect(204);
    clinic.allergy(&clinic.mali, more).await.expect(201);
    clinic.server.finish().await;
}
