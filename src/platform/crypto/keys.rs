//! The server's keys. One root key of 256 bits is kept outside the store; every other key is derived from it for
//! one purpose, so that what signs tokens cannot be used to make codes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::tokens::TokenKey;
use crate::platform::error::{Error, Result};
use crate::platform::secret::Secret;

/// All keys of one server.
pub struct Keys {
    root: Secret<[u8; 32]>,
    /// Signs access tokens.
    pub tokens: TokenKey,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(***)")
    }
}

impl Keys {
    /// Derives the keys from the root key, 32 bytes of a cryptographic generator.
    ///
    /// # Errors
    /// When a key cannot be derived.
    pub fn new(root: Secret<[u8; 32]>) -> Result<Self> {
        let tokens = TokenKey::new(&mac(root.reveal(), &[b"access tokens"])?);
        Ok(Self { root, tokens })
    }

    /// HMAC-SHA256 over `parts` with the key for `purpose`. Parts are length-prefixed: no two lists of parts
    /// look alike.
    ///
    /// # Errors
    /// When the key cannot be derived.
    pub fn mac(&self, purpose: &'static str, parts: &[&[u8]]) -> Result<[u8; 32]> {
        mac(&mac(self.root.reveal(), &[purpose.as_bytes()])?, parts)
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(Error::internal)?;
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_and_boundaries_of_parts_matter() {
        let keys = Keys::new(Secret::new([7; 32])).unwrap();
        let one = keys.mac("one", &[b"ab", b"c"]).unwrap();
        assert_eq!(one, keys.mac("one", &[b"ab", b"c"]).unwrap());
        assert_ne!(one, keys.mac("two", &[b"ab", b"c"]).unwrap());
        assert_ne!(one, keys.mac("one", &[b"a", b"bc"]).unwrap());
        assert!(!format!("{keys:?}").contains('7'));
    }
}
