//! Payments by Bakong.

mod asking;
mod checking;
mod client;
mod clinic;
mod deciding;
mod doubted_clock;
mod ending;
mod khqr;
mod ledger;
mod messages;
mod outages;
mod receipts;
mod reconciling;
mod shows;
mod staff;
mod tokens;
