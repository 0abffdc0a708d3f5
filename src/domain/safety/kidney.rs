//! Kidney function from a blood test.

use super::facts::Sex;

/// Estimated glomerular filtration rate in mL/min/1.73 m2, rounded, by the CKD-EPI creatinine equation of 2021 (Inker
/// 2021, N Engl J Med 385:1737), which has no term for ancestry:
/// 142 x min(Scr/k, 1)^a x max(Scr/k, 1)^-1.200 x 0.9938^age x 1.012 for women, with k 0.7 and a -0.241 for women, 0.9
/// and -0.302 for men, and Scr in mg/dL (micromol/L divided by 88.4).
///
/// Nothing under 18 years, for whom it was not made, and for a value that is no creatinine.
pub fn egfr_of_creatinine(micromol_per_litre: f64, age_years: u32, sex: Sex) -> Option<u32> {
    if age_years < 18 || !(10.0..=5_000.0).contains(&micromol_per_litre) {
        return None;
    }
    let (k, a, woman) = match sex {
        Sex::Female => (0.7, -0.241, 1.012),
        Sex::Male => (0.9, -0.302, 1.0),
    };
    let share = micromol_per_litre / 88.4 / k;
    let rate = 142.0
        * share.min(1.0).powf(a)
        * share.max(1.0).powf(-1.2)
        * 0.9938_f64.powf(f64::from(age_years))
        * woman;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and some hundred")]
    Some(rate.round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of the equation as public calculators give them, in mg/dL.
    #[test]
    fn known_values_come_out() {
        for (mg_per_dl, age, sex, expected) in [
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
            let found = egfr_of_creatinine(mg_per_dl * 88.4, age, sex);
            assert_eq!(found, Some(expected), "{mg_per_dl} mg/dL at {age}");
        }
    }

    #[test]
    fn children_and_impossible_values_have_none() {
        assert_eq!(egfr_of_creatinine(80.0, 17, Sex::Male), None);
        assert_eq!(egfr_of_creatinine(1.1, 40, Sex::Male), None);
        assert_eq!(egfr_of_creatinine(f64::NAN, 40, Sex::Male), None);
    }
}
