//! Everything is bounded. This is the table of all limits; each is enforced where the last column says.
//!
//! | what | limit | beyond it | enforced by |
//! |---|---|---|---|
//! | requests of one person | 100 in any 60 s (`limits.per_person`) | 429 | this file |
//! | sign-in requests of one address | 20 in any 60 s (`limits.sign_in_per_ip`) | 429 | this file |
//! | other requests without sign-in of one address | 120 in any 60 s (`limits.anonymous_per_ip`) | 429 | this file |
//! | request body | 1 MiB (`server.body_limit_bytes`) | 413 | `frame.rs`, `input.rs` |
//! | a refused body | read on to 64 MiB, 20 s or 1 s of silence | closed | `server/reading.rs` |
//! | time of a request | 30 s (`server.request_seconds`) | 503 | `frame.rs` |
//! | connections | 4,096 (`server.connections_max`) | take the place of one not in use, or wait | `server/doors.rs` |
//! | connections of one address, when more than half are taken | an eighth; of trusted proxies any number | take the place of its own, or closed | `server/doors.rs` |
//! | the head of a request, and the first after connecting | 10 s (`server.header_seconds`) | closed | `server/connection.rs` |
//! | silence on a connection | 75 s (`server.idle_seconds`) | closed | `server/connection.rs` |
//! | a request that arrives slowly | 30 s more than it may take | closed | `server/connection.rs` |
//! | header bytes of a request | 16 KiB (HTTP/2), 400 KiB (HTTP/1) | 431 | hyper |
//! | end of requests in flight when stopping | 20 s (`server.drain_seconds`) | cut off | `server.rs` |
//! | items on a page | 100, 50 when not said | 400 | `platform/store/page.rs` |
//! | `Idempotency-Key` | 1 to 128 visible ASCII characters, kept 24 h | 400 | `frame.rs`, `domain/gate.rs` |
//! | `X-Request-Id` taken over | 1 to 64 letters, digits, `-_.` | replaced | `request.rs` |
//! | bad fields named in one answer | 100 | the rest is not named | `input.rs` |
//! | depth of a JSON body | 128 | 400 | serde_json |
//! | writes waiting | 4,096 | 503 | `platform/store/writer.rs` |
//! | writes sharing a commit | 256 | next commit | `platform/store/writer.rs` |
//! | streams of events | 2,000 (`real_time.streams_max`), each a connection | 503 | `platform/events.rs` |
//! | streams of events of one person | 10 (`real_time.streams_per_person_max`) | 429 | `platform/events.rs` |
//! | events in memory for a stream | 32; it reads the log on when its reader is ready | wait | `flows/events/feed.rs` |
//! | time a reader of events may take | 30 s (`real_time.reader_seconds`) | told to come back | `flows/events/feed.rs` |
//! | events kept for who comes back | 7 days, 2,000 of a room (`real_time.kept_*`) | `resync` | `flows/events/purge.rs` |
//! | first frame of a WebSocket | 10 s | closed | `realtime/socket.rs` |
//! | frames of a WebSocket client | 8 KiB each, 60 between two pings | closed | `realtime/socket.rs` |
//! | silence of a WebSocket client | two pings, 15 s each (`real_time.heartbeat_seconds`) | closed | `realtime/socket.rs` |
//! | passwords being hashed | 1 (`auth.hash_threads`) | wait | `platform/crypto` |
//! | passwords waiting to be hashed | 256 (`auth.hash_queue`), of one address as many as are free: at most half | 503 | `platform/crypto/shares.rs` |
//! | requests for a connection that wait for an answer | 5 of one person, 200 of a doctor (`limits.*_requests_unanswered`) | 409 | `domain/connections/pace.rs` |
//! | new requests for a connection a day | 20 of one person, 100 of a doctor (`limits.*_requests_per_day`) | 429 | `domain/connections/pace.rs` |
//! | asking somebody again after a refusal or withdrawal | the next day | 429 | `domain/connections/pace.rs` |
//! | a request for a connection without an answer | 30 days (`limits.connection_request_days`) | EXPIRED | `domain/connections/rules.rs` |
//! | text messages of a day | 1,000; 20 of one account, 100 of one address (`sms.messages_*`) | 429 | `domain/notifications/text_budget.rs` |
//! | sessions of one person | 10 (`auth.sessions_per_user_max`) | the oldest ends | `domain/auth` |
//! | attempts of a job | 8 unless its kind says otherwise | dead letter | `platform/jobs` |
//! | counted persons and addresses | 51,200 | the least recently used is forgotten | `platform/rate_limits.rs` |
//! | whole records being gathered for their owners | 2 | wait | `views/record.rs` |
//! | pages of the data file in memory | 64 MiB (`store.cache_mib`) | read again | `platform/store` |
//!
//! Requests are counted in a sliding window, exactly, also under concurrency; a refused one is not counted, and
//! `Retry-After` is the true wait. `/livez` and `/readyz` are not counted.

