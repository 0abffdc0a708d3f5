//! Which lines are used on the same day of the calendar, and how much of an ingredient its fullest day holds.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, NaiveTime};

use super::super::line::{DaysOfUse, Quantity};
use super::Weighing;
use super::taken::{Held, Taken};

/// Longest time in days after which patterns come back together that is walked through; what takes longer may meet on any
/// day.
const CYCLE_MOST: u32 = 4_000;
/// What lies so many days apart, or more, is no plan of other days: what is given once a week would be given twice.
const WEEK: u32 = 7;

impl Taken<'_> {
    /// Whether it may be used on a day.
    fn is_used_on(&self, day: NaiveDate) -> bool {
        let runs = self.begins <= day && self.ends.is_none_or(|ends| day <= ends);
        runs && match &self.line.rhythm.days {
            DaysOfUse::Any => true,
            DaysOfUse::Weekdays(bits) => bits >> day.weekday().num_days_from_monday() & 1 == 1,
            DaysOfUse::Every(days, first) => {
                (day - *first).num_days().rem_euclid(i64::from((*days).max(1))) == 0
            }
            DaysOfUse::Steps(..) => self.step_on(day).is_some_and(|(_, is_used)| is_used),
        }
    }

    /// The number of the step that a day belongs to, and whether anything is used in it.
    fn step_on(&self, day: NaiveDate) -> Option<(usize, bool)> {
        let DaysOfUse::Steps(first, steps) = &self.line.rhythm.days else { return None };
        let mut left = u64::try_from((day - *first).num_days()).ok()?;
        for (number, (days, is_used)) in steps.iter().enumerate() {
            match left.checked_sub(u64::from(*days)) {
                Some(rest) => left = rest,
                None => return Some((number, *is_used)),
            }
        }
        None
    }

    /// How much of an ingredient a day holds on which the line is used; nothing where that is not known.
    pub(super) fn holds_on(&self, held: &Held, day: NaiveDate) -> Option<Quantity> {
        let part = self.part(held)?;
        if let Some((_, amount)) = part.of_edges.iter().find(|(edge, _)| *edge == day) {
            return *amount;
        }
        match self.step_on(day) {
            Some((number, _)) => part.of_steps.get(number).copied().flatten(),
            None => part.daily,
        }
    }

    /// How much of an ingredient is used at which times of a day, or of any that holds all doses of the line: of what goes by the
    /// clock.
    pub(super) fn times_on(&self, held: &Held, day: Option<NaiveDate>) -> Vec<(NaiveTime, Option<Quantity>)> {
        let Some(part) = self.part(held) else { return Vec::new() };
        let Some(day) = day else { return part.of_times.clone() };
        if !self.is_used_on(day) {
            return Vec::new();
        }
        if day == self.line.begins {
            return part.first_times.clone();
        }
        let mut times = part.of_times.clone();
        let edge = part.of_edges.iter().find(|(edge, _)| *edge == day && self.ends == Some(day));
        if let Some((_, Some(held))) = edge {
            // The last day holds the first of its doses, as many as are left.
            times.sort_by_key(|(time, _)| *time);
            let mut sum = 0_u64;
            times.retain(|(_, amount)| {
                sum = sum.saturating_add(amount.map_or(0, |amount| amount.parts));
                sum <= held.parts
            });
        }
        times
    }

    /// The days from which on its use becomes another one. Its first day may hold less than the next.
    fn turns(&self) -> Vec<NaiveDate> {
        let mut turns: Vec<NaiveDate> = self.begins.iter_days().take(2).collect();
        if let DaysOfUse::Steps(first, steps) = &self.line.rhythm.days {
            let mut day = *first;
            for (days, _) in steps {
                turns.push(day);
                day = day.checked_add_days(Days::new(u64::from(*days))).unwrap_or(day);
            }
        }
        turns
    }

    /// Whether it is used on several days of a week.
    pub(super) fn is_plan_of_days(&self) -> bool {
        self.line.rhythm.interval_days < WEEK
    }

    /// Whether no day is in both, and one of them at least is used on several days of a week.
    pub(super) fn is_on_other_days(&self, other: &Self, today: NaiveDate) -> bool {
        let both = [self, other];
        let is_met = |day: &NaiveDate| both.iter().all(|line| line.is_used_on(*day));
        let Some(days) = days_of(&both, first_day(&both, today)) else { return false };
        (self.is_plan_of_days() || other.is_plan_of_days()) && !days.iter().any(is_met)
    }

    /// The days from `first` to `last` on which both are used.
    pub(super) fn days_in_both(&self, other: &Self, first: NaiveDate, last: NaiveDate) -> Vec<NaiveDate> {
        let days = first.iter_days().take_while(|day| *day <= last);
        days.filter(|day| self.is_used_on(*day) && other.is_used_on(*day)).collect()
    }

    /// Whether the other one begins on a day that is the last of this one, which was stopped: what replaces it is used in its
    /// place on that day.
    pub(super) fn hands_over_on(&self, day: NaiveDate, other: &Self) -> bool {
        self.line.stopped && self.ends == Some(day) && other.begins == day && self.begins < day
    }

    /// Whether a day may hold something of both: also the day on which one ends and the other begins, unless the older was
    /// stopped.
    pub(super) fn shares_a_day(&self, other: &Self) -> bool {
        let older = if self.begins <= other.begins { self } else { other };
        self.runs_beside(other) || (self.days_apart(other) == 0 && !older.line.stopped)
    }
}

