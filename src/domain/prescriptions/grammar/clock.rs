//! Times of the clock: `08:00`, `8h30`, `8 am`, `à 20h`, `ម៉ោង ៨ ព្រឹក`.

use chrono::NaiveTime;

use super::Refusal;
use super::intervals::longer;
use super::statements::Found::{self, Is, Refused};
use super::statements::{Certainty, S};
use super::tokens::{Kind, T};
use crate::domain::prescriptions::model::Slot;

/// A time with minutes at the start of plain text: `8:30`, `08:00`, `8h30`.
pub(super) fn clock_digits(text: &str) -> Option<(Result<NaiveTime, Refusal>, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (hour, rest) = text.split_at_checked(end)?;
    if let Some(military) = four_digits(hour, rest) {
        return Some(military);
    }
    let rest = rest.strip_prefix([':', 'h'])?;
    let minutes = rest.get(..2).filter(|minutes| minutes.bytes().all(|digit| digit.is_ascii_digit()))?;
    let rest = rest.get(2..)?;
    if !(1..=2).contains(&hour.len()) || rest.starts_with(|next: char| next.is_ascii_digit() || next == ':') {
        return Some((Err(Refusal::new("words_clock_unclear", "")), rest));
    }
    let time = written_time(hour, minutes)?;
    let rest = rest.strip_prefix('h').filter(|rest| !rest.starts_with(char::is_alphanumeric)).unwrap_or(rest);
    Some((time, rest))
}

/// The time of these digits. Of the two ends of a day the first is written.
fn written_time(hour: &str, minutes: &str) -> Option<Result<NaiveTime, Refusal>> {
    let (hour, minutes) = (hour.parse().ok()?, minutes.parse().ok()?);
    let code = if (hour, minutes) == (24, 0) { "words_hour_24" } else { "words_clock_unclear" };
    Some(NaiveTime::from_hms_opt(hour, minutes, 0).ok_or_else(|| Refusal::new(code, "")))
}

/// `0800h`, `2000 hrs`: hours and minutes without a sign between them.
fn four_digits<'a>(digits: &str, rest: &'a str) -> Option<(Result<NaiveTime, Refusal>, &'a str)> {
    let (hour, minutes) = digits.split_at_checked(2).filter(|_| digits.len() == 4)?;
    let behind = rest.trim_start();
    let rest = ["hrs", "hr", "h"].iter().find_map(|word| behind.strip_prefix(word))?;
    if rest.starts_with(|next: char| next.is_alphanumeric()) {
        return None;
    }
    Some((written_time(hour, minutes)?, rest))
}

/// A time of day.
pub(super) fn time(tokens: &[T]) -> Option<Found> {
    let tokens: Vec<T> = tokens.iter().map(|&token| by_clock(token)).collect();
    let tokens = tokens.as_slice();
    if let [T::Slot(slot, Kind::Time), rest @ ..] = tokens {
        return behind_slot(*slot, rest);
    }
    // "At night at 9 pm", "tous les soirs à 20h"
    if let [T::At | T::Every | T::A | T::Au | T::If, T::Slot(slot, Kind::Time), rest @ ..] = tokens {
        return behind_slot(*slot, rest).map(|found| longer(found, 1));
    }
    let lead = usize::from(matches!(tokens, [T::At | T::A | T::Hour | T::If, ..]));
    let named = lead > 0;
    let khmer = matches!(tokens, [T::Hour, ..]) || matches!(tokens, [T::At | T::If, T::Hour, ..]);
    let lead = lead + usize::from(matches!(tokens, [T::At | T::If, T::Hour, ..]));
    let rest = tokens.get(lead..)?;
    let (found, length) = match rest {
        [T::Clock(time), T::HalfDay(_), ..] if hour_of(*time) == Some(12) => {
            return Some(Refused("words_twelve", lead + 2));
        }
        [T::N(n), T::HalfDay(_), ..] if n.whole() == Some(12) => {
            return Some(Refused("words_twelve", lead + 2));
        }
        [T::N(n), T::Hour, T::HalfDay(_), ..] if n.whole() == Some(12) => {
            return Some(Refused("words_twelve", lead + 3));
        }
        [T::Clock(time), T::HalfDay(pm), ..] => (half_day(hour_of(*time)?, minute_of(*time), *pm), 2),
        [T::Clock(time), T::Slot(slot, Kind::Time), ..] => (written_out(*time, *slot), 2),
        [T::Clock(time), ..] => (Some((*time, Certainty::Sure)), 1),
        // "1 AM 1 PM" may be one tablet each.
        [T::N(n), T::HalfDay(pm), ..] if !named && n.value < 4 * super::number::ONE => {
            (half_day(n.whole()?, 0, *pm).map(|(time, _)| (time, Certainty::Small)), 2)
        }
        [T::N(n), T::HalfDay(pm), ..] => (half_day(n.whole()?, 0, *pm), 2),
        [T::N(n), T::At, T::Slot(slot, Kind::Time), ..] if matches!(tokens, [T::At, ..]) => {
            (by_slot(n.whole()?, 0, *slot), 3)
        }
        [T::N(n), T::Hour, T::HalfDay(pm), ..] => (half_day(n.whole()?, 0, *pm), 3),
        [T::N(n), T::Hour, T::Slot(slot, Kind::Time), ..] => (by_slot(n.whole()?, 0, *slot), 3),
        [T::N(_), T::Hour, T::Once | T::Apart | T::Relation(_), ..] => return None,
        [T::N(n), T::Hour, ..] if !khmer => (whole_hour(n.whole()?, named || n.whole()? > 12), 2),
        [T::N(n), T::Slot(slot, Kind::Time), ..] if khmer || matches!(tokens, [T::At, ..]) => {
            (by_slot(n.whole()?, 0, *slot), 2)
        }
        [T::N(n), ..] if khmer => (whole_hour(n.whole()?, n.whole()? > 12), 1),
        [T::N(_), ..] if matches!(tokens, [T::At, ..]) => (None, 1),
        _ => return None,
    };
    Some(match found {
        Some((time, certain)) => Is(S::Clock(time, certain), lead + length),
        None => Refused("words_clock_unclear", lead + length),
    })
}

