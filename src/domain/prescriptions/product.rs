//! What dosages and frequencies are held against: the form, route, counting unit and strength of the chosen medicine.

use super::grammar::Refusal;
use super::model::Amount;
use super::units::DoseUnit;
use crate::domain::medicines::model::{self as medicines, Form, Release, Route};

mod bare;
mod compare;
mod strength;

pub use compare::Held;
use strength::{Per, Strength, Substance, substance};

/// The chosen medicine, as far as a dose depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product(Option<Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    form: Form,
    route: Route,
    /// All of them, when there are several.
    routes: Vec<Route>,
    counting: DoseUnit,
    strength: Option<Strength>,
    release: Release,
    in_units_only: bool,
}

impl Product {
    /// An entry of the catalogue. A `strength` that is not written as `500 mg`, `250 mg/5 mL`, `40 mg + 5 mg`,
    /// `100 000 IU` or `2%` leaves only its counting unit to prescribe in.
    pub fn new(
        form: Form,
        route: Route,
        unit: medicines::DoseUnit,
        strength: &str,
        release: Release,
    ) -> Self {
        let counting = Self::counting_unit_of(form, unit);
        Self(Some(Entry {
            form,
            route,
            routes: Vec::new(),
            counting,
            strength: Strength::parse(strength),
            release,
            in_units_only: false,
        }))
    }

    /// The same, of an insulin: its doses are in international units, however it is packed. A line in millilitres, vials
    /// or pens would be a tenfold or hundredfold overdose in the wrong hands.
    #[must_use]
    pub fn in_units_only(self) -> Self {
        Self(self.0.map(|entry| Entry { in_units_only: true, ..entry }))
    }

    /// The same, when it may be given in several ways.
    #[must_use]
    pub fn also_given(self, routes: &[Route]) -> Self {
        Self(self.0.map(|entry| Entry { routes: routes.to_vec(), ..entry }))
    }

    /// Whether doses are in international units and nothing else.
    pub fn is_in_units_only(&self) -> bool {
        self.0.as_ref().is_some_and(|entry| entry.in_units_only)
    }

    /// A medicine that a patient wrote down by name: nothing is known of it.
    pub const fn named() -> Self {
        Self(None)
    }

    /// What an entry with this form is counted in.
    pub fn counting_unit_of(form: Form, unit: medicines::DoseUnit) -> DoseUnit {
        match unit {
            medicines::DoseUnit::Tablet => DoseUnit::Tablet,
            medicines::DoseUnit::Capsule => DoseUnit::Capsule,
            medicines::DoseUnit::Milliliter => DoseUnit::Ml,
            medicines::DoseUnit::Drop => DoseUnit::Drop,
            medicines::DoseUnit::Sachet => DoseUnit::Sachet,
            medicines::DoseUnit::Suppository => DoseUnit::Suppository,
            medicines::DoseUnit::Ampoule => DoseUnit::Ampoule,
            medicines::DoseUnit::Vial => DoseUnit::Vial,
            medicines::DoseUnit::Puff => DoseUnit::Puff,
            medicines::DoseUnit::Application => DoseUnit::Application,
            medicines::DoseUnit::Patch => DoseUnit::Patch,
            medicines::DoseUnit::Dose => DoseUnit::Dose,
            medicines::DoseUnit::Unit if form == Form::Pessary => DoseUnit::Pessary,
            medicines::DoseUnit::Unit => DoseUnit::Piece,
        }
    }

    /// What it is counted in; nothing for a medicine that is known by name only.
    pub fn counting_unit(&self) -> Option<DoseUnit> {
        self.0.as_ref().map(|entry| entry.counting)
    }

    /// How it gets into or onto the body, when that is known.
    pub fn route(&self) -> Option<Route> {
        self.0.as_ref().map(|entry| entry.route)
    }

    /// All the ways in which it may be given; none when nothing is known of it.
    pub fn routes(&self) -> Vec<Route> {
        match &self.0 {
            Some(entry) if entry.routes.is_empty() => vec![entry.route],
            Some(entry) => entry.routes.clone(),
            None => Vec::new(),
        }
    }

    /// What it looks like, when that is known.
    pub fn form(&self) -> Option<Form> {
        self.0.as_ref().map(|entry| entry.form)
    }

    /// Whether `OD` could mean the right eye or ear.
    pub fn is_for_eye_or_ear(&self) -> bool {
        matches!(self.route(), Some(Route::Ophthalmic | Route::Otic))
    }

    /// The same, or nothing is known of it.
    pub fn may_be_for_eye_or_ear(&self) -> bool {
        self.is_for_eye_or_ear() || self.route().is_none()
    }

    /// Whether it is given with a needle.
    pub fn is_injected(&self) -> bool {
        use Route::{Intradermal, Intramuscular, Intravenous, Subcutaneous};
        matches!(self.route(), Some(Intravenous | Intramuscular | Subcutaneous | Intradermal))
    }

    /// Whether it stays on the body or runs into it for hours, or nothing is known of it, so that two times may be its beginning and its end.
    pub fn is_worn_or_runs(&self) -> bool {
        let runs = |route| matches!(route, Route::Transdermal | Route::Intravenous | Route::Subcutaneous);
        self.route().is_none() || self.routes().into_iter().any(runs)
    }

