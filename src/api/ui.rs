//! The web pages for people: the files that `build.rs` has put into the program, and the shell in which they run.
//!
//! # Why an endpoint of our own
//! Each file lies in the program three times: as it is, and compressed in two ways. What a browser takes is handed out
//! without copying or compressing, with an `ETag` of its own for each form.

mod shell;

use std::sync::atomic::Ordering;

use bytes::Bytes;
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, Request, Response, Result, Route};

use super::caller::info_of;
use super::problem::Problem;
use crate::platform::error::Error;

/// One file of the pages.
struct File {
    name: &'static str,
    /// The beginning of its SHA-256, in hexadecimal digits.
    hash: &'static str,
    plain: &'static [u8],
    br: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// All of them.
static FILES: &[File] = &include!(concat!(env!("OUT_DIR"), "/ui.rs"));

/// For ever: whoever asks with the hash asks for just these bytes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Files with an address of their own. A worker governs the pages below the folder in which it lies, so it lies at the
/// top; what a browser notes of an installed page has an address that never changes.
const ROOTED: [(&str, &str); 2] = [("/sw.js", "sw.js"), ("/manifest.webmanifest", "manifest.webmanifest")];

/// What the worker may do: ask this server. Its own policy holds for what it fetches, not that of the pages.
const WORKER_POLICY: &str = "default-src 'none'; connect-src 'self'";

/// Adds the files and the shell's addresses.
pub(super) fn mount(route: Route) -> Route {
    let route =
        ROOTED.into_iter().fold(route.at("/ui/*name", Files), |route, (address, _)| route.at(address, Files));
    shell::ADDRESSES.into_iter().fold(route, |route, (address, entry)| route.at(address, shell::Shell(entry)))
}

/// The address of a file, with its hash, so that it may be kept for ever.
fn address_of(name: &str) -> String {
    match find(name) {
        Some(file) => format!("/ui/{}?v={}", file.name, file.hash),
        None => format!("/ui/{name}"),
    }
}

fn find(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "text/plain; charset=utf-8",
    }
}

/// `/ui/NAME`, and those of `ROOTED`.
struct Files;

impl Endpoint for Files {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let info = info_of(&request)?;
        let path = request.uri().path();
        let rooted = ROOTED.into_iter().find(|(address, _)| *address == path).map(|(_, name)| name);
        let name = rooted.or(path.strip_prefix("/ui/")).unwrap_or_default();
        let file = find(name).ok_or_else(|| Problem::from(Error::not_found("route_not_found")))?;
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(poem::error::MethodNotAllowedError.into());
        }
        info.is_page_file.store(true, Ordering::Relaxed);
        Ok(answer(file, &request))
    }
}

fn answer(file: &'static File, request: &Request) -> Response {
    let (encoding, bytes) = best_form(file, request.headers());
    let tag = match encoding {
        Some(encoding) => format!("\"{}-{encoding}\"", file.hash),
        None => format!("\"{}\"", file.hash),
    };
    let asked = request.uri().query().and_then(|query| query.strip_prefix("v="));
    let keep = if asked == Some(file.hash) { FOR_EVER } else { "no-cache" };
    let mut response = Response::builder()
        .content_type(kind_of(file.name))
        .header(header::ETAG, &tag)
        .header(header::CACHE_CONTROL, keep);
    if request.uri().path() == "/sw.js" {
        response = response.header(header::CONTENT_SECURITY_POLICY, fixed(WORKER_POLICY));
    }
    if file.br.is_some() {
        response = response.header(header::VARY, "accept-encoding");
    }
    if is_known(request.headers(), &tag) {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    if let Some(encoding) = encoding {
        response = response.header(header::CONTENT_ENCODING, encoding);
    }
    if *request.method() == Method::HEAD {
        return response.header(header::CONTENT_LENGTH, bytes.len()).finish();
    }
    response.body(Bytes::from_static(bytes))
}

/// The smallest form that the client takes.
fn best_form(file: &'static File, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
    let forms = [("br", file.br), ("gzip", file.gzip)];
    let taken = forms
        .into_iter()
        .find_map(|(name, bytes)| Some((Some(name), bytes?)).filter(|_| takes(headers, name)));
    taken.unwrap_or((None, file.plain))
}

/// Whether the client takes this encoding: it is named, and not with a weight of nothing.
fn takes(headers: &HeaderMap, encoding: &str) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let is_named = pieces.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let weight = pieces.find_map(|piece| piece.strip_prefix("q="));
        is_named && weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0))
    })
}

/// Whether the client has this form already. `If-None-Match` is compared weakly (RFC 9110, section 13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// A header whose value is known beforehand.
fn fixed(value: &'static str) -> HeaderValue {
    HeaderValue::from_static(value)
}
