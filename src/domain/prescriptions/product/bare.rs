//! Whether a number that lacks its unit counts pieces, or may be the number of a strength.
//!
//! # Why so few of them are taken
//! "5 nocte" of warfarin 5 mg is 5 mg to whoever writes it, and five tablets to whoever counts. A number is taken as pieces
//! only when nobody can mean a measure by it; else the prescriber is asked to write the unit.

use super::strength::{Per, Strength, substance};
use super::{Amount, DoseUnit, Product};

/// Most pieces that a number alone can be.
const MOST: Amount = Amount::whole(4);
/// One, in ten-thousandths.
const ONE: u64 = 10_000;
/// Of so many pieces a dose can be; more than that a measure cannot mean.
const MOST_OF_A_MEASURE: u64 = 10;

impl Product {
    /// Whether the number, written as a decimal or not, can only count pieces: at most four, halves, or other parts written
    /// as a fraction. Where millilitres are given only a 1 is, and of drops not even that.
    pub fn counts_pieces(&self, number: Amount, is_decimal: bool) -> bool {
        let value = u64::from(number.as_ten_thousandths());
        if number > MOST || (is_decimal && !value.is_multiple_of(ONE / 2)) {
            return false;
        }
        if self.unit_fits(DoseUnit::Ml) {
            return value == ONE && self.counting_unit() != Some(DoseUnit::Drop);
        }
        // Nobody writes "1 od" of 1 mg out of a tablet of 5 mg, nor half a milligram as a fraction. "2½" is both.
        let is_fraction = value < ONE && !is_decimal;
        value == ONE || is_fraction || !self.may_be_measure(value)
    }

    /// Whether a number that stands beside the same number of a measure may count pieces all the same, and so mean another
    /// amount: "2 mg" and "2-0-2".
    pub fn may_count_otherwise(&self, number: Amount, measure: DoseUnit) -> bool {
        let is_in_pieces = self.counting_unit().is_some_and(DoseUnit::is_counted);
        measure.is_measure()
            && is_in_pieces
            && number <= MOST
            && number != Amount::whole(1)
            && self.pieces(number, measure) != Some(number)
    }

    /// Whether a number behind others with this unit can only count the same: it is not the number of the strength.
    pub fn is_count_of(&self, number: Amount, unit: DoseUnit) -> bool {
        let value = u64::from(number.as_ten_thousandths());
        let is_piece = self.counting_unit() == Some(unit);
        let is_strength = self.numbers().any(|(one, _)| value == one && one != ONE);
        // "2.5-0-0" beside "1 tablet" may be half of 5 mg.
        let is_unusual = number > MOST || (value > ONE && !value.is_multiple_of(ONE));
        !is_piece || !(is_strength || (is_unusual && self.may_be_measure(value)))
    }

    /// Whether the number, in the unit of the strength, is a dose that can be given, and another than so many pieces.
    fn may_be_measure(&self, value: u64) -> bool {
        let is_whole = value.is_multiple_of(ONE);
        // "0.5" of 500 mcg is half a milligram.
        let in_milligrams = self
            .numbers()
            .filter(|(_, unit)| *unit == DoseUnit::Mcg && !is_whole)
            .map(|(one, _)| one / 1_000);
        // Nobody writes so many micrograms of one of two medicines in a puff, unless the number stands on the pack.
        let is_mixed_puff = self.counting_unit() == Some(DoseUnit::Puff) && self.numbers().count() > 1;
        // Half or a quarter of the number may be meant of a tablet that stays whole too: of another strength.
        let is_dose = |one: u64| match is_mixed_puff {
            true => value == one,
            false => value.saturating_mul(4) >= one && value <= one.saturating_mul(MOST_OF_A_MEASURE),
        };
        let mut all = self.numbers().map(|(one, _)| one).chain(in_milligrams);
        all.any(|one| one > 0 && one != ONE && is_dose(one))
    }

    /// Whether the amount is all that one syringe or ampoule holds whose volume is on the pack, as 4000 IU of 4000 IU in
    /// 0.4 ml. A strength in one millilitre is a concentration.
    pub fn is_one_syringe(&self, amount: Amount, unit: DoseUnit) -> bool {
        let holds = |strength: &Strength| {
            let same = substance(u128::from(amount.as_ten_thousandths()), unit)
                .is_some_and(|(kind, base)| strength.of_one(kind) == Some(base));
            same && matches!(strength.per, Per::Ml(ml) if ml != ONE)
        };
        self.counting_unit() == Some(DoseUnit::Ampoule) && self.strength().is_some_and(holds)
    }

    /// The numbers of the strength of one piece, with their units.
    fn numbers(&self) -> impl Iterator<Item = (u64, DoseUnit)> {
        let of_piece = self.strength().filter(|strength| matches!(strength.per, Per::Piece | Per::Hours));
        of_piece.into_iter().flat_map(|strength| strength.numbers.iter().copied())
    }
}