use poem::Result;
use poem::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::problem::Problem;
use super::request::RequestInfo;
use crate::domain::auth::model::Actor;
use crate::platform::error::Error;
use crate::platform::rate_limits::{Counted, Standing, Verdict, WINDOW};

/// Paths of the API whose anonymous callers are counted as signing in.
const SIGN_IN_PREFIX: &str = "/auth/";

/// Counts a request of a signed-in person.
///
/// # Errors
/// `too_many_requests` when he is over his limit.
pub(super) fn count_actor(info: &RequestInfo, actor: Actor) -> Result<(), Error> {
    match actor {
        Actor::Person { id, .. } => {
            let limit = info.context.settings.limits.per_person;
            info.note_owner(Counted::Person(id));
            count(info, "person", Counted::Person(id), limit)
        }
        Actor::Anonymous | Actor::System(_) => count_address(info),
    }
}

/// Counts a request without sign-in.
///
/// # Errors
/// `too_many_requests` when the address is over its limit.
pub(super) fn count_address(info: &RequestInfo) -> Result<(), Error> {
    let Some(ip) = info.ip else { return Ok(()) };
    let limits = &info.context.settings.limits;
    let signs_in = info.route.get().is_some_and(|route| route.pattern.starts_with(SIGN_IN_PREFIX));
    if signs_in {
        count(info, "sign-in", Counted::SignIn(ip), limits.sign_in_per_ip)
    } else {
        count(info, "anonymous", Counted::Anonymous(ip), limits.anonymous_per_ip)
    }
}

/// Counts a request that no operation of the API has counted: pages, and addresses that do not exist.
///
/// # Errors
/// `too_many_requests` when the address is over its limit.
pub(super) fn count_unrouted(info: &RequestInfo) -> Result<()> {
    if info.standing.get().is_some() || info.is_probe {
        return Ok(());
    }
    count_address(info).map_err(|error| Problem::from(error).into())
}

fn count(info: &RequestInfo, policy: &'static str, who: Counted, limit: u32) -> Result<(), Error> {
    // A request is counted once, whatever fails later.
    if !info.context.settings.limits.enabled || info.standing.get().is_some() {
        return Ok(());
    }
    let standing = info.context.cache.rate_limits.count(who, limit, info.context.now());
    let _ = info.standing.set((policy, standing));
    match standing.verdict {
        Verdict::Allowed => Ok(()),
        Verdict::Refused => {
            let wait = u64::from(standing.reset_seconds.max(1));
            Err(Error::too_many("too_many_requests", wait).with("seconds", wait))
        }
    }
}

/// Tells the caller where he stands (IETF draft-ietf-httpapi-ratelimit-headers).
pub(super) fn announce(headers: &mut HeaderMap, info: &RequestInfo) {
    let Some((policy, standing)) = info.standing.get() else { return };
    let Standing { limit, remaining, reset_seconds, .. } = standing;
    let window = WINDOW.as_seconds_rounded_up();
    let mut set = |name: &'static str, text: String| {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("ratelimit-policy", format!("\"{policy}\";q={limit};w={window}"));
    set("ratelimit", format!("\"{policy}\";r={remaining};t={reset_seconds}"));
    if standing.verdict == Verdict::Refused {
        headers.entry(header::RETRY_AFTER).or_insert(HeaderValue::from(*reset_seconds));
    }
}
