//! The strength of a catalogue entry, read from the text on its pack.

use crate::domain::prescriptions::units::DoseUnit;

/// What a strength counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Substance {
    /// In ten-thousandths of a microgram.
    Mass,
    /// In ten-thousandths of an international unit.
    Units,
}

/// What the strength is the strength of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Per {
    /// One tablet, puff, vial or whatever else is counted.
    Piece,
    /// So many ten-thousandths of a millilitre.
    Ml(u64),
    /// A gram of cream.
    Gram,
    /// So many hours, as of a patch.
    Hours,
}

/// A strength whose every part is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Strength {
    /// One for each substance, in the order of the generic name; none for a volume alone.
    pub parts: Vec<(Substance, u128)>,
    /// Of what.
    pub per: Per,
    /// The numbers of its parts as they stand on the pack with their units; percentages have none.
    pub numbers: Vec<(u64, DoseUnit)>,
}

impl Strength {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.replace('\u{a0}', " ");
        let (parts, per) = match text.split_once('/') {
            Some((parts, per)) => (parts.trim(), per_of(per.trim())?),
            None => (text.trim(), Per::Piece),
        };
        if per == Per::Piece && parts.split_once(' ').is_some_and(|(_, unit)| unit == "mL") {
            return Some(Self { parts: Vec::new(), per: Per::Piece, numbers: Vec::new() });
        }
        let percent = parts.ends_with('%');
        let numbers = parts.split(" + ").filter_map(number_of).collect();
        let parts: Option<Vec<(Substance, u128)>> = parts.split(" + ").map(part_of).collect();
        // Percent of a solution: grams in 100 ml, 10 mg in each.
        let per = if percent && per == Per::Piece { Per::Ml(10_000) } else { per };
        Some(Self { parts: parts?, per, numbers })
    }

    /// Whether there is one substance and it is counted so.
    pub(super) fn single_is(&self, kind: Substance) -> bool {
        matches!(self.parts.as_slice(), [(only, _)] if *only == kind)
    }

    /// How much of its only substance one holds; nothing of a combination.
    pub(super) fn of_one(&self, kind: Substance) -> Option<u128> {
        match self.parts.as_slice() {
            [(only, one)] if *only == kind => Some(*one),
            _ => None,
        }
    }
}

/// An amount in a measure as so much of a substance.
pub(super) fn substance(ten_thousandths: u128, unit: DoseUnit) -> Option<(Substance, u128)> {
    let (kind, factor) = match unit {
        DoseUnit::Mcg => (Substance::Mass, 1),
        DoseUnit::Mg => (Substance::Mass, 1_000),
        DoseUnit::G => (Substance::Mass, 1_000_000),
        DoseUnit::Iu => (Substance::Units, 1),
        DoseUnit::Miu => (Substance::Units, 1_000_000),
        _ => return None,
    };
    Some((kind, ten_thousandths.checked_mul(factor)?))
}

fn part_of(text: &str) -> Option<(Substance, u128)> {
    if let Some(percent) = text.strip_suffix('%') {
        return substance(u128::from(number(percent.trim())?) * 10, DoseUnit::Mg);
    }
    let (number, unit) = number_of(text)?;
    substance(u128::from(number), unit)
}

/// The number of a part and its unit.
fn number_of(text: &str) -> Option<(u64, DoseUnit)> {
    let split = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    let (digits, unit) = text.split_at_checked(split)?;
    let unit = match unit {
        "mcg" => DoseUnit::Mcg,
        "mg" => DoseUnit::Mg,
        "g" => DoseUnit::G,
        "IU" => DoseUnit::Iu,
        "million IU" => DoseUnit::Miu,
        _ => return None,
    };
    Some((number(digits.trim())?, unit))
}

fn per_of(text: &str) -> Option<Per> {
    Some(match text {
        "mL" => Per::Ml(10_000),
        "g" => Per::Gram,
        "h" => Per::Hours,
        "puff" | "spray" | "dose" | "tablet" | "drop" => Per::Piece,
        _ => match text.rsplit_once(' ')? {
            (ml, "mL") => Per::Ml(number(ml)?),
            (hours, "h") if number(hours).is_some() => Per::Hours,
            _ => return None,
        },
    })
}

/// A decimal number in ten-thousandths; thousands stand apart with a space.
fn number(text: &str) -> Option<u64> {
    let text = text.replace(' ', "");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    if part.len() > 4 || text.len() > 12 {
        return None;
    }
    let digits = format!("{whole}{part:0<4}");
    digits.parse().ok()
}
