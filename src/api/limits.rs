//! Everything is bounded. The table of all limits stands in README.md, section Limits; a test holds it against the
//! defaults of the settings and, for bounds that are no settings, against [`fixed`].
//!
//! Requests are counted in a sliding window, exactly, also under concurrency; a refused one is not counted, and
//! `Retry-After` is the true wait. `/livez`, `/readyz` and the files of the web pages are
//! not counted.

use std::sync::atomic::Ordering;
use std::time::Duration;

use poem::Result;
use poem::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::incoming::{self, KEY_MAX};
use super::input::FIELDS_MAX;
use super::problem::Problem;
use super::realtime::{FRAME_BYTES_MAX, FRAMES_MAX};
use super::request::{REQUEST_ID_MAX, RequestInfo};
use super::safety::FILES_MAX_BYTES;
use super::server;
use crate::domain::auth::model::Actor;
use crate::domain::clinical_record::rules::{ENTRIES_MAX, NOTE_CHARS_MAX, WORDS_CHARS_MAX};
use crate::domain::medicines::list::LIST_MAX_BYTES;
use crate::domain::safety::import::FILE_ROWS_MAX;
use crate::flows::prescriptions::PATIENTS_MAX;
use crate::platform::error::Error;
use crate::platform::images;
use crate::platform::rate_limits::{Counted, Standing, Verdict, WINDOW};
use crate::platform::rooms::SMALL_BYTES;
use crate::platform::store::MAX_LIMIT;

/// Bounds that are no settings: the row of README's table, and what it must say.
pub fn fixed() -> Vec<(&'static str, String)> {
    let kib = |bytes: usize| format!("{} KiB", bytes / 1024);
    let mib = |bytes: usize| format!("{} MiB", bytes / 1024 / 1024);
    let seconds = |time: Duration| format!("{} s", time.as_secs());
    vec![
        ("a list of medicines", mib(LIST_MAX_BYTES)),
        ("a picture", mib(images::FILE_BYTES_MAX)),
        ("a picture", format!("{} million pixels", images::PIXELS_MAX / 1024 / 1024)),
        ("patients of one batch of prescriptions", PATIENTS_MAX.to_string()),
        ("rule files of the safety check", mib(FILES_MAX_BYTES)),
        ("rule files of the safety check", format!("{},000 rows", FILE_ROWS_MAX / 1_000)),
        ("bodies of requests that are not answered yet", kib(SMALL_BYTES)),
        ("first line and headers of a request", kib(server::HEAD_BYTES_MAX)),
        ("first line and headers of a request", format!("{} headers", server::HEADERS_MAX)),
        (
            "silence of whoever is sent something, such as a telephone without network",
            seconds(server::UNCONFIRMED),
        ),
        ("a request that arrives slowly", seconds(server::ARRIVAL)),
        ("end of requests in flight when stopping", seconds(incoming::STOPPING_SILENCE)),
        ("a body that is refused", mib(server::READ_ON_BYTES)),
        ("a body that is refused", seconds(server::READ_ON_TIME)),
        ("a body that is refused", seconds(server::READ_ON_SILENCE)),
        ("items on a page", MAX_LIMIT.to_string()),
        ("entries of a clinical record", format!("{ENTRIES_MAX} allergies and {ENTRIES_MAX} conditions")),
        ("words in a clinical record", format!("{WORDS_CHARS_MAX} characters of a name")),
        ("words in a clinical record", format!("{NOTE_CHARS_MAX} of a note")),
        ("`Idempotency-Key`", format!("1 to {KEY_MAX} visible")),
        ("`X-Request-Id` taken over", format!("1 to {REQUEST_ID_MAX} letters")),
        ("bad fields named in one answer", FIELDS_MAX.to_string()),
        ("frames of a WebSocket client", kib(FRAME_BYTES_MAX)),
        ("frames of a WebSocket client", format!("{FRAMES_MAX} between")),
    ]
}

/// Paths of the API whose anonymous callers are counted as signing in.
const SIGN_IN_PREFIX: &str = "/auth/";

/// Counts a request of a signed-in person.
///
/// # Errors
/// `too_many_requests` when they are over their limit.
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
    if info.standing.get().is_some() || info.is_probe || info.is_page_file.load(Ordering::Relaxed) {
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

/// Tells the caller where they stand (IETF draft-ietf-httpapi-ratelimit-headers).
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
