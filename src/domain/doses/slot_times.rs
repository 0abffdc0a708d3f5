//! At what time of day the slots of a medicine line lie: by the clinic's slots, by the patient's meals, and by the pill groups
//! in which the patient uses several medicines together.
//!
//! # What a pill group may move
//! A group never changes what was prescribed, only at what time of day it is asked for, and only within what the prescription
//! allows: what is used before a meal or on an empty stomach stays before it, what is used with or after it stays near it, and
//! the doses of a line keep their order and their distance. A time that does not fit, because meals or the prescription have
//! changed since, moves nothing: the slot lies where it is prescribed.

use chrono::{NaiveTime, TimeDelta};

use crate::domain::prescriptions::model::{Amount, Line, MealRelation, Schedule, Slot, SlotAmounts};
use crate::domain::users::model::MealTimes;

/// Between a meal and what is taken before or after it.
const MEAL_DISTANCE: TimeDelta = TimeDelta::minutes(30);
/// How far a slot may be moved that no meal holds, and how far ahead of a meal.
const FAR: TimeDelta = TimeDelta::hours(2);
/// How far behind its time a slot may be moved that is used after a meal.
const AFTER_MEAL: TimeDelta = TimeDelta::hours(1);
/// Least time between two slots of one line of which one was moved.
const APART: TimeDelta = TimeDelta::hours(2);
const DAY: TimeDelta = TimeDelta::hours(24);

/// Why a slot of a line cannot lie at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It has no slots: exact times, an interval, once, or as needed.
    WithoutSlots,
    /// Its nearest slot may lie from the one to the other only.
    OutOfRange(NaiveTime, NaiveTime),
    /// Two of its doses would lie less than two hours apart.
    TooClose,
}

/// The time of day of a slot when nothing moves it.
pub(super) const fn default_minutes(slot: Slot) -> TimeDelta {
    TimeDelta::minutes(match slot {
        Slot::Morning => 7 * 60,
        Slot::Noon => 11 * 60 + 30,
        Slot::Evening => 17 * 60 + 30,
        Slot::Night => 21 * 60,
    })
}

/// The time since midnight.
pub(super) fn since_midnight(time: NaiveTime) -> TimeDelta {
    time - NaiveTime::MIN
}

/// The time of day of a slot for a patient with these meal times, as prescribed. Meals move a slot only for what is taken
/// before, with or after them; an empty stomach counts as before the meal. A negative number of minutes lies on
/// the day before.
pub(super) fn prescribed(slot: Slot, relation: MealRelation, meals: &MealTimes) -> TimeDelta {
    let meal = match slot {
        Slot::Morning => meals.morning,
        Slot::Noon => meals.afternoon,
        Slot::Evening => meals.night,
        Slot::Night => None,
    };
    match (meal, relation) {
        (Some(meal), MealRelation::Before | MealRelation::EmptyStomach) => {
            since_midnight(meal) - MEAL_DISTANCE
        }
        (Some(meal), MealRelation::With) => since_midnight(meal),
        (Some(meal), MealRelation::After) => since_midnight(meal) + MEAL_DISTANCE,
        (Some(_), MealRelation::None) | (None, _) => default_minutes(slot),
    }
}

/// The first and the last time at which a slot that is prescribed for `at` may be asked for.
fn range(at: TimeDelta, relation: MealRelation) -> (TimeDelta, TimeDelta) {
    let (before, behind) = match relation {
        MealRelation::Before | MealRelation::EmptyStomach => (FAR, TimeDelta::zero()),
        MealRelation::With => (MEAL_DISTANCE, MEAL_DISTANCE),
        MealRelation::After => (TimeDelta::zero(), AFTER_MEAL),
        MealRelation::None => (FAR, FAR),
    };
    let last_minute = DAY - TimeDelta::minutes(1);
    ((at - before).clamp(TimeDelta::zero(), last_minute), (at + behind).clamp(TimeDelta::zero(), last_minute))
}

type Times = Vec<(Slot, TimeDelta)>;

/// The slots in which `amounts` of `line` are taken, with their times since midnight.
pub(super) fn slot_times(line: &Line, amounts: &SlotAmounts, meals: &MealTimes) -> Times {
    let as_prescribed = as_prescribed(line, amounts, meals);
    let moves = meals.moved.iter().filter(|moved| line.has_number(moved.line));
    let moves: Vec<(Slot, NaiveTime)> = moves.map(|moved| (moved.slot, moved.time)).collect();
    if moves.is_empty() {
        return as_prescribed;
    }
    moved(line, &as_prescribed, &moves).unwrap_or_else(|_| moved_where_it_fits(line, as_prescribed, &moves))
}

/// The slots with those moves, one after another, that go with the ones before them: a move that does not fit any more takes
/// none of the others along.
fn moved_where_it_fits(line: &Line, as_prescribed: Times, moves: &[(Slot, NaiveTime)]) -> Times {
    let mut kept = Vec::with_capacity(moves.len());
    let mut times = as_prescribed.clone();
    for one in moves {
        kept.push(*one);
        match moved(line, &as_prescribed, &kept) {
            Ok(moved) => times = moved,
            Err(_) => drop(kept.pop()),
        }
    }
    times
}

