//! What people record while the clock is ahead stays, at the time that it was.

use das_tern::domain::prescriptions::model::{Amount, Schedule};
use das_tern::platform::clock::{Span, Timestamp};
use serde_json::{Value, json};

use super::{audited, clock_of, told};
use crate::doses::kit::{clinic, daily, doses_of, first_line, prescribe, statuses, take};
use crate::kit::{Client, TestServer};

const TODAY: &str = "2026-11-22";
const WRONG_DAY: &str = "2026-12-13";
const LEAD: Span = Span::days(21);

async fn live(server: &TestServer, minutes: i64) {
    for _ in 0..minutes {
        server.clock().advance(Span::minutes(1));
        server.run_jobs().await;
    }
}

fn instant(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
}

async fn measure(patient: &Client, beats: u32) -> String {
    let typed = json!({ "vitalType": "HEART_RATE", "value": beats, "unit": "bpm" });
    let recorded = patient.post("/health-monitoring/vitals", typed).await.ok();
    recorded["id"].as_str().unwrap().to_owned()
}

async fn measured(patient: &Client) -> Vec<Value> {
    patient.get("/health-monitoring/vitals?vitalType=HEART_RATE").await.ok()["items"]
        .as_array()
        .unwrap()
        .clone()
}

async fn dose(patient: &Client, date: &str, id: &str) -> Value {
    let schedule = patient.get(format!("/doses/schedule?date={date}")).await.ok();
    let found = schedule["doses"].as_array().unwrap().iter().find(|dose| dose["id"] == id);
    found.unwrap_or_else(|| panic!("no dose {id} on {date}: {schedule}")).clone()
}

#[tokio::test]
async fn what_was_recorded_three_weeks_ahead_comes_back_with_the_clock() {
    let server = clinic().await;
    let (sok, dara, bopha) =
        (server.doctor("sok").await, server.patient("dara").await, server.patient("bopha").await);
    server.connected(&sok, &dara).await;
    prescribe(&server, &dara, daily("me")).await;
    let as_needed =
        Schedule::AsNeeded { amount: Amount::whole(1), max_per_24h: Some(1), min_interval_hours: None };
    let prescription = prescribe(&server, &bopha, as_needed).await;
    let line = first_line(&server, &bopha, prescription);
    let needed = json!({ "medicationId": line });
    server.run_jobs().await;
    let today = doses_of(&dara, TODAY).await;

    server.clock().jump(LEAD);
    let server = server.restart().await;
    let (sok, dara, bopha) = (server.again(&sok), server.again(&dara), server.again(&bopha));
    live(&server, 3).await;
    let wrong = server.context().now();
    let vital = measure(&dara, 140).await;
    let of_wrong_day = doses_of(&dara, WRONG_DAY).await;
    take(&dara, &of_wrong_day[0]).await;
    bopha.post("/doses/prn", needed.clone()).await.ok();
    assert_eq!(instant(&measured(&dara).await[0]["measuredAt"]), wrong);
    live(&server, 2).await;

    server.clock().jump(Span::ZERO.minus(LEAD));
    live(&server, 1).await;
    let right = wrong.minus(LEAD);
    let vitals = measured(&dara).await;
    assert_eq!(vitals[0]["id"].as_str(), Some(vital.as_str()));
    assert_eq!(instant(&vitals[0]["measuredAt"]), right);
    assert_eq!(instant(&vitals[0]["recordedAt"]), right);
    let said = &vitals[0]["clockPutRight"];
    assert_eq!((instant(&said["at"]), &said["inDoubt"]), (wrong, &json!(false)), "{said}");

    // The mark goes to the dose of the day on which it was taken; the other is reminded of in three weeks.
    assert_eq!(statuses(&dara, TODAY).await, ["TAKEN_ON_TIME", "DUE"]);
    assert_eq!(statuses(&dara, WRONG_DAY).await, ["DUE", "DUE"]);
    let taken = dose(&dara, TODAY, &today[0]).await;
    assert_eq!(instant(&taken["takenAt"]), right, "{taken}");
    assert_eq!(instant(&taken["clockPutRight"]["at"]), wrong);
    let due = dose(&dara, WRONG_DAY, &of_wrong_day[0]).await;
    assert_eq!(due["corrections"][0]["status"], json!("TAKEN_ON_TIME"), "what was said is kept: {due}");
    assert_eq!(due["takenAt"], Value::Null);
    // What was taken as needed counts for the limit of today.
    bopha.post("/doses/prn", needed).await.expect(409).code("prn_limit");
    assert_eq!(audited(&server, "dose.put_right_time").len(), 2);
    let audit = audited(&server, "vital.put_right_time");
    let change: Value = serde_json::from_str(audit[0]["change"].as_str().unwrap()).unwrap();
    assert_eq!(change["vitals"][0]["vitalId"].as_str(), Some(vital.as_str()), "{change}");

    // A newer value is newer, and an hour after they were told of the first, people hear again.
    measure(&dara, 80).await;
    assert_eq!(measured(&dara).await[0]["value"], json!(80.0));
    let before = server.messages(&sok).len();
    live(&server, 61).await;
    measure(&dara, 141).await;
    assert!(server.messages(&sok).len() > before, "an alert of three weeks ahead silences nobody");
    // Nor does its message stand above newer ones.
    let listed = sok.get("/notifications").await.ok();
    let times: Vec<Timestamp> =
        listed["items"].as_array().unwrap().iter().map(|message| instant(&message["createdAt"])).collect();
    assert!(times.len() > 1 && times.is_sorted_by(|newer, older| newer >= older), "{listed}");
    assert!(times[0] <= server.context().now(), "{listed}");
    server.finish().await;
}

