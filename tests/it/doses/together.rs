//! Pill groups: medicines that a patient uses together, marked in one step and moved within what is prescribed.

use das_tern::domain::audit::tables::RECORDS;
use das_tern::domain::connections::model::{
    AlertSettings, ConnectionKind, Permission, PermissionLevel, Scope,
};
use das_tern::domain::pill_groups::tables::PILL_GROUPS;
use das_tern::domain::prescriptions::model::{Amount, Schedule};
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::kit::{clinic, daily, first_line, prescribe, take};
use crate::kit::{Client, TestServer};

const TODAY: &str = "2026-11-22";
const TOMORROW: &str = "2026-11-23";

/// A patient's prescription of one line, and that line.
async fn line(server: &TestServer, patient: &Client, schedule: Schedule) -> (String, String) {
    let prescription = prescribe(server, patient, schedule).await;
    (prescription.to_string(), first_line(server, patient, prescription).to_string())
}

/// A group of these lines at a time.
async fn group(patient: &Client, time: &str, lines: &[&str]) -> Value {
    let body = json!({"name": "Breakfast pills", "scheduledTime": time, "medicines": lines});
    patient.post("/batch-medications", body).await.expect(201).json
}

fn path(group: &Value) -> String {
    format!("/batch-medications/{}", group["id"].as_str().unwrap())
}

/// The clinic's times of a day's doses, in order.
async fn times(patient: &Client, date: &str) -> Vec<String> {
    let schedule = patient.get(format!("/doses/schedule?date={date}")).await.ok();
    let doses = schedule["doses"].as_array().unwrap().iter();
    let mut times: Vec<String> = doses
        .map(|dose| {
            let at = chrono::DateTime::parse_from_rfc3339(dose["scheduledTime"].as_str().unwrap()).unwrap();
            (at + chrono::TimeDelta::hours(7)).format("%H:%M").to_string()
        })
        .collect();
    times.sort();
    times
}

fn outcomes(marked: &Value) -> Vec<(&str, Option<&str>)> {
    let medicines = marked["medicines"].as_array().unwrap().iter();
    medicines.map(|one| (one["outcome"].as_str().unwrap(), one["reason"].as_str())).collect()
}

/// The lines that bad fields name, with their codes.
fn refused(answer: &crate::kit::Answer) -> Vec<String> {
    answer.bad_fields()
}

#[tokio::test]
async fn all_are_marked_in_one_step_with_an_answer_for_each() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let (_, first) = line(&server, &dara, daily("m")).await;
    let (_, second) = line(&server, &dara, daily("mx")).await;
    let (_, third) = line(&server, &dara, daily("m")).await;
    let made = group(&dara, "07:30", &[&first, &second, &third]).await;
    assert_eq!(made["medicines"][1]["slot"], "MORNING");
    assert_eq!(
        (&made["medicines"][1]["plannedTime"], &made["medicines"][1]["followsGroup"]),
        (&json!("07:30"), &json!(true))
    );
    let schedule = dara.get("/doses/today").await.ok();
    let of_third =
        schedule["doses"].as_array().unwrap().iter().find(|dose| dose["medicationId"] == third.as_str());
    let skipped = of_third.unwrap()["id"].as_str().unwrap();
    dara.post(format!("/doses/{skipped}/skip"), json!({"reason": "TOLD_TO_STOP"})).await.ok();

    let mark = format!("{}/mark-taken", path(&made));
    let marked = dara.post(&mark, json!({"notes": "with rice"})).await.ok();
    assert_eq!(marked["date"], TODAY);
    let expected = [("RECORDED", None), ("RECORDED", None), ("REFUSED", Some("dose_left_out_on_purpose"))];
    assert_eq!(outcomes(&marked), expected);
    assert_eq!(marked["medicines"][0]["dose"]["status"], "TAKEN_ON_TIME");
    assert_eq!(marked["medicines"][0]["dose"]["notes"], "with rice");
    assert!(marked["medicines"][2]["message"].as_str().unwrap().contains("left out"));
    // Two of three, and each answer counts all of them.
    let rates: Vec<_> =
        marked["medicines"].as_array().unwrap().iter().map(|one| &one["adherenceRate"]).collect();
    assert_eq!(rates, [&json!(66.7), &json!(66.7), &json!(66.7)]);

    let again = dara.post(&mark, json!({})).await.ok();
    let unchanged = [("UNCHANGED", None), ("UNCHANGED", None), ("REFUSED", Some("dose_left_out_on_purpose"))];
    assert_eq!(outcomes(&again), unchanged);
    // The night of the second medicine is no part of it.
    let statuses = dara.get("/doses/today").await.ok();
    let due = statuses["doses"].as_array().unwrap().iter().filter(|dose| dose["status"] == "DUE").count();
    assert_eq!(due, 1);
    let log = dara.get("/audit/record").await.ok();
    let changes = log["items"].as_array().unwrap().iter();
    assert_eq!(changes.filter(|row| row["action"] == "pill_group.mark_taken").count(), 1);
    // A mark that was wrong is taken back one by one.
    let first_dose = marked["medicines"][0]["dose"]["id"].as_str().unwrap();
    dara.post(format!("/doses/{first_dose}/undo"), json!({})).await.ok();
    assert_eq!(outcomes(&dara.post(&mark, json!({})).await.ok())[0], ("RECORDED", None));
    server.finish().await;
}

