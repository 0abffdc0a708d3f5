//! So many times a day or a week, as needed, at most, at least apart.

use super::condition::{Complaint, Condition};
use super::number::ONE;
use super::statements::Found::{self, Is, Refused, Told};
use super::statements::{Most, S, Said};
use super::tokens::{T, UnitWord};
use crate::domain::prescriptions::model::MealRelation;
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::units::DoseUnit;

/// The time in which something is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    Day,
    Week,
    Month,
}

/// A period and how many tokens say it: `/j`, `a day`, `in 24 hours`, `daily`, `ក្នុងមួយថ្ងៃ`.
pub(super) fn period(tokens: &[T]) -> Option<(Period, usize)> {
    let (tokens, skipped) = match tokens {
        [T::Per | T::Slash | T::A, T::N(one), rest @ ..] if one.value == ONE && unit_of(rest).is_some() => {
            (rest, 2)
        }
        [T::Per | T::Slash | T::A | T::Every, rest @ ..] => (rest, 1),
        [T::EveryDay, ..] => return Some((Period::Day, 1)),
        [T::Weekly, ..] => return Some((Period::Week, 1)),
        [T::Monthly, ..] => return Some((Period::Month, 1)),
        [T::N(hours), T::Hour, ..] if hours.whole() == Some(24) => return Some((Period::Day, 2)),
        _ => return None,
    };
    match tokens {
        [T::N(hours), T::Hour, ..] if hours.whole() == Some(24) => Some((Period::Day, skipped + 2)),
        _ => unit_of(tokens).map(|period| (period, skipped + 1)),
    }
}

fn unit_of(tokens: &[T]) -> Option<Period> {
    match tokens.first()? {
        T::Day => Some(Period::Day),
        T::Week => Some(Period::Week),
        T::Month => Some(Period::Month),
        _ => None,
    }
}

/// A count and how many tokens say it, and whether it is said as one: `3 x`, `twice`, `3 prises`.
fn times(tokens: &[T]) -> Option<(u32, usize)> {
    match tokens {
        [T::X, T::N(n), T::Times | T::Intakes, ..] => Some((n.whole()?, 3)),
        [T::N(n), T::Times | T::X | T::Intakes | T::TimesOfDay, ..] => Some((n.whole()?, 2)),
        [T::X, T::N(n), ..] => Some((n.whole()?, 2)),
        [T::Fold(n), ..] => Some((*n, 1)),
        [T::Once, ..] => Some((1, 1)),
        _ => None,
    }
}

fn counted(times: u32, period: Period, length: usize) -> Found {
    match (period, times) {
        (_, 0) => Refused("words_out_of_range", length),
        (Period::Day, 1..=6) => Is(S::PerDay(times), length),
        (Period::Week, 1) => Is(S::EveryDays(7), length),
        (Period::Week, 2) => Told(S::PerWeek(2), length, Notice::new("notice_twice_a_week")),
        (Period::Week, 3) => Told(S::PerWeek(3), length, Notice::new("notice_three_times_a_week")),
        (Period::Week, 5) => Told(S::PerWeek(5), length, Notice::new("notice_five_times_a_week")),
        (Period::Week, 6) => Told(S::PerWeek(6), length, Notice::new("notice_six_times_a_week")),
        (Period::Week, 7) => Is(S::EveryDay, length),
        (Period::Week, _) => Refused("words_days_unclear", length),
        (Period::Month, 1) => Told(S::EveryDays(30), length, Notice::new("notice_monthly")),
        (Period::Month, _) => Refused("words_days_unclear", length),
        (Period::Day, _) => Refused("words_out_of_range", length),
    }
}

