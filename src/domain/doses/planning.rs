//! When the doses of a medication line are to be taken.
//!
//! Wall-clock schedules follow the clinic's clock: a slot stays at its time of day when summer time begins.
//! Intervals follow elapsed time: every 8 hours is every 8 hours.
//!
//! # One sequence
//! The doses of a line are one sequence that follows from the line alone, by days and slots, from where its course
//! begins; meal times and the zone only say at what time each lies. So extending the horizon, resuming and moving
//! meal times find the same doses again, and a course of so many doses has that many.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

use super::slot_times::{since_midnight, slot_times};
use crate::domain::prescriptions::model::{
    Amount, Course, DayPattern, Length, Line, Schedule, Slot, SlotAmounts, TaperStep,
};
use crate::domain::users::model::MealTimes;
use crate::platform::clock::{Span, Timestamp, instant_of, start_of_day};

/// Doses are planned so many days ahead: 30 are promised, the rest spares a late daily job.
pub const HORIZON: Span = Span::days(35);

/// Most doses one call makes, far beyond any real schedule: 72 a day for a year.
const OCCURRENCES_MAX: usize = 26_280;

/// One dose to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// When.
    pub at: Timestamp,
    /// For which time of day, when the schedule goes by slots.
    pub slot: Option<Slot>,
    /// How much.
    pub amount: Amount,
}

/// The first full minute that is not before `time`.
pub(super) fn next_minute(time: Timestamp) -> Timestamp {
    let minute = time.start_of_minute();
    if minute == time { time } else { minute.plus(Span::minutes(1)) }
}

/// The doses of `line` from `from` up to, not including, `to`: sorted, no two at one instant. A line whose course
/// is not settled has none.
pub fn occurrences(
    line: &Line,
    meals: &MealTimes,
    zone: Tz,
    from: Timestamp,
    to: Timestamp,
) -> Vec<Occurrence> {
    Plan::of(line, meals, zone).map(|plan| plan.between(from, to)).unwrap_or_default()
}

/// The doses of `line` on a calendar day of `zone`; see [`occurrences`].
pub fn occurrences_on(line: &Line, meals: &MealTimes, zone: Tz, date: NaiveDate) -> Vec<Occurrence> {
    let end = date.succ_opt().unwrap_or(date);
    occurrences(line, meals, zone, start_of_day(date, zone), start_of_day(end, zone))
}

/// How much each day of a taper holds, from its first day with a dose to the last, as if no meal moved a slot; nothing for
/// other schedules and where the course is not settled.
pub fn days_of_taper(line: &Line) -> Vec<(NaiveDate, Amount)> {
    let meals = MealTimes::default();
    let Some(plan) = Plan::of(line, &meals, Tz::UTC) else { return Vec::new() };
    let mut days: Vec<(NaiveDate, Amount)> = Vec::new();
    if !matches!(line.schedule, Schedule::Taper { .. }) {
        return days;
    }
    for (day, intake) in plan.sequence(plan.course.first).take(OCCURRENCES_MAX) {
        match days.last_mut().filter(|(last, _)| *last == day) {
            Some((_, amount)) => *amount = amount.plus(intake.amount),
            None => days.push((day, intake.amount)),
        }
    }
    days
}

/// Minutes since midnight, slot and amount of a dose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Intake {
    minutes: TimeDelta,
    slot: Option<Slot>,
    amount: Amount,
}

/// A line with what says at what time its doses lie.
pub(super) struct Plan<'a> {
    line: &'a Line,
    course: Course,
    meals: &'a MealTimes,
    zone: Tz,
}

impl<'a> Plan<'a> {
    /// Nothing when the line's course is not settled.
    pub(super) fn of(line: &'a Line, meals: &'a MealTimes, zone: Tz) -> Option<Self> {
        line.course.map(|course| Self { line, course, meals, zone })
    }

    /// As if the course were this.
    pub(super) const fn with(line: &'a Line, course: Course, meals: &'a MealTimes, zone: Tz) -> Self {
        Self { line, course, meals, zone }
    }

    fn between(&self, from: Timestamp, to: Timestamp) -> Vec<Occurrence> {
        match &self.line.schedule {
            Schedule::Slots { .. } | Schedule::Times { .. } | Schedule::Taper { .. } => {
                self.by_clock(from, to)
            }
            Schedule::EveryHours { hours, amount } => {
                self.by_interval(*hours, *amount, from).take_while(|dose| dose.at < to).collect()
            }
            Schedule::Once { amount } => {
                self.once(*amount, from).filter(|dose| dose.at < to).into_iter().collect()
            }
            Schedule::AsNeeded { .. } => Vec::new(),
        }
    }

    /// The first dose that is not before `from`.
    pub(super) fn first_from(&self, from: Timestamp) -> Option<Occurrence> {
        match &self.line.schedule {
            Schedule::Slots { .. } | Schedule::Times { .. } | Schedule::Taper { .. } => {
                let begin = from.day_in(self.zone).pred_opt()?.pred_opt()?;
                let mut ahead = self.sequence(begin).map(|(day, intake)| self.occurrence(day, intake));
                ahead.find(|dose| dose.at >= from)
            }
            Schedule::EveryHours { hours, amount } => self.by_interval(*hours, *amount, from).next(),
            Schedule::Once { amount } => self.once(*amount, from),
            Schedule::AsNeeded { .. } => None,
        }
    }

