//! Pages for people: `/` leads on, `/docs` is the interactive documentation. Everything comes from the binary, and
//! nothing stands inline, so that the content security policy can forbid it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use poem::endpoint::make_sync;
use poem::http::{HeaderValue, header};
use poem::{Response, Route, get};

use super::frame::text_response;
use crate::platform::context::Context;

/// What a page may load: its own script and style, and the API.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);
const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const PICTURE: &str = "image/svg+xml";

/// Path, type and content of each page and what it needs.
const FILES: [(&str, &str, &str); 9] = [
    ("/", HTML, include_str!("../../assets/pages/home.html")),
    ("/docs", HTML, include_str!("../../assets/pages/docs.html")),
    ("/docs/docs.js", SCRIPT, include_str!("../../assets/pages/docs.js")),
    ("/docs/text.js", SCRIPT, include_str!("../../assets/pages/text.js")),
    ("/docs/sending.js", SCRIPT, include_str!("../../assets/pages/sending.js")),
    ("/docs/icon.svg", PICTURE, include_str!("../../assets/pages/icon.svg")),
    ("/docs/style.css", STYLE, include_str!("../../assets/pages/style.css")),
    ("/docs/receipt.css", STYLE, include_str!("../../assets/pages/receipt.css")),
    ("/docs/home.js", SCRIPT, include_str!("../../assets/pages/home.js")),
];

/// Adds the pages and `/openapi.json`.
pub(super) fn mount(route: Route, context: &Arc<Context>) -> Route {
    let context = Arc::clone(context);
    // Made when first asked for: a server that nobody asks starts sooner and stays smaller.
    let document = OnceLock::new();
    let route = route.at(
        "/openapi.json",
        get(make_sync(move |_| {
            let text = document.get_or_init(|| Bytes::from(without_white_space(super::document(&context))));
            text_response("application/json", Bytes::clone(text))
        })),
    );
    FILES.into_iter().fold(route, |route, (path, kind, content)| {
        route.at(path, get(make_sync(move |_| page(kind, content))))
    })
}

fn without_white_space(document: String) -> String {
    serde_json::from_str::<serde_json::Value>(&document).map_or(document, |value| value.to_string())
}

fn page(kind: &'static str, content: &'static str) -> Response {
    let mut response = text_response(kind, content);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
