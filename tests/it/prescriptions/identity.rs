//! A medicine line has one identity through all versions of its prescription: what was recorded for it stands.

use das_tern::domain::doses::model::DoseStatus;
use das_tern::domain::notifications::model::{NotificationType, Urgency};
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use serde_json::{Value, json};

use super::{Clinic, entry, id, medicine};
use crate::kit::Client;

pub(super) const TODAY: &str = "2026-11-22";
pub(super) const TOMORROW: &str = "2026-11-23";

impl Clinic {
    /// Goes on to this time of the first day and does what is due until then.
    pub(super) async fn at(&self, time: &str) {
        let time = format!("{TODAY}T{time}:00+07:00").parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        self.server.clock().set(time.into());
        self.server.run_jobs().await;
    }

    /// A line by itself.
    pub(super) async fn line(&self, line: Value) -> Value {
        let mut line = line;
        line["medicineId"] = json!(self.paracetamol);
        let body = json!({"patientId": self.dara.id(), "medications": [line]});
        self.sok.post("/prescriptions", body).await.ok()
    }

    /// The doctor changes the line of a prescription.
    pub(super) async fn edit(&self, prescription: &Value, patch: Value) -> Value {
        self.sok.patch(format!("/medications/{}", line(prescription)), patch).await.ok()
    }

    /// The doses of a day that are not cancelled: `17:30 DUE 1 tablet`.
    pub(super) async fn day(&self, date: &str) -> Vec<String> {
        let schedule = self.dara.get(format!("/doses/schedule?date={date}")).await.ok();
        schedule["doses"].as_array().unwrap().iter().map(shown).collect()
    }

    /// Records the dose of this time of the first day as taken now.
    pub(super) async fn take(&self, time: &str) {
        let dose = self.dose(time).await;
        self.dara.post(format!("/doses/{dose}/mark-taken"), json!({})).await.ok();
    }

    /// The id of the dose of this time of the first day.
    pub(super) async fn dose(&self, time: &str) -> String {
        let schedule = self.dara.get(format!("/doses/schedule?date={TODAY}")).await.ok();
        let doses = schedule["doses"].as_array().unwrap();
        id(doses.iter().find(|dose| shown(dose).starts_with(time)).unwrap())
    }

    /// Sends an intake that was recorded without a connection.
    pub(super) async fn sync(&self, dose: &str, at: &str) -> Value {
        let action =
            json!({"clientId": dose, "doseId": dose, "action": "taken", "at": format!("{TODAY}T{at}")});
        self.dara.post("/doses/sync", json!({ "actions": [action] })).await.ok()
    }

    /// How many reminders the patient got.
    pub(super) fn reminders(&self) -> usize {
        self.messages(&self.dara, NotificationType::DoseReminder).len()
    }

    pub(super) fn messages(&self, to: &Client, kind: NotificationType) -> Vec<Urgency> {
        let to = to.id();
        let rows = self.server.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, &to)).unwrap();
        rows.into_iter().map(|(_, row)| row).filter(|row| row.kind == kind).map(|row| row.urgency).collect()
    }
}

pub(super) fn line(prescription: &Value) -> String {
    id(&prescription["medications"][0])
}

fn shown(dose: &Value) -> String {
    let time = dose["scheduledTime"].as_str().unwrap();
    let time = time.parse::<chrono::DateTime<chrono::Utc>>().unwrap() + chrono::TimeDelta::hours(7);
    format!(
        "{} {} {}",
        time.format("%H:%M"),
        dose["status"].as_str().unwrap(),
        dose["dose"].as_str().unwrap()
    )
}

