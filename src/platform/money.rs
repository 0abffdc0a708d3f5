//! Money: whole numbers of the smallest unit, and the currency they are in.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The currencies that are paid with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Currency {
    /// Riel, which have no smaller unit.
    Khr,
    /// Dollars of a hundred cents.
    Usd,
}

impl Currency {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Khr, Self::Usd];

    /// The code of ISO 4217.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Khr => "KHR",
            Self::Usd => "USD",
        }
    }
}

/// An amount of money, never below nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Riel or cents.
    minor: u64,
    currency: Currency,
}

impl Money {
    /// So many riel or cents.
    pub const fn new(minor: u64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Riel or cents.
    pub const fn minor(self) -> u64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }
}

/// The number alone, as programs write it: `2000`, `0.50`.
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.currency {
            Currency::Khr => write!(formatter, "{}", self.minor),
            Currency::Usd => write!(formatter, "{}.{:02}", self.minor / 100, self.minor % 100),
        }
    }
}
