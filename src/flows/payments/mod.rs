//! Payments: asked for, given up, and told of.

mod asking;
mod checking;
mod deciding;
mod effects;
mod receiving;
mod refunding;
mod tokens;

pub use asking::{Wish, cancel, initiate};
pub use checking::{Pressed, press, register};
pub use deciding::{Decision, resolve};
pub use receiving::{Received, SignedMessage, Verdict, receive};
pub use refunding::refund;
