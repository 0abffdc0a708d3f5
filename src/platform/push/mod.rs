//! Web Push: messages to browsers (RFC 8030), encrypted for the receiver (RFC 8291), signed by us (RFC 8292).
//!
//! The address of a subscription comes from the user's browser, so requests go to public addresses only.

mod encryption;
mod vapid;

pub use encryption::PLAINTEXT_BYTES_MAX;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::encryption::{AUTH_BYTES, POINT_BYTES, ReceiverKeys};
use self::vapid::Vapid;
use super::clock::{Clock, Span};
use super::error::{Error, FieldErrors, Result};
use super::http_client::{HttpAnswer, HttpClient, HttpRequest, Method, Reach, Url};
use super::outbound::{Undelivered, retry_after};
use super::random::Random;
use super::secret::{Phi, Secret};

/// File name of the key pair in the data directory.
const KEY_FILE: &str = "push.key";
/// Longest address of a subscription.
const ENDPOINT_LENGTH_MAX: usize = 2_048;

/// Web Push.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PushSettings {
    /// Whom a push service turns to when something is wrong, `mailto:clinic@example.org` or an `https` page.
    /// Without it there is no Web Push.
    pub contact: Option<String>,
    /// The key pair as PKCS #8 in base64url, in place of the one in the data directory.
    pub private_key: Option<Secret<String>>,
    /// Whether subscriptions may lead to this machine and into private networks. For tests.
    pub allow_private_endpoints: bool,
    /// Longest time for one message to be handed over.
    pub timeout_seconds: u64,
    /// A file of certificates (PEM) that are trusted besides the public ones.
    pub ca_file: Option<PathBuf>,
}

impl Default for PushSettings {
    fn default() -> Self {
        Self {
            contact: None,
            private_key: None,
            allow_private_endpoints: false,
            timeout_seconds: 15,
            ca_file: None,
        }
    }
}

/// Where a browser wants its messages, and the keys that they are encrypted with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    endpoint: Phi<String>,
    p256dh: Phi<String>,
    auth: Phi<String>,
    /// Our public key when it was registered; not known of those of the first releases.
    #[serde(default)]
    sender_key: Option<String>,
}

impl Subscription {
    /// The address at the push service.
    pub const fn endpoint(&self) -> &Phi<String> {
        &self.endpoint
    }

    /// The push service: the host of the address.
    pub fn service(&self) -> String {
        let url = Url::parse(self.endpoint.reveal()).ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    fn receiver(&self) -> Option<ReceiverKeys> {
        Some(ReceiverKeys { point: decoded(self.p256dh.reveal())?, auth: decoded(self.auth.reveal())? })
    }
}

/// How soon a device is woken for a message (RFC 8030, 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushUrgency {
    /// When the device is on power and in a wireless network.
    VeryLow,
    /// When the device is on power or in a wireless network.
    Low,
    /// Also on battery.
    Normal,
    /// Also on a low battery.
    High,
}

