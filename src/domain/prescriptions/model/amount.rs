//! Amounts of medicine.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount of medicine in ten-thousandths of its unit: a quarter tablet is 2,500, a digoxin dose of 0.0625 mg is 625.
///
/// It is stored in thousandths, with a decimal where it needs one, as every version of the program reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(u32);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount that can be written on a line: 100,000 units.
    pub const MAX: Self = Self(1_000_000_000);
    /// Decimals that an amount has at most.
    pub const DECIMALS: usize = 4;

    /// From ten-thousandths of the unit.
    pub const fn from_ten_thousandths(ten_thousandths: u32) -> Self {
        Self(ten_thousandths)
    }
    /// Whole units.
    pub const fn whole(units: u32) -> Self {
        Self(units.saturating_mul(10_000))
    }
    /// From a number of units as a client sent it, rounded to ten-thousandths; nothing when it is negative, not a
    /// number, or larger than [`Amount::MAX`].
    pub fn from_units(units: f64) -> Option<Self> {
        let ten_thousandths = (units * 10_000.0).round();
        let is_amount = (0.0..=f64::from(Self::MAX.0)).contains(&ten_thousandths);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number from 0 to the largest amount"
        )]
        is_amount.then_some(Self(ten_thousandths as u32))
    }
    /// In ten-thousandths of the unit.
    pub const fn as_ten_thousandths(self) -> u32 {
        self.0
    }
    /// In whole units and parts of one.
    pub fn as_units(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }
    /// The sum, at most what an amount holds.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
    /// What is left of it without `other`.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
    /// So many parts of it, of which `of` are the whole, rounded down; nothing past what an amount holds.
    pub fn share(self, parts: u64, of: u64) -> Option<Self> {
        let parts = u64::from(self.0).checked_mul(parts)?.checked_div(of)?;
        u32::try_from(parts).ok().map(Self)
    }
    /// Whether there is nothing to take.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(10) {
            serializer.serialize_u32(self.0 / 10)
        } else {
            serializer.serialize_f64(f64::from(self.0) / 10.0)
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_f64(Thousandths)
    }
}

/// Reads an amount as it is stored. Whole thousandths, which nearly all are, take no way over decimals.
struct Thousandths;

impl Visitor<'_> for Thousandths {
    type Value = Amount;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an amount of medicine in thousandths")
    }

    fn visit_u64<E: de::Error>(self, thousandths: u64) -> Result<Amount, E> {
        let amount = thousandths.checked_mul(10).and_then(|it| u32::try_from(it).ok()).map(Amount);
        amount.filter(|amount| *amount <= Amount::MAX).ok_or_else(|| E::custom("not an amount of medicine"))
    }

    fn visit_i64<E: de::Error>(self, thousandths: i64) -> Result<Amount, E> {
        let thousandths = u64::try_from(thousandths).map_err(E::custom)?;
        self.visit_u64(thousandths)
    }

    fn visit_f64<E: de::Error>(self, thousandths: f64) -> Result<Amount, E> {
        Amount::from_units(thousandths / 1_000.0).ok_or_else(|| E::custom("not an amount of medicine"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_stored_as_before_and_exactly() {
        for (ten_thousandths, json) in [(0, "0"), (5_000, "500"), (10_000, "1000"), (625, "62.5"), (1, "0.1")]
        {
            let amount = Amount::from_ten_thousandths(ten_thousandths);
            assert_eq!(serde_json::to_string(&amount).unwrap(), json);
            assert_eq!(serde_json::from_str::<Amount>(json).unwrap(), amount);
            let packed = rmp_serde::to_vec(&amount).unwrap();
            assert_eq!(rmp_serde::from_slice::<Amount>(&packed).unwrap(), amount);
        }
        let packed = rmp_serde::to_vec(&250_u32).unwrap();
        assert_eq!(rmp_serde::from_slice::<Amount>(&packed).unwrap(), Amount::from_ten_thousandths(2_500));
        assert!(serde_json::from_str::<Amount>("-1").is_err());
        assert!(serde_json::from_str::<Amount>("100000001").is_err());
    }

    #[test]
    fn amounts_are_added_and_taken_off_and_never_less_than_nothing() {
        let (half, three) = (Amount::from_ten_thousandths(5_000), Amount::whole(3));
        assert!((half.as_units() - 0.5).abs() < f64::EPSILON);
        assert_eq!(three.plus(half).as_ten_thousandths(), 35_000);
        assert_eq!((three.minus(half).as_ten_thousandths(), half.minus(three)), (25_000, Amount::ZERO));
    }
}
