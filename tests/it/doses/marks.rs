//! Within which bounds a dose is recorded, what is a repetition and what a correction, and how a mark is taken back.

use das_tern::domain::connections::model::{AlertSettings, Permission};
use das_tern::domain::notifications::model::NotificationType;
use das_tern::domain::prescriptions::model::{Amount, Schedule};
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::kit::{clinic, daily, doses_of, first_line, prescribe, statuses, take};
use crate::kit::{Call, Client};

const TODAY: &str = "2026-11-22";

fn mark(patient: &Client, id: &str, body: Value) -> Call {
    patient.post(format!("/doses/{id}/mark-taken"), body)
}

fn undo(person: &Client, id: &str) -> Call {
    person.post(format!("/doses/{id}/undo"), json!({}))
}

/// Statuses of what a dose's record said before.
fn before(recorded: &Value) -> Vec<&str> {
    let corrections = recorded["dose"]["corrections"].as_array().unwrap();
    corrections.iter().map(|one| one["status"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_dose_is_taken_within_twelve_hours_before_whatever_is_confirmed() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mx")).await;
    let night = doses_of(&dara, TODAY).await.remove(1);
    // 21:00, at 07:00: fourteen hours.
    for confirm in [false, true] {
        let body = json!({ "confirmEarly": confirm });
        mark(&dara, &night, body).await.expect(409).code("dose_too_far_ahead");
        let body = json!({ "confirmEarly": confirm, "takenAt": "1990-01-01T08:00" });
        mark(&dara, &night, body).await.expect(409).code("dose_too_far_ahead");
    }
    let far = doses_of(&dara, "2026-12-11").await.remove(0);
    mark(&dara, &far, json!({ "confirmEarly": true })).await.expect(409).code("dose_too_far_ahead");
    server.clock().advance(Span::hours(2));
    mark(&dara, &night, json!({})).await.expect(409).code("dose_too_early");
    let early = mark(&dara, &night, json!({ "confirmEarly": true })).await.ok();
    assert_eq!(
        (early["dose"]["status"].as_str(), early["dose"]["minutesLate"].as_i64()),
        (Some("TAKEN_ON_TIME"), Some(-720))
    );
    // Before midnight for the dose after it: the calendar day does not matter.
    server.clock().advance(Span::hours(14));
    let morning = doses_of(&dara, "2026-11-23").await.remove(0);
    let at_eleven = json!({ "takenAt": "2026-11-22T22:30", "confirmEarly": true });
    assert_eq!(mark(&dara, &morning, at_eleven).await.ok()["dose"]["minutesLate"], -510);
    server.finish().await;
}

#[tokio::test]
async fn a_dose_is_left_out_at_most_a_week_ahead() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mn")).await;
    let skip = |id: &str| dara.post(format!("/doses/{id}/skip"), json!({ "reason": "FASTING" }));
    let on = |date: &'static str| {
        let dara = dara.clone();
        async move { doses_of(&dara, date).await }
    };
    // It is 07:00.
    assert_eq!(skip(&on("2026-11-29").await[0]).await.ok()["dose"]["status"], "SKIPPED");
    skip(&on("2026-11-29").await[1]).await.expect(409).code("skip_too_far_ahead");
    server.finish().await;
}

