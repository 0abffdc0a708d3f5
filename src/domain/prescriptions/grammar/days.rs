//! Days of the week, and for how long.

use chrono::Weekday;

use super::number::{Number, ONE};
use super::statements::Found::{self, Is, Refused, Told};
use super::statements::S;
use super::tokens::T;
use crate::domain::prescriptions::notice::Notice;

/// Longest treatment that words can state, in days.
const MAX_DURATION: u32 = 3_650;

const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// `on Monday`, `Mon/Wed/Fri`, `tous les lundis`, `du lundi au vendredi`, `sauf dimanche`.
pub(super) fn weekdays(tokens: &[T]) -> Option<Found> {
    if let [T::Except, rest @ ..] = tokens {
        let (except, length) = list(rest)?;
        let days: Vec<Weekday> = WEEK.into_iter().filter(|day| !except.contains(day)).collect();
        return Some(if days.is_empty() {
            Refused("words_days_unclear", 1 + length)
        } else {
            Is(S::DaysExcept(days), 1 + length)
        });
    }
    let lead = match tokens {
        [T::Every | T::On | T::At | T::If | T::Au, T::Weekday(_), ..] => 1,
        [T::Weekday(_), ..] => 0,
        _ => return None,
    };
    let rest = tokens.get(lead..)?;
    if let [T::Weekday(first), T::To | T::Au, T::Weekday(last), ..] = rest {
        let mut days = vec![*first];
        while days.last() != Some(last) {
            days.push(days.last()?.succ());
        }
        return Some(Is(S::Weekdays(days), lead + 3));
    }
    if let [T::Weekday(Weekday::Mon), T::Dash, T::Weekday(Weekday::Fri), after @ ..] = rest
        && !matches!(after, [T::Dash, T::Weekday(_), ..])
    {
        let days = WEEK.into_iter().take(5).collect();
        return Some(Told(S::Weekdays(days), lead + 3, Notice::new("notice_working_days")));
    }
    // "Mon-Thu" may be four days or two.
    if let [T::Weekday(_), T::Dash, T::Weekday(_), after @ ..] = rest
        && !matches!(after, [T::Dash, T::Weekday(_), ..])
    {
        return Some(Refused("words_days_unclear", lead + 3));
    }
    let (days, length) = list(rest)?;
    // "Mon-Fri-Mon" is no list.
    if days.iter().enumerate().any(|(index, day)| days.iter().skip(index + 1).any(|other| other == day)) {
        return Some(Refused("words_days_unclear", lead + length));
    }
    // "On Monday" may be this Monday only.
    if days.len() == 1 && !matches!(tokens, [T::Every, ..]) {
        return Some(Told(S::Weekdays(days), lead + length, Notice::new("notice_every_weekday")));
    }
    Some(Is(S::Weekdays(days), lead + length))
}

/// Days in a row, with a comma, stroke, dash or "and" between them or nothing.
fn list(tokens: &[T]) -> Option<(Vec<Weekday>, usize)> {
    let mut days = Vec::new();
    let mut length = 0;
    loop {
        let rest = tokens.get(length..)?;
        let step = match rest {
            [T::Weekday(_), ..] => 0,
            [T::Comma | T::And | T::Slash | T::Dash | T::Plus, T::Weekday(_), ..] if !days.is_empty() => 1,
            [T::Every | T::On, T::Weekday(_), ..] if !days.is_empty() => 1,
            [T::And | T::Comma, T::Every | T::On, T::Weekday(_), ..] if !days.is_empty() => 2,
            _ => break,
        };
        let Some(T::Weekday(day)) = rest.get(step) else { break };
        days.push(*day);
        length += step + 1;
    }
    (!days.is_empty()).then_some((days, length))
}

