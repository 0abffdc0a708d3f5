//! Events as they happen: server-sent events and a WebSocket.
//!
//! Both say the same, `{id, type, at, data}`, and are fed by the same [`Feed`].

mod socket;
mod stream;

use std::sync::Arc;

use poem::http::header;
use poem::web::websocket::WebSocket;
use poem::{FromRequest, IntoResponse, Request, Response};
use poem_openapi::param::Header;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;

pub(super) use socket::{FRAME_BYTES_MAX, FRAMES_MAX};

use super::Area;
use super::caller::{SignedIn, info_of};
use super::credential::Credential;
use super::limits;
use super::origins::Origins;
use super::problem::Problem;
use super::types::Instant;
use crate::domain::auth::model::Actor;
use crate::flows::events::{Feed, Listener, Told, rests};
use crate::flows::sessions;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::secret::Secret;

/// Events as they happen.
pub struct RealTimeApi(pub Arc<Context>);

/// Something that happened.
#[derive(Debug, Object, Serialize)]
pub struct RealTimeEvent {
    /// Its place in the log. Pass the last one you saw as `Last-Event-ID` to read on from there.
    id: String,
    /// What happened: `hello`, `resync`, `dose.updated`, `schedule.changed`, `prescription.changed`,
    /// `connection.changed`, `notification.created`, `notification.read`, `vital.recorded`, `alert.opened`,
    /// `alert.updated`, `clinical_record.changed`. There may be more: pass over those you do not know.
    #[serde(rename = "type")]
    #[oai(rename = "type")]
    kind: String,
    /// When.
    #[serde(serialize_with = "as_text")]
    at: Instant,
    /// Ids and states of what is concerned; fetch the rest.
    data: serde_json::Value,
}

fn as_text<S: serde::Serializer>(at: &Instant, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    poem_openapi::types::ToJSON::to_json(at).serialize(serializer)
}

impl From<Told> for RealTimeEvent {
    fn from(told: Told) -> Self {
        Self { id: told.id.to_string(), kind: told.kind, at: told.at.into(), data: told.data }
    }
}

impl RealTimeEvent {
    /// The last word of a stream whose place a newer one took. Whoever comes back with its id is told to rest.
    fn displaced(feed: &Feed) -> Self {
        let data = serde_json::json!({ "reason": "newer_stream" });
        Self { id: feed.resting_place(), kind: "displaced".to_owned(), at: feed.now().into(), data }
    }

    /// As one line of JSON.
    fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[OpenApi(tag = "Area::RealTime")]
impl RealTimeApi {
    /// Listen to events as they happen
    ///
    /// Server-sent events (WHATWG HTML): the caller's own, and those of the patients whose record they may see, at
    /// the moment they happen. Each carries an `id`; whoever comes back with it as `Last-Event-ID` is told exactly
    /// what they missed. Without it the first event is `hello` with the id from which the stream begins. `resync`
    /// says that what followed the given id is not kept any more: fetch everything anew. `resume` and `ended`,
    /// without an id, say why the stream ends: after `resume` come back with the last id, after `ended` sign in
    /// again. `displaced` says that a newer stream of the same person took the place of this one, when there were
    /// too many: whoever comes back with its id within a minute is answered with 204, after which browsers do not try
    /// again; later, and at the wish of the person, the id is good for reading on. A comment comes every 15 seconds. The token stands in the header `Authorization` or in the
    /// cookie of a browser's session, never in the address.
    #[oai(path = "/events", method = "get", operation_id = "stream_events")]
    async fn events(
        &self,
        SignedIn(caller): SignedIn,
        request: &Request,
        /// The id of the last event that was seen.
        #[oai(name = "Last-Event-ID")]
        last_event_id: Header<Option<String>>,
    ) -> Result<EventStream, Problem> {
        if last_event_id.0.as_deref().is_some_and(|id| rests(&self.0, id)) {
            return Ok(EventStream(stream::rest()));
        }
        let token = Secret::new(Credential::of(request, info_of(request)?)?.token().to_owned());
        let place = self.0.events.enter(person_of(caller.actor))?;
        let listener = Listener { caller, token, after: last_event_id.0 };
        let feed = Feed::open(&self.0, listener, place).await?;
        Ok(EventStream(stream::response(feed)))
    }

