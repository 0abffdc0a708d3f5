//! The amount is said once: what the dosage, the frequency and its cells say about it must be the same.

use super::dosage::Dosage;
use super::frequency::{Frequency, SaidAmount, Timing};
use super::hours::set;
use super::{Refusal, directions};
use crate::domain::prescriptions::model::{Amount, DayPattern, Schedule, Slot, SlotAmounts, TaperStep};
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;

/// An amount with its unit.
type Dose = (Amount, DoseUnit);

/// Longest interval of a limit in hours.
const MAX_APART: u32 = 168;

impl Frequency {
    /// The schedule and the unit of its amounts, with the dose of `dosage` or of the words themselves.
    ///
    /// # Errors
    /// The amount is not said, or said twice in ways that differ; or a limit cannot be counted in intakes.
    pub fn schedule(
        &self,
        dosage: Option<&Dosage>,
        product: &Product,
    ) -> Result<(Schedule, DoseUnit), Refusal> {
        schedule(self, dosage.map(|dosage| (dosage.amount, dosage.unit)), product)
            .map_err(|refusal| refusal.of(&self.text).of_frequency())
    }
}

pub(super) fn schedule(
    said: &Frequency,
    dosage: Option<Dose>,
    product: &Product,
) -> Result<(Schedule, DoseUnit), Refusal> {
    if let Timing::Taper(steps, unit) = &said.timing {
        let Some(unit) = *unit else {
            let (amount, unit) = dosage.ok_or_else(missing)?;
            return Ok((Schedule::Taper { steps: each_of(steps, amount) }, unit));
        };
        // A dosage of one piece says what the steps count, and one may repeat what is taken first.
        let first = steps.first().and_then(|step| even(&step.amounts));
        let agrees = |dosage: Dose| {
            same(dosage, (Amount::whole(1), unit), product)
                || first.is_some_and(|first| same(dosage, (first, unit), product))
        };
        if dosage.is_some_and(|dosage| !agrees(dosage)) {
            return Err(twice(dosage));
        }
        return Ok((Schedule::Taper { steps: steps.clone() }, unit));
    }
    let days = said.days.clone();
    let says_amount = said.dose.is_some() || matches!(said.timing, Timing::Grid { .. });
    let applied = said.applied && !says_amount;
    let dosage = dosage.or_else(|| directions::one_application(applied, product));
    if let Timing::Grid { amounts, unit, is_decimal } = &said.timing {
        // "1 cp 1-0-1" says beside the cells what a dosage says.
        let beside = if said.dose.is_some() { Some(dose(said.dose, dosage, product)?) } else { dosage };
        let (amounts, unit) = grid((amounts, *is_decimal), *unit, beside, product)?;
        if said.as_needed {
            let dose = even(&amounts).ok_or_else(|| Refusal::new("words_prn_unequal", ""))?;
            return needed(said, (dose, unit), product);
        }
        return Ok((Schedule::Slots { amounts, days }, unit));
    }
    let dose = dose(said.dose, dosage, product)?;
    if said
        .hour_like_amount
        .is_some_and(|hour| hour == dose.0 || product.pieces(dose.0, dose.1) == Some(hour))
    {
        return Err(Refusal::new("words_clock_unclear", ""));
    }
    if said.count_is_bare && !dose.1.is_measure() && dose.0 != Amount::whole(1) {
        return Err(Refusal::new("words_per_day_unclear", ""));
    }
    if said.as_needed {
        return needed(said, dose, product);
    }
    let (amount, unit) = dose;
    Ok((
        match &said.timing {
            Timing::Unsaid => Schedule::Slots { amounts: in_slots(&[Slot::Morning], amount), days },
            Timing::Slots(slots) => Schedule::Slots { amounts: in_slots(slots, amount), days },
            Timing::Times(times) => Schedule::Times { times: times.clone(), amount, days },
            Timing::EveryHours(hours) => Schedule::EveryHours { hours: *hours, amount },
            Timing::Now => Schedule::Once { amount },
            Timing::Grid { .. } | Timing::Taper(..) => return Err(missing()),
        },
        unit,
    ))
}

fn missing() -> Refusal {
    Refusal::new("dosage_required", "").with("accepted", super::forms::accepted_dosages())
}

fn twice(dosage: Option<Dose>) -> Refusal {
    let part = dosage.map(|(amount, unit)| {
        format!("{} {}", super::number::written(u64::from(amount.as_ten_thousandths())), unit.code())
    });
    Refusal::new("words_amount_twice", part.unwrap_or_default())
}

