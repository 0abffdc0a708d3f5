//! What a change, a pause and a stop make of a dose whose time is over and whose grace period is not.

use das_tern::domain::doses::model::DoseStatus;
use das_tern::domain::notifications::model::NotificationType;
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use serde_json::{Value, json};

use super::identity::{TODAY, TOMORROW, line};
use super::{Clinic, entry, id};

impl Clinic {
    /// What the reminders that were not withdrawn say of medicine and amount.
    fn reminded(&self) -> Vec<String> {
        let to = self.dara.id();
        let rows = self.server.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, &to)).unwrap();
        let standing = rows
            .into_iter()
            .map(|(_, row)| row)
            .filter(|row| row.kind == NotificationType::DoseReminder && row.withdrawn_at.is_none());
        standing.map(|row| row.params.text_of("medicines.en").to_owned()).collect()
    }

    /// Two tablets in the morning and in the evening, of which the first is open and was reminded of.
    async fn two_tablets(&self) -> Value {
        let written = self.line(json!({"dosage": "2 cp", "frequency": "BID", "durationDays": 5})).await;
        self.at("07:01").await;
        assert_eq!(self.reminded().len(), 1);
        self.at("07:05").await;
        written
    }

    async fn mark(&self, dose: &str, verb: &str) {
        self.dara.post(format!("/doses/{dose}/{verb}"), json!({})).await.ok();
    }
}

