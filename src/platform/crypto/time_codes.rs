//! Codes that an authenticator shows: six digits, a new one every 30 seconds (RFC 6238 over RFC 4226, HMAC-SHA-1, which
//! is what all authenticators know).

use data_encoding::BASE32_NOPAD;
use ring::hmac;

use crate::platform::secret::Secret;

/// For how long an authenticator shows one code.
pub const CODE_SECONDS: i64 = 30;
/// Six digits.
const MILLION: u32 = 1_000_000;

/// What an authenticator and this server share: 160 bits, as RFC 4226 recommends.
#[derive(Debug, Clone)]
pub struct TimeCodes(Secret<[u8; 20]>);

impl TimeCodes {
    /// Codes made of this secret.
    pub const fn new(secret: Secret<[u8; 20]>) -> Self {
        Self(secret)
    }

    /// The code of a step: of the 30 seconds so many after 1970 began.
    pub fn code(&self, step: i64) -> Secret<String> {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.reveal());
        let hash = hmac::sign(&key, &step.to_be_bytes());
        // The last four bits say where the 31 bits begin that count.
        let start = hash.as_ref().last().map_or(0, |last| usize::from(last & 0x0f));
        let counted = hash.as_ref().iter().skip(start).take(4);
        let number = counted.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff;
        Secret::new(format!("{:06}", number % MILLION))
    }

    /// The secret as people type it into an authenticator.
    pub fn base32(&self) -> Secret<String> {
        Secret::new(BASE32_NOPAD.encode(self.0.reveal()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        let codes = TimeCodes::new(Secret::new(*b"12345678901234567890"));
        // RFC 4226, appendix D: the first ten.
        let first = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ];
        for (step, code) in (0..).zip(first) {
            assert_eq!(codes.code(step).reveal(), code, "step {step}");
        }
        // RFC 6238, appendix B: the last six of its eight digits.
        let at = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (second, code) in at {
            assert_eq!(codes.code(second / CODE_SECONDS).reveal(), code, "second {second}");
        }
        assert_eq!(codes.base32().reveal(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(!format!("{codes:?}").contains('5'));
    }
}
