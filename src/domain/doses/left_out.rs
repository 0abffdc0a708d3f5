//! Doses of the day of a change that are asked for no more.
//!
//! # Why a notice
//! A day goes by its times: who gets in the morning and in the evening from nine o'clock on what was given in the evening has
//! only the evening's of that day, and who gets in the morning what was to be given in the evening has none at all. That is
//! not made up on the day, and a course gives it at its end. So that nobody loses a dose silently, the prescriber is told.

use super::change::Change;
use super::cover::{handed_over, stands_for, to_plan};
use super::gap::next_dose;
use super::model::{Day, Dose, DoseStatus};
use super::planning::{Occurrence, occurrences_on};
use super::settling::endless;
use crate::domain::prescriptions::model::Line;
use crate::platform::clock::Timestamp;

/// Doses of today that are asked for no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Their times, in order; at least one.
    pub times: Vec<Timestamp>,
    /// When the medicine is to be taken next.
    pub next: Timestamp,
}

/// Which doses of today are left out when `new` takes the place of `old`: those of `new` whose time is over and that nothing
/// stands for or, when it holds none today, those that `old` still asked for. Nothing when the day has what it holds, when a
/// later day was named, or when nothing is to be taken any more.
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
    let times: Vec<Timestamp> = if all.is_empty() {
        let day = Day::of(standing, today, zone);
        if day.doses.iter().any(|dose| dose.status != DoseStatus::Due) {
            return None;
        }
        let open = day.doses.iter().map(Dose::scheduled);
        open.chain(to_plan(&day, old, &was, now).into_iter().map(|dose| dose.at)).collect()
    } else {
        let day = Day::of(&handed_over(new, meals, zone, standing, now), today, zone);
        let held = day.doses.len().saturating_add(to_plan(&day, new, &all, now).len());
        // What `old` named as well was left out before, by a pause for example.
        let is_new = |dose: &Occurrence| {
            !was.iter().any(|other| other.at == dose.at || (dose.slot.is_some() && other.slot == dose.slot))
        };
        let is_over =
            |dose: &&Occurrence| dose.at < now && !day.doses.iter().any(|other| stands_for(other, dose));
        let over = all.iter().filter(is_over).filter(|dose| is_new(dose)).map(|dose| dose.at);
        over.take(all.len().saturating_sub(held)).collect()
    };
    (!times.is_empty()).then_some(LeftOut { times, next })
}
