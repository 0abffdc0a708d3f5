//! What comes again after hours, days, weeks or months.

use super::number::{Number, ONE};
use super::statements::Found::{self, Is, Refused, Told};
use super::statements::S;
use super::tokens::T;
use crate::domain::prescriptions::notice::Notice;

/// Longest interval between doses in days.
pub(super) const MAX_DAYS: u32 = 366;
/// Longest interval that counts by elapsed hours.
const MAX_HOURS: u32 = 72;

/// `q8h`, `toutes les 8 heures`, `8 hourly`, `/8h`, `1/8h`, `៨ម៉ោងម្តង`, `q4-6h`.
pub(super) fn hours(tokens: &[T]) -> Option<Found> {
    match tokens {
        [T::Once, T::Every, ..] | [T::Once, T::N(_), T::Hourly, ..] => {
            return Some(longer(hours(tokens.get(1..)?)?, 1));
        }
        [T::N(one), T::Times | T::X, T::Every | T::Slash | T::Per, T::N(_), T::Hour, ..]
            if one.value == ONE =>
        {
            return Some(longer(hours(tokens.get(2..)?)?, 2));
        }
        _ => {}
    }
    let (from, to, length) = match tokens {
        [T::Every, T::N(_), T::Minute, ..] => return Some(Refused("words_out_of_range", 3)),
        [T::Every, T::N(low), T::Dash | T::To | T::A | T::Or, T::N(high), T::Hour | T::Hourly, ..] => {
            (*low, *high, 5)
        }
        [T::N(low), T::Dash | T::To, T::N(high), T::Dash, T::Hourly, ..] => (*low, *high, 5),
        [T::N(low), T::Dash | T::To, T::N(high), T::Hourly, ..] => (*low, *high, 4),
        [T::Every | T::Slash | T::Per, T::N(n), T::Hour, ..] | [T::Every, T::N(n), T::Hourly, ..] => {
            (*n, *n, 3)
        }
        // "8/8h": of two equal numbers that divide the day nothing else is said.
        [T::N(n), T::Slash, T::N(same), T::Hour, ..] if is_of_day(*n, *same) => {
            return Some(every_so_many(*n, 4));
        }
        [T::N(n), T::Hour, T::Slash, T::N(same), T::Hour, ..] if is_of_day(*n, *same) => {
            return Some(every_so_many(*n, 5));
        }
        // "1/2 h" is half an hour as well, "1/4 heure avant" a quarter.
        [T::N(one), T::Slash, T::N(n), T::Hour, rest @ ..] if one.value == ONE => {
            if n.whole() == Some(2) || matches!(rest, [T::Relation(_) | T::Meal(_), ..]) {
                return Some(Refused("words_clock_unclear", 4));
            }
            (*n, *n, 4)
        }
        [T::N(n), T::Dash, T::Hourly, ..] | [T::N(n), T::Hour, T::Once, ..] => (*n, *n, 3),
        [T::N(n), T::Hourly, ..] => (*n, *n, 2),
        [T::Every, T::Hour, ..] => (Number::of(ONE), Number::of(ONE), 2),
        [T::Hourly, ..] => (Number::of(ONE), Number::of(ONE), 1),
        _ => return None,
    };
    let length = length + usize::from(matches!(tokens.get(length), Some(T::Once)));
    Some(match (from.whole(), to.whole()) {
        (Some(low @ 1..=MAX_HOURS), Some(high)) if low <= high && high <= MAX_HOURS => {
            Is(S::EveryHours(low, high), length)
        }
        (Some(hours), Some(same))
            if hours == same && hours % 24 == 0 && (4..=MAX_DAYS).contains(&(hours / 24)) =>
        {
            Is(S::EveryDays(hours / 24), length)
        }
        _ => Refused("words_out_of_range", length),
    })
}

fn is_of_day(n: Number, same: Number) -> bool {
    n == same && matches!(n.whole(), Some(4 | 6 | 8 | 12 | 24))
}

/// `8/8h`, with how it is written so that everybody reads it.
fn every_so_many(n: Number, length: usize) -> Found {
    let hours = n.whole().unwrap_or_default();
    let notice = Notice::new("notice_abbreviation").with("write", format!("every {hours} hours"));
    Told(S::EveryHours(hours, hours), length, notice)
}

/// The same statement with tokens in front of it.
pub(super) fn longer(found: Found, by: usize) -> Found {
    match found {
        Is(what, length) => Is(what, length + by),
        Told(what, length, notice) => Told(what, length + by, notice),
        Refused(code, length) => Refused(code, length + by),
    }
}

/// `QOD`, `every 3 days`, `1j/2`, `២ថ្ងៃម្តង`, `weekly`, `tous les 2 mois`, `daily`.
pub(super) fn days(tokens: &[T]) -> Option<Found> {
    match tokens {
        [T::Once, T::Every, ..] | [T::Once, T::EveryDays(_) | T::Qod, ..] => {
            return Some(longer(days(tokens.get(1..)?)?, 1));
        }
        [T::N(one), T::Times | T::X, T::Every | T::Qod, ..] if one.value == ONE => {
            return Some(longer(days(tokens.get(2..)?)?, 2));
        }
        // "1x/2j", "1 fois/2 jours"
        [T::N(one), T::Times | T::X, T::Slash | T::Per, T::N(n), T::Day, ..] if one.value == ONE => {
            return match n.whole() {
                Some(1) => None,
                Some(days @ 2..=31) => Some(Is(S::EveryDays(days), 5)),
                _ => Some(Refused("words_out_of_range", 5)),
            };
        }
        _ => {}
    }
    fractions(tokens).or_else(|| every(tokens)).or_else(|| {
        Some(match tokens {
            [T::EveryDays(n), ..] => Is(S::EveryDays(*n), 1),
            [T::Qod, ..] => {
                Told(S::EveryDays(2), 1, Notice::new("notice_abbreviation").with("write", "every other day"))
            }
            [T::EveryDay, ..] => Is(S::EveryDay, 1),
            [T::Weekly, ..] => Is(S::EveryDays(7), 1),
            [T::Monthly, ..] => Told(S::EveryDays(30), 1, Notice::new("notice_monthly")),
            _ => return None,
        })
    })
}

