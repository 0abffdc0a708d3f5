//! How often: `BID`, `1-0-1`, `2 fois par jour`, `3ដង/១ថ្ងៃ`.

use chrono::{NaiveTime, Weekday};

use super::text::{MAX_CHARACTERS, plain};
use super::words::{Word, words};
use crate::domain::prescriptions::model::{Amount, DayPattern, MealRelation, Schedule, Slot, SlotAmounts};

/// What a frequency says about the hours of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Timing {
    /// Nothing, as in "every other day" or "as needed".
    Unsaid,
    /// In these slots, each with a multiple of the dose: one whole is the dose itself.
    Slots(SlotAmounts),
    /// At these times: five and six intakes a day have no slots.
    Times(Vec<NaiveTime>),
    /// Every so many hours.
    EveryHours(u32),
    /// Once, now.
    Now,
}

/// A frequency as understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frequency {
    /// The hours.
    pub timing: Timing,
    /// The days; daily when nothing is said.
    pub days: DayPattern,
    /// Relation to meals, when said.
    pub meal: Option<MealRelation>,
    /// Only as needed.
    pub as_needed: bool,
}

impl Frequency {
    /// The schedule of a dose of `amount`; as needed, a number of intakes or an interval becomes the limit.
    /// `None` when an amount comes out as nothing or past [`Amount::MAX`].
    pub fn schedule(&self, amount: Amount) -> Option<Schedule> {
        let days = self.days.clone();
        if self.as_needed {
            let (max_per_24h, min_interval_hours) = match &self.timing {
                Timing::Slots(factors) => (u32::try_from(taken(factors)).ok(), None),
                Timing::Times(times) => (u32::try_from(times.len()).ok(), None),
                Timing::EveryHours(hours) => (Some((24 / (*hours).max(1)).max(1)), Some(*hours)),
                Timing::Unsaid | Timing::Now => (None, None),
            };
            return Some(Schedule::AsNeeded { amount, max_per_24h, min_interval_hours });
        }
        Some(match &self.timing {
            Timing::Unsaid => Schedule::Slots { amounts: multiply(&slots(&[Slot::Morning]), amount)?, days },
            Timing::Slots(factors) => Schedule::Slots { amounts: multiply(factors, amount)?, days },
            Timing::Times(times) => Schedule::Times { times: times.clone(), amount, days },
            Timing::EveryHours(hours) => Schedule::EveryHours { hours: *hours, amount },
            Timing::Now => Schedule::Once { amount },
        })
    }

    /// Intakes on a day on which there are any; `None` when the text does not say.
    pub fn intakes_per_day(&self) -> Option<usize> {
        match &self.timing {
            Timing::Slots(factors) => Some(taken(factors)),
            Timing::Times(times) => Some(times.len()),
            Timing::Unsaid | Timing::EveryHours(_) | Timing::Now => None,
        }
    }
}

fn taken(amounts: &SlotAmounts) -> usize {
    Slot::ALL.into_iter().filter(|&slot| !amounts.at(slot).is_zero()).count()
}

fn multiply(factors: &SlotAmounts, amount: Amount) -> Option<SlotAmounts> {
    let times = |factor: Amount| {
        let product = u64::from(factor.as_thousandths()) * u64::from(amount.as_thousandths());
        let product = Amount::from_thousandths(u32::try_from(product / 1_000).ok()?);
        (product <= Amount::MAX && product.is_zero() == factor.is_zero()).then_some(product)
    };
    Some(SlotAmounts {
        morning: times(factors.morning)?,
        noon: times(factors.noon)?,
        evening: times(factors.evening)?,
        night: times(factors.night)?,
    })
}

const WHOLE: Amount = Amount::whole(1);

