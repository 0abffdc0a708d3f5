//! Units, conversion and plausibility: what may be written down at all.

use unicode_normalization::UnicodeNormalization;

use super::model::{Milli, NumberFault, Reading, Unit, VitalType};
use crate::platform::error::{FieldError, FieldErrors, Result};

/// Thousandths of mg/dL in one mmol/L of glucose: its molar mass, 180.16 g/mol, by ten.
const GLUCOSE_FACTOR: i64 = 18_016;
/// Hundred-millionths of a kilogram in one pound: the international avoirdupois pound of 1959, exact.
const POUND: i64 = 45_359_237;

impl Unit {
    /// As the API writes it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MillimetresOfMercury => "mmHg",
            Self::MilligramsPerDecilitre => "mg/dL",
            Self::MillimolesPerLitre => "mmol/L",
            Self::BeatsPerMinute => "bpm",
            Self::Celsius => "Cel",
            Self::Fahrenheit => "[degF]",
            Self::Percent => "%",
            Self::Kilograms => "kg",
            Self::Pounds => "[lb_av]",
            Self::PerMinute => "/min",
        }
    }

    /// As people read it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Celsius => "°C",
            Self::Fahrenheit => "°F",
            Self::Pounds => "lb",
            other => other.code(),
        }
    }

    /// Other ways of writing it.
    const fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::MillimetresOfMercury => &["mm[Hg]"],
            Self::BeatsPerMinute => &["/min"],
            Self::Celsius => &["°C", "C", "degC"],
            Self::Fahrenheit => &["°F", "F", "degF"],
            Self::Pounds => &["lb"],
            _ => &[],
        }
    }
}

/// The units in which a type may be typed; the first is the one it is kept in.
pub const fn units_of(vital_type: VitalType) -> &'static [Unit] {
    match vital_type {
        VitalType::BloodPressure => &[Unit::MillimetresOfMercury],
        VitalType::Glucose => &[Unit::MilligramsPerDecilitre, Unit::MillimolesPerLitre],
        VitalType::HeartRate => &[Unit::BeatsPerMinute],
        VitalType::Temperature => &[Unit::Celsius, Unit::Fahrenheit],
        VitalType::Spo2 => &[Unit::Percent],
        VitalType::Weight => &[Unit::Kilograms, Unit::Pounds],
        VitalType::RespiratoryRate => &[Unit::PerMinute],
    }
}

/// The unit a type is kept in.
pub const fn unit_of(vital_type: VitalType) -> Unit {
    match units_of(vital_type) {
        [first, ..] => *first,
        [] => Unit::PerMinute,
    }
}

/// Least and greatest plausible whole number of the value, both included, in the unit the type is kept in.
pub const fn plausible(vital_type: VitalType) -> (i32, i32) {
    match vital_type {
        VitalType::BloodPressure => (40_000, 300_000),
        VitalType::Glucose => (10_000, 1_000_000),
        VitalType::HeartRate => (20_000, 300_000),
        VitalType::Temperature => (30_000, 45_000),
        VitalType::Spo2 => (40_000, 100_000),
        VitalType::Weight => (500, 500_000),
        VitalType::RespiratoryRate => (3_000, 80_000),
    }
}

/// The same for the diastolic pressure.
pub const PLAUSIBLE_DIASTOLIC: (i32, i32) = (20_000, 200_000);

/// What was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// What was measured.
    pub vital_type: VitalType,
    /// The value.
    pub value: f64,
    /// The second value.
    pub secondary: Option<f64>,
    /// The unit.
    pub unit: String,
}

/// Reads a measurement.
///
/// # Errors
/// Names every bad field: `unit` unknown for the type, a value out of the plausible range or with more than three
/// decimals, a diastolic pressure that is missing, not wanted, or not below the systolic one.
pub fn reading(typed: &Typed) -> Result<Reading> {
    let mut errors = FieldErrors::new();
    let vital_type = typed.vital_type;
    let unit = find_unit(vital_type, &typed.unit);
    if unit.is_none() {
        let known: Vec<&str> = units_of(vital_type).iter().map(|unit| unit.code()).collect();
        errors.push(FieldError::new("unit", "vital_unit_unknown").with("units", known.join(", ")));
    }
    let unit_or_own = unit.unwrap_or(unit_of(vital_type));
    let value = number(&mut errors, "value", typed.value, unit_or_own, vital_type, plausible(vital_type));
    let secondary = match (vital_type.has_secondary(), typed.secondary) {
        (true, Some(secondary)) => {
            number(&mut errors, "valueSecondary", secondary, unit_or_own, vital_type, PLAUSIBLE_DIASTOLIC)
        }
        (true, None) => {
            errors.add("valueSecondary", "vital_secondary_required");
            None
        }
        (false, Some(_)) => {
            errors.add("valueSecondary", "vital_secondary_not_wanted");
            None
        }
        (false, None) => None,
    };
    if let (Some((_, systolic)), Some((_, diastolic))) = (value, secondary)
        && systolic <= diastolic
    {
        errors.add("valueSecondary", "vital_systolic_not_above");
    }
    errors.finish()?;
    let (Some(typed_unit), Some((typed_value, value))) = (unit, value) else {
        return Err(crate::platform::error::Error::internal("a reading was refused without a reason"));
    };
    Ok(Reading {
        vital_type,
        value,
        secondary: secondary.map(|(_, kept)| kept),
        typed_value,
        typed_secondary: secondary.map(|(typed, _)| typed),
        typed_unit,
    })
}

