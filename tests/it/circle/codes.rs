//! One-time codes.

use das_tern::domain::connections::codes::{ALPHABET, GUESSES_MAX};
use das_tern::domain::connections::model::Scope;
use das_tern::platform::clock::Span;
use serde_json::json;

use super::{looked, text};
use crate::kit::TestServer;

#[tokio::test]
async fn a_code_is_shown_as_a_picture_and_connects_at_its_level() {
    let server = TestServer::start().await;
    let (dara, sok, srey) =
        (server.patient("dara").await, server.doctor("sok").await, server.family("srey").await);
    let wish = json!({"permissionLevel": "SELECTED", "scopes": ["VITALS"]});
    let made = dara.post("/connections/codes", wish).await.expect(201).ok();
    let code = text(&made, "code");
    assert_eq!(code.len(), 8);
    assert!(code.bytes().all(|letter| ALPHABET.contains(&letter)), "{code}");
    assert!(text(&made, "qrCode").starts_with("data:image/svg+xml;base64,"));
    assert_eq!(made["expiresAt"], "2026-11-23T00:00:00.000Z");
    let typed = json!({"code": format!(" {}-{} ", code[..4].to_lowercase(), &code[4..])});
    let preview = sok.post("/connections/codes/preview", typed.clone()).await.ok();
    assert_eq!(preview["patientName"], "dara");
    assert_eq!(preview["permissionLevel"], "SELECTED");
    let own = dara.post("/connections/codes/redeem", typed.clone()).await.expect(400);
    assert_eq!(own.bad_fields(), ["code"], "nobody is connected with themselves");
    let connection = sok.post("/connections/codes/redeem", typed.clone()).await.expect(200).ok();
    assert_eq!(connection["status"], "ACCEPTED");
    assert_eq!(connection["scopes"], json!(["VITALS"]));
    assert_eq!(looked(&server, &sok, &dara, Scope::Vitals).await, "OK CONNECTION");
    assert_eq!(looked(&server, &sok, &dara, Scope::Doses).await, "scope_not_shared");
    srey.post("/connections/codes/redeem", typed.clone()).await.expect(404).code("connection_code_invalid");
    srey.post("/connections/codes/preview", typed).await.expect(404).code("connection_code_invalid");
    sok.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.expect(403);
    let refused = dara.post("/connections/codes", json!({"permissionLevel": "SELECTED"})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["scopes"]);
    server.finish().await;
}

#[tokio::test]
async fn many_who_redeem_one_code_at_once_make_one_connection() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let made = dara.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.ok();
    let mut running = Vec::new();
    for turn in 0..12 {
        let carer = server.doctor(&format!("doctor{turn}")).await;
        let call = carer.post("/connections/codes/redeem", json!({"code": made["code"]}));
        running.push(tokio::spawn(async move { call.await.status }));
    }
    let mut statuses = Vec::new();
    for one in running {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(statuses[1..].iter().all(|&status| status == 404), "{statuses:?}");
    let accepted = dara.get("/connections?status=ACCEPTED").await.ok();
    assert_eq!(accepted["items"].as_array().unwrap().len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_code_ends_after_a_day_and_is_not_wasted_on_a_connected_pair() {
    let server = TestServer::start().await;
    let (dara, sok, ken) =
        (server.patient("dara").await, server.doctor("sok").await, server.doctor("ken").await);
    server.connect(&sok, &dara).await;
    let made = dara.post("/connections/codes", json!({"permissionLevel": "REQUEST"})).await.ok();
    let code = json!({"code": made["code"]});
    sok.post("/connections/codes/redeem", code.clone()).await.expect(409).code("connection_exists");
    server.clock().advance(Span::hours(24));
    ken.post("/connections/codes/redeem", code).await.expect(404).code("connection_code_invalid");
    // A pending request is answered by handing over a code.
    ken.post("/connections", json!({"targetUserId": dara.id()})).await.ok();
    let made = dara.post("/connections/codes", json!({"permissionLevel": "NOT_ALLOWED"})).await.ok();
    let connection = ken.post("/connections/codes/redeem", json!({"code": made["code"]})).await.ok();
    assert_eq!(connection["status"], "ACCEPTED");
    assert_eq!(connection["permissionLevel"], "NOT_ALLOWED");
    for _ in 0..9 {
        dara.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.ok();
    }
    dara.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.ok();
    dara.post("/connections/codes", json!({"permissionLevel": "ALLOWED"}))
        .await
        .expect(409)
        .code("too_many_codes");
    server.finish().await;
}

#[tokio::test]
async fn guessing_is_limited_also_when_many_guess_at_once() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let made = dara.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.ok();
    let mut running = Vec::new();
    for turn in 0..30 {
        let verb = if turn % 2 == 0 { "redeem" } else { "preview" };
        let call = sok.post(format!("/connections/codes/{verb}"), json!({"code": format!("AAAA{turn:04}")}));
        running.push(tokio::spawn(async move { call.await }));
    }
    let (mut wrong, mut limited) = (0, 0);
    for one in running {
        let answer = one.await.unwrap();
        match answer.status {
            404 => wrong += 1,
            429 => {
                limited += 1;
                assert_eq!(answer.header("retry-after"), "3600");
            }
            other => panic!("unexpected {other}"),
        }
    }
    assert_eq!((wrong, limited), (GUESSES_MAX, 30 - GUESSES_MAX));
    let right = json!({"code": made["code"]});
    sok.post("/connections/codes/redeem", right.clone()).await.expect(429).code("too_many_wrong_codes");
    server.clock().advance(Span::hours(1));
    sok.post("/connections/codes/redeem", right).await.expect(200);
    let refused = sok.get("/audit").await.ok();
    let refused = refused["items"].as_array().unwrap().iter();
    let refused = refused.filter(|record| record["reason"] == "connection_code_invalid").count();
    assert_eq!(refused, GUESSES_MAX as usize, "every wrong code is on record");
    server.finish().await;
}
