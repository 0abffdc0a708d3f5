//! Whether a dose is a sane one for its medicine.
//!
//! All bounds here are the product's own choice; a pharmacist has to sign them. Pieces (tablets, capsules, puffs, ...):
//! more than 4 or less than a quarter at once is worth a look, more than 10 or less than an eighth is not written
//! without a reason, unless the entry names its own range. Volumes: what is swallowed from 30 ml and from 100 ml, what is
//! injected under the skin from 2 ml, into a muscle from 3 ml and both from 5 ml, so that a mistaken unit is seen; infusions and what
//! goes into a vein have no such bound. Maxima: above the sourced maximum is worth a look, one and a half times of it and
//! more is not written without a reason. What is taken once a week is not written for more often without one.

use super::medicine::{ChosenMedicine, Maximum};
use super::remark::DoseFinding;
use crate::domain::medicines::model::{Form, Route};
use crate::domain::prescriptions::describe::{amount_text, dose_text};
use crate::domain::prescriptions::model::{Amount, DayPattern, Schedule, Slot, SlotAmounts, Tier};
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;
use crate::platform::i18n::Language;

/// From where on an amount of what is counted is worth a look, and from where on it needs a reason.
struct Bounds {
    few: Amount,
    very_few: Amount,
    many: Amount,
    very_many: Amount,
    /// Whether the amounts are millilitres, whatever is counted.
    is_volume: bool,
}

/// Of whatever is counted in pieces.
const PIECES: Bounds = Bounds {
    few: Amount::from_ten_thousandths(2_500),
    very_few: Amount::from_ten_thousandths(1_250),
    many: Amount::whole(4),
    very_many: Amount::whole(10),
    is_volume: false,
};

/// Less of a syrup or suspension is hard to measure, and likely milligrams that were written as millilitres.
const HALF_MILLILITRE: Amount = Amount::from_ten_thousandths(5_000);

impl Bounds {
    const fn volume(many: u32, very_many: u32) -> Self {
        let none = Amount::ZERO;
        let (many, very_many) = (Amount::whole(many), Amount::whole(very_many));
        Self { few: none, very_few: none, many, very_many, is_volume: true }
    }

    /// Of this medicine, by what it is counted in and how it is given.
    fn of(product: &Product) -> Option<Self> {
        match (product.counting_unit()?, product.form()?, product.route()?) {
            (_, Form::Infusion, _) => None,
            (DoseUnit::Ml, Form::Syrup | Form::Suspension | Form::Solution, Route::Oral) => {
                // A milligram that was meant is a tenth of a millilitre or so.
                Some(Self { few: HALF_MILLILITRE, ..Self::volume(30, 100) })
            }
            (DoseUnit::Ml, _, Route::Oral) => Some(Self::volume(30, 100)),
            // An ampoule of 3 ml into a muscle is ordinary.
            (DoseUnit::Ml | DoseUnit::Vial | DoseUnit::Ampoule, _, Route::Intramuscular) => {
                Some(Self::volume(3, 5))
            }
            (
                DoseUnit::Ml | DoseUnit::Vial | DoseUnit::Ampoule,
                _,
                Route::Subcutaneous | Route::Intradermal,
            ) => Some(Self::volume(2, 5)),
            (DoseUnit::Puff | DoseUnit::Spray, ..) => Some(PIECES),
            (DoseUnit::Ampoule | DoseUnit::Vial, ..) => None,
            (unit, ..) if unit.is_counted() => Some(PIECES),
            _ => None,
        }
    }
}

/// What is unusual about the doses of a line, whose field names start with `prefix`.
pub(super) fn unusual(
    medicine: &ChosenMedicine,
    schedule: &Schedule,
    unit: DoseUnit,
    prefix: &str,
) -> Vec<DoseFinding> {
    let name = medicine.id.map_or_else(|| medicine.name.clone(), |id| id.to_string());
    let check = Check { medicine, unit, prefix, name };
    let amounts = single_amounts(schedule);
    let (Some(least), Some(most)) = (amounts.iter().min(), amounts.iter().max()) else { return Vec::new() };
    let mut found: Vec<DoseFinding> = check.pieces(*least, *most).into_iter().collect();
    found.extend(check.odd_pieces(&amounts));
    found.extend(check.weekly(schedule, *most));
    found.extend(check.single(*most));
    found.extend(check.daily(schedule));
    found.extend(check.not_compared(schedule, *most));
    found
}

