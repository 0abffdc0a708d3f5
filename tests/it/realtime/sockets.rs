//! What a WebSocket may and may not say.

use serde_json::json;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::kit::TestServer;

#[tokio::test]
async fn the_first_frame_may_bring_the_token() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let mut socket = server.socket_by_frame(json!({"token": dara.token()})).await;
    assert_eq!(socket.next().await.kind, "hello");
    server.mark(&dara).await;
    socket.expect(crate::kit::MARK).await;
    socket.send(r#"{"type":"ping"}"#.to_owned()).await;
    socket.expect("pong").await;
    for (frame, code) in [
        (json!({"token": "forged"}), 4401),
        (json!({"hello": "there"}), 1008),
        (json!("x".repeat(9_000)), 1009),
    ] {
        assert_eq!(server.socket_by_frame(frame).await.closed().await, code);
    }
    server.finish().await;
}

#[tokio::test]
async fn other_frames_close_the_socket() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    for (frame, code) in [
        (Message::text(r#"{"type":"subscribe","room":"all"}"#), 1008),
        (Message::text("nonsense"), 1008),
        (Message::binary(Bytes::from_static(&[1, 2, 3])), 1008),
        (Message::text("x".repeat(9_000)), 1009),
    ] {
        let mut socket = server.socket(&dara).await;
        socket.send_frame(frame).await;
        assert_eq!(socket.closed().await, code);
    }
    let mut chatty = server.socket(&dara).await;
    for _ in 0..61 {
        chatty.send(r#"{"type":"ping"}"#.to_owned()).await;
    }
    assert_eq!(chatty.closed().await, 1008);
    server.finish().await;
}

#[tokio::test]
async fn who_may_not_listen_is_refused_before_the_socket_opens() {
    let server = TestServer::start_with(|settings| {
        settings.server.cors_origins = vec!["https://app.example".to_owned()];
    })
    .await;
    let dara = server.patient("dara").await;
    let forged = dara.with_token(Some("forged"));
    assert_eq!(server.connect_socket(server.handshake(Some(&forged))).await.err(), Some(401));
    for (origin, refused) in [
        ("https://evil.example".to_owned(), Some(403)),
        ("null".to_owned(), Some(403)),
        ("https://app.example".to_owned(), None),
        (format!("http://{}", server.address()), None),
    ] {
        let mut request = server.handshake(Some(&dara));
        request.headers_mut().insert("origin", origin.parse().unwrap());
        assert_eq!(server.connect_socket(request).await.err(), refused, "{origin}");
    }
    for path in ["/events", "/realtime"] {
        let with_token = format!("{path}?access_token={}", dara.token());
        dara.get(&with_token).await.expect(400).code("validation_failed");
        assert_eq!(server.stranger().get(with_token).await.status / 100, 4);
    }
    assert_eq!(dara.get("/realtime").await.expect(400).bad_fields(), ["Upgrade"]);
    server.stranger().get("/events").await.expect(401).code("sign_in_required");
    server.finish().await;
}

#[tokio::test]
async fn a_socket_is_closed_as_the_protocol_wants_it() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    // Who closes is answered, before and after the token.
    let close = || Message::Close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() }));
    let mut polite = server.socket(&dara).await;
    polite.send_frame(close()).await;
    assert_eq!(polite.closed().await, 1000);
    assert!(polite.frame().await.is_none(), "the connection has ended");
    let mut shy = server.connect_socket(server.handshake(None)).await.unwrap();
    shy.send_frame(close()).await;
    assert_eq!(shy.closed().await, 1000);
    let long_ping = [&[0x89, 0xfe, 0, 126, 0, 0, 0, 0][..], &[b'x'; 126]].concat();
    // More than is read at once: what is left must not take the word with it.
    let endless = [&[0x81, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0][..], &[b'x'; 200_000]].concat();
    for (bytes, code) in [
        (&[0x81, 0x02, b'h', b'i'][..], 1002),
        (&[0xc1, 0x82, 0, 0, 0, 0, b'h', b'i'], 1002),
        (&[0x83, 0x82, 0, 0, 0, 0, b'h', b'i'], 1002),
        (&long_ping, 1002),
        (&[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe], 1007),
        (&endless, 1009),
    ] {
        let mut socket = server.socket(&dara).await;
        socket.send_bytes(bytes).await;
        assert_eq!(socket.closed().await, code, "{:x?}", bytes.get(..4));
        let mut socket = server.connect_socket(server.handshake(None)).await.unwrap();
        socket.send_bytes(bytes).await;
        assert_eq!(socket.closed().await, code, "before the token: {:x?}", bytes.get(..4));
    }
    let closing = server.context().events.emptied();
    tokio::time::timeout(std::time::Duration::from_secs(60), closing).await.expect("a place was kept");
    server.finish().await;
}