#[tokio::test]
async fn the_doses_are_those_of_the_named_day_and_none_is_guessed() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let (_, night) = line(&server, &dara, daily("x")).await;
    let made = group(&dara, "21:30", &[&night]).await;
    let mark = format!("{}/mark-taken", path(&made));
    let early = dara.post(&mark, json!({})).await.ok();
    assert_eq!(outcomes(&early), [("REFUSED", Some("dose_too_far_ahead"))]);
    // Ten past midnight: the evening of the day before has to be named.
    server.clock().advance(Span::minutes(17 * 60 + 10));
    assert_eq!(outcomes(&dara.post(&mark, json!({})).await.ok()), [("REFUSED", Some("dose_too_far_ahead"))]);
    let marked = dara.post(&mark, json!({"date": TODAY})).await.ok();
    assert_eq!(outcomes(&marked), [("RECORDED", None)]);
    assert_eq!(marked["medicines"][0]["dose"]["status"], "TAKEN_LATE");
    let none = dara.post(&mark, json!({"date": "2026-11-20"})).await.ok();
    assert_eq!(outcomes(&none), [("NO_DOSE", Some("group_medicine_without_dose"))]);
    server.finish().await;
}

#[tokio::test]
async fn another_time_moves_doses_from_tomorrow_on_and_out_of_use_they_are_as_prescribed() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let (_, both) = line(&server, &dara, daily("mx")).await;
    let made = group(&dara, "07:45", &[&both]).await;
    assert_eq!(times(&dara, TODAY).await, ["07:00", "21:00"]);
    assert_eq!(times(&dara, TOMORROW).await, ["07:45", "21:00"]);
    dara.patch(path(&made), json!({"scheduledTime": "08:30"})).await.ok();
    assert_eq!(times(&dara, TODAY).await, ["07:00", "21:00"]);
    assert_eq!(times(&dara, TOMORROW).await, ["08:30", "21:00"]);
    let out = dara.patch(path(&made), json!({"isActive": false})).await.ok();
    assert_eq!(out["medicines"][0]["followsGroup"], false);
    assert_eq!(times(&dara, TOMORROW).await, ["07:00", "21:00"]);
    dara.post(format!("{}/mark-taken", path(&made)), json!({})).await.expect(409).code("pill_group_inactive");
    dara.patch(path(&made), json!({"isActive": true})).await.ok();
    assert_eq!(times(&dara, TOMORROW).await, ["08:30", "21:00"]);
    // The day after: nothing stands twice, and the mark finds the moved dose.
    server.clock().advance(Span::minutes(25 * 60 + 30));
    let marked = dara.post(format!("{}/mark-taken", path(&made)), json!({})).await.ok();
    assert_eq!(outcomes(&marked), [("RECORDED", None)]);
    assert_eq!(marked["medicines"][0]["dose"]["minutesLate"], 0);
    dara.delete(format!("{}/medicines/{both}", path(&made))).await.expect(204);
    assert_eq!(times(&dara, TOMORROW).await, ["08:30", "21:00"]);
    assert_eq!(times(&dara, "2026-11-24").await, ["07:00", "21:00"]);
    dara.post(format!("{}/mark-taken", path(&made)), json!({})).await.expect(409).code("pill_group_empty");
    dara.delete(path(&made)).await.expect(204);
    dara.get(path(&made)).await.expect(404).code("pill_group_not_found");
    server.finish().await;
}

