//! The amount of a code: its exact text, which decides the code's MD5, and the money it means.

use super::refusal::{Code, Refusal};
use crate::platform::money::{Currency, Money};

/// The longest text of an amount.
const TEXT_MAX: usize = 13;

/// An amount above nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    text: String,
    money: Money,
}

impl Amount {
    /// The amount as it stands in the code.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it means.
    pub const fn money(&self) -> Money {
        self.money
    }

    /// Writes an amount as the official kit does: riel without decimals, dollars bare when they are given so, else with
    /// two decimals. `None` for nothing, which makes a static code.
    ///
    /// # Errors
    /// [`Code::AmountInvalid`] for what is no amount of the currency, or too long.
    pub(super) fn written(text: &str, currency: Currency) -> Result<Option<Self>, Refusal> {
        let (whole, decimals) = parts(text)?;
        if whole.len() > 1 && whole.starts_with('0') {
            return Err(Code::AmountInvalid.into());
        }
        let text = match (currency, decimals) {
            (_, None) | (Currency::Khr, Some(_)) => whole.to_owned(),
            (Currency::Usd, Some(decimals)) => format!("{whole}.{decimals:0<2}"),
        };
        let money = money_of(whole, decimals, currency)?;
        if money.is_zero() {
            return Ok(None);
        }
        if text.len() > TEXT_MAX {
            return Err(Code::AmountInvalid.into());
        }
        Ok(Some(Self { text, money }))
    }

    /// Reads the amount of a code that somebody else wrote: leading zeros and decimals of nothing do no harm.
    ///
    /// # Errors
    /// [`Code::AmountInvalid`].
    pub(super) fn read(text: &str, currency: Currency) -> Result<Self, Refusal> {
        let (whole, decimals) = parts(text)?;
        let money = money_of(whole, decimals, currency)?;
        if text.len() > TEXT_MAX || money.is_zero() {
            return Err(Code::AmountInvalid.into());
        }
        Ok(Self { text: text.to_owned(), money })
    }
}

/// The digits before and after the point.
fn parts(text: &str) -> Result<(&str, Option<&str>), Refusal> {
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        None if is_number(text) => Ok((text, None)),
        Some((whole, decimals)) if is_number(whole) && is_number(decimals) => Ok((whole, Some(decimals))),
        _ => Err(Code::AmountInvalid.into()),
    }
}

/// Riel have no decimals but zeros, dollars at most two.
fn money_of(whole: &str, decimals: Option<&str>, currency: Currency) -> Result<Money, Refusal> {
    let invalid = Refusal::from(Code::AmountInvalid);
    let decimals = decimals.unwrap_or_default();
    let digits = match currency {
        Currency::Khr if decimals.bytes().all(|byte| byte == b'0') => whole.to_owned(),
        Currency::Usd if decimals.len() <= 2 => format!("{whole}{decimals:0<2}"),
        _ => return Err(invalid),
    };
    digits.parse().map(|minor| Money::new(minor, currency)).map_err(|_| invalid)
}
