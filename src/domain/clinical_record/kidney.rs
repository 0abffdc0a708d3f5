//! Kidney function from a creatinine.
//!
//! CKD-EPI 2021, without race: Inker LA, Eneanya ND, Coresh J et al. New creatinine- and cystatin C-based equations to
//! estimate GFR without race. N Engl J Med 2021;385:1737-1749. For adults.

use super::model::{CreatinineUnit, Sex};
use crate::domain::vitals::model::Milli;

/// The formula, as it is named beside each value that it gives.
pub const SOURCE: &str = "CKD-EPI 2021 (Inker et al., N Engl J Med 2021;385:1737-1749)";
/// The youngest age in years for which the formula was made.
pub const ADULT_YEARS: u32 = 18;
/// Micromoles in a litre for each milligram in a decilitre.
const MICROMOLES_PER_MILLIGRAM: f64 = 88.4;

/// Plausible values of a creatinine in a unit. Outside of them the unit is most likely another one.
pub const fn plausible(unit: CreatinineUnit) -> (f64, f64) {
    match unit {
        CreatinineUnit::MicromolesPerLitre => (20.0, 2_500.0),
        CreatinineUnit::MilligramsPerDecilitre => (0.2, 28.0),
    }
}

/// The estimated glomerular filtration rate in mL/min/1.73 m² of an adult.
pub fn egfr(creatinine: Milli, unit: CreatinineUnit, age_years: u32, sex: Sex) -> f64 {
    let milligrams = match unit {
        CreatinineUnit::MicromolesPerLitre => creatinine.as_number() / MICROMOLES_PER_MILLIGRAM,
        CreatinineUnit::MilligramsPerDecilitre => creatinine.as_number(),
    };
    let (usual, exponent, factor) = match sex {
        Sex::Female => (0.7, -0.241, 1.012),
        Sex::Male => (0.9, -0.302, 1.0),
    };
    let ratio = milligrams / usual;
    142.0
        * ratio.min(1.0).powf(exponent)
        * ratio.max(1.0).powf(-1.200)
        * 0.9938_f64.powf(f64::from(age_years))
        * factor
}

/// A rate in tenths, rounded down to the weaker kidney; nothing when it is no rate.
pub fn tenths_below(egfr: f64) -> Option<u16> {
    // What a formula or a typed decimal leaves of binary dust must not cost a tenth.
    let tenths = (egfr * 10.0 + 1e-6).floor();
    format!("{tenths:.0}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milligrams(value: f64) -> Milli {
        Milli::from_number(value).unwrap()
    }

    /// The first as the calculator of the National Kidney Foundation (kidney.org) gives it; the others worked out by hand
    /// from the published equation.
    #[test]
    fn the_equation_gives_published_values() {
        for (sex, age, creatinine, expected) in [
            (Sex::Male, 55, 1.2, 71.4),
            (Sex::Male, 60, 1.2, 69.2),
            (Sex::Male, 50, 1.0, 91.7),
            (Sex::Male, 50, 0.9, 104.0),
            (Sex::Female, 50, 0.7, 105.3),
            (Sex::Female, 50, 1.0, 68.6),
            (Sex::Female, 30, 0.5, 129.3),
            (Sex::Male, 30, 0.6, 133.2),
            (Sex::Female, 78, 2.0, 25.1),
            (Sex::Male, 70, 5.0, 11.7),
        ] {
            let found = egfr(milligrams(creatinine), CreatinineUnit::MilligramsPerDecilitre, age, sex);
            assert!((found - expected).abs() < 0.06, "{sex:?} {age} {creatinine}: {found}");
        }
    }

    /// Values of the equation as public calculators give them, rounded.
    #[test]
    fn known_values_come_out() {
        for (creatinine, age, sex, expected) in [
            (1.0, 50, Sex::Male, 92),
            (1.0, 50, Sex::Female, 69),
            (0.8, 30, Sex::Female, 102),
            (0.9, 20, Sex::Male, 125),
            (0.7, 60, Sex::Female, 99),
            (1.2, 70, Sex::Male, 65),
            (2.0, 60, Sex::Male, 38),
            (3.0, 45, Sex::Female, 19),
            (4.0, 75, Sex::Male, 15),
            (0.5, 40, Sex::Male, 132),
        ] {
            let found = egfr(milligrams(creatinine), CreatinineUnit::MilligramsPerDecilitre, age, sex);
            assert_eq!(found.round(), f64::from(expected), "{creatinine} mg/dL at {age}");
        }
    }

    #[test]
    fn both_units_say_the_same() {
        for value in [0.5, 1.0, 2.5, 7.0] {
            let one = egfr(milligrams(value), CreatinineUnit::MilligramsPerDecilitre, 64, Sex::Female);
            let micromoles = milligrams((value * 884.0_f64).round() / 10.0);
            let other = egfr(micromoles, CreatinineUnit::MicromolesPerLitre, 64, Sex::Female);
            assert!((one - other).abs() < 0.01, "{value}: {one} {other}");
        }
    }

    #[test]
    fn rates_are_rounded_to_the_weaker_kidney() {
        assert_eq!(tenths_below(29.99), Some(299));
        assert_eq!(tenths_below(30.0), Some(300));
        assert_eq!(tenths_below(0.3 * 100.0), Some(300));
        assert_eq!(tenths_below(45.1), Some(451));
        assert_eq!(tenths_below(-1.0), None);
        assert_eq!(tenths_below(f64::NAN), None);
    }

    #[test]
    fn a_higher_creatinine_never_means_a_better_kidney() {
        for sex in [Sex::Female, Sex::Male] {
            let mut before = f64::MAX;
            for step in 2..150 {
                let value = milligrams(f64::from(step) / 10.0);
                let found = egfr(value, CreatinineUnit::MilligramsPerDecilitre, 50, sex);
                assert!(found < before, "{sex:?} {step}");
                before = found;
            }
        }
    }
}
