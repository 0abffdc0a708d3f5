//! The WebSocket (RFC 6455).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use poem::http::{HeaderMap, header};
use poem::web::websocket::{CloseCode, Message, WebSocket, WebSocketStream};
use poem::{IntoResponse, Response};
use serde::Deserialize;
use tokio::time::timeout;
use tungstenite::protocol::WebSocketConfig;

use super::RealTimeEvent;
use crate::domain::auth::model::Caller;
use crate::flows::events::{End, Fed, Feed, Listener};
use crate::flows::sessions;
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind};
use crate::platform::events::Place;
use crate::platform::secret::Secret;

/// The subprotocol that we speak.
const PROTOCOL: &str = "das-tern.v1";
/// What stands before the token among the subprotocols.
const TOKEN_PREFIX: &str = "bearer.";
/// Longest frame of a client, in bytes: a token fits.
pub(in crate::api) const FRAME_BYTES_MAX: usize = 8 * 1024;
/// What is read at once.
const READ_BYTES: usize = 8 * 1024;
/// Most of what is written and not yet taken.
const WRITE_BYTES_MAX: usize = 1024 * 1024;
/// Most frames of a client between two signs of life of ours.
pub(in crate::api) const FRAMES_MAX: u32 = 60;
/// Time for the first frame.
const FIRST_FRAME: Duration = Duration::from_secs(10);
/// So many signs of life may stay without an answer.
const UNANSWERED_MAX: u32 = 2;
/// Time to take the word that the socket closes, and to answer it.
const CLOSING: Duration = Duration::from_secs(2);
/// As [`CLOSING`], for readers that are slow.
const CLOSING_SLOW: Duration = Duration::from_secs(10);

/// Close codes (RFC 6455 7.4; those from 4000 on are ours).
mod codes {
    pub(super) const GOING_AWAY: u16 = 1001;
    pub(super) const PROTOCOL: u16 = 1002;
    pub(super) const NOT_UTF8: u16 = 1007;
    pub(super) const NOT_ALLOWED: u16 = 1008;
    pub(super) const TOO_LONG: u16 = 1009;
    pub(super) const FAULT: u16 = 1011;
    pub(super) const TRY_AGAIN: u16 = 1013;
    pub(super) const SESSION_ENDED: u16 = 4401;
    pub(super) const FORBIDDEN: u16 = 4403;
    pub(super) const NO_SIGN_OF_LIFE: u16 = 4408;
    pub(super) const DISPLACED: u16 = 4429;
}

/// What a socket begins with.
pub(super) enum Opening {
    /// The token came with the request.
    Open(Box<Feed>),
    /// It comes with the first frame.
    Waiting { context: Arc<Context>, caller: Box<Caller>, place: Place },
}

/// The first frame.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FirstFrame {
    token: Secret<String>,
    last_event_id: Option<String>,
}

/// Any later frame.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum ClientFrame {
    Ping {},
}

/// Why a socket is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Closing(u16, &'static str);

impl Closing {
    /// The client has gone, or said that it goes and is answered below us.
    const GONE: Self = Self(1000, "");

    fn of(end: End) -> Self {
        match end {
            End::SessionEnded => Self(codes::SESSION_ENDED, "session ended"),
            End::NotAllowed => Self(codes::FORBIDDEN, "account not active"),
            End::Displaced => Self(codes::DISPLACED, "a newer stream took this place"),
            End::TooSlow => Self(codes::TRY_AGAIN, "too slow: resume after your last id"),
            End::GoingAway => Self(codes::GOING_AWAY, "server stops: resume after your last id"),
            End::Unavailable => Self(codes::FAULT, "fault: resume after your last id"),
        }
    }

    fn of_error(error: &Error) -> Self {
        match error.kind() {
            Kind::Unauthenticated => Self(codes::SESSION_ENDED, "token not valid"),
            Kind::Forbidden => Self(codes::FORBIDDEN, "account not active"),
            _ => Self(codes::FAULT, "fault: try again"),
        }
    }
}

/// The token that was offered as a subprotocol.
pub(super) fn offered_token(headers: &HeaderMap) -> Option<String> {
    let offered =
        headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    let mut parts = offered.flat_map(|value| value.split(',')).map(str::trim);
    parts.find_map(|part| part.strip_prefix(TOKEN_PREFIX)).map(str::to_owned)
}

/// The answer that makes the connection a WebSocket.
pub(super) fn response(websocket: WebSocket, opening: Opening) -> Response {
    // A socket holds little, however many there are.
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BYTES_MAX)
        .max_frame_size(Some(FRAME_BYTES_MAX))
        .max_message_size(Some(FRAME_BYTES_MAX));
    // The callback is called once, but must be shareable.
    let opening = std::sync::Mutex::new(opening);
    let serve = move |socket| async move {
        let opening = opening.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        serve(socket, opening).await;
    };
    websocket.config(config).protocols([PROTOCOL]).on_upgrade(serve).into_response()
}

