//! Words that mean one thing or another by what stands beside them, settled once the text is cut into tokens.

use super::number::ONE;
use super::tokens::{Kind, T, Token, UnitWord};
use crate::domain::prescriptions::model::Slot;

/// Gives each such word its one meaning, or the mark that it has two.
pub(super) fn settle(list: &mut Vec<Token>) {
    settle_of(list);
    settle_times_of_day(list);
    settle_once(list);
    settle_quantity(list);
    settle_sprays(list);
    settle_nights(list);
    settle_in(list);
    settle_british_length(list);
    settle_hours(list);
    settle_sunday(list);
    settle_each_time(list);
    settle_noon(list);
    settle_half(list);
    settle_half_days(list);
    settle_meals(list);
}

const fn is_time(what: T) -> bool {
    matches!(what, T::Slot(_, Kind::Time | Kind::Afternoon))
}

/// Of, de: of a piece and its strength (`2 tabs of 500 mg`); elsewhere it says nothing.
fn settle_of(list: &mut Vec<Token>) {
    let strength = |index: usize| {
        let at = |index: usize| list.get(index).map(|token| token.what);
        matches!(index.checked_sub(1).and_then(at), Some(T::Unit(_)))
            && matches!(at(index + 1), Some(T::N(_)))
    };
    let keep: Vec<bool> =
        list.iter().enumerate().map(|(index, token)| token.what != T::Of || strength(index)).collect();
    let mut keep = keep.into_iter();
    list.retain(|_| keep.next().unwrap_or(true));
}

/// "៣ពេល" is at three times of the day; before a complaint or an hour it introduces that.
fn settle_times_of_day(list: &mut [Token]) {
    for index in 1..list.len() {
        let at = |index: usize| list.get(index).map(|token| token.what);
        let counts = matches!(at(index - 1), Some(T::N(n)) if matches!(n.whole(), Some(2..=4)));
        let introduces = matches!(at(index + 1), Some(T::Complaint(_) | T::Hour | T::N(_) | T::Clock(_)));
        if let Some(token) = list.get_mut(index)
            && token.what == T::If
            && counts
            && !introduces
        {
            token.what = T::TimesOfDay;
        }
    }
}

/// "១ថ្ងៃតែម្តង" is once a day and "តែម្តង" alone once for all; at a time of day it may be either.
fn settle_once(list: &mut [Token]) {
    for index in 0..list.len() {
        let before = list.get(..index).unwrap_or_default();
        let before = before.iter().rev().map(|token| token.what).find(|what| !matches!(what, T::Way(_)));
        let at = |index: usize| list.get(index).map(|token| token.what);
        let is_day = |what: Option<T>| {
            matches!(what, Some(T::Day | T::DayOrNoon | T::EveryDay | T::Week | T::WeekOrSunday | T::Month))
        };
        let per_day = matches!(at(index + 1), Some(T::Per | T::Slash | T::Every | T::EveryDay))
            || (matches!(at(index + 1), Some(T::N(_))) && is_day(at(index + 2)));
        let unclear = [before, at(index + 1)].iter().any(|it| matches!(it, Some(T::Slot(..) | T::Meal(_))));
        if let Some(token) = list.get_mut(index)
            && token.what == T::OnlyOnce
        {
            token.what = match (is_day(before) || per_day, unclear) {
                (true, _) => T::Once,
                (false, true) => T::OnlyOnce,
                (false, false) => T::Now,
            };
        }
    }
}

/// "ចំនួន២១គ្រាប់" is what is handed out where it ends a text that says the dose already, or where nobody takes so many
/// at once. "ចំនួន ៥ថ្ងៃ" is for how long.
fn settle_quantity(list: &mut [Token]) {
    for index in 0..list.len() {
        let at = |index: usize| list.get(index).map(|token| token.what);
        let is_amount = |pair: &[Token]| {
            matches!(pair, [Token { what: T::N(_) | T::KhmerHalf, .. }, Token { what: T::Unit(_), .. }])
        };
        let dose_is_said = list.get(..index).unwrap_or_default().windows(2).any(is_amount);
        let least = if dose_is_said { 4 * ONE } else { 10 * ONE };
        let ends = matches!((at(index + 1), at(index + 2), at(index + 3)),
            (Some(T::N(n)), Some(T::Unit(_)), None | Some(T::Comma)) if n.value > least);
        if let Some(token) = list.get_mut(index)
            && token.what == T::QuantityOrFor
        {
            token.what = if ends { T::Quantity } else { T::For };
        }
    }
}

