//! When the doses of a medication line are to be taken.
//!
//! Wall-clock schedules follow the clinic's clock: a slot stays at its time of day when summer time begins.
//! Intervals follow elapsed time: every 8 hours is every 8 hours.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use crate::domain::prescriptions::model::{
    Amount, DayPattern, Line, MealRelation, Schedule, Slot, SlotAmounts, TaperStep,
};
use crate::domain::users::model::MealTimes;
use crate::platform::clock::{Span, Timestamp, instant_of, start_of_day};

/// Doses are planned so many days ahead: 30 are promised, the rest spares a late daily job.
pub const HORIZON: Span = Span::days(35);

/// Minutes between a meal and what is taken before or after it.
const MEAL_DISTANCE: TimeDelta = TimeDelta::minutes(30);

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

/// The time of day of a slot for a patient with these meal times. Meals move a slot only for what is taken
/// before, with or after them; an empty stomach counts as before the meal. A negative number of minutes lies on
/// the day before.
fn slot_minutes(slot: Slot, relation: MealRelation, meals: &MealTimes) -> TimeDelta {
    let meal = match slot {
        Slot::Morning => meals.morning,
        Slot::Noon => meals.afternoon,
        Slot::Evening => meals.night,
        Slot::Night => None,
    };
    match (meal, relation) {
        (Some(meal), MealRelation::Before | MealRelation::EmptyStomach) => {
            since_midnight(meal) - MEAL_DISTANCE
        }
        (Some(meal), MealRelation::With) => since_midnight(meal),
        (Some(meal), MealRelation::After) => since_midnight(meal) + MEAL_DISTANCE,
        (Some(_), MealRelation::None) | (None, _) => default_minutes(slot),
    }
}

fn since_midnight(time: NaiveTime) -> TimeDelta {
    time - NaiveTime::MIN
}

/// The time of day of a slot when nothing moves it.
const fn default_minutes(slot: Slot) -> TimeDelta {
    TimeDelta::minutes(match slot {
        Slot::Morning => 7 * 60,
        Slot::Noon => 11 * 60 + 30,
        Slot::Evening => 17 * 60 + 30,
        Slot::Night => 21 * 60,
    })
}

/// The doses of `line` from `from` up to, not including, `to`: sorted, no two at one instant, never before the
/// line's first day or after its last.
pub fn occurrences(
    line: &Line,
    meals: &MealTimes,
    zone: Tz,
    from: Timestamp,
    to: Timestamp,
) -> Vec<Occurrence> {
    let begin = from.max(start_of_day(line.start, zone));
    let plan = Plan { line, meals, zone, from: begin, to };
    match &line.schedule {
        Schedule::Slots { amounts, days } => {
            plan.by_day(|day| if plan.runs_on(day, days) { plan.slots(amounts) } else { Vec::new() })
        }
        Schedule::Times { times, amount, days } => plan.by_day(|day| {
            if !plan.runs_on(day, days) {
                return Vec::new();
            }
            times.iter().map(|time| (since_midnight(*time), None, *amount)).collect()
        }),
        Schedule::Taper { steps } => plan
            .by_day(|day| step_on(steps, line.start, day).map(|step| plan.slots(step)).unwrap_or_default()),
        Schedule::EveryHours { hours, amount } => plan.by_interval(*hours, *amount),
        Schedule::Once { amount } => plan.once(*amount),
        Schedule::AsNeeded { .. } => Vec::new(),
    }
}

/// Minutes since midnight, slot and amount of a dose.
type Intake = (TimeDelta, Option<Slot>, Amount);

struct Plan<'a> {
    line: &'a Line,
    meals: &'a MealTimes,
    zone: Tz,
    from: Timestamp,
    to: Timestamp,
}

