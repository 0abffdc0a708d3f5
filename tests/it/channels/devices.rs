//! Browsers and telephones that get push messages.

use serde_json::{Value, json};

use super::kit::items;
use crate::kit::{Client, PASSWORD, TestServer};

/// The receiver's keys of RFC 8291, section 5.
pub fn subscription(endpoint: &str) -> Value {
    json!({
        "kind": "WEB_PUSH", "endpoint": endpoint, "name": "Chrome",
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    })
}

async fn register(client: &Client, token: &str) -> Value {
    client.post("/notifications/devices", json!({"kind": "FCM", "token": token})).await.expect(201).json
}

#[tokio::test]
async fn a_device_is_registered_renewed_and_removed() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let browser = dara
        .post("/notifications/devices", subscription("https://push.example.net/a"))
        .await
        .expect(201)
        .json;
    assert_eq!((&browser["kind"], &browser["name"]), (&json!("WEB_PUSH"), &json!("Chrome")));
    assert!(!browser.to_string().contains("push.example.net"), "its address is a secret: {browser}");
    let again = dara
        .post("/notifications/devices", subscription("https://push.example.net/a"))
        .await
        .expect(201)
        .json;
    assert_eq!(again["id"], browser["id"]);
    let telephone = register(&dara, "token-1").await;
    assert_eq!(items(&dara, "/notifications/devices").await.len(), 2);
    let remove = |id: &Value| dara.delete(format!("/notifications/devices?id={}", id.as_str().unwrap()));
    remove(&telephone["id"]).await.expect(204);
    remove(&telephone["id"]).await.expect(404).code("device_not_found");
    assert_eq!(items(&dara, "/notifications/devices").await, [browser]);
    server.finish().await;
}

#[tokio::test]
async fn what_is_not_a_device_is_told_by_field() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let bad = |body: Value| dara.post("/notifications/devices", body);
    let mut wrong = subscription("http://push.example.net/a");
    wrong["keys"] = json!({"p256dh": "AAAA", "auth": "?"});
    assert_eq!(bad(wrong.clone()).await.expect(400).bad_fields(), ["endpoint", "keys.auth", "keys.p256dh"]);
    // What cannot be shown is refused before anything is looked at.
    wrong["name"] = json!("\u{7}");
    assert_eq!(bad(wrong).await.expect(400).bad_fields(), ["name"]);
    for endpoint in
        ["https://localhost/a", "https://127.0.0.1/a", "https://10.0.0.1/a", "https://[::1]/", "ftp://x/"]
    {
        assert_eq!(bad(subscription(endpoint)).await.expect(400).bad_fields(), ["endpoint"], "{endpoint}");
    }
    assert_eq!(bad(json!({"kind": "WEB_PUSH"})).await.expect(400).bad_fields(), ["endpoint", "keys"]);
    assert_eq!(bad(json!({"kind": "FCM"})).await.expect(400).bad_fields(), ["token"]);
    assert_eq!(bad(json!({"kind": "FCM", "token": "a b"})).await.expect(400).bad_fields(), ["token"]);
    assert_eq!(bad(json!({"kind": "FAX"})).await.expect(400).bad_fields(), ["kind"]);
    server.finish().await;
}

#[tokio::test]
async fn ten_devices_are_enough_and_a_shared_telephone_moves() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    for number in 0..10 {
        register(&dara, &format!("token-{number}")).await;
    }
    let one_more = json!({"kind": "FCM", "token": "one-more"});
    dara.post("/notifications/devices", one_more.clone()).await.expect(409).code("devices_too_many");
    register(&dara, "token-3").await;
    register(&sok, "token-3").await;
    assert_eq!(items(&sok, "/notifications/devices").await.len(), 1);
    assert_eq!(items(&dara, "/notifications/devices").await.len(), 9);
    dara.post("/notifications/devices", one_more).await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn a_device_ends_with_the_session_that_registered_it() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    register(&dara, "at-home").await;
    let sign_in = json!({"identifier": "dara@example.com", "password": PASSWORD});
    let session = server.stranger().post("/auth/login", sign_in).await.ok();
    let elsewhere = dara.with_token(session["accessToken"].as_str());
    register(&elsewhere, "elsewhere").await;
    assert_eq!(items(&dara, "/notifications/devices").await.len(), 2);
    elsewhere.post("/auth/logout", json!({})).await.expect(204);
    let left = items(&dara, "/notifications/devices").await;
    assert_eq!(left.len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn browsers_learn_the_key_when_there_is_one() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let none = dara.get("/notifications/push-key").await.ok();
    assert_eq!(none, json!({"configured": false, "publicKey": null}));
    server.finish().await;
    let contact = "mailto:clinic@example.org".to_owned();
    let server = TestServer::start_with(|settings| settings.push.contact = Some(contact)).await;
    let dara = server.patient("dara").await;
    let key = dara.get("/notifications/push-key").await.ok();
    assert_eq!((key["configured"].as_bool(), key["publicKey"].as_str().unwrap().len()), (Some(true), 87));
    server.finish().await;
}
