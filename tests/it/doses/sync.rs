//! What was recorded without a connection arrives later.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::kit::{clinic, daily, doses_of, prescribe, statuses, take};

fn action(client_id: &str, dose: &str, kind: &str, at: &str) -> Value {
    json!({ "clientId": client_id, "doseId": dose, "action": kind, "at": at })
}

#[tokio::test]
async fn actions_are_judged_by_their_own_time_and_replays_are_harmless() {
    let server = clinic().await;
    let (dara, thida) = (server.patient("dara").await, server.patient("thida").await);
    prescribe(&server, &dara, daily("mnex")).await;
    prescribe(&server, &thida, daily("m")).await;
    let ids = doses_of(&dara, "2026-11-22").await;
    let hers = doses_of(&thida, "2026-11-22").await.remove(0);
    server.clock().advance(Span::hours(14));
    server.run_jobs().await;
    assert_eq!(statuses(&dara, "2026-11-22").await, ["MISSED", "MISSED", "MISSED", "DUE"]);
    let actions = json!({ "actions": [
        action("a", &ids[0], "taken", "2026-11-22T07:05"),
        action("b", &ids[1], "taken", "2026-11-22T13:00"),
        action("c", &ids[2], "skipped", "2026-11-22T17:40"),
        action("d", &hers, "taken", "2026-11-22T07:05"),
        action("e", &ids[3], "taken", "2026-11-22T17:00"),
        action("f", "nonsense", "taken", "2026-11-22T07:05"),
        action("g", &ids[3], "taken", "2026-11-23T17:00"),
    ]});
    let synced = dara.post("/doses/sync", actions.clone()).await.ok();
    let reasons: Vec<&str> = synced["conflicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|conflict| conflict["reason"].as_str().unwrap())
        .collect();
    assert_eq!(reasons, ["dose_not_found", "dose_too_early", "dose_not_found", "taken_at_in_future"]);
    assert_eq!(synced["applied"].as_array().unwrap().len(), 3);
    assert_eq!(statuses(&dara, "2026-11-22").await, ["TAKEN_ON_TIME", "TAKEN_LATE", "SKIPPED", "DUE"]);
    let again = dara.post("/doses/sync", actions).await.ok();
    assert_eq!(again["applied"], json!([]));
    assert_eq!(again["unchanged"].as_array().unwrap().len(), 3);
    let today = dara.get("/doses/today").await.ok();
    assert_eq!(today["doses"][0]["sentAfterReconnection"], true);
    assert_eq!(thida.get("/doses/today").await.ok()["dailyProgress"], 0.0);
    server.finish().await;
}

#[tokio::test]
async fn the_earliest_intake_wins_and_a_replay_does_not_undo_a_correction() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("m")).await;
    let id = doses_of(&dara, "2026-11-22").await.remove(0);
    server.clock().advance(Span::minutes(20));
    take(&dara, &id).await;
    let send = |client_id: &str, kind: &str, at: &str| {
        dara.post("/doses/sync", json!({ "actions": [action(client_id, &id, kind, at)] }))
    };
    assert_eq!(send("later", "taken", "2026-11-22T07:21").await.ok()["unchanged"][0]["clientId"], "later");
    assert_eq!(send("earlier", "taken", "2026-11-22T07:02").await.ok()["applied"][0]["clientId"], "earlier");
    let today = dara.get("/doses/today").await.ok();
    assert_eq!(today["doses"][0]["takenAt"], "2026-11-22T00:02:00.000Z");
    assert_eq!(today["doses"][0]["corrections"][0]["at"], "2026-11-22T00:20:00.000Z");
    let conflict = send("skip", "skipped", "2026-11-22T07:10").await.ok();
    assert_eq!(conflict["conflicts"][0]["reason"], "dose_already_taken");
    dara.post(format!("/doses/{id}/skip"), json!({ "reason": "FORGOT" })).await.ok();
    assert_eq!(send("earlier", "taken", "2026-11-22T07:02").await.ok()["unchanged"][0]["status"], "SKIPPED");
    server.finish().await;
}

#[tokio::test]
async fn a_call_is_bounded() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let many: Vec<Value> =
        (0..101).map(|n| action(&n.to_string(), "x", "taken", "2026-11-22T07:00")).collect();
    assert_eq!(
        dara.post("/doses/sync", json!({ "actions": many })).await.expect(400).bad_fields(),
        ["actions"]
    );
    let unknown = json!({ "actions": [], "sendAt": "2026-11-22T07:00" });
    assert_eq!(dara.post("/doses/sync", unknown).await.expect(400).bad_fields(), ["sendAt"]);
    dara.post("/doses/sync", json!({ "actions": {} })).await.expect(400);
    server.finish().await;
}

