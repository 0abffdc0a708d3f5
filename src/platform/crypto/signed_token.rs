//! Signed tokens in compact form (RFC 7515, 7.1) for other servers; those for our own clients are in `tokens.rs`.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::platform::error::Result;

/// `header.claims.signature`, the signature being what `sign` makes of the first two parts.
///
/// # Errors
/// Those of `sign`.
pub fn signed_token(
    header: &Value,
    claims: &Value,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>>,
) -> Result<String> {
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let mut token = format!("{}.{}", encode(header), encode(claims));
    let signature = sign(token.as_bytes())?;
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}
