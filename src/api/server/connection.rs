//! A connection that ends by itself when it tries our patience.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::doors::{Door, Doors};

/// How long what still comes is taken after our end was sent.
const LINGER: Duration = Duration::from_secs(2);

/// How long a connection is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the first byte of the first request, and from the first byte of a request to the end of its head.
    pub head: Duration,
    /// Without any traffic.
    pub silence: Duration,
    /// From a request's first byte to the first byte of the answer.
    pub request: Duration,
}

/// A place among the open connections, given back when this is dropped.
pub struct Place {
    pub doors: Arc<Doors>,
    pub peer: SocketAddr,
    pub door: Arc<Door>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.doors.leave(self.peer, &self.door);
    }
}

/// What a connection runs over.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Wire for S {}

/// A connection with its place.
pub struct Connection<S: Wire> {
    /// There until it is dropped.
    stream: Option<S>,
    patience: Patience,
    active_at: Instant,
    /// When the request began that has no answer yet.
    asked_at: Option<Instant>,
    /// Since when the head of a request is waited for.
    head_from: Option<Instant>,
    /// Requests that were heard when this was last looked at.
    heard: u64,
    /// The other side has sent its end.
    ended: bool,
    /// Patience has ended, or the place was given to another.
    has_failed: bool,
    /// Since we have sent ours: until when what still comes is taken.
    lingering_until: Option<Instant>,
    timer: Pin<Box<Sleep>>,
    place: Place,
}

impl<S: Wire> Connection<S> {
    /// A connection that has just been accepted.
    pub fn new(stream: S, place: Place, patience: Patience) -> Self {
        let now = Instant::now();
        let timer = Box::pin(sleep_until(now + patience.head.min(patience.silence)));
        let (asked_at, head_from) = (None, Some(now));
        Self {
            stream: Some(stream),
            patience,
            active_at: now,
            asked_at,
            head_from,
            heard: 0,
            ended: false,
            has_failed: false,
            lingering_until: None,
            timer,
            place,
        }
    }

    fn wire(&mut self) -> io::Result<Pin<&mut S>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn note_read(&mut self) {
        self.active_at = Instant::now();
        self.note_heard();
        let door = &self.place.door;
        if self.asked_at.is_none() && !door.is_answering() && !door.frames() {
            self.head_from = Some(self.active_at);
        }
        self.asked_at.get_or_insert(self.active_at);
    }

    /// A head that was waited for has come.
    fn note_heard(&mut self) {
        let heard = self.place.door.heard();
        if heard != self.heard {
            self.heard = heard;
            self.head_from = None;
        }
    }

    fn note_written(&mut self) {
        self.active_at = Instant::now();
        self.asked_at = None;
    }

    /// Whoever does not read what they asked for tries our patience too.
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

    /// A stream of events has no end of its own: it ends when its reader is gone, not when the system notices that
    /// nobody takes what is written.
    fn is_unread_stream(&self) -> bool {
        self.ended && self.place.door.streams()
    }

    /// When patience ends.
    fn end(&self) -> Instant {
        let silent = self.active_at + self.patience.silence;
        let answer = self.asked_at.map(|asked_at| asked_at + self.patience.request);
        let head = self.head_from.map(|from| from + self.patience.head);
        [answer, head].into_iter().flatten().fold(silent, Instant::min)
    }

    /// The timer is set to a later end only when it fires, not on each byte.
    fn poll_patience(&mut self, waker: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        self.note_heard();
        if self.place.door.must_close(waker.waker()) {
            self.has_failed = true;
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let end = self.end();
        if end < self.timer.deadline() {
            self.timer.as_mut().reset(end);
        }
        while self.timer.as_mut().poll(waker).is_ready() {
            if end <= Instant::now() {
                self.has_failed = true;
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.timer.as_mut().reset(end);
        }
        Poll::Pending
    }
}

impl<S: Wire> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        waker: &mut task::Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (before, asked) = (buffer.filled().len(), buffer.remaining() > 0);
        match self.wire()?.poll_read(waker, buffer) {
            Poll::Pending => self.poll_patience(waker),
            ready => {
                self.ended = asked && buffer.filled().len() == before;
                self.note_read();
                ready
            }
        }
    }
}

