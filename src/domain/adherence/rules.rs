//! The one formula of adherence, and what is derived from day counters.

use chrono::NaiveDate;

use super::model::{Colour, DayTally, Permille, Tally, Trend};
use crate::domain::doses::model::{Day, Dose, DoseStatus};
use crate::platform::settings::AdherenceSettings;

/// What one dose adds to its day's counters.
pub fn tally_of(dose: &Dose) -> Tally {
    if dose.as_needed { Tally::default() } else { tally_of_status(dose.status) }
}

/// What a planned dose of this status adds to its day's counters.
pub const fn tally_of_status(status: DoseStatus) -> Tally {
    let none = Tally { on_time: 0, late: 0, skipped: 0, missed: 0 };
    match status {
        DoseStatus::Due | DoseStatus::Cancelled => none,
        DoseStatus::TakenOnTime => Tally { on_time: 1, ..none },
        DoseStatus::TakenLate => Tally { late: 1, ..none },
        DoseStatus::Skipped => Tally { skipped: 1, ..none },
        DoseStatus::Missed => Tally { missed: 1, ..none },
    }
}

/// A day's counters, recounted from its doses.
pub fn recount<'a>(doses: impl IntoIterator<Item = &'a Dose>) -> Tally {
    doses.into_iter().fold(Tally::default(), |sum, dose| sum.plus(tally_of(dose)))
}

/// The counters of several days together.
pub fn sum<'a>(days: impl IntoIterator<Item = &'a DayTally>) -> Tally {
    days.into_iter().fold(Tally::default(), |sum, day| sum.plus(day.tally))
}

/// `part` of `whole` rounded to a tenth of a percent, halves up; nothing of nothing is no figure.
pub fn share(part: u32, whole: u32) -> Option<Permille> {
    if whole == 0 {
        return None;
    }
    let (part, whole) = (u64::from(part), u64::from(whole));
    let permille = (part * 2_000 + whole) / (whole * 2);
    u32::try_from(permille).ok().map(Permille)
}

/// Taking adherence: taken of taken, missed and skipped.
pub fn taking(tally: &Tally) -> Option<Permille> {
    share(tally.taken(), tally.counted())
}

/// Timing adherence: taken within the grace period of all that counted.
pub fn timing(tally: &Tally) -> Option<Permille> {
    share(tally.on_time, tally.counted())
}

/// The colour of a figure.
pub fn colour(figure: Permille, settings: &AdherenceSettings) -> Colour {
    if figure.0 >= settings.green_from_permille {
        Colour::Green
    } else if figure.0 >= settings.yellow_from_permille {
        Colour::Yellow
    } else {
        Colour::Red
    }
}

/// Which way a figure went. The exact fractions decide, so that one dose in a thousand is seen.
pub fn trend(before: &Tally, after: &Tally) -> Trend {
    if before.is_empty() || after.is_empty() {
        return Trend::Steady;
    }
    let left = u64::from(after.taken()) * u64::from(before.counted());
    let right = u64::from(before.taken()) * u64::from(after.counted());
    match left.cmp(&right) {
        std::cmp::Ordering::Greater => Trend::Improved,
        std::cmp::Ordering::Equal => Trend::Steady,
        std::cmp::Ordering::Less => Trend::Lower,
    }
}

/// Whether a figure passed a mark worth a congratulation: a better colour, or another full ten percent.
pub fn deserves_praise(before: &Tally, after: &Tally, settings: &AdherenceSettings) -> bool {
    match (taking(before), taking(after)) {
        (Some(old), Some(new)) => colour(new, settings) > colour(old, settings) || new.0 / 100 > old.0 / 100,
        _ => false,
    }
}

/// What a window of days shows beside its percentages. A day is correct when everything that counted on it
/// was taken; days on which nothing counted neither carry on nor end a streak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Runs {
    /// Days on which something counted.
    pub counted_days: u32,
    /// Days on which all that counted was taken.
    pub correct_days: u32,
    /// Correct days in a row up to the last counted day.
    pub current_streak: u32,
    /// Most correct days in a row.
    pub longest_streak: u32,
    /// Most counted days in a row without any dose taken.
    pub longest_gap: u32,
}

/// Streaks and gaps of days given in order.
pub fn runs<'a>(days: impl IntoIterator<Item = &'a DayTally>) -> Runs {
    let mut runs = Runs::default();
    let mut gap = 0;
    for day in days.into_iter().filter(|day| !day.tally.is_empty()) {
        runs.counted_days += 1;
        if day.tally.taken() == day.tally.counted() {
            runs.correct_days += 1;
            runs.current_streak += 1;
        } else {
            runs.current_streak = 0;
        }
        gap = if day.tally.taken() == 0 { gap + 1 } else { 0 };
        runs.longest_streak = runs.longest_streak.max(runs.current_streak);
        runs.longest_gap = runs.longest_gap.max(gap);
    }
    runs
}

/// Percent of a day's planned doses that are taken; cancelled ones and those as needed are not planned.
pub fn daily_progress(day: &Day) -> Option<Permille> {
    progress_of(&day.doses)
}

/// [`daily_progress`] of some doses of a day.
pub fn progress_of<'a>(doses: impl IntoIterator<Item = &'a Dose>) -> Option<Permille> {
    let planned = doses
        .into_iter()
        .filter(|dose| !dose.as_needed && dose.status != DoseStatus::Cancelled)
        .fold((0, 0), |(taken, planned), dose| (taken + u32::from(dose.status.is_taken()), planned + 1));
    share(planned.0, planned.1)
}

/// The first day of a window of `days` days that ends on `last`.
pub fn window_start(last: NaiveDate, days: u32) -> NaiveDate {
    last.checked_sub_days(chrono::Days::new(u64::from(days.saturating_sub(1)))).unwrap_or(last)
}
