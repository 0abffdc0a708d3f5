//! Where a line goes on whose days become others: other days of the week, another first day, or an interval in place of
//! times of the day, and back.
//!
//! The next dose must not come too soon after the last one: a medicine of once a week that was taken on Sunday and is
//! moved to Mondays is not taken again on the next day. And what was taken is not given again at the end.

use chrono::{Datelike, Days, NaiveDate};
use chrono_tz::Tz;

use super::change::Change;
use super::cover::handed_over;
use super::model::{Dose, DoseStatus, Moved};
use super::moved_ahead::asked_again_by;
use super::planning::Plan;
use super::remaining::{next_planned, still_to_give, with_left};
use super::rest;
use super::settling::{endless, first_day, on_course, settle, total_doses, with_recorded};
use super::supply::hold_to_quantity;
use super::tapers::with_first_step;
use crate::domain::prescriptions::model::{ChangedDay, Course, DayPattern, Length, Line, Schedule};
use crate::platform::clock::start_of_day;

/// The last day that had an intake or, when that is later, for which it was planned: so that the next is never too soon.
pub(super) fn last_day_taken(standing: &[Dose], zone: Tz) -> Option<NaiveDate> {
    let taken = standing.iter().filter_map(|dose| dose.taken_at().map(|at| at.max(dose.scheduled())));
    taken.max().map(|at| at.day_in(zone))
}

/// The days of a line's length that lie before `first`, by a course from before.
pub(super) fn days_before(before: Course, first: NaiveDate) -> u32 {
    let days = i64::from(before.days_before).saturating_add((first - before.first).num_days());
    u32::try_from(days.max(0)).unwrap_or(u32::MAX)
}

/// The course of `old` when `new` takes its place, whose `days` are others: it goes on with the first of them that is at
/// least as far from the last intake as two of them lie apart, and that still holds a dose.
///
/// As many days a week as before leave the number of doses; more or fewer leave the days of the length.
pub(super) fn by_other_days(
    old: &Line,
    before: Course,
    new: &Line,
    days: &DayPattern,
    change: Change<'_>,
) -> Course {
    let Change { meals, zone, now, .. } = change;
    let today = now.day_in(zone);
    let rested = rested(days, change);
    let start = rested.map_or(today, |rested| rested.max(today));
    let ahead = || first_day(&Line { start, ..new.clone() }, meals, zone, now, false);
    let course = with_recorded(with_open(new, days, rested, change).unwrap_or_else(ahead), change);
    let is_as_often = days_a_week(old).is_some_and(|often| days_a_week(new) == Some(often));
    match new.length {
        Length::Days(length) if is_as_often => {
            let left = left(old, before, new, change);
            with_left(new, left, change, |doses| with_doses(new, course, length, doses))
        }
        _ => Course { days_before: days_before(before, course.first), ..course },
    }
}

/// `new` in place of `old`, whose doses have begun, with another first day. A course that is not over has as many doses
/// left as before, unless its length is another one too; the days of one that began earlier than was thought count from
/// there.
pub(super) fn from_other_start(old: &Line, before: Course, new: &Line, change: Change<'_>) -> Line {
    let Change { meals, zone, now, .. } = change;
    let line = settle(new, meals, zone, now);
    let Some(course) = line.course else { return line };
    // A dose of its first day that is open is one of its doses.
    let open = pattern(new).and_then(|days| with_open(&line, days, None, change));
    let open = open.filter(|open| open.first >= line.start && open.first < course.first);
    let course = open.unwrap_or_else(|| begin_rested(&line, course, change));
    let course = with_first_step(&line, course, change).unwrap_or_else(|| with_recorded(course, change));
    let line = on_course(&line, course, meals, zone);
    let today = now.day_in(zone);
    let is_over = old.end.is_some_and(|end| end < today);
    let is_earlier = course.first < today && course.first < before.first;
    if is_over || is_earlier || old.length != new.length {
        return line;
    }
    let course = match (line.length, &line.schedule) {
        (Length::Days(_), Schedule::EveryHours { .. }) => {
            let all = total_doses(&line).unwrap_or(0);
            let left = left(old, before, new, change);
            with_left(&line, left, change, |doses| Course { passed: all.saturating_sub(doses), ..course })
        }
        (Length::Days(length), Schedule::Slots { .. } | Schedule::Times { .. }) => {
            let left = left(old, before, new, change);
            with_left(&line, left, change, |doses| with_doses(&line, course, length, doses))
        }
        _ => course,
    };
    hold_to_quantity(old, on_course(&line, course, meals, zone), change)
}