#[tokio::test]
async fn a_group_moves_nothing_beyond_what_is_prescribed() {
    let server = clinic().await;
    let (dara, mealea) = (server.patient("dara").await, server.patient("mealea").await);
    let (_, morning) = line(&server, &dara, daily("m")).await;
    let amount = Amount::whole(1);
    let needed = Schedule::AsNeeded { amount, max_per_24h: Some(3), min_interval_hours: None };
    let (_, needed) = line(&server, &dara, needed).await;
    let (_, hourly) = line(&server, &dara, Schedule::EveryHours { hours: 8, amount }).await;
    let (_, foreign) = line(&server, &mealea, daily("m")).await;
    let asked = |time: &str, lines: Value| {
        dara.post("/batch-medications", json!({"name": "All", "scheduledTime": time, "medicines": lines}))
    };
    let answer = asked("09:01", json!([morning])).await.expect(400);
    assert_eq!(refused(&answer), ["medicines[0]"]);
    let said = answer.json["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(said.contains("05:00") && said.contains("09:00") && said.contains("Paracetamol"), "{said}");
    let answer = asked("07:00", json!([needed, hourly, foreign, morning])).await.expect(400);
    assert_eq!(refused(&answer), ["medicines[0]", "medicines[1]", "medicines[2]"]);
    let made = group(&dara, "09:00", &[&morning]).await;
    let answer = asked("07:00", json!([morning])).await.expect(400);
    assert_eq!(refused(&answer), ["medicines[0]"]);
    let answer = dara.patch(path(&made), json!({"scheduledTime": "12:00"})).await.expect(400);
    assert_eq!(refused(&answer), ["scheduledTime"]);
    assert_eq!(times(&dara, TOMORROW).await.iter().filter(|time| *time == "09:00").count(), 1);
    asked("07:00", json!([])).await.expect(201);
    for name in [" ", "Morning \u{202E}sllip", "Morning\u{2066}", "www.x.com", "Pills evil.com"] {
        let answer = dara.post("/batch-medications", json!({"name": name, "scheduledTime": "07:00"})).await;
        assert_eq!(answer.expect(400).bad_fields(), ["name"], "{name:?}");
    }
    dara.post("/batch-medications", json!({"name": "Pills of 8.am", "scheduledTime": "08:00"}))
        .await
        .expect(201);
    server.finish().await;
}

#[tokio::test]
async fn what_is_stopped_leaves_and_what_is_paused_waits() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let (stopped, first) = line(&server, &dara, daily("m")).await;
    let (paused, second) = line(&server, &dara, daily("m")).await;
    let made = group(&dara, "07:30", &[&first, &second]).await;
    dara.post(format!("/prescriptions/{paused}/pause"), json!({})).await.ok();
    let marked = dara.post(format!("{}/mark-taken", path(&made)), json!({})).await.ok();
    assert_eq!(outcomes(&marked), [("RECORDED", None), ("NO_DOSE", Some("group_medicine_paused"))]);
    dara.post(format!("/prescriptions/{paused}/resume"), json!({})).await.ok();
    assert_eq!(times(&dara, TOMORROW).await, ["07:30", "07:30"]);
    dara.post(format!("/prescriptions/{stopped}/stop"), json!({"reason": "healed"})).await.ok();
    let left = dara.get(path(&made)).await.ok();
    let left: Vec<_> = left["medicines"].as_array().unwrap().iter().map(|one| &one["medicationId"]).collect();
    assert_eq!(left, [&json!(second)]);
    assert_eq!(times(&dara, TOMORROW).await, ["07:30"]);
    server.finish().await;
}

