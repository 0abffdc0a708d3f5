//! `Idempotency-Key` at the gate.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::{items, text};
use crate::kit::TestServer;

#[tokio::test]
async fn parallel_requests_with_one_key_have_one_outcome() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let mut running = Vec::new();
    for _ in 0..16 {
        let call = sok.post("/connections", json!({"targetUserId": dara.id()})).idempotent("one");
        running.push(tokio::spawn(async move { call.await.expect(201).json }));
    }
    let mut ids = Vec::new();
    for one in running {
        ids.push(text(&one.await.unwrap(), "id"));
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "everybody hears the same answer");
    let records = items(&sok, "/audit").await;
    let records = records.iter().filter(|record| record["action"] == "connection.request");
    let is_replay = |record: &&&Value| record["change"].as_str().unwrap().contains("replayed");
    let (again, first): (Vec<_>, Vec<_>) = records.partition(|record| is_replay(&record));
    assert_eq!((first.len(), again.len()), (1, 15), "it happened once, and was told again fifteen times");
    server.finish().await;
}

#[tokio::test]
async fn a_key_belongs_to_one_person_and_one_request() {
    let server = TestServer::start().await;
    let (dara, sok, ken) =
        (server.patient("dara").await, server.doctor("sok").await, server.doctor("ken").await);
    let body = json!({"targetUserId": dara.id()});
    let first = sok.post("/connections", body.clone()).idempotent("key").await.expect(201).ok();
    let other = ken.post("/connections", body.clone()).idempotent("key").await.expect(201).ok();
    assert_ne!(first["id"], other["id"]);
    let path = format!("/connections/{}/revoke", text(&first, "id"));
    sok.post(&path, json!({})).idempotent("key").await.expect(422).code("idempotency_key_reused");
    // What failed is not kept: the same key may try again.
    sok.post("/connections", body.clone()).idempotent("again").await.expect(409);
    sok.post(&path, json!({})).await.ok();
    server.clock().advance(Span::hours(17));
    sok.post("/connections", body.clone()).idempotent("again").await.expect(201);
    // After a day the key is forgotten.
    server.clock().advance(Span::hours(24));
    sok.post("/connections", body).idempotent("key").await.expect(409).code("connection_exists");
    let bad = sok.post(&path, json!({})).idempotent(&"x".repeat(200)).await.expect(400);
    assert_eq!(bad.bad_fields(), ["Idempotency-Key"]);
    server.finish().await;
}

#[tokio::test]
async fn strangers_who_choose_the_same_key_do_not_meet() {
    let server = TestServer::start().await;
    let form = |name: &str| {
        json!({
            "firstName": name, "lastName": "Sok", "gender": "MALE", "dateOfBirth": "1990-04-14",
            "email": format!("{name}@example.com"), "password": "mekong-sunrise-42",
        })
    };
    let family = json!({"fullName": "Srey", "email": "srey@example.com", "password": "mekong-sunrise-42"});
    let from = |last: u8| server.stranger().coming_from([127, 0, 0, last].into());
    let (one, other) = (from(1), from(2));
    let first = one.post("/auth/register/patient", form("dara")).idempotent("1").await.expect(201).ok();
    let second = other.post("/auth/register/patient", form("bopha")).idempotent("1").await.expect(201).ok();
    assert_ne!(first["userId"], second["userId"]);
    // Nor do two operations at one address.
    one.post("/auth/register/family", family).idempotent("1").await.expect(201);
    // The same request at the same address is the same, under either name of the API.
    for path in ["!/api/auth/register/patient", "!/api/v1/auth/register/patient"] {
        let again = one.post(path, form("dara")).idempotent("1").await.expect(201).ok();
        assert_eq!(again["userId"], first["userId"], "{path}");
    }
    one.post("/auth/register/patient", form("vuthy"))
        .idempotent("1")
        .await
        .expect(422)
        .code("idempotency_key_reused");
    server.finish().await;
}
