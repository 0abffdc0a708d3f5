//! Payments by Bakong: what a KHQR says and whether it may be believed, what becomes of a payment that was asked for,
//! and what a message about it is worth.

pub mod checking;
pub mod claims;
pub mod code;
pub mod khqr;
pub mod model;
pub mod reconciling;
pub mod rules;
pub mod screens;
pub mod tables;
pub mod token;

#[cfg(test)]
mod tests;
