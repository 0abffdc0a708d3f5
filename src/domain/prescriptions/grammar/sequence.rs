//! Times of day and amounts in the order in which they were said, and which amount belongs to which time.

use chrono::NaiveTime;

use super::frequency::{SaidAmount, Timing};
use super::hours::{count, count_agrees, grid, of_pairs};
use super::neighbours::is_cut_off;
use super::number::{Form, ONE};
use super::reading::{MEALS, Reading, bare};
use super::scope::at_each;
use super::statements::{Certainty, Said, Statement};
use super::tokens::{Kind, Tokens};
use super::{Refusal, amounts, dosage};
use crate::domain::prescriptions::model::{Amount, Slot};
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;

/// What stands between two entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Link {
    None,
    Comma,
    And,
    Dash,
}

/// One time of day or amount.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Entry {
    Amount(Said),
    Slot(Slot, Kind),
    Clock(NaiveTime, Certainty),
}

/// An entry and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub entry: Entry,
    pub link: Link,
    pub from: usize,
    pub to: usize,
}

/// The entries of a text.
#[derive(Default)]
pub(super) struct Sequence {
    list: Vec<Placed>,
    /// The cells of a grid and the tokens that they are.
    pub grid: Option<(Vec<Said>, usize, usize)>,
}

impl Sequence {
    pub(super) fn push(&mut self, entry: Entry, link: Link, statement: &Statement) {
        self.list.push(Placed { entry, link, from: statement.from, to: statement.to });
    }

    /// The number of a lone hour that is as small as an amount, with the notice that it was read as an hour.
    pub(super) fn small_hour(&self, notices: &mut Vec<Notice>) -> Option<Amount> {
        let [Placed { entry: Entry::Clock(time, Certainty::Small), .. }] = self.list.as_slice() else {
            return None;
        };
        notices.push(Notice::new("notice_hour_is_clock").with("time", time.format("%H:%M").to_string()));
        Some(Amount::whole(chrono::Timelike::hour12(time).1))
    }

    /// Whether neither a time of day nor an amount was said.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.grid.is_none()
    }

    /// Whether amounts were said and no time of day yet.
    pub(super) fn waits_for_time(&self) -> bool {
        !self.list.is_empty() && self.times() == 0
    }

    /// Whether several times have an amount each. Two amounts in a row are one: `1 cp (500 mg) matin et soir`.
    pub(super) fn has_own_amounts(&self) -> bool {
        let is_amount = |placed: &Placed| matches!(placed.entry, Entry::Amount(_));
        let amounts = self.list.iter().filter(|placed| is_amount(placed)).count();
        let in_a_row = amounts == 2 && self.list.iter().take(2).all(is_amount);
        amounts > 1 && !in_a_row && self.times() > 1
    }

    /// Whether this time of day was said last.
    pub(super) fn ends_in(&self, slot: Slot) -> bool {
        matches!(self.list.last(), Some(Placed { entry: Entry::Slot(last, Kind::Time), .. }) if *last == slot)
    }

    /// Whether its only time of day is in the evening or at night.
    pub(super) fn is_late(&self) -> bool {
        let late = |placed: &Placed| matches!(placed.entry, Entry::Slot(Slot::Evening | Slot::Night, _));
        self.times() == self.list.iter().filter(|placed| late(placed)).count() && self.times() > 0
    }

    /// How many times of day there are.
    pub(super) fn times(&self) -> usize {
        self.list.iter().filter(|placed| !matches!(placed.entry, Entry::Amount(_))).count()
    }
}

/// A time of day with the amount that belongs to it.
pub(super) type Pair = (Placed, Option<Said>);

