//! What statements mean beside others.

use super::directions::Direction;
use super::sequence::{Entry, Link, Placed};
use super::statements::{S, Statement};
use super::tokens::{T, Token, Tokens};
use crate::domain::prescriptions::model::Slot;

/// "2 g daily bd": 2 g may be the amount of the day or of each dose.
pub(super) fn day_is_total(tokens: &Tokens, found: &[Statement], index: usize) -> bool {
    let short = found.get(index).and_then(|statement| tokens.list.get(statement.from));
    let before = found.get(..index).and_then(|before| before.iter().rfind(|before| before.what != S::Comma));
    matches!(short, Some(Token { what: T::PerDay(_), .. }))
        && matches!(before, Some(Statement { what: S::EveryDay, .. }))
}

/// Whether the words of a count say "a day", as "1 fois le soir" does not.
pub(super) fn names_the_day(tokens: &Tokens, statement: &Statement) -> bool {
    tokens.list.get(statement.from..statement.to).is_some_and(|said| {
        said.iter().any(|token| matches!(token.what, T::Day | T::EveryDay | T::Od | T::Qd))
    })
}

/// Whether both neighbours of an "and" are of the kinds that make lists.
pub(super) fn joins(found: &[Statement], index: usize) -> bool {
    let listed = |statement: Option<&Statement>| {
        statement.is_some_and(|statement| {
            matches!(
                statement.what,
                S::Slot(..)
                    | S::SlotMeals(..)
                    | S::Clock(..)
                    | S::Amount(_)
                    | S::Comma
                    | S::Direction(Direction::OnWaking)
            )
        })
    };
    // "1 matin avant repas et 1 soir avant repas", "matin dans l'œil droit et soir dans l'œil droit"
    let before = index.checked_sub(1).and_then(|before| found.get(before));
    let meal_of_slot = matches!(before.map(|before| &before.what), Some(S::Meal(_) | S::Direction(_)))
        && index
            .checked_sub(2)
            .and_then(|before| found.get(before))
            .is_some_and(|slot| matches!(slot.what, S::Slot(..)));
    (listed(before) || meal_of_slot) && listed(found.get(index + 1))
}

/// "Tid and hs", "bd, nocte": a count of the times by day, and one more at night, which is none of them.
pub(super) fn joins_bedtime(found: &[Statement], index: usize) -> bool {
    matches!(count_and_night(found, index), Some((2 | 3, _)))
}

/// What a count and bedtime may mean where the night may be one of the times of the count: in these times, or with one more.
pub(super) fn bedtime_unclear(found: &[Statement], index: usize) -> Option<(&'static str, &'static str)> {
    match count_and_night(found, index)? {
        // "OD, nocte" names the time of the one.
        (1, S::And) => Some(("0-0-0-1", "1-0-0-1")),
        (4, _) => Some(("1-1-1-1", "06:00, 10:00, 14:00, 18:00, 22:00")),
        _ => None,
    }
}

/// The count before a comma or an "and" with the night behind it, and which of the two stands there.
fn count_and_night(found: &[Statement], index: usize) -> Option<(u32, &S)> {
    let is_link = |statement: &&Statement| matches!(statement.what, S::Comma | S::And);
    let (before, links) = found.split_at_checked(index)?;
    let (S::PerDay(count), S::Slot(Slot::Night, _)) =
        (&before.last()?.what, &links.iter().find(|statement| !is_link(statement))?.what)
    else {
        return None;
    };
    let mut said = links.iter().take_while(is_link).map(|link| &link.what);
    let first = said.next()?;
    let link = if *first == S::And { first } else { said.find(|link| **link == S::And).unwrap_or(first) };
    // "Bd, at bedtime and in the morning" names the times of the count.
    let is_time =
        |statement: &&Statement| matches!(statement.what, S::Slot(..) | S::SlotMeals(..) | S::Clock(..));
    let is_alone = found.iter().filter(is_time).count() == 1;
    (*link == S::And || is_alone).then_some((*count, link))
}

/// Whether a bare number stands where only an amount can: at a time of day, or right before how often.
pub(super) fn bare_is_clear(found: &[Statement], index: usize) -> bool {
    let at = |index: usize| found.get(index).map(|statement| &statement.what);
    let before = index.checked_sub(1).and_then(at);
    let slot_before = matches!(before, Some(S::Slot(..) | S::Clock(..) | S::SlotMeals(..)));
    let begins = matches!(before, None | Some(S::Comma | S::And | S::Dash));
    let often = matches!(
        at(index + 1),
        Some(
            S::PerDay(_)
                | S::EveryHours(..)
                | S::EveryDays(_)
                | S::EveryDay
                | S::SlotEvery(..)
                | S::AsNeeded(_)
                | S::Slot(..)
                | S::SlotMeals(..)
                | S::EachMeal(_)
                | S::PerWeek(_)
                | S::Clock(..)
                | S::Now
        )
    );
    slot_before || (begins && often)
}

/// Whether the amount of this time may be that of the time before: "1 cp matin 2 et soir", "10 IU morning 20 noon and
/// night", in which nothing parts the number from the time that it follows.
pub(super) fn is_cut_off(list: &[Placed], index: usize) -> bool {
    let Some((time, before)) = list.get(..=index).and_then(<[Placed]>::split_last) else { return false };
    let is_amount = |placed: &Placed| matches!(placed.entry, Entry::Amount(_));
    let Some(place) = before.iter().rposition(is_amount).filter(|place| *place > 0) else { return false };
    let follows = |placed: &Placed| match placed.entry {
        Entry::Amount(said) => placed.link == Link::None && said.unit.is_none(),
        _ => false,
    };
    let is_beside = place + 1 == index;
    match time.link {
        Link::And => is_beside || before.get(place).is_some_and(follows),
        Link::Comma | Link::Dash => is_beside && before.get(place).is_some_and(follows),
        Link::None => false,
    }
}
