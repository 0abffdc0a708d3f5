//! Rights that were there and are gone: whoever lost theirs reaches no more than a doctor who never had any, by no
//! operation, neither anew nor by repeating a request under its `Idempotency-Key`.

use std::collections::{BTreeMap, BTreeSet};

use das_tern::api;
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::rows::{Row, rows};
use super::world::World;
use super::{Operation, operations};
use crate::kit::{Answer, Client, TestServer};

/// The doctor whom the owner lets see and change everything.
const DOCTOR: &str = "doctor_allowed";
/// The family member whom the owner lets record doses.
const FAMILY: &str = "family_recorder";

/// What ends a right, and whose.
const LOSSES: [(&str, &str); 10] = [
    ("made family by staff", DOCTOR),
    ("licence refused", DOCTOR),
    ("locked by staff", DOCTOR),
    ("connection ended", DOCTOR),
    ("connection expired", DOCTOR),
    ("level NOT_ALLOWED", DOCTOR),
    ("level REQUEST", DOCTOR),
    ("other scope only", DOCTOR),
    ("connection ended", FAMILY),
    ("locked by staff", FAMILY),
];

/// Operations that would end the caller's own session, or the connection itself, before the right is lost, give another
/// right, or never end.
const LEFT_OUT: [&str; 9] = [
    "break_glass",
    "logout",
    "logout_browser",
    "end_session",
    "change_password",
    "request_account_deletion",
    "revoke_connection",
    "stream_events",
    "open_event_socket",
];

/// Takes the right away.
async fn lose(world: &World, how: &str, who: &str) {
    let (admin, owner) = (world.client("admin"), world.client("owner"));
    let account = format!("/users/{}", world.user(who));
    let connection = format!("/connections/{}", world.id(who));
    let permission = format!("{connection}/permission");
    match how {
        "made family by staff" => admin.patch(&account, json!({"role": "FAMILY_MEMBER"})).await.ok(),
        "licence refused" => {
            admin.post(format!("{account}/reject"), json!({"reason": "not in the register"})).await.ok()
        }
        "locked by staff" => admin.post(format!("{account}/lock"), json!({"reason": "left"})).await.ok(),
        "connection ended" => owner.post(format!("{connection}/revoke"), json!({})).await.ok(),
        "connection expired" => {
            let end = world.server.context().now().plus(Span::minutes(5)).to_utc().to_rfc3339();
            let set =
                owner.patch(&permission, json!({"permissionLevel": "ALLOWED", "expiresAt": end})).await.ok();
            world.server.clock().advance(Span::minutes(6));
            set
        }
        "level NOT_ALLOWED" => owner.patch(&permission, json!({"permissionLevel": "NOT_ALLOWED"})).await.ok(),
        "level REQUEST" => owner.patch(&permission, json!({"permissionLevel": "REQUEST"})).await.ok(),
        "other scope only" => {
            owner.patch(&permission, json!({"permissionLevel": "SELECTED", "scopes": ["NOTES"]})).await.ok()
        }
        unknown => panic!("{unknown}"),
    };
}

async fn send(
    world: &World,
    client: &Client,
    who: &str,
    operation: &Operation,
    row: &Row,
    key: Option<&str>,
) -> Answer {
    let (path, body) = (row.call)(world, who);
    let mut call = client.call(operation.method.parse().unwrap(), &path);
    match body {
        Some(Value::String(text)) => call = call.body("text/csv", text),
        Some(body) => call = call.json(body),
        None => {}
    }
    if let Some(key) = key {
        call = call.idempotent(key);
    }
    let answer = call.await;
    assert!(answer.status < 500, "{} as {who}: {}", row.operation, answer.text);
    answer
}