/// The hours of the day and the dose that was said with them.
pub(super) fn timing(
    reading: &Reading,
    tokens: &Tokens,
    product: &Product,
    notices: &mut Vec<Notice>,
) -> Result<(Timing, Option<SaidAmount>), Refusal> {
    let whole = |code: &'static str| Refusal::new(code, tokens.part(0, tokens.list.len()));
    let list = one_night(&reading.sequence.list).map_err(whole)?;
    let (pairs, dose) = pairs(&list, product, tokens, notices)?;
    meal_is_clear(reading, pairs.len()).map_err(whole)?;
    let (pairs, dose) = clock_dose(pairs, dose, product, notices)?;
    let dose = per_day_dose(reading, pairs.len(), dose, product).map_err(whole)?;
    let given = usize::from(!pairs.is_empty())
        + usize::from(reading.sequence.grid.is_some())
        + usize::from(reading.hours.is_some())
        + usize::from(reading.now)
        + usize::from(reading.each_meal && pairs.is_empty());
    // An amount a day is given on many days, and "now" once.
    if given > 1 || (reading.now && reading.per_day.is_some()) {
        return Err(whole("words_contradict"));
    }
    let timing = if let Some((cells, from, to)) = &reading.sequence.grid {
        grid(cells, product, notices).map_err(|refusal| refusal.of(&tokens.part(*from, *to)))?
    } else if reading.now {
        Timing::Now
    } else if let Some((hours, _)) = reading.hours {
        Timing::EveryHours(hours)
    } else if reading.and_bedtime {
        and_bedtime(reading, &pairs).map_err(whole)?
    } else if !pairs.is_empty() {
        of_pairs(&pairs, product, tokens, notices)?
    } else if reading.each_meal {
        Timing::Slots(MEALS.to_vec())
    } else {
        count(reading).map_err(whole)?
    };
    if !reading.and_bedtime {
        count_agrees(reading, &timing).map_err(whole)?;
    }
    Ok((timing, dose))
}

/// The times of a count by day, and bedtime.
fn and_bedtime(reading: &Reading, pairs: &[Pair]) -> Result<Timing, &'static str> {
    match (pairs, count(reading)?) {
        ([(Placed { entry: Entry::Slot(Slot::Night, _), .. }, None)], Timing::Slots(mut slots)) => {
            slots.push(Slot::Night);
            Ok(Timing::Slots(slots))
        }
        _ => Err("words_contradict"),
    }
}

/// An evening word beside a bedtime word is one time, at night. A row of all four columns is four.
fn one_night(list: &[Placed]) -> Result<Vec<Placed>, &'static str> {
    let is_row = matches!(
        list,
        [
            Placed { entry: Entry::Slot(Slot::Morning, _), .. },
            Placed { entry: Entry::Slot(Slot::Noon, _), .. },
            Placed { entry: Entry::Slot(Slot::Evening, _), .. },
            Placed { entry: Entry::Slot(Slot::Night, _), .. },
        ]
    );
    let mut out: Vec<Placed> = Vec::with_capacity(list.len());
    for &placed in list {
        let Some(last) = out.last_mut() else {
            out.push(placed);
            continue;
        };
        let (Entry::Slot(before, before_kind), Entry::Slot(slot, kind)) = (last.entry, placed.entry) else {
            out.push(placed);
            continue;
        };
        let bed = kind == Kind::Bedtime || before_kind == Kind::Bedtime;
        let late = |slot: Slot| matches!(slot, Slot::Evening | Slot::Night);
        // Other words between them keep them apart.
        let beside = last.to + usize::from(matches!(placed.link, Link::Dash | Link::Comma)) == placed.from;
        let one_night = beside && bed && late(before) && late(slot) && !is_row;
        match placed.link {
            Link::None if slot == before && kind == before_kind => return Err("words_said_twice"),
            Link::None if one_night => {
                last.entry = Entry::Slot(Slot::Night, Kind::Bedtime);
                last.to = placed.to;
            }
            // "In the morning before breakfast."
            Link::None if beside && slot == before && kind != before_kind => last.to = placed.to,
            Link::Dash if one_night => return Err("words_contradict"),
            // "Le soir, au coucher" is one dose to some and two to others.
            Link::Comma if one_night => return Err("words_one_night"),
            _ => out.push(placed),
        }
    }
    Ok(out)
}

