//! How many doses a schedule makes.

use chrono::{Datelike, NaiveDate};

use super::{DayPattern, Schedule, Slot, SlotAmounts};

impl SlotAmounts {
    /// In how many slots there is something to take.
    pub fn taken(&self) -> u32 {
        Slot::ALL.iter().map(|slot| u32::from(!self.at(*slot).is_zero())).sum()
    }
}

impl DayPattern {
    /// How many of so many days from `first` on, `first` included, are days of the pattern.
    pub fn days_within(&self, first: NaiveDate, days: u32) -> u32 {
        match self {
            Self::Daily => days,
            Self::EveryDays(every) => days.div_ceil((*every).max(1)),
            Self::Weekdays(weekdays) => {
                let (weeks, rest) = (days / 7, days % 7);
                let of_week = u32::try_from(weekdays.len()).unwrap_or(7);
                let rest =
                    first.iter_days().zip(0..rest).filter(|(day, _)| weekdays.contains(&day.weekday()));
                weeks.saturating_mul(of_week).saturating_add(u32::try_from(rest.count()).unwrap_or(0))
            }
        }
    }
}

impl Schedule {
    /// How many doses there are in so many days from `first` on; of an interval those that fall into so many times 24
    /// hours, of a taper and a single dose their own number. Nothing for what is taken as needed.
    pub fn doses_in(&self, first: NaiveDate, days: u32) -> Option<u32> {
        match self {
            Self::AsNeeded { .. } => None,
            Self::Once { .. } => Some(1),
            Self::Taper { steps } => Some(
                steps
                    .iter()
                    .map(|step| step.days.saturating_mul(step.amounts.taken()))
                    .fold(0, u32::saturating_add),
            ),
            Self::EveryHours { hours, .. } => Some(days.saturating_mul(24).div_ceil((*hours).max(1))),
            Self::Slots { amounts, days: pattern } => {
                Some(pattern.days_within(first, days).saturating_mul(amounts.taken()))
            }
            Self::Times { times, days: pattern, .. } => {
                let each = u32::try_from(times.len()).unwrap_or(u32::MAX);
                Some(pattern.days_within(first, days).saturating_mul(each))
            }
        }
    }
}
