//! Medicines: the catalogue from which is prescribed.

pub mod limits;
pub mod list;
pub mod model;
pub mod naming;
pub mod putting_back;
pub mod rules;
pub mod search;
pub mod staging;
pub mod strength;
pub mod tables;

use sha2::{Digest, Sha256};

/// The list that the product ships, as CSV.
pub const SHIPPED_LIST: &[u8] = include_bytes!("../../../data/medicines.csv");
/// Its name among the catalogue's sources.
pub const SHIPPED_NAME: &str = "medicines.csv";

/// SHA-256 of the shipped list, in hexadecimal.
pub fn shipped_sha256() -> String {
    crate::platform::text::hex(&Sha256::digest(SHIPPED_LIST))
}