/// "បាញ់ ១ដង" is one spray where how often follows, or nothing does; beside a time of day it may be how often.
fn settle_sprays(list: &mut Vec<Token>) {
    for index in 0..list.len() {
        let at = |index: usize| list.get(index).map(|token| token.what);
        let (Some(T::Unit(UnitWord::OrVerb(unit))), Some(T::N(number)), Some(T::Times)) =
            (at(index), at(index + 1), at(index + 2))
        else {
            continue;
        };
        let is_day = |what: Option<T>| matches!(what, Some(T::Day | T::DayOrNoon));
        let behind = index + 3;
        let counts = |index: usize| {
            matches!((at(index), at(index + 1)), (Some(T::N(_)), Some(T::Times)))
                || at(index) == Some(T::Once)
        };
        let often = (matches!(at(behind), Some(T::N(n)) if n.value == ONE)
            && is_day(at(behind + 1))
            && counts(behind + 2))
            || (is_day(at(behind)) && counts(behind + 1));
        if (at(behind).is_some() && !often) || matches!(index.checked_sub(1).and_then(at), Some(T::N(_))) {
            continue;
        }
        let whats = [T::N(number), T::Unit(UnitWord::Is(unit))];
        for (token, what) in list.iter_mut().skip(index).zip(whats) {
            token.what = what;
        }
        list.remove(index + 2);
    }
}

/// "TDS 5/7" is for 5 days and "BD 2/52" for 2 weeks, where the British short form of a count stands before it.
fn settle_british_length(list: &mut Vec<Token>) {
    let mut index = 1;
    while index < list.len() {
        let at = |index: usize| list.get(index).map(|token| token.what);
        let of = matches!((at(index), at(index + 1), at(index + 2)),
            (Some(T::N(n)), Some(T::Slash), Some(T::N(of)))
                if is_british_length(n.whole(), of.whole()));
        // "tds pc 5/7"
        let counted = match at(index - 1) {
            Some(T::Meal(_)) => index.checked_sub(2).and_then(at),
            before => before,
        };
        if of
            && matches!(counted, Some(T::PerDay(_)))
            && let Some(from) = list.get(index).map(|token| token.from)
        {
            list.insert(index, Token { what: T::For, from, to: from });
        }
        index += 1;
    }
}

/// "For 3 nights" counts days; elsewhere the plural is the time of day.
fn settle_nights(list: &mut [Token]) {
    for index in 0..list.len() {
        let at = |index: usize| list.get(index).map(|token| token.what);
        let number = index.checked_sub(1).and_then(at);
        let lead = index.checked_sub(2).and_then(at);
        let counts = matches!(number, Some(T::N(_))) && matches!(lead, Some(T::For | T::During | T::X));
        if let Some(token) = list.get_mut(index)
            && let T::Nights(slot) = token.what
            && !counts
        {
            token.what = T::Slot(slot, Kind::Time);
        }
    }
}

/// Days that treatments last, of 7, and weeks, of 52; "24/7" is always, and "25/7" looks like a date.
const fn is_british_length(number: Option<u32>, of: Option<u32>) -> bool {
    matches!((number, of), (Some(1..=14 | 21 | 28), Some(7)) | (Some(1..=52), Some(52)))
}

/// "8h/20h" are two times; behind an hour a stroke begins no interval.
fn settle_hours(list: &mut [Token]) {
    for index in 1..list.len() {
        let at = |index: usize| list.get(index).map(|token| token.what);
        let hours = (at(index - 1), at(index + 1), at(index + 2));
        if at(index) == Some(T::Slash)
            && matches!(hours, (Some(T::Hour), Some(T::N(_)), Some(T::Hour)))
            && let Some(token) = list.get_mut(index)
        {
            token.what = T::And;
        }
    }
}