#[tokio::test]
async fn meal_times_outweigh_a_group_that_no_longer_fits() {
    let server = clinic().await;
    let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
    server.connect(&sok, &dara).await;
    let medicine = crate::prescriptions::medicine(&server, "paracetamol").await;
    let line = json!({"medicineId": medicine, "doseAmount": 1, "doseUnit": "TABLET",
        "slots": {"morning": 1, "evening": 1}, "mealRelation": "AFTER"});
    let written =
        sok.post("/prescriptions", json!({"patientId": dara.id(), "medications": [line]})).await.ok();
    let line = written["medications"][0]["id"].as_str().unwrap();
    let made = group(&dara, "07:30", &[line]).await;
    assert_eq!(times(&dara, TOMORROW).await, ["07:30", "17:30"]);
    dara.patch("/users/settings/meal-times", json!({"morningMeal": "08:00"})).await.ok();
    // After breakfast is half past eight: half past seven would be before it.
    assert_eq!(times(&dara, TOMORROW).await, ["08:30", "17:30"]);
    assert_eq!(dara.get(path(&made)).await.ok()["medicines"][0]["followsGroup"], false);
    dara.patch("/users/settings/meal-times", json!({"morningMeal": "07:00"})).await.ok();
    assert_eq!(times(&dara, TOMORROW).await, ["07:30", "17:30"]);
    server.finish().await;
}

#[tokio::test]
async fn family_whom_the_patient_lets_marks_and_nobody_else_changes_it() {
    let server = clinic().await;
    let (dara, mealea) = (server.patient("dara").await, server.patient("mealea").await);
    let (srey, bopha, rith) =
        (server.family("srey").await, server.family("bopha").await, server.family("rith").await);
    let (shown, first) = line(&server, &dara, daily("m")).await;
    let (_, second) = line(&server, &dara, daily("m")).await;
    let made = group(&dara, "07:30", &[&first, &second]).await;
    let mark = format!("{}/mark-taken", path(&made));
    let may = Permission { may_record_doses: true, ..ConnectionKind::Family.default_permission() };
    server.connected_with(&srey, &dara, may.clone(), AlertSettings::default()).await;
    let looks = ConnectionKind::Family.default_permission();
    server.connected_with(&bopha, &dara, looks, AlertSettings::default()).await;
    let some = Permission {
        level: PermissionLevel::Selected,
        scopes: vec![Scope::Doses],
        prescriptions: Some(vec![shown.parse().unwrap()]),
        ..may
    };
    server.connected_with(&rith, &dara, some, AlertSettings::default()).await;

    for (person, status, code) in [(&mealea, 404, "pill_group_not_found"), (&bopha, 403, "write_not_allowed")]
    {
        person.post(&mark, json!({})).await.expect(status).code(code);
    }
    mealea.get(path(&made)).await.expect(404).code("pill_group_not_found");
    mealea.patch(path(&made), json!({"name": "Mine"})).await.expect(404).code("pill_group_not_found");
    srey.patch(path(&made), json!({"name": "Mine"})).await.expect(403).code("role_not_allowed");
    assert_eq!(bopha.get(path(&made)).await.ok()["name"], "Breakfast pills");
    // Who sees one of two prescriptions sees one medicine, and no name that may speak of the other.
    let seen = rith.get(path(&made)).await.ok();
    assert_eq!((&seen["name"], seen["medicines"].as_array().unwrap().len()), (&Value::Null, 1));
    let marked = rith.post(&mark, json!({})).await.ok();
    assert_eq!(outcomes(&marked), [("RECORDED", None)]);
    let marked = srey.post(&mark, json!({})).await.ok();
    assert_eq!(outcomes(&marked), [("UNCHANGED", None), ("RECORDED", None)]);
    assert_eq!(marked["medicines"][1]["dose"]["recordedBy"], json!(srey.id()));
    server.finish().await;
}

