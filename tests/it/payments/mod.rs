//! Payments by Bakong.

mod asking;
mod checking;
mod client;
mod clinic;
mod deciding;
mod ending;
mod khqr;
mod ledger;
mod messages;
