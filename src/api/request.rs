//! What is known about a request before its handler runs.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use poem::Request;
use poem::http::HeaderMap;

use super::client_address::client_ip;
use super::routes::RouteInfo;
use crate::domain::auth::model::{Actor, Caller, Idempotency};
use crate::platform::context::Context;
use crate::platform::i18n::Language;
use crate::platform::ids::new_uuid;
use crate::platform::rate_limits::{Counted, Standing};
use crate::platform::rooms::Hold;

/// Header that names a request, in and out.
pub const REQUEST_ID: &str = "x-request-id";
/// Longest request id taken from a client.
pub(super) const REQUEST_ID_MAX: usize = 64;
/// No language has been settled yet.
const UNSETTLED: u8 = u8::MAX;

/// One request. Shared between the frame, the extractors and the answer to failures.
pub struct RequestInfo {
    /// The parts of the server.
    pub context: Arc<Context>,
    /// Found in answers, logs and the audit.
    pub id: String,
    /// The client's address, behind trusted proxies the forwarded one.
    pub ip: Option<IpAddr>,
    /// Whether a proxy or service manager asks if we are alive.
    pub is_probe: bool,
    /// Whether it asks for a file of the web pages that there is. Nobody is counted by these: people of one clinic share
    /// an address, and a page needs several.
    pub is_page_file: AtomicBool,
    /// Whose request it is, for what it takes of memory, once somebody has been counted.
    owner: OnceLock<Counted>,
    /// The room of its body, until it has its answer.
    body_room: OnceLock<Hold>,
    /// The body lies in memory already.
    pub has_read_body: AtomicBool,
    /// `Idempotency-Key`, when the client sent one.
    pub idempotency: OnceLock<Idempotency>,
    /// Where the caller stands with their request limit, once it has been counted.
    pub standing: OnceLock<(&'static str, Standing)>,
    /// The operation that answers, once the router has found it.
    pub route: OnceLock<Arc<RouteInfo>>,
    language: AtomicU8,
}

impl RequestInfo {
    /// Reads the headers of `request`.
    pub fn of(request: &Request, context: &Arc<Context>) -> Self {
        let (headers, server) = (request.headers(), &context.settings.server);
        let peer = request.remote_addr().as_socket_addr().map(|address| address.ip());
        let language = headers
            .get("accept-language")
            .and_then(|value| value.to_str().ok())
            .and_then(Language::from_accept_language);
        let info = Self {
            context: Arc::clone(context),
            id: request_id(headers, context),
            ip: client_ip(peer, headers, server.client_address_header, &server.trusted_proxies),
            is_probe: matches!(request.uri().path(), "/livez" | "/readyz"),
            is_page_file: AtomicBool::new(false),
            owner: OnceLock::new(),
            body_room: OnceLock::new(),
            has_read_body: AtomicBool::new(false),
            idempotency: OnceLock::new(),
            standing: OnceLock::new(),
            route: OnceLock::new(),
            language: AtomicU8::new(UNSETTLED),
        };
        if let Some(language) = language {
            info.settle_language(language);
        }
        info
    }

    /// The language of the answer: the header's, else the signed-in person's, else Khmer.
    pub fn language(&self) -> Language {
        self.settled_language().unwrap_or_default()
    }

    /// The language, if header or preference have settled it.
    pub fn settled_language(&self) -> Option<Language> {
        let place = usize::from(self.language.load(Ordering::Relaxed));
        Language::ALL.get(place).copied()
    }

    /// Settles the language of the answer.
    pub fn settle_language(&self, language: Language) {
        let place = Language::ALL.iter().position(|&known| known == language).unwrap_or(0);
        self.language.store(u8::try_from(place).unwrap_or(UNSETTLED), Ordering::Relaxed);
    }

    /// Notes whose request it is. The first word counts.
    pub fn note_owner(&self, owner: Counted) {
        let _ = self.owner.set(owner);
    }

    /// Whose request it is: the account's, else the address's.
    pub fn owner(&self) -> Counted {
        let address = || Counted::Anonymous(self.ip.unwrap_or(Ipv4Addr::UNSPECIFIED.into()));
        self.owner.get().copied().unwrap_or_else(address)
    }

    /// Keeps the room of the body until the request has its answer.
    pub fn keep(&self, room: Hold) {
        let _ = self.body_room.set(room);
    }

    /// The request as flows and views see it.
    pub fn caller(&self, actor: Actor) -> Caller {
        Caller {
            actor,
            request_id: self.id.clone(),
            ip: self.ip,
            language: self.language(),
            idempotency: self.idempotency.get().cloned(),
        }
    }
}

/// The client's id for the request if it is fit for logs, else a new one.
fn request_id(headers: &HeaderMap, context: &Context) -> String {
    let fit = |id: &&str| {
        (1..=REQUEST_ID_MAX).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    match headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(fit) {
        Some(id) => id.to_owned(),
        None => new_uuid(context.now(), &context.random).map(|id| id.to_string()).unwrap_or_default(),
    }
}