#[tokio::test]
async fn groups_go_with_the_record_that_is_taken_away() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let (_, first) = line(&server, &dara, daily("m")).await;
    let made = group(&dara, "07:30", &[&first]).await;
    take(&dara, dara.get("/doses/today").await.ok()["doses"][0]["id"].as_str().unwrap()).await;
    let record = dara.get("/users/me/export").await.ok();
    assert_eq!(record["health"]["pillGroups"], json!([dara.get(path(&made)).await.ok()]));
    server.finish().await;
}

#[tokio::test]
async fn a_line_can_be_in_a_group_for_each_of_its_slots() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let (_, twice) = line(&server, &dara, daily("me")).await;
    let (_, noon) = line(&server, &dara, daily("mn")).await;
    let morning = group(&dara, "07:30", &[&twice]).await;
    let evening = group(&dara, "18:00", &[&twice]).await;
    assert_eq!(morning["medicines"][0]["slot"], "MORNING");
    assert_eq!(evening["medicines"][0]["slot"], "EVENING");
    assert_eq!(times(&dara, TOMORROW).await, ["07:00", "07:30", "11:30", "18:00"]);
    // One slot of it is in one group.
    let third = json!({"name": "Again", "scheduledTime": "06:30", "medicines": [twice]});
    let answer = dara.post("/batch-medications", third).await.expect(400);
    assert_eq!(answer.bad_fields(), ["medicines[0]"]);
    assert!(answer.text.contains("for this time of day"), "{}", answer.text);
    let answer = dara.patch(path(&evening), json!({"scheduledTime": "08:00"})).await.expect(400);
    assert_eq!(answer.bad_fields(), ["scheduledTime"]);
    // Two groups keep two hours between the doses of a line, whichever is moved.
    dara.post(format!("{}/medicines", path(&morning)), json!({"medicines": [noon]})).await.ok();
    let midday = group(&dara, "11:00", &[&noon]).await;
    dara.patch(path(&morning), json!({"scheduledTime": "08:30"})).await.ok();
    let answer = dara.patch(path(&midday), json!({"scheduledTime": "10:00"})).await.expect(400);
    assert_eq!(answer.bad_fields(), ["scheduledTime"]);
    let answer = dara.patch(path(&morning), json!({"scheduledTime": "09:00"})).await;
    assert_eq!(answer.status, 200, "two hours before eleven: {}", answer.text);
    assert_eq!(times(&dara, TOMORROW).await, ["09:00", "09:00", "11:00", "18:00"]);
    // Out of use the other one may come nearer; put back into use it must fit.
    dara.patch(path(&morning), json!({"isActive": false})).await.ok();
    dara.patch(path(&midday), json!({"scheduledTime": "10:00"})).await.ok();
    let answer = dara.patch(path(&morning), json!({"isActive": true})).await.expect(400);
    assert_eq!(answer.bad_fields(), ["scheduledTime"]);
    assert_eq!(times(&dara, TOMORROW).await, ["07:00", "07:00", "10:00", "18:00"]);
    // Each group marks its own dose.
    server.clock().advance(Span::hours(35));
    let marked = dara.post(format!("{}/mark-taken", path(&evening)), json!({})).await.ok();
    assert_eq!(outcomes(&marked), [("RECORDED", None)]);
    assert_eq!(marked["medicines"][0]["dose"]["slot"], "EVENING");
    server.finish().await;
}

#[tokio::test]
async fn of_an_erased_person_no_group_keeps_its_name() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let (_, first) = line(&server, &dara, daily("m")).await;
    let body = json!({"name": "For my weak heart", "scheduledTime": "07:30", "medicines": [first]});
    dara.post("/batch-medications", body).await.expect(201);
    dara.delete("/users/me").await.expect(200);
    server.clock().advance(Span::days(30));
    server.run_jobs().await;
    let left = server.context().store.read(|tx| PILL_GROUPS.list_prefix(tx, &dara.id())).unwrap();
    // Doses are planned by its time, which says nothing of whose it was.
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].1.name.reveal().as_str(), left[0].1.members.len()), ("\u{2014}", 1));
    let trails = server.context().store.read(|tx| RECORDS.list_prefix(tx, &())).unwrap();
    assert!(!trails.iter().any(|(_, row)| format!("{row:?}").contains("weak heart")));
    server.finish().await;
}