/// The whole dose in each of these slots.
fn slots(wanted: &[Slot]) -> SlotAmounts {
    let mut amounts = SlotAmounts::default();
    for &slot in wanted {
        set(&mut amounts, slot, WHOLE);
    }
    amounts
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
fn times_a_day(times: u32) -> Option<Timing> {
    use Slot::{Evening, Morning, Night, Noon};
    let clock = |hours: &[u32]| {
        hours
            .iter()
            .filter_map(|&hour| NaiveTime::from_num_seconds_from_midnight_opt(hour * 3_600, 0))
            .collect()
    };
    Some(match times {
        1 => Timing::Slots(slots(&[Morning])),
        2 => Timing::Slots(slots(&[Morning, Evening])),
        3 => Timing::Slots(slots(&[Morning, Noon, Evening])),
        4 => Timing::Slots(slots(&[Morning, Noon, Evening, Night])),
        // Waking hours, evenly spread.
        5 => Timing::Times(clock(&[6, 10, 14, 18, 22])),
        6 => Timing::Times(clock(&[6, 9, 12, 15, 18, 21])),
        _ => return None,
    })
}

/// What was said so far. A second word on the same subject makes the text ambiguous.
#[derive(Default)]
struct Reading {
    timing: Option<Timing>,
    slots: Option<SlotAmounts>,
    every_days: Option<u32>,
    every_day: bool,
    weekdays: Vec<Weekday>,
    meal: Option<MealRelation>,
    as_needed: bool,
}

/// What a text says about how often; `None` when it says nothing or could mean two things.
pub fn parse_frequency(text: &str) -> Option<Frequency> {
    if text.chars().count() > MAX_CHARACTERS {
        return None;
    }
    let words = tidy(words(&plain(text))?);
    if words.is_empty() {
        return None;
    }
    let mut reading = Reading::default();
    let mut rest = words.as_slice();
    while !rest.is_empty() {
        rest = read_grid(rest, &mut reading)
            .or_else(|| read_interval(rest, &mut reading))
            .or_else(|| read_times_a_day(rest, &mut reading))
            .or_else(|| read_word(rest, &mut reading))?;
    }
    reading.finish()
}

/// Settles what a single word cannot know: whether ថ្ងៃ is noon, and "per one day" is "per day".
fn tidy(words: Vec<Word>) -> Vec<Word> {
    let beside_slots = words.iter().any(|word| matches!(word, Word::Slot(_)));
    let mut out: Vec<Word> = Vec::with_capacity(words.len());
    for word in words {
        let word = match word {
            Word::DayOrNoon if beside_slots && !matches!(out.last(), Some(Word::Number(_) | Word::Per)) => {
                Word::Slot(Slot::Noon)
            }
            Word::DayOrNoon => Word::Day,
            other => other,
        };
        if matches!(word, Word::Day | Word::Week | Word::Hour)
            && let [.., Word::Per, Word::Number(1_000)] = out.as_slice()
        {
            out.pop();
        }
        out.push(word);
    }
    out
}

/// `1-0-1`, `1-0-1-1`: morning, noon, evening, and night when there is a fourth.
fn read_grid<'a>(words: &'a [Word], reading: &mut Reading) -> Option<&'a [Word]> {
    use Word::{Dash, Number};
    let (amounts, rest) = match words {
        [Number(a), Dash, Number(b), Dash, Number(c), Dash, Number(d), rest @ ..] => ([*a, *b, *c, *d], rest),
        [Number(a), Dash, Number(b), Dash, Number(c), rest @ ..] => ([*a, *b, *c, 0], rest),
        _ => return None,
    };
    let [morning, noon, evening, night] = amounts.map(Amount::from_thousandths);
    reading.set_timing(Timing::Slots(SlotAmounts { morning, noon, evening, night }))?;
    Some(rest)
}

