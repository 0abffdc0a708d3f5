//! What arises while a prescription runs is asked for when it is signed again, and told to whoever can answer for it.

use std::collections::BTreeSet;

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::safety::stops;
use super::{Clinic, entry, id};
use crate::kit::Client;

const BLEED: &str = "ddi-vka-nsaid:ibuprofen+warfarin";

impl Clinic {
    /// What somebody has got about safety.
    fn safety_of(&self, person: &Client) -> Vec<String> {
        let variants = self.server.messages(person).into_iter().map(|message| message.variant);
        variants.filter(|variant| variant.starts_with("safety")).collect()
    }

    pub(super) async fn signed_lines(&self, lines: Value) -> Value {
        self.sok.post("/prescriptions", self.with(lines)).await.ok()
    }

    async fn allergic_to_penicillin(&self) {
        let allergy = json!({"substance": "penicillin", "reaction": "ANAPHYLAXIS", "severity": "SEVERE"});
        self.dara.post(format!("/patients/{}/allergies", self.dara.id()), allergy).await.ok();
    }

    /// Dara shows the one doctor these prescriptions alone.
    async fn shows_only(&self, prescriptions: &[&str]) {
        let connections = self.dara.get("/connections").await.ok();
        let connection = connections["items"][0]["id"].as_str().unwrap();
        let body = json!({"permissionLevel": "SELECTED", "scopes": ["PRESCRIPTIONS"], "prescriptionIds": prescriptions});
        self.dara.patch(format!("/connections/{connection}/permission"), body).await.ok();
    }
}

pub(super) fn line(written: &Value, place: usize) -> String {
    format!("/medications/{}", written["medications"][place]["id"].as_str().unwrap())
}

pub(super) fn because(finding: &str, reason: &str) -> Value {
    json!([{"findingId": finding, "reason": reason}])
}

#[tokio::test]
async fn whoever_signs_again_is_asked_for_what_has_arisen_on_other_lines() {
    let clinic = Clinic::open_strictly().await;
    let (amoxicillin, paracetamol, cetirizine) = (
        clinic.tablets("amoxicillin", "500 mg").await,
        clinic.tablets("paracetamol", "500 mg").await,
        json!({"medicineId": entry(&clinic.server, "cetirizine", "10 mg").await, "dosage": "1 tablet", "frequency": "OD"}),
    );
    let written = clinic.signed_lines(json!([amoxicillin, paracetamol, cetirizine])).await;
    let alone = clinic.signed_lines(json!([clinic.tablets("ferrous sulfate", "200 mg").await])).await;
    clinic.allergic_to_penicillin().await;

    // The line beside it is changed, one is added, the words of the prescription are: each signs the whole.
    let instructions = json!({"instructions": "with a glass of water"});
    let refused = clinic.sok.patch(line(&written, 1), instructions.clone()).await.expect(400);
    assert_eq!(refused.bad_fields(), ["medications", "overrides"], "{}", refused.text);
    let path = format!("/prescriptions/{}", id(&written));
    let omeprazole = json!({"medicineId": entry(&clinic.server, "omeprazole", "20 mg").await, "dosage": "1 capsule", "frequency": "OD"});
    clinic.sok.post(format!("{path}/medicines"), omeprazole).await.expect(400);
    clinic.sok.patch(&path, json!({"clinicalNote": "seen today"})).await.expect(400);

    // Taking a line out holds nobody up, and the finding is shown.
    let shorter = clinic.sok.delete(line(&written, 2)).await.ok();
    let found = stops(&shorter).pop().expect("a STOP");
    assert!(found.starts_with("alg-"), "{shorter}");
    assert_eq!(shorter["findings"][0]["medicines"][0]["medicationId"], written["medications"][0]["id"]);

    // Another prescription is signed without an answer for this one, which is shown.
    let other = clinic.sok.patch(line(&alone, 0), instructions.clone()).await.ok();
    assert_eq!(stops(&other), std::slice::from_ref(&found), "{other}");

    // A reason is asked for once.
    let mut answered = instructions;
    answered["overrides"] = because(&found, "NOT_AN_ALLERGY");
    let changed = clinic.sok.patch(line(&written, 1), answered).await.ok();
    assert_eq!(changed["overrides"][0]["findingId"], json!(found));
    let again = clinic.sok.patch(line(&written, 1), json!({"instructions": "after a meal"})).await.ok();
    assert_eq!(stops(&again), Vec::<String>::new(), "{again}");
    clinic.server.finish().await;
}

