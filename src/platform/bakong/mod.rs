//! The languages that Bakong and services around it speak: signed messages, sealed requests, and Bakong's own answers.
//! Everything here reads bytes and decides nothing about money.

pub mod answer;
pub mod client;
pub mod envelope;
pub mod signature;

#[cfg(test)]
mod tests;
