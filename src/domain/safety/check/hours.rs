//! What is used within an hour counts as used at once: in one line, in several, as a first dose beside its course, and over
//! midnight.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime, Timelike as _};

use super::super::line::Quantity;
use super::super::names::{Ingredient, systemic};
use super::Weighing;
use super::days::{days_of, first_day};
use super::doses::{Days, Summed};
use super::taken::{Held, Taken};

/// What is used less than so many minutes apart is used at once.
pub(super) const HOUR_MINUTES: u32 = 60;
const DAY_MINUTES: u32 = 24 * 60;

/// A dose of one of several lines, by its minute on two days in a row.
#[derive(Debug, Clone, Copy)]
struct Dose {
    minute: u32,
    amount: Option<Quantity>,
    /// The place of its line among those that are looked at.
    line: usize,
}

/// Minutes between two doses, and their lines.
pub(super) type Nearest = (u32, Vec<(usize, Held)>);

/// An hour in which two lines are both used.
#[derive(Debug, Clone, Copy)]
pub(super) struct SharedHour {
    /// What they hold together in it; nothing where that is not known.
    pub sum: Option<Quantity>,
}

impl Weighing<'_> {
    /// The most of an ingredient that is used within an hour by a line and by those that are used near it, where that is more
    /// than one dose, and the lines of that hour.
    pub(super) fn hour(&self, at: usize, held: Held, days: Days) -> Option<Summed> {
        let lines = self.lines_near(at, held, days);
        let two_days = self.two_days(&self.taken_of(&lines));
        let fullest = two_days.iter().filter_map(|doses| fullest_hour(doses));
        let (sum, used) = fullest.max_by_key(|(sum, _)| sum.parts)?;
        // The line that is weighed is the first of them.
        let name = |line: &usize| lines.get(*line).map(|(place, held)| (*place, held.ingredient));
        Some((sum, used.iter().filter_map(name).collect::<Vec<(usize, Ingredient)>>()))
    }

    /// The fewest minutes between a dose of a line and another one of the same ingredient, and their lines, where it is less
    /// than an hour. What is used at one time is one dose, of two strengths for example.
    pub(super) fn minutes_apart(&self, at: usize, held: Held) -> Option<Nearest> {
        self.nearest_of(&self.lines_near(at, held, Days::All))
    }

    /// The same between two doses of one line.
    pub(super) fn minutes_of_line(&self, at: usize, held: Held) -> Option<Nearest> {
        let mut lines = self.lines_near(at, held, Days::All);
        lines.truncate(1);
        self.nearest_of(&lines)
    }

    fn nearest_of(&self, lines: &[(usize, Held)]) -> Option<Nearest> {
        let two_days = self.two_days(&self.taken_of(lines));
        let nearest = two_days.iter().filter_map(|doses| nearest(doses));
        let (minutes, other) = nearest.min()?;
        let of = BTreeSet::from([0, other]);
        Some((minutes, of.iter().filter_map(|line| lines.get(*line)).copied().collect()))
    }

    /// The hour in which two lines are both used that holds most of them; nothing where each is used by itself, or where one
    /// is hidden from the prescriber: when it is used could be learned from it.
    pub(super) fn shared_hour(
        &self,
        one: (&Taken<'_>, Held),
        other: (&Taken<'_>, Held),
    ) -> Option<SharedHour> {
        if one.0.line.hidden != other.0.line.hidden {
            return None;
        }
        let two_days = self.two_days(&[one, other]);
        let hours = two_days.iter().flat_map(|doses| doses.iter().map(|dose| hour_from(doses, dose.minute)));
        let shared = hours.filter(|hour| (0..2).all(|line| hour.iter().any(|dose| dose.line == line)));
        let sums = shared.map(|hour| {
            let amounts: Option<Vec<Quantity>> = hour.iter().map(|dose| dose.amount).collect();
            SharedHour { sum: amounts.and_then(|amounts| sum_of(amounts.into_iter())) }
        });
        sums.max_by_key(|hour| hour.sum.map(|sum| sum.parts))
    }

    /// Whether two lines are used at different times of the day: in other slots, or always an hour or more apart.
    pub(super) fn times_differ(&self, one: (&Taken<'_>, Held), other: (&Taken<'_>, Held)) -> bool {
        let (first, second) = (&one.0.line.rhythm.slots, &other.0.line.rhythm.slots);
        if !first.is_empty() && !second.is_empty() {
            return first.is_disjoint(second);
        }
        let are_known = knows_times(one, other.0) && knows_times(other, one.0);
        are_known && self.shared_hour(one, other).is_none()
    }

    /// A line, and those that bring the same ingredient into the body and may be used near it. What is hidden from the
    /// prescriber is not added up with what they see.
    fn lines_near(&self, at: usize, held: Held, days: Days) -> Vec<(usize, Held)> {
        let is_systemic = |line: &Taken<'_>| line.routes & systemic() != 0;
        let Some(taken) = self.line(at).filter(|taken| is_systemic(taken)) else { return Vec::new() };
        let mut lines = vec![(at, held)];
        for (place, other) in self.taken.iter().enumerate() {
            if place != at && is_systemic(other) && other.line.hidden == taken.line.hidden {
                let same = other.held.iter().filter(|second| second.own == held.own);
                let lasts = |second: &&Held| {
                    days == Days::All || !self.is_handing_over((taken, held), (other, **second))
                };
                lines.extend(same.filter(lasts).map(|second| (place, *second)));
            }
        }
        lines
    }

    fn taken_of(&self, lines: &[(usize, Held)]) -> Vec<(&Taken<'_>, Held)> {
        lines.iter().filter_map(|(place, held)| Some((self.line(*place)?, *held))).collect()
    }

    /// The doses of lines on each two days in a row that stand for all on which the first of them is used.
    fn two_days(&self, lines: &[(&Taken<'_>, Held)]) -> Vec<Vec<Dose>> {
        let has_times = |(taken, held): &(&Taken<'_>, Held)| {
            taken.part(held).is_some_and(|part| !part.of_times.is_empty() || !part.first_times.is_empty())
        };
        let Some((own, _)) = lines.first().filter(|_| lines.iter().any(has_times)) else { return Vec::new() };
        let all: &[&Taken<'_>] = &lines.iter().map(|(taken, _)| *taken).collect::<Vec<_>>();
        let starts: BTreeSet<Option<NaiveDate>> = match days_of(all, first_day(&[own], self.today)) {
            Some(days) => {
                days.iter().flat_map(|day| [Some(*day), day.pred_opt()]).flatten().map(Some).collect()
            }
            // Nobody can tell that they do not meet: a day that holds all of their doses, and another one.
            None => BTreeSet::from([None]),
        };
        let on = |day: Option<NaiveDate>| {
            let is_used = move |taken: &Taken<'_>| {
                day.is_none_or(|day| !all.iter().any(|other| taken.hands_over_on(day, other)))
            };
            let used = lines.iter().enumerate().filter(move |(_, (taken, _))| is_used(taken));
            used.flat_map(move |(line, (taken, held))| {
                let times = taken.times_on(held, day).into_iter();
                times.map(move |(time, amount)| Dose { minute: minute_of(time), amount, line })
            })
        };
        let two = starts.into_iter().map(|day| {
            let next = day.map(|day| day.succ_opt().unwrap_or(day));
            let later = on(next).map(|dose| Dose { minute: dose.minute + DAY_MINUTES, ..dose });
            on(day).chain(later).collect()
        });
        two.collect()
    }
}

/// Whether the times are known at which a line is used beside another one: of an interval those of its first day alone.
fn knows_times((taken, held): (&Taken<'_>, Held), other: &Taken<'_>) -> bool {
    let is_of_first_day = taken.line.is_single_dose()
        || (other.line.is_single_dose() && other.line.begins == taken.line.begins);
    taken
        .part(&held)
        .is_some_and(|part| !part.of_times.is_empty() || (is_of_first_day && !part.first_times.is_empty()))
}

fn hour_from(doses: &[Dose], start: u32) -> Vec<Dose> {
    doses.iter().filter(|dose| (start..start + HOUR_MINUTES).contains(&dose.minute)).copied().collect()
}

fn sum_of(mut amounts: impl Iterator<Item = Quantity>) -> Option<Quantity> {
    let first = amounts.next()?;
    amounts.try_fold(first, |sum, more| sum.plus(more))
}

/// The fullest hour that has a dose of the first line and another one, and the lines of that hour.
fn fullest_hour(doses: &[Dose]) -> Option<(Quantity, BTreeSet<usize>)> {
    let sum = |start: u32| {
        let known: Vec<(usize, Quantity)> =
            hour_from(doses, start).into_iter().filter_map(|dose| Some((dose.line, dose.amount?))).collect();
        if known.len() < 2 || known.iter().all(|(line, _)| *line != 0) {
            return None;
        }
        let sum = sum_of(known.iter().map(|(_, amount)| *amount))?;
        Some((sum, known.into_iter().map(|(line, _)| line).collect()))
    };
    doses.iter().filter_map(|dose| sum(dose.minute)).max_by_key(|(sum, _)| sum.parts)
}

/// The fewest minutes between a dose of the first line and another one, and the line of that one.
fn nearest(doses: &[Dose]) -> Option<(u32, usize)> {
    let own = doses.iter().filter(|dose| dose.line == 0);
    let apart = own.flat_map(|own| doses.iter().map(|other| (own.minute.abs_diff(other.minute), other.line)));
    apart.filter(|(minutes, _)| (1..HOUR_MINUTES).contains(minutes)).min()
}

fn minute_of(time: NaiveTime) -> u32 {
    time.num_seconds_from_midnight() / 60
}
