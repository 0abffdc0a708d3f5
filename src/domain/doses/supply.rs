//! What a quantity is still enough for when a line that lasts as long as it is changed.

use super::change::Change;
use super::cover::handed_over;
use super::model::DoseStatus;
use super::remaining::{count, days_of, totals};
use super::settling::on_course;
use crate::domain::prescriptions::model::{Amount, Course, Length, Line, Schedule};

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