/// The steps with the amount wherever they name an intake.
fn each_of(steps: &[TaperStep], amount: Amount) -> Vec<TaperStep> {
    let named = |step: &TaperStep| {
        let slots = Slot::ALL.into_iter().filter(|&slot| !step.amounts.at(slot).is_zero());
        slots.collect::<Vec<_>>()
    };
    steps.iter().map(|step| TaperStep { days: step.days, amounts: in_slots(&named(step), amount) }).collect()
}

pub(super) fn in_slots(slots: &[Slot], amount: Amount) -> SlotAmounts {
    let mut amounts = SlotAmounts::default();
    for &slot in slots {
        set(&mut amounts, slot, amount);
    }
    amounts
}

/// The amount that all cells share.
fn even(amounts: &SlotAmounts) -> Option<Amount> {
    let mut given = Slot::ALL.into_iter().map(|slot| amounts.at(slot)).filter(|amount| !amount.is_zero());
    let first = given.next()?;
    given.all(|amount| amount == first).then_some(first)
}

/// Whether two doses are the same, as they stand or counted in pieces.
fn same(one: Dose, other: Dose, product: &Product) -> bool {
    let pieces = |dose: Dose| product.pieces(dose.0, dose.1);
    one == other || (pieces(one).is_some() && pieces(one) == pieces(other))
}

/// The dose of each intake from the dosage and from the words of the frequency.
fn dose(said: Option<SaidAmount>, dosage: Option<Dose>, product: &Product) -> Result<Dose, Refusal> {
    match (said, dosage) {
        (None, dosage) => dosage.ok_or_else(missing),
        (Some(SaidAmount { amount, unit: Some(unit), .. }), None) => Ok((amount, unit)),
        (Some(SaidAmount { amount, unit: None, is_decimal }), None) => {
            let unit = counted(product, &[amount], is_decimal)?;
            product.fits(amount, unit)?;
            Ok((amount, unit))
        }
        (Some(SaidAmount { amount, unit: Some(unit), .. }), Some(dosage)) => {
            // "500 mg" of a tablet of 500 mg and "1 cp" are the same dose.
            same((amount, unit), dosage, product).then_some(dosage).ok_or_else(|| twice(Some(dosage)))
        }
        (Some(SaidAmount { amount, unit: None, .. }), Some(dosage)) => {
            let once = amount == Amount::whole(1) && dosage.1.is_measure();
            let repeated = amount == dosage.0 && !product.may_count_otherwise(amount, dosage.1);
            let agrees = repeated || product.pieces(dosage.0, dosage.1) == Some(amount);
            (once || agrees).then_some(dosage).ok_or_else(|| twice(Some(dosage)))
        }
    }
}

/// The unit of bare numbers: what the medicine is counted in, when that is pieces and none of them can be anything else.
/// Insulin has one unit, but a 1 says when it is injected, not how much.
fn counted(product: &Product, numbers: &[Amount], is_decimal: bool) -> Result<DoseUnit, Refusal> {
    match product.counting_unit() {
        Some(_) if product.is_in_units_only() && numbers.iter().all(|number| *number > Amount::whole(1)) => {
            Ok(DoseUnit::Iu)
        }
        // A vial holds many doses; millilitres and international units must be said.
        Some(DoseUnit::Vial | DoseUnit::Ml) | None => Err(missing()),
        Some(DoseUnit::Ampoule) if product.is_in_units() => Err(missing()),
        Some(unit) => {
            let unclear = numbers.iter().find(|number| !product.counts_pieces(**number, is_decimal));
            unclear.map_or(Ok(unit), |number| Err(number_unclear(*number)))
        }
    }
}

fn number_unclear(number: Amount) -> Refusal {
    let number = super::number::written(u64::from(number.as_ten_thousandths()));
    Refusal::new("words_number_unclear", number)
}

