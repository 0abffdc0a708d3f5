//! A missed dose whose slot the doctor moves to a later time of the day is asked for there, and counts once.

use das_tern::domain::doses::model::DoseStatus;
use das_tern::domain::notifications::model::{NotificationType, Urgency};
use serde_json::{Value, json};

use super::Clinic;
use super::identity::{TODAY, TOMORROW};
use super::totals::last_day;

impl Clinic {
    /// The doctor says what became of a dose.
    async fn say(&self, dose: &str, correction: Value) -> Value {
        self.sok.post(format!("/doses/{dose}/correct"), correction).await.ok()
    }

    /// How many doses of today were missed by the adherence of the patient.
    async fn missed_today(&self) -> i64 {
        let adherence = self.dara.get("/adherence/today").await.ok();
        adherence["counts"]["missed"].as_i64().unwrap()
    }
}

#[tokio::test]
async fn a_dose_moved_after_it_was_missed_counts_where_it_is_asked_for() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5})).await;
    clinic.at("07:40").await;
    assert_eq!(clinic.missed_today().await, 1);
    clinic.at("10:00").await;
    clinic.edit(&written, json!({"frequency": "HS"})).await;
    assert_eq!(clinic.day(TODAY).await, ["21:00 DUE 1 tablet"]);
    assert_eq!(clinic.missed_today().await, 0);
    // Moved back, it was missed.
    clinic.at("11:00").await;
    clinic.edit(&written, json!({"frequency": "OD"})).await;
    assert_eq!(clinic.day(TODAY).await, ["07:00 MISSED 1 tablet"]);
    assert_eq!(clinic.missed_today().await, 1);
    // And forth again; missed there, it is the first of the line, not the second in a row.
    clinic.at("12:00").await;
    clinic.edit(&written, json!({"frequency": "HS"})).await;
    clinic.at("21:40").await;
    assert_eq!(clinic.day(TODAY).await, ["21:00 MISSED 1 tablet"]);
    assert_eq!(clinic.missed_today().await, 1);
    assert_eq!(clinic.messages(&clinic.sok, NotificationType::MissedDoseAlert), [Urgency::Normal; 0]);
    assert_eq!(clinic.count(DoseStatus::Missed), 1);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_pause_does_not_make_the_moved_dose_count_twice() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5})).await;
    clinic.at("10:00").await;
    clinic.edit(&written, json!({"frequency": "HS"})).await;
    let path = |verb: &str| format!("/prescriptions/{}/{verb}", super::id(&written));
    clinic.sok.post(path("pause"), json!({"reason": "Operation"})).await.ok();
    assert_eq!(clinic.day(TODAY).await, [""; 0]);
    clinic.sok.post(path("resume"), json!({})).await.ok();
    assert_eq!(clinic.day(TODAY).await, ["21:00 DUE 1 tablet"]);
    assert_eq!(clinic.missed_today().await, 0);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_moved_dose_comes_back_when_the_correction_that_covered_it_is_corrected() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5})).await;
    let morning = clinic.dose("07:00").await;
    clinic.at("10:00").await;
    clinic.edit(&written, json!({"frequency": "HS"})).await;
    let taken = json!({"status": "TAKEN_ON_TIME", "reason": "She showed me the empty blister."});
    let left_out = json!({"status": "SKIPPED", "reason": "She was told to leave it out."});
    let missed = json!({"status": "MISSED", "reason": "It was the blister of yesterday."});
    for covers in [taken, left_out] {
        clinic.say(&morning, covers.clone()).await;
        let day = clinic.day(TODAY).await;
        assert!(day.len() == 1 && day[0].starts_with("07:00"), "{covers}: {day:?}");
        let answer = clinic.say(&morning, missed.clone()).await;
        assert_eq!(answer["dose"]["status"], "CANCELLED", "asked for in the evening");
        assert_eq!(clinic.day(TODAY).await, ["21:00 DUE 1 tablet"]);
        assert_eq!(clinic.missed_today().await, 0);
    }
    // The same on a dose that stands as it was planned is what the doctor says, and nothing else.
    clinic.at("21:40").await;
    assert_eq!(clinic.missed_today().await, 1);
    assert_eq!(clinic.day(TOMORROW).await, ["21:00 DUE 1 tablet"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_missed_dose_that_is_asked_for_again_uses_nothing_of_the_quantity() {
    for (before, after, tablets, last) in [
        ("OD", "HS", 10, "2026-12-01"),
        ("BID", "0-1-0-1", 10, "2026-11-26"),
        // The noon's is given at noon no more: it was missed.
        ("TID", "BID", 12, "2026-11-27"),
    ] {
        let clinic = Clinic::open().await;
        let line = json!({"dosage": "1 cp", "frequency": before, "quantity": tablets});
        let written = clinic.line(line).await;
        clinic.at("07:40").await;
        clinic.at("10:00").await;
        let changed = clinic.edit(&written, json!({"frequency": after})).await;
        assert_eq!(
            clinic.totals(),
            (tablets, f64::from(i32::try_from(tablets).unwrap())),
            "{before} to {after}"
        );
        assert_eq!(last_day(&changed), last, "{before} to {after}");
        clinic.server.finish().await;
    }
}