    /// Whether its strength is in international units.
    pub fn is_in_units(&self) -> bool {
        self.strength().is_some_and(|strength| strength.single_is(Substance::Units))
    }

    /// Whether a part of one piece may be given: of plain tablets, suppositories and sachets; spoons can be half
    /// full. Not of capsules and patches, nor of tablets with modified release or a gastro-resistant coat.
    pub fn may_be_split(&self) -> bool {
        let Some(entry) = &self.0 else { return true };
        let whole_only = entry.counting == DoseUnit::Tablet && entry.release != Release::Plain;
        !whole_only && (entry.counting.has_fractions() || entry.counting == DoseUnit::Ml)
    }

    /// Whether the dose can be given of this medicine: in its counting unit, or in one that its strength converts.
    ///
    /// # Errors
    /// Names the units that fit, or says that pieces of this medicine stay whole.
    pub fn fits(&self, dosage: Amount, unit: DoseUnit) -> Result<(), Refusal> {
        self.unit_fits(unit).then_some(()).ok_or_else(|| self.unit_refusal(unit))?;
        if unit.is_measure() {
            return self.measure_fits(dosage, unit);
        }
        let whole = dosage.as_ten_thousandths().is_multiple_of(10_000);
        let possible = match unit {
            DoseUnit::Tablet => self.may_be_split() && eighths(dosage),
            DoseUnit::Ampoule | DoseUnit::Vial => true,
            unit => unit.has_fractions() && eighths(dosage),
        };
        if whole || possible {
            return Ok(());
        }
        Err(Refusal::new("words_not_split", "").with("unit", unit.code()))
    }

    /// A dose in a measure must come out in whole pieces where pieces stay whole.
    fn measure_fits(&self, dosage: Amount, unit: DoseUnit) -> Result<(), Refusal> {
        let Some(entry) = &self.0 else { return Ok(()) };
        if unit == DoseUnit::Ml || unit == entry.counting {
            return Ok(());
        }
        let pieces = self.pieces(dosage, unit);
        let stays_whole = matches!(entry.counting, DoseUnit::Capsule | DoseUnit::Pessary | DoseUnit::Puff)
            || (entry.counting == DoseUnit::Tablet && !self.may_be_split());
        let is_whole = pieces.is_some_and(|pieces| pieces.as_ten_thousandths().is_multiple_of(10_000));
        if stays_whole && !is_whole {
            return Err(Refusal::new("words_not_split", "").with("unit", entry.counting.code()));
        }
        Ok(())
    }

    /// The same dose in counting units, millilitres for liquids: 500 mg of a tablet of 500 mg is 1. `None` where it
    /// does not come out exactly or is not known.
    pub fn pieces(&self, amount: Amount, unit: DoseUnit) -> Option<Amount> {
        let entry = self.0.as_ref()?;
        if unit == entry.counting || (is_puff(unit) && is_puff(entry.counting)) {
            return Some(amount);
        }
        let amount_given = u128::from(amount.as_ten_thousandths());
        if entry.counting == DoseUnit::Ml && matches!(unit, DoseUnit::Teaspoon | DoseUnit::Tablespoon) {
            let ml = if unit == DoseUnit::Teaspoon { 5 } else { 15 };
            return amount_of(amount_given * ml);
        }
        let (kind, base) = substance(amount_given, unit)?;
        let strength = entry.strength.as_ref()?;
        let per_piece = match (&strength.per, entry.counting) {
            (Per::Piece, DoseUnit::Ml) | (Per::Hours | Per::Gram, _) => return None,
            (Per::Piece, _) => 10_000,
            (Per::Ml(ml), DoseUnit::Ml) => u128::from(*ml),
            (Per::Ml(_), _) => return None,
        };
        let one = strength.of_one(kind).filter(|&one| one > 0 && (base * per_piece).is_multiple_of(one))?;
        amount_of(base * per_piece / one)
    }

    /// The dose that `a/b mg` or `a mg/b mg` names when it is exactly the strength of this combination: one piece.
    pub fn piece_of_strength(&self, numbers: &[(u64, DoseUnit)]) -> Option<(Amount, DoseUnit)> {
        let entry = self.0.as_ref()?;
        let strength = entry.strength.as_ref()?;
        let said: Option<Vec<(Substance, u128)>> =
            numbers.iter().map(|&(number, unit)| substance(u128::from(number), unit)).collect();
        let same = strength.per == Per::Piece && strength.parts.len() > 1 && said? == strength.parts;
        same.then_some((Amount::whole(1), entry.counting))
    }