#[tokio::test]
async fn an_open_dose_is_what_the_new_version_says() {
    let clinic = Clinic::open().await;
    let written = clinic.two_tablets().await;
    let urgent = json!({"reason": "Liver values", "medications": [
        {"medicineId": clinic.paracetamol, "dosage": "1 cp", "frequency": "BID", "durationDays": 5}]});
    clinic.sok.post(format!("/prescriptions/{}/urgent-update", id(&written)), urgent).await.ok();
    let halved = ["07:00 DUE 1 tablet", "17:30 DUE 1 tablet"];
    assert_eq!(clinic.day(TODAY).await, halved);
    assert!(clinic.reminded().is_empty(), "the reminder of two tablets is withdrawn");
    clinic.at("07:06").await;
    clinic.at("07:16").await;
    let said = clinic.reminded();
    assert!(said.len() == 1 && said[0].contains("1 tablet"), "{said:?}");
    assert_eq!(clinic.day(TODAY).await, halved);
    clinic.server.finish().await;

    let clinic = Clinic::open().await;
    let written = clinic.two_tablets().await;
    let forte = entry(&clinic.server, "paracetamol", "1 g").await;
    let dose = clinic.dose("07:00").await;
    clinic.dara.post(format!("/doses/{dose}/snooze"), json!({"minutes": 5})).await.ok();
    clinic.edit(&written, json!({"medicineId": forte, "doseAmount": 1})).await;
    assert_eq!(clinic.day(TODAY).await[0], "07:00 DUE 1 tablet");
    for time in ["07:06", "07:10", "07:16"] {
        clinic.at(time).await;
    }
    assert!(clinic.reminded()[0].contains("1 g"), "{:?}", clinic.reminded());
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_change_that_says_the_same_of_the_open_dose_leaves_its_reminder() {
    let clinic = Clinic::open().await;
    let written = clinic.two_tablets().await;
    clinic.edit(&written, json!({"durationDays": 10})).await;
    assert_eq!(clinic.reminded().len(), 1);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_mark_taken_back_after_a_change_leaves_what_the_new_version_says() {
    let clinic = Clinic::open().await;
    let written = clinic.two_tablets().await;
    let dose = clinic.dose("07:00").await;
    clinic.mark(&dose, "mark-taken").await;
    clinic.edit(&written, json!({"doseAmount": 1})).await;
    assert_eq!(clinic.day(TODAY).await[0], "07:00 TAKEN_ON_TIME 2 tablet");
    clinic.mark(&dose, "undo").await;
    assert_eq!(clinic.day(TODAY).await, ["07:00 DUE 1 tablet", "17:30 DUE 1 tablet"]);
    clinic.mark(&dose, "mark-taken").await;
    clinic.edit(&written, json!({"times": ["08:00", "17:30"]})).await;
    clinic.mark(&dose, "undo").await;
    assert_eq!(
        clinic.day(TODAY).await,
        ["08:00 DUE 1 tablet", "17:30 DUE 1 tablet"],
        "its time is not named"
    );
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_time_moved_while_the_dose_is_open_leaves_one_intake() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5})).await;
    clinic.at("07:05").await;
    clinic.edit(&written, json!({"times": ["08:00"]})).await;
    assert_eq!(clinic.day(TODAY).await, ["08:00 DUE 1 tablet"]);
    clinic.at("07:45").await;
    assert_eq!(clinic.count(DoseStatus::Missed), 0);
    // What is moved to a time that is over as well is still asked for.
    clinic.at("08:10").await;
    clinic.edit(&written, json!({"times": ["08:05"]})).await;
    assert_eq!(clinic.day(TODAY).await, ["08:00 DUE 1 tablet"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_dose_that_is_open_when_the_treatment_ends_is_not_missed() {
    for verb in ["stop", "pause"] {
        let clinic = Clinic::open().await;
        let written = clinic.two_tablets().await;
        let dose = clinic.dose("07:00").await;
        let path = format!("/prescriptions/{}/{verb}", id(&written));
        clinic.sok.post(path, json!({"reason": "Rash"})).await.ok();
        clinic.at("07:32").await;
        assert_eq!(clinic.count(DoseStatus::Missed), 0, "{verb}");
        assert!(clinic.reminded().is_empty(), "{verb}");
        let synced = clinic.sync(&dose, "07:02").await;
        assert_eq!(synced["applied"].as_array().unwrap().len(), 1, "{synced}");
        assert_eq!(clinic.day(TODAY).await, ["07:00 TAKEN_ON_TIME 2 tablet"], "{verb}");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn what_was_missed_or_left_out_leaves_no_room_for_another_dose() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "BID", "durationDays": 5})).await;
    for time in ["07:40", "17:31"] {
        clinic.at(time).await;
    }
    clinic.take("17:30").await;
    clinic.at("18:00").await;
    clinic.edit(&written, json!({"times": ["07:00", "19:00"]})).await;
    assert_eq!(clinic.day(TODAY).await, ["07:00 MISSED 1 tablet", "17:30 TAKEN_ON_TIME 1 tablet"]);
    clinic.server.finish().await;

    for patch in [json!({"times": ["18:00"]}), json!({"frequency": "HS"})] {
        let clinic = Clinic::open().await;
        let written = clinic.line(json!({"dosage": "1 cp", "frequency": "0-0-1", "durationDays": 5})).await;
        clinic.at("17:30").await;
        let dose = clinic.dose("17:30").await;
        let skip = json!({"reason": "FELT_WELL"});
        clinic.dara.post(format!("/doses/{dose}/skip"), skip).await.ok();
        clinic.edit(&written, patch).await;
        assert_eq!(clinic.day(TODAY).await, ["17:30 SKIPPED 1 tablet"]);
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn an_early_dose_of_a_pattern_of_days_has_begun_it() {
    for (before, after, next) in [
        (
            json!({"slots": {"evening": 4}, "everyNDays": 7}),
            json!({"slots": {"morning": 4}, "everyNDays": 7}),
            7,
        ),
        (json!({"slots": {"evening": 4}}), json!({"slots": {"morning": 4}, "everyNDays": 3}), 3),
    ] {
        let clinic = Clinic::open().await;
        let mut written = before.clone();
        written["doseUnit"] = json!("TABLET");
        let written = clinic.line(written).await;
        clinic.at("16:00").await;
        clinic.take("17:30").await;
        clinic.at("16:05").await;
        clinic.edit(&written, after.clone()).await;
        assert_eq!(clinic.day(TODAY).await, ["17:30 TAKEN_ON_TIME 4 tablet"], "{after}");
        assert!(clinic.day(TOMORROW).await.is_empty(), "{after}: not again tomorrow");
        let day = format!("2026-11-{}", 22 + next);
        assert_eq!(clinic.day(&day).await, ["07:00 DUE 4 tablet"], "{after}");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn an_intake_taken_back_gives_another_interval_its_dose_again() {
    let clinic = Clinic::open().await;
    let meal = json!({"dosage": "1 cp", "frequency": "Q8H", "durationDays": 3, "firstAt": "2026-11-22T07:30:00+07:00"});
    let written = clinic.line(meal).await;
    clinic.at("07:15").await;
    let dose = clinic.dose("07:30").await;
    clinic.mark(&dose, "mark-taken").await;
    clinic.edit(&written, json!({"everyNHours": 6})).await;
    assert_eq!(clinic.day(TODAY).await[..2], ["07:30 TAKEN_ON_TIME 1 tablet", "13:15 DUE 1 tablet"]);
    clinic.mark(&dose, "undo").await;
    assert_eq!(clinic.day(TODAY).await, ["07:30 DUE 1 tablet", "13:30 DUE 1 tablet", "19:30 DUE 1 tablet"]);
    assert_eq!(line(&written).len(), 36);
    clinic.server.finish().await;
}
