//! The document in which the pages run. It holds no data: who is signed in is asked by its script.

use poem::http::{HeaderName, Method, header};
use poem::{Endpoint, Request, Response, Result};

use super::{address_of, fixed};
use crate::api::caller::info_of;
use crate::platform::i18n::Language;

/// The addresses at which a page begins, and the script that runs there. What is not among them is no page.
pub(super) const ADDRESSES: [(&str, &str); 12] = [
    ("/sign-in", "public"),
    ("/forgot-password", "public"),
    ("/register", "public"),
    ("/me", "patient"),
    ("/me/*rest", "patient"),
    ("/family", "family"),
    ("/family/*rest", "family"),
    ("/plan", "plan"),
    ("/clinic", "clinic"),
    ("/clinic/*rest", "clinic"),
    ("/admin", "admin"),
    ("/admin/*rest", "admin"),
];

/// The scripts of patients and families, whose pages may be put on the first screen of a phone.
const KEPT: [&str; 3] = ["patient", "family", "plan"];

/// What the pages may load and do: nothing from elsewhere, nothing inline, no text that becomes script.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
/// As `POLICY`, but one script may be named as the page's worker. Only the pages that are kept on a phone may do that.
const POLICY_OF_KEPT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types dt-sw";
/// What no page needs.
const NOT_NEEDED: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
/// The cookie in which the pages note the language that a person has chosen.
const LANGUAGE_COOKIE: &str = "das-tern-language";

/// What lets a browser put the pages on the first screen of a phone.
const INSTALLABLE: &str = r##"
<link rel="manifest" href="/manifest.webmanifest">
<link rel="apple-touch-icon" href="/ui/icon-192.png">
<meta name="theme-color" content="#0b5c6b">"##;

/// The shell of one script.
pub(super) struct Shell(pub &'static str);

impl Endpoint for Shell {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(poem::error::MethodNotAllowedError.into());
        }
        let language = chosen(&request).unwrap_or(info_of(&request)?.language());
        let policy = if KEPT.contains(&self.0) { POLICY_OF_KEPT } else { POLICY };
        let response = Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, fixed(policy))
            .header(HeaderName::from_static("permissions-policy"), fixed(NOT_NEEDED))
            .header(HeaderName::from_static("cross-origin-opener-policy"), fixed("same-origin"))
            .header(header::CACHE_CONTROL, fixed("no-cache"))
            .header(header::VARY, fixed("cookie, accept-language"));
        Ok(response.body(document(self.0, language)))
    }
}

/// The language that was chosen on a page before.
fn chosen(request: &Request) -> Option<Language> {
    let texts = request.headers().get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    match pairs.find(|(name, _)| *name == LANGUAGE_COOKIE)?.1 {
        "km" => Some(Language::Khmer),
        "en" => Some(Language::English),
        _ => None,
    }
}

fn document(entry: &str, language: Language) -> String {
    let (tag, without_script) = match language {
        Language::Khmer => ("km", "ទំព័រនេះត្រូវការ JavaScript។ សូមបើក JavaScript ក្នុងកម្មវិធីរុករក រួចផ្ទុកម្តងទៀត។"),
        Language::English => {
            ("en", "This page needs JavaScript. Switch it on in the browser and load the page again.")
        }
    };
    let [style, font, icon] = ["app.css", "khmer-400.woff2", "icon.svg"].map(address_of);
    let (texts, installable) = if KEPT.contains(&entry) {
        (format!("own-{tag}.js"), INSTALLABLE)
    } else {
        (format!("i18n-{tag}.js"), "")
    };
    let [texts, script] = [texts, format!("{entry}.js")].map(|name| address_of(&name));
    format!(
        r#"<!doctype html>
<html lang="{tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>ដាស់តឿន · Das Tern</title>
<link rel="preload" href="{font}" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="{style}">
<link rel="icon" href="{icon}" type="image/svg+xml">{installable}
<script type="module" src="{texts}"></script>
<script type="module" src="{script}"></script>
</head>
<body>
<div id="app"></div>
<noscript><p class="no-script">{without_script}</p></noscript>
</body>
</html>
"#
    )
}
