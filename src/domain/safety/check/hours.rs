//! What is used within an hour counts as used at once: in one line, in several, and as a first dose beside its course.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime, Timelike as _};

use super::super::line::{Part, Quantity};
use super::super::names::systemic;
use super::Weighing;
use super::doses::Summed;
use super::taken::{Held, Taken};

/// What is used less than so many minutes apart is used at once.
const HOUR_MINUTES: i64 = 60;
const DAY_MINUTES: i64 = 24 * 60;

/// A line that holds the ingredient, with how much.
struct Beside<'a> {
    place: usize,
    taken: &'a Taken<'a>,
    held: Held,
    part: &'a Part,
}

impl Beside<'_> {
    /// The times at which it is used: on a day of its own, or on any day that holds all of its doses.
    fn times(&self, day: Option<NaiveDate>) -> &[(NaiveTime, Option<Quantity>)] {
        let is_first = day == Some(self.taken.line.begins);
        let is_outside = day.is_some_and(|day| {
            day < self.taken.line.begins || self.taken.line.last_day().is_some_and(|last| last < day)
        });
        match (is_first, is_outside) {
            (true, _) => &self.part.first_times,
            (_, true) => &[],
            // A single dose has its own day alone.
            _ if self.taken.line.is_single_dose() => &[],
            _ => &self.part.of_times,
        }
    }
}

impl Weighing<'_> {
    /// The most of an ingredient that is used within an hour by a line and by those that run beside it, where that is more than
    /// one dose, and the lines of that hour.
    pub(super) fn hour(&self, at: usize, held: Held) -> Option<Summed> {
        let taken = self.line(at)?;
        let is_systemic = |line: &Taken<'_>| line.routes & systemic() != 0;
        if !is_systemic(taken) {
            return None;
        }
        let counts = |other: &Taken<'_>| {
            is_systemic(other)
                && other.line.hidden == taken.line.hidden
                && other.runs_beside(taken)
                && !other.is_on_other_days(taken, self.today)
        };
        let lines: Vec<Beside<'_>> = self
            .taken
            .iter()
            .enumerate()
            .filter(|(place, other)| *place == at || counts(other))
            .flat_map(|(place, other)| other.held.iter().map(move |second| (place, other, *second)))
            .filter(|(_, _, second)| second.own == held.own)
            .filter_map(|(place, taken, held)| Some(Beside { place, taken, held, part: taken.part(&held)? }))
            .collect();
        let first_days: BTreeSet<NaiveDate> = lines.iter().map(|beside| beside.taken.line.begins).collect();
        let days = std::iter::once(None).chain(first_days.into_iter().map(Some));
        days.filter_map(|day| hour_of(day, at, &lines)).max_by_key(|(sum, _)| sum.parts)
    }
}

/// The fullest hour of a day that has a dose of the line in this place and another one.
fn hour_of(day: Option<NaiveDate>, at: usize, lines: &[Beside<'_>]) -> Option<Summed> {
    let doses = || {
        lines.iter().flat_map(|beside| {
            let known = beside.times(day).iter().filter_map(|(time, amount)| Some((*time, (*amount)?)));
            known.map(move |(time, amount)| (time, amount, beside))
        })
    };
    let hour_from = |start: NaiveTime| {
        let after = |time: NaiveTime| (minute_of(time) - minute_of(start)).rem_euclid(DAY_MINUTES);
        let within: Vec<_> = doses().filter(|(time, ..)| after(*time) < HOUR_MINUTES).collect();
        if within.len() < 2 || within.iter().all(|(.., beside)| beside.place != at) {
            return None;
        }
        let mut amounts = within.iter().map(|(_, amount, _)| *amount);
        let first = amounts.next()?;
        let sum = amounts.try_fold(first, |sum, more| sum.plus(more))?;
        let mut used: Vec<_> =
            within.iter().map(|(.., beside)| (beside.place, beside.held.ingredient)).collect();
        // The line that is weighed is named first.
        used.sort_by_key(|(place, _)| (*place != at, *place));
        used.dedup();
        Some((sum, used))
    };
    doses().filter_map(|(start, ..)| hour_from(start)).max_by_key(|(sum, _)| sum.parts)
}

fn minute_of(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight() / 60)
}
