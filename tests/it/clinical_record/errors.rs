//! What is refused, by which field, and how it is said.

use das_tern::domain::users::model::Gender;
use serde_json::{Value, json};

use super::Clinic;

/// Sends what is wrong and says which fields were named; each has words in both languages.
async fn faults(clinic: &Clinic, method: &str, rest: &str, body: Value) -> Vec<String> {
    let mut named = Vec::new();
    for language in ["en", "km"] {
        let who = clinic.mali.speaking(Some(language));
        let call = who.call(method.parse().unwrap(), clinic.at(rest)).json(body.clone());
        let answer = call.await.expect(400).code("validation_failed");
        for error in answer.json["errors"].as_array().unwrap() {
            let message = error["message"].as_str().unwrap();
            let is_khmer = message.chars().any(|c| ('\u{1780}'..='\u{17FF}').contains(&c));
            assert_eq!(is_khmer, language == "km", "{message}");
            assert!(
                !message.contains('{') && !message.contains('_')
                    || message.contains("PREGNANT")
                    || message.contains("ENTERED"),
                "{message}"
            );
        }
        named = answer.bad_fields();
    }
    named
}

#[tokio::test]
async fn allergies_and_conditions_are_said_once_and_whole() {
    let clinic = Clinic::open().await;
    let long = "x".repeat(501);
    for (rest, body, expected) in [
        ("allergies", json!({}), vec!["medicineId"]),
        ("allergies", json!({"classId": "c-x", "substance": "latex"}), vec!["substance"]),
        ("allergies", json!({"classId": "penicillin"}), vec!["classId"]),
        ("allergies", json!({"classId": "c-penicilin"}), vec!["classId"]),
        ("allergies", json!({"classId": "c-Penicillin"}), vec!["classId"]),
        ("allergies", json!({"substance": "  "}), vec!["substance"]),
        ("allergies", json!({"substance": "latex", "reaction": "OTHER"}), vec!["note"]),
        ("allergies", json!({"substance": "latex", "note": long}), vec!["note"]),
        ("allergies", json!({"substance": "latex", "severity": "BAD"}), vec!["severity"]),
        ("allergies", json!({"substance": 7}), vec!["substance"]),
        ("allergies", json!({"substance": "latex", "reacton": "RASH"}), vec!["reacton"]),
        ("conditions", json!({}), vec!["code"]),
        ("conditions", json!({"code": "OTHER"}), vec!["name"]),
        ("conditions", json!({"code": "ASTHMA", "name": "asthma"}), vec!["name"]),
        ("conditions", json!({"code": "ASTHMA", "since": "2026-11-23"}), vec!["since"]),
        ("conditions", json!({"code": "ASTHMA", "since": "1990-04-13"}), vec!["since"]),
    ] {
        assert_eq!(faults(&clinic, "POST", rest, body.clone()).await, expected, "{body}");
    }
    let typo =
        clinic.mali.post(clinic.at("allergies"), json!({"substance": "latex", "reacton": "RASH"})).await;
    assert!(typo.text.contains("reaction"), "the nearest name: {}", typo.text);
    let nothing = clinic.mali.post(clinic.at("allergies"), json!({"medicineId": clinic.mali.id()})).await;
    nothing.expect(404).code("medicine_not_found");
    assert!(clinic.facts().allergies.is_empty() && clinic.facts().conditions.is_empty());
    clinic.server.finish().await;
}

#[tokio::test]
async fn states_are_plausible_and_of_one_voice() {
    let clinic = Clinic::open().await;
    let blood = |creatinine: f64, unit: &str| json!({"creatinine": creatinine, "unit": unit, "measuredOn": "2026-11-20"});
    for (rest, body, expected) in [
        ("pregnancy", json!({"state": "PREGNANT", "week": 43}), vec!["week"]),
        ("pregnancy", json!({"state": "PREGNANT", "week": 12, "expectedOn": "2027-06-06"}), vec!["week"]),
        ("pregnancy", json!({"state": "NOT_PREGNANT", "week": 12}), vec!["week"]),
        ("pregnancy", json!({"state": "PREGNANT", "expectedOn": "2027-09-10"}), vec!["expectedOn"]),
        ("pregnancy", json!({"state": "PREGNANT", "expectedOn": "2026-10-31"}), vec!["expectedOn"]),
        ("pregnancy", json!({"state": "PREGNANT", "week": 20, "saidOn": "2026-06-01"}), vec!["week"]),
        ("pregnancy", json!({"state": "PREGNANT", "saidOn": "2025-01-01"}), vec!["saidOn"]),
        ("pregnancy", json!({"state": "PREGNANT", "saidOn": "2026-11-23"}), vec!["saidOn"]),
        ("renal", json!({"measuredOn": "2026-11-20"}), vec!["egfr"]),
        (
            "renal",
            json!({"egfr": 50, "creatinine": 1.0, "unit": "mg/dL", "measuredOn": "2026-11-20"}),
            vec!["egfr"],
        ),
        ("renal", json!({"egfr": 0, "measuredOn": "2026-11-20"}), vec!["egfr"]),
        ("renal", json!({"egfr": 900, "measuredOn": "2026-11-20"}), vec!["egfr"]),
        ("renal", json!({"egfr": 50, "unit": "mg/dL", "measuredOn": "2026-11-20"}), vec!["unit"]),
        ("renal", json!({"egfr": 50, "measuredOn": "2026-11-23"}), vec!["measuredOn"]),
        ("renal", json!({"creatinine": 1.0, "measuredOn": "2026-11-20"}), vec!["unit"]),
        // The unit of the other one: micromoles as milligrams and the other way round.
        ("renal", blood(90.0, "mg/dL"), vec!["creatinine"]),
        ("renal", blood(1.1, "umol/L"), vec!["creatinine"]),
        ("renal", blood(1.23456, "mg/dL"), vec!["creatinine"]),
        ("liver", json!({"state": "NORMAL", "assessedOn": "1980-01-01"}), vec!["assessedOn"]),
        (
            "g6pd",
            json!({"state": "UNKNOWN", "test": "RAPID_TEST", "testedOn": "2026-11-01"}),
            vec!["test", "testedOn"],
        ),
        ("g6pd", json!({"state": "MAYBE"}), vec!["state"]),
    ] {
        assert_eq!(faults(&clinic, "PUT", rest, body.clone()).await, expected, "{rest} {body}");
    }
    clinic.server.registered(&clinic.mali, Gender::Male).await;
    assert_eq!(faults(&clinic, "PUT", "pregnancy", json!({"state": "PREGNANT"})).await, ["state"]);
    assert_eq!(faults(&clinic, "PUT", "breast-feeding", json!({"state": "YES"})).await, ["state"]);
    clinic.mali.put(clinic.at("pregnancy"), json!({"state": "NOT_PREGNANT"})).await.ok();
    for verb in ["confirm", "withdraw"] {
        let rest = format!("clinical-record/{verb}");
        let who = if verb == "confirm" { &clinic.sok } else { &clinic.mali };
        let answer = who.post(clinic.at(&rest), json!({"part": "ALLERGIES"})).await.expect(400);
        assert_eq!(answer.bad_fields(), ["part"]);
    }
    clinic.server.finish().await;
}