/// The cells of a grid with the dosage beside them.
fn grid(
    (cells, is_decimal): (&SlotAmounts, bool),
    unit: Option<DoseUnit>,
    dosage: Option<Dose>,
    product: &Product,
) -> Result<(SlotAmounts, DoseUnit), Refusal> {
    let given = || Slot::ALL.into_iter().filter(|&slot| !cells.at(slot).is_zero());
    let all = |holds: &dyn Fn(Amount) -> bool| given().all(|slot| holds(cells.at(slot)));
    let every = |dose: Dose| {
        let slots: Vec<Slot> = given().collect();
        (in_slots(&slots, dose.0), dose.1)
    };
    let checked = |unit: DoseUnit| {
        given().try_for_each(|slot| product.fits(cells.at(slot), unit)).map(|()| (*cells, unit))
    };
    let Some(dosage) = dosage else {
        let numbers: Vec<Amount> = given().map(|slot| cells.at(slot)).collect();
        return checked(unit.map_or_else(|| counted(product, &numbers, is_decimal), Ok)?);
    };
    if let Some(unit) = unit {
        // The dosage may say what one piece is; more than that must agree with every cell.
        let one = dosage.0 == Amount::whole(1) && dosage.1 == unit && !unit.is_measure();
        let agrees = all(&|cell| same((cell, unit), dosage, product));
        return if one || agrees { checked(unit) } else { Err(twice(Some(dosage))) };
    }
    if all(&|cell| cell == dosage.0) {
        let is_unclear = product.may_count_otherwise(dosage.0, dosage.1);
        return if is_unclear { Err(twice(Some(dosage))) } else { Ok(every(dosage)) };
    }
    let ones = all(&|cell| cell == Amount::whole(1));
    if dosage.1.is_measure() {
        // Milligrams, millilitres and units multiply ones alone: "1 g" beside "2-2-2" may be 1 g or 2 g each time.
        return if ones { Ok(every(dosage)) } else { Err(twice(Some(dosage))) };
    }
    if dosage.0 != Amount::whole(1) {
        return Err(twice(Some(dosage)));
    }
    // "1 tablet" beside "5-0-0" of a tablet of 5 mg may say what the 5 are, or that 5 mg is one.
    let unclear = given().map(|slot| cells.at(slot)).find(|cell| !product.is_count_of(*cell, dosage.1));
    unclear.map_or_else(|| checked(dosage.1), |cell| Err(number_unclear(cell)))
}

/// As needed: a count or an interval is the limit.
fn needed(said: &Frequency, dose: Dose, product: &Product) -> Result<(Schedule, DoseUnit), Refusal> {
    let intakes = said.intakes_per_day().and_then(|intakes| u32::try_from(intakes).ok());
    // Five times a day and more are kept as times, too, and nobody named them.
    if matches!(said.timing, Timing::Times(_)) && intakes.is_some_and(|intakes| intakes < 5) {
        return Err(Refusal::new("words_prn_times", ""));
    }
    let by_days = match said.days {
        DayPattern::EveryDays(days) => Some(days.saturating_mul(24)),
        _ => None,
    };
    let by_hours = match said.timing {
        Timing::EveryHours(hours) => Some(hours),
        _ => None,
    };
    let apart = [said.min_interval_hours, by_days, by_hours].into_iter().flatten().max();
    let differ = [said.min_interval_hours, by_hours].into_iter().flatten().any(|hours| Some(hours) != apart);
    if differ || apart.is_some_and(|hours| hours > MAX_APART) {
        return Err(Refusal::new("words_prn_days", ""));
    }
    let stated = match said.max_amount {
        None => said.max_per_24h,
        Some(most) => Some(intakes_in(most, dose, product)?),
    };
    // "Max 4" of two tablets, or of half of one in milligrams, may be four intakes or four tablets.
    let counting = product.counting_unit().unwrap_or(dose.1);
    let may_count_pieces = counting.is_counted() && !matches!(counting, DoseUnit::Vial | DoseUnit::Ampoule);
    let is_one = product.pieces(dose.0, dose.1).unwrap_or(dose.0) == Amount::whole(1);
    if said.max_is_bare && !is_one && (may_count_pieces || !dose.1.is_measure()) {
        return Err(Refusal::new("words_maximum_unclear", ""));
    }
    // An interval alone bounds the day; more than it allows cannot be meant.
    let possible = by_hours.map(|hours| (24 / hours.max(1)).max(1)).or(intakes);
    if stated.is_some_and(|stated| possible.is_some_and(|possible| stated > possible))
        || (intakes.is_some() && stated.is_some() && stated != intakes)
    {
        return Err(Refusal::new("words_contradict", ""));
    }
    let max_per_24h = stated.or(possible);
    // "Twice a day weekly prn": two in 24 hours, or none for a week.
    if by_days.is_some() && max_per_24h.is_some_and(|most| most > 1) {
        return Err(Refusal::new("words_contradict", ""));
    }
    Ok((Schedule::AsNeeded { amount: dose.0, max_per_24h, min_interval_hours: apart }, dose.1))
}

/// How many whole intakes a maximum in pieces or milligrams is.
fn intakes_in(most: Dose, dose: Dose, product: &Product) -> Result<u32, Refusal> {
    let (most, one) = if most.1 == dose.1 {
        (Some(most.0), Some(dose.0))
    } else {
        (product.pieces(most.0, most.1), product.pieces(dose.0, dose.1))
    };
    let (most, one) = (most.map(Amount::as_ten_thousandths), one.map(Amount::as_ten_thousandths));
    match (most, one) {
        (Some(most), Some(one))
            if one > 0 && most.is_multiple_of(one) && (1..=24).contains(&(most / one)) =>
        {
            Ok(most / one)
        }
        _ => Err(Refusal::new("words_maximum_unclear", "")),
    }
}