/// `3x/day`, `x3/j`, `twice daily`, `once a week`, `១ថ្ងៃ ៣ដង`, `TDS`.
pub(super) fn count(tokens: &[T]) -> Option<Found> {
    // "In 3 divided doses": of an amount that is the day's.
    match tokens {
        [T::En, T::N(n), T::DividedDoses, ..] => return Some(Is(S::Divided(n.whole()?), 3)),
        [T::N(n), T::DividedDoses, ..] => return Some(Is(S::Divided(n.whole()?), 2)),
        [T::Per, T::Day, T::En, T::N(_), T::DividedDoses | T::Intakes, ..] => {
            return Some(Refused("words_per_day_unclear", 5));
        }
        [T::Per, T::Day, T::N(_), T::DividedDoses, ..] => return Some(Refused("words_per_day_unclear", 4)),
        _ => {}
    }
    // "3x1/j": the second number says what is taken each time.
    if let [T::N(n), T::X, T::N(one), T::Slash | T::Per, T::Day, ..] = tokens
        && one.value == ONE
        && let Some(n @ 2..=4) = n.whole()
    {
        let notice = Notice::new("notice_ones_per_day").with("times", n.to_string());
        return Some(Told(S::OnesPerDay(n), 5, notice));
    }
    if let Some((times, said)) = times(tokens) {
        let rest = tokens.get(said..)?;
        if let Some((period, length)) = period(rest) {
            // "3 times a day, 5 days a week" ends here; "2 times in 3 days" is no count.
            return Some(counted(times, period, said + length));
        }
        let number_first = matches!(tokens, [T::N(_) | T::Fold(_) | T::Once, ..]);
        match rest {
            // "3x jour", "twice day"
            // "1 fois le soir", "2 fois, matin et soir": the times that follow must be as many.
            [T::Slot(..), ..] | [T::Every | T::At | T::A | T::Au | T::If | T::Comma, T::Slot(..), ..] => {
                return Some(counted(times, Period::Day, said));
            }
            [T::Day, ..] if number_first => return Some(counted(times, Period::Day, said + 1)),
            // "៣ដង មួយថ្ងៃ"
            [T::N(one), T::Day, after @ ..]
                if matches!(tokens, [_, T::Times, ..])
                    && one.value == ONE
                    && !matches!(after.first(), Some(T::Once | T::N(_))) =>
            {
                return Some(counted(times, Period::Day, said + 2));
            }
            _ => {}
        }
    }
    backwards(tokens).or_else(|| short(tokens))
}

/// The period first: `១ថ្ងៃ ៣ដង`, `ក្នុងមួយសប្តាហ៍ម្តង`, `par jour 3 fois`.
fn backwards(tokens: &[T]) -> Option<Found> {
    let (period, length) = match tokens {
        // "ថ្ងៃមួយ ៣ដង"
        [T::Day, T::N(one), T::N(_), T::Times, ..] | [T::Day, T::N(one), T::Once, ..] if one.value == ONE => {
            (Period::Day, 2)
        }
        [T::N(one), rest @ ..] if one.value == ONE => (unit_of(rest)?, 2),
        [T::Day, ..] => (Period::Day, 1),
        // "every week" alone is an interval.
        _ => period(tokens).filter(|_| !matches!(tokens, [T::N(_) | T::Slash, ..]))?,
    };
    match tokens.get(length..)? {
        // "ថ្ងៃ ១ដង" is once a day or once at noon.
        [T::N(n), T::Times, ..] if length == 1 && matches!(tokens, [T::Day, ..]) && n.value == ONE => {
            Some(Refused("words_days_or_noon", 3))
        }
        [T::Once, ..] if length == 1 && matches!(tokens, [T::Day, ..]) => {
            Some(Refused("words_days_or_noon", 2))
        }
        [T::N(n), T::Times | T::Intakes | T::TimesOfDay, ..] => Some(counted(n.whole()?, period, length + 2)),
        // "every day once" is said; "every week once" too.
        [T::Once, ..] => Some(counted(1, period, length + 1)),
        _ => None,
    }
}

