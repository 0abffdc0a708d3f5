//! One medicine line, as far as its safety depends on it.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};

use crate::domain::medicines::model::{Form, Release, Route};
use crate::domain::prescriptions::model::Slot;

/// What a quantity counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Ten-thousandths of a microgram.
    Mass,
    /// Ten-thousandths of an international unit.
    Units,
}

/// So much of a substance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    /// In what.
    pub measure: Measure,
    /// How much of it.
    pub parts: u64,
}

impl Quantity {
    /// From ten-thousandths of a milligram.
    pub const fn milligrams(ten_thousandths: u64) -> Self {
        Self { measure: Measure::Mass, parts: ten_thousandths.saturating_mul(1_000) }
    }

    /// From ten-thousandths of an international unit.
    pub const fn units(ten_thousandths: u64) -> Self {
        Self { measure: Measure::Units, parts: ten_thousandths }
    }

    /// The sum with another of the same measure.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let same = self.measure == other.measure;
        same.then(|| Self { parts: self.parts.saturating_add(other.parts), ..self })
    }
}

/// One ingredient of the line's medicine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name in the catalogue.
    pub ingredient: String,
    /// How much of it the largest intake holds; nothing when dose, unit and strength do not say it.
    pub single: Option<Quantity>,
    /// How much of it the fullest day holds.
    pub daily: Option<Quantity>,
    /// How much of it a day of each step holds, where the line goes by [`DaysOfUse::Steps`].
    pub of_steps: Vec<Option<Quantity>>,
    /// How much of it the first and the last day hold, as far as they are settled: both may hold some of a day's doses only.
    pub of_edges: Vec<(NaiveDate, Option<Quantity>)>,
    /// How much of it is used at which times of a day, where the line names them.
    pub of_times: Vec<(NaiveTime, Option<Quantity>)>,
    /// How much of it is used at which times of the first day, which may hold some of a day's doses only.
    pub first_times: Vec<(NaiveTime, Option<Quantity>)>,
}

/// How often it is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rhythm {
    /// Days from one day with intakes to the next: 1 every day, 7 once a week.
    pub interval_days: u32,
    /// Most intakes in one of these days; nothing when it is not limited.
    pub times_a_day: Option<u32>,
    /// Least hours between two intakes, where the line says so.
    pub interval_hours: Option<u32>,
    /// One dose and no more.
    pub once: bool,
    /// Only when needed.
    pub as_needed: bool,
    /// The amounts fall or rise step by step.
    pub tapers: bool,
    /// The slots of the day in which it is taken; empty where it goes by the clock, by hours or by need.
    pub slots: BTreeSet<Slot>,
    /// The days of the week are named.
    pub weekday_named: bool,
    /// On which days.
    pub days: DaysOfUse,
}

/// One of the two eyes, ears or nostrils.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Side {
    Left,
    Right,
}

/// On which days of the calendar a line is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DaysOfUse {
    /// Any day may be one: it is used each day, by need or by hours, or its first day is not settled yet.
    Any,
    /// On these days of the week; Monday is the lowest bit.
    Weekdays(u8),
    /// Every so many days, counted from this one.
    Every(u32, NaiveDate),
    /// Step after step from this day on: for so many days, and whether anything is used on them.
    Steps(NaiveDate, Vec<(u32, bool)>),
}

/// One medicine line, current or new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Names the line in findings; the same whenever the line is checked, such as its medication id.
    pub key: String,
    /// The medicine as it is shown.
    pub name: String,
    /// Its ingredients; empty for a medicine that is known by name only.
    pub parts: Vec<Part>,
    /// The ways in which it may be given, the usual one first.
    pub routes: Vec<Route>,
    /// What it looks like.
    pub form: Option<Form>,
    /// How the form lets it go.
    pub release: Release,
    /// As printed on the pack.
    pub strength: String,
    /// For which eye, ear or nostril of the two it is; nothing where that is not said, or for both.
    pub side: Option<Side>,
    /// The prescription that it belongs to.
    pub plan: Option<String>,
    /// The key of the current line that it renews or replaces: that one ends the day before this one begins.
    pub replaces: Option<String>,
    /// First day.
    pub begins: NaiveDate,
    /// Days from that on which it was to start to its first: what is written in the evening may begin the next morning.
    pub waits_days: u32,
    /// Last day; nothing while it goes on.
    pub ends: Option<NaiveDate>,
    /// Whether it was stopped or written over: nothing of it is asked for any more, on its last day either.
    pub stopped: bool,
    /// How often.
    pub rhythm: Rhythm,
    /// For how many days the quantity lasts, when one is written.
    pub supply_days: Option<u32>,
    /// What it is for, of what rules ask: `cancer`, `tuberculosis`, `leprosy`.
    pub indications: BTreeSet<String>,
    /// Whether the prescriber may not see it.
    pub hidden: bool,
}

impl Line {
    /// Whether it is a single intake.
    pub fn is_single_dose(&self) -> bool {
        let one_day = self.ends == Some(self.begins) && self.rhythm.times_a_day == Some(1);
        self.rhythm.once || one_day
    }

    /// Its last day; nothing while it has no end.
    pub fn last_day(&self) -> Option<NaiveDate> {
        if self.rhythm.once { Some(self.begins) } else { self.ends }
    }

    /// How many days it runs; nothing while it has no end.
    pub fn days(&self) -> Option<u64> {
        let ends = self.last_day()?;
        u64::try_from((ends - self.begins).num_days() + 1).ok()
    }

    /// Whether it is the same product, whatever its strength.
    pub(super) fn is_same_product(&self, other: &Self) -> bool {
        let names =
            |line: &Self| line.parts.iter().map(|part| part.ingredient.clone()).collect::<BTreeSet<_>>();
        !self.parts.is_empty() && names(self) == names(other) && self.routes == other.routes
    }
}
