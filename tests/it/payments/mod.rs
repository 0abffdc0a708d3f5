//! Payments by Bakong.

mod khqr;