#[tokio::test]
async fn an_early_intake_stands_whatever_the_doctor_changes() {
    for (patch, tomorrow) in [
        (json!({"durationDays": 10}), ["07:00 DUE 1 tablet", "17:30 DUE 1 tablet"]),
        (json!({"doseAmount": 2}), ["07:00 DUE 2 tablet", "17:30 DUE 2 tablet"]),
        (json!({"mealRelation": "AFTER"}), ["08:00 DUE 1 tablet", "18:30 DUE 1 tablet"]),
        (json!({"frequency": "0-0-1-1", "doseAmount": 1}), ["17:30 DUE 1 tablet", "21:00 DUE 1 tablet"]),
    ] {
        let clinic = Clinic::open().await;
        let meals = json!({"morningMeal": "07:30", "nightMeal": "18:00"});
        clinic.dara.patch("/users/settings/meal-times", meals).await.ok();
        let written = clinic.line(json!({"dosage": "1 cp", "frequency": "1-0-1", "durationDays": 3})).await;
        clinic.take("07:00").await;
        clinic.at("16:00").await;
        clinic.take("17:30").await;
        let changed = clinic.edit(&written, patch.clone()).await;
        assert_eq!(line(&changed), line(&written), "{patch}");
        let both = ["07:00 TAKEN_ON_TIME 1 tablet", "17:30 TAKEN_ON_TIME 1 tablet"];
        assert_eq!(clinic.day(TODAY).await, both, "{patch}: it is not asked for again");
        assert_eq!(clinic.day(TOMORROW).await, tomorrow, "{patch}");
        let told = clinic.reminders();
        clinic.at("17:30").await;
        clinic.at("18:30").await;
        clinic.at("22:00").await;
        assert_eq!(clinic.reminders(), told, "{patch}: it is not reminded of");
        assert_eq!(clinic.day(TODAY).await, both, "{patch}: it is not missed");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_daily_dose_that_was_taken_is_not_due_again_at_its_new_time() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"doseAmount": 1, "doseUnit": "TABLET", "times": ["09:30"]})).await;
    clinic.at("09:30").await;
    clinic.take("09:30").await;
    clinic.edit(&written, json!({"frequency": "HS"})).await;
    assert_eq!(clinic.day(TODAY).await, ["09:30 TAKEN_ON_TIME 1 tablet"]);
    assert_eq!(clinic.day(TOMORROW).await, ["21:00 DUE 1 tablet"]);
    // Taken only afterwards, it still stands for the evening.
    let late = clinic.line(json!({"doseAmount": 1, "doseUnit": "TABLET", "times": ["10:00"]})).await;
    clinic.at("10:10").await;
    let dose = clinic.dose("10:00").await;
    clinic.edit(&late, json!({"frequency": "HS"})).await;
    assert_eq!(clinic.day(TODAY).await, ["09:30 TAKEN_ON_TIME 1 tablet", "21:00 DUE 1 tablet"]);
    clinic.dara.post(format!("/doses/{dose}/mark-taken"), json!({})).await.ok();
    assert_eq!(clinic.day(TODAY).await, ["09:30 TAKEN_ON_TIME 1 tablet", "10:00 TAKEN_ON_TIME 1 tablet"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_mark_taken_back_lets_the_new_time_stand_again() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"doseAmount": 1, "doseUnit": "TABLET", "times": ["10:00"]})).await;
    clinic.at("10:00").await;
    let dose = clinic.dose("10:00").await;
    clinic.edit(&written, json!({"frequency": "HS"})).await;
    clinic.dara.post(format!("/doses/{dose}/mark-taken"), json!({})).await.ok();
    assert_eq!(clinic.day(TODAY).await, ["10:00 TAKEN_ON_TIME 1 tablet"]);
    clinic.dara.post(format!("/doses/{dose}/undo"), json!({})).await.ok();
    assert_eq!(clinic.day(TODAY).await, ["21:00 DUE 1 tablet"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_early_intake_stands_through_pauses_and_is_kept_when_the_treatment_is_stopped() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "1-0-1", "durationDays": 3})).await;
    let path = format!("/prescriptions/{}", id(&written));
    clinic.take("07:00").await;
    clinic.at("16:00").await;
    clinic.take("17:30").await;
    let both = ["07:00 TAKEN_ON_TIME 1 tablet", "17:30 TAKEN_ON_TIME 1 tablet"];
    for verb in ["pause", "resume"] {
        clinic.sok.post(format!("{path}/{verb}"), json!({})).await.ok();
        assert_eq!(clinic.day(TODAY).await, both, "{verb}");
    }
    assert_eq!(clinic.count(DoseStatus::Due), 4);
    clinic.edit(&written, json!({"doseAmount": 2})).await;
    clinic.sok.post(format!("{path}/stop"), json!({"reason": "Rash"})).await.ok();
    assert_eq!(clinic.day(TODAY).await, both);
    assert_eq!(clinic.count(DoseStatus::Due), 0);
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_was_left_out_or_given_once_is_not_due_again() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "0-1-0", "durationDays": 3})).await;
    let noon = clinic.dose("11:30").await;
    clinic.dara.post(format!("/doses/{noon}/skip"), json!({"reason": "TOLD_TO_STOP"})).await.ok();
    clinic.edit(&written, json!({"doseAmount": 2})).await;
    assert_eq!(clinic.day(TODAY).await, ["11:30 SKIPPED 1 tablet"]);
    clinic.server.finish().await;

    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "STAT"})).await;
    clinic.take("07:00").await;
    clinic.at("07:10").await;
    clinic.edit(&written, json!({"mealRelation": "AFTER"})).await;
    assert_eq!(clinic.count(DoseStatus::Due), 0, "STAT is given once");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_version_confirmed_after_the_intake_does_not_ask_for_it() {
    let clinic = Clinic::open().await;
    let confirmed = clinic.confirmed().await;
    clinic.edit(&confirmed, json!({"doseAmount": 1, "doseUnit": "TABLET"})).await;
    for time in ["07:00", "11:30"] {
        clinic.at(time).await;
        clinic.take(time).await;
    }
    clinic.at("16:00").await;
    clinic.take("17:30").await;
    let path = format!("/prescriptions/{}/confirm", id(&confirmed));
    let applied = clinic.dara.post(path, json!({})).await.ok();
    assert_eq!((applied["version"].as_u64(), line(&applied)), (Some(2), line(&confirmed)));
    assert!(clinic.day(TODAY).await.iter().all(|dose| dose.contains("TAKEN_ON_TIME 500 mg")));
    assert!(clinic.day(TOMORROW).await.iter().all(|dose| dose.contains("DUE 1 tablet")));
    clinic.server.finish().await;
}

