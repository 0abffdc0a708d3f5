//! The audit: append-only, hash-chained, written in the transaction of what it records.

pub mod model;
pub mod tables;
