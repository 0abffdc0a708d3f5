//! The rest between the last intake and the first dose of a day that follows it, when the times of a line become others.
//!
//! # Why a day is left out
//! Who took the tablet of the night and is to take it in the morning from now on would have two within some hours. A dose
//! that a change puts on another day, but less than half as long after the last intake as doses usually lie apart, is not
//! asked for: the line goes on with the next one, and has as many left as before. The prescriber is told when that is; see
//! [`super::gap`].

use super::change::Change;
use super::cover::handed_over;
use super::gap::usual;
use super::model::DoseStatus;
use super::remaining::next_planned;
use super::settling::{first_day, on_course};
use crate::domain::prescriptions::model::{Course, DayPattern, Line, Schedule};
use crate::platform::clock::Span;

/// Where a daily line goes on whose first dose after `course` comes too soon after the last intake; nothing when it does not.
pub(super) fn moved(line: &Line, course: Course, change: Change<'_>) -> Option<Course> {
    let Change { meals, zone, now, standing, .. } = change;
    let is_daily = matches!(
        line.schedule,
        Schedule::Slots { days: DayPattern::Daily, .. } | Schedule::Times { days: DayPattern::Daily, .. }
    );
    let (last, taken_at) = standing
        .iter()
        .filter_map(|dose| Some((dose, dose.taken_at()?)))
        .max_by_key(|(_, taken_at)| *taken_at)
        .filter(|_| is_daily)?;
    let line = on_course(line, course, meals, zone);
    let stands = handed_over(&line, meals, zone, standing, now);
    if stands.iter().any(|dose| dose.status == DoseStatus::Due) {
        return None;
    }
    let change = Change { standing: &stands, ..change };
    let next = next_planned(&line, change)?;
    let is_of_other_day = next.day_in(zone) > last.scheduled().day_in(zone);
    let rested_at = taken_at.plus(Span::milliseconds(usual(&line, change)?.shortest / 2));
    if !is_of_other_day || next >= rested_at {
        return None;
    }
    let start = rested_at.day_in(zone);
    let moved = first_day(&Line { start, ..line }, meals, zone, now.max(rested_at), false);
    Some(Course { changed: course.changed, at_first: course.at_first, ..moved })
}