#[tokio::test]
async fn lines_are_taken_out_of_a_paused_prescription_whatever_has_arisen_on_others() {
    let clinic = Clinic::open_strictly().await;
    let lines =
        json!([clinic.tablets("amoxicillin", "500 mg").await, clinic.tablets("paracetamol", "500 mg").await]);
    let written = clinic.signed_lines(lines).await;
    let path = format!("/prescriptions/{}", id(&written));
    clinic.sok.post(format!("{path}/pause"), json!({"reason": "fasting"})).await.ok();
    clinic.allergic_to_penicillin().await;
    let shorter = clinic.sok.delete(line(&written, 1)).await.ok();
    assert_eq!(stops(&shorter).len(), 1, "{shorter}");
    clinic
        .sok
        .post(format!("{path}/resume"), json!({}))
        .await
        .expect(409)
        .code("safety_changed_since_paused");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_weight_that_falls_is_a_fact_like_others() {
    let clinic = Clinic::open_strictly().await;
    let weighs = async |kilograms: f64| {
        let weight = json!({"vitalType": "WEIGHT", "value": kilograms, "unit": "kg"});
        clinic.server.clock().advance(Span::minutes(1));
        let answer = clinic.dara.post("/health-monitoring/vitals", weight).await.expect(201).json;
        answer["id"].as_str().unwrap().to_owned()
    };
    weighs(60.0).await;
    let mut line = clinic.tablets("paracetamol", "500 mg").await;
    (line["dosage"], line["frequency"]) = (json!("2 tablets"), json!("QID"));
    let written = clinic.signed_lines(json!([line])).await;
    assert_eq!(stops(&written), Vec::<String>::new(), "{written}");
    weighs(59.0).await;
    assert_eq!(clinic.safety_of(&clinic.sok), Vec::<String>::new());
    weighs(35.0).await;
    assert_eq!(clinic.safety_of(&clinic.sok), ["safety"]);
    // The same again is no news; a heavier one that turns out to be wrong is.
    weighs(35.0).await;
    assert_eq!(clinic.safety_of(&clinic.sok), ["safety"]);
    let heavy = weighs(70.0).await;
    clinic.dara.delete(format!("/health-monitoring/vitals/{heavy}")).await.expect(204);
    assert_eq!(clinic.safety_of(&clinic.sok), ["safety", "safety"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_reason_for_a_day_does_not_stand_for_a_year() {
    let clinic = Clinic::open_strictly().await;
    clinic.on_warfarin().await;
    let mut ibuprofen = clinic.tablets("ibuprofen", "400 mg").await;
    (ibuprofen["frequency"], ibuprofen["durationDays"]) = (json!("OD"), json!(2));
    ibuprofen["overrides"] = because(BLEED, "WILL_MONITOR");
    let written = clinic.signed_lines(json!([ibuprofen])).await;
    let path = line(&written, 0);
    clinic.sok.patch(&path, json!({"durationDays": 1})).await.ok();
    clinic.sok.patch(&path, json!({"durationDays": 2, "instructions": "after a meal"})).await.ok();
    for longer in [json!({"durationDays": 365}), json!({"endDate": null})] {
        let refused = clinic.sok.patch(&path, longer).await.expect(400);
        assert!(refused.bad_fields().contains(&"overrides".to_owned()), "{}", refused.text);
    }
    let answered = json!({"durationDays": 10, "overrides": because(BLEED, "SPECIALIST_ADVICE")});
    clinic.sok.patch(&path, answered).await.ok();
    clinic.sok.patch(&path, json!({"durationDays": 5})).await.ok();
    clinic.sok.patch(&path, json!({"durationDays": 11})).await.expect(400);
    clinic.server.finish().await;
}

#[tokio::test]
async fn somebody_hears_of_what_a_patient_wrote_down_or_the_patient_hears_that_nobody_did() {
    for sees_warfarin in [true, false] {
        let clinic = Clinic::open_strictly().await;
        let warfarin = clinic.on_warfarin().await;
        let ferrous = clinic.signed_lines(json!([clinic.tablets("ferrous sulfate", "200 mg").await])).await;
        // Who sees the warfarin alone is asked to look at that, and not told what Dara has written.
        clinic.shows_only(&[&id(if sees_warfarin { &warfarin } else { &ferrous })]).await;
        let own = json!({"medicineName": "ibuprofen", "dosage": "1 tablet", "frequency": "TID"});
        clinic.dara.post("/prescriptions/patient", json!({"medications": [own]})).await.ok();
        let told = (clinic.safety_of(&clinic.sok), clinic.safety_of(&clinic.dara));
        let one = |variant: &str| vec![variant.to_owned()];
        let expected =
            if sees_warfarin { (one("safety"), Vec::new()) } else { (Vec::new(), one("safety_nobody_told")) };
        assert_eq!(told, expected);
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_slip_of_the_pen_in_insulin_is_stopped() {
    let clinic = Clinic::open_strictly().await;
    let insulin = entry(&clinic.server, "insulin glargine", "100 IU/mL").await;
    let tiers = async |units: u32| {
        let line = json!({"medicineId": insulin, "dosage": format!("{units} IU"), "frequency": "HS"});
        let checked = clinic.sok.post("/prescriptions/check", clinic.with(json!([line]))).await.ok();
        let findings = checked["findings"].as_array().unwrap().clone();
        let of = |finding: &Value| finding["id"].as_str().unwrap().starts_with("hrd-insulin");
        findings.into_iter().filter(of).map(|finding| finding["tier"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(tiers(20).await, Vec::<Value>::new());
    assert_eq!(tiers(120).await, ["WARN"]);
    assert_eq!(tiers(300).await, ["WARN"]);
    assert_eq!(tiers(400).await, ["STOP"]);
    clinic.server.finish().await;
}

/// Single doses say nothing of a day: what is used of all insulins on it is added up.
#[tokio::test]
async fn all_insulins_of_a_day_are_added_up() {
    let clinic = Clinic::open_strictly().await;
    let mut insulin = Vec::new();
    for name in ["insulin glargine", "insulin aspart"] {
        insulin.push(entry(&clinic.server, name, "100 IU/mL").await);
    }
    let found = async |lines: &[(usize, u32, &str)]| {
        let lines: Vec<Value> = lines
            .iter()
            .map(|(which, units, frequency)| {
                json!({"medicineId": insulin[*which], "dosage": format!("{units} IU"), "frequency": frequency})
            })
            .collect();
        let checked = clinic.sok.post("/prescriptions/check", clinic.with(json!(lines))).await.ok();
        let findings = checked["findings"].as_array().unwrap().clone();
        let of = |finding: &Value| finding["id"].as_str().unwrap().starts_with("hrd-insulin-day");
        let said = |finding: Value| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            assert_eq!(finding["verified"], finding["tier"] == "STOP", "{finding}");
            (text(&finding["id"]), text(&finding["tier"]), text(&finding["detail"]["english"]))
        };
        findings.into_iter().filter(of).map(said).collect::<Vec<_>>()
    };
    let said = |id: &str, tier: &str, units: u32| {
        vec![(id.to_owned(), tier.to_owned(), format!("{units} IU a day in all"))]
    };
    // Nobody has weighed Dara.
    let both = "insulin aspart+insulin glargine";
    assert_eq!(found(&[(0, 30, "QID")]).await, Vec::new());
    let day = said("hrd-insulin-day:insulin glargine", "WARN", 400);
    assert_eq!(found(&[(0, 100, "QID")]).await, day);
    let day = said(&format!("hrd-insulin-day:{both}"), "WARN", 160);
    assert_eq!(found(&[(0, 70, "HS"), (1, 30, "TID")]).await, day);
    let most = said(&format!("hrd-insulin-day-most:{both}"), "STOP", 480);
    assert_eq!(found(&[(0, 90, "BID"), (1, 100, "TID")]).await, most);
    let weight = json!({"vitalType": "WEIGHT", "value": 60, "unit": "kg"});
    clinic.dara.post("/health-monitoring/vitals", weight).await.expect(201);
    assert_eq!(found(&[(0, 30, "HS"), (1, 20, "TID")]).await, Vec::new(), "90 IU, 1.5 by kilogram");
    let day = said(&format!("hrd-insulin-day-weight:{both}"), "WARN", 91);
    assert_eq!(found(&[(0, 31, "HS"), (1, 20, "TID")]).await, day);
    clinic.server.finish().await;
}

/// One taper falls while the other one rises: what a day holds of both is added up as it is used, at whatever hour they
/// begin.
#[tokio::test]
async fn two_tapers_that_begin_within_a_day_are_added_up_as_they_are_used() {
    for time in ["07:00", "12:00"] {
        let clinic = Clinic::open_strictly().await;
        clinic.at(time).await;
        let paracetamol = entry(&clinic.server, "paracetamol", "500 mg").await;
        let line = |slots: &[&str], first: u32, second: u32| {
            let step = |tablets: u32| {
                let each = slots.iter().map(|slot| ((*slot).to_owned(), json!(tablets)));
                json!({"days": 3, "slots": Value::Object(each.collect())})
            };
            json!({"medicineId": paracetamol, "doseUnit": "TABLET", "steps": [step(first), step(second)]})
        };
        let of_day = async |lines: Value| {
            let checked = clinic.sok.post("/prescriptions/check", clinic.with(lines)).await.ok();
            let findings = checked["findings"].as_array().unwrap().clone();
            let details = findings.iter().filter_map(|finding| finding["detail"]["english"].as_str());
            let days = details.filter(|text| text.contains(" a day; at most "));
            days.map(ToOwned::to_owned).collect::<BTreeSet<_>>()
        };
        // Four tablets and two, two and four: six each day, of 500 mg.
        let twice = ["morning", "evening"];
        let both = json!([line(&twice, 2, 1), line(&twice, 1, 2)]);
        assert_eq!(of_day(both).await, BTreeSet::new(), "at {time}");
        let often = ["morning", "noon", "evening", "night"];
        let both = json!([line(&often, 2, 1), line(&often, 1, 2)]);
        let passed = "1500 mg at once; at most 1000 mg. 6000 mg a day; at most 4000 mg";
        let most = BTreeSet::from([passed.to_owned()]);
        assert_eq!(of_day(both).await, most, "at {time}");
        clinic.server.finish().await;
    }
}