struct Check<'a> {
    medicine: &'a ChosenMedicine,
    unit: DoseUnit,
    prefix: &'a str,
    name: String,
}

impl Check<'_> {
    /// A reason given for one dose is none for another, so the dose and how often it is taken are part of the id.
    fn finding(
        &self,
        tier: Tier,
        code: &'static str,
        (dose, times): (Amount, u32),
        params: Vec<(&'static str, String)>,
    ) -> DoseFinding {
        let often = if times == 1 { String::new() } else { format!(" x{times}") };
        DoseFinding {
            id: format!("{code}:{}:{} {}{often}", self.name, dose.as_units(), self.unit.code()),
            tier,
            field: format!("{}dosage", self.prefix),
            notice: Notice { code, params },
        }
    }

    /// An amount in what is counted, rounded down where it does not come out even.
    fn counted(&self, amount: Amount) -> Option<Amount> {
        match self.medicine.product.counted(self.unit) {
            None => self.medicine.product.pieces(amount, self.unit),
            Some((_, parts, of)) => amount.share(parts, of),
        }
    }

    /// An amount in millilitres, rounded down.
    fn millilitres(&self, amount: Amount) -> Option<Amount> {
        let one = (Amount::whole(1), DoseUnit::Ml);
        let (given, one) = self.medicine.product.compare((amount, self.unit), one)?;
        u32::try_from(given.checked_mul(10_000)?.checked_div(one)?).ok().map(Amount::from_ten_thousandths)
    }

    /// How much of its substance an amount is, for the text of a finding: ` (2.4 mg)`; nothing where it is not known.
    fn content(&self, amount: Amount) -> String {
        let in_milligrams = || {
            let one = (Amount::whole(1), DoseUnit::Mg);
            let (given, one) = self.medicine.product.compare((amount, self.unit), one)?;
            u32::try_from(given.checked_mul(10_000)?.checked_div(one)?).ok().map(Amount::from_ten_thousandths)
        };
        let shown = in_milligrams().map(|it| format!(" ({})", dose_text(Language::English, it, "MG")));
        shown.unwrap_or_default()
    }

    fn pieces(&self, least: Amount, most: Amount) -> Option<DoseFinding> {
        let product = &self.medicine.product;
        let bounds = Bounds::of(product)?;
        let counted = if bounds.is_volume { DoseUnit::Ml } else { product.counting_unit()? };
        let measured =
            |amount| if bounds.is_volume { self.millilitres(amount) } else { self.counted(amount) };
        let (little, much) = (measured(least)?, measured(most)?);
        let usual = self.medicine.usual_pieces.as_ref();
        let (few, many) = usual.map_or((bounds.few, bounds.many), |usual| (usual.least, usual.most));
        let said = |amount: Amount| vec![("pieces", amount_text(amount, counted.code()))];
        if much > many {
            let tier = if much > bounds.very_many.max(many) { Tier::Stop } else { Tier::Note };
            let code = if bounds.is_volume { "dose_of_much_volume" } else { "dose_of_many_pieces" };
            return Some(self.finding(tier, code, (most, 1), said(much)));
        }
        if bounds.is_volume && little < bounds.few {
            let params = vec![("pieces", amount_text(little, "ML")), ("content", self.content(least))];
            return Some(self.finding(Tier::Warn, "dose_of_little_volume", (least, 1), params));
        }
        (little < few).then(|| {
            let tier = if little < bounds.very_few.min(few) { Tier::Stop } else { Tier::Note };
            self.finding(tier, "dose_of_few_pieces", (least, 1), said(little))
        })
    }

    /// Milligrams that come out in no part of a piece that can be given.
    fn odd_pieces(&self, amounts: &[Amount]) -> Option<DoseFinding> {
        let product = &self.medicine.product;
        let counted = product.counting_unit().filter(|unit| unit.has_fractions() && *unit != self.unit)?;
        let (_, parts, of) = product.counted(self.unit)?;
        let is_odd = |amount: &&Amount| {
            let eighths = u64::from(amount.as_ten_thousandths()).saturating_mul(parts).saturating_mul(8);
            !eighths.is_multiple_of(of.saturating_mul(10_000))
        };
        let odd = amounts.iter().find(is_odd)?;
        let pieces = self.counted(*odd)?;
        let params = vec![
            ("pieces", dose_text(Language::English, pieces, counted.code())),
            ("pieces_khmer", dose_text(Language::Khmer, pieces, counted.code())),
        ];
        Some(self.finding(Tier::Warn, "dose_in_odd_pieces", (*odd, 1), params))
    }

    fn weekly(&self, schedule: &Schedule, most: Amount) -> Option<DoseFinding> {
        let is_weekly = self.medicine.usual_pieces.as_ref().is_some_and(|usual| usual.weekly);
        let often = is_weekly && !at_most_weekly(schedule);
        often.then(|| {
            self.finding(Tier::Stop, "dose_not_weekly", (most, intakes_a_week(schedule)), Vec::new())
        })
    }

    fn single(&self, most: Amount) -> Option<DoseFinding> {
        let maximum = self.medicine.single_maximum.as_ref()?;
        self.above(maximum, most, 1, "dose_above_single_maximum")
    }

    fn daily(&self, schedule: &Schedule) -> Option<DoseFinding> {
        let maximum = self.medicine.daily_maximum.as_ref()?;
        let (amount, times) = most_in_a_day(schedule)?;
        self.above(maximum, amount, times, "dose_above_daily_maximum")
    }

    fn above(
        &self,
        maximum: &Maximum,
        amount: Amount,
        times: u32,
        code: &'static str,
    ) -> Option<DoseFinding> {
        let product = &self.medicine.product;
        let given = share_of(product, maximum, amount, self.unit)?.saturating_mul(u128::from(times));
        if given <= WHOLE {
            return None;
        }
        // One and a half times the maximum.
        let tier = if given.saturating_mul(2) >= WHOLE * 3 { Tier::Stop } else { Tier::Warn };
        let params = vec![
            ("maximum", maximum.text(Language::English)),
            ("maximum_khmer", maximum.text(Language::Khmer)),
            ("source", maximum.source.clone()),
        ];
        Some(self.finding(tier, code, (amount, times), params))
    }

    /// An entry names a maximum that this dose cannot be held against: said, never passed over.
    fn not_compared(&self, schedule: &Schedule, most: Amount) -> Option<DoseFinding> {
        let product = &self.medicine.product;
        let compared = |maximum: &Option<Maximum>| {
            maximum.as_ref().is_some_and(|maximum| share_of(product, maximum, most, self.unit).is_some())
        };
        let named = self.medicine.maximum_text.as_ref()?;
        let by_day = most_in_a_day(schedule).is_some();
        let done =
            compared(&self.medicine.single_maximum) || (by_day && compared(&self.medicine.daily_maximum));
        (by_day && !done).then(|| {
            let params = vec![("maximum", named.clone())];
            self.finding(Tier::Note, "dose_maximum_not_checked", (most, 1), params)
        })
    }
}

