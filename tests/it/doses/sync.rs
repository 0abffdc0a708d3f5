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
async fn a_call_is_bounded_and_names_every_bad_action() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let many: Vec<Value> =
        (0..101).map(|n| action(&n.to_string(), "x", "taken", "2026-11-22T07:00")).collect();
    assert_eq!(
        dara.post("/doses/sync", json!({ "actions": many })).await.expect(400).bad_fields(),
        ["actions"]
    );
    let bad = json!({ "actions": [action("", "x", "eaten", "yesterday"), action("a", "x", "taken", "2026-11-22T07:00")] });
    let fields = dara.post("/doses/sync", bad).await.expect(400).bad_fields();
    assert_eq!(fields, ["actions[0].action", "actions[0].at"]);
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
