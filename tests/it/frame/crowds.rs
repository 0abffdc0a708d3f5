//! One address that takes every connection shuts out nobody but itself.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::kit::TestServer;

fn local(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
}

async fn connect(from: IpAddr, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from, 0)).unwrap();
    socket.connect(to).await.unwrap()
}

#[tokio::test]
async fn sixty_silent_connections_keep_nobody_out() {
    let server = TestServer::start_with(|settings| settings.server.connections_max = 16).await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let mut screen = server.events(&dara).await;
    let mut silent = Vec::new();
    for number in 0..60 {
        let mut stream = connect(local(9), server.address()).await;
        if number % 2 == 0 {
            // Whoever is turned away at once may notice it already.
            let _ = stream.write_all(b"GET /livez HTTP/1.1\r\nhost: ").await;
        }
        silent.push(stream);
    }
    for last in 20..40 {
        server.stranger().coming_from(local(last)).get("!/livez").await.expect(200);
    }
    // Who signed in works on, and the stream that is open stays open.
    sok.post("/connections", json!({"targetUserId": dara.id()})).await.ok();
    screen.expect("connection.changed").await;
    server.finish().await;
}

#[tokio::test]
async fn a_trusted_proxy_has_as_many_connections_as_it_needs() {
    let server = TestServer::start_with(|settings| {
        settings.server.connections_max = 16;
        settings.server.trusted_proxies = vec!["127.0.0.3/32".parse().unwrap()];
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..16 {
        let mut stream = connect(local(3), server.address()).await;
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        open.push(stream);
    }
    // All of them are still good for another request.
    for stream in &mut open {
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert!(String::from_utf8_lossy(&rest).contains("HTTP/1.1 200"));
    }
    server.finish().await;
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_is_not_waited_for() {
    let server = TestServer::start_with(|settings| settings.server.header_seconds = 1).await;
    let mut nothing = connect(local(1), server.address()).await;
    let mut half = connect(local(1), server.address()).await;
    half.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    // A connection between two requests may rest longer.
    let mut resting = connect(local(1), server.address()).await;
    resting.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    resting.read_exact(&mut answer).await.unwrap();
    let mut rest = Vec::new();
    nothing.read_to_end(&mut rest).await.unwrap();
    half.read_to_end(&mut rest).await.unwrap();
    resting.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    resting.read_to_end(&mut rest).await.unwrap();
    assert!(String::from_utf8_lossy(&rest).contains("HTTP/1.1 200"));
    server.finish().await;
}

#[tokio::test]
async fn a_stream_that_its_reader_closed_gives_its_place_back_at_once() {
    let server = TestServer::start_with(|settings| {
        // No sign of life comes to find out.
        settings.real_time.heartbeat_seconds = 3_000;
        settings.server.idle_seconds = 6_000;
    })
    .await;
    let dara = server.patient("dara").await;
    for closes in [true, false] {
        let mut stream = connect(local(1), server.address()).await;
        let asked =
            format!("GET /api/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", dara.token());
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut begun = [0; 12];
        stream.read_exact(&mut begun).await.unwrap();
        assert_eq!(&begun, b"HTTP/1.1 200");
        if closes {
            drop(stream);
        } else {
            // Only its end is sent; it goes on taking what comes, as a proxy may do.
            stream.shutdown().await.unwrap();
            stream.read_to_end(&mut Vec::new()).await.unwrap();
        }
        server.context().events.emptied().await;
    }
    server.finish().await;
}

#[tokio::test]
async fn whoever_sends_their_end_with_the_request_is_answered() {
    let server = TestServer::start().await;
    let mut stream = connect(local(1), server.address()).await;
    stream.write_all(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200") && answer.ends_with(b"}"), "{}", answer.len());
    server.finish().await;
}

#[tokio::test]
async fn a_refusal_before_the_body_has_come_says_that_the_connection_ends() {
    let server = TestServer::start_with(|settings| {
        settings.limits.enabled = true;
        settings.limits.sign_in_per_ip = 1;
    })
    .await;
    let body = json!({"identifier": "nobody@example.com", "password": "wrong-password"}).to_string();
    let head = format!(
        "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = connect(local(1), server.address()).await;
    // Read whole: the connection is good for another request.
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    let first = String::from_utf8_lossy(&answer[..length]).to_lowercase();
    assert!(first.starts_with("http/1.1 401") && !first.contains("connection: close"), "{first}");
    // Refused while the body is still on its way: a proxy must not send the next request here.
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    let second = String::from_utf8_lossy(&rest).to_lowercase();
    assert!(second.starts_with("http/1.1 429") && second.contains("connection: close"), "{second}");
    server.finish().await;
}

#[tokio::test]
async fn whoever_sends_too_much_hears_why() {
    let server = TestServer::start().await;
    for (path, media_type, answer) in [
        ("/auth/login", "application/json", 413),
        ("/auth/forgot-password", "application/json", 413),
        ("/medicines/import", "text/csv", 401),
    ] {
        let body = vec![b' '; 20 * 1024 * 1024];
        let head = format!(
            "POST /api{path} HTTP/1.1\r\nhost: x\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        // As Python's http.client does it: everything is sent before the answer is looked at.
        let mut stream = connect(local(1), server.address()).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        let mut bytes = [0; 4096];
        let length = stream.read(&mut bytes).await.unwrap();
        let heard = String::from_utf8_lossy(&bytes[..length]).to_lowercase();
        assert!(heard.starts_with(&format!("http/1.1 {answer}")), "{path}: {heard}");
        assert!(!heard.contains("connection: close"), "it was read whole: {heard}");
        // The same when nobody said how much comes.
        let head =
            head.split("content-length").next().unwrap().to_owned() + "transfer-encoding: chunked\r\n\r\n";
        let mut stream = connect(local(1), server.address()).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        for piece in body.chunks(65_536) {
            stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await.unwrap();
            stream.write_all(piece).await.unwrap();
            stream.write_all(b"\r\n").await.unwrap();
        }
        stream.write_all(b"0\r\n\r\n").await.unwrap();
        let length = stream.read(&mut bytes).await.unwrap();
        let heard = String::from_utf8_lossy(&bytes[..length]).to_lowercase();
        assert!(heard.starts_with(&format!("http/1.1 {answer}")), "{path}: {heard}");
    }
    server.finish().await;
}