/// Which amount belongs to which time, or the one dose of all.
fn pairs(
    list: &[Placed],
    product: &Product,
    tokens: &Tokens,
    notices: &mut Vec<Notice>,
) -> Result<(Vec<Pair>, Option<SaidAmount>), Refusal> {
    let part = |placed: &Placed| tokens.part(placed.from, placed.to);
    let is_amount = |placed: &Placed| matches!(placed.entry, Entry::Amount(_));
    let amounts: Vec<(usize, Said)> = list
        .iter()
        .enumerate()
        .filter_map(|(index, placed)| match placed.entry {
            Entry::Amount(said) => Some((index, said)),
            _ => None,
        })
        .collect();
    let times: Vec<Placed> = list.iter().filter(|placed| !is_amount(placed)).copied().collect();
    let alone = |times: Vec<Placed>| times.into_iter().map(|time| (time, None)).collect::<Vec<Pair>>();
    clock_is_no_amount(list, product, tokens)?;
    match amounts.as_slice() {
        [] => Ok((alone(times), None)),
        [(index, said)] => {
            let placed = list.get(*index).ok_or_else(|| Refusal::new("words_unknown", ""))?;
            let last = *index + 1 == list.len();
            if (*index != 0 && !last) || (*index != 0 && times.len() > 1 && placed.link == Link::Comma) {
                return Err(Refusal::new("words_amount_unclear", part(placed)));
            }
            let dose = dose(said, product, notices).map_err(|refusal| refusal.of(&part(placed)))?;
            Ok((alone(times), Some(dose)))
        }
        // "1 cp (500 mg) matin et soir"
        [(0, first), (1, second)] if matches!(list, [one, other, ..] if one.to == other.from) => {
            let refuse = |refusal: Refusal| {
                refusal.of(&tokens.part(
                    list.first().map_or(0, |placed| placed.from),
                    list.get(1).map_or(0, |placed| placed.to),
                ))
            };
            let both = [
                amounts::said(*first, product, notices).map_err(refuse)?,
                amounts::said(*second, product, notices).map_err(refuse)?,
            ];
            let (amount, unit) = dosage::same_dose(&both, product)
                .ok_or("words_unknown")
                .flatten()
                .map_err(|code| refuse(Refusal::new(code, "")))?;
            Ok((alone(times), Some(SaidAmount { amount, unit: Some(unit), is_decimal: false })))
        }
        _ => Ok((each(list, &part)?, None)),
    }
}

/// Clock times that all have the same amount have one dose.
fn clock_dose(
    pairs: Vec<Pair>,
    dose: Option<SaidAmount>,
    product: &Product,
    notices: &mut Vec<Notice>,
) -> Result<(Vec<Pair>, Option<SaidAmount>), Refusal> {
    let clocks = pairs.iter().all(|(placed, _)| matches!(placed.entry, Entry::Clock(..)));
    let Some((_, Some(first))) = pairs.first().copied() else { return Ok((pairs, dose)) };
    if !clocks || pairs.iter().any(|(_, said)| *said != Some(first)) {
        return Ok((pairs, dose));
    }
    let dose = self::dose(&first, product, notices)?;
    Ok((pairs.into_iter().map(|(placed, _)| (placed, None)).collect(), Some(dose)))
}

/// Several amounts: each before its times, or each behind its one time.
fn each(list: &[Placed], part: &impl Fn(&Placed) -> String) -> Result<Vec<Pair>, Refusal> {
    let mut pairs: Vec<Pair> = Vec::new();
    let amount_first = matches!(list.first(), Some(Placed { entry: Entry::Amount(_), .. }));
    let mut waiting: Option<Said> = None;
    for (index, placed) in list.iter().enumerate() {
        let unclear = || Refusal::new("words_amount_unclear", part(placed));
        let next_is_amount = matches!(list.get(index + 1), Some(Placed { entry: Entry::Amount(_), .. }));
        match placed.entry {
            Entry::Amount(said) if amount_first => {
                // An amount must have a time behind it.
                if next_is_amount || index + 1 == list.len() {
                    return Err(unclear());
                }
                waiting = Some(said);
            }
            Entry::Amount(_) => {}
            _ if amount_first && is_cut_off(list, index) => return Err(unclear()),
            _ if amount_first => pairs.push((*placed, waiting)),
            _ => match list.get(index + 1).map(|next| next.entry) {
                Some(Entry::Amount(said)) => pairs.push((*placed, Some(said))),
                _ => return Err(unclear()),
            },
        }
        if matches!(placed.entry, Entry::Amount(_)) && next_is_amount {
            return Err(unclear());
        }
    }
    Ok(pairs)
}

/// `8 in the morning` may be a time: a bare number from 4 on beside a word that is said of clocks, or beside another
/// time (`8 in the morning 8:30`), is refused.
fn clock_is_no_amount(list: &[Placed], product: &Product, tokens: &Tokens) -> Result<(), Refusal> {
    if product.is_in_units_only() && list.windows(2).any(is_no_hour) {
        return Ok(());
    }
    for pair in list.windows(2) {
        let (number, from, to) = match pair {
            [
                amount @ Placed { entry: Entry::Amount(said), .. },
                slot @ Placed { entry: Entry::Slot(_, Kind::Time) | Entry::Clock(..), .. },
            ]
            | [
                slot @ Placed { entry: Entry::Slot(_, Kind::Time) | Entry::Clock(..), .. },
                amount @ Placed { entry: Entry::Amount(said), .. },
            ] if said.unit.is_none() => (said.number, amount.from.min(slot.from), amount.to.max(slot.to)),
            _ => continue,
        };
        if number.form == Form::Whole && number.value >= 4 * ONE {
            return Err(Refusal::new("words_clock_unclear", tokens.part(from, to)));
        }
    }
    Ok(())
}

