//! Clients that listen: `server.events(&client).await` (server-sent events), `server.socket(&client).await`
//! (WebSocket). Each waits for what comes; nothing comes for ten seconds is a failure.

use std::collections::VecDeque;
use std::time::Duration;

use das_tern::domain::events::model::{Audience, NewEvent};
use das_tern::domain::events::tables::publish;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Client, TestServer};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// What [`TestServer::mark`] publishes.
pub const MARK: &str = "test.mark";

/// One event as a client sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Its id, empty for words without one.
    pub id: String,
    /// `dose.updated`.
    pub kind: String,
    /// The details.
    pub data: Value,
}

impl TestServer {
    /// Opens a stream of events, from now on, and has heard its `hello`.
    pub async fn events(&self, client: &Client) -> Events {
        let mut events = self.events_after(client, None).await;
        assert_eq!(events.next().await.kind, "hello");
        events
    }

    /// Opens a stream of events after the last one that was seen.
    pub async fn events_after(&self, client: &Client, last: Option<&str>) -> Events {
        let mut call = client.get("/events");
        if let Some(last) = last {
            call = call.header("last-event-id", last);
        }
        let response = call.stream().await;
        assert_eq!(response.status(), 200, "{}: {}", client.name(), response.text().await.unwrap());
        Events { response, text: String::new(), waiting: VecDeque::new() }
    }

    /// Opens a WebSocket, from now on, and has heard its `hello`.
    pub async fn socket(&self, client: &Client) -> Socket {
        let mut socket = self.socket_after(client, None).await;
        assert_eq!(socket.next().await.kind, "hello");
        socket
    }

    /// Opens a WebSocket after the last event that was seen. The token is offered as a subprotocol.
    pub async fn socket_after(&self, client: &Client, last: Option<&str>) -> Socket {
        let mut request = self.handshake(Some(client));
        if let Some(last) = last {
            request.headers_mut().insert("last-event-id", last.parse().unwrap());
        }
        self.connect_socket(request).await.unwrap()
    }

    /// Opens a WebSocket whose token comes in the first frame.
    pub async fn socket_by_frame(&self, first: Value) -> Socket {
        let mut socket = self.connect_socket(self.handshake(None)).await.unwrap();
        socket.send(first.to_string()).await;
        socket
    }

    /// The same caller at the address of the server as it is now: it was started again.
    pub fn rejoin(&self, client: &Client) -> Client {
        client.at(self.address())
    }

    /// Writes an event into a person's own room: what has not come before it does not come.
    pub async fn mark(&self, client: &Client) -> u64 {
        self.publish(NewEvent { room: client.id(), audience: Audience::Own, kind: MARK, data: json!({}) })
            .await
    }

    /// Writes an event into the log.
    pub async fn publish(&self, event: NewEvent) -> u64 {
        self.context().store.write(move |tx| publish(tx, event.clone())).await.unwrap()
    }

    /// The request that asks for a WebSocket.
    pub fn handshake(&self, client: Option<&Client>) -> Request {
        let mut request = format!("ws://{}/api/realtime", self.address()).into_client_request().unwrap();
        let protocols = match client {
            Some(client) => format!("das-tern.v1, bearer.{}", client.token()),
            None => "das-tern.v1".to_owned(),
        };
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
        request
    }

    /// Asks for a WebSocket; the status code when that is refused.
    pub async fn connect_socket(&self, request: Request) -> Result<Socket, u16> {
        match connect_async(request).await {
            Ok((inner, _)) => Ok(Socket { inner }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("no WebSocket: {error}"),
        }
    }
}

/// A stream of server-sent events.
pub struct Events {
    response: reqwest::Response,
    text: String,
    waiting: VecDeque<String>,
}

impl Events {
    /// The headers of the answer.
    pub fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The next block of lines, comments and `retry` too; nothing at the end of the stream.
    pub async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(block) = self.waiting.pop_front() {
                return Some(block);
            }
            let chunk = timeout(PATIENCE, self.response.chunk()).await.expect("nothing came");
            // A server that was stopped cuts the last chunk short.
            let chunk = chunk.ok().flatten()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                self.waiting.push_back(block.to_owned());
                self.text = rest.to_owned();
            }
        }
    }

    /// The next event; nothing at the end of the stream.
    pub async fn try_next(&mut self) -> Option<Heard> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| {
                let of_name = |line: &str| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned);
                block.lines().find_map(of_name).unwrap_or_default()
            };
            if block.starts_with(':') || block.starts_with("retry") {
                continue;
            }
            let data: Value = serde_json::from_str(&field("data")).unwrap();
            let (id, kind) = (field("id"), field("event"));
            if !id.is_empty() {
                assert_eq!((&data["id"], &data["type"]), (&json!(id), &json!(kind)), "{block}");
                return Some(Heard { id, kind, data: data["data"].clone() });
            }
            return Some(Heard { id, kind, data });
        }
    }

    /// The next event.
    pub async fn next(&mut self) -> Heard {
        self.try_next().await.expect("the stream has ended")
    }

    /// The next event of this kind.
    pub async fn expect(&mut self, kind: &str) -> Heard {
        loop {
            let heard = self.next().await;
            if heard.kind == kind {
                return heard;
            }
        }
    }

    /// The kinds of what comes before the next mark, messages aside.
    pub async fn before_mark(&mut self) -> Vec<String> {
        let mut kinds = Vec::new();
        loop {
            match self.next().await.kind {
                kind if kind == MARK => return kinds,
                kind if kind.starts_with("notification.") => {}
                kind => kinds.push(kind),
            }
        }
    }
}

/// A WebSocket.
pub struct Socket {
    inner: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Sends a text frame.
    pub async fn send(&mut self, text: String) {
        self.inner.send(Message::text(text)).await.unwrap();
    }

    /// Sends any frame.
    pub async fn send_frame(&mut self, frame: Message) {
        self.inner.send(frame).await.unwrap();
    }

    /// Sends bytes past the protocol.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        // Whoever is refused in the middle may notice it already.
        let _ = self.inner.get_mut().write_all(bytes).await;
    }

    /// The next frame as it is; nothing when the connection has ended without a word.
    pub async fn frame(&mut self) -> Option<Message> {
        timeout(PATIENCE, self.inner.next()).await.expect("nothing came").and_then(Result::ok)
    }

    /// The next event.
    pub async fn next(&mut self) -> Heard {
        loop {
            match self.frame().await {
                Some(Message::Text(text)) => {
                    let event: Value = serde_json::from_str(&text).unwrap();
                    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
                    return Heard { id: text("id"), kind: text("type"), data: event["data"].clone() };
                }
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("no event: {other:?}"),
            }
        }
    }

    /// The next event of this kind.
    pub async fn expect(&mut self, kind: &str) -> Heard {
        loop {
            let heard = self.next().await;
            if heard.kind == kind {
                return heard;
            }
        }
    }

    /// The code with which the server closes, after whatever else it still says.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match self.frame().await {
                Some(Message::Close(Some(frame))) => return frame.code.into(),
                Some(_) => {}
                None => panic!("closed without a code"),
            }
        }
    }
}
