//! Doses that lie within an hour of each other, over midnight and in two prescriptions.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::{Clinic, entry};

impl Clinic {
    async fn medicine_at(&self, (generic, strength): (&str, &str), dosage: &str, frequency: &str) -> Value {
        let medicine = entry(&self.server, generic, strength).await;
        json!({"medicineId": medicine, "dosage": dosage, "frequency": frequency})
    }

    async fn all_checked(&self, lines: Value) -> Value {
        self.sok.post("/prescriptions/check", self.with(lines)).await.ok()
    }
}

/// The tier and the detail of the finding whose id begins so, and what to do.
fn told(answer: &Value, id: &str) -> Option<(String, String, String)> {
    let findings = answer["findings"].as_array().unwrap().iter();
    let found = findings.filter(|one| one["id"].as_str().unwrap().starts_with(id)).collect::<Vec<_>>();
    assert!(found.len() < 2, "{id} twice: {answer}");
    let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    let one = found.first()?;
    Some((text(&one["tier"]), text(&one["detail"]["english"]), text(&one["action"]["english"])))
}

const GRAM: (&str, &str) = ("paracetamol", "1 g");

#[tokio::test]
async fn a_dose_before_midnight_and_one_after_it_are_used_at_once() {
    let clinic = Clinic::open_strictly().await;
    clinic.server.born(&clinic.dara, "1980-05-01").await;
    // Twenty to midnight.
    clinic.server.clock().advance(Span::minutes(16 * 60 + 40));
    let first = clinic.medicine_at(GRAM, "1 tablet", "STAT").await;
    for (times, expected) in [("00:15, 08:15, 16:15", true), ("01:00, 08:15, 16:15", false)] {
        let mut course = clinic.medicine_at(GRAM, "1 tablet", times).await;
        course["durationDays"] = json!(3);
        let checked = clinic.all_checked(json!([first, course])).await;
        let dose = told(&checked, "dose-paracetamol");
        assert_eq!(dose.is_some(), expected, "{times}: {checked}");
        if let Some((tier, detail, _)) = dose {
            assert_eq!((tier.as_str(), detail.as_str()), ("STOP", "2000 mg at once; at most 1000 mg"));
        }
    }
    clinic.server.finish().await;
}

#[tokio::test]
async fn minutes_between_two_doses_and_every_limit_are_told() {
    let clinic = Clinic::open_strictly().await;
    clinic.server.born(&clinic.dara, "1980-05-01").await;
    let morphine = clinic.medicine_at(("morphine", "10 mg"), "1 tablet", "08:00, 08:20, 20:00").await;
    let checked = clinic.all_checked(json!([morphine])).await;
    let (tier, detail, action) = told(&checked, "hrd-minutes-apart").unwrap();
    assert_eq!((tier.as_str(), detail.as_str()), ("WARN", "20 minutes between two doses"));
    assert!(action.starts_with("Check the times"), "{action}");
    let apart = clinic.medicine_at(("morphine", "10 mg"), "1 tablet", "08:00, 14:00, 20:00").await;
    assert_eq!(told(&clinic.all_checked(json!([apart])).await, "hrd-minutes-apart"), None);
    let much = clinic.medicine_at(GRAM, "2 tablets", "QID").await;
    let checked = clinic.all_checked(json!([much])).await;
    let both = "2000 mg at once; at most 1000 mg. 8000 mg a day; at most 4000 mg";
    assert_eq!(told(&checked, "dose-paracetamol").unwrap().1, both);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_first_dose_is_told_with_its_hour_and_in_two_prescriptions() {
    let clinic = Clinic::open_strictly().await;
    clinic.server.born(&clinic.dara, "1980-05-01").await;
    let insulin = ("insulin human, soluble", "100 IU/mL");
    let first = clinic.medicine_at(insulin, "10 IU", "STAT").await;
    for (time, expected) in [("07:30", "WARN"), ("11:30", "NOTE")] {
        let course = clinic.medicine_at(insulin, "12 IU", time).await;
        let checked = clinic.all_checked(json!([first, course])).await;
        let (tier, detail, _) = told(&checked, "dup-ingredient").unwrap();
        assert_eq!(tier, expected, "{time}: {checked}");
        assert_eq!(detail.ends_with("together 22 IU"), expected == "WARN", "{detail}");
    }
    let once = clinic.medicine_at(GRAM, "1 tablet", "STAT").await;
    clinic.sok.post("/prescriptions", clinic.with(json!([once]))).await.ok();
    for (strength, expected, sum) in [("500 mg", "NOTE", "2500 mg"), ("1 g", "WARN", "5000 mg")] {
        let times = if strength == "1 g" { "09:00, 12:00, 15:00, 19:00" } else { "11:30, 17:30, 21:00" };
        let course = clinic.medicine_at(("paracetamol", strength), "1 tablet", times).await;
        let checked = clinic.all_checked(json!([course])).await;
        let (tier, detail, action) = told(&checked, "dup-ingredient").unwrap();
        assert_eq!(tier, expected, "{checked}");
        assert!(detail.ends_with(&format!("together {sum}; at most 4000 mg a day")), "{detail}");
        assert!(!action.contains("stop the other"), "{action}");
    }
    clinic.server.finish().await;
}
