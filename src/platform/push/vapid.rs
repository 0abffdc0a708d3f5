//! Who we are to push services: VAPID, RFC 8292. A P-256 key pair of the server's own, made at the first start and
//! kept; a browser binds a subscription to its public half, so that a new key makes every subscription worthless.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

use crate::platform::clock::{Span, Timestamp};
use crate::platform::crypto::signed_token;
use crate::platform::error::{Error, Result};
use crate::platform::secret::Secret;
use crate::platform::secret_file;

/// How long a token is good; RFC 8292 allows a day.
const TOKEN_LIFE: Span = Span::hours(12);
/// A token that ends sooner than this is not used any more.
const TOKEN_REST: Span = Span::hours(1);
/// Push services whose tokens are kept. There are few in the world, but users choose the addresses.
const TOKENS_MAX: usize = 64;

/// Signs for push services.
pub(super) struct Vapid {
    pair: EcdsaKeyPair,
    public_key: String,
    contact: String,
    /// By push service: the token, and when it ends.
    tokens: Mutex<HashMap<String, (String, Timestamp)>>,
}

/// A key pair from its text, PKCS #8 in base64url.
///
/// # Errors
/// When it is not one.
pub(super) fn key_pair(text: &Secret<String>) -> Result<EcdsaKeyPair> {
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(text.reveal().trim());
    let pair = decoded.ok().and_then(|pkcs8| {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8, &SystemRandom::new()).ok()
    });
    pair.ok_or_else(|| {
        Error::internal("the key for push messages is not a P-256 key as PKCS #8 in base64url")
    })
}

impl Vapid {
    /// From the key in the settings, else from `file`, where it is made on the first start: PKCS #8 in base64url.
    ///
    /// # Errors
    /// When the key is not one, or the file cannot be read or written or others can read it.
    pub(super) fn new(contact: String, configured: Option<&Secret<String>>, file: &Path) -> Result<Self> {
        let text = match configured {
            Some(key) => key.clone(),
            None => read_or_make(file)?,
        };
        let pair = key_pair(&text)?;
        let public_key = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        Ok(Self { pair, public_key, contact, tokens: Mutex::default() })
    }

    /// The public half as browsers want it.
    pub(super) fn public_key(&self) -> &str {
        &self.public_key
    }

    /// The `Authorization` header for the push service `audience`, an origin.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(super) fn authorization(&self, audience: &str, now: Timestamp) -> Result<String> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = tokens.get(audience).filter(|(_, ends_at)| {
            // One that ends later than a new one would was made by a clock that has been set back since.
            let rest = ends_at.since(now);
            rest >= TOKEN_REST && rest <= TOKEN_LIFE
        });
        let token = match kept {
            Some((token, _)) => token.clone(),
            None => {
                let ends_at = now.plus(TOKEN_LIFE);
                let token = self.sign(audience, ends_at)?;
                if tokens.len() >= TOKENS_MAX {
                    tokens.clear();
                }
                tokens.insert(audience.to_owned(), (token.clone(), ends_at));
                token
            }
        };
        Ok(format!("vapid t={token}, k={}", self.public_key))
    }

    fn sign(&self, audience: &str, ends_at: Timestamp) -> Result<String> {
        let header = json!({"typ": "JWT", "alg": "ES256"});
        let exp = ends_at.as_milliseconds().div_euclid(1_000);
        let claims = json!({"aud": audience, "exp": exp, "sub": self.contact});
        signed_token(&header, &claims, |message| {
            let signature = self.pair.sign(&SystemRandom::new(), message);
            signature.map(|signature| signature.as_ref().to_vec()).map_err(|_| failed("signed"))
        })
    }
}

fn read_or_make(file: &Path) -> Result<Secret<String>> {
    let bytes = match secret_file::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(|_| failed("made"))?;
            let text = BASE64_URL_SAFE_NO_PAD.encode(pkcs8.as_ref());
            secret_file::create(file, text.as_bytes()).map(|()| text.into_bytes())
        }
        read => read,
    };
    let named = |error: &dyn std::fmt::Display| Error::internal(format!("{}: {error}", file.display()));
    let bytes = bytes.map_err(|error| named(&error))?;
    String::from_utf8(bytes).map(Secret::new).map_err(|_| named(&"is not text"))
}

fn failed(what: &str) -> Error {
    Error::internal(format!("the key for push messages cannot be {what}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const NOW: Timestamp = Timestamp::from_milliseconds(1_793_577_600_000);

    fn vapid(folder: &Path) -> Vapid {
        Vapid::new("mailto:clinic@example.org".to_owned(), None, &folder.join("push.key")).unwrap()
    }

    #[test]
    fn the_key_is_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let first = vapid(folder.path());
        assert_eq!(vapid(folder.path()).public_key(), first.public_key());
        let file = folder.path().join("push.key");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        // The same key, from the credentials.
        let text = Secret::new(std::fs::read_to_string(&file).unwrap());
        let configured = Vapid::new(String::new(), Some(&text), Path::new("/nowhere")).unwrap();
        assert_eq!(configured.public_key(), first.public_key());
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = Vapid::new(String::new(), None, &file).err().unwrap().to_string();
        assert!(error.contains("chmod 600"), "{error}");
        let bad = Secret::new("bm8ga2V5".to_owned());
        assert!(Vapid::new(String::new(), Some(&bad), &file).is_err());
    }

    #[test]
    fn a_token_is_kept_for_its_service_until_its_last_hour() {
        let folder = tempfile::tempdir().unwrap();
        let vapid = vapid(folder.path());
        let at = |hours| vapid.authorization("https://push.example", NOW.plus(Span::hours(hours))).unwrap();
        let first = at(0);
        assert_eq!(at(11), first);
        let second = at(12);
        assert_ne!(second, first);
        assert_ne!(at(0), second, "after the clock was set back the old token would be good for too long");
        assert_ne!(vapid.authorization("https://other.example", NOW).unwrap(), first);
        for n in 0..200 {
            vapid.authorization(&format!("https://{n}.example"), NOW).unwrap();
        }
        assert!(vapid.tokens.lock().unwrap().len() <= TOKENS_MAX);
    }
}