impl PushUrgency {
    const fn name(self) -> &'static str {
        match self {
            Self::VeryLow => "very-low",
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// A message to a browser.
#[derive(Debug, Clone)]
pub struct PushMessage {
    /// What the service worker gets, at most [`PLAINTEXT_BYTES_MAX`] bytes.
    pub payload: Phi<Vec<u8>>,
    /// How long the push service keeps it for a device that is not reachable.
    pub keep: Span,
    /// How soon a device is woken for it.
    pub urgency: PushUrgency,
    /// A message that is still kept is replaced by a later one of the same topic. Any text; the push service sees
    /// a digest of it.
    pub topic: Option<String>,
}

/// Sends Web Push messages, when it is configured.
pub struct WebPush {
    vapid: Option<Vapid>,
    client: HttpClient,
    clock: Arc<dyn Clock>,
    random: Arc<Random>,
}

/// Whether Web Push can be set up from these settings; no key is made.
///
/// # Errors
/// When the key in them is not one, or what else they name cannot be used.
pub fn check(settings: &PushSettings) -> Result<()> {
    let key = settings.private_key.as_ref();
    key.map(vapid::key_pair).transpose()?;
    let timeout = Duration::from_secs(settings.timeout_seconds);
    HttpClient::new(Reach::Public, timeout, settings.ca_file.as_deref()).map(|_| ())
}

impl WebPush {
    /// From the settings. With a contact and without a key in the settings, the key is read from the data
    /// directory, and made there the first time.
    ///
    /// # Errors
    /// When the key is not one, or cannot be read or written.
    pub fn new(
        settings: &PushSettings,
        directory: &Path,
        clock: Arc<dyn Clock>,
        random: Arc<Random>,
    ) -> Result<Self> {
        let key = settings.private_key.as_ref();
        let contact = settings.contact.clone();
        let vapid = contact.map(|contact| Vapid::new(contact, key, &directory.join(KEY_FILE))).transpose()?;
        let reach = if settings.allow_private_endpoints { Reach::Configured } else { Reach::Public };
        let timeout = Duration::from_secs(settings.timeout_seconds);
        let client = HttpClient::new(reach, timeout, settings.ca_file.as_deref())?;
        Ok(Self { vapid, client, clock, random })
    }

    /// Whether messages can be sent.
    pub const fn is_configured(&self) -> bool {
        self.vapid.is_some()
    }

    /// The key that browsers subscribe with (`applicationServerKey`), when Web Push is configured.
    pub fn public_key_base64url(&self) -> Option<&str> {
        self.vapid.as_ref().map(Vapid::public_key)
    }

    /// A subscription as a browser gives it: `endpoint`, `keys.p256dh` and `keys.auth`, both base64url.
    ///
    /// # Errors
    /// Names each field that cannot be used.
    pub fn subscription(&self, endpoint: &str, p256dh: &str, auth: &str) -> Result<Subscription> {
        let mut errors = FieldErrors::new();
        let url = Url::parse(endpoint).ok().filter(|url| {
            let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
            endpoint.len() <= ENDPOINT_LENGTH_MAX && plain && self.client.allows(url)
        });
        if url.is_none() {
            errors.add("endpoint", "push_endpoint_invalid");
        }
        let point: Option<[u8; POINT_BYTES]> = decoded(p256dh);
        if !point.is_some_and(|point| encryption::is_on_curve(&point)) {
            errors.add("keys.p256dh", "push_key_invalid");
        }
        if decoded::<AUTH_BYTES>(auth).is_none() {
            errors.add("keys.auth", "push_key_invalid");
        }
        errors.finish()?;
        let kept = |text: &str| Phi::new(text.to_owned());
        let sender_key = self.public_key_base64url().map(str::to_owned);
        Ok(Subscription { endpoint: kept(endpoint), p256dh: kept(p256dh), auth: kept(auth), sender_key })
    }

    /// Hands a message to the push service of the subscription.
    ///
    /// # Errors
    /// See [`Undelivered`]; `Gone` when the subscription has ended, or was made with another key than ours.
    pub async fn send(&self, to: &Subscription, message: &PushMessage) -> Result<(), Undelivered> {
        let vapid = self.vapid.as_ref().ok_or(Undelivered::NotConfigured)?;
        let request = self.request(vapid, to, message).map_err(Undelivered::Refused)?;
        match self.client.send(request).await {
            Ok(answer) => self.judge(to, &answer),
            // Each subscription names a server of its own.
            Err(why) => Err(Undelivered::unanswered("push_refused", "push_failed", why).of_address()),
        }
    }

    fn request(&self, vapid: &Vapid, to: &Subscription, message: &PushMessage) -> Result<HttpRequest> {
        let unusable = || Error::unprocessable("push_keys_invalid");
        let url = Url::parse(to.endpoint.reveal()).map_err(|_| unusable())?;
        let receiver = to.receiver().ok_or_else(unusable)?;
        let body = encryption::encrypt(&receiver, message.payload.reveal(), self.random.bytes()?)?;
        let seconds = message.keep.as_seconds_rounded_up().max(0);
        let mut headers = vec![
            ("Authorization", vapid.authorization(&url.origin().ascii_serialization(), self.clock.now())?),
            ("Content-Encoding", "aes128gcm".to_owned()),
            ("Content-Type", "application/octet-stream".to_owned()),
            ("TTL", seconds.to_string()),
            ("Urgency", message.urgency.name().to_owned()),
        ];
        headers.extend(message.topic.as_deref().map(|topic| ("Topic", topic_of(topic))));
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(HttpRequest { method: Method::POST, url, headers, body })
    }

    fn judge(&self, to: &Subscription, answer: &HttpAnswer) -> Result<(), Undelivered> {
        let context = format!("status {}", answer.status);
        let is_of_other_key =
            to.sender_key.as_deref().is_some_and(|key| Some(key) != self.public_key_base64url());
        match answer.status {
            200..=299 => Ok(()),
            404 | 410 => Err(Undelivered::Gone { code: "push_endpoint_gone" }),
            400 | 401 | 403 if is_of_other_key || names_key_mismatch(&answer.body) => {
                Err(Undelivered::Gone { code: MISMATCH })
            }
            // Our signature is not taken: of this subscription alone, or of all.
            401 | 403 => Err(Undelivered::doubtful("push_not_allowed", context, Some(MISMATCH))),
            408 | 425 | 429 | 500..=599 => {
                let after = retry_after(answer.retry_after.as_deref(), self.clock.now());
                Err(Undelivered::later("push_failed", context, after).of_address())
            }
            _ => Err(Undelivered::doubtful("push_refused", context, None)),
        }
    }
}

/// The subscription was made with another key than ours.
const MISMATCH: &str = "push_key_mismatch";

/// Whether a push service says that the subscription was made with another key: Apple by `VapidPkHashMismatch`,
/// Google by "do not correspond to the credentials used to create the subscriptions", Mozilla by "VAPID public key
/// mismatch".
fn names_key_mismatch(body: &[u8]) -> bool {
    let words = String::from_utf8_lossy(body).to_ascii_lowercase();
    [
        "vapidpkhashmismatch",
        "credentials used to create the subscription",
        "does not correspond to the sender id",
        "vapid public key mismatch",
    ]
    .iter()
    .any(|sign| words.contains(sign))
}

/// At most 32 characters of base64url (RFC 8030, 5.4): the beginning of a digest.
fn topic_of(text: &str) -> String {
    let mut topic = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text));
    topic.truncate(32);
    topic
}

/// Browsers leave the padding of base64url out; some libraries do not.
fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?.try_into().ok()
}
