//! Messages about payments: who wrote them, and when.
//!
//! Three forms, each an HMAC-SHA256 under a shared secret:
//! - Standard Webhooks 1.0: `webhook-signature` over `id.timestamp.body`, time in seconds;
//! - timestamped: `X-Signature` over `timestamp.body`, time in milliseconds;
//! - in the body: its member `signature` over the body as it was sent, without that member and without blanks outside of
//!   texts. So each number and text counts as it was written: `100`, `100.0` and `"100"` sign differently.
//!
//! Signatures are compared in constant time, and every secret is tried. Whoever asks hears yes or no, never why.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;

use crate::platform::clock::{Span, Timestamp};
use crate::platform::secret::Secret;

/// How far a message's time may be from now for it to be believed.
pub const WINDOW: Span = Span::minutes(5);
/// How old a message that carries its signature in the body may be to be a reason for a question.
pub const STALE_MAX: Span = Span::days(7);
/// The longest body that is looked at.
pub const BODY_BYTES_MAX: usize = 64 * 1_024;
/// The longest id of a message.
const ID_CHARS_MAX: usize = 64;
/// The member that signs the others.
const SIGNATURE: &str = "signature";

/// A secret that is shared with whoever signs.
#[derive(Debug, Clone)]
pub struct SigningSecret(Secret<String>);

impl SigningSecret {
    /// From a configuration; several are used while one takes the place of another.
    pub const fn new(text: Secret<String>) -> Self {
        Self(text)
    }

    /// Standard Webhooks writes keys as `whsec_` and base64; what is not written so is the key itself.
    fn standard(&self) -> hmac::Key {
        let text = self.0.reveal();
        let decoded = text.strip_prefix("whsec_").and_then(|coded| BASE64_STANDARD.decode(coded).ok());
        hmac::Key::new(hmac::HMAC_SHA256, decoded.as_deref().unwrap_or(text.as_bytes()))
    }

    fn plain(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.reveal().as_bytes())
    }
}

/// Whether a message may be acted upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Signed and of now.
    Fresh,
    /// Signed, but old enough to be a copy: a reason to ask Bakong and no more.
    Stale,
}

/// A message whose signature is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// When it says it was written.
    pub at: Timestamp,
    /// What it is good for.
    pub trust: Trust,
}

/// Where a message carries its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// In the headers of Standard Webhooks.
    Standard {
        /// `webhook-id`, the same each time the message is sent.
        id: String,
        /// `webhook-timestamp`, seconds.
        timestamp: String,
        /// `webhook-signature`.
        signatures: String,
    },
    /// In `X-Timestamp` and `X-Signature`.
    Timestamped {
        /// Milliseconds.
        timestamp: String,
        /// Hexadecimal digits.
        signature: String,
    },
    /// In the body itself.
    InBody,
}

/// Checks a message as its form demands.
pub fn verify(form: &Form, body: &[u8], secrets: &[SigningSecret], now: Timestamp) -> Option<Signed> {
    match form {
        Form::Standard { id, timestamp, signatures } => {
            standard(id, timestamp, signatures, body, secrets, now)
        }
        Form::Timestamped { timestamp, signature } => timestamped(timestamp, signature, body, secrets, now),
        Form::InBody => in_body(body, secrets, now),
    }
}

/// Checks Standard Webhooks' three headers. `signatures` are several with blanks between, each `v1,` and base64; other
/// versions are passed over.
pub fn standard(
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    secrets: &[SigningSecret],
    now: Timestamp,
) -> Option<Signed> {
    let is_id = (1..=ID_CHARS_MAX).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if !is_id {
        return None;
    }
    let at = Timestamp::from_milliseconds(digits(timestamp)?.checked_mul(1_000)?);
    let message = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
    let given: Vec<Vec<u8>> = signatures
        .split(' ')
        .filter_map(|signature| BASE64_STANDARD.decode(signature.strip_prefix("v1,")?).ok())
        .collect();
    let keys = secrets.iter().map(SigningSecret::standard);
    (is_signed(&message, &given, keys) && is_of_now(at, now)).then_some(Signed { at, trust: Trust::Fresh })
}

