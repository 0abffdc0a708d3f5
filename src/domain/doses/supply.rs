//! What a quantity is still enough for when a line that lasts as long as it is changed.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::course::{Change, on_course};
use super::cover::{handed_over, to_plan};
use super::model::{Day, DoseStatus};
use super::planning::{Occurrence, occurrences};
use crate::domain::prescriptions::model::{Amount, Course, Length, Line, Schedule};
use crate::platform::clock::start_of_day;

/// Days from today on in which something may have been recorded before its time, and the day after them.
const RECORDED_AHEAD: Days = Days::new(9);

/// An amount of a line in what the pharmacy counts.
pub fn pieces(line: &Line, amount: Amount) -> Option<Amount> {
    if line.counted.is_some() { line.counted(amount) } else { Some(amount) }
}

/// `new`, in place of `old`, with as many doses as what is left of its quantity is enough for. What was not changed
/// keeps the number that it had; none when more was used than there is.
pub(super) fn hold_to_quantity(old: &Line, new: Line, change: Change<'_>) -> Line {
    let (Length::Quantity, Some(course), Some(quantity)) = (new.length, new.course, new.quantity) else {
        return new;
    };
    let is_same = old.length == Length::Quantity
        && old.start == new.start
        && old.quantity == new.quantity
        && old.schedule == new.schedule
        && old.counted == new.counted
        && new.is_of(old.medicine_id, &old.medicine_name);
    if is_same {
        return on_course(&Line { doses: old.doses, ..new }, course, change.meals, change.zone);
    }
    // What the rest is enough for is counted from now on.
    let course = Course { unheld: 0, ..course };
    let endless = Line { course: Some(course), doses: None, length: Length::Ongoing, ..new.clone() };
    let standing = handed_over(&endless, change.meals, change.zone, change.standing, change.now);
    let open = standing.iter().filter(|dose| dose.status == DoseStatus::Due);
    let used = open.filter_map(|dose| pieces(&new, dose.amount)).fold(change.used, Amount::plus);
    let change = Change { standing: &standing, ..change };
    let new = Line { course: Some(course), ..new };
    let days = days_of(&endless, change);
    // What today still holds comes first, then whole days: an unequal half of one would be left over at the end.
    let today =
        days.get(&change.now.day_in(change.zone)).map(|of_day| of_day.ahead.as_slice()).unwrap_or_default();
    let needed = today.iter().filter_map(|dose| pieces(&new, dose.amount)).fold(Amount::ZERO, Amount::plus);
    if used > quantity {
        return on_course(&Line { doses: Some(0), ..new }, course, change.meals, change.zone);
    }
    let left = quantity.minus(used);
    let Some(later) = new.schedule.supplied(left.minus(needed), |amount| pieces(&new, amount)) else {
        return new;
    };
    let first = if needed <= left { count(today) } else { 0 };
    let enough_for = first.saturating_add(later.doses);
    let (all, ahead) = totals(&days);
    let before = if matches!(new.schedule, Schedule::EveryHours { .. }) { course.passed } else { 0 };
    let mut doses = before.saturating_add(all).saturating_sub(ahead).saturating_add(enough_for);
    // What was recorded before its time may lie behind the last dose that is left.
    let ahead_of = |doses| totals(&days_of(&Line { doses: Some(doses), ..new.clone() }, change)).1;
    while doses > 0 && ahead_of(doses) > enough_for {
        doses -= 1;
    }
    on_course(&Line { doses: Some(doses), ..new }, course, change.meals, change.zone)
}

/// The doses of a line on one day.
struct OfDay {
    /// All that are, or were, to be taken.
    all: Vec<Occurrence>,
    /// Those that are still to be planned: they lie ahead and nothing stands for them.
    ahead: Vec<Occurrence>,
}

/// The days of a line with doses, from its beginning to some days ahead.
fn days_of(line: &Line, change: Change<'_>) -> BTreeMap<NaiveDate, OfDay> {
    let Change { meals, zone, now, standing, .. } = change;
    let today = now.day_in(zone);
    let first = line.course.map_or(today, |course| course.first);
    let from = start_of_day(first.pred_opt().unwrap_or(first), zone);
    let end = start_of_day(today.checked_add_days(RECORDED_AHEAD).unwrap_or(today), zone);
    let mut days: BTreeMap<NaiveDate, OfDay> = BTreeMap::new();
    for occurrence in occurrences(line, meals, zone, from, end) {
        let of_day = days.entry(occurrence.at.day_in(zone));
        of_day.or_insert_with(|| OfDay { all: Vec::new(), ahead: Vec::new() }).all.push(occurrence);
    }
    for (date, of_day) in &mut days {
        let mut day = Day::default();
        for dose in standing.iter().filter(|dose| dose.scheduled().day_in(zone) == *date) {
            day.set(dose.clone());
        }
        of_day.ahead = to_plan(&day, line, &of_day.all, now);
    }
    days
}

/// How many doses there are in all, and how many of them are still to be planned.
fn totals(days: &BTreeMap<NaiveDate, OfDay>) -> (u32, u32) {
    let add = |(all, ahead): (u32, u32), of_day: &OfDay| {
        (all.saturating_add(count(&of_day.all)), ahead.saturating_add(count(&of_day.ahead)))
    };
    days.values().fold((0, 0), add)
}

fn count(doses: &[Occurrence]) -> u32 {
    u32::try_from(doses.len()).unwrap_or(u32::MAX)
}
