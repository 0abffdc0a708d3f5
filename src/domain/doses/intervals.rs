//! Where a line goes on that is given every so many hours: from its last intake, and with how many doses.

use chrono::Days;
use chrono_tz::Tz;

use super::change::Change;
use super::cover::{handed_over, is_missed};
use super::model::{Dose, DoseStatus};
use super::planning::{Plan, next_minute};
use super::remaining::{still_to_give, with_left};
use super::settling::{began_at, endless, on_course, total_doses};
use crate::domain::prescriptions::model::{Course, Length, Line, Schedule, Treated};
use crate::domain::users::model::MealTimes;
use crate::platform::clock::{Span, Timestamp};

/// When the medicine was last taken or, when it never was, when it was last to be taken.
pub fn last_intake(standing: &[Dose], now: Timestamp) -> Option<Timestamp> {
    let taken = standing.iter().filter_map(Dose::taken_at).max();
    taken.or_else(|| standing.iter().map(Dose::scheduled).filter(|at| *at <= now).max())
}

/// When the first dose of so many hours is to be taken after what stands of a line: the interval after the last intake or,
/// when there was none, after the last dose that is open or was left out on purpose. One that was left out later than the
/// last intake, also ahead of its time, counts like an intake: nobody is asked for another right after it. When all were missed, after the last of
/// them, and not later than the dose that was `planned` next: nothing was taken that it could come too soon after. Never in
/// the past; nothing of a line that has not begun.
fn first_after(
    standing: &[Dose],
    planned: Option<Timestamp>,
    hours: u32,
    now: Timestamp,
) -> Option<Timestamp> {
    let later = |at: Timestamp| at.plus(Span::hours(i64::from(hours)));
    let last = last_intake(standing, now)?;
    let taken = standing.iter().filter_map(Dose::taken_at).max();
    let not_missed = || {
        // A pause, and not the patient, was why nothing was taken.
        let others = standing.iter().filter(|dose| dose.paused || !is_missed(dose, now));
        others.map(Dose::scheduled).filter(|at| *at <= last).max()
    };
    let skipped = standing.iter().filter(|dose| dose.status == DoseStatus::Skipped && !dose.as_needed);
    let left_out = skipped.map(Dose::scheduled).filter(|at| taken.is_some_and(|taken| *at > taken)).max();
    let first_at = match left_out.or(taken).or_else(not_missed) {
        Some(last) => later(last),
        None => planned.map_or(later(last), |planned| planned.min(later(last))),
    };
    Some(next_minute(first_at).max(next_minute(now)))
}

/// The course of `old`, which began at `begun_at`, when `new`, an interval, takes its place: counted on from what stands, or
/// from `named_at`. Nothing when nothing stands and none was named.
pub(super) fn by_interval(
    (old, before): (&Line, Course),
    begun_at: Option<Timestamp>,
    (new, hours): (&Line, u32),
    named_at: Option<Timestamp>,
    change: Change<'_>,
) -> Option<Course> {
    let Change { meals, zone, standing, now, .. } = change;
    let course = match (named_at, begun_at) {
        (Some(named_at), Some(begun_at)) => count_on(named_at, begun_at, hours, before),
        _ => {
            let planned = Plan::with(old, before, meals, zone).first_from(now).map(|dose| dose.at);
            let first_at = first_after(standing, planned, hours, now)?;
            let begun_at = begun_at.or_else(|| last_intake(standing, now))?;
            count_on(first_at, begun_at, hours, before)
        }
    };
    Some(with_length(old, before, (new, course, hours), change))
}