/// The maximum itself, in the measure of [`share_of`].
const WHOLE: u128 = 1_000_000;

/// Which share of the maximum an amount is, in millionths, rounded up; nothing when the two cannot be compared.
fn share_of(product: &Product, maximum: &Maximum, amount: Amount, unit: DoseUnit) -> Option<u128> {
    let (given, most) = product.compare((amount, unit), (maximum.amount, maximum.unit))?;
    (most > 0).then(|| given.saturating_mul(WHOLE).div_ceil(most))
}

/// Whether it is taken no more often than once in seven days.
fn at_most_weekly(schedule: &Schedule) -> bool {
    let once = |intakes: u32, days: &DayPattern| match days {
        DayPattern::EveryDays(days) => *days >= 7 && intakes == 1,
        DayPattern::Weekdays(days) => days.len() == 1 && intakes == 1,
        DayPattern::Daily => false,
    };
    match schedule {
        Schedule::Slots { amounts, days } => once(amounts.taken(), days),
        Schedule::Times { times, days, .. } => once(u32::try_from(times.len()).unwrap_or(u32::MAX), days),
        Schedule::AsNeeded { min_interval_hours, .. } => min_interval_hours.is_some_and(|hours| hours >= 168),
        Schedule::Once { .. } => true,
        Schedule::EveryHours { .. } | Schedule::Taper { .. } => false,
    }
}

/// How often something is taken in a week at the most, for the id of a finding.
fn intakes_a_week(schedule: &Schedule) -> u32 {
    let monday = chrono::NaiveDate::default();
    schedule.doses_in(monday, 7).or_else(|| most_in_a_day(schedule).map(|(_, times)| times * 7)).unwrap_or(0)
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