fn as_prescribed(line: &Line, amounts: &SlotAmounts, meals: &MealTimes) -> Times {
    let slots = Slot::ALL.into_iter().filter(|slot| !amounts.at(*slot).is_zero());
    slots.map(|slot| (slot, prescribed(slot, line.meal_relation, meals))).collect()
}

/// The slots with those that are moved at their own time, unless that does not fit.
fn moved(line: &Line, times: &[(Slot, TimeDelta)], moves: &[(Slot, NaiveTime)]) -> Result<Times, Unfit> {
    let mut moved = times.to_vec();
    for (slot, minutes) in &mut moved {
        let Some((_, time)) = moves.iter().find(|(named, _)| named == slot) else { continue };
        let (first, last) = range(*minutes, line.meal_relation);
        let wanted = since_midnight(*time);
        if wanted < first || wanted > last {
            return Err(Unfit::OutOfRange(NaiveTime::MIN + first, NaiveTime::MIN + last));
        }
        *minutes = wanted;
    }
    // What meals bring closer together than that may stay as it is.
    if gaps(&moved).into_iter().zip(gaps(times)).any(|(now, before)| now < before.min(APART)) {
        return Err(Unfit::TooClose);
    }
    Ok(moved)
}

/// From each slot to the next one, from the last to the first of the next day.
fn gaps(times: &[(Slot, TimeDelta)]) -> Vec<TimeDelta> {
    let first = times.first().map(|(_, minutes)| *minutes + DAY);
    let next = times.iter().skip(1).map(|(_, minutes)| *minutes).chain(first);
    times.iter().zip(next).map(|((_, time), next)| next - *time).collect()
}

/// The amounts of the slots of a line: of a taper those of each step; none for a line without slots.
fn slots_of(line: &Line) -> Vec<&SlotAmounts> {
    match &line.schedule {
        Schedule::Slots { amounts, .. } => vec![amounts],
        Schedule::Taper { steps } => steps.iter().map(|step| &step.amounts).collect(),
        Schedule::Times { .. }
        | Schedule::EveryHours { .. }
        | Schedule::Once { .. }
        | Schedule::AsNeeded { .. } => Vec::new(),
    }
}

/// At what time since midnight a slot of `line` lies and how much is taken then, of a taper by its first step with that slot;
/// nothing when it has no such slot.
pub fn time_and_amount(line: &Line, slot: Slot, meals: &MealTimes) -> Option<(TimeDelta, Amount)> {
    slots_of(line).into_iter().find_map(|amounts| {
        let times = slot_times(line, amounts, meals);
        let (_, minutes) = times.into_iter().find(|(named, _)| *named == slot)?;
        Some((minutes, amounts.at(slot)))
    })
}

/// Which slot of `line` may lie at `time`: the one that is prescribed nearest to it. Other moves of the line count as they
/// stand in `meals`.
///
/// # Errors
/// Why none may.
pub fn slot_at(line: &Line, time: NaiveTime, meals: &MealTimes) -> Result<Slot, Unfit> {
    let all = slots_of(line);
    let wanted = since_midnight(time);
    let times = all.iter().flat_map(|amounts| as_prescribed(line, amounts, meals));
    let nearest = times.min_by_key(|(_, minutes)| (*minutes - wanted).abs());
    let (slot, _) = nearest.ok_or(Unfit::WithoutSlots)?;
    fits(line, slot, time, meals)?;
    Ok(slot)
}

