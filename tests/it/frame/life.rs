//! Starting, being watched, stopping.

use std::sync::mpsc;

use das_tern::platform::cache::Region;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::kit::TestServer;

#[tokio::test]
async fn a_request_in_flight_is_finished_before_the_server_stops() {
    let mut server = TestServer::start().await;
    let dara = server.patient("dara").await;
    // The writer is held up, so that the audit of a refusal, and with it the answer, has to wait.
    let (release, held) = mpsc::channel::<()>();
    let (entered, inside) = tokio::sync::oneshot::channel();
    let (mut entered, store) = (Some(entered), server.context().store.clone());
    let holding = tokio::spawn(async move {
        store
            .write(move |_| {
                if let Some(entered) = entered.take() {
                    entered.send(()).unwrap();
                    held.recv().unwrap();
                }
                Ok(())
            })
            .await
    });
    inside.await.unwrap();
    let request = {
        let dara = dara.clone();
        tokio::spawn(async move { dara.speaking(None).get("/admin/status").await })
    };
    // The request is on its way: the server has looked up who asks.
    while server.context().cache.counts(Region::Users).1 == 0 {
        tokio::task::yield_now().await;
    }
    let stopping = tokio::spawn(server.take_app().stop());
    tokio::task::yield_now().await;
    assert!(!request.is_finished() && !stopping.is_finished());
    release.send(()).unwrap();
    request.await.unwrap().expect(403).code("role_not_allowed");
    stopping.await.unwrap().unwrap();
    holding.await.unwrap().unwrap();
    // And nobody is let in any more.
    assert!(tokio::net::TcpStream::connect(server.address()).await.is_err());
}

#[tokio::test]
async fn the_admin_listener_tells_what_the_server_does() {
    let server = TestServer::start_with(|settings| {
        settings.server.admin_listen = Some(([127, 0, 0, 1], 0).into());
    })
    .await;
    let admin = server.admin().await;
    admin.get("/admin/status").await.ok();
    server.stranger().get("/nowhere").await.expect(404);
    let url = format!("http://{}/metrics", server.admin_address());
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    for line in [
        "das_tern_requests_total{method=\"GET\",route=\"/admin/status\",status=\"200\"} 1",
        "das_tern_requests_total{method=\"any\",route=\"other\",status=\"404\"} 1",
        "das_tern_request_duration_seconds_count{method=\"GET\",route=\"/admin/status\"} 1",
        "das_tern_request_duration_seconds_bucket{method=\"GET\",route=\"/admin/status\",le=\"+Inf\"} 1",
        "das_tern_store_writable 1",
        "das_tern_streams_open 0",
        "# TYPE das_tern_cache_lookups_total counter",
        "process_resident_memory_bytes",
    ] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
    // The public listener does not show it.
    server.stranger().get("!/metrics").await.expect(404);
    server.finish().await;
}

#[tokio::test]
async fn pages_come_from_the_binary_under_a_strict_policy() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    stranger.get("!/livez").await.expect(200);
    stranger.get("!/readyz").await.expect(200);
    for (path, kind) in [
        ("!/", "text/html; charset=utf-8"),
        ("!/docs", "text/html; charset=utf-8"),
        ("!/docs/docs.js", "text/javascript; charset=utf-8"),
        ("!/docs/text.js", "text/javascript; charset=utf-8"),
        ("!/docs/sending.js", "text/javascript; charset=utf-8"),
        ("!/docs/home.js", "text/javascript; charset=utf-8"),
        ("!/docs/style.css", "text/css; charset=utf-8"),
    ] {
        let page = stranger.get(path).await.expect(200);
        assert_eq!(page.header("content-type"), kind);
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        // Nothing from elsewhere, nothing inline.
        let text = &page.text;
        for forbidden in ["http://", "https://", "src=\"//", "<style", "onclick", " style=\"", "eval("] {
            assert!(!text.contains(forbidden), "{path} holds {forbidden}");
        }
        assert!(!text.contains("<script>"), "{path} holds an inline script");
    }
    assert_eq!(stranger.get("!/docs/icon.svg").await.expect(200).header("content-type"), "image/svg+xml");
    let document = stranger.get("!/openapi.json").await.ok();
    assert_eq!(document["info"]["title"], "Das Tern");
    server.finish().await;
}

#[tokio::test]
async fn a_silent_connection_is_closed_and_its_place_given_to_the_next() {
    let server = TestServer::start_with(|settings| {
        settings.server.idle_seconds = 1;
        settings.server.connections_max = 1;
    })
    .await;
    let mut silent = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    silent.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    // The only place is taken by a request that never comes to its end; this one gets it afterwards.
    let second = server.stranger();
    let answer = second.get("!/livez").await;
    answer.expect(200);
    let mut rest = Vec::new();
    silent.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&rest));
    drop(second);
    server.finish().await;
}