#[tokio::test]
async fn what_was_left_out_goes_to_its_own_dose_and_what_fits_none_is_asked_for() {
    let server = clinic().await;
    let (dara, bopha) = (server.patient("dara").await, server.patient("bopha").await);
    prescribe(&server, &dara, daily("mx")).await;
    // The morning of the first day is over.
    live(&server, 60).await;
    prescribe(&server, &bopha, daily("mx")).await;
    server.run_jobs().await;
    assert_eq!(statuses(&bopha, TODAY).await, ["DUE"]);

    server.clock().jump(LEAD);
    let server = server.restart().await;
    let (dara, bopha) = (server.again(&dara), server.again(&bopha));
    live(&server, 3).await;
    let at_bedtime = &doses_of(&dara, WRONG_DAY).await[1];
    dara.post(format!("/doses/{at_bedtime}/skip"), json!({ "reason": "FASTING" })).await.ok();
    let in_the_morning = &doses_of(&bopha, WRONG_DAY).await[0];
    take(&bopha, in_the_morning).await;

    server.clock().jump(Span::ZERO.minus(LEAD));
    live(&server, 1).await;
    assert_eq!(statuses(&dara, WRONG_DAY).await, ["DUE", "DUE"]);
    assert_eq!(statuses(&dara, TODAY).await[1], "SKIPPED");
    assert!(!told(&server, &dara).contains(&"unplaced".to_owned()));
    // The dose of the evening is not taken for the one of the morning.
    assert_eq!(statuses(&bopha, WRONG_DAY).await, ["DUE", "DUE"]);
    assert_eq!(statuses(&bopha, TODAY).await, ["DUE"]);
    assert_eq!(told(&server, &bopha).last().map(String::as_str), Some("unplaced"));
    server.finish().await;
}

#[tokio::test]
async fn an_hour_ahead_that_was_believed_leaves_no_measurement_ahead() {
    let server = clinic().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    server.run_jobs().await;
    server.clock().jump(Span::hours(1));
    live(&server, 12).await;
    assert_eq!(clock_of(&admin).await["believed"], json!(true));
    measure(&dara, 70).await;
    let wrong = server.context().now();
    server.clock().jump(Span::hours(-1));
    measure(&dara, 71).await;
    server.time_server().has_set(server.clock());
    live(&server, 1).await;
    assert_eq!(clock_of(&admin).await["believed"], json!(true));
    let vitals = measured(&dara).await;
    assert_eq!(
        vitals.iter().map(|vital| vital["value"].as_f64()).collect::<Vec<_>>(),
        [Some(71.0), Some(70.0)]
    );
    for vital in &vitals {
        assert_eq!(instant(&vital["measuredAt"]), wrong.minus(Span::hours(1)), "{vital}");
    }
    measure(&dara, 72).await;
    assert_eq!(measured(&dara).await[0]["value"], json!(72.0));
    server.finish().await;
}

#[tokio::test]
async fn where_nobody_knows_by_how_much_the_clock_was_ahead_the_time_is_in_doubt() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("me")).await;
    server.run_jobs().await;
    server.clock().jump(LEAD);
    let server = server.restart().await;
    let dara = server.again(&dara);
    live(&server, 3).await;
    let wrong = server.context().now();
    measure(&dara, 75).await;
    let of_wrong_day = doses_of(&dara, WRONG_DAY).await;
    take(&dara, &of_wrong_day[0]).await;

    // The clock is put right while the server stands still, for nobody knows how long.
    server.clock().jump(Span::ZERO.minus(LEAD));
    let server = server.restart().await;
    let dara = server.again(&dara);
    live(&server, 1).await;
    let now = server.context().now();
    let vital = &measured(&dara).await[0];
    assert!(instant(&vital["measuredAt"]) <= now, "{vital}");
    let said = &vital["clockPutRight"];
    assert_eq!((instant(&said["at"]), &said["inDoubt"]), (wrong, &json!(true)));
    // Nobody can have taken a dose of then: it is due again, and which one was meant is asked.
    let due = dose(&dara, WRONG_DAY, &of_wrong_day[0]).await;
    assert_eq!((&due["status"], &due["corrections"][0]["status"]), (&json!("DUE"), &json!("TAKEN_ON_TIME")));
    assert_eq!(told(&server, &dara).last().map(String::as_str), Some("unplaced"));
    measure(&dara, 76).await;
    assert_eq!(measured(&dara).await[0]["value"], json!(76.0));
    server.finish().await;
}
