//! What statements mean beside others.

use super::directions::Direction;
use super::sequence::{Entry, Link, Placed};
use super::statements::{S, Statement};
use super::tokens::{Kind, T, Token, Tokens};

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

/// "Tid and hs": a count of the times by day, and one more at bedtime.
pub(super) fn joins_bedtime(found: &[Statement], index: usize) -> bool {
    let at = |index: Option<usize>| index.and_then(|index| found.get(index)).map(|statement| &statement.what);
    matches!(at(index.checked_sub(1)), Some(S::PerDay(2 | 3)))
        && matches!(at(index.checked_add(1)), Some(S::Slot(_, Kind::Bedtime)))
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
