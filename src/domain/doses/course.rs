//! How the doses of a line go on when another takes its place.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::change::Change;
use super::cover::{handed_over, to_plan};
use super::intervals::by_interval;
use super::model::{Day, Dose};
use super::other_days::{
    after_rest, by_other_days, days_before, doses_a_day, from_other_start, last_day_taken, with_as_many,
};
use super::planning::{Occurrence, Plan, occurrences, occurrences_on};
use super::settling::{began_at, endless, on_course, settle, with_recorded};
use super::slot_times::{prescribed, time_and_amount};
use super::supply::hold_to_quantity;
use super::tapers::{by_other_slots, has_same_days, with_first_step};
use crate::domain::prescriptions::model::{
    ChangedDay, Course, DayPattern, Length, Line, Schedule, Slot, SlotAmounts, TaperStep,
};
use crate::domain::users::model::MealTimes;
use crate::platform::clock::{Timestamp, start_of_day};

/// `new`, which takes the place of `old`, a line whose doses have begun: its days, patterns and number of doses go
/// on from where those of `old` began. An interval counts from when the medicine was last taken, or was last to be
/// taken; another pattern of days from the day of the last intake, and no dose of it comes too soon after that. A
/// quantity has as many doses left as what was not used is enough for.
///
/// A line with another start, and one that has not begun, begins anew, the first with what it has left. What was taken
/// or left out before its time has begun with that.
pub fn carry_on(old: &Line, new: &Line, change: Change<'_>) -> Line {
    let Change { meals, zone, now, .. } = change;
    let Some(before) = old.course else { return settle(new, meals, zone, now) };
    if old.start != new.start {
        return from_other_start(old, before, new, change);
    }
    let line = match course_of(old, before, new, change) {
        Some(course) => on_course(new, course, meals, zone),
        None => begun_anew(old, before, new, change),
    };
    hold_to_quantity(old, line, change)
}

/// Whether the doses of `new` go on from those of `old`, whose place it takes, and do not begin anew.
pub fn goes_on(old: &Line, new: &Line, change: Change<'_>) -> bool {
    old.start == new.start && old.course.is_some_and(|before| course_of(old, before, new, change).is_some())
}

/// `new`, whose course begins anew: what was recorded today is one of its doses, when it names that.
fn begun_anew(old: &Line, before: Course, new: &Line, change: Change<'_>) -> Line {
    let Change { meals, zone, now, .. } = change;
    let line = settle(new, meals, zone, now);
    let Some(course) = line.course else { return line };
    let course = with_first_step(&line, course, change).unwrap_or_else(|| with_recorded(course, change));
    on_course(&line, on_changed_day(course, (old, before), new, change), meals, zone)
}

/// Where the course of `old` goes on when `new` takes its place; nothing when it begins anew.
fn course_of(old: &Line, before: Course, new: &Line, change: Change<'_>) -> Option<Course> {
    let Change { meals, zone, now, standing, .. } = change;
    let named_at = new.first_at.filter(|_| new.first_at != old.first_at);
    let is_moved = || has_moved_slots(old, new, meals);
    if named_at.is_none() && has_same_times(&old.schedule, &new.schedule) && !is_moved() {
        return Some(before);
    }
    let before = on_changed_day(before, (old, before), new, change);
    let begun_at = began_at(old, before, meals, zone);
    let has_begun = begun_at.is_some_and(|begun_at| begun_at <= now) || !standing.is_empty();
    match (begun_at, &new.schedule) {
        (_, Schedule::EveryHours { hours, .. }) => {
            let was_interval = matches!(old.schedule, Schedule::EveryHours { .. });
            let before = Course { treated: before.treated.filter(|_| was_interval), ..before };
            let course = by_interval((old, before), begun_at, (new, *hours), named_at, change)?;
            let is_named = named_at.is_some() && begun_at.is_some();
            Some(if is_named { course } else { with_as_many(old, before, (new, course), change) })
        }
        (Some(_), Schedule::Taper { .. }) => {
            if has_begun && has_same_days(old, new) {
                return Some(by_other_slots((old, before), begun_at, new, change));
            }
            let goes_on = has_begun && has_same_doses_until(old, new, before, change);
            goes_on.then_some(before)
        }
        (_, Schedule::Slots { days, .. } | Schedule::Times { days, .. })
            if has_begun && is_another_pattern(&old.schedule, days) =>
        {
            match (days, last_day_taken(standing, zone), begun_at) {
                (DayPattern::EveryDays(_), Some(taken_on), _) => {
                    let days_before = days_before(before, taken_on);
                    Some(Course { days_before, ..Course::beginning(taken_on) })
                }
                (DayPattern::Weekdays(_), ..) => Some(by_other_days(old, before, new, days, change)),
                // Its first day lies ahead when its days were others once before.
                (DayPattern::Daily, Some(_), _) if before.first > now.day_in(zone) => {
                    Some(by_other_days(old, before, new, days, change))
                }
                (.., Some(begun_at)) => Some(at_other_times(old, before, begun_at, new, change)),
                (.., None) => None,
            }
        }
        // Its first day lies ahead when the last change left one out.
        (Some(_), Schedule::Slots { days, .. } | Schedule::Times { days, .. })
            if has_begun && *days == DayPattern::Daily && was_taken_before(before, change) =>
        {
            let course = by_other_days(old, before, new, days, change);
            Some(after_rest(old, before, (new, course), change))
        }
        (Some(begun_at), Schedule::Slots { .. } | Schedule::Times { .. }) if has_begun => {
            Some(at_other_times(old, before, begun_at, new, change))
        }
        _ => None,
    }
}

