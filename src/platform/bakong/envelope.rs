//! Requests that only a bakong-service can read: AES-256-GCM with an initialisation vector of 16 bytes, in base64.
//!
//! With a password: 64 bytes of salt, 16 of vector, 16 of tag, and the rest; the key is PBKDF2-HMAC-SHA512 of the
//! password in 100,000 rounds. With a key of 32 bytes: the same without the salt, and at once instead of in tens of
//! milliseconds.

use std::num::NonZeroU32;

use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{AeadInPlace, KeyInit};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, Nonce, Tag};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::pbkdf2;

use crate::platform::error::{Error, Result};
use crate::platform::random::Random;
use crate::platform::secret::Secret;

type Cipher = AesGcm<Aes256, U16>;

const SALT_BYTES: usize = 64;
const VECTOR_BYTES: usize = 16;
const TAG_BYTES: usize = 16;
const ROUNDS: NonZeroU32 = match NonZeroU32::new(100_000) {
    Some(rounds) => rounds,
    None => NonZeroU32::MAX,
};
/// The longest sealed text that is opened: deriving a key costs, so nothing senseless is tried.
pub const SEALED_BYTES_MAX: usize = 64 * 1_024;

/// What is shared with the service.
#[derive(Debug, Clone)]
pub enum SharedKey {
    /// A text, of which a key is derived for each envelope.
    Password(Secret<String>),
    /// The key itself.
    Raw(Secret<[u8; 32]>),
}

impl SharedKey {
    const fn salt_bytes(&self) -> usize {
        match self {
            Self::Password(_) => SALT_BYTES,
            Self::Raw(_) => 0,
        }
    }

    /// With a password this takes tens of milliseconds of a processor.
    fn cipher(&self, salt: &[u8]) -> Cipher {
        match self {
            Self::Raw(key) => Cipher::new(key.reveal().into()),
            Self::Password(password) => {
                let mut key = [0; 32];
                pbkdf2::derive(
                    pbkdf2::PBKDF2_HMAC_SHA512,
                    ROUNDS,
                    salt,
                    password.reveal().as_bytes(),
                    &mut key,
                );
                Cipher::new(&key.into())
            }
        }
    }
}

/// Seals a text.
///
/// # Errors
/// When there is no randomness to be had.
pub fn seal(key: &SharedKey, plain: &[u8], random: &Random) -> Result<String> {
    let salt: [u8; SALT_BYTES] = random.bytes()?;
    let salt = salt.get(..key.salt_bytes()).unwrap_or_default();
    let vector: [u8; VECTOR_BYTES] = random.bytes()?;
    let mut hidden = plain.to_vec();
    let tag = key
        .cipher(salt)
        .encrypt_in_place_detached(Nonce::from_slice(&vector), &[], &mut hidden)
        .map_err(|error| Error::internal(format!("an envelope cannot be sealed: {error}")))?;
    Ok(BASE64_STANDARD.encode([salt, &vector, tag.as_slice(), &hidden].concat()))
}

/// Opens a sealed text. `None` where it was sealed with another key or changed in any bit.
pub fn open(key: &SharedKey, sealed: &str) -> Option<Vec<u8>> {
    if sealed.len() > SEALED_BYTES_MAX {
        return None;
    }
    let all = BASE64_STANDARD.decode(sealed).ok()?;
    let (salt, rest) = all.split_at_checked(key.salt_bytes())?;
    let (vector, rest) = rest.split_at_checked(VECTOR_BYTES)?;
    let (tag, hidden) = rest.split_at_checked(TAG_BYTES)?;
    let mut plain = hidden.to_vec();
    key.cipher(salt)
        .decrypt_in_place_detached(Nonce::from_slice(vector), &[], &mut plain, Tag::from_slice(tag))
        .ok()?;
    Some(plain)
}
