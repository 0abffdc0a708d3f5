//! Whether a dose is a sane one for its medicine.
//!
//! Pieces: for what is counted in pieces, more than 4 or less than a quarter at once is worth a look, more than 10 or
//! less than an eighth is not written without a reason, unless the entry names its own range. The limits are the
//! product's own choice; liquids, insulins and vials have none. Maxima: above the sourced maximum is worth a look, one
//! and a half times of it and more is not written without a reason.

use super::medicine::{ChosenMedicine, Maximum};
use super::remark::{Finding, Tier};
use crate::domain::prescriptions::describe::{amount_text, dose_text};
use crate::domain::prescriptions::model::{Amount, DayPattern, Schedule, Slot, SlotAmounts};
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;
use crate::platform::i18n::Language;

const FEW: Amount = Amount::from_ten_thousandths(2_500);
const VERY_FEW: Amount = Amount::from_ten_thousandths(1_250);
const MANY: Amount = Amount::whole(4);
const VERY_MANY: Amount = Amount::whole(10);

/// What is unusual about the doses of a line, whose field names start with `prefix`.
pub(super) fn unusual(
    medicine: &ChosenMedicine,
    schedule: &Schedule,
    unit: DoseUnit,
    prefix: &str,
) -> Vec<Finding> {
    let name = medicine.id.map_or_else(|| medicine.name.clone(), |id| id.to_string());
    let check = Check { medicine, unit, prefix, name };
    let amounts = single_amounts(schedule);
    let (Some(least), Some(most)) = (amounts.iter().min(), amounts.iter().max()) else { return Vec::new() };
    let mut found: Vec<Finding> = check.pieces(*least, *most).into_iter().collect();
    found.extend(check.single(*most));
    found.extend(check.daily(schedule));
    found
}

struct Check<'a> {
    medicine: &'a ChosenMedicine,
    unit: DoseUnit,
    prefix: &'a str,
    name: String,
}

impl Check<'_> {
    /// A reason given for one dose is none for another, so the dose is part of the id.
    fn finding(
        &self,
        tier: Tier,
        code: &'static str,
        dose: Amount,
        params: Vec<(&'static str, String)>,
    ) -> Finding {
        let dose = amount_text(dose, self.unit.code());
        Finding {
            id: format!("{code}:{}:{dose} {}", self.name, self.unit.code()),
            tier,
            field: format!("{}dosage", self.prefix),
            notice: Notice { code, params },
        }
    }

    fn pieces(&self, least: Amount, most: Amount) -> Option<Finding> {
        let product = &self.medicine.product;
        let counted = product.counting_unit().filter(|unit| unit.is_counted() && !is_container(*unit))?;
        let in_pieces = |amount| product.pieces(amount, self.unit);
        let (given_least, given_most) = (least, most);
        let (least, most) = (in_pieces(least)?, in_pieces(most)?);
        let (few, many) = self.medicine.usual_pieces.unwrap_or((FEW, MANY));
        let said = |amount: Amount| vec![("pieces", amount_text(amount, counted.code()))];
        if most > many {
            let tier = if most > VERY_MANY.max(many) { Tier::Stop } else { Tier::Note };
            return Some(self.finding(tier, "dose_of_many_pieces", given_most, said(most)));
        }
        (least < few).then(|| {
            let tier = if least < VERY_FEW.min(few) { Tier::Stop } else { Tier::Note };
            self.finding(tier, "dose_of_few_pieces", given_least, said(least))
        })
    }

    fn single(&self, most: Amount) -> Option<Finding> {
        let maximum = self.medicine.single_maximum.as_ref()?;
        self.above(maximum, most, 1, "dose_above_single_maximum")
    }

    fn daily(&self, schedule: &Schedule) -> Option<Finding> {
        let maximum = self.medicine.daily_maximum.as_ref()?;
        let (amount, times) = most_in_a_day(schedule)?;
        self.above(maximum, amount, times, "dose_above_daily_maximum")
    }

    fn above(&self, maximum: &Maximum, amount: Amount, times: u32, code: &'static str) -> Option<Finding> {
        let product = &self.medicine.product;
        let given = share_of(product, maximum, amount, self.unit)?.saturating_mul(u128::from(times));
        if given <= WHOLE {
            return None;
        }
        // One and a half times the maximum.
        let tier = if given.saturating_mul(2) >= WHOLE * 3 { Tier::Stop } else { Tier::Warn };
        let params = vec![
            ("maximum", dose_text(Language::English, maximum.amount, maximum.unit.code())),
            ("source", maximum.source.clone()),
        ];
        Some(self.finding(tier, code, amount, params))
    }
}

/// The maximum itself, in the measure of [`share_of`].
const WHOLE: u128 = 1_000_000;

/// Which share of the maximum an amount is, in millionths, rounded up; nothing when the two cannot be compared.
fn share_of(product: &Product, maximum: &Maximum, amount: Amount, unit: DoseUnit) -> Option<u128> {
    let (given, most) = product.compare((amount, unit), (maximum.amount, maximum.unit))?;
    (most > 0).then(|| given.saturating_mul(WHOLE).div_ceil(most))
}

/// Whether part of it or many of it are ordinary.
const fn is_container(unit: DoseUnit) -> bool {
    matches!(unit, DoseUnit::Ampoule | DoseUnit::Vial)
}

/// Every amount that is taken at once.
fn single_amounts(schedule: &Schedule) -> Vec<Amount> {
    let given = |amounts: &SlotAmounts| {
        Slot::ALL
            .map(|slot| amounts.at(slot))
            .into_iter()
            .filter(|amount| !amount.is_zero())
            .collect::<Vec<_>>()
    };
    match schedule {
        Schedule::Slots { amounts, .. } => given(amounts),
        Schedule::Taper { steps } => steps.iter().flat_map(|step| given(&step.amounts)).collect(),
        Schedule::Times { amount, .. }
        | Schedule::EveryHours { amount, .. }
        | Schedule::AsNeeded { amount, .. }
        | Schedule::Once { amount } => vec![*amount],
    }
}

/// The most of 24 hours as an amount and how often it is taken; nothing for what is not taken day by day, which is
/// held against the single maximum alone.
fn most_in_a_day(schedule: &Schedule) -> Option<(Amount, u32)> {
    let sum = |amounts: &SlotAmounts| {
        Slot::ALL.iter().fold(0_u32, |sum, &slot| sum.saturating_add(amounts.at(slot).as_ten_thousandths()))
    };
    match schedule {
        Schedule::Slots { amounts, days: DayPattern::Daily } => {
            Some((Amount::from_ten_thousandths(sum(amounts)), 1))
        }
        Schedule::Times { times, amount, days: DayPattern::Daily } => {
            Some((*amount, u32::try_from(times.len()).ok()?))
        }
        Schedule::EveryHours { hours, amount } if *hours <= 24 => {
            Some((*amount, 24_u32.div_ceil((*hours).max(1))))
        }
        Schedule::AsNeeded { amount, max_per_24h, min_interval_hours } => {
            let by_interval = min_interval_hours.map(|hours| 24_u32.div_ceil(hours.max(1)));
            let times = [*max_per_24h, by_interval].into_iter().flatten().min()?;
            Some((*amount, times))
        }
        Schedule::Taper { steps } => {
            let most = steps.iter().map(|step| sum(&step.amounts)).max()?;
            Some((Amount::from_ten_thousandths(most), 1))
        }
        Schedule::Slots { .. }
        | Schedule::Times { .. }
        | Schedule::EveryHours { .. }
        | Schedule::Once { .. } => None,
    }
}
