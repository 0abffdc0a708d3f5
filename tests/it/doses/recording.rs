//! A patient records his doses; a doctor corrects them.

use das_tern::domain::audit::tables::RECORDS;
use das_tern::domain::prescriptions::model::{Amount, Schedule};
use das_tern::platform::clock::Span;
use serde_json::json;

use super::kit::{clinic, daily, doses_of, first_line, prescribe, statuses, take};
use crate::kit::TestServer;

/// Audit records of an action.
fn audited(server: &TestServer, action: &str) -> usize {
    let rows = server.context().store.read(|tx| RECORDS.list_prefix(tx, &())).unwrap();
    rows.iter().filter(|(_, record)| record.action == action).count()
}

#[tokio::test]
async fn today_shows_what_is_to_be_taken_and_what_became_of_it() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mnex")).await;
    let today = dara.get("/doses/today?groupBy=timePeriod").await.ok();
    assert_eq!(today["from"], "2026-11-22");
    assert_eq!(today["dailyProgress"], 0.0);
    assert_eq!(today["doses"].as_array().unwrap().len(), 4);
    let first = &today["doses"][0];
    assert_eq!(first["medicineName"], "Paracetamol 500 mg");
    assert_eq!(first["dose"], "1 tablet");
    assert_eq!(first["slot"], "MORNING");
    assert_eq!(first["timePeriod"], "DAYTIME");
    assert_eq!(first["scheduledTime"], "2026-11-22T00:00:00.000Z");
    assert_eq!(first["status"], "DUE");
    assert_eq!(today["groups"][0]["color"], "#2D5BFF");
    assert_eq!(today["groups"][1]["color"], "#6B4AA3");
    assert_eq!(today["groups"][1]["doses"].as_array().unwrap().len(), 1);

    let recorded = take(&dara, first["id"].as_str().unwrap()).await;
    assert_eq!(recorded["adherenceRate"], 100.0);
    assert_eq!(recorded["dailyProgress"], 25.0);
    assert_eq!(recorded["dose"]["status"], "TAKEN_ON_TIME");
    assert_eq!(recorded["dose"]["recordedBy"], dara.id().to_string());
    assert!(recorded["message"].as_str().unwrap().contains("first dose"), "{recorded}");
    // The very next answer shows it.
    assert_eq!(dara.get("/doses/today").await.ok()["dailyProgress"], 25.0);
    let upcoming = dara.get("/doses/upcoming?limit=2").await.ok();
    assert_eq!(upcoming["items"][0]["slot"], "NOON");
    let cursor = upcoming["nextCursor"].as_str().unwrap();
    let next = dara.get(format!("/doses/upcoming?limit=2&cursor={cursor}")).await.ok();
    assert_eq!(next["items"][0]["slot"], "NIGHT");
    let week = dara.get("/doses/schedule?days=7").await.ok();
    assert_eq!(week["doses"].as_array().unwrap().len(), 28);
    dara.get("/doses/schedule?days=32").await.expect(400);
    server.finish().await;
}

#[tokio::test]
async fn the_time_of_intake_decides_the_state() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mnex")).await;
    let ids = doses_of(&dara, "2026-11-22").await;
    let mark = |id: &str, taken_at: &str| {
        dara.post(format!("/doses/{id}/mark-taken"), json!({ "takenAt": taken_at }))
    };
    // 11:30, at 07:00.
    mark(&ids[1], "2026-11-22T07:00").await.expect(409).code("dose_too_early");
    let confirmed = json!({ "confirmEarly": true });
    let early = dara.post(format!("/doses/{}/mark-taken", ids[1]), confirmed).await.ok();
    assert_eq!(early["dose"]["status"], "TAKEN_ON_TIME");
    assert_eq!(early["dose"]["minutesLate"], -270);
    // 17:30, at the edges; a time without a zone is the clinic's.
    server.clock().advance(Span::hours(13));
    let on_time = mark(&ids[2], "2026-11-22T18:00").await.ok();
    assert_eq!(on_time["dose"]["status"], "TAKEN_ON_TIME");
    assert_eq!(on_time["dose"]["takenAt"], "2026-11-22T11:00:00.000Z");
    let late = mark(&ids[0], "2026-11-22T07:30:01+07:00").await.ok();
    assert_eq!(late["dose"]["status"], "TAKEN_LATE");
    // 21:00, at 20:00: up to two hours early, not from the future.
    let future = mark(&ids[3], "2026-11-22T20:03").await.expect(400);
    assert_eq!(future.bad_fields(), ["takenAt"]);
    assert_eq!(mark(&ids[3], "2026-11-22T20:01").await.ok()["dose"]["status"], "TAKEN_ON_TIME");
    // A day and a minute later the window has closed.
    let tomorrow = doses_of(&dara, "2026-11-23").await;
    server.clock().advance(Span::hours(35).plus_minutes(1));
    mark(&tomorrow[0], "2026-11-24T07:01").await.expect(409).code("dose_window_closed");
    assert_eq!(mark(&tomorrow[0], "2026-11-24T07:00").await.ok()["dose"]["status"], "TAKEN_LATE");
    server.finish().await;
}