/// Checks `X-Timestamp` and `X-Signature`.
pub fn timestamped(
    timestamp: &str,
    signature: &str,
    body: &[u8],
    secrets: &[SigningSecret],
    now: Timestamp,
) -> Option<Signed> {
    let at = Timestamp::from_milliseconds(digits(timestamp)?);
    let message = [timestamp.as_bytes(), b".", body].concat();
    let given = [unhex(signature)?];
    let keys = secrets.iter().map(SigningSecret::plain);
    (is_signed(&message, &given, keys) && is_of_now(at, now)).then_some(Signed { at, trust: Trust::Fresh })
}

/// Checks a body that carries its signature in hexadecimal digits, and its `timestamp` in milliseconds since 1970.
pub fn in_body(body: &[u8], secrets: &[SigningSecret], now: Timestamp) -> Option<Signed> {
    let signed = SignedBody::of(body)?;
    let given = [unhex(&signed.signature)?];
    let at = Timestamp::from_milliseconds(digits(&signed.timestamp)?);
    let keys = secrets.iter().map(SigningSecret::plain);
    if !is_signed(signed.message.as_bytes(), &given, keys) {
        return None;
    }
    if is_of_now(at, now) {
        return Some(Signed { at, trust: Trust::Fresh });
    }
    (at < now && now.since(at) <= STALE_MAX).then_some(Signed { at, trust: Trust::Stale })
}

/// What a body that carries its own signature is made of.
#[derive(Debug, PartialEq, Eq)]
struct SignedBody {
    /// What was signed.
    message: String,
    signature: String,
    timestamp: String,
}

impl SignedBody {
    /// `None` where it is no JSON object, has a name twice, or lacks what it needs.
    fn of(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok().filter(|text| text.len() <= BODY_BYTES_MAX)?;
        // Whether it is JSON at all; the members are cut out of the text below, so that none is written anew.
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).ok()?;
        let (mut kept, mut names, mut signature, mut timestamp) = (Vec::new(), Vec::new(), None, None);
        for (name, value) in members(text)? {
            let plain: String = serde_json::from_str(&name).ok()?;
            if names.contains(&plain) {
                return None;
            }
            match plain.as_str() {
                SIGNATURE => signature = Some(serde_json::from_str(&value).ok()?),
                "timestamp" => timestamp = Some(value.trim_matches('"').to_owned()),
                _ => {}
            }
            if plain != SIGNATURE {
                kept.push(format!("{name}:{value}"));
            }
            names.push(plain);
        }
        Some(Self {
            message: format!("{{{}}}", kept.join(",")),
            signature: signature?,
            timestamp: timestamp?,
        })
    }
}

/// The names and values of an object as they stand, without blanks outside of texts. The text is known to be JSON.
fn members(text: &str) -> Option<Vec<(String, String)>> {
    let (mut all, mut name, mut part) = (Vec::new(), None, String::new());
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    for character in text.chars() {
        if in_text {
            part.push(character);
            in_text = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            ' ' | '\t' | '\r' | '\n' => continue,
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        in_text = character == '"';
        match (depth, character) {
            (1, '{') if part.is_empty() && name.is_none() => {}
            (1, ':') if name.is_none() => name = Some(std::mem::take(&mut part)),
            (1, ',') => all.push((name.take()?, std::mem::take(&mut part))),
            (0, '}') if name.is_none() => {}
            (0, '}') => all.push((name.take()?, std::mem::take(&mut part))),
            _ => part.push(character),
        }
    }
    Some(all)
}

/// Tries every signature with every key, whichever fits first.
fn is_signed(message: &[u8], given: &[Vec<u8>], keys: impl Iterator<Item = hmac::Key>) -> bool {
    let fits = |key: &hmac::Key| {
        given.iter().fold(false, |found, signature| found | hmac::verify(key, message, signature).is_ok())
    };
    keys.fold(false, |found, key| found | fits(&key))
}

fn is_of_now(at: Timestamp, now: Timestamp) -> bool {
    now.since(at) <= WINDOW && at.since(now) <= WINDOW
}

fn digits(text: &str) -> Option<i64> {
    let is_number = (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// The bytes of an HMAC-SHA256 in hexadecimal digits.
fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}
