//! What is taken back or corrected after the doctor changed the line: the plan is the one that there would be without it.

use das_tern::domain::doses::model::DoseStatus;
use serde_json::{Value, json};

use super::identity::TODAY;
use super::{Clinic, id};

impl Clinic {
    async fn undo(&self, dose: &str) {
        self.dara.post(format!("/doses/{dose}/undo"), json!({})).await.ok();
    }

    /// Four weeks, each Sunday in the morning.
    async fn sundays(&self) -> Value {
        self.line(json!({"dosage": "1 cp", "frequency": "every Sunday morning", "durationDays": 28})).await
    }
}

const FROM_TOMORROW: [&str; 4] = [
    "2026-11-23 07:00 DUE 1 tablet",
    "2026-11-30 07:00 DUE 1 tablet",
    "2026-12-07 07:00 DUE 1 tablet",
    "2026-12-14 07:00 DUE 1 tablet",
];

#[tokio::test]
async fn an_intake_from_before_the_week_was_moved_brings_it_back_when_it_never_was() {
    let monday = json!({"frequency": "every Monday morning"});
    let clinic = Clinic::open().await;
    let written = clinic.sundays().await;
    clinic.at("07:05").await;
    let dose = clinic.dose("07:00").await;
    clinic.take("07:00").await;
    clinic.at("07:10").await;
    let changed = clinic.edit(&written, monday.clone()).await;
    assert_eq!(clinic.weeks().await[1], "2026-11-30 07:00 DUE 1 tablet", "seven days later at least");
    assert_eq!(changed["endDate"], "2026-12-14");
    clinic.at("07:13").await;
    clinic.undo(&dose).await;
    assert_eq!(clinic.weeks().await, FROM_TOMORROW);
    // Said once more, it moves the week again; a doctor's correction brings it back as well.
    let taken = json!({"takenAt": "2026-11-22T07:05:00+07:00"});
    clinic.dara.post(format!("/doses/{dose}/mark-taken"), taken).await.ok();
    let weeks = clinic.weeks().await;
    assert_eq!(weeks[1..3], ["2026-11-30 07:00 DUE 1 tablet", "2026-12-07 07:00 DUE 1 tablet"]);
    assert_eq!(weeks.len(), 4);
    clinic.server.finish().await;

    let clinic = Clinic::open().await;
    let written = clinic.sundays().await;
    let dose = clinic.dose("07:00").await;
    clinic.take("07:00").await;
    clinic.at("07:10").await;
    clinic.edit(&written, monday.clone()).await;
    clinic.at("08:30").await;
    let correction = json!({"status": "MISSED", "reason": "She told me that she had not taken it."});
    clinic.sok.post(format!("/doses/{dose}/correct"), correction).await.ok();
    let weeks = clinic.weeks().await;
    assert_eq!(weeks[..2], ["2026-11-22 07:00 MISSED 1 tablet", "2026-11-23 07:00 DUE 1 tablet"]);
    clinic.server.finish().await;

    // The doctor pauses it in between: what is resumed is the plan without the intake.
    let clinic = Clinic::open().await;
    let written = clinic.sundays().await;
    let dose = clinic.dose("07:00").await;
    clinic.take("07:00").await;
    clinic.at("07:02").await;
    clinic.edit(&written, monday).await;
    let path = format!("/prescriptions/{}", id(&written));
    clinic.sok.post(format!("{path}/pause"), json!({})).await.ok();
    clinic.undo(&dose).await;
    clinic.sok.post(format!("{path}/resume"), json!({})).await.ok();
    assert_eq!(clinic.weeks().await, FROM_TOMORROW);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_week_that_waited_for_the_patient_is_brought_back_too() {
    let clinic = Clinic::open().await;
    let line = json!({"medicineId": clinic.paracetamol, "dosage": "1 cp", "frequency": "every Sunday morning",
        "durationDays": 28});
    let body = json!({"patientId": clinic.dara.id(), "requiresConfirmation": true, "medications": [line]});
    let written = clinic.sok.post("/prescriptions", body).await.ok();
    let confirm = format!("/prescriptions/{}/confirm", id(&written));
    clinic.dara.post(&confirm, json!({})).await.ok();
    clinic.edit(&written, json!({"frequency": "every Monday morning"})).await;
    let dose = clinic.dose("07:00").await;
    clinic.at("07:05").await;
    clinic.take("07:00").await;
    clinic.at("07:08").await;
    clinic.dara.post(&confirm, json!({})).await.ok();
    assert_eq!(clinic.weeks().await[1], "2026-11-30 07:00 DUE 1 tablet");
    clinic.at("07:12").await;
    clinic.undo(&dose).await;
    assert_eq!(clinic.weeks().await, FROM_TOMORROW);
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_had_been_missed_and_was_taken_after_all_keeps_its_distance_to_the_moved_week() {
    let clinic = Clinic::open().await;
    let written = clinic.sundays().await;
    let dose = clinic.dose("07:00").await;
    clinic.at("07:40").await;
    clinic.at("09:00").await;
    clinic.edit(&written, json!({"frequency": "every Monday morning"})).await;
    let before = clinic.weeks().await;
    assert_eq!(before[..2], ["2026-11-22 07:00 MISSED 1 tablet", "2026-11-23 07:00 DUE 1 tablet"]);
    clinic.at("10:00").await;
    clinic.take("07:00").await;
    let weeks = clinic.weeks().await;
    assert_eq!(weeks[..2], ["2026-11-22 07:00 TAKEN_LATE 1 tablet", "2026-11-30 07:00 DUE 1 tablet"]);
    clinic.at("10:05").await;
    clinic.undo(&dose).await;
    assert_eq!(clinic.weeks().await, before);
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_interval_counts_from_the_corrected_time_of_the_intake() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "Q8H", "durationDays": 3})).await;
    let dose = clinic.dose("07:00").await;
    clinic.at("07:20").await;
    clinic.take("07:00").await;
    clinic.at("07:25").await;
    clinic.edit(&written, json!({"everyNHours": 6})).await;
    assert_eq!(clinic.day(TODAY).await[1], "13:20 DUE 1 tablet");
    let corrected = json!({"takenAt": "2026-11-22T07:02:00+07:00"});
    clinic.dara.post(format!("/doses/{dose}/mark-taken"), corrected).await.ok();
    assert_eq!(clinic.day(TODAY).await[1..], ["13:02 DUE 1 tablet", "19:02 DUE 1 tablet"]);
    // What was done by the plan is not moved by what is found out later.
    clinic.at("13:02").await;
    clinic.take("13:02").await;
    let correction =
        json!({"status": "TAKEN_ON_TIME", "takenAt": "2026-11-22T06:40:00+07:00", "reason": "Nurse's note"});
    clinic.sok.post(format!("/doses/{dose}/correct"), correction).await.ok();
    assert_eq!(clinic.day(TODAY).await[1..], ["13:02 TAKEN_ON_TIME 1 tablet", "19:02 DUE 1 tablet"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_was_taken_before_another_first_day_still_counts_in_the_next_change() {
    // Fifteen tablets, one of which was taken before the rest was put off.
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "quantity": 15})).await;
    clinic.take("07:00").await;
    clinic.at("07:05").await;
    clinic.edit(&written, json!({"startDate": "2026-11-25"})).await;
    clinic.edit(&written, json!({"frequency": "TID"})).await;
    assert_eq!(clinic.count(DoseStatus::Due), 12, "fourteen are left: four whole days");
    clinic.server.finish().await;
    // A medicine of once a week is not taken six days after.
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "Q8H"})).await;
    clinic.take("07:00").await;
    clinic.at("07:05").await;
    clinic.edit(&written, json!({"startDate": "2026-11-25"})).await;
    clinic.edit(&written, json!({"frequency": "every Saturday morning"})).await;
    assert_eq!(clinic.weeks().await[1], "2026-12-05 07:00 DUE 1 tablet");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_single_dose_that_was_not_given_is_asked_for_as_it_is_now() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "STAT"})).await;
    let dose = clinic.dose("07:00").await;
    clinic.take("07:00").await;
    clinic.at("07:05").await;
    clinic.edit(&written, json!({"dosage": "2 cp"})).await;
    clinic.undo(&dose).await;
    assert_eq!(clinic.day(TODAY).await, ["07:00 DUE 2 tablet"]);
    clinic.server.finish().await;
}
