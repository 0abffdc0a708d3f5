//! What follows from a record, in its transaction, and what happens when sweep and record meet.

use das_tern::domain::connections::model::{AlertSettings, Permission};
use das_tern::domain::notifications::model::NotificationType;
use das_tern::flows::doses::{SweepMissedDoses, sweep_missed_doses};
use das_tern::platform::clock::Span;
use serde_json::json;

use super::kit::{clinic, daily, doses_of, prescribe, statuses, take};

#[tokio::test]
async fn a_record_finds_what_the_sweep_has_not_seen_yet() {
    for way in ["taken", "skipped", "sync", "correct"] {
        let server = clinic().await;
        let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
        let mother = server.family("mom").await;
        server.connected(&mother, &dara).await;
        server.connected(&sok, &dara).await;
        prescribe(&server, &dara, daily("mne")).await;
        let ids = doses_of(&dara, "2026-11-22").await;
        server.clock().advance(Span::minutes(4 * 60 + 40));
        // 11:40; nobody has swept.
        match way {
            "taken" => {
                let recorded = take(&dara, &ids[1]).await;
                assert_eq!(recorded["adherenceRate"], 50.0);
                assert_eq!(
                    take(&dara, &ids[1]).await,
                    recorded,
                    "a repetition is answered as the first time"
                );
            }
            "skipped" => {
                drop(dara.post(format!("/doses/{}/skip", ids[1]), json!({ "reason": "FASTING" })).await.ok());
            }
            "sync" => {
                let action =
                    json!({ "clientId": "a", "doseId": ids[1], "action": "taken", "at": "2026-11-22T11:35" });
                dara.post("/doses/sync", json!({ "actions": [action] })).await.ok();
            }
            _ => {
                let body = json!({ "status": "TAKEN_ON_TIME", "reason": "taken in front of me" });
                sok.post(format!("/doses/{}/correct", ids[1]), body).await.ok();
            }
        }
        assert_eq!(statuses(&dara, "2026-11-22").await[0], "MISSED", "{way}");
        let told = server.messages(&mother);
        assert_eq!(told.len(), 1, "{way}");
        assert_eq!((told[0].kind, told[0].params.text_of("count")), (NotificationType::FamilyAlert, "1"));
        // The sweep has nothing left to do.
        server.pass(Span::ZERO).await;
        assert_eq!(server.messages(&mother).len(), 1);
        server.finish().await;
    }
}

#[tokio::test]
async fn what_is_sent_late_of_several_doses_is_not_taken_for_missed_on_the_way() {
    let server = clinic().await;
    let (dara, mother) = (server.patient("dara").await, server.family("mom").await);
    server.connected(&mother, &dara).await;
    prescribe(&server, &dara, daily("mne")).await;
    let ids = doses_of(&dara, "2026-11-22").await;
    server.clock().advance(Span::hours(6));
    let action = |place: usize, at: &str| json!({ "clientId": format!("{place}"), "doseId": ids[place], "action": "taken", "at": at });
    let actions = [action(1, "2026-11-22T11:30"), action(0, "2026-11-22T07:00")];
    dara.post("/doses/sync", json!({ "actions": actions })).await.ok();
    assert_eq!(statuses(&dara, "2026-11-22").await, ["TAKEN_ON_TIME", "TAKEN_ON_TIME", "DUE"]);
    assert_eq!(server.messages(&mother).len(), 0);
    server.finish().await;
}

#[tokio::test]
async fn an_alert_that_waits_is_dropped_when_the_dose_is_taken_meanwhile() {
    let server = clinic().await;
    let (dara, mother) = (server.patient("dara").await, server.family("mom").await);
    let waits = AlertSettings { enabled: true, delay_minutes: 30 };
    server.connected_with(&mother, &dara, Permission::all(), waits).await;
    prescribe(&server, &dara, daily("mn")).await;
    let ids = doses_of(&dara, "2026-11-22").await;
    server.pass(Span::minutes(31)).await;
    server.clock().advance(Span::minutes(10));
    take(&dara, &ids[0]).await;
    server.clock().advance(Span::minutes(25));
    server.run_jobs().await;
    assert_eq!(server.messages(&mother).len(), 0);
    // The next one is not taken, and is told of after the delay.
    server.clock().advance(Span::hours(5));
    server.run_jobs().await;
    assert_eq!(server.messages(&mother).len(), 0);
    server.clock().advance(Span::minutes(31));
    server.run_jobs().await;
    assert_eq!(server.messages(&mother).len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_sweep_and_a_record_at_the_same_instant_have_one_outcome() {
    for _ in 0..10 {
        let server = clinic().await;
        let (dara, mother) = (server.patient("dara").await, server.family("mom").await);
        server.connected(&mother, &dara).await;
        prescribe(&server, &dara, daily("m")).await;
        let id = doses_of(&dara, "2026-11-22").await.remove(0);
        server.clock().advance(Span::minutes(31));
        let sweeping = tokio::spawn(sweep_missed_doses(server.context().clone(), SweepMissedDoses {}));
        let recorded = take(&dara, &id).await;
        sweeping.await.unwrap().unwrap();
        // Whoever came first, it is taken late in the end, and the alert tells of a miss that was written down.
        assert_eq!(statuses(&dara, "2026-11-22").await, ["TAKEN_LATE"]);
        let was_missed = recorded["dose"]["corrections"].as_array().unwrap().len();
        let alerts = server.messages(&mother);
        assert_eq!(alerts.iter().filter(|alert| alert.variant == "default").count(), was_missed);
        server.finish().await;
    }
}