impl Plan<'_> {
    /// The doses of each day of the treatment that may lie in the window.
    fn by_day(&self, intakes: impl Fn(NaiveDate) -> Vec<Intake>) -> Vec<Occurrence> {
        // A meal just after midnight can put a dose on the day before its own, so the walk begins earlier
        // and ends later than the window.
        let first = self.from.day_in(self.zone).checked_sub_days(Days::new(2)).unwrap_or(self.line.start);
        let last = self.to.day_in(self.zone).checked_add_days(Days::new(2)).unwrap_or(self.line.start);
        let last = self.line.end.map_or(last, |end| end.min(last));
        let mut found: BTreeMap<Timestamp, Occurrence> = BTreeMap::new();
        for day in first.max(self.line.start).iter_days().take_while(|day| *day <= last) {
            for (minutes, slot, amount) in intakes(day) {
                let mut at = instant_of(NaiveDateTime::from(day) + minutes, self.zone);
                // Two slots that meals or summer time move to one instant stay two doses.
                while found.contains_key(&at) {
                    at = at.plus(Span::minutes(1));
                }
                found.insert(at, Occurrence { at, slot, amount });
            }
            if found.len() >= OCCURRENCES_MAX {
                break;
            }
        }
        let window =
            if self.from < self.to { found.range(self.from..self.to) } else { found.range(self.to..self.to) };
        window.map(|(_, occurrence)| *occurrence).collect()
    }

    fn slots(&self, amounts: &SlotAmounts) -> Vec<Intake> {
        Slot::ALL
            .into_iter()
            .filter(|slot| !amounts.at(*slot).is_zero())
            .map(|slot| {
                (slot_minutes(slot, self.line.meal_relation, self.meals), Some(slot), amounts.at(slot))
            })
            .collect()
    }

    fn runs_on(&self, day: NaiveDate, days: &DayPattern) -> bool {
        match days {
            DayPattern::Daily => true,
            DayPattern::EveryDays(every) => {
                (day - self.line.start).num_days() % i64::from((*every).max(1)) == 0
            }
            DayPattern::Weekdays(weekdays) => weekdays.contains(&day.weekday()),
        }
    }

    /// Counted from 07:00 of the first day, so that every call finds the same instants.
    fn by_interval(&self, hours: u32, amount: Amount) -> Vec<Occurrence> {
        let first =
            instant_of(NaiveDateTime::from(self.line.start) + default_minutes(Slot::Morning), self.zone);
        let step = Span::hours(i64::from(hours.max(1))).as_milliseconds();
        let end = self.line.end.and_then(|end| end.succ_opt()).map(|day| start_of_day(day, self.zone));
        let to = end.map_or(self.to, |end| end.min(self.to));
        let before = self.from.since(first).as_milliseconds();
        let skipped = if before <= 0 { 0 } else { before.saturating_add(step - 1).div_euclid(step) };
        let begin = first.plus(Span::milliseconds(skipped.saturating_mul(step)));
        std::iter::successors(Some(begin), |at| Some(at.plus(Span::milliseconds(step))))
            .take_while(|at| *at < to)
            .take(OCCURRENCES_MAX)
            .map(|at| Occurrence { at, slot: None, amount })
            .collect()
    }

    /// At once means at the next full minute when the first day has begun, else at 07:00 of it.
    fn once(&self, amount: Amount) -> Vec<Occurrence> {
        const MINUTE: i64 = 60_000;
        let morning =
            instant_of(NaiveDateTime::from(self.line.start) + default_minutes(Slot::Morning), self.zone);
        let today = self.from.day_in(self.zone);
        let at = if self.from > start_of_day(self.line.start, self.zone) {
            let minutes = self.from.as_milliseconds().saturating_add(MINUTE - 1).div_euclid(MINUTE);
            Timestamp::from_milliseconds(minutes.saturating_mul(MINUTE))
        } else {
            morning
        };
        let over = today > self.line.start.max(self.line.end.unwrap_or(self.line.start));
        if over || at >= self.to { Vec::new() } else { vec![Occurrence { at, slot: None, amount }] }
    }
}

/// The amounts of the taper step that runs on `day`.
fn step_on(steps: &[TaperStep], start: NaiveDate, day: NaiveDate) -> Option<&SlotAmounts> {
    let mut left = (day - start).num_days();
    for step in steps {
        if left < i64::from(step.days) {
            return Some(&step.amounts);
        }
        left -= i64::from(step.days);
    }
    None
}