#[tokio::test]
async fn each_action_is_judged_alone() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mn")).await;
    let ids = doses_of(&dara, "2026-11-22").await;
    server.clock().advance(Span::hours(5));
    let good = action("good", &ids[0], "taken", "2026-11-22T07:05");
    let bad = |name: &str, value: Value| {
        let mut action = good.clone();
        action[name] = value;
        action
    };
    let actions = json!({ "actions": [
        bad("clientId", json!("")),
        bad("clientId", json!("x".repeat(65))),
        bad("clientId", json!([7])),
        bad("clientId", Value::Null),
        bad("doseId", json!("0193a3a0-zzzz")),
        bad("action", json!("eaten")),
        bad("at", json!("yesterday")),
        bad("at", Value::Null),
        bad("reason", json!("LAZY")),
        bad("reasn", json!("FORGOT")),
        json!(null),
        json!("taken"),
        json!({}),
        good,
        action("skip", &ids[1], "skipped", "2026-11-22T11:40"),
    ]});
    let synced = dara.post("/doses/sync", actions).await.ok();
    let conflicts: Vec<(u64, &str, &str)> = synced["conflicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            assert_eq!(one["maySendAgain"], false);
            assert!(!one["message"].as_str().unwrap().is_empty());
            let field = one["field"].as_str().unwrap_or("-");
            (one["index"].as_u64().unwrap(), field, one["reason"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        conflicts,
        [
            (0, "clientId", "client_id_length"),
            (1, "clientId", "client_id_length"),
            (2, "clientId", "field_string"),
            (3, "clientId", "field_required"),
            (4, "-", "dose_not_found"),
            (5, "action", "field_choice"),
            (6, "at", "field_date_time"),
            (7, "at", "field_required"),
            (8, "reason", "field_choice"),
            (9, "reasn", "field_unknown_near"),
            (10, "body", "field_object"),
            (11, "body", "field_object"),
            (12, "clientId", "field_required"),
        ]
    );
    let applied: Vec<&str> =
        synced["applied"].as_array().unwrap().iter().map(|one| one["clientId"].as_str().unwrap()).collect();
    assert_eq!(applied, ["good", "skip"]);
    assert_eq!(statuses(&dara, "2026-11-22").await, ["TAKEN_ON_TIME", "SKIPPED"]);
    // The reader's language.
    let khmer = dara.speaking(Some("km")).post("/doses/sync", json!({ "actions": [{}] })).await.ok();
    assert_ne!(khmer["conflicts"][0]["message"], synced["conflicts"][12]["message"]);
    server.finish().await;
}

#[tokio::test]
async fn a_wrong_clock_is_put_right_when_the_device_says_what_it_shows() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mn")).await;
    let ids = doses_of(&dara, "2026-11-22").await;
    // 07:10 here; the device is three hours ahead.
    server.clock().advance(Span::minutes(10));
    let actions = json!([action("a", &ids[0], "taken", "2026-11-22T10:05")]);
    let blind = dara.post("/doses/sync", json!({ "actions": actions })).await.ok();
    assert_eq!(blind["conflicts"][0]["reason"], "taken_at_in_future");
    assert_eq!(blind["conflicts"][0]["field"], "at");
    assert_eq!(blind["conflicts"][0]["maySendAgain"], true);
    let body = json!({ "actions": actions, "sentAt": "2026-11-22T10:10" });
    let synced = dara.post("/doses/sync", body.clone()).await.ok();
    assert_eq!(synced["applied"][0]["status"], "TAKEN_ON_TIME");
    assert_eq!(synced["applied"][0]["deviceTime"], "2026-11-22T03:05:00.000Z");
    assert_eq!(synced["applied"][0]["clockShiftSeconds"], -3 * 60 * 60);
    let today = dara.get("/doses/today").await.ok();
    assert_eq!(today["doses"][0]["takenAt"], "2026-11-22T00:05:00.000Z");
    assert_eq!(today["doses"][0]["deviceTime"], "2026-11-22T03:05:00.000Z");
    assert_eq!(today["doses"][0]["clockShiftSeconds"], -3 * 60 * 60);
    server.clock().advance(Span::minutes(3));
    let again = dara.post("/doses/sync", body).await.ok();
    assert_eq!(again["unchanged"][0]["clockShiftSeconds"], -3 * 60 * 60);
    server.finish().await;
}

#[tokio::test]
async fn parallel_sends_of_the_same_actions_apply_them_once() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mnex")).await;
    let ids = doses_of(&dara, "2026-11-22").await;
    server.clock().advance(Span::hours(14));
    let actions: Vec<Value> = ids
        .iter()
        .enumerate()
        .map(|(n, id)| action(&n.to_string(), id, "taken", "2026-11-22T20:59"))
        .collect();
    let body = json!({ "actions": actions });
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let (dara, body) = (dara.clone(), body.clone());
            tokio::spawn(async move { dara.post("/doses/sync", body).await.ok() })
        })
        .collect();
    let mut applied = 0;
    for call in calls {
        applied += call.await.unwrap()["applied"].as_array().unwrap().len();
    }
    assert_eq!(applied, 4);
    assert_eq!(dara.get("/adherence/today").await.ok()["counts"]["taken"], 4);
    server.finish().await;
}
