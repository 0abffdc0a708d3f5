//! Everything is bounded: streams, and what a slow reader may hold.

use std::time::Duration;

use das_tern::domain::events::model::{Audience, NewEvent};
use das_tern::platform::clock::Span;
use serde_json::json;

use crate::kit::{Client, MARK, TestServer};

#[tokio::test]
async fn the_newest_stream_of_a_person_takes_the_place_of_the_oldest() {
    let server = TestServer::start_with(|settings| settings.real_time.streams_per_person_max = 2).await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let mut others = server.events(&sok).await;
    let (mut first, mut second) = (server.events(&dara).await, server.socket(&dara).await);
    let mut third = server.events(&dara).await;
    let word = first.expect("displaced").await;
    assert_eq!(word.data["reason"], "newer_stream");
    assert_eq!(first.try_next().await, None);
    // A browser comes back by itself, with the last id it saw, and does not try again after a 204.
    dara.get("/events").header("last-event-id", &word.id).await.expect(204);
    server.mark(&dara).await;
    second.expect(MARK).await;
    third.expect(MARK).await;
    // A minute later the person may want that screen again, and misses nothing.
    server.clock().advance(Span::seconds(60));
    let mut again = server.events_after(&dara, Some(&word.id)).await;
    again.expect(MARK).await;
    assert_eq!(second.closed().await, 4429);
    let mut by_frame = server.socket_by_frame(json!({"token": dara.token()})).await;
    assert_eq!(by_frame.next().await.kind, "hello");
    third.expect("displaced").await;
    assert_eq!(server.context().events.places_taken(), 3);
    server.mark(&sok).await;
    others.expect(MARK).await;
    server.finish().await;
}

#[tokio::test]
async fn ten_telephones_that_vanished_do_not_keep_the_eleventh_out() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let mut gone = Vec::new();
    for _ in 0..10 {
        gone.push(server.events(&dara).await);
    }
    let mut screen = server.events(&dara).await;
    server.mark(&dara).await;
    screen.expect(MARK).await;
    server.finish().await;
}

#[tokio::test]
async fn streams_are_bounded_in_all() {
    let server = TestServer::start_with(|settings| settings.real_time.streams_max = 3).await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let (mut first, second) = (server.events(&dara).await, server.socket(&dara).await);
    let waiting = server.connect_socket(server.handshake(None)).await.unwrap();
    sok.get("/events").await.expect(503).code("streams_exhausted");
    assert_eq!(server.connect_socket(server.handshake(None)).await.err(), Some(503));
    // A person's own place is theirs to give.
    let third = server.events(&dara).await;
    first.expect("displaced").await;
    drop((first, second, third, waiting));
    emptied(&server).await;
    server.events(&sok).await;
    server.finish().await;
}

/// Waits until no place is taken.
async fn emptied(server: &TestServer) {
    let coming = server.context().events.emptied();
    tokio::time::timeout(Duration::from_secs(60), coming).await.expect("a place was kept");
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
    emptied(&server).await;
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
    emptied(&server).await;
    let mut last = 0;
    while let Some(heard) = slow.try_next().await {
        last = heard.id.parse::<u64>().unwrap_or(last);
    }
    assert!(last > 0 && last < 60, "the rest was not kept for him: {last}");
    server.finish().await;
}
