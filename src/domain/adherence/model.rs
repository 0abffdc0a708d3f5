//! Counters and the figures made of them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// How the counted doses of one day ended. What is due, cancelled or taken as needed is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Taken within the grace period.
    #[serde(rename = "o", default)]
    pub on_time: u32,
    /// Taken after it.
    #[serde(rename = "l", default)]
    pub late: u32,
    /// Left out with a reason.
    #[serde(rename = "s", default)]
    pub skipped: u32,
    /// Missed.
    #[serde(rename = "m", default)]
    pub missed: u32,
}

impl Tally {
    /// Doses taken.
    pub const fn taken(&self) -> u32 {
        self.on_time.saturating_add(self.late)
    }

    /// Doses that count.
    pub const fn counted(&self) -> u32 {
        self.taken().saturating_add(self.skipped).saturating_add(self.missed)
    }

    /// Whether nothing was counted.
    pub const fn is_empty(&self) -> bool {
        self.counted() == 0
    }

    /// What is left without `part`; nothing when it does not hold that much.
    pub fn minus(self, part: Self) -> Option<Self> {
        Some(Self {
            on_time: self.on_time.checked_sub(part.on_time)?,
            late: self.late.checked_sub(part.late)?,
            skipped: self.skipped.checked_sub(part.skipped)?,
            missed: self.missed.checked_sub(part.missed)?,
        })
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            on_time: self.on_time.saturating_add(other.on_time),
            late: self.late.saturating_add(other.late),
            skipped: self.skipped.saturating_add(other.skipped),
            missed: self.missed.saturating_add(other.missed),
        }
    }
}

/// A percentage in tenths: 856 is 85.6 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permille(pub u32);

impl Permille {
    /// As a percentage with one decimal.
    pub fn as_percent(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}

/// The colour of an adherence figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Colour {
    /// Needs attention.
    Red,
    /// Could be better.
    Yellow,
    /// Good.
    Green,
}

/// Which way adherence went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Trend {
    /// Higher than before.
    Improved,
    /// As before.
    Steady,
    /// Lower than before.
    Lower,
}

/// One day's counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayTally {
    /// The day.
    pub date: NaiveDate,
    /// Its counters.
    pub tally: Tally,
}