#[tokio::test]
async fn another_time_is_a_correction_and_the_same_time_a_repetition() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mn")).await;
    let id = doses_of(&dara, TODAY).await.remove(0);
    server.clock().advance(Span::hours(2));
    let first = mark(&dara, &id, json!({ "takenAt": "2026-11-22T07:10" })).await.ok();
    for body in
        [json!({}), json!({ "takenAt": "2026-11-22T07:15" }), json!({ "takenAt": "2026-11-22T07:05" })]
    {
        assert_eq!(mark(&dara, &id, body).await.ok(), first);
    }
    let corrected = mark(&dara, &id, json!({ "takenAt": "2026-11-22T08:30" })).await.ok();
    assert_eq!(corrected["dose"]["status"], "TAKEN_LATE");
    assert_eq!(corrected["dose"]["takenAt"], "2026-11-22T01:30:00.000Z");
    assert_eq!(corrected["dose"]["corrections"][0]["at"], "2026-11-22T00:10:00.000Z");
    assert_eq!(dara.get("/adherence/today").await.ok()["counts"]["late"], 1);
    mark(&dara, &id, json!({ "takenAt": "2026-11-22T09:30" })).await.expect(400);
    // Another reason is a correction too.
    let noon = doses_of(&dara, TODAY).await.remove(1);
    let skip = |body| dara.post(format!("/doses/{noon}/skip"), body);
    let skipped = skip(json!({ "reason": "FORGOT" })).await.ok();
    assert_eq!(skip(json!({ "reason": "FORGOT" })).await.ok(), skipped);
    let corrected = skip(json!({ "reason": "SIDE_EFFECT" })).await.ok();
    assert_eq!(corrected["dose"]["skipReason"], "SIDE_EFFECT");
    assert_eq!(corrected["dose"]["corrections"][0]["skipReason"], "FORGOT");
    // After a day only the doctor corrects; a repetition is still answered.
    server.clock().advance(Span::hours(25));
    mark(&dara, &id, json!({ "takenAt": "2026-11-22T07:00" }))
        .await
        .expect(409)
        .code("correction_window_closed");
    assert_eq!(take(&dara, &id).await["dose"]["status"], "TAKEN_LATE");
    server.finish().await;
}

