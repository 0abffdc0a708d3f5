//! One medicine in two prescriptions, as a first dose and a course, or beside something that is not shared.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::safety::stops;
use super::{Clinic, entry};
use crate::kit::Client;

impl Clinic {
    async fn paracetamol_of(&self, strength: &str, frequency: &str, days: u32) -> Value {
        json!({"medicineId": entry(&self.server, "paracetamol", strength).await, "dosage": "1 tablet",
            "frequency": frequency, "durationDays": days})
    }

    /// A doctor to whom Dara shows nothing of what the others prescribe.
    async fn shown_nothing(&self) -> Client {
        let chan = self.server.doctor("chan").await;
        let connection = self.server.connect(&chan, &self.dara).await;
        let permission =
            json!({"permissionLevel": "SELECTED", "scopes": ["PRESCRIPTIONS"], "prescriptionIds": []});
        self.dara.patch(format!("/connections/{connection}/permission"), permission).await.ok();
        chan
    }
}

/// The finding that a medicine is used twice: its tier, detail and advice.
fn twice(answer: &Value) -> (String, String, String) {
    let findings = answer["findings"].as_array().unwrap().iter();
    let found = findings.filter(|one| one["id"] == "dup-ingredient:paracetamol").collect::<Vec<_>>();
    let [one] = found[..] else { panic!("{answer}") };
    let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    (text(&one["tier"]), text(&one["detail"]["english"]), text(&one["action"]["english"]))
}

#[tokio::test]
async fn a_first_dose_beside_its_course_is_told_with_the_sum_of_the_day() {
    let clinic = Clinic::open_strictly().await;
    clinic.server.born(&clinic.dara, "1980-05-01").await;
    let checked = async |strength: &str, frequency: &str| {
        let once = json!({"medicineId": entry(&clinic.server, "paracetamol", "1 g").await,
            "dosage": "1 tablet", "frequency": "STAT"});
        let lines = json!([once, clinic.paracetamol_of(strength, frequency, 5).await]);
        clinic.sok.post("/prescriptions/check", clinic.with(lines)).await.ok()
    };
    let within = twice(&checked("500 mg", "TID").await);
    assert_eq!(within.0, "NOTE");
    assert!(within.1.starts_with("the first dose and the course are both used on "), "{}", within.1);
    assert!(within.1.ends_with("together 2500 mg; at most 4000 mg a day"), "{}", within.1);
    assert!(within.2.contains("stays within the maximum"), "{}", within.2);
    let beyond = twice(&checked("1 g", "QID").await);
    assert_eq!(beyond.0, "WARN");
    assert!(beyond.1.ends_with("together 5000 mg; at most 4000 mg a day"), "{}", beyond.1);
    assert!(beyond.2.contains("lower the first dose"), "{}", beyond.2);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_renewal_some_days_early_is_judged_by_what_its_days_hold() {
    for (strength, tier, sum) in [("500 mg", "WARN", "3000 mg a day"), ("1 g", "STOP", "6000 mg a day")] {
        let clinic = Clinic::open_strictly().await;
        let first = clinic.paracetamol_of(strength, "TID", 10).await;
        clinic.sok.post("/prescriptions", clinic.with(json!([first]))).await.ok();
        clinic.server.clock().advance(Span::days(5));
        clinic.server.run_jobs().await;
        let again = clinic.paracetamol_of(strength, "TID", 10).await;
        let checked = clinic.sok.post("/prescriptions/check", clinic.with(json!([again]))).await.ok();
        let found = twice(&checked);
        assert_eq!(found.0, tier, "{strength}: {checked}");
        assert!(found.1.contains(sum) && found.1.contains("(days with both: 5)"), "{}", found.1);
        clinic.server.finish().await;
    }
}

/// In the evening the first dose of the morning lies on the next day: that makes no prescription the older one.
#[tokio::test]
async fn two_prescriptions_of_one_evening_are_the_same_twice() {
    for hours in [1, 11] {
        let clinic = Clinic::open_strictly().await;
        clinic.server.born(&clinic.dara, "1980-05-01").await;
        clinic.server.clock().advance(Span::hours(hours));
        let first = clinic.paracetamol_of("1 g", "0-0-0-1", 5).await;
        clinic.sok.post("/prescriptions", clinic.with(json!([first]))).await.ok();
        let again = clinic.paracetamol_of("1 g", "1-1-1-0", 9).await;
        let checked = clinic.sok.post("/prescriptions/check", clinic.with(json!([again]))).await.ok();
        assert_eq!(stops(&checked), ["dup-ingredient:paracetamol"], "{hours}: {checked}");
        // What is used by need beside it, within the maximum, is worth a note and no dates.
        let needed = clinic.paracetamol_of("500 mg", "PRN max 2", 9).await;
        let checked = clinic.sok.post("/prescriptions/check", clinic.with(json!([needed]))).await.ok();
        assert_eq!(twice(&checked).0, "NOTE", "{hours}: {checked}");
        assert_eq!(twice(&checked).1, "", "{hours}: {checked}");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn neither_amount_nor_end_of_what_is_hidden_is_told() {
    let mut answers = Vec::new();
    // 10 mg, with which verapamil goes, and 40 mg.
    for (dosage, days) in [("0.5 tablet", 3), ("2 tablets", 30)] {
        let clinic = Clinic::open_strictly().await;
        let chan = clinic.shown_nothing().await;
        let secret = json!({"medicineId": entry(&clinic.server, "simvastatin", "20 mg").await,
            "dosage": dosage, "frequency": "HS", "durationDays": days});
        clinic.sok.post("/prescriptions", clinic.with(json!([secret]))).await.ok();
        for start in ["2026-11-23", "2026-12-10"] {
            let verapamil = json!({"medicineId": entry(&clinic.server, "verapamil", "80 mg").await,
                "dosage": "1 tablet", "frequency": "TID", "durationDays": 2, "startDate": start});
            let checked = chan.post("/prescriptions/check", clinic.with(json!([verapamil]))).await.ok();
            let hidden = checked["findings"].as_array().unwrap().iter();
            let hidden = hidden.filter(|one| one["id"].as_str().unwrap().starts_with("hidden-"));
            let told: Vec<Value> =
                hidden.map(|one| json!([one["id"], one["tier"], one["detail"], one["effect"]])).collect();
            assert_eq!(told.len(), 1, "{dosage} {start}: {checked}");
            answers.push(told);
        }
        clinic.server.finish().await;
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:#?}");
}