trait PlusMinutes {
    fn plus_minutes(self, minutes: i64) -> Span;
}

impl PlusMinutes for Span {
    fn plus_minutes(self, minutes: i64) -> Span {
        Span::milliseconds(self.as_milliseconds() + Span::minutes(minutes).as_milliseconds())
    }
}

#[tokio::test]
async fn ten_marks_at_once_are_one_intake_with_one_answer() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mn")).await;
    let id = doses_of(&dara, "2026-11-22").await.remove(0);
    let marks = (0..10).map(|_| {
        let (dara, id) = (dara.clone(), id.clone());
        tokio::spawn(async move { take(&dara, &id).await })
    });
    let mut answers = Vec::new();
    for mark in marks.collect::<Vec<_>>() {
        answers.push(mark.await.unwrap());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
    assert_eq!(audited(&server, "dose.mark_taken"), 1);
    assert_eq!(dara.get("/adherence/today").await.ok()["counts"]["taken"], 1);
    // Much later too.
    server.clock().advance(Span::days(3));
    assert_eq!(take(&dara, &id).await["dose"]["status"], "TAKEN_ON_TIME");
    assert_eq!(audited(&server, "dose.mark_taken"), 1);
    server.finish().await;
}

#[tokio::test]
async fn another_outcome_is_a_correction_that_keeps_both() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mn")).await;
    let ids = doses_of(&dara, "2026-11-22").await;
    let skip = |id: &str, body| dara.post(format!("/doses/{id}/skip"), body);
    assert_eq!(skip(&ids[0], json!({ "reason": "OTHER" })).await.expect(400).bad_fields(), ["note"]);
    assert_eq!(skip(&ids[0], json!({ "reason": "NONSENSE" })).await.expect(400).bad_fields(), ["reason"]);
    let skipped = skip(&ids[0], json!({ "reason": "FASTING" })).await.ok();
    assert_eq!(skipped["dose"]["status"], "SKIPPED");
    assert_eq!(skipped["dose"]["skipReason"], "FASTING");
    assert_eq!(skipped["adherenceRate"], 0.0);
    let taken = take(&dara, &ids[0]).await;
    assert_eq!(taken["adherenceRate"], 100.0);
    assert!(taken["message"].as_str().unwrap().starts_with("Great job"), "{taken}");
    assert_eq!(taken["dose"]["corrections"][0]["status"], "SKIPPED");
    server.clock().advance(Span::hours(25));
    skip(&ids[0], json!({ "reason": "FORGOT" })).await.expect(409).code("dose_window_closed");
    server.finish().await;
}

#[tokio::test]
async fn a_missed_dose_taken_late_is_late_and_no_longer_missed() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("m")).await;
    let id = doses_of(&dara, "2026-11-22").await.remove(0);
    server.clock().advance(Span::minutes(29));
    server.run_jobs().await;
    assert_eq!(statuses(&dara, "2026-11-22").await, ["DUE"]);
    server.clock().advance(Span::minutes(2));
    server.run_jobs().await;
    assert_eq!(statuses(&dara, "2026-11-22").await, ["MISSED"]);
    assert_eq!(dara.get("/adherence/today").await.ok()["adherenceRate"], 0.0);
    server.clock().advance(Span::hours(3));
    let late = take(&dara, &id).await;
    assert_eq!(late["dose"]["status"], "TAKEN_LATE");
    assert_eq!(late["adherenceRate"], 100.0);
    assert_eq!(late["dose"]["corrections"][0]["status"], "MISSED");
    server.finish().await;
}

