//! On which days: what was said of them, put together.

use chrono::Weekday;

use super::reading::{Reading, once};
use super::statements::S;
use crate::domain::prescriptions::model::DayPattern;
use crate::domain::prescriptions::notice::Notice;

impl Reading {
    pub(super) fn take_days(&mut self, what: &S) -> Result<(), &'static str> {
        if !matches!(what, S::EveryDay) {
            self.places.push(self.sequence.times());
            self.day_behind |= self.sequence.times() > 0;
        }
        match what {
            S::EveryDay => self.every_day = true,
            S::EveryDays(n) => once(&mut self.every_days, *n)?,
            S::PerWeek(n) => once(&mut self.per_week, *n)?,
            S::DaysExcept(days) => once(&mut self.except, days.clone())?,
            S::Weekdays(days) => {
                if days.iter().any(|day| self.weekdays.contains(day)) {
                    return Err("words_said_twice");
                }
                self.weekdays.extend(days.iter().copied());
            }
            // Strengths and products of them belong into the dosage.
            _ => return Err("words_unknown"),
        }
        Ok(())
    }

    /// The days, how often in a week when their names were not said, and whether anything was said about days.
    pub(super) fn days(
        &self,
        notices: &mut Vec<Notice>,
    ) -> Result<(DayPattern, Option<u32>, bool), &'static str> {
        let mut weekdays = self.weekdays.clone();
        weekdays.sort_by_key(Weekday::num_days_from_monday);
        let named = u32::try_from(weekdays.len()).unwrap_or(u32::MAX);
        if let Some(except) = &self.except {
            let free = self.every_days.is_none() && self.per_week.is_none_or(|n| n as usize == except.len());
            certain(notices);
            return if free && named == 0 {
                Ok((DayPattern::Weekdays(except.clone()), None, true))
            } else {
                Err("words_contradict")
            };
        }
        if self.every_day && (self.every_days.is_some() || named > 0 || self.per_week.is_some()) {
            return Err("words_contradict");
        }
        match (self.every_days, self.per_week) {
            (Some(_), Some(_)) => Err("words_contradict"),
            (Some(7), None) if named == 1 => {
                certain(notices);
                Ok((DayPattern::Weekdays(weekdays), None, true))
            }
            // "Every 2 weeks on Monday" leaves open which Monday is the first.
            (Some(days), None) if named == 1 && days > 7 && days % 7 == 0 => Err("words_weeks_of_day"),
            (Some(_), None) if named > 0 => Err("words_contradict"),
            (Some(1), None) => Ok((DayPattern::Daily, None, true)),
            // "1 fois par jour, 1 fois par semaine"
            (Some(_), None) if self.once_a_day => Err("words_contradict"),
            (Some(days), None) => Ok((DayPattern::EveryDays(days), None, true)),
            (None, Some(n)) if named > 0 => {
                certain(notices);
                if n == named {
                    Ok((DayPattern::Weekdays(weekdays), None, true))
                } else {
                    Err("words_contradict")
                }
            }
            (None, Some(n)) => Ok((DayPattern::Weekdays(chosen(n)), Some(n), true)),
            (None, None) if named == 7 => Ok((DayPattern::Daily, None, true)),
            (None, None) if named > 0 => {
                if named > 1 {
                    certain(notices);
                }
                Ok((DayPattern::Weekdays(weekdays), None, true))
            }
            (None, None) => Ok((DayPattern::Daily, None, self.every_day)),
        }
    }
}

/// The days were named, so nothing was chosen.
fn certain(notices: &mut Vec<Notice>) {
    notices.retain(|notice| !notice.code.ends_with("_a_week") && notice.code != "notice_every_weekday");
}

/// The days that a count in the week is put on; a notice names them.
fn chosen(times: u32) -> Vec<Weekday> {
    use Weekday::{Fri, Mon, Sat, Thu, Tue, Wed};
    match times {
        2 => vec![Mon, Thu],
        3 => vec![Mon, Wed, Fri],
        5 => vec![Mon, Tue, Wed, Thu, Fri],
        _ => vec![Mon, Tue, Wed, Thu, Fri, Sat],
    }
}