    /// One piece, when the amount is what a piece of this combination holds in all, as co-trimoxazole of 800 mg + 160 mg is
    /// written as 960 mg. Nothing where the amount may as well be some pieces' worth of its main substance: 600 mg of
    /// 300 mg + 300 mg, 625 mg of 500 mg + 125 mg; nor where it is less than a fifth more than the main substance and may be
    /// a rounded amount of that: 1 g of 875 mg + 125 mg.
    pub fn piece_of_sum(&self, number: u64, unit: DoseUnit) -> Option<(Amount, DoseUnit)> {
        let entry = self.0.as_ref().filter(|entry| entry.counting != DoseUnit::Ml)?;
        let strength = entry.strength.as_ref().filter(|strength| strength.per == Per::Piece)?;
        let said = substance(u128::from(number), unit).filter(|(kind, _)| *kind == Substance::Mass)?.1;
        let is_mass = strength.parts.iter().all(|(kind, _)| *kind == Substance::Mass);
        let sum: u128 = strength.parts.iter().map(|(_, part)| *part).sum();
        let main = strength.parts.iter().map(|(_, part)| *part).max().filter(|part| *part > 0)?;
        let is_sum = is_mass && strength.parts.len() > 1 && said == sum && sum * 5 >= main * 6;
        (is_sum && !(said * EIGHTHS).is_multiple_of(main)).then_some((Amount::whole(1), entry.counting))
    }

    /// Whether the amount is the strength of one piece, or of one millilitre or spoon as the pack says, or its half or
    /// its quarter.
    pub(super) fn is_part_of_strength(&self, number: u64, unit: DoseUnit) -> bool {
        let Some((kind, base)) = substance(u128::from(number), unit) else { return false };
        self.strength().is_some_and(|strength| {
            strength.of_one(kind).is_some_and(|one| [1, 2, 4].iter().any(|part| base * part == one))
        })
    }

    fn strength(&self) -> Option<&Strength> {
        self.0.as_ref()?.strength.as_ref()
    }

    /// Whether doses can be in this unit at all.
    pub fn unit_fits(&self, unit: DoseUnit) -> bool {
        let Some(entry) = &self.0 else { return true };
        if entry.in_units_only {
            return unit == DoseUnit::Iu;
        }
        if unit == entry.counting {
            return true;
        }
        match unit {
            DoseUnit::Mg | DoseUnit::G | DoseUnit::Mcg => entry.has_doses_of(Substance::Mass),
            DoseUnit::Iu | DoseUnit::Miu => entry.has_doses_of(Substance::Units),
            DoseUnit::Ml => entry.is_measured_in_ml(),
            DoseUnit::Teaspoon | DoseUnit::Tablespoon => {
                entry.counting == DoseUnit::Ml
                    && entry.route == Route::Oral
                    && matches!(entry.form, Form::Syrup | Form::Suspension | Form::Solution)
            }
            DoseUnit::Puff | DoseUnit::Spray => is_puff(entry.counting),
            DoseUnit::Piece => entry.counting == DoseUnit::Pessary,
            _ => false,
        }
    }

    fn unit_refusal(&self, unit: DoseUnit) -> Refusal {
        let mixed = self.strength().is_some_and(|strength| strength.parts.len() > 1);
        let code = if self.is_in_units_only() {
            "words_only_units"
        } else if mixed && unit.is_measure() && unit != DoseUnit::Ml {
            "words_combination"
        } else {
            "words_unit_does_not_fit"
        };
        let fitting: Vec<&str> =
            DoseUnit::ALL.into_iter().filter(|&unit| self.unit_fits(unit)).map(DoseUnit::code).collect();
        Refusal::new(code, "").with("unit", unit.code()).with("accepted", fitting.join(", "))
    }
}

impl Entry {
    /// Whether its strength tells how much of a substance is in what is counted.
    fn has_doses_of(&self, kind: Substance) -> bool {
        let Some(strength) = &self.strength else { return false };
        let countable = !matches!(
            self.counting,
            DoseUnit::Application | DoseUnit::Drop | DoseUnit::Patch | DoseUnit::Piece
        );
        // Of a combination "500 mg" may be its first substance, its second or their sum.
        let single = strength.parts.len() == 1;
        let measured = matches!(strength.per, Per::Piece | Per::Ml(_));
        countable
            && measured
            && single
            && strength.parts.first().is_some_and(|(first, _)| *first == kind)
            // A bottle whose strength lacks its volume.
            && !(self.counting == DoseUnit::Ml && strength.per == Per::Piece)
    }

    fn is_measured_in_ml(&self) -> bool {
        match self.form {
            Form::Vaccine | Form::Drops => true,
            Form::Injection => self
                .strength
                .as_ref()
                .is_none_or(|strength| matches!(strength.per, Per::Ml(_)) || strength.parts.is_empty()),
            _ => false,
        }
    }
}

/// Tablets are divided into eighths at most.
const EIGHTHS: u128 = 8;

const fn is_puff(unit: DoseUnit) -> bool {
    matches!(unit, DoseUnit::Puff | DoseUnit::Spray)
}

/// Whether it comes out in eighths, the smallest part that is ever given of a piece.
const fn eighths(amount: Amount) -> bool {
    amount.as_ten_thousandths().is_multiple_of(1_250)
}

fn amount_of(ten_thousandths: u128) -> Option<Amount> {
    let amount = Amount::from_ten_thousandths(u32::try_from(ten_thousandths).ok()?);
    (amount <= Amount::MAX && !amount.is_zero()).then_some(amount)
}

#[cfg(test)]
mod tests;