#[tokio::test]
async fn limits_of_medicine_as_needed_hold_through_a_change() {
    let clinic = Clinic::open().await;
    let needed = json!({"dosage": "1 cp", "isPRN": true, "maxPer24h": 2, "minIntervalHours": 4});
    let written = clinic.line(needed).await;
    let intake = || clinic.dara.post("/doses/prn", json!({"medicationId": line(&written)}));
    intake().await.ok();
    clinic.at("12:00").await;
    intake().await.ok();
    clinic.at("16:10").await;
    intake().await.expect(409).code("prn_limit");
    clinic.edit(&written, json!({"minIntervalHours": 6})).await;
    intake().await.expect(409).code("prn_limit");
    clinic.edit(&written, json!({"endDate": "2026-12-22"})).await;
    intake().await.expect(409).code("prn_limit");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_change_does_not_forget_what_was_missed() {
    let clinic = Clinic::open().await;
    let times = json!({"doseAmount": 1, "doseUnit": "TABLET", "times": ["07:05", "11:35", "17:35"],
        "durationDays": 20});
    let written = clinic.line(times).await;
    clinic.at("07:40").await;
    clinic.at("12:10").await;
    assert_eq!(clinic.messages(&clinic.sok, NotificationType::MissedDoseAlert), [Urgency::Warning]);
    clinic.edit(&written, json!({"durationDays": 25})).await;
    clinic.at("18:10").await;
    let told = clinic.messages(&clinic.sok, NotificationType::MissedDoseAlert);
    assert_eq!(told, [Urgency::Warning, Urgency::Critical], "three in a row");
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_intake_without_connection_stands_although_the_line_was_changed_or_stopped() {
    let times = json!({"doseAmount": 1, "doseUnit": "TABLET", "times": ["12:30"], "durationDays": 20});
    for synced_at in ["12:10", "13:10", "14:00"] {
        let clinic = Clinic::open().await;
        let written = clinic.line(times.clone()).await;
        let dose = clinic.dose("12:30").await;
        clinic.at("12:00").await;
        clinic.edit(&written, json!({"times": ["13:00"]})).await;
        assert_eq!(clinic.day(TODAY).await, ["13:00 DUE 1 tablet"]);
        clinic.at("13:00").await;
        clinic.at(synced_at).await;
        let synced = clinic.sync(&dose, "11:50").await;
        assert_eq!(synced["applied"].as_array().unwrap().len(), 1, "{synced}");
        assert_eq!(clinic.day(TODAY).await, ["12:30 TAKEN_ON_TIME 1 tablet"], "sent at {synced_at}");
        let adherence = clinic.dara.get("/adherence/today").await.ok();
        assert_eq!(adherence["adherenceRate"], 100.0, "{adherence}");
        clinic.server.finish().await;
    }
    let clinic = Clinic::open().await;
    let written = clinic.line(times).await;
    let dose = clinic.dose("12:30").await;
    clinic.at("12:00").await;
    let stop = json!({"reason": "Rash"});
    clinic.sok.post(format!("/prescriptions/{}/stop", id(&written)), stop).await.ok();
    let synced = clinic.sync(&dose, "11:50").await;
    assert_eq!(synced["applied"].as_array().unwrap().len(), 1, "{synced}");
    clinic.server.finish().await;
}

#[tokio::test]
async fn another_interval_counts_from_the_last_intake() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "Q8H", "durationDays": 3})).await;
    clinic.at("07:20").await;
    clinic.take("07:00").await;
    clinic.at("12:00").await;
    clinic.edit(&written, json!({"doseAmount": 2})).await;
    let same = ["07:00 TAKEN_ON_TIME 1 tablet", "15:00 DUE 2 tablet", "23:00 DUE 2 tablet"];
    assert_eq!(clinic.day(TODAY).await, same, "the same interval goes on");
    let changed = clinic.edit(&written, json!({"everyNHours": 6})).await;
    let six = ["07:00 TAKEN_ON_TIME 1 tablet", "13:20 DUE 2 tablet", "19:20 DUE 2 tablet"];
    assert_eq!(clinic.day(TODAY).await, six);
    // Three days of six hours make twelve doses, the first of which was taken.
    assert_eq!(changed["endDate"], "2026-11-25");
    assert_eq!(clinic.count(DoseStatus::Due), 11);
    clinic.server.finish().await;

    // Days later the count goes on the same way.
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "Q8H", "durationDays": 4})).await;
    clinic.server.clock().advance(das_tern::platform::clock::Span::minutes(24 * 60 + 30));
    clinic.server.run_jobs().await;
    let due = clinic.dara.get("/doses/today").await.ok();
    let due = due["doses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|dose| shown(dose).starts_with("07:00"))
        .unwrap()
        .clone();
    clinic.dara.post(format!("/doses/{}/mark-taken", id(&due)), json!({})).await.ok();
    let changed = clinic.edit(&written, json!({"everyNHours": 6})).await;
    assert_eq!(clinic.day(TOMORROW).await[1..], ["13:30 DUE 1 tablet", "19:30 DUE 1 tablet"]);
    assert_eq!(changed["endDate"], "2026-11-26");
    clinic.server.finish().await;

    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "Q8H"})).await;
    clinic.at("08:00").await;
    clinic.edit(&written, json!({"everyNHours": 6})).await;
    let planned = ["07:00 MISSED 1 tablet", "13:00 DUE 1 tablet", "19:00 DUE 1 tablet"];
    assert_eq!(clinic.day(TODAY).await, planned, "from the last planned time");
    clinic.at("09:00").await;
    clinic.take("07:00").await;
    let taken = ["07:00 TAKEN_LATE 1 tablet", "15:00 DUE 1 tablet", "21:00 DUE 1 tablet"];
    assert_eq!(clinic.day(TODAY).await, taken, "from the intake, once it is known");
    clinic.server.finish().await;
}