    /// The day of the last dose of a course that has an end.
    pub(super) fn last_day(&self) -> Option<NaiveDate> {
        match (&self.line.schedule, self.line.length, self.line.doses) {
            (_, Length::Until(date), _) => Some(date),
            (Schedule::AsNeeded { .. }, Length::Days(days), _) => {
                self.course.first.checked_add_days(Days::new(u64::from(days.saturating_sub(1))))
            }
            (_, _, None | Some(0)) | (Schedule::AsNeeded { .. }, ..) => None,
            (Schedule::EveryHours { hours, .. }, _, Some(doses)) => {
                let left = i64::from(doses.saturating_sub(self.course.passed).saturating_sub(1));
                let last = self.course.first_at?.plus(Span::hours(i64::from(*hours).saturating_mul(left)));
                Some(last.day_in(self.zone))
            }
            (Schedule::Once { .. }, ..) => self.course.first_at.map(|at| at.day_in(self.zone)),
            (_, _, Some(_)) => {
                let (day, intake) = self.sequence(self.course.first).last()?;
                Some(self.occurrence(day, intake).at.day_in(self.zone))
            }
        }
    }

    /// The doses that go by the wall clock and may lie in the window.
    fn by_clock(&self, from: Timestamp, to: Timestamp) -> Vec<Occurrence> {
        // A meal just after midnight can put a dose on the day before its own, so the walk begins earlier
        // and ends later than the window.
        let day = from.day_in(self.zone);
        let first = day.checked_sub_days(Days::new(2)).unwrap_or(day);
        let last = to.day_in(self.zone).checked_add_days(Days::new(2)).unwrap_or(NaiveDate::MAX);
        let mut found: BTreeMap<Timestamp, Occurrence> = BTreeMap::new();
        for (day, intake) in self.sequence(first).take(OCCURRENCES_MAX).take_while(|(day, _)| *day <= last) {
            let mut dose = self.occurrence(day, intake);
            // Two slots that meals or summer time move to one instant stay two doses.
            while found.contains_key(&dose.at) {
                dose.at = dose.at.plus(Span::minutes(1));
            }
            found.insert(dose.at, dose);
        }
        let window = if from < to { found.range(from..to) } else { found.range(to..to) };
        window.map(|(_, occurrence)| *occurrence).collect()
    }

    fn occurrence(&self, day: NaiveDate, intake: Intake) -> Occurrence {
        let at = instant_of(NaiveDateTime::from(day) + intake.minutes, self.zone);
        Occurrence { at, slot: intake.slot, amount: intake.amount }
    }

