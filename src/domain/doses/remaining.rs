//! How many doses of a line are still to be given, and where a line has as many left as another one had.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::change::Change;
use super::cover::{handed_over, to_plan};
use super::model::{Day, Dose, DoseStatus};
use super::planning::{Occurrence, Plan, occurrences};
use super::settling::on_course;
use crate::domain::prescriptions::model::{Course, Length, Line, Schedule};
use crate::platform::clock::{Timestamp, start_of_day};

/// Days from today on in which something may have been recorded before its time, and the day after them.
pub(super) const RECORDED_AHEAD: Days = Days::new(9);

/// How many doses of a line with an end are not given yet: those that are still to be planned, and those that are open. An
/// open one that is asked for at another time is among the planned.
pub(super) fn still_to_give(line: &Line, change: Change<'_>) -> u32 {
    let own = change.standing.iter().filter(|dose| !dose.counts_elsewhere());
    still_to_plan(line, change).saturating_add(open(own))
}

/// `line` on the course that `with` so many doses makes, with so many that `left` are still to be given: beside the open
/// ones that it names as well, so many are planned.
pub(super) fn with_left(line: &Line, left: u32, change: Change<'_>, with: impl Fn(u32) -> Course) -> Course {
    let Change { meals, zone, now, standing, .. } = change;
    let endless = Line { course: Some(with(0)), length: Length::Ongoing, doses: None, ..line.clone() };
    let standing = handed_over(&endless, meals, zone, standing, now);
    let change = Change { standing: &standing, ..change };
    let planned = left.saturating_sub(open(&standing));
    let (all, ahead) = totals(&days_of(&endless, change));
    let mut doses = planned.saturating_add(all).saturating_sub(ahead);
    // What was recorded before its time may lie behind the last dose that is left.
    let planned_of = |doses: u32| still_to_plan(&on_course(line, with(doses), meals, zone), change);
    while doses > 0 && planned_of(doses) > planned {
        doses -= 1;
    }
    with(doses)
}

/// How many doses of a line with an end are still to be planned: all but those whose time is over and those that
/// something stands for.
pub(super) fn still_to_plan(line: &Line, change: Change<'_>) -> u32 {
    let course = line.course.unwrap_or(Course::beginning(line.start));
    let passed = if matches!(line.schedule, Schedule::EveryHours { .. }) { course.passed } else { 0 };
    let in_all = line.doses.unwrap_or(0).saturating_add(course.unheld).saturating_sub(passed);
    let (all, ahead) = totals(&days_of(line, change));
    in_all.saturating_sub(all.saturating_sub(ahead))
}

/// When the first dose lies that is still to be planned.
pub(super) fn next_planned(line: &Line, change: Change<'_>) -> Option<Timestamp> {
    let Change { meals, zone, now, .. } = change;
    let near = days_of(line, change).into_values().flat_map(|of_day| of_day.ahead).map(|dose| dose.at).min();
    near.or_else(|| {
        let far = start_of_day(now.day_in(zone).checked_add_days(RECORDED_AHEAD)?, zone);
        Plan::of(line, meals, zone)?.first_from(far).map(|dose| dose.at)
    })
}

fn open<'a>(standing: impl IntoIterator<Item = &'a Dose>) -> u32 {
    let open = standing.into_iter().filter(|dose| dose.status == DoseStatus::Due).count();
    u32::try_from(open).unwrap_or(u32::MAX)
}

/// The doses of a line on one day.
pub(super) struct OfDay {
    /// All that are, or were, to be taken.
    pub(super) all: Vec<Occurrence>,
    /// Those that are still to be planned: they lie ahead and nothing stands for them.
    pub(super) ahead: Vec<Occurrence>,
}

/// The days of a line with doses, from its beginning to some days ahead.
pub(super) fn days_of(line: &Line, change: Change<'_>) -> BTreeMap<NaiveDate, OfDay> {
    let Change { zone, now, .. } = change;
    let today = now.day_in(zone);
    let first = line.course.map_or(today, |course| course.first);
    let from = start_of_day(first.pred_opt().unwrap_or(first), zone);
    let end = start_of_day(today.checked_add_days(RECORDED_AHEAD).unwrap_or(today), zone);
    days_between(line, (from, end), change)
}

/// The days with doses of a line from one time up to, not including, another.
pub(super) fn days_between(
    line: &Line,
    (from, end): (Timestamp, Timestamp),
    change: Change<'_>,
) -> BTreeMap<NaiveDate, OfDay> {
    let Change { meals, zone, now, standing, .. } = change;
    let mut days: BTreeMap<NaiveDate, OfDay> = BTreeMap::new();
    for occurrence in occurrences(line, meals, zone, from, end) {
        let of_day = days.entry(occurrence.at.day_in(zone));
        of_day.or_insert_with(|| OfDay { all: Vec::new(), ahead: Vec::new() }).all.push(occurrence);
    }
    for (date, of_day) in &mut days {
        let day = Day::of(standing, *date, zone);
        of_day.ahead = to_plan(&day, line, &of_day.all, now);
    }
    days
}

/// How many doses there are in all, and how many of them are still to be planned.
pub(super) fn totals(days: &BTreeMap<NaiveDate, OfDay>) -> (u32, u32) {
    let add = |(all, ahead): (u32, u32), of_day: &OfDay| {
        (all.saturating_add(count(&of_day.all)), ahead.saturating_add(count(&of_day.ahead)))
    };
    days.values().fold((0, 0), add)
}

pub(super) fn count(doses: &[Occurrence]) -> u32 {
    u32::try_from(doses.len()).unwrap_or(u32::MAX)
}
