//! One listener: who comes in, what a connection may hold, and how all of it ends.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::connection::{Connection, Patience, Place};
use super::doors::{Admission, Door, Doors};

/// Pause after the operating system refused a connection, so that a lack of files does not become a lack of
/// processor. Also how often is looked whether one of the connections that hold all places has fallen silent.
const PAUSE: Duration = Duration::from_millis(50);
/// Longest head of a request, in bytes, and what is read ahead of it.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most headers of a request.
pub const HEADERS_MAX: usize = 100;

/// So long something that was sent may stay unconfirmed. A telephone that lost its network says no farewell: what is
/// sent to it counts as traffic here, but the system knows that it never came. With a sign of life every 15 seconds its
/// stream is over within a minute.
pub const UNCONFIRMED: Duration = Duration::from_secs(40);

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Not at all.
    Open,
    /// Requests in flight are finished.
    Leaving,
    /// What is still there is cut off.
    Over,
}

/// One listener and what holds for its connections.
pub struct Listening {
    pub name: &'static str,
    pub listener: TcpListener,
    pub doors: Arc<Doors>,
    pub patience: Patience,
    /// For requests in flight at the end.
    pub drain: Duration,
}

/// A connection that was let in.
struct Guest {
    stream: Connection<TcpStream>,
    door: Arc<Door>,
    local: LocalAddr,
    remote: RemoteAddr,
}

impl Listening {
    /// Serves `endpoint` until `stop`, then finishes the requests in flight.
    pub async fn serve<E>(self, endpoint: E, stop: impl Future<Output = ()>)
    where
        E: Endpoint<Output = Response> + 'static,
    {
        let endpoint = Arc::new(endpoint);
        let (phase, _) = watch::channel(Phase::Open);
        // Each connection holds a sender: when all are gone, nothing comes any more.
        let (alive, mut all_gone) = mpsc::channel::<Infallible>(1);
        tracing::info!(name = self.name, "listening");
        let accepting = async {
            loop {
                let guest = match self.accept().await {
                    Ok(guest) => guest,
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        sleep_until(Instant::now() + PAUSE).await;
                        continue;
                    }
                };
                let (endpoint, phase, alive) = (Arc::clone(&endpoint), phase.subscribe(), alive.clone());
                tokio::spawn(async move {
                    attend(guest, endpoint, phase).await;
                    drop(alive);
                });
            }
        };
        tokio::select! {
            () = accepting => {}
            () = stop => {}
        }
        drop(self.listener);
        drop(alive);
        phase.send_replace(Phase::Leaving);
        if timeout(self.drain, all_gone.recv()).await.is_err() {
            tracing::warn!(name = self.name, "requests in flight are cut off");
            phase.send_replace(Phase::Over);
            all_gone.recv().await;
        }
        tracing::info!(name = self.name, "no longer listening");
    }

    async fn accept(&self) -> io::Result<Guest> {
        loop {
            let (stream, peer) = self.listener.accept().await?;
            let Some(place) = self.place(peer).await else {
                tracing::debug!("a connection was turned away: its address has its share");
                continue;
            };
            // Answers are small and complete: waiting for more to send would only delay them.
            stream.set_nodelay(true)?;
            set_unconfirmed(&stream)?;
            let (local, remote) = (LocalAddr(stream.local_addr()?.into()), RemoteAddr(peer.into()));
            let door = Arc::clone(&place.door);
            return Ok(Guest { stream: Connection::new(stream, place, self.patience), door, local, remote });
        }
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

/// Serves one connection to its end.
async fn attend<E>(guest: Guest, endpoint: Arc<E>, mut phase: watch::Receiver<Phase>)
where
    E: Endpoint<Output = Response> + 'static,
{
    let Guest { stream, door, local, remote } = guest;
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let request = Request::from((request, local.clone(), remote.clone(), Scheme::HTTP));
        let endpoint = Arc::clone(&endpoint);
        async move {
            let response: hyper::Response<super::Body> = endpoint.get_response(request).await.into();
            Ok::<_, Infallible>(response)
        }
    });
    let connection = bounded().serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut connection = pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => {
            // Who sent the end may still wait for the answer, and a change that was begun is finished. A stream has no
            // end of its own: with its reader gone it is over.
            if ended.is_ok() || !door.is_in_use() || door.streams() || door.frames() {
                return;
            }
        }
        _ = phase.wait_for(|phase| *phase >= Phase::Leaving) => {}
    }
    connection.as_mut().graceful_shutdown();
    let finished = std::future::poll_fn(|waker| match connection.as_mut().poll(waker) {
        // Of a request that has not come whole there is nothing to finish.
        Poll::Pending if door.is_in_use() => Poll::Pending,
        _ => Poll::Ready(()),
    });
    tokio::select! {
        () = finished => {}
        _ = phase.wait_for(|phase| *phase == Phase::Over) => {}
    }
}

/// What a connection may hold, before it is known who sends.
///
/// # Why HTTP/1.1 alone
/// Without TLS only a proxy or a program that means it speaks HTTP/2 with us. A hundred requests of one connection whose
/// answers are never taken held a megabyte of what nobody could count; over HTTP/1.1 a connection has one answer.
fn bounded() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
    builder
}

#[cfg(target_os = "linux")]
fn set_unconfirmed(stream: &TcpStream) -> io::Result<()> {
    let milliseconds = u32::try_from(UNCONFIRMED.as_millis()).unwrap_or(u32::MAX);
    rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds).map_err(io::Error::from)
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "the other systems have no such time to set")]
fn set_unconfirmed(_: &TcpStream) -> io::Result<()> {
    Ok(())
}
