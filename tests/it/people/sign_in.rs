//! Passwords, locks, and what a wrong one tells.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use das_tern::platform::clock::Span;
use das_tern::platform::crypto::PasswordCost;
use serde_json::{Value, json};

use super::{access, login};
use crate::kit::{PASSWORD, TestServer};

#[tokio::test]
async fn wrong_credentials_and_unknown_accounts_look_alike() {
    let server = TestServer::start().await;
    server.patient("dara").await;
    let stranger = server.stranger();
    let known = login(&stranger, "dara@example.com", "wrong-password").await.expect(401).json;
    let unknown = login(&stranger, "nobody@example.com", "wrong-password").await.expect(401).json;
    let unreadable = login(&stranger, "what is this", "wrong-password").await.expect(401).json;
    for other in [&unknown, &unreadable] {
        for part in ["type", "title", "status", "detail", "message", "code"] {
            assert_eq!(known[part], other[part], "{part}");
        }
    }
    assert_eq!(known["code"], "wrong_credentials");
    login(&stranger, "DARA@example.com", PASSWORD).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn the_token_says_who_and_for_how_long() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let tokens = login(&server.stranger(), "dara@example.com", PASSWORD).await.ok();
    let parts: Vec<Value> = access(&tokens)
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_eq!(parts[0], json!({"alg": "HS256", "typ": "at+jwt"}));
    let claims = &parts[1];
    assert_eq!(claims["sub"], dara.id().to_string());
    assert_eq!(claims["role"], "PATIENT");
    assert_eq!(claims["email"], "dara@example.com");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 24 * 60 * 60);
    for claim in ["sid", "jti", "iss", "aud"] {
        assert!(claims[claim].is_string(), "{claim}");
    }
    let signed_in = server.stranger().with_token(Some(access(&tokens)));
    server.clock().advance(Span::hours(24));
    signed_in.get("/users/me").await.expect(200);
    server.clock().advance(Span::seconds(6));
    signed_in.get("/users/me").await.expect(401).code("token_expired");
    server.finish().await;
}

#[tokio::test]
async fn five_wrong_passwords_close_the_sign_in_for_fifteen_minutes() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let stranger = server.stranger();
    for _ in 0..4 {
        login(&stranger, "dara@example.com", "wrong-password").await.expect(401);
    }
    // A success starts the count afresh.
    login(&stranger, "dara@example.com", PASSWORD).await.expect(200);
    for _ in 0..5 {
        login(&stranger, "dara@example.com", "wrong-password").await.expect(401);
    }
    let locked = login(&stranger, "dara@example.com", PASSWORD).await.expect(429).code("account_locked");
    assert_eq!(locked.header("retry-after"), "900");
    // An account that does not exist is closed just the same.
    for _ in 0..5 {
        login(&stranger, "nobody@example.com", "wrong-password").await.expect(401);
    }
    login(&stranger, "nobody@example.com", "wrong-password").await.expect(429).code("account_locked");

    // Those who are signed in stay so, and it is no status.
    assert_eq!(dara.get("/users/me").await.ok()["status"], "ACTIVE");
    server.clock().advance(Span::minutes(15));
    for _ in 0..4 {
        login(&stranger, "dara@example.com", "wrong-password").await.expect(401);
    }
    login(&stranger, "dara@example.com", PASSWORD).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn thirty_wrong_passwords_at_once_are_five_tries() {
    let server = TestServer::start().await;
    server.patient("dara").await;
    let calls: Vec<_> = (0..30)
        .map(|_| {
            let stranger = server.stranger();
            tokio::spawn(async move { login(&stranger, "dara@example.com", "wrong-password").await })
        })
        .collect();
    let mut statuses = std::collections::BTreeMap::new();
    for call in calls {
        *statuses.entry(call.await.unwrap().status).or_insert(0) += 1;
    }
    assert_eq!(statuses, std::collections::BTreeMap::from([(401, 5), (429, 25)]));
    server.finish().await;
}

#[tokio::test]
async fn thirty_right_passwords_at_once_are_no_attack() {
    let server = TestServer::start_with(|settings| settings.auth.sessions_per_user_max = 100).await;
    server.patient("dara").await;
    let calls: Vec<_> = (0..30)
        .map(|_| {
            let stranger = server.stranger();
            tokio::spawn(async move { login(&stranger, "dara@example.com", PASSWORD).await.status })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), 200);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let server = TestServer::start().await;
    let phone = server.patient("dara").await;
    let tokens = login(&server.stranger(), "dara@example.com", PASSWORD).await.ok();
    let tablet = server.stranger().with_token(Some(access(&tokens)));
    let change = |current: &str, new: &str| json!({"currentPassword": current, "newPassword": new});
    let refused = phone.post("/auth/password", change(PASSWORD, "short")).await.expect(400);
    assert_eq!(refused.bad_fields(), ["newPassword"]);
    phone.post("/auth/password", change("wrong-password", "tonle-sap-77")).await.expect(401);
    phone.post("/auth/password", change(PASSWORD, "tonle-sap-77")).await.expect(204);
    phone.get("/users/me").await.expect(200);
    tablet.get("/users/me").await.expect(401).code("session_ended");
    login(&server.stranger(), "dara@example.com", PASSWORD).await.expect(401);
    login(&server.stranger(), "dara@example.com", "tonle-sap-77").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn who_floods_the_sign_in_from_one_address_shuts_nobody_else_out() {
    let server = TestServer::start_with(|settings| {
        settings.auth.hash_queue = 16;
        settings.auth.password_cost = PasswordCost::default();
    })
    .await;
    server.patient("dara").await;
    let attacker = server.stranger().coming_from([127, 0, 0, 4].into());
    let refused = Arc::new(AtomicU32::new(0));
    let flood: Vec<_> = (0..60)
        .map(|number| {
            let (attacker, refused) = (attacker.clone(), Arc::clone(&refused));
            tokio::spawn(async move {
                for round in 0.. {
                    let who = format!("nobody{number}-{round}@example.com");
                    if login(&attacker, &who, "wrong-password").await.status == 503 {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    while refused.load(Ordering::Relaxed) < 60 {
        tokio::task::yield_now().await;
    }
    let dara = server.stranger().coming_from([127, 0, 0, 5].into());
    for _ in 0..3 {
        login(&dara, "dara@example.com", PASSWORD).await.expect(200);
    }
    for one in flood {
        one.abort();
    }
    server.finish().await;
}
