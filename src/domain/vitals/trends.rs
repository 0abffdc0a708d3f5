//! What shows only over time: pressures that rise, weight that climbs, and the figures of a day, a week, a month.

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::model::{Milli, Vital, VitalType};
use crate::platform::clock::Span;

/// How many blood pressures in a row must rise.
pub const RISING_READINGS: usize = 3;
/// By how much the systolic pressure must rise each time: less is within the error of a cuff.
pub const RISING_STEP: Milli = Milli::whole(5);
/// Within which time the three were measured.
pub const RISING_WINDOW: Span = Span::days(14);
/// How much weight gained calls for attention: fluid is held back.
pub const WEIGHT_GAIN: Milli = Milli::whole(2);
/// Within which time.
pub const WEIGHT_WINDOW: Span = Span::days(3);

/// Whether the newest blood pressures, newest first, have risen each time and end above the target.
pub fn is_rising(newest_first: &[Vital], target_max: Milli) -> bool {
    let [last, middle, first, ..] = newest_first else { return false };
    let rises = |from: &Vital, to: &Vital| to.reading.value.0 - from.reading.value.0 >= RISING_STEP.0;
    last.reading.value > target_max
        && rises(first, middle)
        && rises(middle, last)
        && last.measured_at.since(first.measured_at) <= RISING_WINDOW
}

/// A gain of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gain {
    /// The least weight of the days before, kg.
    pub from: Milli,
    /// The newest weight, kg.
    pub to: Milli,
    /// In which time.
    pub within: Span,
}

impl Gain {
    /// How much, kg.
    pub const fn amount(self) -> Milli {
        Milli(self.to.0 - self.from.0)
    }

    /// In how many days, each that was begun counted.
    pub const fn days(self) -> i64 {
        let day = Span::days(1).as_milliseconds();
        let begun = (self.within.as_milliseconds() + day - 1).div_euclid(day);
        if begun < 1 { 1 } else { begun }
    }
}

/// The gain from the least weight of three days to the newest, when it calls for attention.
pub fn gain(newest_first: &[Vital]) -> Option<Gain> {
    let (last, earlier) = newest_first.split_first()?;
    let least = earlier
        .iter()
        .take_while(|weight| last.measured_at.since(weight.measured_at) <= WEIGHT_WINDOW)
        .min_by_key(|weight| weight.reading.value)?;
    let within = last.measured_at.since(least.measured_at);
    let gain = Gain { from: least.reading.value, to: last.reading.value, within };
    (gain.amount() >= WEIGHT_GAIN).then_some(gain)
}

/// A step of a series, on the clinic's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// A day.
    Day,
    /// From Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

impl Period {
    /// The first day of the step that `day` lies in.
    pub fn start_of(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => day,
            Self::Week => {
                let back = u64::from(day.weekday().num_days_from_monday());
                day.checked_sub_days(Days::new(back)).unwrap_or(day)
            }
            Self::Month => day.with_day(1).unwrap_or(day),
        }
    }

    /// The last day of the step that begins on `start`.
    pub fn end_of(self, start: NaiveDate) -> NaiveDate {
        let next = match self {
            Self::Day => return start,
            Self::Week => start.checked_add_days(Days::new(7)),
            Self::Month => start.checked_add_months(chrono::Months::new(1)),
        };
        next.and_then(|next| next.pred_opt()).unwrap_or(start)
    }
}

/// Least, greatest, sum and number of some values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// The least.
    pub min: Milli,
    /// The greatest.
    pub max: Milli,
    sum: i64,
    count: u32,
}

impl Figures {
    /// Those of one value.
    pub fn of(value: Milli) -> Self {
        Self { min: value, max: value, sum: i64::from(value.0), count: 1 }
    }

    /// Those of one value more.
    #[must_use]
    pub fn with(self, value: Milli) -> Self {
        Self {
            min: self.min.min(value),
            max: self.max.max(value),
            sum: self.sum.saturating_add(i64::from(value.0)),
            count: self.count.saturating_add(1),
        }
    }

    /// The mean, to the nearest thousandth.
    pub fn mean(self) -> Milli {
        let count = i64::from(self.count);
        let mean = (self.sum * 2 + count).div_euclid(count * 2);
        Milli(i32::try_from(mean).unwrap_or(i32::MAX))
    }
}

/// One step of a series that has values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How many measurements.
    pub count: u32,
    /// Of the value; systolic for a blood pressure.
    pub value: Figures,
    /// Of the second value.
    pub secondary: Option<Figures>,
}

impl Bucket {
    /// The step of a first value.
    pub fn open(period: Period, day: NaiveDate, value: Milli, secondary: Option<Milli>) -> Self {
        let from = period.start_of(day);
        Self {
            from,
            to: period.end_of(from),
            count: 1,
            value: Figures::of(value),
            secondary: secondary.map(Figures::of),
        }
    }

    /// Counts one measurement more.
    pub fn add(&mut self, value: Milli, secondary: Option<Milli>) {
        self.count = self.count.saturating_add(1);
        self.value = self.value.with(value);
        self.secondary = match (self.secondary, secondary) {
            (Some(figures), Some(value)) => Some(figures.with(value)),
            (figures, value) => figures.or(value.map(Figures::of)),
        };
    }
}

/// The types whose readings are also judged by what came before them.
pub const fn is_watched_over_time(vital_type: VitalType) -> bool {
    matches!(vital_type, VitalType::BloodPressure | VitalType::Weight)
}
