//! Server-sent events (WHATWG HTML, section 9.2).

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use poem::http::StatusCode;
use poem::{Body, Response};

use super::{RealTimeEvent, STREAM_HEADERS};
use crate::flows::events::{End, Fed, Feed};

/// How long a client waits before it comes back, in milliseconds; browsers obey it.
const RETRY_MS: u32 = 3_000;

/// The answer that carries the feed. Hyper asks for the next piece only when it has room for it, so a slow reader
/// holds nothing but the piece it is reading.
pub(super) fn response(feed: Feed) -> Response {
    let first = stream::once(async { Ok::<_, Infallible>(Bytes::from(format!("retry: {RETRY_MS}\n\n"))) });
    let rest = stream::unfold(Some(feed), |feed| async move {
        let mut feed = feed?;
        let fed = feed.next().await;
        let is_over = matches!(fed, Fed::Ended(_));
        let piece = match fed {
            Fed::Ended(End::Displaced) => event(&RealTimeEvent::displaced(&feed)),
            fed => text(fed),
        };
        Some((Ok(Bytes::from(piece)), (!is_over).then_some(feed)))
    });
    let pieces = first.chain(rest).map(|piece| piece.map_err(io::Error::other));
    let mut response = Response::builder().content_type("text/event-stream");
    for (name, value) in STREAM_HEADERS {
        response = response.header(name, value);
    }
    response.body(Body::from_bytes_stream(pieces))
}

fn text(fed: Fed) -> String {
    match fed {
        Fed::Hello(told) | Fed::Resync(told) => event(&told.into()),
        Fed::Events(told) => told.into_iter().map(|told| event(&told.into())).collect(),
        Fed::Quiet => ":\n\n".to_owned(),
        Fed::Ended(end) => farewell(end),
    }
}

/// The answer to whoever was displaced and comes back at once: a browser does not try again after it.
pub(super) fn rest() -> Response {
    let mut response = Response::builder().status(StatusCode::NO_CONTENT);
    for (name, value) in STREAM_HEADERS {
        response = response.header(name, value);
    }
    response.finish()
}

/// JSON in one line needs no folding.
fn event(event: &RealTimeEvent) -> String {
    format!("id: {}\nevent: {}\ndata: {}\n\n", event.id, event.kind, event.to_line())
}

/// Without an id, so that the client's last one stands.
fn farewell(end: End) -> String {
    let (kind, reason) = match end {
        End::SessionEnded => ("ended", "session_ended"),
        End::NotAllowed => ("ended", "account_not_active"),
        End::Displaced => ("displaced", "newer_stream"),
        End::TooSlow => ("resume", "too_slow"),
        End::GoingAway => ("resume", "going_away"),
        End::Unavailable => ("resume", "unavailable"),
    };
    format!("event: {kind}\ndata: {{\"reason\":\"{reason}\"}}\n\n")
}