#[tokio::test]
async fn whoever_may_not_know_of_a_dose_cannot_tell_it_from_none() {
    let server = clinic().await;
    let (dara, thida) = (server.patient("dara").await, server.patient("thida").await);
    let (sok, admin) = (server.doctor("sok").await, server.admin().await);
    prescribe(&server, &dara, daily("m")).await;
    let id = doses_of(&dara, "2026-11-22").await.remove(0);
    let nothing = "0193a3a0-0000-7000-8000-000000000000";
    for stranger in [&thida, &sok, &admin] {
        for id in [id.as_str(), nothing, "nonsense", "%00", &dara.id().to_string()] {
            let answer = stranger.post(format!("/doses/{id}/mark-taken"), json!({})).await;
            answer.expect(404).code("dose_not_found");
            stranger.post(format!("/doses/{id}/skip"), json!({"reason": "FORGOT"})).await.expect(404);
            stranger.post(format!("/doses/{id}/snooze"), json!({"minutes": 5})).await.expect(404);
        }
        stranger.get(format!("/doses/today?patientId={}", dara.id())).await.expect(404);
        stranger.get(format!("/adherence/weekly?patientId={}", dara.id())).await.expect(404);
    }
    server.stranger().post(format!("/doses/{id}/mark-taken"), json!({})).await.expect(401);
    assert_eq!(statuses(&dara, "2026-11-22").await, ["DUE"]);
    server.finish().await;
}

#[tokio::test]
async fn reminders_are_put_off_three_times() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("m")).await;
    let id = doses_of(&dara, "2026-11-22").await.remove(0);
    let snooze = |minutes: u32| dara.post(format!("/doses/{id}/snooze"), json!({ "minutes": minutes }));
    assert_eq!(snooze(7).await.expect(400).bad_fields(), ["minutes"]);
    let once = snooze(5).await.ok();
    assert_eq!(once["dose"]["status"], "DUE");
    assert_eq!(once["dose"]["reminderTime"], "2026-11-22T00:05:00.000Z");
    snooze(10).await.ok();
    snooze(15).await.ok();
    snooze(5).await.expect(409).code("snooze_limit");
    take(&dara, &id).await;
    snooze(5).await.expect(409).code("dose_not_due");
    server.finish().await;
}

#[tokio::test]
async fn medicine_as_needed_is_warned_about_before_it_is_too_much() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let schedule =
        Schedule::AsNeeded { amount: Amount::whole(1), max_per_24h: Some(2), min_interval_hours: Some(4) };
    let prescription = prescribe(&server, &dara, schedule).await;
    assert_eq!(doses_of(&dara, "2026-11-22").await.len(), 0);
    let medication = first_line(&server, &dara, prescription).to_string();
    let take = |more: serde_json::Value| {
        let mut body = json!({ "medicationId": medication });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        dara.post("/doses/prn", body)
    };
    let first = take(json!({})).await.ok();
    assert_eq!(first["dose"]["isPRN"], true);
    assert_eq!(first["adherenceRate"], serde_json::Value::Null);
    take(json!({ "takenAt": "2026-11-22T06:59" })).await.expect(409).code("prn_limit");
    server.clock().advance(Span::hours(5));
    take(json!({ "doseAmount": 0.5 })).await.ok();
    server.clock().advance(Span::hours(5));
    take(json!({})).await.expect(409).code("prn_limit");
    let confirmed = take(json!({ "confirm": true })).await.ok();
    assert_eq!(confirmed["dose"]["status"], "TAKEN_ON_TIME");
    let today = dara.get("/doses/today").await.ok();
    assert_eq!(today["doses"].as_array().unwrap().len(), 3);
    assert_eq!(today["dailyProgress"], serde_json::Value::Null);
    assert_eq!(dara.get("/adherence/today").await.ok()["adherenceRate"], serde_json::Value::Null);
    server.finish().await;
}
