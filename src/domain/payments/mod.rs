//! Payments by Bakong: what a KHQR says, and whether it may be believed.

pub mod khqr;
