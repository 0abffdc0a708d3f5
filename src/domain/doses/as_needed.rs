//! The limits of a medicine taken as needed, over everything that holds the same substance.
//!
//! Intakes are counted in portions: a portion is the amount prescribed for one intake of the line in question. Two
//! tablets where one is prescribed are two portions; 250 mg of a syrup are half a portion of a 500 mg tablet. What
//! cannot be compared counts as one portion.

use crate::domain::medicines::model::Content;
use crate::domain::prescriptions::model::{Amount, Line};
use crate::platform::clock::{Span, Timestamp};

/// Parts of one portion in which portions are counted.
pub const PORTION: u64 = 1_000_000;
/// A single intake is at most so many times the most of a day: more is a slip of the finger.
pub const LARGEST_INTAKE_DAYS: u64 = 10;
const DAY: Span = Span::hours(24);

/// How much of a substance there is in a product, in nanograms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strength {
    /// In one counted unit: a tablet, a puff.
    Piece(u128),
    /// In so many thousandths of a millilitre.
    Volume(u128, u128),
}

/// A substance of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Substance {
    name: String,
    strength: Option<Strength>,
}

/// What a line prescribes, as far as it must be compared with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    substances: Vec<Substance>,
    /// The unit in which the catalogue counts it.
    counted_in: Option<&'static str>,
}

impl Product {
    /// What `line` prescribes; `content` is its catalogue entry. A medicine that was written down by name is known by
    /// its name alone.
    pub fn of(line: &Line, content: Option<&Content>) -> Self {
        let Some(content) = content else {
            let substance = Substance { name: plain(&line.medicine_name), strength: None };
            return Self { substances: vec![substance], counted_in: None };
        };
        let names: Vec<&str> = content.generic.split(" + ").collect();
        let strengths = strengths(&content.strength).filter(|strengths| strengths.len() == names.len());
        let substances = names.iter().enumerate().map(|(place, name)| Substance {
            name: plain(name),
            strength: strengths.as_ref().and_then(|strengths| strengths.get(place).copied()),
        });
        Self { substances: substances.collect(), counted_in: Some(content.unit.name()) }
    }

    /// How many parts of a portion `taken` of `other` is, when `prescribed` of this one is a portion; nothing when the
    /// two have no substance in common.
    pub fn portions(&self, prescribed: (Amount, &str), other: &Self, taken: (Amount, &str)) -> Option<u64> {
        let shared = self.substances.iter().filter_map(|own| {
            let foreign = other.substances.iter().find(|foreign| foreign.name == own.name)?;
            let mass = self.mass(own, prescribed);
            Some(match (mass, other.mass(foreign, taken)) {
                (Some(portion), Some(mass)) => share(mass, portion),
                _ if prescribed.1 == taken.1 => share(parts(taken.0), parts(prescribed.0)),
                _ => PORTION,
            })
        });
        // What is grave about the intake is the substance of which it holds most.
        shared.max()
    }

    /// Nanograms of a substance in ten-thousandths of a unit, when that can be told.
    fn mass(&self, substance: &Substance, (amount, unit): (Amount, &str)) -> Option<u128> {
        let is_alone = self.substances.len() == 1;
        match (unit, substance.strength) {
            // Of a combination, a weight does not say which part is meant.
            ("MG", _) if is_alone => Some(parts(amount) * 1_000_000),
            ("G", _) if is_alone => Some(parts(amount) * 1_000_000_000),
            ("MCG", _) if is_alone => Some(parts(amount) * 1_000),
            ("ML", Some(strength)) => in_volume(amount, 1_000, strength),
            ("TEASPOON", Some(strength)) => in_volume(amount, 5_000, strength),
            ("TABLESPOON", Some(strength)) => in_volume(amount, 15_000, strength),
            (unit, Some(Strength::Piece(nanograms))) if self.counted_in == Some(unit) => {
                Some(parts(amount) * nanograms)
            }
            _ => None,
        }
    }
}

fn in_volume(amount: Amount, thousandths_of_millilitre: u128, strength: Strength) -> Option<u128> {
    match strength {
        Strength::Volume(nanograms, volume) => {
            (parts(amount) * thousandths_of_millilitre * nanograms).checked_div(volume)
        }
        Strength::Piece(_) => None,
    }
}

fn parts(amount: Amount) -> u128 {
    u128::from(amount.as_ten_thousandths())
}