impl<S: Wire> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        waker: &mut task::Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_unread_stream() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let written = self.wire()?.poll_write(waker, bytes);
        self.after_write(written, waker)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        waker: &mut task::Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_unread_stream() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let written = self.wire()?.poll_write_vectored(waker, parts);
        self.after_write(written, waker)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, waker: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.wire()?.poll_flush(waker);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.place.door.note_flushed();
        }
        flushed
    }

    /// Says that nothing more comes, and goes on taking what does: to close at once would take from a client that is
    /// still sending the answer that says why (RFC 9112, section 9.6).
    fn poll_shutdown(mut self: Pin<&mut Self>, waker: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering_until.is_none() {
            ready!(self.wire()?.poll_shutdown(waker))?;
            let until = Instant::now() + LINGER;
            self.lingering_until = Some(until);
            self.timer.as_mut().reset(until);
        }
        let mut scratch = [0; 4096];
        while !self.ended && self.timer.as_mut().poll(waker).is_pending() {
            let mut buffer = ReadBuf::new(&mut scratch);
            let read = ready!(self.wire()?.poll_read(waker, &mut buffer));
            self.ended = read.is_err() || buffer.filled().is_empty();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: Wire> Drop for Connection<S> {
    /// What served an upgraded connection does not shut it down. Its last word, such as why it closes, would be lost with
    /// whatever the client has sent meanwhile.
    fn drop(&mut self) {
        let is_upgraded = self.place.door.frames() && self.place.door.streams();
        let lingers = is_upgraded && !self.ended && !self.has_failed && self.lingering_until.is_none();
        let (Some(mut stream), true, Ok(runtime)) = (self.stream.take(), lingers, Handle::try_current())
        else {
            return;
        };
        runtime.spawn(timeout(LINGER, async move {
            stream.shutdown().await?;
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
        }));
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::super::doors::Admission;
    use super::*;

    const PATIENCE: Patience = Patience {
        head: Duration::from_secs(10),
        silence: Duration::from_secs(75),
        request: Duration::from_secs(60),
    };

    /// A client, and the connection that the server has with it.
    fn connected(doors: &Arc<Doors>) -> (DuplexStream, Connection<DuplexStream>) {
        let peer = SocketAddr::from(([192, 0, 2, 1], 4000));
        let Admission::Admitted(door) = doors.admit(peer) else { panic!("no place") };
        let (client, server) = duplex(1024);
        let place = Place { doors: Arc::clone(doors), peer, door };
        (client, Connection::new(server, place, PATIENCE))
    }

    fn doors() -> Arc<Doors> {
        Arc::new(Doors::new(8, Vec::new()))
    }

    /// Reads until the connection ends; says after how many seconds and how.
    async fn end_of(connection: &mut Connection<DuplexStream>) -> (u64, io::ErrorKind) {
        let begun = Instant::now();
        let mut bytes = [0; 64];
        loop {
            match connection.read(&mut bytes).await {
                Ok(0) => return (begun.elapsed().as_secs(), io::ErrorKind::UnexpectedEof),
                Ok(_) => {}
                Err(error) => return (begun.elapsed().as_secs(), error.kind()),
            }
        }
    }

    /// A whole request that has its answer.
    async fn exchange(doors: &Doors, client: &mut DuplexStream, connection: &mut Connection<DuplexStream>) {
        const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
        client.write_all(REQUEST).await.unwrap();
        connection.read_exact(&mut [0; REQUEST.len()]).await.unwrap();
        drop(doors.note_request(connection.place.peer).unwrap());
        connection.write_all(b"answer").await.unwrap();
    }

    async fn pass(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_nothing_goes_after_ten_seconds() {
        let doors = doors();
        let (_client, mut connection) = connected(&doors);
        assert_eq!(end_of(&mut connection).await, (10, io::ErrorKind::TimedOut));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_ten_seconds_however_it_drips() {
        let doors = doors();
        let (mut client, mut connection) = connected(&doors);
        pass(8).await;
        let dripping = tokio::spawn(async move {
            for _ in 0..30 {
                if client.write_all(b"x").await.is_err() {
                    return;
                }
                sleep_until(Instant::now() + Duration::from_secs(1)).await;
            }
        });
        assert_eq!(end_of(&mut connection).await, (10, io::ErrorKind::TimedOut));
        drop(connection);
        dripping.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn between_two_requests_silence_counts_and_the_next_head_has_its_own_time() {
        let doors = doors();
        let (mut client, mut connection) = connected(&doors);
        exchange(&doors, &mut client, &mut connection).await;
        let next = tokio::spawn(async move {
            sleep_until(Instant::now() + Duration::from_secs(40)).await;
            client.write_all(b"GET / HT").await.unwrap();
            client
        });
        assert_eq!(end_of(&mut connection).await, (50, io::ErrorKind::TimedOut));
        drop(next.await.unwrap());

        let (mut client, mut connection) = connected(&doors);
        exchange(&doors, &mut client, &mut connection).await;
        assert_eq!(end_of(&mut connection).await, (75, io::ErrorKind::TimedOut));
    }

    #[tokio::test(start_paused = true)]
    async fn frames_of_a_connection_that_was_upgraded_are_no_heads() {
        let doors = doors();
        let (mut client, mut connection) = connected(&doors);
        exchange(&doors, &mut client, &mut connection).await;
        connection.place.door.note_frames();
        client.write_all(b"pong").await.unwrap();
        assert_eq!(end_of(&mut connection).await, (60, io::ErrorKind::TimedOut));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_whose_reader_has_left_ends_at_the_next_write() {
        let doors = doors();
        let (mut client, mut connection) = connected(&doors);
        exchange(&doors, &mut client, &mut connection).await;
        connection.place.door.note_streams();
        client.shutdown().await.unwrap();
        assert_eq!(connection.read(&mut [0; 64]).await.unwrap(), 0);
        assert_eq!(connection.write(b"more").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_must_give_way_is_woken() {
        let doors = Arc::new(Doors::new(1, Vec::new()));
        let (_client, mut connection) = connected(&doors);
        let waiting = tokio::spawn(async move { end_of(&mut connection).await });
        tokio::task::yield_now().await;
        assert!(matches!(doors.admit(SocketAddr::from(([192, 0, 2, 7], 1))), Admission::Admitted(_)));
        assert_eq!(waiting.await.unwrap(), (0, io::ErrorKind::ConnectionAborted));
    }
}
