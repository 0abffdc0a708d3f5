//! The hours of a day: from slots and clock times with their amounts, from a grid, or from a count.

use chrono::{NaiveTime, TimeDelta};

use super::Refusal;
use super::frequency::{SaidAmount, Timing};
use super::number::ONE;
use super::reading::{MEALS, Reading};
use super::sequence::{Entry, Link, Pair, Placed, dose};
use super::statements::{Certainty, Said};
use super::tokens::{Kind, T, Tokens};
use crate::domain::prescriptions::model::{Amount, Slot, SlotAmounts};
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;

/// The slots or clock times; with an amount for each, the grid.
pub(super) fn of_pairs(
    pairs: &[Pair],
    product: &Product,
    tokens: &Tokens,
    notices: &mut Vec<Notice>,
) -> Result<Timing, Refusal> {
    let part = |placed: &Placed| tokens.part(placed.from, placed.to);
    if let Some(times) = noon_and_midnight(pairs) {
        return Ok(Timing::Times(times));
    }
    let clocks: Vec<(NaiveTime, Certainty)> = pairs
        .iter()
        .filter_map(|(placed, _)| match placed.entry {
            Entry::Clock(time, certain) => Some((time, certain)),
            _ => None,
        })
        .collect();
    let whole = |code: &'static str| Refusal::new(code, tokens.part(0, tokens.list.len()));
    if clocks.is_empty() {
        return slots(pairs, product, &part, notices);
    }
    let any = |certainty: Certainty| clocks.iter().any(|(_, other)| *other == certainty);
    // Alone, `2 PM` is held against the dosage, which tells whether it can be an amount.
    let sure = any(Certainty::Sure) || (any(Certainty::Small) == (clocks.len() == 1));
    if clocks.len() < pairs.len() || is_range(pairs, tokens) || !sure {
        return Err(whole("words_clock_unclear"));
    }
    if pairs.iter().any(|(placed, _)| placed.link == Link::Dash)
        && let [(first, _), (second, _)] = clocks.as_slice()
    {
        if !twelve_hours_apart(*first, *second) || product.is_worn_or_runs() {
            return Err(whole("words_clock_unclear"));
        }
        let notice = Notice::new("notice_two_hours").with("first", first.format("%H:%M").to_string());
        notices.push(notice.with("second", second.format("%H:%M").to_string()));
    }
    // One line has one amount for all its clock times.
    if pairs.iter().any(|(_, said)| said.is_some()) {
        return Err(whole("words_times_with_amounts"));
    }
    let mut times: Vec<NaiveTime> = clocks.into_iter().map(|(time, _)| time).collect();
    times.sort_unstable();
    let count = times.len();
    times.dedup();
    if times.len() < count || count > 24 {
        return Err(whole("words_said_twice"));
    }
    Ok(Timing::Times(times))
}

/// "Midi et minuit": beside midnight noon is a time of the clock as well.
fn noon_and_midnight(pairs: &[Pair]) -> Option<Vec<NaiveTime>> {
    let [(one, None), (other, None)] = pairs else { return None };
    let is_noon = |placed: &Placed| matches!(placed.entry, Entry::Slot(Slot::Noon, Kind::Time));
    let is_midnight = |placed: &Placed| matches!(placed.entry, Entry::Clock(NaiveTime::MIN, Certainty::Sure));
    let is_joined = matches!(other.link, Link::And | Link::Comma);
    let are_both = (is_noon(one) && is_midnight(other)) || (is_midnight(one) && is_noon(other));
    if !(is_joined && are_both) {
        return None;
    }
    Some(vec![NaiveTime::MIN, NaiveTime::from_hms_opt(12, 0, 0)?])
}

/// "8h à 20h" may be from one to the other. An amount between them keeps them apart.
fn is_range(pairs: &[Pair], tokens: &Tokens) -> bool {
    pairs.windows(2).any(|two| {
        let [(before, _), (placed, _)] = two else { return false };
        placed.link == Link::None
            && before.to == placed.from
            && matches!(tokens.list.get(placed.from).map(|token| token.what), Some(T::A | T::At))
    })
}

/// "8h-20h" of what is taken is twice a day; other hours with a dash between them may be a span of time.
fn twelve_hours_apart(first: NaiveTime, second: NaiveTime) -> bool {
    second - first == TimeDelta::hours(12)
}

