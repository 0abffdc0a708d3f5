//! Two doses of one medicine in different units, held against each other.

use super::strength::{Per, Substance, substance};
use super::{Product, is_puff};
use crate::domain::prescriptions::model::Amount;
use crate::domain::prescriptions::units::DoseUnit;

impl Product {
    /// Both doses in one measure, so that they can be compared: 2 tablets of 500 mg and 4000 mg are as 1 to 4. `None`
    /// where one cannot be expressed in what the other is counted in.
    pub fn compare(&self, one: (Amount, DoseUnit), other: (Amount, DoseUnit)) -> Option<(u128, u128)> {
        let plain = |(amount, _): (Amount, DoseUnit)| u128::from(amount.as_ten_thousandths());
        if one.1 == other.1 || (is_puff(one.1) && is_puff(other.1)) {
            return Some((plain(one), plain(other)));
        }
        let (first, second) = (self.content(one)?, self.content(other)?);
        (first.kind == second.kind)
            .then(|| Some((first.parts.checked_mul(second.of)?, second.parts.checked_mul(first.of)?)))?
    }

    /// What one of `unit` is in what is counted, as parts and of how many; nothing when it is counted in `unit` itself
    /// or the strength does not say it.
    pub fn counted(&self, unit: DoseUnit) -> Option<(DoseUnit, u64, u64)> {
        let counting = self.counting_unit().filter(|counting| *counting != unit && !is_puff(unit))?;
        let whole = Amount::whole(1);
        let (parts, of) = self.compare((whole, unit), (whole, counting))?;
        let divisor = greatest_common_divisor(parts, of).max(1);
        Some((counting, u64::try_from(parts / divisor).ok()?, u64::try_from(of / divisor).ok()?))
    }

    /// How much of each of its substances a dose holds, in the order of the generic name; nothing where unit and
    /// strength do not say it. Rounded up to what is counted.
    pub fn contents(&self, amount: Amount, unit: DoseUnit) -> Option<Vec<Held>> {
        let held = |content: Content| {
            let parts = u64::try_from(content.parts.div_ceil(content.of)).ok()?;
            Some(match content.kind {
                Substance::Mass => Held::Mass(parts),
                Substance::Units => Held::Units(parts),
            })
        };
        self.all_contents((amount, unit))?.into_iter().map(held).collect()
    }

    /// How much of its substance a dose holds; nothing for combinations, whose parts have no common measure.
    fn content(&self, dose: (Amount, DoseUnit)) -> Option<Content> {
        let mut all = self.all_contents(dose)?;
        let only = all.pop()?;
        all.is_empty().then_some(only)
    }

    fn all_contents(&self, (amount, unit): (Amount, DoseUnit)) -> Option<Vec<Content>> {
        let amount = u128::from(amount.as_ten_thousandths());
        if let Some((kind, parts)) = substance(amount, unit) {
            return Some(vec![Content { kind, parts, of: 1 }]);
        }
        let entry = self.0.as_ref()?;
        let strength = entry.strength.as_ref()?;
        let in_millilitres = match unit {
            DoseUnit::Teaspoon => Some(5),
            DoseUnit::Tablespoon => Some(15),
            DoseUnit::Ml => Some(1),
            _ => None,
        };
        let (count, of) = match (&strength.per, in_millilitres) {
            (Per::Ml(ml), Some(factor)) => (amount.checked_mul(factor)?, u128::from(*ml)),
            (Per::Piece, None) if unit == entry.counting || (is_puff(unit) && is_puff(entry.counting)) => {
                (amount, 10_000)
            }
            _ => return None,
        };
        let content = |&(kind, one): &(Substance, u128)| {
            (of > 0).then_some(Content { kind, parts: count.checked_mul(one)?, of })
        };
        strength.parts.iter().map(content).collect()
    }
}

const fn greatest_common_divisor(mut one: u128, mut other: u128) -> u128 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

/// So much of a substance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// In ten-thousandths of a microgram.
    Mass(u64),
    /// In ten-thousandths of an international unit.
    Units(u64),
}

/// An amount of a substance as a fraction.
struct Content {
    kind: Substance,
    parts: u128,
    of: u128,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::medicines::model::{DoseUnit as Counted, Form, Release, Route};

    fn share(product: &Product, one: (u32, DoseUnit), other: (u32, DoseUnit)) -> Option<f64> {
        let amount = |(units, unit)| (Amount::whole(units), unit);
        let (one, other) = product.compare(amount(one), amount(other))?;
        Some(one as f64 / other as f64)
    }

    #[test]
    fn doses_are_compared_by_what_they_hold() {
        let tablet = Product::new(Form::Tablet, Route::Oral, Counted::Tablet, "500 mg", Release::Plain);
        assert_eq!(share(&tablet, (2, DoseUnit::Tablet), (4000, DoseUnit::Mg)), Some(0.25));
        assert_eq!(share(&tablet, (2, DoseUnit::G), (8, DoseUnit::Tablet)), Some(0.5));
        assert_eq!(share(&tablet, (3, DoseUnit::Tablet), (6, DoseUnit::Tablet)), Some(0.5));
        assert_eq!(share(&tablet, (1, DoseUnit::Ml), (4000, DoseUnit::Mg)), None);
        let syrup =
            Product::new(Form::Syrup, Route::Oral, Counted::Milliliter, "120 mg/5 mL", Release::Plain);
        assert_eq!(share(&syrup, (10, DoseUnit::Ml), (960, DoseUnit::Mg)), Some(0.25));
        assert_eq!(share(&syrup, (2, DoseUnit::Teaspoon), (960, DoseUnit::Mg)), Some(0.25));
        let combined =
            Product::new(Form::Tablet, Route::Oral, Counted::Tablet, "40 mg + 5 mg", Release::Plain);
        assert_eq!(share(&combined, (1, DoseUnit::Tablet), (80, DoseUnit::Mg)), None);
        assert_eq!(share(&combined, (1, DoseUnit::Tablet), (2, DoseUnit::Tablet)), Some(0.5));
        assert_eq!(tablet.counted(DoseUnit::Mg), Some((DoseUnit::Tablet, 1, 500)));
        assert_eq!(tablet.counted(DoseUnit::Tablet), None);
        assert_eq!(syrup.counted(DoseUnit::Mg), Some((DoseUnit::Ml, 1, 24)));
        assert_eq!(syrup.counted(DoseUnit::Teaspoon), Some((DoseUnit::Ml, 5, 1)));
        assert_eq!(share(&Product::named(), (1, DoseUnit::Tablet), (80, DoseUnit::Mg)), None);
    }
}
