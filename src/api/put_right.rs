//! What a record said while the server's clock was ahead.

use poem_openapi::Object;

use super::types::Instant;
use crate::platform::clock::lead::PutRight;

/// The times that a record had while the server's clock was ahead. It has those of the right clock since.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ClockPutRight {
    /// When it happened, as the record said.
    at: Instant,
    /// When the server learned of it, as the record said.
    recorded_at: Instant,
    /// Whether the times that it has now are in doubt: the clock was put right while the server stood still, so it may have
    /// been earlier by as long as that.
    in_doubt: bool,
}

impl ClockPutRight {
    /// As stored.
    pub fn of(put_right: PutRight) -> Self {
        Self {
            at: put_right.at.into(),
            recorded_at: put_right.recorded_at.into(),
            in_doubt: put_right.in_doubt,
        }
    }
}
