//! A stream ends with the session that opened it.

use das_tern::platform::clock::Span;
use serde_json::json;

use crate::kit::{PASSWORD, TestServer};

#[tokio::test]
async fn signing_out_closes_the_streams_of_that_session_only() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let credentials = json!({"identifier": "dara@example.com", "password": PASSWORD});
    let other = server.stranger().post("/auth/login", credentials).await.ok();
    let other = dara.with_token(other["accessToken"].as_str());
    let (mut stream, mut socket) = (server.events(&dara).await, server.socket(&dara).await);
    let mut stays = server.events(&other).await;
    dara.post("/auth/logout", json!({})).await.expect(204);
    let last = stream.expect("ended").await;
    assert_eq!((last.id.as_str(), &last.data["reason"]), ("", &json!("session_ended")));
    assert!(stream.try_next().await.is_none());
    assert_eq!(socket.closed().await, 4401);
    server.mark(&dara).await;
    assert_eq!(stays.before_mark().await, [""; 0]);
    dara.get("/events").await.expect(401).code("session_ended");
    server.finish().await;
}

#[tokio::test]
async fn whatever_ends_sessions_ends_streams() {
    let server = TestServer::start().await;
    let (admin, sok) = (server.admin().await, server.doctor("sok").await);
    let (dara, bopha) = (server.patient("dara").await, server.patient("bopha").await);
    let mut of_sok = server.socket(&sok).await;
    admin.post(format!("/users/{}/lock", sok.id()), json!({"reason": "left"})).await.ok();
    assert_eq!(of_sok.closed().await, 4401);
    let mut of_bopha = server.socket(&bopha).await;
    admin.post(format!("/users/{}/end-sessions", bopha.id()), json!({})).await;
    assert_eq!(of_bopha.closed().await, 4401);
    // A new password ends the others, not the one that set it.
    let credentials = json!({"identifier": "dara@example.com", "password": PASSWORD});
    let other = server.stranger().post("/auth/login", credentials).await.ok();
    let other = dara.with_token(other["accessToken"].as_str());
    let (mut stays, mut ends) = (server.events(&dara).await, server.socket(&other).await);
    let change = json!({"currentPassword": PASSWORD, "newPassword": "tonle-sap-77x"});
    dara.post("/auth/password", change).await;
    assert_eq!(ends.closed().await, 4401);
    server.mark(&dara).await;
    stays.before_mark().await;
    server.finish().await;
}

#[tokio::test]
async fn nothing_is_handed_over_after_the_session_has_run_out() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let (mut stream, mut socket) = (server.events(&dara).await, server.socket(&dara).await);
    server.clock().advance(Span::days(91));
    server.mark(&dara).await;
    assert_eq!(stream.next().await.kind, "ended");
    assert_eq!(socket.closed().await, 4401);
    server.finish().await;
}
