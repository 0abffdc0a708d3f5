//! A push service of our own, with browsers: checks who sends (RFC 8292), and decrypts as a browser does (RFC 8291),
//! with other code than the product's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use das_tern::platform::push::PushSettings;
use hmac::{Hmac, KeyInit, Mac};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;
use sha2::Sha256;

use super::http::{HttpCall, Reply, Script, claims_of, serve_over};
use super::tls::Authority;

/// A browser that has subscribed.
#[derive(Clone)]
pub struct Browser {
    /// Where it wants its messages.
    pub endpoint: String,
    /// Its public key, base64url.
    pub p256dh: String,
    /// Its authentication secret, base64url.
    pub auth: String,
    secret: SecretKey,
    /// The key that it subscribed with.
    server_key: String,
}

/// A message that reached a browser.
#[derive(Debug, Clone)]
pub struct Pushed {
    /// What the service worker gets.
    pub payload: String,
    /// Seconds that the service keeps it.
    pub ttl: u32,
    /// The `Urgency` header.
    pub urgency: String,
    /// The `Topic` header.
    pub topic: Option<String>,
    /// The claims of the sender's token.
    pub claims: Value,
    /// Bytes of the encrypted message.
    pub size: usize,
}

#[derive(Default)]
struct State {
    browsers: HashMap<String, Browser>,
    /// What is answered for a browser, whatever comes.
    answers: HashMap<String, Reply>,
    arrived: HashMap<String, Vec<Pushed>>,
    calls: u32,
}

/// The push service. It ends with the test's runtime.
#[derive(Clone)]
pub struct PushService {
    url: String,
    authority: Option<Authority>,
    state: Arc<Mutex<State>>,
    script: Script,
}

impl PushService {
    /// Opens on a free port.
    pub async fn open() -> Self {
        Self::open_over(None).await
    }

    /// The same over TLS.
    pub async fn open_over(authority: Option<&Authority>) -> Self {
        let (state, script) = (Arc::<Mutex<State>>::default(), Script::default());
        let (kept, ordered) = (Arc::clone(&state), script.clone());
        let scheme = if authority.is_some() { "https" } else { "http" };
        let address = serve_over(authority, move |call| {
            let mut state = kept.lock().unwrap();
            state.calls += 1;
            ordered.next().unwrap_or_else(|| state.take(&call, scheme))
        })
        .await;
        Self { url: format!("{scheme}://{address}"), authority: authority.cloned(), state, script }
    }

    /// Settings with which a server may send here.
    pub fn settings(&self) -> PushSettings {
        PushSettings {
            contact: Some("mailto:clinic@example.org".to_owned()),
            allow_private_endpoints: true,
            ca_file: self.authority.as_ref().map(|authority| authority.file().to_owned()),
            ..PushSettings::default()
        }
    }

    /// A browser subscribes for messages from the server with this key.
    pub fn browser(&self, name: &str, server_key: &str) -> Browser {
        let path = format!("/push/{name}");
        let seed = <Sha256 as sha2::Digest>::digest(name);
        let secret = SecretKey::from_slice(&seed).unwrap();
        let browser = Browser {
            endpoint: format!("{}{path}", self.url),
            p256dh: BASE64URL.encode(secret.public_key().to_sec1_point(false).as_bytes()),
            auth: BASE64URL.encode(&seed[..16]),
            secret,
            server_key: server_key.to_owned(),
        };
        self.state.lock().unwrap().browsers.insert(path, browser.clone());
        browser
    }

    /// The browser is gone: its endpoint answers 410 from now on.
    pub fn unsubscribe(&self, name: &str) {
        self.state.lock().unwrap().browsers.remove(&format!("/push/{name}"));
    }

    /// Answers everything for this browser so from now on.
    pub fn answer_for(&self, name: &str, reply: Reply) {
        self.state.lock().unwrap().answers.insert(format!("/push/{name}"), reply);
    }

    /// Orders the reply to the next message, whoever sends it: `Reply::status(429).retry_after(30)`.
    pub fn answer_next(&self, reply: Reply) {
        self.script.push(reply);
    }