/// Something that comes again after hours, days or a week: reads it and returns what is left.
fn read_interval<'a>(words: &'a [Word], reading: &mut Reading) -> Option<&'a [Word]> {
    use Word::{Day, Every, EveryDays, EveryHours, Hour, Number, Once, Per, Times, Week, Weekly};
    let rest = match words {
        // "every 8 hours", "រាល់ ៨ម៉ោងម្តង", "/8h", "8 hourly"
        [Every | Per, Number(n), Hour, Once, rest @ ..]
        | [Every | Per, Number(n), Hour, rest @ ..]
        | [Number(n), Hour, Once, rest @ ..]
        | [Number(n), EveryHours(1), rest @ ..] => {
            reading.set_every_hours(whole(*n)?)?;
            rest
        }
        [EveryHours(hours), rest @ ..] => {
            reading.set_every_hours(*hours)?;
            rest
        }
        // "once a week", "1x/sem", "ម្តងក្នុងមួយសប្តាហ៍"
        [Once, Per, Week, rest @ ..]
        | [Once, Weekly, rest @ ..]
        | [Number(1_000), Times, Per, Week, rest @ ..]
        | [Number(1_000), Times, Week, rest @ ..]
        | [Number(1_000), Per, Week, rest @ ..]
        | [Number(1_000), Week, Once, rest @ ..]
        | [Every, Week, rest @ ..]
        | [Weekly, rest @ ..] => {
            reading.set_every_days(7)?;
            rest
        }
        // "១ថ្ងៃម្តង" is once a day, "២ថ្ងៃម្តង" every other day; "every 3 days", "1j/2"
        [Number(1_000), Day, Once, rest @ ..] => {
            reading.set_times_a_day(1)?;
            rest
        }
        [Every, Number(n), Day, Once, rest @ ..]
        | [Every, Number(n), Day, rest @ ..]
        | [Number(n), Day, Once, rest @ ..]
        | [Number(1_000), Day, Per, Number(n), rest @ ..] => {
            reading.set_every_days(whole(*n)?)?;
            rest
        }
        [EveryDays(n), rest @ ..] => {
            reading.set_every_days(*n)?;
            rest
        }
        _ => return None,
    };
    Some(rest)
}

/// So many times a day: reads it and returns what is left.
fn read_times_a_day<'a>(words: &'a [Word], reading: &mut Reading) -> Option<&'a [Word]> {
    use Word::{Day, Every, EveryDay, Number, Once, Per, PerDay, Times};
    let (times, rest) = match words {
        [Once, Per, Day, rest @ ..] | [Once, EveryDay | Day, rest @ ..] => (1, rest),
        // "3 times a day", "2x/day", "3ដង/១ថ្ងៃ", "x2/j", "twice daily", "១ថ្ងៃ៣ដង", "2/j"
        [Number(n), Times, Per, Day, rest @ ..]
        | [Number(n), Times, Day | EveryDay, rest @ ..]
        | [Number(n), Per, Day, rest @ ..]
        | [Number(n), EveryDay, rest @ ..]
        | [Times, Number(n), Per, Day, rest @ ..]
        | [Times, Number(n), Day | EveryDay, rest @ ..]
        | [Number(1_000), Day, Number(n), Times, rest @ ..]
        | [Per | Every, Day, Number(n), Times, rest @ ..]
        | [EveryDay, Number(n), Times, rest @ ..] => (whole(*n)?, rest),
        [PerDay(n), rest @ ..] => (*n, rest),
        _ => return None,
    };
    reading.set_times_a_day(times)?;
    Some(rest)
}