    /// Listen to events over a WebSocket
    ///
    /// The same events as `GET /events`, each a text frame `{id, type, at, data}`. The access token comes either
    /// as a subprotocol, `Sec-WebSocket-Protocol: das-tern.v1, bearer.<token>`, with `Last-Event-ID` as a header,
    /// or within ten seconds as the first frame, `{"token": "...", "lastEventId": "..."}`; never in the address.
    /// After that the client may send `{"type": "ping"}`, answered with `{"type": "pong"}`, and nothing else. Pings
    /// of the protocol come every 15 seconds and want their pong.
    ///
    /// Close codes: 1000 the client closed, 1001 the server stops, 1002 not the protocol, 1007 text that is not UTF-8,
    /// 1008 a frame that is not allowed, 1009 a frame that is too long, 1011 a fault of ours, 1013 the reader is too
    /// slow, 4401 no or no longer a valid token, 4403 the account may not listen, 4408 no sign of life, 4429 a newer
    /// stream of the person took the place of this one: do not come back by yourself. After 1001, 1011 and 1013 come
    /// back with the last id.
    #[oai(path = "/realtime", method = "get", operation_id = "open_event_socket")]
    async fn socket(
        &self,
        request: &Request,
        /// The id of the last event that was seen, when the token comes as a subprotocol.
        #[oai(name = "Last-Event-ID")]
        last_event_id: Header<Option<String>>,
    ) -> Result<SwitchingProtocols, Problem> {
        let info = info_of(request)?;
        let token = socket::offered_token(request.headers()).map(Secret::new);
        let actor = match &token {
            Some(token) => sessions::resolve(&self.0, token.reveal()),
            None => Ok(Actor::Anonymous),
        };
        limits::count_actor(info, *actor.as_ref().unwrap_or(&Actor::Anonymous))?;
        if !Origins::new(&self.0.settings.server.cors_origins).may_open_socket(request.headers()) {
            return Err(Error::forbidden("origin_not_allowed").into());
        }
        let websocket = WebSocket::from_request_without_body(request).await;
        let websocket = websocket.map_err(|_| Error::invalid("Upgrade", "websocket_required"))?;
        let actor = actor?;
        let (caller, place) = (info.caller(actor), self.0.events.enter(person_of(actor))?);
        let opening = match token {
            Some(token) => {
                let listener = Listener { caller, token, after: last_event_id.0 };
                socket::Opening::Open(Box::new(Feed::open(&self.0, listener, place).await?))
            }
            None => {
                socket::Opening::Waiting { context: Arc::clone(&self.0), caller: Box::new(caller), place }
            }
        };
        Ok(SwitchingProtocols(socket::response(websocket, opening)))
    }
}

/// Whose stream it will be.
fn person_of(actor: Actor) -> Option<UserId> {
    match actor {
        Actor::Person { id, .. } => Some(id),
        Actor::Anonymous | Actor::System(_) => None,
    }
}

/// 200 with a stream that goes on, 204 for whoever shall rest.
pub struct EventStream(Response);

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for EventStream {
    fn meta() -> MetaResponses {
        let content =
            MetaMediaType { content_type: "text/event-stream", schema: RealTimeEvent::schema_ref() };
        let mut all =
            responses(200, "Events, one after another; `data` of each is this object.", vec![content]);
        let rest =
            "A newer stream took the place of this one less than a minute ago: do not come back by yourself.";
        all.responses.extend(responses(204, rest, Vec::new()).responses);
        all
    }

    fn register(registry: &mut Registry) {
        RealTimeEvent::register(registry);
    }
}

/// 101: the connection is a WebSocket from now on.
pub struct SwitchingProtocols(Response);

impl IntoResponse for SwitchingProtocols {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for SwitchingProtocols {
    fn meta() -> MetaResponses {
        responses(101, "The connection is a WebSocket from now on.", Vec::new())
    }

    fn register(_: &mut Registry) {}
}

fn responses(status: u16, description: &'static str, content: Vec<MetaMediaType>) -> MetaResponses {
    let response =
        MetaResponse { description, status: Some(status), status_range: None, content, headers: Vec::new() };
    MetaResponses { responses: vec![response] }
}

/// Not to be kept, changed or held back by anything between us and the client.
const STREAM_HEADERS: [(header::HeaderName, &str); 2] =
    [(header::CACHE_CONTROL, "no-store"), (header::HeaderName::from_static("x-accel-buffering"), "no")];
