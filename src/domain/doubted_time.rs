//! That a server works by a time which it has from nowhere else than a wall clock in doubt. It outlives the server: a
//! clock that is put right while it stands still is believed at the next start, and what was done before is put right.

use serde::{Deserialize, Serialize};

use crate::platform::clock::{Span, Timestamp};
use crate::platform::store::Table;

/// One row while the doubt lasts.
pub const DOUBTED: Table<(), DoubtedTime> = Table::new(101, "doubted_time");

/// By what time was worked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubtedTime {
    /// What the clock showed when the doubt began, or was set to since.
    pub time: Timestamp,
    /// By how much the wall clock was ahead of that when the doubt began, or since it was set again. A clock that jumped
    /// while the server ran is not believed because the server was started anew.
    #[serde(default)]
    pub ahead: Span,
}
