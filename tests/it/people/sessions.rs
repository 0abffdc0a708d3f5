//! Refresh tokens, signing out, and the list of devices.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::{access, login, refresh};
use crate::kit::{Answer, PASSWORD, TestServer};

async fn continued(server: &TestServer, token: &str) -> Answer {
    server.stranger().post("/auth/refresh", json!({"refreshToken": token})).await
}

async fn signed_in(server: &TestServer) -> Value {
    login(&server.stranger(), "dara@example.com", PASSWORD).await.ok()
}

#[tokio::test]
async fn a_lost_answer_can_be_asked_for_again() {
    let server = TestServer::start().await;
    server.patient("dara").await;
    let first = signed_in(&server).await;
    server.clock().advance(Span::hours(1));
    let lost = continued(&server, refresh(&first)).await.expect(200).json;
    // However long he was without a connection.
    server.clock().advance(Span::days(3));
    let again = continued(&server, refresh(&first)).await.expect(200).json;
    assert_eq!(refresh(&lost), refresh(&again), "the same successor");
    assert_ne!(refresh(&first), refresh(&again));
    let client = server.stranger().with_token(Some(access(&again)));
    client.get("/users/me").await.expect(200);
    continued(&server, refresh(&again)).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn a_token_used_twice_ends_the_family() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    // The successor was used already.
    let first = signed_in(&server).await;
    let second = continued(&server, refresh(&first)).await.ok();
    let third = continued(&server, refresh(&second)).await.ok();
    continued(&server, refresh(&first)).await.expect(401).code("refresh_token_reused");
    continued(&server, refresh(&third)).await.expect(401).code("session_ended");
    server
        .stranger()
        .with_token(Some(access(&third)))
        .get("/users/me")
        .await
        .expect(401)
        .code("session_ended");

    // His other session goes on, and garbage ends nothing.
    continued(&server, "AAAA").await.expect(401).code("refresh_token_invalid");
    dara.get("/users/me").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn ten_refreshes_at_once_bring_one_successor() {
    let server = TestServer::start().await;
    server.patient("dara").await;
    let first = signed_in(&server).await;
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let (stranger, token) = (server.stranger(), refresh(&first).to_owned());
            tokio::spawn(
                async move { stranger.post("/auth/refresh", json!({"refreshToken": token})).await.ok() },
            )
        })
        .collect();
    let mut successors = std::collections::BTreeSet::new();
    for call in calls {
        successors.insert(refresh(&call.await.unwrap()).to_owned());
    }
    assert_eq!(successors.len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn sessions_end_when_unused_and_in_any_case_after_ninety_days() {
    let server = TestServer::start().await;
    server.patient("dara").await;
    let unused = signed_in(&server).await;
    let mut used = signed_in(&server).await;
    for _ in 0..3 {
        server.clock().advance(Span::days(29));
        used = continued(&server, refresh(&used)).await.expect(200).json;
    }
    continued(&server, refresh(&unused)).await.expect(401).code("session_ended");
    server.clock().advance(Span::days(3));
    continued(&server, refresh(&used)).await.expect(401).code("session_ended");
    server.finish().await;
}

#[tokio::test]
async fn signing_out_works_on_the_next_request() {
    let server = TestServer::start().await;
    let phone = server.patient("dara").await;
    let tokens = signed_in(&server).await;
    let tablet = server.stranger().with_token(Some(access(&tokens)));
    tablet.get("/users/me").await.expect(200);
    tablet.post("/auth/logout", json!({})).await.expect(204);
    tablet.get("/users/me").await.expect(401).code("session_ended");
    continued(&server, refresh(&tokens)).await.expect(401);
    phone.get("/users/me").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn people_see_and_end_their_own_sessions_only() {
    let server = TestServer::start().await;
    let (phone, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let tokens = signed_in(&server).await;
    let tablet = server.stranger().with_token(Some(access(&tokens)));
    let listed = phone.get("/auth/sessions").await.ok();
    let sessions = listed["items"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let other = sessions.iter().find(|session| session["current"] == false).unwrap();
    let path = format!("/auth/sessions/{}", other["id"].as_str().unwrap());
    sok.delete(&path).await.expect(404).code("session_not_found");
    phone.delete(&path).await.expect(204);
    tablet.get("/users/me").await.expect(401);
    phone.delete(&path).await.expect(404);
    assert_eq!(phone.get("/auth/sessions").await.ok()["items"].as_array().unwrap().len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn the_oldest_of_too_many_sessions_ends() {
    let server = TestServer::start_with(|settings| settings.auth.sessions_per_user_max = 2).await;
    let oldest = server.patient("dara").await;
    server.clock().advance(Span::seconds(1));
    signed_in(&server).await;
    server.clock().advance(Span::seconds(1));
    oldest.get("/users/me").await.expect(200);
    signed_in(&server).await;
    oldest.get("/users/me").await.expect(401).code("session_ended");
    server.finish().await;
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    let server = TestServer::start().await;
    server.patient("dara").await;
    let tokens = signed_in(&server).await;
    let server = server.restart().await;
    server.stranger().with_token(Some(access(&tokens))).get("/users/me").await.expect(200);
    continued(&server, refresh(&tokens)).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn a_token_on_the_blacklist_is_refused_though_its_session_goes_on() {
    use base64::Engine as _;
    let server = TestServer::start().await;
    server.patient("dara").await;
    let first = signed_in(&server).await;
    let client = server.stranger().with_token(Some(access(&first)));
    client.get("/users/me").await.expect(200);
    let part = access(&first).split('.').nth(1).unwrap();
    let claims = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let id = |name: &str| claims[name].as_str().unwrap().parse::<uuid::Uuid>().unwrap();
    let (session, token) = (id("sid"), id("jti"));
    let until = server.context().now().plus(Span::hours(24));
    server
        .context()
        .store
        .write(move |tx| {
            das_tern::domain::auth::tables::revoke_token(tx, session.into(), token.as_u128(), until)
        })
        .await
        .unwrap();
    client.get("/users/me").await.expect(401).code("session_ended");
    let second = continued(&server, refresh(&first)).await.expect(200).json;
    server.stranger().with_token(Some(access(&second))).get("/users/me").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn nobody_gets_through_while_an_account_is_being_locked() {
    let server = TestServer::start().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    // Whoever reads after the lock was acknowledged is refused, however many read at the same time.
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let dara = dara.clone();
            tokio::spawn(async move {
                for _ in 0..40 {
                    dara.get("/users/me").await;
                }
            })
        })
        .collect();
    admin.post(format!("/users/{}/lock", dara.id()), json!({"reason": "asked by phone"})).await.expect(200);
    for _ in 0..20 {
        dara.get("/users/me").await.expect(401).code("session_ended");
    }
    for reader in readers {
        reader.await.unwrap();
    }
    server.finish().await;
}
