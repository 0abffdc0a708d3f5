//! Doses of the day of a change that are asked for no more.
//!
//! # Why a notice
//! A day goes by its times: who gets in the morning from nine o'clock on what was given in the evening has none on that day.
//! That is not made up on the day, and a course gives it at its end. So that nobody loses a dose silently, the prescriber is
//! told which of those that were still to be given are not. What was not asked for before is none of them: a line that is
//! given more often begins with that when its next time comes.

use super::change::Change;
use super::cover::{handed_over, to_plan};
use super::gap::next_dose;
use super::model::{Day, DoseStatus};
use super::other_days::doses_a_day;
use super::planning::{Occurrence, occurrences_on};
use super::settling::endless;
use crate::domain::prescriptions::model::{DayPattern, Line, Schedule};
use crate::platform::clock::Timestamp;

/// Doses of today that are asked for no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Their times, in order; at least one.
    pub times: Vec<Timestamp>,
    /// When the medicine is to be taken next.
    pub next: Timestamp,
}

/// Which doses of today are left out when `new` takes the place of `old`: those that `old` still asked for and `new` does
/// not, neither then nor at another time of the day in their place. Nothing when the day has as many as `new` gives on a day,
/// when a later day was named, or when nothing is to be taken any more.
pub fn left_out_today(old: &Line, new: &Line, change: Change<'_>) -> Option<LeftOut> {
    let Change { meals, zone, now, standing, .. } = change;
    let today = now.day_in(zone);
    let (before, course) = (old.course?, new.course?);
    if new.start > today {
        return None;
    }
    let next = next_dose(new, change)?;
    let asked = |line: &Line, course| occurrences_on(&endless(line, course), meals, zone, today);
    let (was, all) = (asked(old, before), asked(new, course));
    let day = Day::of(standing, today, zone);
    let mut times = still_asked(&day, old, &was, now);
    let day = Day::of(&handed_over(new, meals, zone, standing, now), today, zone);
    let stays = still_asked(&day, new, &all, now);
    let held =
        day.doses.iter().filter(|dose| dose.status != DoseStatus::Due).count().saturating_add(stays.len());
    let lacking = match gives_a_day(new, &all) {
        Some(each) => each.saturating_sub(held),
        None if held == 0 => times.len(),
        None => 0,
    };
    without_nearest(&mut times, stays);
    let times: Vec<Timestamp> = times.iter().map(|dose| dose.at).collect();
    let left_out = times.get(times.len().saturating_sub(lacking)..).unwrap_or_default().to_vec();
    (!left_out.is_empty()).then_some(LeftOut { times: left_out, next })
}

/// What `line`, which names `all` doses for a day, still asks for on it: what is open, and what is to be planned.
fn still_asked(day: &Day, line: &Line, all: &[Occurrence], now: Timestamp) -> Vec<Occurrence> {
    let open = day.doses.iter().filter(|dose| dose.status == DoseStatus::Due);
    let open = open.map(|dose| Occurrence { at: dose.scheduled(), slot: dose.slot, amount: dose.amount });
    open.chain(to_plan(day, line, all, now)).collect()
}

/// How many doses `line`, which names `all` for today, gives on a day; nothing of a pattern of days that does not name it.
fn gives_a_day(line: &Line, all: &[Occurrence]) -> Option<usize> {
    match &line.schedule {
        Schedule::Slots { days: DayPattern::Daily, .. } | Schedule::Times { days: DayPattern::Daily, .. } => {
            usize::try_from(doses_a_day(line)).ok()
        }
        Schedule::Taper { steps } => usize::try_from(steps.first()?.amounts.taken()).ok(),
        Schedule::EveryHours { hours, .. } => usize::try_from(24_u32.checked_div(*hours)?).ok(),
        _ => (!all.is_empty()).then_some(all.len()),
    }
}

/// Takes from `times` those that `stays` asks for, each for the nearest one.
fn without_nearest(times: &mut Vec<Occurrence>, mut stays: Vec<Occurrence>) {
    let distance = |one: &Occurrence, other: &Occurrence| {
        let is_same = one.at == other.at || (one.slot.is_some() && one.slot == other.slot);
        if is_same { 0 } else { one.at.since(other.at).as_milliseconds().abs() }
    };
    let nearest = |times: &[Occurrence], stays: &[Occurrence]| {
        let each = times.iter().enumerate();
        let pairs = each.flat_map(|(place, time)| {
            stays.iter().enumerate().map(move |(other, stay)| (distance(time, stay), place, other))
        });
        pairs.min().map(|(_, place, other)| (place, other))
    };
    while let Some((place, other)) = nearest(times, &stays) {
        times.remove(place);
        stays.remove(other);
    }
}