/// `part` of `whole` in parts of a portion, rounded down so that thirds never make more than a whole.
fn share(part: u128, whole: u128) -> u64 {
    let share = (part * u128::from(PORTION)).checked_div(whole);
    share.and_then(|share| u64::try_from(share).ok()).unwrap_or(u64::MAX)
}

fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The strengths of the catalogue: `500 mg`, `500 mg + 30 mg`, `120 mg/5 mL`, `25 mcg + 125 mcg/puff`; nothing for
/// shares in percent, rates by the hour and international units, of which nothing can be weighed.
fn strengths(text: &str) -> Option<Vec<Strength>> {
    let (masses, per) = text.split_once('/').map_or((text, None), |(masses, per)| (masses, Some(per)));
    let volume = match per.map(|per| per.rsplit_once(' ').unwrap_or(("1", per))) {
        None | Some(("1", "puff" | "spray" | "dose" | "drop")) => None,
        Some((number, "mL")) => Some(scaled(number, 1_000)?),
        Some(_) => return None,
    };
    masses
        .split(" + ")
        .map(|mass| {
            let (number, unit) = mass.rsplit_once(' ')?;
            let nanograms = match unit {
                "g" => scaled(number, 1_000_000_000)?,
                "mg" => scaled(number, 1_000_000)?,
                "mcg" => scaled(number, 1_000)?,
                _ => return None,
            };
            Some(volume.map_or(Strength::Piece(nanograms), |volume| Strength::Volume(nanograms, volume)))
        })
        .collect()
}

/// `number` times `factor`, exactly: `62.5` times 1,000 is 62,500.
fn scaled(number: &str, factor: u128) -> Option<u128> {
    let number = number.replace(' ', "");
    let (whole, decimals) = number.split_once('.').unwrap_or((&number, ""));
    let digits: u128 = format!("{whole}{decimals}").parse().ok()?;
    let divisor = 10_u128.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    let product = digits.checked_mul(factor)?;
    product.is_multiple_of(divisor).then(|| product / divisor).filter(|scaled| *scaled > 0)
}

/// What a line allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most portions in any 24 hours.
    pub max_per_24h: Option<u32>,
    /// Least hours between two intakes.
    pub min_interval_hours: Option<u32>,
}

impl Limits {
    /// How far around an intake others matter.
    pub fn reach(&self) -> Span {
        Span::hours(i64::from(self.min_interval_hours.unwrap_or_default()).max(24))
    }

    /// The largest intake that can be recorded, in parts of a portion.
    pub fn largest_intake(&self) -> u64 {
        u64::from(self.max_per_24h.unwrap_or(1).max(1)) * LARGEST_INTAKE_DAYS * PORTION
    }
}

/// An intake of something with the same substance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intake {
    /// When.
    pub at: Timestamp,
    /// How much, in parts of a portion.
    pub portions: u64,
}

/// Which limits an intake exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Excess {
    /// It is more than the amount prescribed for one intake.
    pub single: bool,
    /// It lies too near to another.
    pub interval: bool,
    /// Some 24 hours around it hold more than the most.
    pub day: bool,
    /// What was taken besides in those 24 hours, of which it is most; in parts of a portion.
    pub besides: u64,
}

impl Excess {
    /// Whether it exceeds anything.
    pub const fn is_any(&self) -> bool {
        self.single || self.interval || self.day
    }
}

/// Which of the limits `intake` exceeds after and before the `others`.
pub fn excess(limits: Limits, others: &[Intake], intake: Intake) -> Excess {
    let apart = |other: &Intake| intake.at.since(other.at).as_milliseconds().unsigned_abs();
    let interval = limits.min_interval_hours.is_some_and(|hours| {
        let interval = Span::hours(i64::from(hours)).as_milliseconds().unsigned_abs();
        others.iter().any(|other| apart(other) < interval)
    });
    // Each 24 hours that hold the intake and begin with one; those that begin between two hold no more.
    let begins = others.iter().map(|other| other.at).chain([intake.at]);
    let begins = begins.filter(|begin| *begin <= intake.at && intake.at < begin.plus(DAY));
    let held = |begin: Timestamp| {
        let inside = others.iter().filter(|other| begin <= other.at && other.at < begin.plus(DAY));
        inside.fold(0_u64, |sum, other| sum.saturating_add(other.portions))
    };
    let besides = begins.map(held).max().unwrap_or_default();
    let all = besides.saturating_add(intake.portions);
    let day = limits.max_per_24h.is_some_and(|most| all > u64::from(most).saturating_mul(PORTION));
    Excess { single: intake.portions > PORTION, interval, day, besides }
}

#[cfg(test)]
mod tests;