fn find_unit(vital_type: VitalType, text: &str) -> Option<Unit> {
    let text = plain_unit(text);
    let is_named = |unit: &Unit| {
        unit.code().eq_ignore_ascii_case(&text)
            || unit.aliases().iter().any(|alias| alias.eq_ignore_ascii_case(&text))
    };
    units_of(vital_type).iter().copied().find(is_named)
}

/// A unit without spaces and with its signs taken apart, so that ℃ is °C, ％ is % and ㎏ is kg. The signs º and ˚ are
/// typed for the degree sign by keyboards that have no other.
fn plain_unit(text: &str) -> String {
    text.chars()
        .map(|sign| if matches!(sign, 'º' | '˚') { '°' } else { sign })
        .nfkc()
        .filter(|sign| !sign.is_whitespace())
        .collect()
}

/// Where a limit comes to lie between two numbers that a display can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// At the greater one.
    Up,
    /// At the nearer one; halves go up.
    Nearest,
}

/// A limit, kept in the unit of its type, in the unit in which a value was typed. Displays in mmol/L, °F and lb show
/// one decimal, so the limit is rounded to one.
pub fn limit_in(limit: Milli, unit: Unit, rounding: Rounding) -> Milli {
    const TENTH: i64 = 100;
    let thousandths = i64::from(limit.0);
    let (numerator, denominator) = match unit {
        Unit::MillimolesPerLitre => (thousandths * 1_000, GLUCOSE_FACTOR),
        Unit::Fahrenheit => (thousandths * 9 + 160_000, 5),
        Unit::Pounds => (thousandths * 100_000_000, POUND),
        _ => return limit,
    };
    let step = denominator * TENTH;
    let tenths = match rounding {
        Rounding::Up => (numerator + step - 1).div_euclid(step),
        Rounding::Nearest => (numerator * 2 + step).div_euclid(step * 2),
    };
    i32::try_from(tenths * TENTH).map_or(Milli(i32::MAX), Milli)
}

/// A number as typed and in the unit that the type is kept in, or a complaint.
fn number(
    errors: &mut FieldErrors,
    field: &str,
    number: f64,
    unit: Unit,
    vital_type: VitalType,
    (least, most): (i32, i32),
) -> Option<(Milli, Milli)> {
    let implausible = || {
        FieldError::new(field, "vital_implausible")
            .with("min", Milli(least))
            .with("max", Milli(most))
            .with("unit", unit_of(vital_type).label())
    };
    match Milli::from_number(number) {
        Err(NumberFault::TooFine) => errors.add(field, "vital_too_fine"),
        Err(NumberFault::OutOfRange) => errors.push(implausible()),
        Ok(typed) => match converted(typed, unit) {
            Some(kept) if (least..=most).contains(&kept.0) => return Some((typed, kept)),
            _ => errors.push(implausible()),
        },
    }
    None
}

