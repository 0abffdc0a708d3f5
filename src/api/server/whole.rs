//! Things that last as long as an answer is on its way.

use std::io;
use std::pin::Pin;
use std::task::{self, Poll};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use poem::Response;

/// The body of an answer.
pub type Body = BoxBody<Bytes, io::Error>;

/// Keeps `thing` until the last of the answer was handed over or nobody wants it any more.
pub fn with<T: Send + Sync + Unpin + 'static>(mut response: Response, thing: T) -> Response {
    let body: Body = response.take_body().into();
    response.set_body(poem::Body::from(Body::new(With { body, _thing: thing })));
    response
}

struct With<T> {
    body: Body,
    _thing: T,
}

impl<T: Unpin> HttpBody for With<T> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        waker: &mut task::Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Pin::new(&mut self.body).poll_frame(waker)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
