//! Whether the body of a request was read, and what is done with one that was not.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{self, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use poem::http::header;
use poem::{Body, Request};
use tokio::time::timeout;

/// So much of a refused body is read on: more than the largest that the server takes.
pub const READ_ON_BYTES: usize = 64 * 1024 * 1024;
/// So long a refused body is read on.
pub const READ_ON_TIME: Duration = Duration::from_secs(20);
/// After so long without a byte whoever sends it is taken to wait for the answer.
pub const SILENCE: Duration = Duration::from_secs(1);

/// The body of a request, watched while its handler reads it. Nothing when there is none.
pub struct Reading(Option<Watched>);

struct Watched {
    body: Arc<Mutex<Incoming>>,
    /// The client sends the body only when somebody begins to read it.
    waits: bool,
}

struct Incoming {
    stream: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>,
    has_begun: bool,
    has_ended: bool,
}

impl Incoming {
    fn poll(&mut self, waker: &mut task::Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        self.has_begun = true;
        let next = self.stream.as_mut().poll_next(waker);
        self.has_ended |= matches!(next, Poll::Ready(None));
        next
    }
}

impl Reading {
    /// Watches the body that `request` has.
    pub fn watch(request: &mut Request) -> Self {
        let body = request.take_body();
        if body.is_empty() {
            request.set_body(body);
            return Self(None);
        }
        let waits = request.headers().contains_key(header::EXPECT);
        let stream = Box::pin(body.into_bytes_stream());
        let body = Arc::new(Mutex::new(Incoming { stream, has_begun: false, has_ended: false }));
        let lent = Arc::clone(&body);
        request.set_body(Body::from_bytes_stream(stream::poll_fn(move |waker| {
            lent.lock().unwrap_or_else(PoisonError::into_inner).poll(waker)
        })));
        Self(Some(Watched { body, waits }))
    }

    /// Whether nothing of the body may still arrive. If it may, the connection is closed after the answer, and a proxy
    /// has to be told: else it sends the next request, perhaps somebody else's, on a connection that is about to end.
    pub fn is_read(&self) -> bool {
        let has_ended =
            |watched: &Watched| watched.body.lock().unwrap_or_else(PoisonError::into_inner).has_ended;
        self.0.as_ref().is_none_or(has_ended)
    }

    /// Reads what a handler left of the body. Most clients send all of it before they look at the answer, and would
    /// see a broken pipe instead of the 413, 401 or 415 that says what to do (RFC 9112, section 9.6).
    pub async fn read_on(&self) {
        let Some(watched) = &self.0 else { return };
        let incoming = || watched.body.lock().unwrap_or_else(PoisonError::into_inner);
        if incoming().has_ended || (watched.waits && !incoming().has_begun) {
            return;
        }
        let mut left = READ_ON_BYTES;
        let read = async {
            let next = || timeout(SILENCE, std::future::poll_fn(|waker| incoming().poll(waker)));
            while let Ok(Some(Ok(bytes))) = next().await {
                match left.checked_sub(bytes.len()) {
                    Some(rest) => left = rest,
                    None => return,
                }
            }
        };
        // What has not come by then is cut off with the connection.
        let _ = timeout(READ_ON_TIME, read).await;
    }
}
