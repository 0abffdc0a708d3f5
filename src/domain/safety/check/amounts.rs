//! Amounts as they are written in findings.

use super::super::line::{Measure, Quantity};
use super::super::rules::DoseRow;

/// So many parts are a ten-thousandth of a milligram, and of an international unit.
const OF_MILLIGRAM: u64 = 1_000;
const OF_UNIT: u64 = 1;

/// An amount in the row's unit, with two decimals at most.
pub(super) fn written(parts: u128, row: &DoseRow) -> String {
    in_units(parts, row.parts)
}

/// An amount of which no row says the unit, with that unit.
pub(super) fn plainly(quantity: Quantity) -> (String, &'static str) {
    let parts = u128::from(quantity.parts);
    match quantity.measure {
        Measure::Mass => (in_units(parts, OF_MILLIGRAM), "mg"),
        Measure::Units => (in_units(parts, OF_UNIT), "IU"),
    }
}

/// An amount in units of ten thousand times so many parts.
fn in_units(parts: u128, of_unit: u64) -> String {
    let hundredths = parts / (u128::from(of_unit) * 100).max(1);
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match rest {
        0 => whole.to_string(),
        _ if rest.is_multiple_of(10) => format!("{whole}.{}", rest / 10),
        _ => format!("{whole}.{rest:02}"),
    }
}
