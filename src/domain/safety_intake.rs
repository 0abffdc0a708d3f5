//! How much of a medicine a line asks for, and on which days.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

use super::doses::planning::{days_of_taper, occurrences_on};
use super::prescriptions::model::{
    Amount, Course, DayPattern, Line as MedicationLine, Schedule, Slot, SlotAmounts,
};
use super::safety::{DaysOfUse, Rhythm};
use super::users::model::MealTimes;

/// The largest intake and the fullest day of a line, and of one that goes step by step a day of each step.
pub(super) struct Intake {
    pub(super) single: Amount,
    pub(super) daily: Option<Amount>,
    pub(super) steps: Vec<Amount>,
    pub(super) rhythm: Rhythm,
}

impl Intake {
    pub(super) fn of(line: &MedicationLine) -> Self {
        let mut intake = Self::of_schedule(&line.schedule);
        match (&line.schedule, line.course) {
            (Schedule::Slots { days, .. } | Schedule::Times { days, .. }, course) => {
                intake.rhythm.days = days_of_use(days, course);
            }
            (Schedule::Taper { .. }, Some(course)) => {
                let runs = runs_of_taper(line, course);
                intake.steps = runs.iter().map(|(_, amount)| *amount).collect();
                intake.daily = intake.daily.into_iter().chain(intake.steps.iter().copied()).max();
                let days = runs.iter().map(|(days, amount)| (*days, *amount > Amount::ZERO));
                intake.rhythm.days = DaysOfUse::Steps(course.first, days.collect());
            }
            _ => {}
        }
        intake
    }

    fn of_schedule(schedule: &Schedule) -> Self {
        match schedule {
            Schedule::Slots { amounts, days } => Self::of_slots(std::iter::once(amounts), days),
            Schedule::Taper { steps } => {
                let mut intake = Self::of_slots(steps.iter().map(|step| &step.amounts), &DayPattern::Daily);
                intake.rhythm.tapers = true;
                intake
            }
            Schedule::Times { times, amount, days } => {
                Self::repeated(*amount, u32::try_from(times.len()).unwrap_or(u32::MAX), days)
            }
            Schedule::EveryHours { hours, amount } => {
                let hours = (*hours).max(1);
                let mut intake = Self::repeated(*amount, 24_u32.div_ceil(hours), &DayPattern::Daily);
                intake.rhythm.interval_days = (hours / 24).max(1);
                intake.rhythm.interval_hours = Some(hours);
                intake
            }
            Schedule::AsNeeded { amount, max_per_24h, min_interval_hours } => {
                let by_interval = min_interval_hours.map(|hours| 24_u32.div_ceil(hours.max(1)));
                let times = max_per_24h.iter().copied().chain(by_interval).min();
                let mut intake = Self::repeated(*amount, times.unwrap_or(1), &DayPattern::Daily);
                if times.is_none() {
                    intake.daily = None;
                }
                intake.rhythm.times_a_day = times;
                intake.rhythm.interval_hours = *min_interval_hours;
                intake.rhythm.as_needed = true;
                intake
            }
            Schedule::Once { amount } => {
                let mut intake = Self::repeated(*amount, 1, &DayPattern::Daily);
                intake.rhythm.once = true;
                intake
            }
        }
    }

    fn of_slots<'a>(steps: impl Iterator<Item = &'a SlotAmounts>, days: &DayPattern) -> Self {
        let (mut single, mut daily, mut times) = (Amount::ZERO, Amount::ZERO, 0);
        let mut slots = BTreeSet::new();
        for amounts in steps {
            slots.extend(Slot::ALL.into_iter().filter(|slot| amounts.at(*slot) > Amount::ZERO));
            let largest = Slot::ALL.iter().map(|slot| amounts.at(*slot)).max().unwrap_or_default();
            (single, daily, times) =
                (single.max(largest), daily.max(of_day(amounts)), times.max(amounts.taken()));
        }
        let Self { rhythm, .. } = Self::repeated(single, times, days);
        Self { single, daily: Some(daily), steps: Vec::new(), rhythm: Rhythm { slots, ..rhythm } }
    }

    fn repeated(amount: Amount, times: u32, days: &DayPattern) -> Self {
        let daily = amount.as_ten_thousandths().checked_mul(times).map(Amount::from_ten_thousandths);
        let rhythm = Rhythm {
            interval_days: days.shortest_gap(),
            times_a_day: Some(times),
            interval_hours: None,
            once: false,
            as_needed: false,
            tapers: false,
            slots: BTreeSet::new(),
            weekday_named: matches!(days, DayPattern::Weekdays(_)),
            days: DaysOfUse::Any,
        };
        Self { single: amount, daily, steps: Vec::new(), rhythm }
    }
}