fn short(tokens: &[T]) -> Option<Found> {
    match tokens {
        [T::PerDay(n), ..] => Some(Is(S::PerDay(*n), 1)),
        [T::N(n), T::TimesOfDay, ..] => Some(counted(n.whole()?, Period::Day, 2)),
        [T::Od, ..] => Some(Is(S::PerDay(1), 1)),
        [T::Qd, ..] => {
            let notice = Notice::new("notice_abbreviation").with("write", "daily");
            Some(Told(S::PerDay(1), 1, notice))
        }
        // "2/j", "3 a day"
        [T::N(n), rest @ ..] if matches!(rest, [T::Per | T::Slash | T::A, ..]) => {
            let (period, length) = period(rest)?;
            let n = n.whole()?;
            Some(match (period, counted(n, period, 1 + length)) {
                (Period::Day, Is(S::PerDay(n), length)) => Is(S::BarePerDay(n), length),
                (_, found) => found,
            })
        }
        // "2 daily": two at once or two times.
        [T::N(_), T::EveryDay, ..] => Some(Refused("words_per_day_unclear", 2)),
        // "en 3 prises", "in 3 divided doses"
        [T::En, T::N(n), T::Intakes, ..] => Some(Is(S::Divided(n.whole()?), 3)),
        [T::N(n), T::Intakes, ..] => Some(Is(S::Divided(n.whole()?), 2)),
        _ => None,
    }
}

/// The most in 24 hours: `max 4/j`, `at most 4 times in 24 hours`, `4 cp/j max`.
pub(super) fn most(tokens: &[T]) -> Option<Found> {
    period_first(tokens).or_else(|| most_of_a_day(tokens))
}

/// The period before the maximum: `១ថ្ងៃមិនលើស៤ដង`, `par jour au maximum 3 cp`. Of two days there is none.
fn period_first(tokens: &[T]) -> Option<Found> {
    let (one, lead) = match tokens {
        [T::N(n), T::Day, T::Max, ..] => (n.value == ONE, 2),
        [T::Per | T::Slash | T::A | T::N(_), ..] => {
            let (period, lead) = period(tokens)?;
            (period == Period::Day, lead)
        }
        _ => return None,
    };
    let rest = tokens.get(lead..)?;
    if !matches!(rest, [T::Max, ..]) {
        return None;
    }
    match most_of_a_day(rest)? {
        Told(what, length, _) if one => Some(Is(what, lead + length)),
        Told(_, length, _) => Some(Refused("words_maximum_unclear", lead + length)),
        // It has its own period, so the days before it are another statement.
        _ => None,
    }
}

fn most_of_a_day(tokens: &[T]) -> Option<Found> {
    let (first, rest) = match tokens {
        [T::Max, rest @ ..] => (1, rest),
        _ => (0, tokens),
    };
    let (most, said) = match rest {
        // "max 4 doses" counts intakes.
        [T::N(n), T::Unit(UnitWord::Is(DoseUnit::Dose)), ..] => (Most::Intakes(n.whole()?), 2),
        [T::N(n), T::Unit(unit), ..] => (Most::Amount(Said { number: *n, unit: Some(*unit) }), 2),
        [T::X, ..] | [T::N(_), T::Times | T::X | T::Intakes, ..] | [T::Fold(_) | T::Once, ..] => {
            let (times, length) = times(rest)?;
            (Most::Intakes(times), length)
        }
        [T::N(n), ..] => (Most::Bare(n.whole()?), 1),
        _ => return None,
    };
    let after = rest.get(said..)?;
    let day_behind = matches!(after, [T::N(one), T::Day, next @ ..]
        if one.value == ONE && first == 1 && !matches!(next, [T::Once | T::N(_), ..]));
    let length = match period(after) {
        Some((Period::Day, length)) => length,
        None if day_behind => 2,
        Some(_) => return (first == 1).then_some(Refused("words_maximum_unclear", 1 + said)),
        None if first == 1 => 0,
        None => return None,
    };
    if first == 0 {
        let last = matches!(after.get(length..)?, [T::Max, next @ ..] if !matches!(next, [T::N(_), ..]));
        return last.then_some(Is(S::Most(most), said + length + 1));
    }
    let zero = matches!(most, Most::Intakes(0 | 25..) | Most::Bare(0 | 25..));
    Some(match (zero, length) {
        (true, _) => Refused("words_out_of_range", 1 + said),
        (false, 0) => Told(S::Most(most), 1 + said, Notice::new("notice_maximum_of_a_day")),
        (false, _) => Is(S::Most(most), 1 + said + length),
    })
}

