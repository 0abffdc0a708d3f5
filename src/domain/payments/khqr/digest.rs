//! The two sums of a code, both over its UTF-8 bytes: the CRC that ends it, and the MD5 by which Bakong names it.

use md5::{Digest, Md5};

/// The tag and the length of the CRC, which it covers too.
pub(super) const CRC_HEAD: &str = "6304";
const CRC_DIGITS: usize = 4;

/// How the end of a code looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crc {
    /// It ends in a CRC: tag, length and four hexadecimal digits.
    pub is_there: bool,
    /// The CRC fits what stands before it. That shows damage and no forgery: anybody can compute it.
    pub fits: bool,
}

/// CRC-16/CCITT-FALSE: polynomial 1021, begun with FFFF, unreflected.
pub(super) fn crc16(bytes: &[u8]) -> u16 {
    const POLYNOMIAL: u16 = 0x1021;
    bytes.iter().fold(u16::MAX, |sum, byte| {
        (0..u8::BITS).fold(sum ^ (u16::from(*byte) << 8), |sum, _| {
            let shifted = sum << 1;
            if sum & 0x8000 == 0 { shifted } else { shifted ^ POLYNOMIAL }
        })
    })
}

/// Looks at the CRC at the end of a code. Small letters are taken as well.
pub fn crc(text: &str) -> Crc {
    let absent = Crc { is_there: false, fits: false };
    let Some((covered, digits)) = text.len().checked_sub(CRC_DIGITS).and_then(|at| text.split_at_checked(at))
    else {
        return absent;
    };
    if !covered.ends_with(CRC_HEAD) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return absent;
    }
    let said = u16::from_str_radix(digits, 16).ok();
    Crc { is_there: true, fits: said == Some(crc16(covered.as_bytes())) }
}

/// Appends the CRC.
pub(super) fn close(text: &mut String) {
    text.push_str(CRC_HEAD);
    let sum = crc16(text.as_bytes());
    text.push_str(&format!("{sum:04X}"));
}

/// The name of a code with Bakong: the MD5 of its exact text, in small hexadecimal digits. One blank more is another
/// name.
pub fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
