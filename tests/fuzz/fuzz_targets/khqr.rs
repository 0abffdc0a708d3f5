//! Any text as a payment code, as it is and with its checksum made right: nothing panics or hangs, and what is believed
//! names one account.

#![no_main]

use das_tern::domain::payments::khqr::{crc, decode, decode_tree, verify};
use libfuzzer_sys::fuzz_target;

/// CRC-16/CCITT-FALSE, written a second time.
fn closed(text: &str) -> String {
    let covered = format!("{text}6304");
    let mut sum = 0xFFFF_u32;
    for byte in covered.bytes() {
        sum ^= u32::from(byte) << 8;
        for _ in 0..8 {
            sum = if sum & 0x8000 == 0 { sum << 1 } else { (sum << 1) ^ 0x1021 } & 0xFFFF;
        }
    }
    format!("{covered}{sum:04X}")
}

fuzz_target!(|text: &str| {
    let closed = closed(text);
    assert!(crc(&closed).fits, "{closed}");
    for text in [text, &closed] {
        let _ = (decode(text), decode_tree(text));
        if let Ok(content) = verify(text, 1_767_225_600_000) {
            assert_eq!(content.recipient.account().matches('@').count(), 1, "{text}");
        }
    }
});