#[tokio::test]
async fn a_device_with_a_wrong_clock_is_believed_by_its_own_word() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mnx")).await;
    let ids = doses_of(&dara, TODAY).await;
    server.clock().advance(Span::hours(5));
    // Its clock is a day behind.
    let body = json!({ "takenAt": "2026-11-21T07:05", "sentAt": "2026-11-21T12:00" });
    let taken = mark(&dara, &ids[0], body.clone()).await.ok();
    assert_eq!(taken["dose"]["takenAt"], "2026-11-22T00:05:00.000Z");
    assert_eq!(taken["dose"]["deviceTime"], "2026-11-21T00:05:00.000Z");
    assert_eq!(taken["dose"]["clockShiftSeconds"], 24 * 60 * 60);
    server.clock().advance(Span::minutes(1));
    assert_eq!(mark(&dara, &ids[0], body).await.ok(), taken, "sent again a minute later");
    // A minute off is right.
    let body = json!({ "takenAt": "2026-11-22T11:45", "sentAt": "2026-11-22T12:02" });
    let taken = mark(&dara, &ids[1], body).await.ok();
    assert_eq!(
        (&taken["dose"]["deviceTime"], &taken["dose"]["clockShiftSeconds"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(taken["dose"]["takenAt"], "2026-11-22T04:45:00.000Z");
    let body = json!({ "reason": "FASTING", "sentAt": "2026-11-22T09:01" });
    let skipped = dara.post(format!("/doses/{}/skip", ids[2]), body).await.ok();
    assert_eq!(skipped["dose"]["clockShiftSeconds"], 3 * 60 * 60);
    mark(&dara, &ids[2], json!({ "sentAt": "soon" })).await.expect(400);
    server.finish().await;
}

#[tokio::test]
async fn a_doctor_corrects_within_the_bounds_of_an_intake_and_in_agreement_with_the_time() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connected(&sok, &dara).await;
    prescribe(&server, &dara, daily("m")).await;
    let id = doses_of(&dara, "2026-11-23").await.remove(0);
    server.clock().advance(Span::days(20));
    let correct = |status: &str, taken_at: Option<&str>| {
        let mut body = json!({ "status": status, "reason": "counted the blister" });
        if let Some(taken_at) = taken_at {
            body["takenAt"] = json!(taken_at);
        }
        sok.post(format!("/doses/{id}/correct"), body)
    };
    for far in ["1990-01-01T07:00", "2026-11-22T18:59", "2026-11-24T07:01"] {
        assert_eq!(correct("TAKEN_LATE", Some(far)).await.expect(400).bad_fields(), ["takenAt"], "{far}");
    }
    assert_eq!(correct("TAKEN_ON_TIME", Some("2026-11-23T09:00")).await.expect(400).bad_fields(), ["status"]);
    assert_eq!(correct("TAKEN_LATE", Some("2026-11-23T07:10")).await.expect(400).bad_fields(), ["status"]);
    assert_eq!(correct("SKIPPED", Some("2026-11-23T07:10")).await.expect(400).bad_fields(), ["takenAt"]);
    assert_eq!(correct("TAKEN_LATE", Some("2026-11-24T07:00")).await.ok()["dose"]["status"], "TAKEN_LATE");
    let on_time = correct("TAKEN_ON_TIME", None).await.ok();
    assert_eq!(on_time["dose"]["takenAt"], "2026-11-23T00:00:00.000Z");
    // He takes back his own correction; the patient does not.
    undo(&dara, &id).await.expect(403).code("undo_not_yours");
    let undone = undo(&sok, &id).await.ok();
    assert_eq!(undone["dose"]["status"], "TAKEN_LATE");
    server.finish().await;
}

#[tokio::test]
async fn a_mark_is_taken_back_and_the_reminders_go_on() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mn")).await;
    let id = doses_of(&dara, TODAY).await.remove(0);
    server.run_jobs().await;
    server.clock().advance(Span::minutes(2));
    take(&dara, &id).await;
    assert_eq!(dara.get("/adherence/today").await.ok()["counts"]["taken"], 1);
    let undone = undo(&dara, &id).await.ok();
    assert_eq!(undone["dose"]["status"], "DUE");
    assert_eq!(undone["dose"]["recordedAt"], Value::Null);
    assert_eq!(undone["adherenceRate"], Value::Null);
    assert_eq!(before(&undone), ["TAKEN_ON_TIME"]);
    assert_eq!(undo(&dara, &id).await.ok(), undone, "twice is once");
    assert_eq!(dara.get("/adherence/today").await.ok()["counts"]["taken"], 0);
    // 07:10: the next reminder; 07:30: missed after all.
    server.clock().advance(Span::minutes(8));
    server.run_jobs().await;
    let reminders = server.messages(&dara).into_iter();
    let reminders = reminders.filter(|message| message.kind == NotificationType::DoseReminder);
    assert_eq!(reminders.filter(|message| message.withdrawn_at.is_none()).count(), 1);
    server.clock().advance(Span::minutes(21));
    server.run_jobs().await;
    assert_eq!(statuses(&dara, TODAY).await[0], "MISSED");
    assert_eq!(undo(&dara, &id).await.ok()["dose"]["status"], "MISSED");
    // Marked again, it can be taken back to where the sweep had put it.
    take(&dara, &id).await;
    let undone = undo(&dara, &id).await.ok();
    assert_eq!(undone["dose"]["status"], "MISSED");
    assert_eq!(before(&undone), ["TAKEN_ON_TIME", "DUE", "MISSED", "TAKEN_LATE"]);
    server.finish().await;
}

