//! Lines as they are weighed: ingredients as numbers, days as they run once the new lines are signed.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::super::line::{Line, Part};
use super::super::names::{Ingredient, Meant, Routes, Side, bits, systemic};
use super::super::rules::Rules;
use crate::domain::medicines::model::Form;

/// An ingredient of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    /// By its own name, for doses.
    pub own: Ingredient,
    /// As which it counts, for all else.
    pub ingredient: Ingredient,
    /// Its place among the line's parts.
    pub place: usize,
}

/// A line that is taken.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    pub line: &'a Line,
    pub is_new: bool,
    pub begins: NaiveDate,
    pub ends: Option<NaiveDate>,
    /// Since how many days it is over today, where the prescriber may not see it: see [`resolved`].
    over_for: Option<u32>,
    pub routes: Routes,
    pub held: Vec<Held>,
}

impl Taken<'_> {
    pub(super) fn part(&self, held: &Held) -> Option<&Part> {
        self.line.parts.get(held.place)
    }

    /// Whether it holds one of these by a route that counts.
    pub(super) fn holds(&self, side: &Side) -> bool {
        self.held.iter().any(|held| side.holds(held.ingredient, self.routes))
    }

    /// The day on which it was to start: its first dose may be days later.
    pub(super) fn starts(&self) -> NaiveDate {
        self.begins.checked_sub_days(Days::new(u64::from(self.line.waits_days))).unwrap_or(self.begins)
    }

    /// The one that was to start before the other, first.
    pub(super) fn in_order<'t>(one: &'t Self, other: &'t Self) -> (&'t Self, &'t Self) {
        if one.starts() <= other.starts() { (one, other) } else { (other, one) }
    }

    /// Whether both stand in one prescription.
    pub(super) fn is_of_one_plan(&self, other: &Self) -> bool {
        self.line.plan.is_some() && self.line.plan == other.line.plan
    }

    /// Whether it ends before the other one begins.
    pub(super) fn is_over_before(&self, other: &Self) -> bool {
        let ends_first = self.ends.is_some_and(|ends| ends < other.begins);
        self.over_for.is_some() || (other.over_for.is_none() && ends_first)
    }

    /// Days from the end of one to the begin of the other; 0 while they overlap. From what is hidden and over they are counted
    /// to today.
    pub(super) fn days_apart(&self, other: &Self) -> u32 {
        if let Some(days) = self.over_for.or(other.over_for) {
            return days;
        }
        let after = |ends: Option<NaiveDate>, begins: NaiveDate| {
            ends.map_or(0, |ends| u32::try_from((begins - ends).num_days()).unwrap_or_default())
        };
        after(self.ends, other.begins).max(after(other.ends, self.begins))
    }

    /// Whether they run on the same days; the day on which one hands over to the other is none.
    pub(super) fn runs_beside(&self, other: &Self) -> bool {
        let (older, newer) = if self.begins <= other.begins { (self, other) } else { (other, self) };
        let hands_over = older.begins < newer.begins && older.ends.is_some_and(|ends| ends <= newer.begins);
        self.days_apart(other) == 0 && !hands_over
    }
}

/// The days by which lines are weighed.
#[derive(Debug, Clone, Copy)]
struct Now {
    today: NaiveDate,
    /// The first day of all new lines, or today.
    first: NaiveDate,
}

impl Now {
    fn of(new: &[Line], today: NaiveDate) -> Self {
        Self { today, first: new.iter().map(|line| line.begins).min().map_or(today, |day| day.min(today)) }
    }
}

/// What the prescriber may not see is used on all days of what is new, unless it is over today: when it begins and when it
/// ends could be learned by asking for one day after another.
fn resolved<'a>(rules: &Rules, line: &'a Line, is_new: bool, ends: Option<NaiveDate>, now: Now) -> Taken<'a> {
    let held = |(place, own)| Held { own, ingredient: rules.names.counted_as(own), place };
    let parts = line.parts.iter().enumerate();
    let mut all: Vec<Held> = parts
        .filter_map(|(place, part)| Some((place, rules.names.number(&part.ingredient)?)))
        .map(held)
        .collect();
    let mut routes = bits(&line.routes);
    // A medicine that is known by name only, and taken by mouth as far as anybody knows. Of its amounts nothing is known.
    if line.parts.is_empty()
        && let Some(Meant::Ingredients(numbers)) = rules.names.meant(&line.name)
    {
        all = numbers.into_iter().enumerate().map(held).collect();
        if routes == 0 {
            routes = systemic();
        }
    }
    // An implant gives its medicine for months after the day on which it was put in.
    let ends = ends.filter(|_| line.form != Some(Form::Implant));
    let over_for = ends.filter(|ends| line.hidden && *ends < now.today);
    let over_for = over_for.and_then(|ends| u32::try_from((now.today - ends).num_days()).ok());
    let is_unseen = line.hidden && over_for.is_none();
    let begins = if is_unseen { line.begins.min(now.first) } else { line.begins };
    let ends = ends.filter(|_| !is_unseen);
    Taken { line, is_new, begins, ends, over_for, routes, held: all }
}

/// All lines in the order of their keys. What a new line replaces ends the day before it, or never begins.
pub(super) fn taken<'a>(
    rules: &Rules,
    current: &'a [Line],
    new: &'a [Line],
    today: NaiveDate,
) -> Vec<Taken<'a>> {
    let now = Now::of(new, today);
    let ended_by = |line: &Line| {
        let replacing = new.iter().filter(|new| new.replaces.as_deref() == Some(&line.key));
        replacing.map(|new| new.begins).min().and_then(|begins| begins.checked_sub_days(Days::new(1)))
    };
    let running = current.iter().filter_map(|line| {
        let ends = match (line.last_day(), ended_by(line)) {
            (Some(ends), Some(replaced)) => Some(ends.min(replaced)),
            (ends, replaced) => ends.or(replaced),
        };
        let never_begins = ends.is_some_and(|ends| ends < line.begins);
        (!never_begins).then(|| resolved(rules, line, false, ends, now))
    });
    let mut taken: Vec<Taken<'a>> =
        running.chain(new.iter().map(|line| resolved(rules, line, true, line.last_day(), now))).collect();
    taken.sort_by_cached_key(order);
    taken
}

/// The current lines as they would run on.
pub(super) fn before<'a>(
    rules: &Rules,
    current: &'a [Line],
    new: &[Line],
    today: NaiveDate,
) -> Vec<Taken<'a>> {
    let now = Now::of(new, today);
    current.iter().map(|line| resolved(rules, line, false, line.last_day(), now)).collect()
}

fn order<'a>(taken: &Taken<'a>) -> (&'a str, bool, BTreeSet<&'a str>, NaiveDate) {
    let line = taken.line;
    let names = line.parts.iter().map(|part| part.ingredient.as_str()).collect();
    (&line.key, taken.is_new, names, line.begins)
}
