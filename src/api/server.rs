//! Listening: bounded connections, silent ones closed, requests in flight finished when the server stops.
//!
//! # Why not the framework's own server
//! It sets no bound for the head of a request, speaks HTTP/2 without bounds for what that buffers, goes on with a stream
//! whose reader has left, and when it stops waits for requests of which only the beginning has come.

mod connection;
mod doors;
mod reading;
mod serving;
mod whole;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use poem::http::{HeaderValue, StatusCode, Version, header};
use poem::{Endpoint, IntoResponse, Request, Response};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep_until};

use connection::Patience;
pub use doors::Door;
use doors::Doors;
use reading::Reading;
pub(super) use reading::{READ_ON_BYTES, READ_ON_TIME, SILENCE as READ_ON_SILENCE};
use serving::Listening;
pub(super) use serving::{HEAD_BYTES_MAX, HEADERS_MAX, UNCONFIRMED};
pub(super) use whole::{Body, with};

use crate::platform::context::Context;

/// Time for a request to arrive, in addition to the time for answering it. Whoever sends a byte now and then would
/// otherwise keep their place for ever. A stream that is upgraded must be written to within it, as pings do.
pub(super) const ARRIVAL: Duration = Duration::from_secs(30);

/// Where the server listens.
pub struct Listeners {
    /// For the API and its documentation.
    pub api: TcpListener,
    /// For `/metrics`, when it is wanted.
    pub admin: Option<TcpListener>,
}

/// A request over HTTP/1.1 that does not name its host exactly once (RFC 9112, section 3.2).
#[derive(Debug, Clone, Copy)]
pub struct HostUnclear;

/// Serves until the server is to stop, then finishes the requests in flight.
///
/// # Errors
/// None today: a connection that cannot be accepted is tried again.
pub async fn serve(listeners: Listeners, context: Arc<Context>) -> io::Result<()> {
    let settings = &context.settings.server;
    let leave = seconds(settings.leave_seconds);
    let stop = || {
        let stopping = context.stopping.clone();
        async move {
            stopping.begun().await;
            if !leave.is_zero() {
                sleep_until(Instant::now() + leave).await;
            }
        }
    };
    let (application, metrics) = super::application(&context);
    let patience = Patience {
        head: seconds(settings.header_seconds),
        silence: seconds(settings.idle_seconds),
        request: seconds(settings.request_seconds) + ARRIVAL,
    };
    let drain = seconds(settings.drain_seconds);
    let listening = |name, listener| {
        let doors = Arc::new(Doors::new(settings.connections_max, settings.trusted_proxies.clone()));
        Listening { name, listener, doors, patience, drain }
    };
    let public = listening("api", listeners.api);
    let attended = Attended { inner: application, doors: Arc::clone(&public.doors) };
    let api = public.serve(attended, stop());
    let Some(listener) = listeners.admin else {
        api.await;
        return Ok(());
    };
    let private = listening("admin", listener);
    let metrics = super::metrics::application(&context, metrics);
    let attended = Attended { inner: metrics, doors: Arc::clone(&private.doors) };
    tokio::join!(api, private.serve(attended, stop()));
    Ok(())
}

/// So many seconds, but no more than a year: a moment further ahead cannot be named on every system.
fn seconds(wanted: u64) -> Duration {
    const YEAR: u64 = 365 * 24 * 60 * 60;
    Duration::from_secs(wanted.min(YEAR))
}

/// Notes at the door of each connection what is asked and answered on it.
struct Attended<E> {
    inner: E,
    doors: Arc<Doors>,
}

impl<E: Endpoint> Endpoint for Attended<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        if names_host_unclearly(&request) {
            request.set_data(HostUnclear);
        }
        let peer = request.remote_addr().as_socket_addr().copied();
        let Some((door, answering)) = peer.and_then(|peer: SocketAddr| self.doors.note_request(peer)) else {
            return self.inner.call(request).await.map(IntoResponse::into_response);
        };
        request.set_data(Arc::clone(&door));
        let body = Reading::watch(&mut request);
        let mut response = self.inner.call(request).await?.into_response();
        body.read_on().await;
        if !body.is_read() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let upgraded = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if upgraded {
            door.note_frames();
        }
        if upgraded || response.content_type().is_some_and(|kind| kind.starts_with("text/event-stream")) {
            door.note_streams();
        }
        // The request is answered when the last of the answer was handed over, not when its beginning is known.
        Ok(with(response, answering))
    }
}

/// HTTP/1.1 wants one `Host`, HTTP/1.0 at most one.
fn names_host_unclearly(request: &Request) -> bool {
    let named = request.headers().get_all(header::HOST).iter().count();
    match request.version() {
        Version::HTTP_11 => named != 1,
        _ => named > 1,
    }
}