/// "Twice in 3 days" counts in days, "bd in 2 days" is no length: the number must not be read without its "in".
fn settle_in(list: &mut Vec<Token>) {
    for index in 0..list.len() {
        let at = |index: usize| list.get(index).map(|token| token.what);
        let days = matches!(at(index + 1), Some(T::N(_)))
            && matches!(at(index + 2), Some(T::Day | T::Week | T::Month));
        let counted = matches!(
            index.checked_sub(1).and_then(at),
            Some(T::Times | T::Fold(_) | T::Once | T::X | T::Intakes)
        ) || list.iter().any(|token| token.what == T::Max);
        if let Some(token) = list.get_mut(index)
            && token.what == T::In
            && days
        {
            token.what = if counted { T::Per } else { T::Into };
        }
    }
    list.retain(|token| token.what != T::In);
}

/// "រាល់អាទិត្យ" is every week or every Sunday, unless "once" follows; elsewhere the word is a week.
fn settle_sunday(list: &mut [Token]) {
    for index in 0..list.len() {
        let at = |index: usize| list.get(index).map(|token| token.what);
        let two = index.checked_sub(1).and_then(at) == Some(T::Every) && at(index + 1) != Some(T::Once);
        if let Some(token) = list.get_mut(index)
            && token.what == T::WeekOrSunday
            && !two
        {
            token.what = T::Week;
        }
    }
}

/// "៥ថ្ងៃ ម្តង១គ្រាប់" is one tablet each time, "៥ថ្ងៃម្តង ១គ្រាប់" every five days: ម្តង belongs to what it is written to.
fn settle_each_time(list: &mut [Token]) {
    let slots = list.iter().filter(|token| matches!(token.what, T::Slot(..))).count();
    let often = slots > 1 || list.iter().any(|token| matches!(token.what, T::Times | T::PerDay(_)));
    for index in 1..list.len() {
        let [before, once, behind] = [index - 1, index, index + 1].map(|index| list.get(index).copied());
        let (Some(before), Some(once), Some(behind)) = (before, once, behind) else { continue };
        let counts = matches!(behind.what, T::N(_) | T::KhmerHalf)
            && matches!(list.get(index + 2).map(|token| token.what), Some(T::Unit(_)))
            || matches!(behind.what, T::KhmerHalf);
        let days = matches!(before.what, T::DayOrNoon | T::Day | T::Week | T::Month);
        if once.what != T::Once || !counts || !days {
            continue;
        }
        let one = index
            .checked_sub(2)
            .and_then(|index| list.get(index))
            .is_some_and(|token| matches!(token.what, T::N(n) if n.value == ONE));
        let (to_days, to_amount) = (before.to == once.from, once.to == behind.from);
        let what = match (to_days, to_amount) {
            // "១ថ្ងៃម្តង១គ្រាប់" is once a day; "១ថ្ងៃ៣ដង ៥ថ្ងៃម្តង១គ្រាប់" is not every five days.
            (true, false) => continue,
            (true, true) if one || !often => continue,
            (false, false) if one => continue,
            (false, true) if !one => T::EachTime,
            _ => T::OnceOrEachTime,
        };
        if let Some(token) = list.get_mut(index) {
            token.what = what;
        }
    }
}

/// Whether each ថ្ងៃ is a day or, as on forms with ព្រឹក ថ្ងៃ ល្ងាច, noon.
fn settle_noon(list: &mut [Token]) {
    let time = |token: &Token| is_time(token.what);
    for index in 0..list.len() {
        let at = |index: usize| list.get(index).map(|token| token.what);
        if at(index) != Some(T::DayOrNoon) {
            continue;
        }
        // Of a taper each step is a form of its own.
        let same_step = |token: &&Token| token.what != T::Then;
        let before =
            list.get(..index).is_some_and(|before| before.iter().rev().take_while(same_step).any(time));
        let after = list.get(index + 1..).is_some_and(|after| after.iter().take_while(same_step).any(time));
        let rate = matches!(
            index.checked_sub(1).and_then(at),
            Some(T::Every | T::Per | T::Slash | T::For | T::EveryDay | T::A)
        );
        let counted = matches!(at(index + 1), Some(T::Once))
            || matches!((at(index + 1), at(index + 2)), (Some(T::N(n)), Some(T::Once)) if n.value == ONE)
            || matches!((at(index + 1), at(index + 2), at(index + 3)),
                (Some(T::N(n)), Some(T::N(_)), Some(T::Times)) if n.value == ONE)
            || matches!((at(index + 1), at(index + 2)), (Some(T::N(_)), Some(T::Times)));
        let numbered = matches!(index.checked_sub(1).and_then(at), Some(T::N(_)));
        let duration =
            matches!(index.checked_sub(2).and_then(at), Some(T::For | T::X | T::During | T::Every));
        let noon = match (rate || counted, numbered) {
            (true, _) => false,
            (false, true) => before && after && !duration,
            (false, false) => before || after,
        };
        let unclear = numbered && !noon && !rate && number_may_be_amount(list, index);
        if let Some(token) = list.get_mut(index) {
            token.what = match (noon, unclear) {
                (true, _) => T::Slot(Slot::Noon, Kind::Time),
                (false, true) => T::DaysOrNoon,
                (false, false) => T::Day,
            };
        }
    }
}

