//! A client of the API.

use std::fmt::Display;
use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::pin::Pin;

use das_tern::platform::ids::UserId;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::contract;

/// A plain HTTP client: no proxy, an answer within 20 seconds.
pub fn http() -> reqwest::Client {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(20)).build().unwrap()
}

/// One caller.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    name: String,
    id: Option<UserId>,
    token: Option<String>,
    language: Option<&'static str>,
}

impl Client {
    pub(super) fn new(http: reqwest::Client, address: SocketAddr, name: &str) -> Self {
        Self { http, address, name: name.to_owned(), id: None, token: None, language: Some("en") }
    }

    pub(super) fn signed_in(self, id: UserId, token: String) -> Self {
        Self { id: Some(id), token: Some(token), ..self }
    }

    /// The same caller at another address.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    /// The same caller at another address of this machine.
    pub fn coming_from(&self, address: std::net::IpAddr) -> Self {
        let http = reqwest::Client::builder().no_proxy().local_address(address);
        let http = http.timeout(std::time::Duration::from_secs(60)).build().unwrap();
        Self { http, ..self.clone() }
    }

    /// His name in the test.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// His user id.
    pub fn id(&self) -> UserId {
        self.id.expect("nobody is signed in")
    }

    /// His access token.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("nobody is signed in")
    }

    /// The same caller with another token, or without one.
    pub fn with_token(&self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self.clone() }
    }

    /// The same caller asking for another language (`km`, `en`), or for none.
    pub fn speaking(&self, language: Option<&'static str>) -> Self {
        Self { language, ..self.clone() }
    }

    /// A request without a body.
    pub fn get(&self, path: impl Display) -> Call {
        self.call(Method::GET, path)
    }

    /// A request without a body.
    pub fn delete(&self, path: impl Display) -> Call {
        self.call(Method::DELETE, path)
    }

    /// A request with a JSON body.
    pub fn post(&self, path: impl Display, body: Value) -> Call {
        self.call(Method::POST, path).json(body)
    }

    /// A request with a JSON body.
    pub fn put(&self, path: impl Display, body: Value) -> Call {
        self.call(Method::PUT, path).json(body)
    }

    /// A request with a JSON body.
    pub fn patch(&self, path: impl Display, body: Value) -> Call {
        self.call(Method::PATCH, path).json(body)
    }

    /// Any request.
    pub fn call(&self, method: Method, path: impl Display) -> Call {
        let path = path.to_string();
        let url = match path.strip_prefix('!') {
            Some(path) => format!("http://{}{path}", self.address),
            None => format!("http://{}/api{path}", self.address),
        };
        let mut request = self.http.request(method.clone(), url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(language) = self.language {
            request = request.header("accept-language", language);
        }
        Call { request, label: format!("{} {method} {path}", self.name), method: method.to_string(), path }
    }
}

/// A request that is sent when awaited.
pub struct Call {
    request: reqwest::RequestBuilder,
    label: String,
    method: String,
    path: String,
}

impl Call {
    /// With a header. One that is set twice is sent once, with the last value.
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value.as_ref()).unwrap());
        self.request = self.request.headers(headers);
        self
    }

    /// With a JSON body.
    pub fn json(mut self, body: Value) -> Self {
        self.request = self.request.json(&body);
        self
    }

    /// With any body.
    pub fn body(mut self, content_type: &'static str, body: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.header("content-type", content_type).body(body);
        self
    }

    /// With an `Idempotency-Key`.
    pub fn idempotent(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }
}

impl Call {
    /// Sends it and hands the answer over while it still comes.
    pub async fn stream(self) -> reqwest::Response {
        self.request.send().await.unwrap_or_else(|error| panic!("{}: {error}", self.label))
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let response =
                self.request.send().await.unwrap_or_else(|error| panic!("{}: {error}", self.label));
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            // A stream of events has no end.
            let is_stream = headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
            let text = if is_stream { String::new() } else { response.text().await.unwrap() };
            let json = serde_json::from_str(&text).unwrap_or(Value::Null);
            if !self.path.starts_with('!') {
                let kind = headers.get("content-type").map_or("", |kind| kind.to_str().unwrap());
                let wrong = contract::misfits(&self.method, &self.path, status, kind, &json);
                assert!(
                    wrong.is_empty(),
                    "{}: the answer is not as documented: {wrong:#?}\n{text}",
                    self.label
                );
            }
            Answer { label: self.label, status, headers, text, json }
        })
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    label: String,
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as text.
    pub text: String,
    /// Body as JSON, null when it is none.
    pub json: Value,
}

impl Answer {
    /// The body of a successful answer.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {} {}", self.label, self.status, self.text);
        self.json
    }

    /// The same answer, which must have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.label, self.text);
        self
    }

    /// The same answer, whose problem must have this code.
    #[track_caller]
    pub fn code(self, code: &str) -> Self {
        assert_eq!(self.json["code"], code, "{}: {}", self.label, self.text);
        self
    }

    /// The names of the bad fields, sorted.
    pub fn bad_fields(&self) -> Vec<String> {
        let errors = self.json["errors"].as_array().cloned().unwrap_or_default();
        let mut fields: Vec<String> =
            errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect();
        fields.sort();
        fields
    }

    /// A header, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