#[tokio::test]
async fn a_mark_is_taken_back_within_ten_minutes_by_those_who_may() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let (mother, uncle, aunt) =
        (server.family("mom").await, server.family("uncle").await, server.family("aunt").await);
    let may = Permission { may_record_doses: true, ..Permission::all() };
    server.connected(&sok, &dara).await;
    server.connected_with(&mother, &dara, may.clone(), AlertSettings::default()).await;
    server.connected_with(&uncle, &dara, may, AlertSettings::default()).await;
    server.connected(&aunt, &dara).await;
    prescribe(&server, &dara, daily("mn")).await;
    let ids = doses_of(&dara, TODAY).await;
    undo(&dara, &ids[0]).await.expect(409).code("nothing_to_undo");
    take(&mother, &ids[0]).await;
    undo(&uncle, &ids[0]).await.expect(403).code("undo_not_yours");
    undo(&sok, &ids[0]).await.expect(403).code("undo_not_yours");
    undo(&aunt, &ids[0]).await.expect(403).code("write_not_allowed");
    undo(&server.patient("thida").await, &ids[0]).await.expect(404).code("dose_not_found");
    assert_eq!(undo(&mother, &ids[0]).await.ok()["dose"]["status"], "DUE");
    take(&mother, &ids[0]).await;
    assert_eq!(undo(&dara, &ids[0]).await.ok()["dose"]["status"], "DUE");
    take(&dara, &ids[0]).await;
    server.clock().advance(Span::minutes(11));
    undo(&dara, &ids[0]).await.expect(409).code("undo_window_closed");
    assert_eq!(statuses(&dara, TODAY).await[0], "TAKEN_ON_TIME");
    let rows =
        server.context().store.read(|tx| das_tern::domain::audit::tables::RECORDS.list_prefix(tx, &()));
    let done = rows.unwrap().iter().filter(|(_, record)| record.action == "dose.undo").count();
    assert!(done >= 2, "{done}");
    server.finish().await;
}

#[tokio::test]
async fn what_is_taken_back_after_its_grace_is_missed_at_once_and_a_replayed_action_stays_taken_back() {
    let server = clinic().await;
    let (dara, mother) = (server.patient("dara").await, server.family("mom").await);
    server.connected(&mother, &dara).await;
    prescribe(&server, &dara, daily("m")).await;
    let id = doses_of(&dara, TODAY).await.remove(0);
    server.clock().advance(Span::minutes(29));
    let action = json!({ "clientId": "a", "doseId": id, "action": "taken", "at": "2026-11-22T07:20" });
    dara.post("/doses/sync", json!({ "actions": [action.clone()] })).await.ok();
    server.clock().advance(Span::minutes(9));
    assert_eq!(undo(&dara, &id).await.ok()["dose"]["status"], "MISSED");
    let told = server.messages(&mother);
    assert_eq!(told.iter().filter(|message| message.kind == NotificationType::FamilyAlert).count(), 1);
    let again = dara.post("/doses/sync", json!({ "actions": [action] })).await.ok();
    assert_eq!(again["unchanged"][0]["status"], "MISSED");
    server.finish().await;
}

#[tokio::test]
async fn an_intake_as_needed_that_is_taken_back_frees_its_limit_and_stays_in_the_history() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let schedule =
        Schedule::AsNeeded { amount: Amount::whole(1), max_per_24h: Some(1), min_interval_hours: None };
    let prescription = prescribe(&server, &dara, schedule).await;
    let medication = first_line(&server, &dara, prescription).to_string();
    let record = |more: Value| {
        let mut body = json!({ "medicationId": medication });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        dara.post("/doses/prn", body)
    };
    let taken = record(json!({ "takenAt": "2026-11-22T06:30" })).await.ok();
    let id = taken["dose"]["id"].as_str().unwrap().to_owned();
    record(json!({})).await.expect(409).code("prn_limit");
    let undone = undo(&dara, &id).await.ok();
    assert_eq!(undone["dose"]["status"], "CANCELLED");
    assert_eq!(undo(&dara, &id).await.ok(), undone);
    mark(&dara, &id, json!({})).await.expect(409).code("dose_taken_back");
    let cancelled = dara.get("/doses/history?status=CANCELLED").await.ok();
    assert_eq!(cancelled["items"][0]["corrections"][0]["status"], "TAKEN_ON_TIME");
    // The same time can be recorded anew.
    let again = record(json!({ "takenAt": "2026-11-22T06:30" })).await.ok();
    assert_eq!(
        (again["dose"]["id"].as_str(), before(&again)),
        (Some(id.as_str()), vec!["TAKEN_ON_TIME", "CANCELLED"])
    );
    server.finish().await;
}