/// Whether the first day of a course lies ahead and the line was taken on an earlier one.
fn was_taken_before(course: Course, change: Change<'_>) -> bool {
    let of_before =
        |dose: &Dose| dose.taken_at().is_some() && dose.scheduled().day_in(change.zone) < course.first;
    course.first > change.now.day_in(change.zone) && change.standing.iter().any(of_before)
}

/// The course of a line that goes by days when its times become others, as often as before where one of them is an interval,
/// and with no dose too soon after the last intake.
fn at_other_times(old: &Line, before: Course, begun_at: Timestamp, new: &Line, change: Change<'_>) -> Course {
    let course = by_other_times(old, before, begun_at, new, change);
    let course = with_as_many(old, before, (new, course), change);
    after_rest(old, before, (new, course), change)
}

/// The course of a line that goes by days when its times become others: the days stay, the first one keeps as many
/// doses as it had, and what the day of the change no longer holds follows at the end.
fn by_other_times(old: &Line, before: Course, begun_at: Timestamp, new: &Line, change: Change<'_>) -> Course {
    let Change { meals, zone, now, standing, .. } = change;
    let course = Course { passed: 0, first_at: None, ..before };
    let each = Plan::with(new, course, meals, zone).times_on(course.first);
    let passed = match &old.schedule {
        // What was taken for a time of the day is its dose, although the interval was counted from the intake.
        Schedule::EveryHours { .. } => {
            let is_given = |at: &Timestamp| standing.iter().any(|dose| dose.scheduled() == *at);
            each.iter().filter(|at| **at < begun_at && !is_given(at)).count()
        }
        _ if before.passed == 0 => 0,
        _ => {
            let all = Plan::with(old, before, meals, zone).times_on(before.first).len();
            let held = all.saturating_sub(usize::try_from(before.passed).unwrap_or(all));
            each.len().saturating_sub(held)
        }
    };
    let course = Course { passed: u32::try_from(passed).unwrap_or(0), ..course };
    let today = now.day_in(zone);
    let (was, line) = (endless(old, before), endless(new, course));
    let asked = |line: &Line| asked_on(line, today, change);
    let all = asked(&line);
    let stands = handed_over(&line, meals, zone, standing, now);
    let of_past = |doses: &[Dose]| doses.iter().filter(|dose| dose.scheduled().day_in(zone) < today).count();
    let day = Day::of(&stands, today, zone);
    let wanted = if today == course.first { all.len() } else { all.len().min(asked(&was).len()) };
    let held = day.doses.len().saturating_add(to_plan(&day, &line, &all, now).len());
    // An open dose of yesterday evening that is not named any more was not given either.
    let gone = of_past(standing).saturating_sub(of_past(&stands));
    let whole = |count: usize| u32::try_from(count).unwrap_or(0);
    let (of_today, of_past) = (whole(wanted.saturating_sub(held)), whole(gone));
    let since = start_of_day(today, zone);
    let earlier = course.unheld_on.filter(|unheld| unheld.since == since).map_or(0, |unheld| unheld.doses);
    let unheld = course.unheld.saturating_sub(earlier).saturating_add(of_today).saturating_add(of_past);
    let unheld_on = (of_today > 0).then_some(ChangedDay { since, doses: of_today });
    Course { unheld, unheld_on, ..course }
}

/// What a line asks for on a day.
fn asked_on(line: &Line, day: NaiveDate, change: Change<'_>) -> Vec<Occurrence> {
    occurrences_on(line, change.meals, change.zone, day)
}