fn slots(
    pairs: &[Pair],
    product: &Product,
    part: &impl Fn(&Placed) -> String,
    notices: &mut Vec<Notice>,
) -> Result<Timing, Refusal> {
    let mut amounts = SlotAmounts::default();
    let mut named = Vec::new();
    let mut unit: Option<Option<DoseUnit>> = None;
    let (mut zero, mut is_decimal) = (false, false);
    for (placed, said) in pairs {
        let Entry::Slot(slot, _) = placed.entry else { continue };
        if named.contains(&slot) {
            return Err(Refusal::new("words_said_twice", part(placed)));
        }
        named.push(slot);
        let Some(said) = said else { continue };
        // "matin 1, midi 0, soir 1"
        if said.number.value == 0 {
            zero = true;
            continue;
        }
        let dose = dose(said, product, notices).map_err(|refusal| refusal.of(&part(placed)))?;
        // "2 cp matin, 1 soir": the unit was said with the first. "1 cp matin, 5 soir" of 5 mg may be 5 mg.
        let dose = match unit.flatten().filter(|_| dose.unit.is_none()) {
            None => dose,
            Some(unit) if unit.is_measure() || product.is_count_of(dose.amount, unit) => {
                SaidAmount { unit: Some(unit), ..dose }
            }
            Some(_) => return Err(Refusal::new("words_number_unclear", part(placed))),
        };
        is_decimal |= dose.is_decimal;
        if let Some(unit) = dose.unit {
            product.fits(dose.amount, unit).map_err(|refusal| refusal.of(&part(placed)))?;
        }
        if unit.is_some_and(|unit| unit != dose.unit) {
            return Err(Refusal::new("words_amount_unclear", part(placed)));
        }
        unit = Some(dose.unit);
        set(&mut amounts, slot, dose.amount);
    }
    named.sort_unstable();
    Ok(match unit {
        None if zero => return Err(Refusal::new("words_zero", "")),
        None => Timing::Slots(named),
        Some(unit) => Timing::Grid { amounts, unit, is_decimal },
    })
}

/// The cells of a grid, at least one of them not empty.
pub(super) fn grid(cells: &[Said], product: &Product, notices: &mut Vec<Notice>) -> Result<Timing, Refusal> {
    let mut amounts = SlotAmounts::default();
    let (mut unit, mut is_decimal) = (None, false);
    for (slot, cell) in Slot::ALL.into_iter().zip(cells) {
        if cell.number.value == 0 {
            continue;
        }
        let dose = dose(cell, product, notices)?;
        let date = cell.unit.is_none() && dose.amount > Amount::whole(200);
        if date {
            return Err(Refusal::new("words_grid", ""));
        }
        unit = dose.unit;
        is_decimal |= dose.is_decimal;
        set(&mut amounts, slot, dose.amount);
    }
    let hours: Vec<u64> = cells.iter().map(|cell| cell.number.value / ONE).collect();
    let rising = hours.windows(2).all(|pair| matches!(pair, [before, after] if before < after));
    // Units of insulin may rise through the day; pieces of a medicine are not six, fourteen and twenty-two.
    if unit.is_none_or(DoseUnit::is_counted) && rising && hours.iter().all(|hour| (5..=24).contains(hour)) {
        return Err(Refusal::new("words_clock_unclear", ""));
    }
    if amounts == SlotAmounts::default() {
        return Err(Refusal::new("words_zero", ""));
    }
    Ok(Timing::Grid { amounts, unit, is_decimal })
}

pub(super) const fn set(amounts: &mut SlotAmounts, slot: Slot, amount: Amount) {
    match slot {
        Slot::Morning => amounts.morning = amount,
        Slot::Noon => amounts.noon = amount,
        Slot::Evening => amounts.evening = amount,
        Slot::Night => amounts.night = amount,
    }
}

/// So many times a day, at the places where Cambodian forms put them.
pub(super) fn count(reading: &Reading) -> Result<Timing, &'static str> {
    use Slot::{Evening, Morning, Night, Noon};
    let clock = |hours: &[u32]| {
        Timing::Times(hours.iter().filter_map(|&hour| NaiveTime::from_hms_opt(hour, 0, 0)).collect())
    };
    let divided = reading.per_day.and(reading.divided);
    let single = reading.per_day.map(|_| 1);
    let Some(times) = reading.count.map(|(n, _)| n).or(divided).or(single) else { return Ok(Timing::Unsaid) };
    Ok(match times {
        1 => Timing::Slots(vec![Morning]),
        2 => Timing::Slots(vec![Morning, Evening]),
        3 => Timing::Slots(vec![Morning, Noon, Evening]),
        4 => Timing::Slots(vec![Morning, Noon, Evening, Night]),
        // Waking hours, evenly spread.
        5 => clock(&[6, 10, 14, 18, 22]),
        6 => clock(&[6, 9, 12, 15, 18, 21]),
        _ => return Err("words_out_of_range"),
    })
}

/// The count a day and the times that were named say the same.
pub(super) fn count_agrees(reading: &Reading, timing: &Timing) -> Result<(), &'static str> {
    let Some((said, _)) = reading.count.or(reading.divided.map(|n| (n, false))) else {
        let meals = matches!(timing, Timing::Slots(slots) if slots.as_slice() == MEALS);
        return if reading.each_meal && !meals { Err("words_contradict") } else { Ok(()) };
    };
    let agrees = match timing {
        Timing::Slots(slots) => {
            slots.len() == said as usize && (!reading.each_meal || slots.as_slice() == MEALS)
        }
        Timing::Times(times) => times.len() == said as usize,
        Timing::Grid { amounts, .. } => {
            Slot::ALL.into_iter().filter(|&slot| !amounts.at(slot).is_zero()).count() == said as usize
        }
        Timing::EveryHours(hours) => said * hours == 24,
        Timing::Now => false,
        Timing::Unsaid | Timing::Taper(..) => true,
    };
    if agrees { Ok(()) } else { Err("words_contradict") }
}
