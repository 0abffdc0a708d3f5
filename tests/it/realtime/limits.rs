//! Everything is bounded: streams, and what a slow reader may hold.

use std::time::Duration;

use das_tern::domain::events::model::{Audience, NewEvent};
use serde_json::json;

use crate::kit::{Client, TestServer};

#[tokio::test]
async fn streams_are_bounded_for_each_person_and_in_all() {
    let server = TestServer::start_with(|settings| {
        settings.real_time.streams_per_person_max = 2;
        settings.real_time.streams_max = 3;
    })
    .await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let (first, second) = (server.events(&dara).await, server.socket(&dara).await);
    let refused = dara.get("/events").await.expect(429).code("too_many_streams");
    assert_eq!(refused.header("retry-after"), "30");
    assert_eq!(server.connect_socket(server.handshake(Some(&dara))).await.err(), Some(429));
    let by_frame = server.socket_by_frame(json!({"token": dara.token()})).await.closed().await;
    assert_eq!(by_frame, 4429);
    let third = server.events(&sok).await;
    sok.get("/events").await.expect(503).code("streams_exhausted");
    assert_eq!(server.connect_socket(server.handshake(None)).await.err(), Some(503));
    drop((first, second, third));
    until(|| server.context().events.places_taken() == 0).await;
    server.events(&dara).await;
    server.finish().await;
}

/// Looks again and again for something that comes about by itself.
async fn until(mut holds: impl FnMut() -> bool) {
    let mut look = tokio::time::interval(Duration::from_millis(10));
    let coming = async {
        while !holds() {
            look.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), coming).await.expect("it never came about");
}

/// Writes more than the buffers between server and client hold.
async fn flood(server: &TestServer, client: &Client) {
    let data = json!({ "filling": "x".repeat(256 * 1024) });
    for _ in 0..60 {
        let (room, audience) = (client.id(), Audience::Own);
        server.publish(NewEvent { room, audience, kind: "test.flood", data: data.clone() }).await;
    }
}

async fn impatient() -> TestServer {
    TestServer::start_with(|settings| {
        settings.real_time.reader_seconds = 1;
        settings.real_time.heartbeat_seconds = 1;
        settings.server.idle_seconds = 3;
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_socket_loses_its_place_and_is_told_to_come_back() {
    let server = impatient().await;
    let dara = server.patient("dara").await;
    let mut slow = server.socket(&dara).await;
    flood(&server, &dara).await;
    until(|| server.context().events.places_taken() == 0).await;
    // What was on its way arrives, then the word to come back.
    let mut last = String::new();
    let code = loop {
        match slow.frame().await.expect("closed without a word") {
            tokio_tungstenite::tungstenite::Message::Text(text) => {
                let event: serde_json::Value = serde_json::from_str(&text).unwrap();
                last = event["id"].as_str().unwrap().to_owned();
            }
            tokio_tungstenite::tungstenite::Message::Close(Some(frame)) => break u16::from(frame.code),
            _ => {}
        }
    };
    assert_eq!(code, 1013);
    // And coming back misses nothing.
    let mut again = server.socket_after(&dara, Some(&last)).await;
    let next = again.next().await.id.parse::<u64>().unwrap();
    assert_eq!(next, last.parse::<u64>().unwrap() + 1);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_nobody_reads_is_closed_and_gives_its_place_back() {
    let server = impatient().await;
    let dara = server.patient("dara").await;
    let mut slow = server.events(&dara).await;
    flood(&server, &dara).await;
    until(|| server.context().events.places_taken() == 0).await;
    let mut last = 0;
    while let Some(heard) = slow.try_next().await {
        last = heard.id.parse::<u64>().unwrap_or(last);
    }
    assert!(last > 0 && last < 60, "the rest was not kept for him: {last}");
    server.finish().await;
}
