//! Listening: bounded connections, silent ones closed, requests in flight finished when the server stops.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use std::time::Duration;

use poem::Server;
use poem::http::uri::Scheme;
use poem::listener::{Acceptor, TcpAcceptor};
use poem::web::{LocalAddr, RemoteAddr};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::platform::context::Context;

/// Pause after the operating system refused a connection, so that a lack of files does not become a lack of
/// processor.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(50);

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
    let patience = Patience {
        silence: Duration::from_secs(settings.idle_seconds),
        request: Duration::from_secs(settings.request_seconds) + ARRIVAL,
    };
    let bounded = |listener| Bounded::new(listener, settings.connections_max, patience);
    let api = Server::<Infallible, _>::new_with_acceptor(bounded(listeners.api)?)
        .name("api")
        .run_with_graceful_shutdown(application, stop(), drain);
    let Some(listener) = listeners.admin else { return api.await };
    let admin = Server::<Infallible, _>::new_with_acceptor(bounded(listener)?)
        .name("admin")
        .run_with_graceful_shutdown(super::metrics::application(&context, metrics), stop(), drain);
    tokio::try_join!(api, admin).map(|_| ())
}

/// How long a connection is waited for.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// Without any traffic.
    silence: Duration,
    /// From a request's first byte to the first byte of the answer.
    request: Duration,
}

/// Accepts while fewer than so many connections are open.
struct Bounded {
    inner: TcpAcceptor,
    places: Arc<Semaphore>,
    patience: Patience,
}

impl Bounded {
    fn new(listener: TcpListener, connections_max: usize, patience: Patience) -> io::Result<Self> {
        Ok(Self {
            inner: TcpAcceptor::from_tokio(listener)?,
            places: Arc::new(Semaphore::new(connections_max.min(Semaphore::MAX_PERMITS))),
            patience,
        })
    }
}

impl Acceptor for Bounded {
    type Io = Connection;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.inner.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Connection, LocalAddr, RemoteAddr, Scheme)> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(io::Error::other)?;
        let (stream, local, remote, scheme) = match self.inner.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep_until(Instant::now() + PAUSE_AFTER_FAILURE).await;
                return Err(error);
            }
        };
        // Answers are small and complete: waiting for more to send would only delay them.
        stream.set_nodelay(true)?;
        Ok((Connection::new(stream, place, self.patience), local, remote, scheme))
    }
}

/// A connection that ends by itself when it tries our patience, and then gives its place back.
struct Connection {
    stream: TcpStream,
    patience: Patience,
    active_at: Instant,
    /// When the request began that has no answer yet.
    asked_at: Option<Instant>,
    timer: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    fn new(stream: TcpStream, place: OwnedSemaphorePermit, patience: Patience) -> Self {
        let now = Instant::now();
        let timer = Box::pin(sleep_until(now + patience.silence));
        Self { stream, patience, active_at: now, asked_at: None, timer, _place: place }
    }

    fn note_read(&mut self) {
        self.active_at = Instant::now();
        self.asked_at.get_or_insert(self.active_at);
    }

    fn note_written(&mut self) {
        self.active_at = Instant::now();
        self.asked_at = None;
    }

    /// Whoever does not read what he asked for tries our patience too.
    fn after_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        waker: &mut task::Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_pending() {
            return self.poll_patience(waker).map(|ended| ended.map(|()| 0));
        }
        self.note_written();
        written
    }

    /// When patience ends.
    fn end(&self) -> Instant {
        let silent = self.active_at + self.patience.silence;
        self.asked_at.map_or(silent, |asked_at| silent.min(asked_at + self.patience.request))
    }

    /// The timer is set anew only when it fires, not on each byte, so the end may come up to one time of silence
    /// late.
    fn poll_patience(&mut self, waker: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        while self.timer.as_mut().poll(waker).is_ready() {
            let end = self.end();
            if end <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.timer.as_mut().reset(end);
        }
        Poll::Pending
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        waker: &mut task::Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(waker, buffer) {
            Poll::Pending => self.poll_patience(waker),
            ready => {
                self.note_read();
                ready
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        waker: &mut task::Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(waker, bytes);
        self.after_write(written, waker)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        waker: &mut task::Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(waker, parts);
        self.after_write(written, waker)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, waker: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(waker)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, waker: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(waker)
    }
}
