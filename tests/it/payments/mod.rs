//! Payments by Bakong.

mod asking;
mod client;
mod clinic;
mod deciding;
mod khqr;
mod ledger;
mod messages;