#[tokio::test]
async fn only_another_ingredient_makes_another_line() {
    let clinic = Clinic::open().await;
    let forte = entry(&clinic.server, "paracetamol", "1 g").await;
    let ibuprofen = medicine(&clinic.server, "ibuprofen").await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "1-0-1", "durationDays": 3})).await;
    clinic.take("07:00").await;
    // One tablet of 500 mg is not one of 1 g: the dose is said again.
    let strength = json!({"medicineId": forte});
    let refused = clinic.sok.patch(format!("/medications/{}", line(&written)), strength).await.expect(400);
    assert_eq!(refused.bad_fields(), ["dosage"]);
    let stronger = clinic.edit(&written, json!({"medicineId": forte, "dosage": "1 cp"})).await;
    assert_eq!(line(&stronger), line(&written));
    assert_eq!(stronger["medications"][0]["medicineName"], "paracetamol 1 g tablet");
    assert_eq!(clinic.day(TODAY).await, ["07:00 TAKEN_ON_TIME 1 tablet", "17:30 DUE 1 tablet"]);
    // Sent as a whole, without ids, lines are known by their ingredient.
    let path = format!("/prescriptions/{}", id(&written));
    let whole = json!({"medications": [
        {"medicineId": ibuprofen, "dosage": "1 cp", "frequency": "0-1-0"},
        {"medicineId": clinic.paracetamol, "dosage": "1 cp", "frequency": "1-0-1", "durationDays": 3},
    ]});
    let both = clinic.sok.patch(&path, whole).await.ok();
    assert_eq!(id(&both["medications"][1]), line(&written));
    let other = json!({"medicineId": clinic.paracetamol, "dosage": "1 cp"});
    let other = clinic.edit(&both, other).await;
    assert_ne!(line(&other), line(&both));
    clinic.server.finish().await;
}
