//! Care of the rules that prescriptions are held against.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::safety::stops;
use super::{Clinic, entry};

#[tokio::test]
async fn a_reviewer_stands_for_a_rule_and_an_admin_silences_one_for_a_while() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    let atenolol = entry(&clinic.server, "propranolol", "40 mg").await;
    let line = json!({"medicineId": atenolol, "dosage": "1 tablet", "frequency": "BID"});
    let body = json!({"patientId": clinic.dara.id(), "medications": [line]});
    let condition = json!({"code": "ACUTE_SEVERE_ASTHMA"});
    clinic.sok.post(format!("/patients/{}/conditions", clinic.dara.id()), condition).await.ok();
    let tier = |checked: &Value| {
        let findings = checked["findings"].as_array().unwrap();
        let found = findings.iter().find(|one| one["id"].as_str().unwrap().starts_with("hrd-asthma-bb:"));
        found.map(|one| (one["tier"].as_str().unwrap().to_owned(), one["verified"] == true))
    };
    let check = async || clinic.sok.post("/prescriptions/check", body.clone()).await.ok();
    assert_eq!(tier(&check().await), Some(("WARN".to_owned(), false)));

    let path = "/safety/rules/hrd-asthma-bb";
    clinic.dara.post(format!("{path}/confirm"), json!({"qualification": "patient"})).await.expect(403);
    let none = clinic.sok.post(format!("{path}/confirm"), json!({"qualification": " "})).await.expect(400);
    assert_eq!(none.bad_fields(), ["qualification"]);
    let confirmed =
        clinic.sok.post(format!("{path}/confirm"), json!({"qualification": "chest physician"})).await.ok();
    assert_eq!((&confirmed["tier"], &confirmed["shippedTier"]), (&json!("STOP"), &json!("WARN")));
    assert_eq!(confirmed["confirmation"]["qualification"], "chest physician");
    assert_eq!(tier(&check().await), Some(("STOP".to_owned(), true)));
    clinic.sok.post("/prescriptions", body.clone()).await.expect(400);

    let until = |days| {
        let until = clinic.server.context().now().plus(Span::days(days));
        until.local(chrono_tz::Tz::UTC).format("%Y-%m-%dT%H:%M:%SZ").to_string()
    };
    let silence = |days, reason: &str| json!({"reason": reason, "until": until(days)});
    clinic.sok.post(format!("{path}/suppress"), silence(30, "too many")).await.expect(403);
    for (days, reason) in [(91, "too many"), (-1, "too many"), (30, "")] {
        admin.post(format!("{path}/suppress"), silence(days, reason)).await.expect(400);
    }
    let silent = admin.post(format!("{path}/suppress"), silence(30, "asthma unit")).await.ok();
    assert_eq!(silent["suppression"]["reason"], "asthma unit");
    let checked = check().await;
    assert_eq!(tier(&checked), None);
    let is_silent = |answer: &Value| {
        answer["suppressed"].as_array().unwrap().iter().any(|one| one["why"] == "SUPPRESSED")
    };
    assert!(is_silent(&checked));
    // Whoever signs meanwhile reads that it was found and is silent.
    let signed = clinic.sok.post("/prescriptions", body.clone()).await.ok();
    assert!(is_silent(&signed), "{signed}");
    let stop = format!("/prescriptions/{}/stop", super::id(&signed));
    clinic.sok.post(stop, json!({"reason": "written to see"})).await.ok();
    // It speaks again by itself.
    clinic.server.clock().advance(Span::days(30));
    assert_eq!(tier(&check().await), Some(("STOP".to_owned(), true)));
    let refused = admin.post(format!("{path}/restore"), json!({})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["reason"]);
    let why = json!({"reason": "nobody stands for it any more"});
    let restored = admin.post(format!("{path}/restore"), why.clone()).await.ok();
    assert_eq!((&restored["tier"], restored.get("confirmation")), (&json!("WARN"), None));
    admin.post("/safety/rules/none/restore", why).await.expect(404).code("safety_rule_not_found");
    clinic.server.finish().await;
}

#[tokio::test]
async fn rules_are_listed_with_their_sources_and_counted() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    entry(&clinic.server, "unheard-of remedy", "5 mg").await;
    let status = clinic.sok.get("/safety/status").await.ok();
    assert!(status["rules"].as_u64().unwrap() > 1_500 && status["stop"].as_u64().unwrap() > 100, "{status}");
    assert_eq!(status["faults"], json!([]));
    assert_eq!(status["ingredientsWithoutRule"], json!(["unheard-of remedy"]));
    let found = admin.get("/safety/rules?tier=STOP&query=vka-nsaid").await.ok();
    let rule = &found["items"][0];
    assert_eq!((&rule["id"], &rule["kind"]), (&json!("ddi-vka-nsaid"), &json!("INTERACTION")));
    assert!(rule["about"].as_str().unwrap().contains("Vitamin K antagonists"), "{rule}");
    let first = admin.get("/safety/rules?limit=100").await.ok();
    let rest = format!("/safety/rules?limit=100&cursor={}", first["nextCursor"].as_str().unwrap());
    assert_ne!(admin.get(rest).await.ok()["items"][0]["id"], first["items"][0]["id"]);
    clinic.dara.get("/safety/rules").await.expect(403);

    let lines = [("warfarin", "5 mg"), ("ibuprofen", "400 mg")];
    let mut medications = Vec::new();
    for (generic, strength) in lines {
        let medicine = entry(&clinic.server, generic, strength).await;
        medications.push(json!({"medicineId": medicine, "dosage": "1 tablet", "frequency": "OD"}));
    }
    let mut body = json!({"patientId": clinic.dara.id(), "medications": medications});
    let checked = clinic.sok.post("/prescriptions/check", body.clone()).await.ok();
    body["overrides"] =
        stops(&checked).iter().map(|id| json!({"findingId": id, "reason": "NO_ALTERNATIVE"})).collect();
    clinic.sok.post("/prescriptions", body).await.ok();
    for who in [&admin, &clinic.sok] {
        let counted = who.get("/safety/statistics?months=1").await.ok();
        let of = counted["items"].as_array().unwrap().iter().find(|one| one["ruleId"] == "ddi-vka-nsaid");
        let of = of.unwrap();
        assert_eq!((&of["fired"], &of["overridden"]), (&json!(1), &json!(1)));
        assert_eq!(of["reasons"], json!([{"reason": "NO_ALTERNATIVE", "count": 1}]));
        assert_eq!(of["prescribers"].as_array().unwrap().len(), usize::from(who.id() == admin.id()));
    }
    let chan = clinic.server.doctor("chan").await;
    assert_eq!(chan.get("/safety/statistics").await.ok()["items"], json!([]));
    clinic.server.finish().await;
}
