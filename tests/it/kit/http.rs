//! A small HTTP/1.1 server on the loopback, for the stand-ins: it answers as told, and misbehaves as told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::tls::{Authority, Connection, accept};

/// What came in.
#[derive(Debug, Clone)]
pub struct HttpCall {
    /// `POST`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl HttpCall {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// What goes out.
#[derive(Debug, Clone)]
pub enum Reply {
    /// An answer: status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Nothing: the connection is closed.
    Close,
    /// The connection is closed in the middle of the answer.
    CloseInside,
    /// Nothing, and the connection stays open.
    Hang,
}

impl Reply {
    /// An answer without a body.
    pub fn status(status: u16) -> Self {
        Self::Answer(status, Vec::new(), String::new())
    }

    /// JSON.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Answer(status, vec![("Content-Type", "application/json".to_owned())], body.to_string())
    }

    /// HTML.
    pub fn html(status: u16, body: &str) -> Self {
        Self::Answer(status, vec![("Content-Type", "text/html".to_owned())], body.to_owned())
    }

    /// The same with a `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, value: impl ToString) -> Self {
        if let Self::Answer(_, headers, _) = &mut self {
            headers.push(("Retry-After", value.to_string()));
        }
        self
    }
}

/// Replies that were ordered in advance.
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<VecDeque<Reply>>>);

impl Script {
    /// Orders the next reply.
    pub fn push(&self, reply: Reply) {
        self.0.lock().unwrap().push_back(reply);
    }

    /// The next ordered reply.
    pub fn next(&self) -> Option<Reply> {
        self.0.lock().unwrap().pop_front()
    }
}

/// Serves on a free port until the test's runtime ends.
pub async fn serve(answer: impl Fn(HttpCall) -> Reply + Send + Sync + 'static) -> SocketAddr {
    serve_over(None, answer).await
}

/// The same over TLS, with a certificate of `authority` for 127.0.0.1.
pub async fn serve_over(
    authority: Option<&Authority>,
    answer: impl Fn(HttpCall) -> Reply + Send + Sync + 'static,
) -> SocketAddr {
    let acceptor = authority.map(|authority| authority.acceptor("127.0.0.1"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            let acceptor = acceptor.clone();
            tokio::spawn(
                async move { converse(accept(stream, acceptor.as_ref()).await?, answer.as_ref()).await },
            );
        }
    });
    address
}

async fn converse(stream: Connection, answer: &(impl Fn(HttpCall) -> Reply + Send + Sync)) -> Option<()> {
    let mut stream = BufReader::new(stream);
    while let Some(call) = read(&mut stream).await {
        match answer(call) {
            Reply::Answer(status, headers, body) => {
                let mut head = format!("HTTP/1.1 {status} Told\r\nContent-Length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.ok()?;
                stream.flush().await.ok()?;
            }
            Reply::Close => return None,
            Reply::CloseInside => {
                stream.write_all(b"HTTP/1.1 200 Told\r\nContent-Le").await.ok()?;
                stream.flush().await.ok()?;
                return None;
            }
            Reply::Hang => std::future::pending().await,
        }
    }
    None
}

async fn read(stream: &mut BufReader<Connection>) -> Option<HttpCall> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some(HttpCall { method, target, headers, body })
}

/// The claims of a compact token, after `check` has judged signed part and signature.
pub fn claims_of(token: &str, check: impl FnOnce(&[u8], &[u8]) -> bool) -> Option<serde_json::Value> {
    use base64::Engine as _;
    let decode = |part: &str| base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(part).ok();
    let (signed, signature) = token.rsplit_once('.')?;
    let (_, claims) = signed.split_once('.')?;
    check(signed.as_bytes(), &decode(signature)?).then_some(())?;
    serde_json::from_slice(&decode(claims)?).ok()
}