    /// The doses that go by the wall clock, by days and slots, those of `from` and later days.
    fn sequence(&self, from: NaiveDate) -> Box<dyn Iterator<Item = (NaiveDate, Intake)> + '_> {
        let last = match self.line.length {
            Length::Until(date) => date,
            Length::Ongoing | Length::Days(_) | Length::Quantity => NaiveDate::MAX,
        };
        if let Schedule::Taper { steps } = &self.line.schedule {
            let doses = self.taper(steps).into_iter();
            return Box::new(doses.filter(move |(day, _)| (from..=last).contains(day)));
        }
        let per_day = self.intakes().len();
        let begin = self.course.first.max(from);
        let left = self.line.doses.map_or(usize::MAX, |doses| {
            let all = usize::try_from(doses.saturating_add(self.course.unheld)).unwrap_or(usize::MAX);
            all.saturating_sub(self.given_before(begin, per_day))
        });
        if per_day == 0 {
            return Box::new(std::iter::empty());
        }
        let days = begin.iter_days().take_while(move |day| *day <= last).filter(|day| self.runs_on(*day));
        Box::new(days.flat_map(|day| self.on(day).into_iter().map(move |intake| (day, intake))).take(left))
    }

    /// Doses of the sequence on the days before `day`.
    fn given_before(&self, day: NaiveDate, per_day: usize) -> usize {
        let Some(pattern) = self.pattern() else { return 0 };
        let first = self.course.first;
        let days = u32::try_from((day - first).num_days()).unwrap_or(0);
        let all = usize::try_from(pattern.days_within(first, days)).unwrap_or(0).saturating_mul(per_day);
        let passed = if self.runs_on(first) { usize::try_from(self.course.passed).unwrap_or(0) } else { 0 };
        all.saturating_sub(passed.min(per_day))
    }

    const fn pattern(&self) -> Option<&DayPattern> {
        match &self.line.schedule {
            Schedule::Slots { days, .. } | Schedule::Times { days, .. } => Some(days),
            _ => None,
        }
    }

    /// Whether `day` is one of the pattern's days.
    pub(super) fn runs_on(&self, day: NaiveDate) -> bool {
        match self.pattern() {
            None | Some(DayPattern::Daily) => true,
            Some(DayPattern::EveryDays(every)) => {
                (day - self.course.first).num_days() % i64::from((*every).max(1)) == 0
            }
            Some(DayPattern::Weekdays(weekdays)) => weekdays.contains(&day.weekday()),
        }
    }

    /// The intakes of a day of the pattern, of a taper those of its first step.
    fn intakes(&self) -> Vec<Intake> {
        match &self.line.schedule {
            Schedule::Slots { amounts, .. } => self.slots(amounts),
            Schedule::Times { times, amount, .. } => times
                .iter()
                .map(|time| Intake { minutes: since_midnight(*time), slot: None, amount: *amount })
                .collect(),
            Schedule::Taper { steps } => {
                steps.first().map(|step| self.slots(&step.amounts)).unwrap_or_default()
            }
            Schedule::EveryHours { .. } | Schedule::AsNeeded { .. } | Schedule::Once { .. } => Vec::new(),
        }
    }

    /// The times at which the intakes of `day` lie.
    pub(super) fn times_on(&self, day: NaiveDate) -> Vec<Timestamp> {
        self.intakes().into_iter().map(|intake| self.occurrence(day, intake).at).collect()
    }

    /// The intakes of `day`, without those that were over when the course began.
    fn on(&self, day: NaiveDate) -> Vec<Intake> {
        if day == self.course.first { self.begun(self.intakes()) } else { self.intakes() }
    }

    /// The intakes of the first day without the earliest, which were over.
    fn begun(&self, mut intakes: Vec<Intake>) -> Vec<Intake> {
        let mut order: Vec<TimeDelta> = intakes.iter().map(|intake| intake.minutes).collect();
        order.sort_unstable();
        let mut passed = self.course.passed;
        for minutes in order {
            if passed == 0 {
                break;
            }
            if let Some(place) = intakes.iter().position(|intake| intake.minutes == minutes) {
                intakes.remove(place);
                passed -= 1;
            }
        }
        intakes
    }

    fn slots(&self, amounts: &SlotAmounts) -> Vec<Intake> {
        let times = slot_times(self.line, amounts, self.meals).into_iter();
        times.map(|(slot, minutes)| Intake { minutes, slot: Some(slot), amount: amounts.at(slot) }).collect()
    }

    /// Each step has all its doses, and the next one begins with the next dose: on the next day, or, after a step that began
    /// in the middle of a day and so ends in one, with the next slot of the same day.
    fn taper(&self, steps: &[TaperStep]) -> Vec<(NaiveDate, Intake)> {
        let mut doses = Vec::new();
        let (mut day, mut after) = (self.course.first, None);
        for (place, step) in steps.iter().enumerate() {
            let intakes = self.slots(&step.amounts);
            let days = usize::try_from(step.days).unwrap_or(0);
            let mut left = intakes.len().saturating_mul(days);
            if left == 0 {
                day = day.checked_add_days(Days::new(u64::from(step.days))).unwrap_or(day);
                after = None;
            }
            while left > 0 {
                let is_first = place == 0 && day == self.course.first;
                let today = if is_first { self.begun(intakes.clone()) } else { intakes.clone() };
                let later = today.into_iter().filter(|intake| intake.slot > after).take(left);
                for intake in later.collect::<Vec<_>>() {
                    doses.push((day, intake));
                    after = intake.slot;
                    left -= 1;
                }
                let is_over = left == 0 && intakes.iter().all(|intake| intake.slot <= after);
                if left > 0 || is_over {
                    day = day.succ_opt().unwrap_or(day);
                    after = None;
                }
            }
        }
        doses
    }

    /// The doses of an interval from `from` on.
    fn by_interval(&self, hours: u32, amount: Amount, from: Timestamp) -> impl Iterator<Item = Occurrence> {
        let first = self.course.first_at.unwrap_or(Timestamp::MAX);
        let step = Span::hours(i64::from(hours.max(1))).as_milliseconds();
        let end = match self.line.length {
            Length::Until(date) => date.succ_opt().map(|day| start_of_day(day, self.zone)),
            Length::Ongoing | Length::Days(_) | Length::Quantity => None,
        };
        let left = self.line.doses.map(|doses| i64::from(doses.saturating_sub(self.course.passed)));
        let before = from.since(first).as_milliseconds();
        let skipped = if before <= 0 { 0 } else { before.saturating_add(step - 1).div_euclid(step) };
        let places = skipped..left.unwrap_or(i64::MAX);
        places
            .map(move |place| first.plus(Span::milliseconds(place.saturating_mul(step))))
            .take_while(move |at| *at < end.unwrap_or(Timestamp::MAX))
            .take(OCCURRENCES_MAX)
            .map(move |at| Occurrence { at, slot: None, amount })
    }

    /// At its time, or at the next full minute when that is over and its day is not.
    fn once(&self, amount: Amount, from: Timestamp) -> Option<Occurrence> {
        let at = self.course.first_at?;
        let at = if from <= at { at } else { next_minute(from) };
        (from.day_in(self.zone) <= self.course.first).then_some(Occurrence { at, slot: None, amount })
    }
}
