//! What happens to the belief in the wall clock, in words.

use serde::{Deserialize, Serialize};

use crate::platform::clock::{Span, Timestamp};

/// Why the wall clock is in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cause {
    /// It was set forward while the server ran.
    JumpedForward,
    /// It was set back while the server ran.
    JumpedBack,
    /// At the start it was earlier than what is stored.
    BehindStore,
    /// At the start it was days later than what is stored, and no time server had set it.
    FarAheadOfStore,
}

/// How a doubt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// The clock shows again what it would show if nobody had set it.
    CameBack,
    /// A time server has set it.
    Synchronised,
    /// It agreed with the steady clock over ten minutes.
    Agreed,
    /// An admin said that it is right.
    Confirmed,
}

/// A change of belief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The clock came into doubt.
    Doubted {
        /// Why.
        cause: Cause,
        /// What it shows.
        wall: Timestamp,
        /// The time that holds meanwhile.
        holds: Timestamp,
    },
    /// It is believed again.
    Settled {
        /// How it came about.
        how: Settlement,
        /// By how much the time that holds moved with it; negative when it went back.
        moved: Span,
        /// Whether the steady clock has measured that; not when it was put right while nobody looked.
        is_measured: bool,
    },
    /// It was set while nothing better than it was known: the time that holds moved with it, and is still in doubt.
    Moved {
        /// By how much; negative when it went back.
        moved: Span,
    },
}

/// A doubt, for people to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubt {
    /// Why.
    pub cause: Cause,
    /// Since when, by the time that holds.
    pub since: Timestamp,
}