/// The least time between two intakes: `at least 4 hours apart`, `espacées de 6h`.
pub(super) fn apart(tokens: &[T]) -> Option<Found> {
    let (n, length) = match tokens {
        [T::Apart, T::AtLeast, T::N(n), T::Hour, ..] => (n, 4),
        [T::A | T::At | T::AtLeast | T::Minute, T::N(n), T::Hour, T::Apart, ..]
        | [T::Relation(MealRelation::With), T::N(n), T::Hour, T::Apart, ..] => (n, 4),
        [T::AtLeast | T::Minute | T::Apart, T::N(n), T::Hour, ..] => (n, 3),
        [T::N(n), T::Hour, T::Apart, ..] => (n, 3),
        _ => return None,
    };
    Some(match n.whole() {
        Some(hours @ 1..=168) => Is(S::Apart(hours), length),
        _ => Refused("words_out_of_range", length),
    })
}

/// `PRN`, `si douleur ou fièvre`, `ពេលឈឺ`.
pub(super) fn as_needed(tokens: &[T]) -> Option<Found> {
    let (mut length, required) = match tokens {
        [T::AsNeeded, T::For | T::If, T::Complaint(_) | T::AfterEach(_), ..] => (2, true),
        [T::AsNeeded, ..] => (1, false),
        // "After each loose stool", "ពេលហត់": whenever it happens.
        [T::AfterEach(_), ..] => (0, true),
        [T::If, T::Complaint(_) | T::AfterEach(_), ..] => (1, true),
        [T::For, T::Complaint(_) | T::AfterEach(_), ..] => (1, true),
        _ => return None,
    };
    let mut conditions = Vec::new();
    let mut and = false;
    while let Some((condition, said)) = tokens.get(length..).and_then(condition) {
        conditions.push(Condition { and, ..condition? });
        length += said;
        and = matches!(tokens.get(length), Some(T::And));
        let more = match tokens.get(length..)? {
            [T::Or | T::Slash | T::And | T::Comma, T::If | T::For, T::Complaint(_) | T::AfterEach(_), ..] => {
                2
            }
            [T::Or | T::Slash | T::And | T::Comma, T::Complaint(_) | T::AfterEach(_), ..] => 1,
            _ => break,
        };
        length += more;
    }
    if required && conditions.is_empty() {
        return None;
    }
    let what = if matches!(tokens, [T::For, ..]) { S::Reason(conditions) } else { S::AsNeeded(conditions) };
    Some(Is(what, length))
}

/// A complaint; the outer one is nothing where there is none, the inner one where its number makes no sense.
fn condition(tokens: &[T]) -> Option<(Option<Condition>, usize)> {
    let [T::Complaint(complaint) | T::AfterEach(complaint), rest @ ..] = tokens else { return None };
    let [T::Above, T::N(degrees), after @ ..] = rest else {
        return Some((Some(Condition { complaint: *complaint, above: None, and: false }), 1));
    };
    let is_temperature = *complaint == Complaint::Fever && (37 * ONE..=41 * ONE).contains(&degrees.value);
    let above = u32::try_from(degrees.value).ok();
    let known = is_temperature.then_some(Condition { complaint: *complaint, above, and: false });
    let celsius = usize::from(matches!(after, [T::Celsius, ..]));
    Some((known, 3 + celsius))
}