/// The `course` of `new`, when `old` is an interval of other hours and the length of both was said in days: as many doses as
/// there are in what is left of the days.
///
/// # Why the hours are kept
/// What was given, left out or missed has used up its part of the days, each dose the hours of its own interval; what is
/// left holds as many of the new ones, to the nearest, but no fewer than last until the last of the days. The hours are kept
/// with the course, so that an interval that is changed to and fro neither wins nor loses a dose by the rounding.
fn with_length(
    old: &Line,
    before: Course,
    (new, course, hours): (&Line, Course, u32),
    change: Change<'_>,
) -> Course {
    let Schedule::EveryHours { hours: were, .. } = old.schedule else { return course };
    if were == hours || !matches!(new.length, Length::Days(_)) {
        return course;
    }
    let Change { meals, zone, .. } = change;
    let as_long = on_course(&Line { length: new.length, ..old.clone() }, before, meals, zone);
    let still = still_to_give(&as_long, change);
    let over = total_doses(&as_long).unwrap_or(0).saturating_sub(still);
    let known = before
        .treated
        .filter(|treated| treated.doses > 0)
        .unwrap_or(Treated { hours: 0, doses: over.min(1) });
    let since = over.saturating_sub(known.doses).saturating_mul(were);
    let treated_hours = known.hours.saturating_add(since);
    let all = total_doses(&Line { course: Some(course), ..new.clone() }).unwrap_or(0);
    let to_nearest = treated_hours.saturating_add(hours / 2).checked_div(hours).unwrap_or(0);
    let over_now = if over == 0 { 0 } else { to_nearest.saturating_add(1) };
    // What was not over before does not end by the rounding, nor before the last of its days.
    let least = still.min(1).max(until_last_day((new, course, hours), change));
    let left = all.saturating_sub(over_now).max(least).min(all);
    let treated = Treated { hours: treated_hours, doses: all.saturating_sub(left) };
    let course = with_left(new, left, change, |doses| Course { passed: all.saturating_sub(doses), ..course });
    Course { treated: Some(treated), ..course }
}

/// The fewest doses of `new`, an interval on this `course`, of which the last lies on the last day of its length: those that
/// are open, and those from its first one on.
fn until_last_day((new, course, hours): (&Line, Course, u32), change: Change<'_>) -> u32 {
    let (Length::Days(days), Some(first_at)) = (new.length, course.first_at) else { return 0 };
    let Change { meals, zone, standing, now, .. } = change;
    let later = Days::new(u64::from(days.saturating_sub(course.days_before).saturating_sub(1)));
    let Some(last_day) = course.first.checked_add_days(later) else { return 0 };
    let at = |place: u32| first_at.plus(Span::hours(i64::from(hours).saturating_mul(i64::from(place))));
    let ahead = (0..).map(at).take_while(|at| at.day_in(zone) <= last_day);
    let before = ahead.clone().filter(|at| at.day_in(zone) < last_day).count();
    let of_last = usize::from(ahead.count() > before);
    let stands = handed_over(&endless(new, course), meals, zone, standing, now);
    let open = stands.iter().filter(|dose| dose.status == DoseStatus::Due).count();
    u32::try_from(before.saturating_add(of_last).saturating_add(open)).unwrap_or(u32::MAX)
}

/// The line of an interval, counted on from `last`, when the medicine was taken. A quantity has as many doses left as
/// before.
pub fn count_from(line: &Line, last: Timestamp, meals: &MealTimes, zone: Tz, now: Timestamp) -> Line {
    let (Schedule::EveryHours { hours, .. }, Some(before)) = (&line.schedule, line.course) else {
        return line.clone();
    };
    let begun_at = began_at(line, before, meals, zone).unwrap_or(last);
    let first_at = next_minute(last.plus(Span::hours(i64::from(*hours)))).max(next_minute(now));
    let course = count_on(first_at, begun_at, *hours, before);
    let ahead = line.doses.map(|doses| doses.saturating_sub(before.passed).saturating_add(course.passed));
    let doses = if line.length == Length::Quantity { ahead } else { line.doses };
    on_course(&Line { doses, ..line.clone() }, course, meals, zone)
}

/// The course of an interval that began at `begun_at` and goes on at `first_at`.
pub(super) fn count_on(first_at: Timestamp, begun_at: Timestamp, hours: u32, before: Course) -> Course {
    let step = Span::hours(i64::from(hours.max(1))).as_milliseconds();
    let elapsed = first_at.since(begun_at).as_milliseconds().max(0);
    let passed = elapsed.saturating_add(step / 2).div_euclid(step);
    let passed = u32::try_from(passed).unwrap_or(0);
    Course { passed, first_at: Some(first_at), unheld: 0, ..before }
}
