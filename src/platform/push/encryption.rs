//! Message encryption for Web Push: RFC 8291 over RFC 8188, one record of `aes128gcm`.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::SystemRandom;

use crate::platform::error::{Error, Result};

/// Bytes of a message: 4096 that every push service takes (RFC 8291, 4), less the header (86), the tag of AES-GCM
/// (16) and the delimiter of the padding (1).
pub const PLAINTEXT_BYTES_MAX: usize = 3_993;
/// Bytes of an uncompressed point on P-256.
pub(super) const POINT_BYTES: usize = 65;
/// Bytes of a subscription's authentication secret.
pub(super) const AUTH_BYTES: usize = 16;
/// Size of the one record, as in the examples of RFC 8291: larger than any message of ours.
const RECORD_BYTES: u32 = 4_096;
/// Messages are filled up to a multiple of this, so that their length tells little.
const PADDING_STEP: usize = 256;

/// The keys of a subscription, as the browser made them.
#[derive(Clone, Copy)]
pub(super) struct ReceiverKeys {
    pub(super) point: [u8; POINT_BYTES],
    pub(super) auth: [u8; AUTH_BYTES],
}

/// Encrypts a message for a subscription with a fresh key.
///
/// # Errors
/// When the receiver's point is not on the curve, or the message is too long.
pub(super) fn encrypt(receiver: &ReceiverKeys, plaintext: &[u8], salt: [u8; 16]) -> Result<Vec<u8>> {
    // Ring makes private keys with the operating system's randomness only.
    let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).map_err(failed)?;
    let public = private.compute_public_key().map_err(failed)?;
    let sender: [u8; POINT_BYTES] = public.as_ref().try_into().map_err(Error::internal)?;
    let peer = UnparsedPublicKey::new(&ECDH_P256, receiver.point);
    let padded = padded_length(plaintext.len());
    agree_ephemeral(private, &peer, |secret| seal(secret, receiver, &sender, salt, plaintext, padded))
        .map_err(|_| Error::unprocessable("push_keys_invalid"))?
}

/// Whether `point` lies on P-256: whoever encrypts to another one gets nothing that can be decrypted.
pub(super) fn is_on_curve(point: &[u8; POINT_BYTES]) -> bool {
    let Ok(private) = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()) else { return false };
    agree_ephemeral(private, &UnparsedPublicKey::new(&ECDH_P256, point), |_| ()).is_ok()
}

fn padded_length(length: usize) -> usize {
    length.next_multiple_of(PADDING_STEP).clamp(length, PLAINTEXT_BYTES_MAX.max(length))
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(key: &Prk, info: &[&[u8]]) -> Result<[u8; N]> {
    let mut out = [0; N];
    key.expand(info, Length(N)).and_then(|okm| okm.fill(&mut out)).map_err(failed)?;
    Ok(out)
}

/// The content encryption key and the nonce (RFC 8291, 3.4).
fn keys(
    ecdh_secret: &[u8],
    receiver: &ReceiverKeys,
    sender: &[u8; POINT_BYTES],
    salt: [u8; 16],
) -> Result<([u8; 16], [u8; 12])> {
    let key = Salt::new(HKDF_SHA256, &receiver.auth).extract(ecdh_secret);
    let input: [u8; 32] = expand(&key, &[b"WebPush: info\0", &receiver.point, sender])?;
    let key = Salt::new(HKDF_SHA256, &salt).extract(&input);
    Ok((expand(&key, &[b"Content-Encoding: aes128gcm\0"])?, expand(&key, &[b"Content-Encoding: nonce\0"])?))
}

/// Header and record. `padded` is the length of the plaintext with its padding.
fn seal(
    ecdh_secret: &[u8],
    receiver: &ReceiverKeys,
    sender: &[u8; POINT_BYTES],
    salt: [u8; 16],
    plaintext: &[u8],
    padded: usize,
) -> Result<Vec<u8>> {
    if padded > PLAINTEXT_BYTES_MAX {
        return Err(Error::unprocessable("push_too_long"));
    }
    let (key, nonce) = keys(ecdh_secret, receiver, sender, salt)?;
    let mut record = Vec::with_capacity(padded + 17);
    record.extend_from_slice(plaintext);
    // 2 marks the last record; zeros after it are padding.
    record.push(2);
    record.resize(padded + 1, 0);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).map_err(failed)?);
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record).map_err(failed)?;

    let mut body = Vec::with_capacity(86 + record.len());
    body.extend_from_slice(&salt);
    body.extend_from_slice(&RECORD_BYTES.to_be_bytes());
    body.push(65);
    body.extend_from_slice(sender);
    body.append(&mut record);
    Ok(body)
}

fn failed(_: ring::error::Unspecified) -> Error {
    Error::internal("encryption of a push message failed")
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        BASE64_URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap()
    }

    /// The example of RFC 8291, section 5, with the intermediate values of its appendix A.
    #[test]
    fn the_example_of_rfc_8291_comes_out_byte_for_byte() {
        let receiver = ReceiverKeys {
            point: bytes(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            ),
            auth: bytes("BTBZMqHH6r4Tts7J_aSIgg"),
        };
        let sender =
            bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
        let ecdh_secret: [u8; 32] = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw");
        let (key, nonce) = keys(&ecdh_secret, &receiver, &sender, salt).unwrap();
        assert_eq!(key, bytes("oIhVW04MRdy2XN9CiKLxTg"));
        assert_eq!(nonce, bytes("4h_95klXJ5E_qnoN"));
        let plaintext = b"When I grow up, I want to be a watermelon";
        let body = seal(&ecdh_secret, &receiver, &sender, salt, plaintext, plaintext.len()).unwrap();
        assert_eq!(
            BASE64_URL_SAFE_NO_PAD.encode(body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w\
             EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
        assert!(is_on_curve(&receiver.point));
    }

    #[test]
    fn lengths_are_bounded_and_say_little() {
        assert_eq!(padded_length(0), 0);
        assert_eq!(padded_length(1), 256);
        assert_eq!(padded_length(257), 512);
        assert_eq!(padded_length(3_900), PLAINTEXT_BYTES_MAX);
        assert_eq!(padded_length(PLAINTEXT_BYTES_MAX), PLAINTEXT_BYTES_MAX);
        let receiver = ReceiverKeys {
            point: bytes(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            ),
            auth: [1; 16],
        };
        let longest = encrypt(&receiver, &[b'x'; PLAINTEXT_BYTES_MAX], [2; 16]).unwrap();
        assert_eq!(longest.len(), 4_096);
        let error = encrypt(&receiver, &[b'x'; PLAINTEXT_BYTES_MAX + 1], [2; 16]).unwrap_err();
        assert_eq!(error.code(), "push_too_long");
    }

    #[test]
    fn a_point_that_is_not_on_the_curve_is_refused() {
        let mut point = [9; POINT_BYTES];
        point[0] = 4;
        assert!(!is_on_curve(&point));
        let error = encrypt(&ReceiverKeys { point, auth: [1; 16] }, b"x", [2; 16]).unwrap_err();
        assert_eq!(error.code(), "push_keys_invalid");
    }
}