/// Beside a clock the afternoon is as clear as noon; midnight is a time by itself.
const fn by_clock(token: T) -> T {
    match token {
        T::Midnight => T::Clock(NaiveTime::MIN),
        T::Slot(slot, Kind::Afternoon) => T::Slot(slot, Kind::Time),
        other => other,
    }
}

/// `matin 8h`, `soir (20:00)`.
fn behind_slot(slot: Slot, rest: &[T]) -> Option<Found> {
    let lead = match rest {
        [T::At | T::If, T::Hour, ..] => 2,
        [T::At | T::A | T::Hour | T::If, ..] => 1,
        _ => 0,
    };
    let behind = rest.get(lead..)?;
    let (time, length) = match behind {
        // "In the evening at 8 pm": both words name the half of the day, and must agree.
        [T::Clock(time), T::HalfDay(pm), ..] => {
            let named = half_day(hour_of(*time)?, minute_of(*time), *pm);
            (named.and_then(|(time, _)| written_out(time, slot)), 2)
        }
        [T::N(n), T::HalfDay(pm), ..] if lead > 0 => {
            (half_day(n.whole()?, 0, *pm).and_then(|(time, _)| written_out(time, slot)), 2)
        }
        [T::Clock(time), ..] => (written_out(*time, slot), 1),
        [T::N(_), T::Hour, T::Once | T::Apart | T::Relation(_), ..] => return None,
        [T::N(n), T::Hour, ..] => (by_slot(n.whole()?, 0, slot), 2),
        [T::N(n), ..] if matches!(rest, [T::Hour | T::At, ..]) => (by_slot(n.whole()?, 0, slot), 1),
        _ => return None,
    };
    let length = 1 + lead + length;
    Some(match time {
        Some((time, certain)) => Is(S::Clock(time, certain), length),
        None => Refused("words_clock_unclear", length),
    })
}

/// A time with minutes is one of 24 hours, so the word beside it must agree: `08:00` is not in the evening.
fn written_out(time: NaiveTime, slot: Slot) -> Option<(NaiveTime, Certainty)> {
    let agreed = by_slot(hour_of(time)?, minute_of(time), slot)?;
    (agreed.0 == time).then_some(agreed)
}

fn hour_of(time: NaiveTime) -> Option<u32> {
    Some(chrono::Timelike::hour(&time))
}

fn minute_of(time: NaiveTime) -> u32 {
    chrono::Timelike::minute(&time)
}

/// 12 am and 12 pm are read in both ways, so neither is taken.
fn half_day(hour: u32, minute: u32, afternoon: bool) -> Option<(NaiveTime, Certainty)> {
    let hour = match hour {
        1..=11 if afternoon => hour + 12,
        1..=11 => hour,
        _ => return None,
    };
    Some((NaiveTime::from_hms_opt(hour, minute, 0)?, Certainty::Sure))
}

fn whole_hour(hour: u32, certain: bool) -> Option<(NaiveTime, Certainty)> {
    // "24h" is midnight beside other hours; alone it may be an interval.
    let certainty = if certain && hour != 24 { Certainty::Sure } else { Certainty::Hours };
    let hour = if hour == 24 { 0 } else { hour };
    Some((NaiveTime::from_hms_opt(hour, 0, 0)?, certainty))
}

/// The hour of a clock with the time of day that names its half.
fn by_slot(hour: u32, minute: u32, slot: Slot) -> Option<(NaiveTime, Certainty)> {
    let hour = match (slot, hour) {
        (Slot::Morning, 1..=11)
        | (Slot::Noon, 11..=17)
        | (Slot::Evening, 16..=23)
        | (Slot::Night, 18..=23) => hour,
        // Twelve at night is midnight.
        (Slot::Night, 12) => 0,
        (Slot::Noon, 1..=5) | (Slot::Evening, 4..=11) | (Slot::Night, 6..=11) => hour + 12,
        _ => return None,
    };
    Some((NaiveTime::from_hms_opt(hour, minute, 0)?, Certainty::Sure))
}
