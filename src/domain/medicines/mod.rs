//! Medicines: the catalogue from which is prescribed.

pub mod limits;
pub mod list;
pub mod model;
pub mod naming;
pub mod rules;
pub mod search;
pub mod staging;
pub mod strength;
pub mod tables;

/// The list that the product ships, as CSV.
pub const SHIPPED_LIST: &[u8] = include_bytes!("../../../data/medicines.csv");
/// Its name among the catalogue's sources.
pub const SHIPPED_NAME: &str = "medicines.csv";
