//! Where the doses of a line begin, how many there are and when the last one is.

use chrono::{Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use super::change::Change;
use super::cover::{handed_over, to_plan};
use super::intervals::by_interval;
use super::model::{Day, Dose};
use super::other_days::{
    by_other_days, days_before, doses_a_day, from_other_start, last_day_taken, with_as_many, with_recorded,
};
use super::planning::{Occurrence, Plan, default_minutes, next_minute, occurrences, occurrences_on};
use super::supply::hold_to_quantity;
use super::tapers::{by_other_slots, has_same_days};
use crate::domain::prescriptions::model::{
    ChangedDay, Course, DayPattern, Length, Line, Schedule, Slot, SlotAmounts, TaperStep,
};
use crate::domain::users::model::MealTimes;
use crate::platform::clock::{Span, Timestamp, instant_of, start_of_day};

/// Longest time to look for the first day of a pattern: the longest pattern is a year.
const FIRST_DAY_WITHIN: usize = 370;

/// How many doses a line has in all when its length was said in days; of one whose length is its quantity, as many
/// as were counted from that. Nothing for what is ongoing, has a last day or is taken as needed.
///
/// Days are counted from the first day with a dose. Of an interval these are the doses that fall into so many times
/// 24 hours.
pub fn total_doses(line: &Line) -> Option<u32> {
    match line.length {
        Length::Ongoing | Length::Until(_) => None,
        Length::Quantity => line.doses.filter(|_| !line.is_as_needed()),
        Length::Days(days) => {
            let (first, before) =
                line.course.map_or((line.start, 0), |course| (course.first, course.days_before));
            line.schedule.doses_in(first, days.saturating_sub(before))
        }
    }
}

/// The line as it takes effect at `now`: with the day and the time at which its doses begin, how many there are,
/// and the day of the last one.
///
/// A start that was not named is today. Doses begin on the first day of the pattern that still holds one, intervals
/// with the next time of a slot. A start in the past was named on purpose: its days count from there.
pub fn settle(line: &Line, meals: &MealTimes, zone: Tz, now: Timestamp) -> Line {
    let today = now.day_in(zone);
    let start = if line.start_is_named { line.start } else { today };
    let line = Line { start, ..line.clone() };
    let course = begin(&line, meals, zone, now);
    on_course(&line, course, meals, zone)
}

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
    let course = with_recorded(course, change);
    on_course(&line, on_changed_day(course, (old, before), new, change), meals, zone)
}

/// Where the course of `old` goes on when `new` takes its place; nothing when it begins anew.
fn course_of(old: &Line, before: Course, new: &Line, change: Change<'_>) -> Option<Course> {
    let Change { meals, zone, now, standing, .. } = change;
    let named_at = new.first_at.filter(|_| new.first_at != old.first_at);
    if named_at.is_none() && has_same_times(&old.schedule, &new.schedule) {
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
                (.., Some(begun_at)) => {
                    let course = by_other_times(old, before, begun_at, new, change);
                    Some(with_as_many(old, before, (new, course), change))
                }
                (.., None) => None,
            }
        }
        (Some(begun_at), Schedule::Slots { .. } | Schedule::Times { .. }) if has_begun => {
            let course = by_other_times(old, before, begun_at, new, change);
            Some(with_as_many(old, before, (new, course), change))
        }
        _ => None,
    }
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
    let is_of_today = |dose: &&Dose| dose.scheduled().day_in(zone) == today;
    let of_past = |doses: &[Dose]| doses.iter().filter(|dose| dose.scheduled().day_in(zone) < today).count();
    let mut day = Day::default();
    for dose in stands.iter().filter(is_of_today) {
        day.set(dose.clone());
    }
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