    /// What reached this browser, oldest first.
    pub fn pushed_to(&self, name: &str) -> Vec<Pushed> {
        let state = self.state.lock().unwrap();
        state.arrived.get(&format!("/push/{name}")).cloned().unwrap_or_default()
    }

    /// Messages that were tried to be handed over.
    pub fn calls(&self) -> u32 {
        self.state.lock().unwrap().calls
    }
}

impl State {
    fn take(&mut self, call: &HttpCall, scheme: &str) -> Reply {
        if let Some(answer) = self.answers.get(&call.target) {
            return answer.clone();
        }
        let Some(browser) = self.browsers.get(&call.target) else { return Reply::status(410) };
        let host = call.header("host").unwrap_or_default();
        let Some(claims) = claims_of_sender(call, browser, &format!("{scheme}://{host}")) else {
            return Reply::status(403);
        };
        let ttl = call.header("ttl").and_then(|ttl| ttl.parse().ok());
        let (Some(ttl), Some("aes128gcm"), true) =
            (ttl, call.header("content-encoding"), call.body.len() <= 4096)
        else {
            return Reply::status(400);
        };
        let Some(payload) = browser.decrypt(&call.body) else { return Reply::status(400) };
        let own = |name| call.header(name).map(str::to_owned);
        self.arrived.entry(call.target.clone()).or_default().push(Pushed {
            payload: String::from_utf8(payload).unwrap(),
            ttl,
            urgency: own("urgency").unwrap_or_else(|| "normal".to_owned()),
            topic: own("topic"),
            claims,
            size: call.body.len(),
        });
        Reply::status(201)
    }
}

/// The claims of the `vapid` header, if it is signed with the key that the browser subscribed with, for us.
fn claims_of_sender(call: &HttpCall, browser: &Browser, origin: &str) -> Option<Value> {
    let header = call.header("authorization")?.strip_prefix("vapid ")?;
    let part = |name: &str| header.split(", ").find_map(|part| part.strip_prefix(name));
    let (token, key) = (part("t=")?, part("k=")?);
    if key != browser.server_key {
        return None;
    }
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, BASE64URL.decode(key).ok()?);
    let claims = claims_of(token, |signed, signature| key.verify(signed, signature).is_ok())?;
    (claims["aud"] == origin && claims["exp"].is_i64() && claims["sub"].is_string()).then_some(claims)
}

impl Browser {
    /// What a browser does with a message: RFC 8188 and RFC 8291, step by step as they are written.
    pub fn decrypt(&self, message: &[u8]) -> Option<Vec<u8>> {
        let (salt, rest) = message.split_at_checked(16)?;
        let (sizes, rest) = rest.split_at_checked(5)?;
        let record_size = u32::from_be_bytes(sizes[..4].try_into().unwrap());
        let (sender, record) = rest.split_at_checked(usize::from(sizes[4]))?;
        if sender.len() != 65 || record.len() < 17 || record.len() > record_size as usize {
            return None;
        }
        let peer = PublicKey::from_sec1_bytes(sender).ok()?;
        let shared = p256::ecdh::diffie_hellman(self.secret.to_nonzero_scalar(), peer.as_affine());
        let auth = BASE64URL.decode(&self.auth).unwrap();
        let own = BASE64URL.decode(&self.p256dh).unwrap();
        let key = hmac(&auth, &[shared.raw_secret_bytes().as_slice()]);
        let input = hmac(&key, &[b"WebPush: info\0", &own, sender, &[1]]);
        let key = hmac(salt, &[&input]);
        let content_key = hmac(&key, &[b"Content-Encoding: aes128gcm\0\x01"]);
        let nonce = hmac(&key, &[b"Content-Encoding: nonce\0\x01"]);
        let opener = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content_key[..16]).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&nonce[..12]).unwrap();
        let mut record = record.to_vec();
        let plain = opener.open_in_place(nonce, Aad::empty(), &mut record).ok()?;
        let end = plain.iter().rposition(|byte| *byte != 0)?;
        (plain[end] == 2).then(|| plain[..end].to_vec())
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}