/// The first day on which all of these lines run, of those that lie ahead; of what is over the first of all.
pub(super) fn first_day(lines: &[&Taken<'_>], today: NaiveDate) -> NaiveDate {
    let first = lines.iter().map(|line| line.begins).max().unwrap_or(today);
    let is_over = lines.iter().any(|line| line.ends.is_some_and(|ends| ends < today));
    if is_over { first } else { first.max(today) }
}

/// Days from `first` on that stand for all: from each turn of a line as many as it takes until the patterns of all come back
/// together. Nothing where that takes too long.
pub(super) fn days_of(lines: &[&Taken<'_>], first: NaiveDate) -> Option<BTreeSet<NaiveDate>> {
    let cycle = lines.iter().try_fold(1, |cycle, line| {
        let own = match &line.line.rhythm.days {
            DaysOfUse::Any | DaysOfUse::Steps(..) => 1,
            DaysOfUse::Weekdays(_) => WEEK,
            DaysOfUse::Every(days, _) => (*days).max(1),
        };
        together(cycle, own).filter(|cycle| *cycle <= CYCLE_MOST)
    })?;
    let length = usize::try_from(cycle).ok()?;
    let turns = lines.iter().flat_map(|line| line.turns());
    let turns: BTreeSet<NaiveDate> = turns.map(|turn| turn.max(first)).collect();
    Some(turns.iter().flat_map(|turn| turn.iter_days().take(length)).collect())
}

/// After how many days two patterns come back together.
fn together(one: u32, other: u32) -> Option<u32> {
    let (mut divisor, mut rest) = (one, other);
    while rest != 0 {
        (divisor, rest) = (rest, divisor.checked_rem(rest)?);
    }
    one.checked_div(divisor)?.checked_mul(other)
}

impl Weighing<'_> {
    /// The most of an ingredient that a day holds on which the first of these lines is used, and the numbers of the lines
    /// that are used on that day; nothing where its own amount is not known. Of others what is not known is left out.
    pub(super) fn fullest_day(&self, of: &[(usize, Held)]) -> Option<(Quantity, Vec<usize>)> {
        let lines: Vec<(usize, &Taken<'_>, Held)> =
            of.iter().filter_map(|(at, held)| Some((*at, self.line(*at)?, *held))).collect();
        let (at, own, held) = lines.first().copied()?;
        let mut fullest = (own.part(&held)?.daily?, vec![at]);
        if lines.len() < 2 {
            return Some(fullest);
        }
        let all: Vec<&Taken<'_>> = lines.iter().map(|(_, line, _)| *line).collect();
        let Some(days) = days_of(&all, first_day(&[own], self.today)) else {
            // Nobody can tell that they do not meet.
            return sum(lines
                .iter()
                .map(|(at, line, held)| (*at, line.part(held).and_then(|part| part.daily))));
        };
        for day in days.into_iter().filter(|day| own.is_used_on(*day)) {
            let used = lines.iter().filter(|(_, line, _)| {
                line.is_used_on(day) && !all.iter().any(|other| line.hands_over_on(day, other))
            });
            let of_day = sum(used.map(|(at, line, held)| (*at, line.holds_on(held, day))));
            if let Some(of_day) = of_day.filter(|of_day| of_day.0.parts > fullest.0.parts) {
                fullest = of_day;
            }
        }
        Some(fullest)
    }

    /// The most of an ingredient that a day holds with two lines, whether both are used on it or one; nothing where the
    /// amount of one is not known, or must not be: how much is used of what is not shared could be learned by asking for
    /// more and more.
    pub(super) fn fullest_day_of_two(&self, one: (usize, Held), other: (usize, Held)) -> Option<Quantity> {
        if self.line(one.0)?.line.hidden != self.line(other.0)?.line.hidden {
            return None;
        }
        let daily = |(at, held): (usize, Held)| self.line(at)?.part(&held)?.daily;
        let (first, second) = (daily(one)?, daily(other)?);
        first.plus(second)?;
        let (most, _) = self.fullest_day(&[one, other])?;
        Some(if second.parts > most.parts { second } else { most })
    }
}

/// The sum of the amounts that are known, in the measure of the first, and the numbers of their lines.
fn sum(amounts: impl Iterator<Item = (usize, Option<Quantity>)>) -> Option<(Quantity, Vec<usize>)> {
    let mut known = amounts.filter_map(|(at, amount)| Some((at, amount?)));
    let (at, first) = known.next()?;
    let (mut sum, mut lines) = (first, vec![at]);
    for (at, amount) in known {
        if let Some(both) = sum.plus(amount) {
            sum = both;
            lines.push(at);
        }
    }
    Some((sum, lines))
}