/// Whether `slot` of `line` may lie at `time` whenever the line has it.
///
/// # Errors
/// Why it may not.
pub fn fits(line: &Line, slot: Slot, time: NaiveTime, meals: &MealTimes) -> Result<(), Unfit> {
    let mut has_slot = false;
    let others = meals.moved.iter().filter(|moved| moved.slot != slot && line.has_number(moved.line));
    let others: Vec<(Slot, NaiveTime)> = others.map(|moved| (moved.slot, moved.time)).collect();
    for amounts in slots_of(line) {
        let times = as_prescribed(line, amounts, meals);
        if times.iter().any(|(named, _)| *named == slot) {
            // Alone first, so that it is told apart from what stands in its way.
            moved(line, &times, &[(slot, time)])?;
            let mut together = others.clone();
            together.push((slot, time));
            if moved(line, &times, &others).is_ok() {
                moved(line, &times, &together)?;
            }
            has_slot = true;
        }
    }
    if has_slot { Ok(()) } else { Err(Unfit::WithoutSlots) }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::domain::prescriptions::model::DayPattern;
    use crate::domain::users::model::MovedSlot;

    fn line(slots: &str, meal_relation: MealRelation) -> Line {
        let one = |letter| if slots.contains(letter) { Amount::whole(1) } else { Amount::ZERO };
        let amounts = SlotAmounts { morning: one('m'), noon: one('n'), evening: one('e'), night: one('x') };
        let schedule = Schedule::Slots { amounts, days: DayPattern::Daily };
        Line { number: 4, meal_relation, ..Line::sample(NaiveDate::MIN, schedule) }
    }

    fn at(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M").unwrap()
    }

    #[test]
    fn a_group_stays_on_its_side_of_the_meal_and_near_the_prescribed_time() {
        use MealRelation::{After, Before, EmptyStomach, With};
        let none = MealTimes::default();
        let eats = MealTimes { morning: Some(at("07:00")), ..MealTimes::default() };
        let out = |first, last| Err(Unfit::OutOfRange(at(first), at(last)));
        for (slots, relation, meals, time, expected) in [
            ("m", MealRelation::None, &none, "05:00", Ok(Slot::Morning)),
            ("m", MealRelation::None, &none, "09:00", Ok(Slot::Morning)),
            ("m", MealRelation::None, &none, "09:01", out("05:00", "09:00")),
            ("m", Before, &eats, "06:30", Ok(Slot::Morning)),
            ("m", Before, &eats, "06:31", out("04:30", "06:30")),
            ("m", EmptyStomach, &eats, "07:00", out("04:30", "06:30")),
            ("m", With, &eats, "07:30", Ok(Slot::Morning)),
            ("m", With, &eats, "07:31", out("06:30", "07:30")),
            ("m", After, &eats, "07:29", out("07:30", "08:30")),
            ("m", After, &eats, "08:30", Ok(Slot::Morning)),
            ("mx", MealRelation::None, &none, "20:00", Ok(Slot::Night)),
            ("mx", MealRelation::None, &none, "23:00", Ok(Slot::Night)),
            ("mx", MealRelation::None, &none, "23:01", out("19:00", "23:00")),
            ("ex", MealRelation::None, &none, "19:01", Err(Unfit::TooClose)),
            ("ex", MealRelation::None, &none, "19:00", Ok(Slot::Evening)),
            ("x", MealRelation::None, &none, "07:00", out("19:00", "23:00")),
        ] {
            assert_eq!(
                slot_at(&line(slots, relation), at(time), meals),
                expected,
                "{slots} {relation:?} {time}"
            );
        }
        let once = Line { schedule: Schedule::Once { amount: Amount::whole(1) }, ..line("m", With) };
        assert_eq!(slot_at(&once, at("07:00"), &none), Err(Unfit::WithoutSlots));
    }

    #[test]
    fn what_does_not_fit_any_more_lies_where_it_is_prescribed() {
        let moved = |slot, time| MealTimes {
            moved: vec![MovedSlot { line: 4, slot, time: at(time) }],
            ..MealTimes::default()
        };
        let times = |line: &Line, meals: &MealTimes| {
            let amounts = slots_of(line)[0];
            let times = slot_times(line, amounts, meals).into_iter();
            times
                .map(|(_, minutes)| (NaiveTime::MIN + minutes).format("%H:%M").to_string())
                .collect::<Vec<_>>()
        };
        let plain = line("mx", MealRelation::None);
        assert_eq!(times(&plain, &moved(Slot::Morning, "08:15")), ["08:15", "21:00"]);
        assert_eq!(times(&plain, &moved(Slot::Noon, "11:00")), ["07:00", "21:00"]);
        assert_eq!(times(&plain, &moved(Slot::Morning, "12:00")), ["07:00", "21:00"]);
        // Two moves of one line must go together, and one that does not fit takes the other one nowhere.
        let day = line("mn", MealRelation::None);
        let both = |first, second| {
            let moves = [(Slot::Morning, first), (Slot::Noon, second)];
            let moved = moves.map(|(slot, time)| MovedSlot { line: 4, slot, time: at(time) }).to_vec();
            MealTimes { moved, ..MealTimes::default() }
        };
        assert_eq!(times(&day, &both("08:30", "11:00")), ["08:30", "11:00"]);
        assert_eq!(times(&day, &both("08:30", "14:00")), ["08:30", "11:30"]);
        assert_eq!(times(&day, &both("10:00", "11:00")), ["07:00", "11:00"]);
        assert_eq!(times(&day, &both("09:00", "10:00")), ["09:00", "11:30"]);
        let early = moved(Slot::Morning, "09:00");
        assert_eq!(slot_at(&day, at("10:00"), &early), Err(Unfit::TooClose));
        assert_eq!(slot_at(&day, at("11:00"), &early), Ok(Slot::Noon));
        assert_eq!(slot_at(&day, at("08:00"), &early), Ok(Slot::Morning), "its own move stands in no way");
        let before = line("m", MealRelation::Before);
        assert_eq!(times(&before, &moved(Slot::Morning, "07:15")), ["07:00"]);
        let other = Line { number: 5, ..plain };
        assert_eq!(times(&other, &moved(Slot::Morning, "08:15")), ["07:00", "21:00"]);
    }
}
