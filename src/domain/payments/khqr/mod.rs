//! KHQR, the payment codes of Cambodia: EMVCo's merchant-presented form with the tags, limits and error codes of the
//! National Bank of Cambodia's own kit (version 1.0.20).
//!
//! [`generate()`] writes a code, [`verify()`] reads one and believes it, [`decode()`] shows what stands in one and
//! believes nothing. Where the official kit lets through what another reader cannot read or would read otherwise (a
//! template over 99 characters, one tag twice, an amount that is none), this one refuses.

mod account;
mod amount;
mod content;
mod decode;
mod digest;
mod generate;
mod image;
mod refusal;
mod tags;
mod tlv;
mod verify;

pub use account::check_account;
pub use amount::Amount;
pub use content::{Additional, Alternate, Khqr, Recipient};
pub use decode::{Decoded, Shown, decode, decode_tree};
pub use digest::{Crc, crc, md5};
pub use generate::{Generated, Kind, Request, generate};
pub use image::{png, svg};
pub use refusal::{Code, Refusal};
pub use tlv::TEXT_MAX;
pub use verify::verify;

#[cfg(test)]
mod tests;