/// The value in the unit that its type is kept in, rounded once to the nearest thousandth; halves go up.
fn converted(typed: Milli, unit: Unit) -> Option<Milli> {
    let thousandths = i64::from(typed.0);
    let (numerator, denominator) = match unit {
        Unit::MillimolesPerLitre => (thousandths.checked_mul(GLUCOSE_FACTOR)?, 1_000),
        // Freezing point and degree by definition: C = (F - 32) * 5 / 9.
        Unit::Fahrenheit => (thousandths.checked_sub(32_000)?.checked_mul(5)?, 9),
        Unit::Pounds => (thousandths.checked_mul(POUND)?, 100_000_000),
        _ => return Some(typed),
    };
    let rounded = numerator.checked_mul(2)?.checked_add(denominator)?.div_euclid(denominator * 2);
    i32::try_from(rounded).ok().map(Milli)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(vital_type: VitalType, value: f64, unit: &str) -> Option<i32> {
        let typed = Typed { vital_type, value, secondary: None, unit: unit.to_owned() };
        reading(&typed).ok().map(|reading| reading.value.0)
    }

    #[test]
    fn conversions_round_once() {
        assert_eq!(kept(VitalType::Glucose, 5.5, "mmol/L"), Some(99_088));
        assert_eq!(kept(VitalType::Glucose, 3.9, "MMOL/L"), Some(70_262));
        assert_eq!(kept(VitalType::Glucose, 3.0, "mmol/L"), Some(54_048));
        assert_eq!(kept(VitalType::Glucose, 99.0, "mg/dL"), Some(99_000));
        assert_eq!(kept(VitalType::Temperature, 98.6, "°F"), Some(37_000));
        assert_eq!(kept(VitalType::Temperature, 100.4, "[degF]"), Some(38_000));
        assert_eq!(kept(VitalType::Weight, 150.0, "lb"), Some(68_039));
        assert_eq!(kept(VitalType::Temperature, 36.65, "Cel"), Some(36_650));
    }

    #[test]
    fn a_unit_is_known_by_its_like_signs() {
        for sign in ["Cel", "cel", "°C", "℃", "C", "ºC", "˚C", "° C", " °c ", "degC"] {
            assert_eq!(find_unit(VitalType::Temperature, sign), Some(Unit::Celsius), "{sign}");
        }
        for sign in ["[degF]", "°F", "℉", "f", "ºF", "degF"] {
            assert_eq!(find_unit(VitalType::Temperature, sign), Some(Unit::Fahrenheit), "{sign}");
        }
        assert_eq!(find_unit(VitalType::Spo2, "％"), Some(Unit::Percent));
        assert_eq!(find_unit(VitalType::Weight, "㎏"), Some(Unit::Kilograms));
        assert_eq!(find_unit(VitalType::BloodPressure, "mm Hg"), Some(Unit::MillimetresOfMercury));
        assert_eq!(find_unit(VitalType::Glucose, "mmol／L"), Some(Unit::MillimolesPerLitre));
        for sign in ["", "K", "°", "℃℃", "Ce l sius", "°R"] {
            assert_eq!(find_unit(VitalType::Temperature, sign), None, "{sign}");
        }
        assert_eq!(find_unit(VitalType::Weight, "℃"), None);
    }

    #[test]
    fn limits_have_the_precision_of_the_display() {
        let tenths = |limit, unit, rounding| limit_in(Milli::whole(limit), unit, rounding).0;
        for (limit, up, nearest) in [(54, 3_000, 3_000), (60, 3_400, 3_300), (70, 3_900, 3_900)] {
            assert_eq!(tenths(limit, Unit::MillimolesPerLitre, Rounding::Up), up, "{limit}");
            assert_eq!(tenths(limit, Unit::MillimolesPerLitre, Rounding::Nearest), nearest, "{limit}");
        }
        for (limit, nearest) in [(140, 7_800), (180, 10_000), (250, 13_900), (300, 16_700), (400, 22_200)] {
            assert_eq!(tenths(limit, Unit::MillimolesPerLitre, Rounding::Nearest), nearest, "{limit}");
        }
        assert_eq!(limit_in(Milli(35_500), Unit::Fahrenheit, Rounding::Up), Milli(95_900));
        assert_eq!(limit_in(Milli(38_000), Unit::Fahrenheit, Rounding::Nearest), Milli(100_400));
        assert_eq!(limit_in(Milli(36_100), Unit::Fahrenheit, Rounding::Up), Milli(97_000));
        assert_eq!(limit_in(Milli(37_800), Unit::Fahrenheit, Rounding::Nearest), Milli(100_000));
        assert_eq!(limit_in(Milli(80_000), Unit::Pounds, Rounding::Nearest), Milli(176_400));
        assert_eq!(limit_in(Milli(80_123), Unit::Kilograms, Rounding::Up), Milli(80_123));
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5, 1e300, 10_000.0] {
            assert_eq!(Milli::from_number(wrong), Err(NumberFault::OutOfRange), "{wrong}");
        }
        assert_eq!(Milli::from_number(36.6001), Err(NumberFault::TooFine));
        assert_eq!(Milli::from_number(1e-7), Err(NumberFault::TooFine));
        assert_eq!(Milli::from_number(0.0), Ok(Milli(0)));
        assert_eq!(Milli::from_number(9_999.999), Ok(Milli(9_999_999)));
    }

    proptest::proptest! {
        #[test]
        fn what_is_typed_comes_back(thousandths in 0..10_000_000_i32) {
            let number = Milli(thousandths).as_number();
            proptest::prop_assert_eq!(Milli::from_number(number), Ok(Milli(thousandths)));
        }

        #[test]
        fn no_number_panics(number: f64, vital in 0..7_usize, unit in "[a-zA-Z/%°]{0,6}") {
            let typed =
                Typed { vital_type: VitalType::ALL[vital], value: number, secondary: Some(number), unit };
            drop(reading(&typed));
        }
    }
}