/// `1 tab AM, 1 tab PM`: am and pm are times of day where no number stands beside them that could be an hour.
fn settle_half_days(list: &mut [Token]) {
    for index in 0..list.len() {
        let at = |index: usize| list.get(index).map(|token| token.what);
        let Some(T::HalfDay(pm)) = at(index) else { continue };
        let hour_before = matches!(index.checked_sub(1).and_then(at), Some(T::N(_) | T::Clock(_) | T::Hour));
        let number_behind = matches!((at(index + 1), at(index + 2)), (Some(T::N(_)), next) if !matches!(next, Some(T::Unit(_))));
        // "Noon pm", "night pm": one time or two. In "am noon pm" they are a list.
        let is_of_half = |what: Option<T>| match what {
            Some(T::Slot(slot, _)) => pm != (slot == Slot::Morning),
            _ => false,
        };
        let is_said_before = is_of_half(index.checked_sub(1).and_then(at))
            && !(0..index.saturating_sub(1)).any(|earlier| matches!(at(earlier), Some(T::Slot(..))));
        if !hour_before
            && !number_behind
            && !is_said_before
            && let Some(token) = list.get_mut(index)
        {
            token.what = T::Slot(if pm { Slot::Evening } else { Slot::Morning }, Kind::Latin);
        }
    }
}

/// "ក្រោយបាយព្រឹក និងបាយល្ងាច": after the word of one meal the next names its time of day only.
fn settle_meals(list: &mut [Token]) {
    for index in 3..list.len() {
        let at = |index: usize| list.get(index).map(|token| token.what);
        let first = (at(index - 3), at(index - 2), at(index - 1));
        if let Some(T::MealOf(slot)) = at(index)
            && matches!(first, (Some(T::Meal(_)), Some(T::Slot(_, Kind::Time)), Some(T::And | T::Comma)))
            && let Some(token) = list.get_mut(index)
        {
            token.what = T::Slot(slot, Kind::Time);
        }
    }
}

/// "And a half" is more of the piece before it; behind a time of day it begins the next amount.
fn settle_half(list: &mut Vec<Token>) {
    let mut index = 0;
    while index < list.len() {
        let at = |index: usize| list.get(index).map(|token| token.what);
        let belongs = matches!(index.checked_sub(1).and_then(at), Some(T::N(_) | T::Unit(_)));
        if at(index) == Some(T::AndHalf)
            && !belongs
            && let Some(token) = list.get_mut(index)
        {
            token.what = T::And;
            let half = Token { what: super::words::HALF, ..*token };
            list.insert(index + 1, half);
        }
        index += 1;
    }
}

/// "ព្រឹក១ថ្ងៃ": one in the morning and noon, or in the morning for a day. A number of more than two that stands apart
/// from the time of day counts days: "ល្ងាច ៥ថ្ងៃ".
fn number_may_be_amount(list: &[Token], index: usize) -> bool {
    let (Some(time), Some(number)) = (
        index.checked_sub(2).and_then(|index| list.get(index)),
        index.checked_sub(1).and_then(|index| list.get(index)),
    ) else {
        return false;
    };
    let small = matches!(number.what, T::N(n) if n.value <= 2 * ONE);
    let counted = matches!(
        (list.get(index + 1).map(|token| token.what), list.get(index + 2).map(|token| token.what)),
        (Some(T::Once), _) | (Some(T::N(_)), Some(T::Times))
    );
    is_time(time.what) && !counted && (small || time.to == number.from)
}
