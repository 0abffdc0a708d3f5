//! Times of the day and meals.

use super::number::{Form, ONE};
use super::statements::Found::{self, Is, Refused, Told};
use super::statements::S;
use super::tokens::T;
use crate::domain::prescriptions::model::{MealRelation, Slot};
use crate::domain::prescriptions::notice::Notice;

/// `matin`, `every morning`, `au coucher`, `à midi`, `ពេលព្រឹក`.
pub(super) fn slot(tokens: &[T]) -> Option<Found> {
    match tokens {
        [T::Every | T::At | T::A | T::Au | T::If, T::Slot(slot, kind), ..] => {
            Some(Is(S::Slot(*slot, *kind), 2))
        }
        // "ព្រឹកម្តង ល្ងាចម្តង"
        [T::Slot(slot, kind), T::Once]
        | [T::Slot(slot, kind), T::Once, T::Comma | T::And | T::Slot(..) | T::If | T::Meal(_) | T::For, ..] => {
            Some(Is(S::Slot(*slot, *kind), 2))
        }
        [T::Slot(slot, kind), ..] => Some(Is(S::Slot(*slot, *kind), 1)),
        // "1 tab lunch and dinner", "8 IU breakfast, 6 IU lunch": the time, without a word of before or after.
        [T::MealOf(slot), ..] => Some(Is(S::Slot(*slot, super::tokens::Kind::Latin), 1)),
        // Omni nocte ends a frequency; elsewhere it is the English word.
        [T::On] => Some(Is(S::Slot(Slot::Night, super::tokens::Kind::Latin), 1)),
        _ => None,
    }
}

/// `ac`, `après repas`, `à chaque repas`, `before breakfast and dinner`, `30 min before meals`.
pub(super) fn meal(tokens: &[T]) -> Option<Found> {
    match tokens {
        // "មុនបាយ ៣០នាទី"
        [T::Meal(meal @ (MealRelation::Before | MealRelation::After)), T::N(n), T::Minute, ..] => {
            return Some(minutes(n, *meal, S::Meal(*meal), 3));
        }
        // "មុនអាហារព្រឹក ៣០នាទី"
        [
            T::Meal(meal @ (MealRelation::Before | MealRelation::After)),
            T::Slot(slot, super::tokens::Kind::Time),
            T::N(n),
            T::Minute,
            ..,
        ] => {
            return Some(minutes(n, *meal, S::SlotMeals(vec![*slot], *meal), 4));
        }
        // "មុនបាយ ២ម៉ោង" is no clock.
        [T::Meal(MealRelation::Before | MealRelation::After), T::N(n), T::Hour, ..] if n.value <= 3 * ONE => {
            return Some(Refused("words_meal_minutes", 3));
        }
        // "ac breakfast"
        [T::Meal(relation @ (MealRelation::Before | MealRelation::After)), rest @ ..]
            if matches!(rest, [T::MealOf(_), ..]) =>
        {
            let (slots, said) = meals(rest, *relation)?;
            return Some(Is(S::SlotMeals(slots, *relation), 1 + said));
        }
        [T::Meal(meal), ..] => return Some(Is(S::Meal(*meal), 1)),
        [T::Every, T::Meals, ..] => return Some(Is(S::EachMeal(MealRelation::With), 2)),
        // The product itself plans half an hour before and after meals.
        [T::N(n), unit @ (T::Minute | T::Hour), rest @ ..]
            if matches!(rest, [T::Relation(_), ..] | [T::Meal(_), ..]) =>
        {
            let half_hour = *unit == T::Hour && n.form == Form::Fraction && n.value == ONE / 2;
            let n = if half_hour { super::number::Number::of(30 * ONE) } else { *n };
            let [T::Relation(relation) | T::Meal(relation), ..] = rest else { return None };
            return match meal(rest)? {
                Is(what, length) if half_hour || *unit == T::Minute => {
                    Some(minutes(&n, *relation, what, 2 + length))
                }
                _ => Some(Refused("words_meal_minutes", 4.min(tokens.len()))),
            };
        }
        [T::N(one), T::Slash, T::N(two), T::Hour, rest @ ..]
            if matches!(rest, [T::Relation(_), ..] | [T::Meal(_), ..])
                && one.whole() == Some(1)
                && two.whole() == Some(2) =>
        {
            let half = [&[T::N(super::number::Number::of(ONE / 2)), T::Hour], rest].concat();
            return match meal(&half)? {
                Told(what, length, notice) => Some(Told(what, length + 2, notice)),
                _ => Some(Refused("words_meal_minutes", 4)),
            };
        }
        _ => {}
    }
    let (relation, length) = match tokens {
        [T::Relation(relation), T::At | T::A | T::Au, ..] => (*relation, 2),
        [T::Relation(relation), ..] => (*relation, 1),
        [T::During | T::Au | T::At | T::A, ..] => (MealRelation::With, 1),
        _ => return None,
    };
    let rest = tokens.get(length..)?;
    match rest {
        [T::Every, T::Meals, ..] => Some(Is(S::EachMeal(relation), length + 2)),
        [T::N(n), T::Meals, ..] if n.whole() == Some(3) => Some(Is(S::EachMeal(relation), length + 2)),
        [T::Meals, ..] => Some(Is(S::Meal(relation), length + 1)),
        [T::MealOf(_), ..] => {
            let (slots, said) = meals(rest, relation)?;
            Some(Is(S::SlotMeals(slots, relation), length + said))
        }
        _ => None,
    }
}

/// So many minutes before or after a meal, which is planned half an hour before or after it: fewer than half an hour
/// before it are near enough, and are told.
fn minutes(n: &super::number::Number, relation: MealRelation, what: S, length: usize) -> Found {
    let code = match (relation, n.whole()) {
        (MealRelation::Before, Some(15 | 20 | 30)) => "notice_minutes_before_meal",
        (MealRelation::After, Some(30)) => "notice_minutes_after_meal",
        _ => return Refused("words_meal_minutes", length),
    };
    Told(what, length, Notice::new(code))
}

/// Breakfast and dinner, each with the same relation said once or each time.
fn meals(tokens: &[T], relation: MealRelation) -> Option<(Vec<Slot>, usize)> {
    let mut slots = Vec::new();
    let mut length = 0;
    loop {
        let step = match tokens.get(length..)? {
            [T::MealOf(_), ..] if slots.is_empty() => 0,
            [T::And | T::Comma | T::Plus, T::Relation(same), T::MealOf(_), ..] if *same == relation => 2,
            [T::And | T::Comma | T::Plus, T::Au, T::MealOf(_), ..] if relation == MealRelation::With => 2,
            [T::And | T::Comma | T::Plus, T::MealOf(_), ..] => 1,
            _ => break,
        };
        let Some(T::MealOf(slot)) = tokens.get(length + step) else { break };
        if slots.contains(slot) {
            return None;
        }
        slots.push(*slot);
        length += step + 1;
    }
    Some((slots, length))
}
