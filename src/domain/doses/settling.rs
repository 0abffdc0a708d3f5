//! Where the doses of a line begin, how many there are and when the last one is.

use chrono::{Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use super::change::Change;
use super::model::Dose;
use super::planning::{Plan, next_minute};
use super::slot_times::default_minutes;
use crate::domain::prescriptions::model::{Course, DayPattern, Length, Line, Schedule, Slot};
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

/// The line as if it had no end.
pub(super) fn endless(line: &Line, course: Course) -> Line {
    Line { course: Some(course), length: Length::Ongoing, doses: None, ..line.clone() }
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

/// The course, whose first day holds what was recorded or is open on it although its time is over: a day has room for no
/// more than its own doses.
pub(super) fn with_recorded(course: Course, change: Change<'_>) -> Course {
    let Change { zone, now, standing, .. } = change;
    let is_of_first = |dose: &&Dose| dose.scheduled() < now && dose.scheduled().day_in(zone) == course.first;
    let held = u32::try_from(standing.iter().filter(is_of_first).count()).unwrap_or(u32::MAX);
    Course { passed: course.passed.saturating_sub(held), ..course }
}

/// The course of a line whose doses were planned before courses were kept: counted from its first day, intervals from
/// 07:00 of it.
pub fn kept_course(line: &Line, zone: Tz) -> Course {
    let has_time = matches!(line.schedule, Schedule::EveryHours { .. } | Schedule::Once { .. });
    let first_at = has_time.then(|| slot_at(line.start, Slot::Morning, zone));
    Course { first_at, ..Course::beginning(line.start) }
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