/// Whether the door was shut, in a batch for each of its patients.
fn is_shut(answer: &Answer) -> bool {
    let refused = |results: &Vec<Value>| results.iter().all(|result| result["ok"] == false);
    matches!(answer.status, 401 | 403 | 404) || answer.json["results"].as_array().is_some_and(refused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_that_is_gone_opens_nothing() {
    let server = TestServer::start().await;
    let operations = operations(&api::document(server.context()));
    drop(server);
    let left_out = BTreeSet::from(LEFT_OUT);
    let rows: BTreeMap<&str, Row> = rows()
        .into_iter()
        .filter(|row| !left_out.contains(row.operation))
        .map(|row| (row.operation, row))
        .collect();
    let mut leaks = Vec::new();
    for (how, who) in LOSSES {
        let world = World::build().await;
        let had = world.client(who).clone();
        // What they did while they could, each under a key of its own.
        let mut answered = BTreeSet::new();
        for (id, row) in &rows {
            if operations[*id].method != "GET"
                && send(&world, &had, who, &operations[*id], row, Some(id)).await.status < 300
            {
                answered.insert(*id);
            }
        }
        lose(&world, how, who).await;
        let who_lost = if how == "locked by staff" { had } else { world.server.known(who).await };
        let (mut shut, mut replays) = (0, 0);
        for (id, row) in &rows {
            let operation = &operations[*id];
            let stranger = world.client("doctor_without_connection");
            // Who it is may be known as long as anything is shared.
            if matches!(*id, "get_person" | "get_photo" | "get_doctor_patient")
                && matches!(how, "level REQUEST" | "other scope only")
            {
                continue;
            }
            // The other scope is that of the notes.
            if how == "other scope only" && id.contains("doctor_note") {
                continue;
            }
            if !is_shut(&send(&world, stranger, "doctor_without_connection", operation, row, None).await) {
                continue;
            }
            shut += 1;
            let anew = send(&world, &who_lost, who, operation, row, None).await;
            if !is_shut(&anew) {
                leaks.push(format!("{how}: {who} still reaches {id}: {} {}", anew.status, anew.text));
            }
            if answered.contains(id) {
                replays += 1;
                let again = send(&world, &who_lost, who, operation, row, Some(id)).await;
                if !is_shut(&again) {
                    leaks
                        .push(format!("{how}: {who} is told again of {id}: {} {}", again.status, again.text));
                }
            }
        }
        assert!(shut > 40, "{how}: only {shut} operations are shut to a stranger");
        assert!(replays > 2, "{how}: only {replays} requests of {who} were repeated");
        world.finish().await;
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

/// What happens to the owner's record afterwards: a value that alarms, a dose, words of a prescription.
async fn go_on(world: &World) {
    let owner = world.client("owner");
    let hot = json!({"vitalType": "TEMPERATURE", "value": 41.0, "unit": "Cel"});
    owner.post("/health-monitoring/vitals", hot).await.ok();
    let latex = json!({"substance": "latex"});
    owner.post(format!("/patients/{}/allergies", owner.id()), latex).await.ok();
    let dose = world.id("dose");
    owner.post(format!("/doses/{dose}/mark-taken"), json!({"confirmEarly": true})).await.ok();
    world.server.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_that_is_gone_lets_nobody_hear() {
    let mut leaks = Vec::new();
    let mut ended = 0;
    for (how, who) in LOSSES {
        let world = World::build().await;
        let had = world.client(who).clone();
        let (mut open, mut socket) = (world.server.events(&had).await, world.server.socket(&had).await);
        lose(&world, how, who).await;
        let ends = matches!(how, "made family by staff" | "licence refused" | "locked by staff");
        if ends {
            assert_eq!(socket.closed().await, 4401, "{how}");
            while let Some(heard) = open.try_next().await {
                assert!(!heard.kind.starts_with("dose."), "{how}: {heard:?}");
            }
            ended += 1;
        }
        go_on(&world).await;
        if how == "locked by staff" {
            world.finish().await;
            continue;
        }
        // Whoever may still sign in comes back and asks for all that they missed.
        let again = world.server.known(who).await;
        if how == "licence refused" {
            again.get("/events").await.expect(403).code("account_not_active");
            world.finish().await;
            continue;
        }
        let mut streams = vec![world.server.events_after(&again, Some("0")).await];
        if !ends {
            streams.push(open);
        }
        world.server.mark(&again).await;
        for stream in &mut streams {
            loop {
                let heard = stream.next().await;
                if heard.kind == crate::kit::MARK {
                    break;
                }
                // That the connection changed they may hear, and that a message came about it.
                let is_told = ["dose.", "vital.", "alert.", "prescription.", "clinical_record."]
                    .iter()
                    .any(|kind| heard.kind.starts_with(kind));
                if is_told {
                    leaks.push(format!("{how}: {who} hears {heard:?}"));
                }
            }
        }
        let messages = again.get("/notifications").await.ok();
        for message in messages["items"].as_array().unwrap() {
            if message["body"].as_str().unwrap().contains("41") {
                leaks.push(format!("{how}: {who} is told {message}"));
            }
        }
        world.finish().await;
    }
    assert_eq!(ended, 4);
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}