/// "16 in the morning" is no time, so neither is the 8 that stands in the evening of the same text.
fn is_no_hour(pair: &[Placed]) -> bool {
    match pair {
        [Placed { entry: Entry::Slot(slot, _), .. }, Placed { entry: Entry::Amount(said), .. }]
        | [Placed { entry: Entry::Amount(said), .. }, Placed { entry: Entry::Slot(slot, _), .. }] => {
            let latest = if *slot == Slot::Morning { 12 } else { 24 };
            said.number.value > latest * ONE
        }
        _ => false,
    }
}

pub(super) fn dose(said: &Said, product: &Product, notices: &mut Vec<Notice>) -> Result<SaidAmount, Refusal> {
    if said.unit.is_some() {
        let (amount, unit) = amounts::said(*said, product, notices)?;
        return Ok(SaidAmount { amount, unit: Some(unit), is_decimal: false });
    }
    match bare(said) {
        Some(amount) if !amount.is_zero() => {
            Ok(SaidAmount { amount, unit: None, is_decimal: said.number.form == Form::Decimal })
        }
        _ => Err(Refusal::new("words_number_unclear", "")),
    }
}

/// A relation to meals holds for all times: it stands before or behind them, or at each.
fn meal_is_clear(reading: &Reading, times: usize) -> Result<(), &'static str> {
    let all = reading.sequence.times();
    let outside = reading.meal_places.iter().all(|&place| place == 0 || place == all);
    let at_each = at_each(&reading.meal_places, all);
    let meals = reading.slots_of_meals;
    if !(outside || at_each) || (meals > 0 && meals < times) {
        return Err("words_meal_unclear");
    }
    // "ac, hs" is before meals and at bedtime, which is four times.
    let relation = reading
        .meal
        .is_some_and(|meal| meal != crate::domain::prescriptions::model::MealRelation::EmptyStomach);
    let bedtime = |placed: &Placed| matches!(placed.entry, Entry::Slot(_, Kind::Bedtime));
    let only_bed = times > 0 && reading.sequence.list.iter().any(bedtime) && meals == 0;
    let meal_first = reading.meal_places.first().is_some_and(|&place| place < all);
    if relation && only_bed && (meal_first || times == 1) { Err("words_meal_unclear") } else { Ok(()) }
}

/// `1 cp/j`, `3 cp/j en 3 prises`: the dose of one intake.
fn per_day_dose(
    reading: &Reading,
    times: usize,
    dose: Option<SaidAmount>,
    product: &Product,
) -> Result<Option<SaidAmount>, &'static str> {
    let Some(per_day) = reading.per_day else {
        return if reading.divided.is_some_and(|n| n > 1) { Err("words_per_day_unclear") } else { Ok(dose) };
    };
    if dose.is_some() || reading.sequence.grid.is_some() || reading.hours.is_some() || reading.each_meal {
        return Err("words_per_day_unclear");
    }
    let intakes = match (reading.divided, times, reading.count) {
        (Some(n), 0, None) => n,
        (Some(n), times, None) if usize::try_from(n).is_ok_and(|n| n == times) => n,
        (None, 0 | 1, None | Some((1, _))) => {
            let one = per_day.unit.and_then(|unit| product.pieces(per_day.amount, unit));
            let single = one.is_some_and(|one| one <= Amount::whole(1))
                || (one.is_none()
                    && per_day.amount <= Amount::whole(1)
                    && per_day.unit.is_some_and(DoseUnit::is_counted))
                || per_day.unit.is_some_and(|unit| product.is_one_syringe(per_day.amount, unit));
            if single { 1 } else { return Err("words_per_day_unclear") }
        }
        _ => return Err("words_per_day_unclear"),
    };
    let all = per_day.amount.as_ten_thousandths();
    if intakes == 0 || !all.is_multiple_of(intakes) {
        return Err("words_per_day_unclear");
    }
    let amount = Amount::from_ten_thousandths(all / intakes);
    let unit = per_day.unit.ok_or("words_per_day_unclear")?;
    product.fits(amount, unit).map_err(|_| "words_per_day_unclear")?;
    Ok(Some(SaidAmount { amount, unit: Some(unit), is_decimal: false }))
}
