//! Payments by Bakong.

mod client;
mod khqr;
mod ledger;