/// In so many days a line that is used on some days of a week has a day with all of its doses after the first.
const WHOLE_DAY_WITHIN: usize = 15;

/// What the first and the last day of a settled course hold: the first one lacks the doses whose time was over when it began,
/// and the last one has them. Meals move no dose to another day here.
pub(super) fn edges(line: &MedicationLine, zone: Tz) -> Vec<(NaiveDate, Amount)> {
    let Some(course) = line.course.filter(|_| !matches!(line.schedule, Schedule::Once { .. })) else {
        return Vec::new();
    };
    let meals = MealTimes::default();
    let days = std::iter::once(course.first).chain(line.end.filter(|end| *end > course.first));
    let of_day = |day| {
        let doses = occurrences_on(line, &meals, zone, day);
        let amount = doses.iter().fold(Amount::ZERO, |sum, dose| sum.plus(dose.amount));
        (!doses.is_empty()).then_some((day, amount))
    };
    days.filter_map(of_day).collect()
}

/// How much is used at which times of a day that holds all of a line's doses, where it goes by the clock. Meals move them all
/// alike.
pub(super) fn times_of_day(line: &MedicationLine, zone: Tz) -> Vec<(NaiveTime, Amount)> {
    let goes_by_clock = matches!(line.schedule, Schedule::Slots { .. } | Schedule::Times { .. });
    let Some(course) = line.course.filter(|_| goes_by_clock) else { return Vec::new() };
    let meals = MealTimes::default();
    let days = course.first.iter_days().take(WHOLE_DAY_WITHIN);
    let of_day = |day| occurrences_on(line, &meals, zone, day);
    let fullest = days.map(of_day).max_by_key(Vec::len).unwrap_or_default();
    fullest.iter().map(|dose| (dose.at.local(zone).time(), dose.amount)).collect()
}

/// How much is used at which times of the first day of a settled course: of what is left of it, of an interval, and of what is
/// used once.
pub(super) fn times_of_first_day(line: &MedicationLine, zone: Tz) -> Vec<(NaiveTime, Amount)> {
    let Some(course) = line.course.filter(|_| !line.is_as_needed()) else { return Vec::new() };
    let doses = occurrences_on(line, &MealTimes::default(), zone, course.first);
    doses.iter().map(|dose| (dose.at.local(zone).time(), dose.amount)).collect()
}

fn of_day(amounts: &SlotAmounts) -> Amount {
    Slot::ALL.iter().fold(Amount::ZERO, |sum, slot| sum.plus(amounts.at(*slot)))
}

/// The days of a pattern. One that is counted from its first day may fall on any until that is settled.
fn days_of_use(days: &DayPattern, course: Option<Course>) -> DaysOfUse {
    match (days, course) {
        (DayPattern::Weekdays(days), _) => {
            DaysOfUse::Weekdays(days.iter().fold(0, |all, day| all | weekday_bit(*day)))
        }
        (DayPattern::EveryDays(every), Some(course)) => DaysOfUse::Every(*every, course.first),
        (DayPattern::EveryDays(_), None) | (DayPattern::Daily, _) => DaysOfUse::Any,
    }
}

/// A taper as days hold it: for how many days in a row how much. Where the course began in the middle of a day its first day
/// holds what was left of it, and each step ends in a day in which the next one begins.
fn runs_of_taper(line: &MedicationLine, course: Course) -> Vec<(u32, Amount)> {
    let mut runs: Vec<(u32, Amount)> = Vec::new();
    let mut add = |days: u32, amount: Amount| match runs.last_mut().filter(|(_, last)| *last == amount) {
        Some((known, _)) => *known = known.saturating_add(days),
        None => runs.push((days, amount)),
    };
    let mut next = course.first;
    for (day, amount) in days_of_taper(line) {
        let between = u32::try_from((day - next).num_days()).unwrap_or(0);
        if between > 0 {
            add(between, Amount::ZERO);
        }
        add(1, amount);
        next = day.succ_opt().unwrap_or(day);
    }
    runs
}

/// The bit of a day of the week; Monday is the lowest.
fn weekday_bit(day: Weekday) -> u8 {
    1 << day.num_days_from_monday()
}