/// `un jour sur deux`, `1j/2`, `5j/7`.
fn fractions(tokens: &[T]) -> Option<Found> {
    match tokens {
        [T::N(one), T::Day, T::Slash | T::OutOf, T::N(n), ..] if one.value == ONE => Some(match n.whole() {
            Some(days @ 2..=31) => Is(S::EveryDays(days), 4),
            _ => Refused("words_out_of_range", 4),
        }),
        [T::N(one), T::Slot(slot, kind), T::OutOf | T::Slash, T::N(n), ..] if one.value == ONE => {
            Some(match n.whole() {
                Some(days @ 2..=31) => Is(S::SlotEvery(*slot, *kind, days), 4),
                _ => Refused("words_out_of_range", 4),
            })
        }
        [T::N(_), T::Day | T::Week | T::Month, T::Slash | T::OutOf, T::N(_), ..] => {
            Some(Refused("words_days_unclear", 4))
        }
        // "Un lundi sur deux" leaves open which Monday is the first.
        [T::N(_), T::Weekday(_), T::Slash | T::OutOf, T::N(_), ..] => Some(Refused("words_weeks_of_day", 4)),
        // "3 days a week"
        [T::N(n), T::Day, T::Per | T::Slash | T::A, T::Week, ..] => {
            let as_count = [T::N(*n), T::Times, T::Per, T::Week];
            super::counts::count(&as_count)
        }
        [T::N(_), T::Day, T::Per | T::Slash | T::A | T::Every, T::Month, ..] => {
            Some(Refused("words_days_unclear", 4))
        }
        _ => None,
    }
}

fn every(tokens: &[T]) -> Option<Found> {
    let monthly =
        |days: u32, length: usize| Told(S::EveryDays(days), length, Notice::new("notice_month_is_30_days"));
    let other = match tokens {
        [T::Every, T::Other, T::Day, ..] => Some(Is(S::EveryDays(2), 3)),
        [T::Every, T::Other, T::Week, ..] => Some(Is(S::EveryDays(14), 3)),
        [T::Every, T::Other, T::Month, ..] => Some(monthly(60, 3)),
        [T::Every, T::Other, T::Slot(slot, kind), ..] => Some(Is(S::SlotEvery(*slot, *kind, 2), 3)),
        [T::Alternate, T::Slot(slot, kind), ..] => Some(Is(S::SlotEvery(*slot, *kind, 2), 2)),
        [T::Every | T::On, T::Alternate, T::Slot(slot, kind), ..] => {
            Some(Is(S::SlotEvery(*slot, *kind, 2), 3))
        }
        // "Every second Monday" as well.
        [T::Every, T::Other | T::Alternate | T::N(_), T::Weekday(_), ..]
        | [T::On, T::Alternate, T::Weekday(_), ..] => Some(Refused("words_weeks_of_day", 3)),
        [T::Alternate, T::Weekday(_), ..] => Some(Refused("words_weeks_of_day", 2)),
        [T::Every, T::Day, ..] => Some(Is(S::EveryDay, 2)),
        [T::Every, T::Week, ..] => Some(Is(S::EveryDays(7), 2)),
        [T::Every, T::Month, ..] => Some(monthly(30, 2)),
        _ => None,
    };
    if other.is_some() {
        return other;
    }
    let (n, unit, length) = match tokens {
        [T::Every, T::N(n), unit @ (T::Day | T::Week | T::Month), T::Once, ..] => (n, unit, 4),
        [T::Every, T::N(_), T::Dash | T::To | T::A, T::N(_), T::Day | T::Week | T::Month, ..] => {
            return Some(Refused("words_choose_one", 5));
        }
        [T::Every, T::N(n), unit @ (T::Day | T::Week | T::Month), T::N(one), T::Times, ..]
            if one.value == ONE && n.value > ONE =>
        {
            (n, unit, 5)
        }
        // "២ថ្ងៃ១ដង"; once in one day is a count.
        [T::N(n), unit @ (T::Day | T::Week | T::Month), T::N(one), T::Times, ..]
            if one.value == ONE && n.value > ONE =>
        {
            (n, unit, 4)
        }
        [T::Every, T::N(n), unit @ (T::Day | T::Week | T::Month), ..]
        | [T::N(n), unit @ (T::Day | T::Week | T::Month), T::Once, ..] => (n, unit, 3),
        _ => return None,
    };
    let scale = match unit {
        T::Day => 1,
        T::Week => 7,
        _ => 30,
    };
    Some(match n.whole().and_then(|n| n.checked_mul(scale)) {
        Some(1) => Is(S::EveryDay, length),
        Some(days @ 2..=180) if scale == 30 => monthly(days, length),
        Some(days @ 2..=MAX_DAYS) if scale != 30 => Is(S::EveryDays(days), length),
        _ => Refused("words_out_of_range", length),
    })
}
