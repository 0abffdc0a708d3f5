//! Bodies of requests: read when the token was checked or the address counted, and only into bounded memory.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use poem::http::Method;
use poem::{Body, Request, RequestBody, Result};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep_until};

use super::problem::Problem;
use super::request::RequestInfo;
use super::routes;
use super::safety::FILES_MAX_BYTES;
use crate::domain::auth::model::Idempotency;
use crate::domain::medicines::list::LIST_MAX_BYTES;
use crate::platform::context::Context;
use crate::platform::error::Error;
use crate::platform::images::FILE_BYTES_MAX as PICTURE_MAX_BYTES;

/// Longest `Idempotency-Key`.
pub const KEY_MAX: usize = 128;

/// How soon somebody may send a body again for which there was no room, in seconds.
const RETRY_SECONDS: u64 = 5;

/// So long a server that stops waits for more of a body.
pub(super) const STOPPING_SILENCE: Duration = Duration::from_secs(1);

/// The largest body of a request that brings a list of medicines, rule files or a picture. They are large, and sending them
/// twice changes nothing: their handlers read the body themselves.
fn upload_limit(request: &Request) -> Option<usize> {
    let uploads = [
        (Method::POST, "/medicines/import", LIST_MAX_BYTES),
        (Method::POST, "/safety/import", FILES_MAX_BYTES),
        (Method::PUT, "/photo", PICTURE_MAX_BYTES),
        (Method::PUT, "/license-photo", PICTURE_MAX_BYTES),
    ];
    let is_meant = |(method, end, _): &(Method, &str, usize)| {
        request.method() == method && request.uri().path().ends_with(end)
    };
    uploads.into_iter().find(is_meant).map(|(_, _, most)| most)
}

/// Largest body of `request`, in bytes.
pub(super) fn limit_of(request: &Request, info: &RequestInfo) -> usize {
    upload_limit(request).unwrap_or(info.context.settings.server.body_limit_bytes)
}

/// There is no room in memory for what was sent.
pub(super) fn no_room() -> Error {
    Error::unavailable("body_room_taken", RETRY_SECONDS).with("seconds", RETRY_SECONDS)
}

/// Reads a body of at most the usual size. Its room is given back when the request has its answer.
///
/// # Errors
/// `body_room_taken` when too much is being sent, or its owner sends too much, and those of [`gather`].
pub(super) async fn read(info: &RequestInfo, body: Body) -> Result<Bytes> {
    if info.has_read_body.load(Ordering::Relaxed) {
        return Ok(body.into_bytes().await?);
    }
    let limit = info.context.settings.server.body_limit_bytes;
    let mut hold = info.context.rooms.bodies.enter(info.owner());
    let bytes = gather(&info.context, body, limit, |more| hold.grow(more)).await.map_err(Problem::from)?;
    info.keep(hold);
    Ok(bytes.into())
}

/// The bytes of a body. `grow` is asked before each piece of memory is taken.
///
/// # Errors
/// `body_too_large`, `body_room_taken`, `body_unreadable`; `server_stopping` when the rest does not come while the server
/// stops.
pub(super) async fn gather(
    context: &Context,
    body: Body,
    limit: usize,
    mut grow: impl FnMut(usize) -> bool,
) -> Result<Vec<u8>, Error> {
    let (mut pieces, mut read) = (body.into_bytes_stream(), Vec::new());
    while let Some(piece) = next_piece(context, &mut pieces).await? {
        let piece = piece.map_err(|error| Error::invalid("body", "body_unreadable").context(error))?;
        let needed = read.len().saturating_add(piece.len());
        if needed > limit {
            return Err(Error::too_large("body_too_large"));
        }
        if needed > read.capacity() {
            let wanted = needed.max(read.capacity().saturating_mul(2).min(limit));
            if !grow(wanted.saturating_sub(read.capacity())) {
                return Err(no_room());
            }
            read.reserve_exact(wanted.saturating_sub(read.len()));
        }
        read.extend_from_slice(&piece);
    }
    Ok(read)
}

/// The next piece of a body. A server that stops does not wait for one that does not come.
async fn next_piece<S: Stream + Unpin>(context: &Context, pieces: &mut S) -> Result<Option<S::Item>, Error> {
    let stopping = async {
        context.stopping.begun().await;
        sleep_until(Instant::now() + STOPPING_SILENCE).await;
    };
    tokio::select! {
        biased;
        piece = pieces.next() => Ok(piece),
        () = stopping => Err(Error::unavailable("server_stopping", RETRY_SECONDS)),
    }
}

/// Notes the `Idempotency-Key` of a change with a hash of what the request asks for. Costs nothing without it.
///
/// # Errors
/// When the key is not one, and those of [`read`].
pub(super) async fn take_idempotency_key(
    request: &Request,
    info: &RequestInfo,
    body: &mut RequestBody,
) -> Result<()> {
    let changes = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH | Method::DELETE);
    let key = request.headers().get("idempotency-key").filter(|_| changes && upload_limit(request).is_none());
    let Some(key) = key else { return Ok(()) };
    let key = key
        .to_str()
        .ok()
        .filter(|key| (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()))
        .ok_or_else(|| Problem::from(Error::invalid("Idempotency-Key", "idempotency_key_invalid")))?
        .to_owned();
    let mut hash = Sha256::new();
    hash.update(request.method().as_str());
    hash.update([0]);
    hash.update(routes::unversioned(request.uri().path()));
    hash.update([0]);
    hash.update(request.uri().query().unwrap_or_default());
    hash.update([0]);
    // A body of another kind is refused or not looked at: nobody is asked to send it.
    if request.content_type().is_none_or(is_json) {
        let bytes = read(info, body.take()?).await?;
        hash.update(&bytes);
        info.has_read_body.store(true, Ordering::Relaxed);
        *body = RequestBody::new(bytes.into());
    }
    // A body may hold a password, and a plain hash of it could be guessed at.
    let fingerprint =
        info.context.keys.mac("request fingerprints", &[&hash.finalize()]).map_err(Problem::from)?;
    let _ = info.idempotency.set(Idempotency { key, fingerprint });
    Ok(())
}

/// Whether this is the media type of JSON.
pub(super) fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
        || kind.split_once('/').is_some_and(|(_, kind)| kind.to_ascii_lowercase().ends_with("+json"))
}