/// Whether a line asks for no more than it did before: the same medicine, no more of it at once or a day, no closer together,
/// at the same times on the same days or fewer, and for no longer.
pub fn is_no_more(before: &MedicationLine, after: &MedicationLine) -> bool {
    let (was, is) = (Intake::of(before), Intake::of(after));
    let (old, new) = (&was.rhythm, &is.rhythm);
    let is_same_medicine = before.is_of(after.medicine_id, &after.medicine_name) && before.unit == after.unit;
    let is_less = is.single <= was.single
        && was.daily.is_none_or(|was| is.daily.is_some_and(|is| is <= was))
        && was.steps.iter().zip(&is.steps).all(|(was, is)| is <= was);
    let is_as_seldom = new.interval_days >= old.interval_days
        && old.interval_hours.is_none_or(|old| new.interval_hours.is_some_and(|new| new >= old))
        && old.times_a_day.is_none_or(|old| new.times_a_day.is_some_and(|new| new <= old))
        && (old.as_needed, old.once, old.tapers) == (new.as_needed, new.once, new.tapers);
    let is_of_same_days =
        (old.days == DaysOfUse::Any || old.days == new.days) && new.slots.is_subset(&old.slots);
    let is_as_short =
        before.end.is_none_or(|old| after.end.is_some_and(|new| new <= old)) && after.start >= before.start;
    is_same_medicine && is_less && is_as_seldom && is_of_same_days && is_as_short
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::domain::prescriptions::model::TaperStep;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
    }

    fn line(schedule: Schedule) -> MedicationLine {
        MedicationLine::sample(day(), schedule)
    }

    fn slots(morning: u32, evening: u32, days: DayPattern) -> Schedule {
        let amounts = SlotAmounts {
            morning: Amount::whole(morning),
            evening: Amount::whole(evening),
            ..SlotAmounts::default()
        };
        Schedule::Slots { amounts, days }
    }

    #[test]
    fn days_are_those_of_the_course() {
        let on = |schedule, course| Intake::of(&MedicationLine { course, ..line(schedule) }).rhythm.days;
        let began = Some(Course::beginning(day()));
        assert_eq!(on(slots(1, 0, DayPattern::Daily), began), DaysOfUse::Any);
        let weekdays = DayPattern::Weekdays(vec![Weekday::Mon, Weekday::Sun]);
        assert_eq!(on(slots(1, 0, weekdays), None), DaysOfUse::Weekdays(0b100_0001));
        assert_eq!(on(slots(1, 0, DayPattern::EveryDays(2)), began), DaysOfUse::Every(2, day()));
        assert_eq!(on(slots(1, 0, DayPattern::EveryDays(2)), None), DaysOfUse::Any, "not settled yet");
        let step = |days, morning, evening| TaperStep {
            days,
            amounts: SlotAmounts {
                morning: Amount::whole(morning),
                evening: Amount::whole(evening),
                ..SlotAmounts::default()
            },
        };
        let taper = || Schedule::Taper { steps: vec![step(3, 2, 2), step(2, 0, 0), step(1, 0, 1)] };
        assert_eq!(on(taper(), None), DaysOfUse::Any);
        let whole = vec![(3, true), (2, false), (1, true)];
        assert_eq!(on(taper(), began), DaysOfUse::Steps(day(), whole));
        // It began in the evening: the first day holds what was left of it, and a step ends on a morning.
        let late = Course { passed: 1, ..Course::beginning(day()) };
        let held = vec![(1, true), (2, true), (1, true), (1, false), (1, true)];
        assert_eq!(on(taper(), Some(late)), DaysOfUse::Steps(day(), held));
        let falling = Schedule::Taper { steps: vec![step(2, 3, 1), step(2, 1, 2)] };
        let runs = runs_of_taper(&MedicationLine { course: Some(late), ..line(falling) }, late);
        let whole = |days, amount| (days, Amount::whole(amount));
        assert_eq!(runs, [whole(1, 1), whole(1, 4), whole(1, 5), whole(1, 3), whole(1, 1)]);
    }

    #[test]
    fn a_line_asks_for_no_more_when_it_is_lowered_or_ends() {
        let with = line;
        let before = with(slots(1, 1, DayPattern::Daily));
        let ends = MedicationLine { end: Some(day()), ..before.clone() };
        assert!(is_no_more(&before, &before) && is_no_more(&before, &ends) && !is_no_more(&ends, &before));
        for less in [slots(1, 0, DayPattern::Daily), slots(1, 1, DayPattern::Weekdays(vec![Weekday::Mon]))] {
            assert!(is_no_more(&before, &with(less.clone())), "{less:?}");
            assert!(!is_no_more(&with(less.clone()), &before), "{less:?}");
        }
        let other = MedicationLine { medicine_name: "Aspirin 500 mg".to_owned(), ..before.clone() };
        assert!(!is_no_more(&before, &other));
        let tuesday = with(slots(1, 1, DayPattern::Weekdays(vec![Weekday::Tue])));
        assert!(!is_no_more(&with(slots(1, 1, DayPattern::Weekdays(vec![Weekday::Mon]))), &tuesday));
    }
}