/// The course with today as the day on which `old` was changed, when `new` asks for another number of doses a day than it
/// held by the times of `old` or, when it is changed once more, by those before.
fn on_changed_day(course: Course, (old, before): (&Line, Course), new: &Line, change: Change<'_>) -> Course {
    let today = change.now.day_in(change.zone);
    let since = start_of_day(today, change.zone);
    let of_today = |changed: Option<ChangedDay>| changed.filter(|changed| changed.since == since);
    let asked = u32::try_from(asked_on(&endless(old, before), today, change).len()).unwrap_or(u32::MAX);
    let most = asked.max(of_today(before.changed).map_or(0, |changed| changed.doses));
    let each = doses_a_day(new);
    let is_fewer = !matches!(new.schedule, Schedule::Taper { .. }) && each < most;
    let first = ChangedDay { since, doses: asked };
    Course {
        changed: is_fewer.then_some(ChangedDay { since, doses: most }),
        at_first: of_today(before.at_first).or_else(|| (each > 0 && each != asked).then_some(first)),
        ..course
    }
}

/// Whether the days of `old` were not `days`.
fn is_another_pattern(old: &Schedule, days: &DayPattern) -> bool {
    match old {
        Schedule::Slots { days: before, .. } | Schedule::Times { days: before, .. } => before != days,
        _ => true,
    }
}

/// Whether both lines, on the same course, have asked for the same until now.
fn has_same_doses_until(old: &Line, new: &Line, course: Course, change: Change<'_>) -> bool {
    let Change { meals, zone, now, .. } = change;
    let until_now = |line: &Line| {
        let line = Line { course: Some(course), ..line.clone() };
        occurrences(&line, meals, zone, start_of_day(course.first, zone), now)
    };
    matches!(old.schedule, Schedule::Taper { .. }) && until_now(old) == until_now(new)
}

/// Whether another relation to the meals puts the slots of a line at other times.
fn has_moved_slots(old: &Line, new: &Line, meals: &MealTimes) -> bool {
    let by_slots = matches!(new.schedule, Schedule::Slots { .. } | Schedule::Taper { .. });
    let at = |line: &Line, slot| prescribed(slot, line.meal_relation, meals);
    // With another relation a pill group may not hold a slot any more that it has moved.
    let lies_at = |line: &Line, slot| time_and_amount(line, slot, meals).map(|(minutes, _)| minutes);
    let has_moved = |slot| {
        at(old, slot) != at(new, slot)
            || lies_at(old, slot).zip(lies_at(new, slot)).is_some_and(|(before, now)| before != now)
    };
    by_slots && Slot::ALL.into_iter().any(has_moved)
}

/// Whether the doses of both lie at the same times, however much is taken.
fn has_same_times(old: &Schedule, new: &Schedule) -> bool {
    let slots = |one: &SlotAmounts, other: &SlotAmounts| {
        Slot::ALL.iter().all(|slot| one.at(*slot).is_zero() == other.at(*slot).is_zero())
    };
    let steps =
        |one: &TaperStep, other: &TaperStep| one.days == other.days && slots(&one.amounts, &other.amounts);
    match (old, new) {
        (Schedule::Slots { amounts, days }, Schedule::Slots { amounts: others, days: pattern }) => {
            slots(amounts, others) && days == pattern
        }
        (Schedule::Times { times, days, .. }, Schedule::Times { times: others, days: pattern, .. }) => {
            times == others && days == pattern
        }
        (Schedule::Taper { steps: one }, Schedule::Taper { steps: other }) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| steps(one, other))
        }
        (Schedule::EveryHours { hours, .. }, Schedule::EveryHours { hours: others, .. }) => hours == others,
        (Schedule::Once { .. }, Schedule::Once { .. }) => true,
        (Schedule::AsNeeded { .. }, Schedule::AsNeeded { .. }) => true,
        _ => false,
    }
}

/// The field of a line that leaves it without any dose.
pub fn field_of_length(line: &Line, today: NaiveDate) -> &'static str {
    match line.length {
        Length::Until(_) => "endDate",
        _ if line.start < today => "startDate",
        Length::Quantity => "quantity",
        Length::Days(_) | Length::Ongoing => "durationDays",
    }
}

/// Whether any dose of the settled `line` lies at or after `from`.
pub fn has_dose_from(line: &Line, meals: &MealTimes, zone: Tz, from: Timestamp) -> bool {
    Plan::of(line, meals, zone).is_some_and(|plan| plan.first_from(from).is_some())
}
