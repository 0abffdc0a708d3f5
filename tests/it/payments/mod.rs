//! Payments by Bakong.

mod khqr;
mod ledger;
