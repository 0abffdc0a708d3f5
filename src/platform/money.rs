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

    /// Reads a number as programs write it: digits, and after a point more digits. Decimals that are nothing do no harm;
    /// what the currency has no coin for is no amount of it.
    pub fn read(text: &str, currency: Currency) -> Option<Self> {
        let (whole, decimals) = match text.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, decimals)) => (whole, decimals.trim_end_matches('0')),
            None => (text, ""),
        };
        let places = match currency {
            Currency::Khr => 0,
            Currency::Usd => 2,
        };
        let is_number =
            !whole.is_empty() && whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit());
        if !is_number || decimals.len() > places {
            return None;
        }
        format!("{whole}{decimals:0<places$}").parse().ok().map(|minor| Self::new(minor, currency))
    }
}

/// An amount that somebody tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Nothing was told.
    Nothing,
    /// So much.
    Is(Money),
    /// What is no amount of a currency that we know; a person has to look at it.
    Strange(String),
}

impl Told {
    /// Reads an amount and the ISO 4217 code of its currency.
    pub fn read(amount: Option<&str>, currency: Option<&str>) -> Self {
        let Some(amount) = amount else { return Self::Nothing };
        let known = currency.and_then(|code| Currency::ALL.into_iter().find(|known| known.code() == code));
        match known.and_then(|currency| Money::read(amount, currency)) {
            Some(money) => Self::Is(money),
            None => Self::Strange(format!("{amount} {}", currency.unwrap_or("of no currency"))),
        }
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
