//! What happens around every request, in one layer: request id, language, client address, idempotency key,
//! limits of size and time, failures in one shape, security headers, cross-origin rules and the request log.
//!
//! # Why one layer
//! Each layer of middleware is another boxed future and another look at the headers. One function that does all
//! of it in order is faster and can be read from top to bottom.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use hyper::body::Body as _;
use poem::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use poem::web::{Compress, CompressionAlgo, CompressionLevel};
use poem::{Body, Endpoint, IntoResponse, Request, Response, Result};

use super::caller::settle_language;
use super::credential::Credential;
use super::incoming;
use super::limits;
use super::metrics::Metrics;
use super::origins::Origins;
use super::problem::{self, Problem};
use super::request::{REQUEST_ID, RequestInfo};
use super::server::{self, HostUnclear};
use crate::platform::context::Context;
use crate::platform::error::Error;

/// From here on an answer is counted until it was taken.
const LARGE_ANSWER_BYTES: usize = 16 * 1024;

/// How soon somebody may ask again for whose answer there was no room, in seconds.
const RETRY_SECONDS: u64 = 5;

/// Shorter answers are sent as they are.
const COMPRESS_FROM_BYTES: usize = 1024;

/// Headers of every answer that has not set its own.
const SECURITY_HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
    ),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Puts the frame around `inner`.
pub struct Frame<E> {
    inner: E,
    context: Arc<Context>,
    metrics: Arc<Metrics>,
    origins: Origins,
    time_limit: Duration,
}

impl<E> Frame<E> {
    /// A frame with the limits of `context.settings.server`.
    pub fn new(inner: E, context: Arc<Context>, metrics: Arc<Metrics>) -> Self {
        let server = &context.settings.server;
        let origins = Origins::new(&server.cors_origins);
        let time_limit = Duration::from_secs(server.request_seconds);
        Self { inner, context, metrics, origins, time_limit }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Frame<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let started = start_of_measurement();
        let info = Arc::new(RequestInfo::of(&request, &self.context));
        request.set_data(Arc::clone(&info));
        let method = request.method().clone();
        let compression = wanted_compression(request.headers());
        let allowed_origin = self.origins.allowed(request.headers());
        let mut response = if is_preflight(&request) {
            preflight(allowed_origin.is_some())
        } else {
            let unsettled = info.settled_language().is_none();
            let credential = unsettled.then(|| Credential::of(&request, &info).ok()).flatten();
            let token = credential.map(|credential| credential.token().to_owned());
            let answer = self.answer(request, &info).await;
            match limits::count_unrouted(&info).and(answer) {
                Ok(response) => response,
                Err(error) => {
                    settle_language(&info, token.as_deref());
                    problem::render(error, &info)
                }
            }
        };
        decorate(response.headers_mut(), &info, allowed_origin.clone());
        if let Some(algorithm) = compression {
            response = compress(response, algorithm, &info).await;
        }
        // A change was made: whoever made it is told so, whatever the answer takes.
        if method == Method::GET {
            response = self.in_bounds(response, &info, allowed_origin);
        }
        let duration = started.elapsed();
        let wanted = if method == Method::HEAD { &Method::GET } else { &method };
        let counts =
            info.route.get().and_then(|route| route.counts.iter().find(|(method, _)| method == wanted));
        counts.map_or(&self.metrics.elsewhere, |(_, counts)| counts).add(response.status(), duration);
        log(&method, &info, response.status(), duration);
        Ok(response)
    }
}

impl<E: Endpoint<Output = Response>> Frame<E> {
    /// Counts a large answer until it was taken. Refuses it when too many are not.
    fn in_bounds(
        &self,
        mut response: Response,
        info: &RequestInfo,
        allowed_origin: Option<HeaderValue>,
    ) -> Response {
        // What is no operation's answer is the same for everybody and lies in memory once.
        if info.route.get().is_none() {
            return response;
        }
        let body: server::Body = response.take_body().into();
        let size = body.size_hint().exact().and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
        response.set_body(Body::from(body));
        if size < LARGE_ANSWER_BYTES {
            return response;
        }
        let mut room = self.context.rooms.answers.enter(info.owner());
        if room.grow(size) {
            return server::with(response, room);
        }
        let refused = Error::unavailable("answer_room_taken", RETRY_SECONDS).with("seconds", RETRY_SECONDS);
        let mut refused = problem::render_error(refused, info);
        decorate(refused.headers_mut(), info, allowed_origin);
        refused
    }

