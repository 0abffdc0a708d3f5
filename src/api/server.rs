//! Listening: bounded connections, silent ones closed, requests in flight finished when the server stops.

mod connection;
mod doors;
mod reading;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use poem::http::uri::Scheme;
use poem::http::{HeaderValue, StatusCode, Version, header};
use poem::listener::{Acceptor, TcpAcceptor};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, IntoResponse, Request, Response, Server};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until, timeout};

use connection::{Connection, Patience, Place};
pub use doors::Door;
use doors::{Admission, Doors};
use reading::Reading;

use crate::platform::context::Context;

/// Pause after the operating system refused a connection, so that a lack of files does not become a lack of
/// processor. Also how often is looked whether one of the connections that hold all places has fallen silent.
const PAUSE: Duration = Duration::from_millis(50);

/// Time for a request to arrive, in addition to the time for answering it. Whoever sends a byte now and then would
/// otherwise keep his place for ever. A stream that is upgraded must be written to within it, as pings do.
const ARRIVAL: Duration = Duration::from_secs(30);

/// Where the server listens.
pub struct Listeners {
    /// For the API and its documentation.
    pub api: TcpListener,
    /// For `/metrics`, when it is wanted.
    pub admin: Option<TcpListener>,
}

/// Serves until the server is to stop, then finishes the requests in flight.
///
/// # Errors
/// When a listener fails.
pub async fn serve(listeners: Listeners, context: Arc<Context>) -> io::Result<()> {
    let settings = &context.settings.server;
    let leave = Duration::from_secs(settings.leave_seconds);
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
    let drain = Some(Duration::from_secs(settings.drain_seconds));
    let doors = || Arc::new(Doors::new(settings.connections_max, settings.trusted_proxies.clone()));
    let bounded = |listener, doors: &Arc<Doors>| Bounded::new(listener, Arc::clone(doors), &context);
    let public = doors();
    let api = Server::<Infallible, _>::new_with_acceptor(bounded(listeners.api, &public)?)
        .name("api")
        .run_with_graceful_shutdown(Attended { inner: application, doors: public }, stop(), drain);
    let Some(listener) = listeners.admin else { return api.await };
    let (metrics, private) = (super::metrics::application(&context, metrics), doors());
    let admin = Server::<Infallible, _>::new_with_acceptor(bounded(listener, &private)?)
        .name("admin")
        .run_with_graceful_shutdown(Attended { inner: metrics, doors: private }, stop(), drain);
    tokio::try_join!(api, admin).map(|_| ())
}

/// Notes at the door of each connection what is asked and answered on it.
struct Attended<E> {
    inner: E,
    doors: Arc<Doors>,
}

impl<E: Endpoint> Endpoint for Attended<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let peer = request.remote_addr().as_socket_addr().copied();
        let Some((door, _answering)) = peer.and_then(|peer| self.doors.note_request(peer)) else {
            return self.inner.call(request).await.map(IntoResponse::into_response);
        };
        let version = request.version();
        if version == Version::HTTP_2 {
            door.note_frames();
        }
        request.set_data(Arc::clone(&door));
        let body = Reading::watch(&mut request);
        let mut response = self.inner.call(request).await?.into_response();
        body.read_on().await;
        if version != Version::HTTP_2 && !body.is_read() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let upgraded = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if upgraded {
            door.note_frames();
        }
        if upgraded || response.content_type().is_some_and(|kind| kind.starts_with("text/event-stream")) {
            door.note_streams();
        }
        Ok(response)
    }
}

/// Accepts whoever finds a place.
struct Bounded {
    inner: TcpAcceptor,
    doors: Arc<Doors>,
    patience: Patience,
}

impl Bounded {
    fn new(listener: TcpListener, doors: Arc<Doors>, context: &Context) -> io::Result<Self> {
        let settings = &context.settings.server;
        let patience = Patience {
            head: Duration::from_secs(settings.header_seconds),
            silence: Duration::from_secs(settings.idle_seconds),
            request: Duration::from_secs(settings.request_seconds) + ARRIVAL,
        };
        Ok(Self { inner: TcpAcceptor::from_tokio(listener)?, doors, patience })
    }

    /// A place for a connection from `peer`; waits for one when all are in use. Nothing when its address has as
    /// many as it may have.
    async fn place(&self, peer: SocketAddr) -> Option<Place> {
        loop {
            match self.doors.admit(peer) {
                Admission::Admitted(door) => {
                    return Some(Place { doors: Arc::clone(&self.doors), peer, door });
                }
                Admission::TurnedAway => return None,
                Admission::Full => drop(timeout(PAUSE, self.doors.freed()).await),
            }
        }
    }
}

impl Acceptor for Bounded {
    type Io = Connection<TcpStream>;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.inner.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Self::Io, LocalAddr, RemoteAddr, Scheme)> {
        loop {
            let (stream, local, remote, scheme) = match self.inner.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep_until(Instant::now() + PAUSE).await;
                    return Err(error);
                }
            };
            let peer = stream.peer_addr()?;
            let Some(place) = self.place(peer).await else {
                tracing::debug!("a connection was turned away: its address has its share");
                continue;
            };
            // Answers are small and complete: waiting for more to send would only delay them.
            stream.set_nodelay(true)?;
            // A telephone that lost its network says no farewell. What is sent to it counts as traffic here, but the
            // system knows that it was never confirmed. Longer than our own patience: who is only slow still gets
            // what is on its way.
            set_unconfirmed(&stream, self.patience.silence + self.patience.request)?;
            return Ok((Connection::new(stream, place, self.patience), local, remote, scheme));
        }
    }
}

#[cfg(target_os = "linux")]
fn set_unconfirmed(stream: &TcpStream, time: Duration) -> io::Result<()> {
    let milliseconds = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds).map_err(io::Error::from)
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "the other systems have no such time to set")]
fn set_unconfirmed(_: &TcpStream, _: Duration) -> io::Result<()> {
    Ok(())
}