async fn serve(mut socket: WebSocketStream, opening: Opening) {
    let (closing, feed) = match begin(&mut socket, opening).await {
        Ok(mut feed) => {
            let closing = converse(&mut socket, &mut feed).await;
            // Whoever is slow gets time to be told so, but holds no place meanwhile.
            (closing, (closing.0 != codes::TRY_AGAIN).then_some(feed))
        }
        Err(closing) => (closing, None),
    };
    if closing == Closing::GONE {
        drop(feed);
        return take_rest(&mut socket).await;
    }
    let patience = if feed.is_some() { CLOSING } else { CLOSING_SLOW };
    let word = Message::Close(Some((CloseCode::from(closing.0), closing.1.to_owned())));
    let told = timeout(patience, socket.send(word)).await;
    drop(feed);
    if matches!(told, Ok(Ok(()))) {
        // Until the client has taken it: closing at once might take it from them.
        take_rest(&mut socket).await;
    }
}

/// Reads to the end, so that what is queued below us, such as the answer to a Close, goes out.
async fn take_rest(socket: &mut WebSocketStream) {
    let _ = timeout(CLOSING, async { while let Some(Ok(_)) = socket.next().await {} }).await;
}

/// The feed, for whoever brings a token in time.
async fn begin(socket: &mut WebSocketStream, opening: Opening) -> Result<Feed, Closing> {
    let (context, caller, place) = match opening {
        Opening::Open(feed) => return Ok(*feed),
        Opening::Waiting { context, caller, place } => (context, caller, place),
    };
    let first = tokio::select! {
        first = timeout(FIRST_FRAME, socket.next()) => first,
        () = context.stopping.begun() => return Err(Closing::of(End::GoingAway)),
    };
    let text = match first {
        Ok(Some(Ok(Message::Text(text)))) => text,
        Ok(Some(Err(error))) => return Err(misread(&error)),
        Ok(Some(Ok(Message::Close(_))) | None) => return Err(Closing::GONE),
        Ok(Some(Ok(_))) => return Err(Closing(codes::NOT_ALLOWED, "the first frame must be a token")),
        Err(_) => return Err(Closing(codes::SESSION_ENDED, "no token in time")),
    };
    let Ok(FirstFrame { token, last_event_id }) = serde_json::from_str(&text) else {
        return Err(Closing(codes::NOT_ALLOWED, "the first frame must be a token"));
    };
    let opened = async {
        let actor = sessions::resolve(&context, token.reveal())?;
        let caller = Caller { actor, ..*caller };
        Feed::open(&context, Listener { caller, token, after: last_event_id }, place).await
    };
    opened.await.map_err(|error| Closing::of_error(&error))
}

/// Hands over what the feed has, and listens to the little that a client may say.
async fn converse(socket: &mut WebSocketStream, feed: &mut Feed) -> Closing {
    let patience = feed.patience();
    let (mut unanswered, mut frames) = (0, 0);
    loop {
        let messages = tokio::select! {
            fed = feed.next() => match fed {
                Fed::Hello(told) | Fed::Resync(told) => vec![text(told.into())],
                Fed::Events(told) => told.into_iter().map(|told| text(told.into())).collect(),
                Fed::Quiet if unanswered >= UNANSWERED_MAX => {
                    return Closing(codes::NO_SIGN_OF_LIFE, "no sign of life");
                }
                Fed::Quiet => {
                    unanswered += 1;
                    frames = 0;
                    vec![Message::Ping(Vec::new())]
                }
                Fed::Ended(end) => return Closing::of(end),
            },
            frame = socket.next() => {
                unanswered = 0;
                frames += 1;
                match answer(frame) {
                    Ok(_) if frames > FRAMES_MAX => return Closing(codes::NOT_ALLOWED, "too many frames"),
                    Ok(answer) => answer.into_iter().collect(),
                    Err(closing) => return closing,
                }
            }
        };
        for message in messages {
            match timeout(patience, socket.send(message)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Closing::GONE,
                Err(_) => return Closing::of(End::TooSlow),
            }
        }
    }
}

fn text(event: RealTimeEvent) -> Message {
    Message::Text(event.to_line())
}

/// The answer to a client's frame, if it wants one.
fn answer(frame: Option<io::Result<Message>>) -> Result<Option<Message>, Closing> {
    match frame {
        Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
            Ok(ClientFrame::Ping {}) => Ok(Some(Message::Text(r#"{"type":"pong"}"#.to_owned()))),
            Err(_) => Err(Closing(codes::NOT_ALLOWED, "only {\"type\":\"ping\"} may be sent")),
        },
        // The protocol's own pings are answered below us.
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Binary(_))) => Err(Closing(codes::NOT_ALLOWED, "only text may be sent")),
        Some(Ok(Message::Close(_))) | None => Err(Closing::GONE),
        Some(Err(error)) => Err(misread(&error)),
    }
}

/// What a frame that cannot be read is answered with.
fn misread(error: &io::Error) -> Closing {
    // All that poem leaves of tungstenite's error is its text.
    let text = error.to_string();
    let known = [
        ("Space limit exceeded", Closing(codes::TOO_LONG, "frame too long")),
        ("UTF-8 encoding error", Closing(codes::NOT_UTF8, "text must be UTF-8")),
        ("WebSocket protocol error", Closing(codes::PROTOCOL, "not the protocol")),
    ];
    let found = known.into_iter().find(|(beginning, _)| text.starts_with(beginning));
    found.map_or(Closing::GONE, |(_, closing)| closing)
}