    /// Runs the handler within its limits.
    async fn answer(&self, request: Request, info: &RequestInfo) -> Result<Response> {
        if request.data::<HostUnclear>().is_some() {
            return Err(Problem::from(Error::invalid("Host", "host_required")).into());
        }
        let limit = incoming::limit_of(&request, info);
        let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        if announced.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > limit) {
            return Err(Problem::from(Error::too_large("body_too_large").with("limit", limit)).into());
        }
        let work = async {
            match unwinding(self.inner.call(request)).await {
                Some(answer) => answer,
                None => Err(Problem::from(Error::internal("a handler panicked")).into()),
            }
        };
        match tokio::time::timeout(self.time_limit, work).await {
            Ok(answer) => answer,
            Err(_) => Err(Problem::from(Error::unavailable("request_timed_out", 1)).into()),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "measures how long a request takes")]
fn start_of_measurement() -> Instant {
    Instant::now()
}

/// The output of `future`, or nothing if it panicked.
async fn unwinding<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(move |waker| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(waker))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Some(output)),
        Err(_) => Poll::Ready(None),
    })
    .await
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        && request.headers().contains_key(header::ORIGIN)
}

/// The answer to a browser that asks whether it may send a request. Without the allowing header, added later,
/// it may not.
fn preflight(allowed: bool) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if allowed {
        let headers = response.headers_mut();
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE"),
        );
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(
                "authorization, content-type, accept-language, idempotency-key, if-match, x-request-id, last-event-id",
            ),
        );
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    }
    response
}

/// The best compression that the client accepts and that pays on a small machine.
fn wanted_compression(headers: &HeaderMap) -> Option<CompressionAlgo> {
    let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let accepts = |name: &str| {
        accepted.split(',').any(|part| {
            let mut pieces = part.split(';').map(str::trim);
            pieces.next() == Some(name)
                && !pieces.any(|piece| matches!(piece, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    };
    [("zstd", CompressionAlgo::ZSTD), ("gzip", CompressionAlgo::GZIP)]
        .into_iter()
        .find(|(name, _)| accepts(name))
        .map(|(_, algorithm)| algorithm)
}

/// Compresses texts that are long enough to be worth it. Never streams, which must not wait; never answers of
/// sign-in, whose length would tell about the secrets in them.
async fn compress(mut response: Response, algorithm: CompressionAlgo, info: &RequestInfo) -> Response {
    let kind = response.content_type().unwrap_or_default();
    let is_text = ["application/json", "text/html", "text/css", "text/javascript", "text/plain"]
        .iter()
        .any(|text| kind.starts_with(text));
    let holds_secrets = info.route.get().is_some_and(|route| route.pattern.starts_with("/auth/"));
    if !is_text || holds_secrets || response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    let Ok(bytes) = response.take_body().into_bytes().await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let worth_it = bytes.len() >= COMPRESS_FROM_BYTES;
    response.set_body(bytes);
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !worth_it {
        return response;
    }
    let mut response =
        Compress::new(response, algorithm).with_quality(CompressionLevel::Fastest).into_response();
    // At once: what compresses is larger than what it holds, and must not wait for a slow reader.
    match response.take_body().into_bytes().await {
        Ok(bytes) => response.set_body(bytes),
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
    response
}

/// Adds the headers that every answer carries.
fn decorate(headers: &mut HeaderMap, info: &RequestInfo, allowed_origin: Option<HeaderValue>) {
    headers.reserve(SECURITY_HEADERS.len() + 6);
    limits::announce(headers, info);
    for (name, value) in SECURITY_HEADERS {
        headers.entry(name).or_insert(value);
    }
    if let Ok(id) = HeaderValue::from_str(&info.id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(origin) = allowed_origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("x-request-id, retry-after, etag, ratelimit, ratelimit-policy"),
        );
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
}

/// One line for each request: no address, no query, no body, no person.
fn log(method: &Method, info: &RequestInfo, status: StatusCode, duration: Duration) {
    let route = info.route.get().map_or("-", |route| route.pattern.as_str());
    let duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(
        target: "das_tern::request",
        method = method.as_str(),
        route,
        status = status.as_u16(),
        duration_us,
        request.id = %info.id,
        "request"
    );
}

/// A body that is only text.
pub(super) fn text_response(content_type: &'static str, text: impl Into<Body>) -> Response {
    Response::builder().content_type(content_type).body(text)
}