/// `line`, after `recorded`, a dose of a version from before, was recorded: when its next dose comes too soon after that
/// intake, it goes on with the first that does not. What was recorded counts as one of its doses, unless it, or what it
/// `stands_for`, had counted as missed before.
pub fn after_intake(line: &Line, recorded: &Dose, stands_for: &[Dose], change: Change<'_>) -> Option<Line> {
    let course = line.course?;
    let moved = match begin_rested(line, course, change) {
        rested if rested == course => rest::moved(line, course, change)?,
        rested => rested,
    };
    let course = match line.length {
        Length::Days(length) if pattern(line).is_some() => {
            let is_another = |dose: &&Dose| dose.id != recorded.id;
            let others: Vec<Dose> = change.standing.iter().filter(is_another).cloned().collect();
            let before = still_to_give(line, Change { standing: &others, ..change });
            let was_over = !matches!(recorded.previous_status(), DoseStatus::Due | DoseStatus::Cancelled)
                || stands_for.iter().any(|dose| dose.status == DoseStatus::Missed);
            let left = before.saturating_sub(u32::from(!was_over));
            with_left(line, left, change, |doses| with_doses(line, moved, length, doses))
        }
        _ => Course { days_before: days_before(course, moved.first), unheld: course.unheld, ..moved },
    };
    Some(on_course(line, course, change.meals, change.zone))
}

/// `line` with the plan that it had before the intake of a dose moved it; nothing when it was changed since.
pub fn before_intake(line: &Line, version: u32, moved: Moved, change: Change<'_>) -> Option<Line> {
    if moved.version != version || line.course != Some(moved.to) {
        return None;
    }
    // An interval counts those that have passed among its doses.
    let is_counted = line.length == Length::Quantity && matches!(line.schedule, Schedule::EveryHours { .. });
    let doses = line.doses.filter(|_| is_counted);
    let doses = doses.map(|doses| doses.saturating_sub(moved.to.passed).saturating_add(moved.from.passed));
    let line = Line { doses: doses.or(line.doses), ..line.clone() };
    Some(on_course(&line, moved.from, change.meals, change.zone))
}

/// Whether the first day that `line` names lies too close to the last intake for its pattern of days.
pub fn begins_too_soon(line: &Line, change: Change<'_>) -> bool {
    let settled = settle(line, change.meals, change.zone, change.now);
    settled.course.is_some_and(|course| begin_rested(&settled, course, change) != course)
}

/// The course, or another one when its next dose would come sooner after the last intake than the pattern of days allows.
fn begin_rested(line: &Line, course: Course, change: Change<'_>) -> Course {
    let Change { meals, zone, now, standing, .. } = change;
    let rested_on = pattern(line).and_then(|days| rested(days, change));
    let (Some(rested_on), Some(taken_on)) = (rested_on, last_day_taken(standing, zone)) else {
        return course;
    };
    let next_day = start_of_day(taken_on.succ_opt().unwrap_or(taken_on), zone);
    let next = Plan::with(line, course, meals, zone).first_from(now.max(next_day));
    if next.is_none_or(|next| next.at.day_in(zone) >= rested_on) {
        return course;
    }
    let floor = now.max(start_of_day(rested_on, zone));
    first_day(&Line { start: rested_on, ..line.clone() }, meals, zone, floor, false)
}

/// The course that begins on the day of a dose which is open, when `new` still asks for it.
fn with_open(new: &Line, days: &DayPattern, rested: Option<NaiveDate>, change: Change<'_>) -> Option<Course> {
    let Change { meals, zone, now, standing, .. } = change;
    let open = standing.iter().filter(|dose| dose.status == DoseStatus::Due).map(Dose::scheduled);
    let first = open.min()?.day_in(zone);
    let is_of_pattern = match days {
        DayPattern::Weekdays(weekdays) => weekdays.contains(&first.weekday()),
        DayPattern::Daily | DayPattern::EveryDays(_) => true,
    };
    if !is_of_pattern || rested.is_some_and(|rested| first < rested) {
        return None;
    }
    let course = Course::beginning(first);
    let times = Plan::with(new, course, meals, zone).times_on(first);
    let passed = u32::try_from(times.iter().filter(|at| **at < now).count()).unwrap_or(0);
    let course = Course { passed, ..course };
    let course_of = Some(with_recorded(course, change));
    let endless = Line { course: course_of, doses: None, length: Length::Ongoing, ..new.clone() };
    let stands = handed_over(&endless, meals, zone, standing, now);
    stands.iter().any(|dose| dose.status == DoseStatus::Due).then_some(course)
}

