//! JSON web tokens after RFC 8725: one algorithm, one key, explicit type, issuer and audience.
//!
//! # Why an own crypto provider
//! The providers that come with `jsonwebtoken` bring RSA and elliptic curves along. HMAC-SHA256 is all that is
//! signed here, so a provider of forty lines over `hmac` keeps that code, and its advisories, out of the binary.
//! Whether a token is still valid is not judged here: the library would ask the system clock, the product's
//! clock is injected.

use std::sync::Once;

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error as TokenError, ErrorKind};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::platform::error::{Error, Result};

struct HmacSha256(Hmac<Sha256>);

impl HmacSha256 {
    fn new(algorithm: Algorithm, family: AlgorithmFamily, key: &[u8]) -> Result<Self, TokenError> {
        if algorithm != Algorithm::HS256 || family != AlgorithmFamily::Hmac {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        Hmac::new_from_slice(key).map(Self).map_err(|_| ErrorKind::InvalidKeyFormat.into())
    }
}

impl Signer<Vec<u8>> for HmacSha256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let mut mac = self.0.clone();
        mac.update(message);
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for HmacSha256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        let mut mac = self.0.clone();
        mac.update(message);
        // Compares in constant time.
        mac.verify_slice(signature).map_err(SignatureError::from_source)
    }
}

impl JwtSigner for HmacSha256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for HmacSha256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, TokenError> {
    Ok(Box::new(HmacSha256::new(*algorithm, key.family(), key.as_bytes())?))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, TokenError> {
    Ok(Box::new(HmacSha256::new(*algorithm, key.family(), key.try_get_as_bytes()?)?))
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// The library looks its provider up in a static of its own; it is the same for every server of the process.
static INSTALLED: Once = Once::new();

/// `typ` of an access token, RFC 9068: no other kind of token passes for one.
const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// `iss` and `aud`: this server issues them for itself.
const ISSUER: &str = "das-tern";

/// Signs and checks access tokens.
pub struct TokenKey {
    encoding: EncodingKey,
    decoding: DecodingKey,
    header: Header,
    validation: Validation,
}

/// What every token carries besides the claims of its user.
#[derive(Serialize)]
struct Envelope<'a, C> {
    iss: &'a str,
    aud: &'a str,
    #[serde(flatten)]
    claims: &'a C,
}

impl TokenKey {
    /// From 256 bits.
    pub fn new(key: &[u8; 32]) -> Self {
        INSTALLED.call_once(|| {
            if PROVIDER.install_default().is_err() {
                tracing::error!("another provider signs the tokens of this process");
            }
        });
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(ACCESS_TOKEN_TYPE.to_owned());
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Self {
            encoding: EncodingKey::from_secret(key),
            decoding: DecodingKey::from_secret(key),
            header,
            validation,
        }
    }

    /// A signed token with `claims`, which must include `sub` and `exp`.
    ///
    /// # Errors
    /// When the claims cannot be written down.
    pub fn sign<C: Serialize>(&self, claims: &C) -> Result<String> {
        let envelope = Envelope { iss: ISSUER, aud: ISSUER, claims };
        jsonwebtoken::encode(&self.header, &envelope, &self.encoding)
            .map_err(|error| Error::internal(format!("token cannot be signed: {error}")))
    }

    /// The claims of a token that this key signed. The caller judges its times.
    ///
    /// # Errors
    /// `token_invalid` for everything else; the reason stays in the log.
    pub fn verify<C: DeserializeOwned>(&self, token: &str) -> Result<C> {
        let data = jsonwebtoken::decode::<C>(token, &self.decoding, &self.validation)
            .map_err(|error| Error::unauthenticated("token_invalid").context(error))?;
        if data.header.typ.as_deref() != Some(ACCESS_TOKEN_TYPE) {
            return Err(Error::unauthenticated("token_invalid").context("another type of token"));
        }
        Ok(data.claims)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
    use serde_json::{Value, json};

    use super::*;

    fn claims() -> Value {
        json!({"sub": "someone", "exp": 1, "role": "PATIENT"})
    }

    #[test]
    fn what_was_signed_is_read_back() {
        let key = TokenKey::new(&[1; 32]);
        let read: Value = key.verify(&key.sign(&claims()).unwrap()).unwrap();
        assert_eq!(read["sub"], "someone");
        assert_eq!(read["iss"], ISSUER);
        assert_eq!(read["aud"], ISSUER);
    }

    #[test]
    fn other_keys_algorithms_types_and_audiences_are_refused() {
        let key = TokenKey::new(&[1; 32]);
        let good = key.sign(&claims()).unwrap();
        assert!(TokenKey::new(&[2; 32]).verify::<Value>(&good).is_err());
        let mut altered = good.clone();
        let end = altered.pop().unwrap();
        altered.push(if end == 'A' { 'Q' } else { 'A' });
        assert!(key.verify::<Value>(&altered).is_err());

        let payload = good.split('.').nth(1).unwrap();
        for header in [
            json!({"alg": "none", "typ": "at+jwt"}),
            json!({"alg": "HS512", "typ": "at+jwt"}),
            json!({"alg": "HS256", "typ": "JWT"}),
        ] {
            let message = format!("{}.{payload}", BASE64.encode(header.to_string()));
            let mut mac = Hmac::<Sha256>::new_from_slice(&[1; 32]).unwrap();
            mac.update(message.as_bytes());
            let signature = BASE64.encode(mac.finalize().into_bytes());
            assert!(key.verify::<Value>(&format!("{message}.{signature}")).is_err(), "{header}");
            assert!(key.verify::<Value>(&format!("{message}.")).is_err(), "{header}");
        }
        assert!(key.verify::<Value>("").is_err());
        assert!(key.verify::<Value>("a.b.c").is_err());
    }

    #[test]
    fn required_claims_are_required() {
        let key = TokenKey::new(&[1; 32]);
        for missing in [json!({"sub": "x"}), json!({"exp": 5})] {
            assert!(key.verify::<Value>(&key.sign(&missing).unwrap()).is_err());
        }
    }
}
