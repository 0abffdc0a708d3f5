//! HTTP as it goes over the wire: what no well-behaved library sends.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::kit::TestServer;

/// Longest wait for the end of something.
const PATIENCE: Duration = Duration::from_secs(60);

async fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.address()).await.unwrap()
}

/// Sends `text` and reads until the connection ends.
async fn exchange(server: &TestServer, text: &str) -> String {
    let mut stream = connect(server).await;
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("no end").unwrap();
    String::from_utf8(answer).unwrap()
}

/// The first line of what comes.
async fn first_line(stream: &mut TcpStream) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(tokio::time::timeout(PATIENCE, stream.read_u8()).await.expect("nothing came").unwrap());
    }
    String::from_utf8(line).unwrap().trim_end().to_owned()
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    let server = TestServer::start().await;
    for (head, status) in [
        ("GET /livez HTTP/1.1\r\nhost: clinic.example\r\n", "200"),
        ("GET /livez HTTP/1.1\r\n", "400"),
        ("GET /livez HTTP/1.1\r\nhost: clinic.example\r\nHost: clinic.example\r\n", "400"),
        ("GET http://clinic.example/livez HTTP/1.1\r\n", "400"),
        ("GET /livez HTTP/1.0\r\n", "200"),
        ("GET /livez HTTP/1.0\r\nhost: a\r\nhost: b\r\n", "400"),
    ] {
        let answer =
            exchange(&server, &format!("{head}connection: close\r\naccept-language: en\r\n\r\n")).await;
        assert!(answer.split(' ').nth(1) == Some(status), "{head}: {answer}");
        if status == "400" {
            let problem: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
            assert_eq!(problem["errors"][0]["field"], "Host", "{problem}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn heads_have_one_bound_and_whoever_goes_over_it_hears_so() {
    let server = TestServer::start().await;
    let head = |bytes: usize| {
        let filling = "x".repeat(bytes);
        format!("GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-filling: {filling}\r\n\r\n")
    };
    assert!(exchange(&server, &head(15 * 1024)).await.starts_with("HTTP/1.1 200"));
    // Sent whole before the answer is looked at.
    assert!(exchange(&server, &head(17 * 1024)).await.starts_with("HTTP/1.1 431"));
    assert!(exchange(&server, &head(400 * 1024)).await.starts_with("HTTP/1.1 431"));
    let many: String = (0..101).map(|number| format!("x-{number}: x\r\n")).collect();
    let answer = exchange(&server, &format!("GET /livez HTTP/1.1\r\nhost: x\r\n{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    server.finish().await;
}

#[tokio::test]
async fn nobody_is_asked_for_a_body_that_is_not_taken() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let token = format!("authorization: Bearer {}\r\n", dara.token());
    let (json, xml) = ("content-type: application/json\r\n", "content-type: text/xml\r\n");
    let key = "idempotency-key: k1\r\n";
    for (path, headers, first) in [
        ("/doses/sync", json.to_owned(), "HTTP/1.1 401"),
        ("/doses/sync", format!("{json}{key}"), "HTTP/1.1 401"),
        ("/doses/sync", format!("{token}{xml}"), "HTTP/1.1 415"),
        ("/doses/sync", format!("{token}{xml}{key}"), "HTTP/1.1 415"),
        ("/auth/login", xml.to_owned(), "HTTP/1.1 415"),
        ("/auth/register/patient", format!("{xml}{key}"), "HTTP/1.1 415"),
        ("/medicines/import", "content-type: text/csv\r\n".to_owned(), "HTTP/1.1 401"),
        ("/medicines/import", format!("{token}{json}"), "HTTP/1.1 403"),
        ("/auth/login", json.to_owned(), "HTTP/1.1 100"),
        ("/doses/sync", format!("{token}{json}{key}"), "HTTP/1.1 100"),
    ] {
        let mut stream = connect(&server).await;
        let head = format!(
            "POST /api{path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 900000\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        assert!(first_line(&mut stream).await.starts_with(first), "{path} {headers}");
    }
    server.finish().await;
}

#[tokio::test]
async fn pages_and_probes_are_only_read_and_a_wrong_kind_of_body_is_named() {
    let server = TestServer::start().await;
    for path in ["!/livez", "!/readyz", "!/", "!/docs", "!/openapi.json"] {
        let refused = server.stranger().call(reqwest::Method::POST, path).await.expect(405);
        assert_eq!(refused.header("allow"), "GET, HEAD", "{path}");
        server.stranger().call(reqwest::Method::HEAD, path).await.expect(200);
    }
    let admin = server.admin().await;
    let import = admin.call(reqwest::Method::POST, "/medicines/import").body("application/json", "{}");
    let refused = import.await.expect(415);
    assert_eq!(refused.json["message"], "Send the body as text/csv.");
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_not_come_whole_does_not_hold_a_stop() {
    let mut server = TestServer::start_with(|settings| settings.server.drain_seconds = 600).await;
    let mut open = Vec::new();
    for beginning in [
        "",
        "GET /livez HT",
        "GET /livez HTTP/1.1\r\nhost: x\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{",
        "POST /api/doses/sync HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n{",
    ] {
        let mut stream = connect(&server).await;
        stream.write_all(beginning.as_bytes()).await.unwrap();
        open.push(stream);
    }
    // One that has had its answer and rests.
    let mut resting = connect(&server).await;
    resting.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert_eq!(first_line(&mut resting).await, "HTTP/1.1 200 OK");
    tokio::time::timeout(PATIENCE, server.take_app().stop()).await.expect("it hangs").unwrap();
    drop((open, resting));
}

#[tokio::test]
async fn whoever_begins_with_http_2_hears_at_once_that_it_is_not_spoken() {
    let server = TestServer::start().await;
    assert_eq!(exchange(&server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await, "", "the connection is closed");
    server.stranger().get("!/livez").await.expect(200);
    server.finish().await;
}