/// The first day that is far enough from the last intake; nothing before there was one.
fn rested(days: &DayPattern, change: Change<'_>) -> Option<NaiveDate> {
    let taken_on = last_day_taken(change.standing, change.zone)?;
    taken_on.checked_add_days(Days::new(u64::from(days.shortest_gap())))
}

const fn pattern(line: &Line) -> Option<&DayPattern> {
    match &line.schedule {
        Schedule::Slots { days, .. } | Schedule::Times { days, .. } => Some(days),
        _ => None,
    }
}

/// On how many days of a week it is taken; nothing when that differs from week to week.
fn days_a_week(line: &Line) -> Option<usize> {
    match pattern(line)? {
        DayPattern::Daily => Some(7),
        DayPattern::EveryDays(7) => Some(1),
        DayPattern::EveryDays(_) => None,
        DayPattern::Weekdays(weekdays) => Some(weekdays.len()),
    }
}

/// How many doses of `new` are left of the length, when `old` was taken until now.
fn left(old: &Line, before: Course, new: &Line, change: Change<'_>) -> u32 {
    let as_long = Line { length: new.length, ..old.clone() };
    let as_long = on_course(&as_long, before, change.meals, change.zone);
    doses_like(still_to_give(&as_long, change), old, new)
}

/// So many doses of `old` as doses of `new`, which may have another number on each day.
fn doses_like(doses: u32, old: &Line, new: &Line) -> u32 {
    match (doses_a_day(old), doses_a_day(new)) {
        (each, others) if each == others || each == 0 => doses,
        (each, others) => doses.div_ceil(each).saturating_mul(others),
    }
}

/// How many doses a day has that has any; none of what does not go by days.
pub(super) fn doses_a_day(line: &Line) -> u32 {
    match &line.schedule {
        Schedule::Slots { amounts, .. } => amounts.taken(),
        Schedule::Times { times, .. } => u32::try_from(times.len()).unwrap_or(u32::MAX),
        _ => 0,
    }
}

/// The course with so many doses: those of as many days of the length as hold no more, and what is left of them behind.
pub(super) fn with_doses(line: &Line, course: Course, length: u32, doses: u32) -> Course {
    let Some(days) = pattern(line) else { return course };
    let each = doses_a_day(line).max(1);
    let whole = doses / each;
    let held_in = |span: u32| days.days_within(course.first, span);
    let span = (0..=length).take_while(|span| held_in(*span) <= whole).last().unwrap_or(0);
    let unheld = doses.saturating_sub(held_in(span).saturating_mul(each));
    Course { days_before: length.saturating_sub(span), unheld, ..course }
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
    // What today cannot hold follows at the end; another change of today counts it anew.
    let of_today = course.unheld_on.map_or(0, |unheld| unheld.doses);
    let course = Course { unheld: 0, unheld_on: None, ..course };
    // What was missed and is asked for at a later time of today is still to be given.
    let asked_again = asked_again_by(&endless(new, course), change).len();
    let left = left.saturating_add(u32::try_from(asked_again).unwrap_or(u32::MAX));
    with_left(new, left, change, |doses| {
        let behind = of_today.min(doses);
        let course = with_doses(new, course, length, doses.saturating_sub(behind));
        let since = start_of_day(change.now.day_in(zone), zone);
        let unheld_on = (behind > 0).then_some(ChangedDay { since, doses: behind });
        Course { unheld: course.unheld.saturating_add(behind), unheld_on, ..course }
    })
}

/// The `course` of `new` in place of `old`, or the one that goes on later because its first dose would come too soon; see
/// [`rest`].
pub(super) fn after_rest(
    old: &Line,
    before: Course,
    (new, course): (&Line, Course),
    change: Change<'_>,
) -> Course {
    let Some(moved) = rest::moved(new, course, change) else { return course };
    let goes_on = next_planned(&Line { course: Some(before), ..old.clone() }, change);
    let line = on_course(new, course, change.meals, change.zone);
    if goes_on.is_some() && goes_on == next_planned(&line, change) {
        return course;
    }
    match new.length {
        Length::Days(length) => {
            let left = left(old, before, new, change);
            with_left(new, left, change, |doses| with_doses(new, moved, length, doses))
        }
        _ => Course { days_before: days_before(before, moved.first), ..moved },
    }
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