/// The line as if it had no end.
pub(super) fn endless(line: &Line, course: Course) -> Line {
    Line { course: Some(course), length: Length::Ongoing, doses: None, ..line.clone() }
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

/// When the first dose of a line on this course was or will be.
pub(super) fn began_at(line: &Line, course: Course, meals: &MealTimes, zone: Tz) -> Option<Timestamp> {
    match &line.schedule {
        Schedule::EveryHours { hours, .. } => {
            let passed = Span::hours(i64::from(*hours).saturating_mul(i64::from(course.passed)));
            course.first_at.map(|first_at| first_at.minus(passed))
        }
        _ => Plan::with(line, course, meals, zone)
            .first_from(Timestamp::from_milliseconds(0))
            .map(|dose| dose.at),
    }
}

/// The line on a course, with what follows from it.
pub(super) fn on_course(line: &Line, course: Course, meals: &MealTimes, zone: Tz) -> Line {
    let mut line = Line { course: Some(course), ..line.clone() };
    line.doses = total_doses(&line);
    line.end = Plan::with(&line, course, meals, zone).last_day();
    line
}

/// The course of a line whose doses were planned before courses were kept: counted from its first day, intervals from
/// 07:00 of it.
pub fn kept_course(line: &Line, zone: Tz) -> Course {
    let has_time = matches!(line.schedule, Schedule::EveryHours { .. } | Schedule::Once { .. });
    let first_at = has_time.then(|| slot_at(line.start, Slot::Morning, zone));
    Course { first_at, ..Course::beginning(line.start) }
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

/// Where the doses of a line begin that takes effect at `now`.
fn begin(line: &Line, meals: &MealTimes, zone: Tz, now: Timestamp) -> Course {
    let (start, today) = (line.start, now.day_in(zone));
    let is_past = start < today;
    let floor = if is_past { start_of_day(start, zone) } else { now.max(start_of_day(start, zone)) };
    let at =
        |first_at: Timestamp| Course { first_at: Some(first_at), ..Course::beginning(first_at.day_in(zone)) };
    match &line.schedule {
        Schedule::AsNeeded { .. } => Course::beginning(start),
        Schedule::EveryHours { .. } => at(line.first_at.unwrap_or_else(|| next_slot(floor, zone))),
        Schedule::Once { .. } if start == today && floor > start_of_day(start, zone) => {
            at(next_minute(floor))
        }
        Schedule::Once { .. } => at(slot_at(start, Slot::Morning, zone)),
        Schedule::Slots { .. } | Schedule::Times { .. } | Schedule::Taper { .. } => {
            first_day(line, meals, zone, floor, is_past)
        }
    }
}

/// The first day from the line's start on that holds a dose at or after `floor`. The days of a start in the past all
/// count, whatever lies on the first one.
pub(super) fn first_day(line: &Line, meals: &MealTimes, zone: Tz, floor: Timestamp, is_past: bool) -> Course {
    let start = Course::beginning(line.start);
    let weekdays = match &line.schedule {
        Schedule::Slots { days, .. } | Schedule::Times { days, .. } => {
            matches!(days, DayPattern::Weekdays(_))
        }
        _ => false,
    };
    for day in line.start.iter_days().take(FIRST_DAY_WITHIN) {
        let course = Course { first: day, ..start };
        let plan = Plan::with(line, course, meals, zone);
        if weekdays && !plan.runs_on(day) {
            continue;
        }
        let times = plan.times_on(day);
        let passed = times.iter().filter(|at| **at < floor).count();
        if is_past || passed < times.len() {
            return Course { passed: u32::try_from(passed).unwrap_or(0), ..course };
        }
        if times.is_empty() {
            break;
        }
    }
    start
}

/// The next time of a slot that is not over.
fn next_slot(floor: Timestamp, zone: Tz) -> Timestamp {
    let day = floor.day_in(zone);
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    let of_day = |day: NaiveDate| Slot::ALL.into_iter().map(move |slot| slot_at(day, slot, zone));
    of_day(day).chain(of_day(next)).find(|at| *at >= floor).unwrap_or(floor)
}

fn slot_at(day: NaiveDate, slot: Slot, zone: Tz) -> Timestamp {
    instant_of(NaiveDateTime::from(day) + default_minutes(slot), zone)
}