/// `x 5 days`, `pdt 1 sem`, `រយៈពេល ៥ថ្ងៃ`, `for 5/7`, and behind a frequency `5 days`.
pub(super) fn duration(tokens: &[T]) -> Option<Found> {
    let lead = match tokens {
        [T::For, T::During, ..] | [T::During, T::For, ..] => 2,
        [T::For | T::During | T::X, ..] => 1,
        _ => 0,
    };
    let rest = tokens.get(lead..)?;
    if let [T::N(_), T::Dash | T::To | T::A, T::N(_), T::Day | T::Week | T::Month, ..] = rest {
        return Some(Refused("words_choose_one", lead + 4));
    }
    // "For 3 nights"
    if let [T::N(n), T::Nights(slot), ..] = rest {
        return Some(match n.whole() {
            Some(nights @ 1..=MAX_DURATION) => Is(S::Nights(*slot, nights), lead + 2),
            _ => Refused("words_out_of_range", lead + 2),
        });
    }
    let one = Number::of(ONE);
    let (n, scale, length) = match rest {
        // "For a week"
        [T::A, T::Day, ..] if lead > 0 => (&one, 1, 2),
        [T::A, T::Week, ..] if lead > 0 => (&one, 7, 2),
        [T::A, T::Month, ..] if lead > 0 => (&one, 30, 2),
        [T::N(n), T::Day, ..] => (n, 1, 2),
        [T::N(n), T::Week, ..] => (n, 7, 2),
        [T::N(n), T::Month, ..] => (n, 30, 2),
        // The British way: days out of 7, weeks out of 52.
        [T::N(n), T::Slash, T::N(of), ..] if lead > 0 && is(of, 7) && !is(n, 24) => (n, 1, 3),
        [T::N(n), T::Slash, T::N(of), ..] if lead > 0 && is(of, 52) => (n, 7, 3),
        [T::N(n), T::Slash, T::N(of), ..] if lead > 0 && is(of, 12) => (n, 30, 3),
        // "OD 5/7" is for 5 days to one reader and on 5 days of each week to the next.
        [T::N(_), T::Slash, T::N(of), ..] if is(of, 7) => return Some(Refused("words_n_of_seven", 3)),
        _ => return None,
    };
    if lead == 0 && may_be_how_often(rest, n, length) {
        return Some(Refused("words_days_or_length", length));
    }
    let after = rest.get(length);
    if matches!(after, Some(T::Slash | T::OutOf | T::Per | T::A | T::Once | T::Times | T::Dash | T::Apart))
        || matches!(rest.get(length..), Some([T::N(_), T::Times, ..]))
        // "5 days weekly" is a count of days.
        || matches!(rest.get(length..), Some([T::Weekly | T::Monthly, ..] | [T::Every, T::Week | T::Month, ..]))
    {
        return None;
    }
    let length = lead + length;
    Some(match n.whole().and_then(|n| n.checked_mul(scale)) {
        Some(days @ 1..=MAX_DURATION) if scale == 30 => {
            let notice = Notice::new("notice_duration_months").with("days", days.to_string());
            Told(S::Duration(days), length, notice)
        }
        Some(days @ 1..=MAX_DURATION) => Is(S::Duration(days), length),
        _ => Refused("words_out_of_range", length),
    })
}

/// "១ថ្ងៃ" by itself is a day as often as it is for a day; "២ថ្ងៃ ១គ្រាប់" is one tablet in two days, or two days of them.
fn may_be_how_often(rest: &[T], n: &Number, length: usize) -> bool {
    let behind = rest.get(length..).unwrap_or_default();
    let amount = matches!(behind, [T::N(_), T::Unit(_), ..] | [T::KhmerHalf, ..]);
    let each = matches!(behind, [T::Once | T::EachTime, T::N(_) | T::KhmerHalf, ..]);
    let one = n.whole() == Some(1);
    amount || (one && (each || matches!(rest.get(1), Some(T::Day))))
}

fn is(number: &Number, whole: u32) -> bool {
    number.whole() == Some(whole)
}
