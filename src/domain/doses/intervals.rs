//! Where the doses of an interval go on, and how many are left where times of the day become an interval or an interval
//! becomes times of the day.

use chrono_tz::Tz;

use super::course::{Change, began_at, endless, on_course, total_doses};
use super::moved_ahead::asked_again_by;
use super::other_days::{doses_a_day, with_doses};
use super::planning::next_minute;
use super::remaining::{still_to_give, with_left};
use crate::domain::prescriptions::model::{Course, DayPattern, Length, Line, Schedule};
use crate::domain::users::model::MealTimes;
use crate::platform::clock::{Span, Timestamp};

/// The line of an interval, counted on from `last`, when the medicine was taken. A quantity has as many doses left as
/// before.
pub fn count_from(line: &Line, last: Timestamp, meals: &MealTimes, zone: Tz, now: Timestamp) -> Line {
    let (Schedule::EveryHours { hours, .. }, Some(before)) = (&line.schedule, line.course) else {
        return line.clone();
    };
    let begun_at = began_at(line, before, meals, zone).unwrap_or(last);
    let course = after(last, begun_at, *hours, before, now);
    let ahead = line.doses.map(|doses| doses.saturating_sub(before.passed).saturating_add(course.passed));
    let doses = if line.length == Length::Quantity { ahead } else { line.doses };
    on_course(&Line { doses, ..line.clone() }, course, meals, zone)
}

/// The course of an interval that counts on from `last`; never in the past.
pub(super) fn after(
    last: Timestamp,
    begun_at: Timestamp,
    hours: u32,
    before: Course,
    now: Timestamp,
) -> Course {
    let first_at = next_minute(last.plus(Span::hours(i64::from(hours)))).max(next_minute(now));
    count_on(first_at, begun_at, hours, before)
}

/// The course of an interval that began at `begun_at` and goes on at `first_at`.
pub(super) fn count_on(first_at: Timestamp, begun_at: Timestamp, hours: u32, before: Course) -> Course {
    let step = Span::hours(i64::from(hours.max(1))).as_milliseconds();
    let elapsed = first_at.since(begun_at).as_milliseconds().max(0);
    let passed = elapsed.saturating_add(step / 2).div_euclid(step);
    let passed = u32::try_from(passed).unwrap_or(0);
    Course { passed, first_at: Some(first_at), unheld: 0, ..before }
}

/// The `course` of `new` with so many doses left as `old` had, when that had as many doses a day and one of them is an
/// interval. Else its length decides.
pub(super) fn with_as_many(
    old: &Line,
    before: Course,
    (new, course): (&Line, Course),
    change: Change<'_>,
) -> Course {
    let Length::Days(length) = new.length else { return course };
    let is_interval = |line: &Line| matches!(line.schedule, Schedule::EveryHours { .. });
    if !(is_interval(old) || is_interval(new)) || !is_as_often(old, new) {
        return course;
    }
    let Change { meals, zone, .. } = change;
    let as_long = on_course(&Line { length: new.length, ..old.clone() }, before, meals, zone);
    let left = still_to_give(&as_long, change);
    if is_interval(new) {
        let all = total_doses(&Line { course: Some(course), ..new.clone() }).unwrap_or(0);
        return with_left(new, left, change, |doses| Course { passed: all.saturating_sub(doses), ..course });
    }
    let course = Course { unheld: 0, unheld_on: None, ..course };
    // What was missed and is asked for at a later time of today is still to be given.
    let asked_again = asked_again_by(&endless(new, course), change).len();
    let left = left.saturating_add(u32::try_from(asked_again).unwrap_or(u32::MAX));
    with_left(new, left, change, |doses| with_doses(new, course, length, doses))
}

/// Whether both are taken as often in so many hours or on each day.
fn is_as_often(old: &Line, new: &Line) -> bool {
    let often = |line: &Line| match &line.schedule {
        Schedule::EveryHours { hours, .. } => 24_u32.is_multiple_of(*hours).then(|| 24 / (*hours).max(1)),
        Schedule::Slots { days: DayPattern::Daily, .. } | Schedule::Times { days: DayPattern::Daily, .. } => {
            Some(doses_a_day(line))
        }
        _ => None,
    };
    often(old).is_some_and(|times| often(new) == Some(times))
}
