//! Sessions of browsers: tokens in cookies, and changes only from our own pages.

use serde_json::json;

use crate::kit::{Answer, Call, Client, PASSWORD, TestServer};
use das_tern::platform::settings::BrowserSessions;

/// A request as our own pages send it.
fn of_page(call: Call, server: &TestServer) -> Call {
    call.header("origin", format!("http://{}", server.address())).header("x-das-tern-page", "1")
}

fn body() -> serde_json::Value {
    json!({ "identifier": "dara@example.com", "password": PASSWORD })
}

/// What a browser would send back: `name=value; name=value`.
fn cookies(answer: &Answer) -> String {
    let set = answer.headers.get_all("set-cookie").iter();
    let pairs = set.map(|header| header.to_str().unwrap().split(';').next().unwrap().to_owned());
    pairs.collect::<Vec<_>>().join("; ")
}

async fn signed_in(server: &TestServer, stranger: &Client) -> String {
    let answer = of_page(stranger.post("/auth/browser/login", body()), server).await.expect(200);
    cookies(&answer)
}

#[tokio::test]
async fn the_tokens_lie_where_no_script_can_read_them() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let stranger = server.stranger();
    let answer = of_page(stranger.post("/auth/browser/login", body()), &server).await.expect(200);
    let set: Vec<&str> =
        answer.headers.get_all("set-cookie").iter().map(|header| header.to_str().unwrap()).collect();
    assert_eq!(set.len(), 2, "{set:?}");
    for (header, name) in set.iter().zip(["__Host-das-tern-access=", "__Host-das-tern-refresh="]) {
        assert!(header.starts_with(name), "{header}");
        assert!(header.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{header}");
        let value = header.strip_prefix(name).unwrap().split(';').next().unwrap();
        assert!(value.len() > 20 && !answer.text.contains(value), "the body holds a token");
    }
    assert_eq!(answer.json["user"]["id"], json!(dara.id()));
    let cookies = cookies(&answer);
    let me = stranger.get("/auth/me").header("cookie", &cookies).await.ok();
    assert_eq!(me["id"], json!(dara.id()));
    server.finish().await;
}

#[tokio::test]
async fn a_change_by_cookie_comes_from_our_own_page() {
    let server = TestServer::start().await;
    server.patient("dara").await;
    let stranger = server.stranger();
    let cookies = signed_in(&server, &stranger).await;
    let own = format!("http://{}", server.address());
    let change = || {
        stranger
            .patch("/users/me/grace-period", json!({ "gracePeriodMinutes": 20 }))
            .header("cookie", &cookies)
    };
    change().await.expect(403).code("page_of_another");
    change().header("origin", &own).await.expect(403).code("page_of_another");
    change().header("x-das-tern-page", "1").await.expect(403).code("page_of_another");
    for stranger in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        let forged = change().header("origin", stranger).header("x-das-tern-page", "1");
        forged.await.expect(403).code("page_of_another");
    }
    of_page(change(), &server).await.expect(200);
    // Signing in is a change too: else a page of others could sign its reader in as somebody else.
    stranger.post("/auth/browser/login", body()).await.expect(403).code("page_of_another");
    stranger.post("/auth/browser/refresh", json!({})).header("cookie", &cookies).await.expect(403);
    server.finish().await;
}

#[tokio::test]
async fn a_header_counts_whatever_cookies_come_along() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let cookies = signed_in(&server, &server.stranger()).await;
    let me = sok.get("/auth/me").header("cookie", &cookies).await.ok();
    assert_eq!(me["id"], json!(sok.id()));
    let wrong = dara.with_token(Some("nonsense"));
    wrong.get("/auth/me").header("cookie", &cookies).await.expect(401).code("token_invalid");
    // Two cookies of one name: one of them was set by somebody else.
    let twice = format!("{cookies}; {cookies}");
    server.stranger().get("/auth/me").header("cookie", &twice).await.expect(401).code("token_invalid");
    server.finish().await;
}

#[tokio::test]
async fn a_session_is_continued_and_ended_by_its_cookies() {
    let server = TestServer::start().await;
    server.patient("dara").await;
    let stranger = server.stranger();
    let first = signed_in(&server, &stranger).await;
    server.clock().advance(server.context().settings.auth.access_token_life());
    server.clock().advance(das_tern::platform::clock::Span::minutes(2));
    stranger.get("/auth/me").header("cookie", &first).await.expect(401).code("token_expired");
    let refresh = |cookies: &str| {
        let call = stranger.call(reqwest::Method::POST, "/auth/browser/refresh").header("cookie", cookies);
        of_page(call, &server)
    };
    let second = cookies(&refresh(&first).await.expect(200));
    assert_ne!(first, second);
    stranger.get("/auth/me").header("cookie", &second).await.expect(200);
    let logout = |cookies: &str| {
        let call = stranger.call(reqwest::Method::POST, "/auth/browser/logout").header("cookie", cookies);
        of_page(call, &server)
    };
    let gone = logout(&second).await.expect(204);
    for header in gone.headers.get_all("set-cookie") {
        assert!(header.to_str().unwrap().ends_with("; Secure; Max-Age=0"), "{header:?}");
    }
    stranger.get("/auth/me").header("cookie", &second).await.expect(401).code("session_ended");
    refresh(&second).await.expect(401).code("session_ended");
    of_page(stranger.call(reqwest::Method::POST, "/auth/browser/refresh"), &server)
        .await
        .expect(401)
        .code("sign_in_required");
    server.finish().await;
}

#[tokio::test]
async fn without_https_only_the_local_network_gets_a_session_and_only_when_configured() {
    let server = TestServer::start_with(|settings| {
        settings.server.browser_sessions = BrowserSessions::UnprotectedOnLocalNetwork;
        settings.server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    })
    .await;
    let dara = server.patient("dara").await;
    let stranger = server.stranger();
    let answer = of_page(stranger.post("/auth/browser/login", body()), &server)
        .header("x-forwarded-for", "192.168.1.20")
        .await
        .expect(200);
    for header in answer.headers.get_all("set-cookie") {
        let header = header.to_str().unwrap();
        assert!(header.starts_with("das-tern-unprotected-") && !header.contains("Secure"), "{header}");
    }
    let me = stranger.get("/auth/me").header("cookie", cookies(&answer)).await.ok();
    assert_eq!(me["id"], json!(dara.id()));
    of_page(stranger.post("/auth/browser/login", body()), &server)
        .header("x-forwarded-for", "203.0.113.7")
        .await
        .expect(403)
        .code("browser_needs_https");
    server.finish().await;
}

#[tokio::test]
async fn events_are_heard_by_cookie() {
    let server = TestServer::start().await;
    server.patient("dara").await;
    let stranger = server.stranger();
    let cookies = signed_in(&server, &stranger).await;
    let stream = stranger.get("/events").header("cookie", &cookies).stream().await;
    assert_eq!(stream.status(), 200);
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    drop(stream);
    stranger.get("/events").await.expect(401).code("sign_in_required");
    server.finish().await;
}
