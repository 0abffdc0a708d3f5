//! Payments: asked for, given up, and told of.

mod asking;
mod deciding;
mod effects;
mod receiving;

pub use asking::{Wish, cancel, initiate};
pub use deciding::{Decision, resolve};
pub use receiving::{Received, SignedMessage, Verdict, receive};
