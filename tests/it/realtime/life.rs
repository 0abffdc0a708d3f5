//! Signs of life, and the end of the server.

use std::time::Duration;

use crate::kit::TestServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_outlives_the_limit_of_requests_and_shows_that_it_lives() {
    let server = TestServer::start_with(|settings| {
        settings.server.request_seconds = 1;
        settings.server.idle_seconds = 2;
        settings.real_time.heartbeat_seconds = 1;
    })
    .await;
    let dara = server.patient("dara").await;
    let mut stream = server.events_after(&dara, None).await;
    for (name, value) in
        [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")]
    {
        assert_eq!(stream.header(name), value);
    }
    assert_eq!(stream.header("content-encoding"), "", "compression would hold events back");
    assert_eq!(stream.block().await.unwrap(), "retry: 3000");
    assert!(stream.block().await.unwrap().contains("event: hello"));
    let mut socket = server.socket(&dara).await;
    for _ in 0..3 {
        assert_eq!(stream.block().await.unwrap(), ":");
        assert!(socket.frame().await.unwrap().is_ping());
    }
    server.mark(&dara).await;
    stream.expect(crate::kit::MARK).await;
    socket.expect(crate::kit::MARK).await;
    server.finish().await;
}

#[tokio::test]
async fn a_client_that_asks_for_compression_gets_its_events_at_once() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let response = dara.get("/events").header("accept-encoding", "gzip, zstd").stream().await;
    assert!(!response.headers().contains_key("content-encoding"));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_does_not_wait_for_streams_and_says_that_it_stops() {
    let mut server = TestServer::start_with(|settings| settings.server.leave_seconds = 1).await;
    let dara = server.patient("dara").await;
    let (mut stream, mut socket) = (server.events(&dara).await, server.socket(&dara).await);
    let unread = server.events(&dara).await;
    let waiting = server.connect_socket(server.handshake(None)).await.unwrap();
    server.stranger().get("!/readyz").await.expect(200);
    let stopping = tokio::spawn(server.take_app().stop());
    let last = stream.expect("resume").await;
    assert_eq!(last.data["reason"], "going_away");
    assert_eq!(socket.closed().await, 1001);
    // For as long as it still listens, a balancer sees that it leaves.
    server.stranger().get("!/readyz").await.expect(503);
    tokio::time::timeout(Duration::from_secs(10), stopping).await.expect("it hangs").unwrap().unwrap();
    drop((unread, waiting));
}