/// Times of day, days of the week, meals, need: reads one of them and returns what is left.
fn read_word<'a>(words: &'a [Word], reading: &mut Reading) -> Option<&'a [Word]> {
    use Word::{AsNeeded, Every, EveryDay, Meal, Now, Number, Per, SlotAndMeal};
    let rest = match words {
        // "1 matin, 1/2 soir"
        [Number(n), Word::Slot(slot), rest @ ..] => {
            reading.add_slot(*slot, Amount::from_thousandths(*n))?;
            rest
        }
        // "every morning"; "à midi", whose à reads as the English "a"
        [Every | Per, Word::Slot(slot), rest @ ..] | [Word::Slot(slot), rest @ ..] => {
            reading.add_slot(*slot, WHOLE)?;
            rest
        }
        [SlotAndMeal(slot, meal), rest @ ..] => {
            reading.add_slot(*slot, WHOLE)?;
            reading.set_meal(*meal)?;
            rest
        }
        [EveryDay, rest @ ..] => {
            reading.every_day = true;
            rest
        }
        [Every, Word::Weekday(day), rest @ ..] | [Word::Weekday(day), rest @ ..] => {
            (!reading.weekdays.contains(day)).then(|| reading.weekdays.push(*day))?;
            rest
        }
        [Meal(meal), rest @ ..] => {
            reading.set_meal(*meal)?;
            rest
        }
        [AsNeeded, rest @ ..] => {
            reading.as_needed = true;
            rest
        }
        [Now, rest @ ..] => {
            reading.set_timing(Timing::Now)?;
            rest
        }
        _ => return None,
    };
    Some(rest)
}

/// A whole number from thousandths.
fn whole(thousandths: u32) -> Option<u32> {
    thousandths.is_multiple_of(1_000).then_some(thousandths / 1_000)
}

impl Reading {
    fn set_timing(&mut self, timing: Timing) -> Option<()> {
        let free = self.timing.is_none() && self.slots.is_none();
        free.then(|| self.timing = Some(timing))
    }

    fn set_times_a_day(&mut self, times: u32) -> Option<()> {
        self.set_timing(times_a_day(times)?)
    }

    fn set_every_hours(&mut self, hours: u32) -> Option<()> {
        (1..=72).contains(&hours).then_some(())?;
        self.set_timing(Timing::EveryHours(hours))
    }

    fn set_every_days(&mut self, days: u32) -> Option<()> {
        let free = self.every_days.is_none() && self.weekdays.is_empty();
        (free && (1..=90).contains(&days)).then(|| self.every_days = Some(days))
    }

    fn add_slot(&mut self, slot: Slot, factor: Amount) -> Option<()> {
        let amounts = self.slots.get_or_insert_default();
        let free = self.timing.is_none() && amounts.at(slot).is_zero() && !factor.is_zero();
        free.then(|| set(amounts, slot, factor))
    }

    fn set_meal(&mut self, meal: MealRelation) -> Option<()> {
        // "before breakfast and before dinner" says the same twice.
        let free = self.meal.is_none_or(|said| said == meal);
        free.then(|| self.meal = Some(meal))
    }

    fn finish(mut self) -> Option<Frequency> {
        let timing = match (self.timing, self.slots) {
            (Some(timing), None) => timing,
            (None, Some(slots)) => Timing::Slots(slots),
            _ => Timing::Unsaid,
        };
        if let Timing::Slots(factors) = &timing {
            let fits = |slot| factors.at(slot) <= Amount::whole(1_000);
            (taken(factors) > 0 && Slot::ALL.into_iter().all(fits)).then_some(())?;
        }
        self.weekdays.sort_by_key(Weekday::num_days_from_monday);
        let (days, days_said) = match (self.every_days, self.weekdays) {
            (Some(_), weekdays) if !weekdays.is_empty() => return None,
            (Some(1), _) => (DayPattern::Daily, true),
            (Some(days), _) => (DayPattern::EveryDays(days), true),
            (None, weekdays) if weekdays.is_empty() => (DayPattern::Daily, self.every_day),
            (None, weekdays) => (DayPattern::Weekdays(weekdays), true),
        };
        let daily = days == DayPattern::Daily;
        // Hours that run through the days, and "now", have no days; and "daily" contradicts other days.
        let clash = !daily && (self.every_day || matches!(timing, Timing::EveryHours(_) | Timing::Now));
        let said = timing != Timing::Unsaid || days_said || self.as_needed;
        (said && !clash).then_some(Frequency { timing, days, meal: self.meal, as_needed: self.as_needed })
    }
}

#[cfg(test)]
mod tests;
