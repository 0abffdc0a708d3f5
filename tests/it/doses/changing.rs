//! How many doses a course has in all when its times, its days or its amounts are changed while it runs.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;
use das_tern::domain::doses::change::Change;
use das_tern::domain::doses::course::{carry_on, has_dose_from};
use das_tern::domain::doses::cover::{handed_over, to_plan};
use das_tern::domain::doses::model::{Day, Dose, DoseParts, DoseStatus, Outcome, Source};
use das_tern::domain::doses::planning::{Occurrence, occurrences};
use das_tern::domain::doses::rules::GRACE_MINUTES_MAX;
use das_tern::domain::doses::settling::settle;
use das_tern::domain::prescriptions::model::{Amount, DayPattern, Length, Line, Schedule, Slot, SlotAmounts};
use das_tern::domain::users::model::MealTimes;
use das_tern::platform::clock::{Span, Timestamp, start_of_day};
use das_tern::platform::ids::PrescriptionId;
use proptest::prelude::*;

use super::planning::line;

/// So many cases of each property, or as many as the environment asks for.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(512)
}

const KHMER: Tz = Tz::Asia__Phnom_Penh;
static MEALS: MealTimes = MealTimes { morning: None, afternoon: None, night: None, moved: Vec::new() };

/// A line that is taken as it is planned, and what of it stands.
struct Course {
    line: Line,
    standing: Vec<Dose>,
    now: Timestamp,
}

impl Course {
    /// Begins so many minutes after the first midnight.
    fn begin(schedule: Schedule, length: Length, minutes: i64) -> Self {
        let day: NaiveDate = "2026-03-02".parse().unwrap();
        let now = start_of_day(day, KHMER).plus(Span::minutes(minutes));
        let quantity = match length {
            Length::Quantity => Some(Amount::whole(40)),
            _ => None,
        };
        let doses = quantity.and_then(|quantity| schedule.supplied(quantity, Some)).map(|it| it.doses);
        let new = Line { start_is_named: false, length, quantity, doses, ..line(schedule, day, None) };
        Self { line: settle(&new, &MEALS, KHMER, now), standing: Vec::new(), now }
    }

    fn take(&mut self, occurrence: &Occurrence, at: Timestamp) {
        let id = DoseParts { scheduled: occurrence.at, line: 1, patient: 1 }.id().unwrap();
        let outcome = Outcome::new(DoseStatus::TakenOnTime, at, at, Source::Direct);
        let due = Dose::due(id, PrescriptionId(uuid::Uuid::nil()), 1, occurrence.amount);
        let slot = occurrence.slot;
        self.standing.push(Dose { slot, status: DoseStatus::TakenOnTime, outcomes: vec![outcome], ..due });
    }

    /// What is planned from now on, by days.
    fn planned(&self) -> BTreeMap<NaiveDate, Vec<Occurrence>> {
        let since = start_of_day(self.now.day_in(KHMER), KHMER);
        let mut days: BTreeMap<NaiveDate, Vec<Occurrence>> = BTreeMap::new();
        for occurrence in occurrences(&self.line, &MEALS, KHMER, since, self.now.plus(Span::days(400))) {
            days.entry(occurrence.at.day_in(KHMER)).or_default().push(occurrence);
        }
        for (date, all) in &mut days {
            let mut day = Day::default();
            for dose in self.standing.iter().filter(|dose| dose.scheduled().day_in(KHMER) == *date) {
                day.set(dose.clone());
            }
            *all = to_plan(&day, &self.line, all, self.now);
        }
        days.retain(|_, doses| !doses.is_empty());
        days
    }

    /// Goes on for so many minutes, in which each dose is taken at its time, but perhaps the last one is left open; then
    /// takes the next ones early.
    fn go_on(&mut self, minutes: i64, early: usize, is_open: bool) {
        let until = self.now.plus(Span::minutes(minutes));
        let before = self.standing.len();
        let ahead: Vec<Occurrence> = self.planned().into_values().flatten().collect();
        for dose in ahead.iter().filter(|dose| dose.at <= until) {
            self.take(dose, dose.at);
        }
        self.now = until;
        let grace = Span::minutes(i64::from(GRACE_MINUTES_MAX));
        for dose in self.standing.iter_mut().filter(|dose| dose.status == DoseStatus::Due) {
            if dose.scheduled().plus(grace) <= until {
                dose.status = DoseStatus::Missed;
            }
        }
        let may_be_open = |dose: &&mut Dose| {
            let at = dose.scheduled();
            is_open && at <= until && at.plus(grace) > until
        };
        // What was recorded before its time, and before a change that counted it, is not open again.
        let recent = self.standing.get_mut(before..).unwrap_or_default();
        if let Some(last) = recent.last_mut().filter(may_be_open) {
            (last.status, last.outcomes) = (DoseStatus::Due, Vec::new());
        }
        let today = until.day_in(KHMER);
        let rest = ahead.iter().filter(|dose| dose.at > until && dose.at.day_in(KHMER) == today);
        for dose in rest.take(early) {
            self.take(dose, until);
        }
    }

    /// Changes the schedule; `false` when nothing would be left to take, which is refused.
    fn change(&mut self, schedule: Schedule) -> bool {
        let new = Line { schedule, course: None, ..self.line.clone() };
        let used = self.used();
        let (standing, now) = (&self.standing, self.now);
        let change = Change { meals: &MEALS, zone: KHMER, now, standing, used };
        let changed = carry_on(&self.line, &new, change);
        if matches!(changed.length, Length::Quantity) && !has_dose_from(&changed, &MEALS, KHMER, self.now)
            || !has_dose_from(&changed, &MEALS, KHMER, Timestamp::default())
        {
            return false;
        }
        self.line = changed;
        self.standing = handed_over(&self.line, &MEALS, KHMER, &self.standing, self.now);
        true
    }

    fn used(&self) -> Amount {
        let used = self.standing.iter().filter(|dose| dose.status != DoseStatus::Due);
        used.fold(Amount::ZERO, |sum, dose| sum.plus(dose.amount))
    }

    /// How many doses stand and are planned, and how much that is.
    fn total(&self) -> (usize, Amount) {
        let planned: Vec<Occurrence> = self.planned().into_values().flatten().collect();
        let standing = self.standing.iter().map(|dose| dose.amount);
        let amount = standing.chain(planned.iter().map(|dose| dose.amount)).fold(Amount::ZERO, Amount::plus);
        (self.standing.len() + planned.len(), amount)
    }
}

/// Schedules of so many doses a day.
fn daily(each: usize) -> impl Strategy<Value = Schedule> {
    let slots =
        (prop::sample::subsequence(Slot::ALL.to_vec(), each), 1_u32..4).prop_map(|(slots, amount)| {
            let at = |slot| if slots.contains(&slot) { Amount::whole(amount) } else { Amount::ZERO };
            let amounts = SlotAmounts {
                morning: at(Slot::Morning),
                noon: at(Slot::Noon),
                evening: at(Slot::Evening),
                night: at(Slot::Night),
            };
            Schedule::Slots { amounts, days: DayPattern::Daily }
        });
    let times = (prop::sample::subsequence((0..24_u32).collect::<Vec<_>>(), each), 1_u32..4).prop_map(
        |(hours, amount)| {
            let times = hours.into_iter().filter_map(|hour| NaiveTime::from_hms_opt(hour, 5, 0)).collect();
            Schedule::Times { times, amount: Amount::whole(amount), days: DayPattern::Daily }
        },
    );
    prop_oneof![slots, times]
}

fn some_daily() -> impl Strategy<Value = Schedule> {
    (1_usize..5).prop_flat_map(daily)
}

fn per_day(schedule: &Schedule) -> usize {
    let one_day = schedule.doses_in("2026-03-02".parse().unwrap(), 1);
    usize::try_from(one_day.unwrap()).unwrap()
}

#[test]
fn a_dose_taken_before_its_new_time_of_the_day_is_given_once_when_the_weekday_changes_too() {
    let once = |slot, day| {
        let amounts = SlotAmounts::default();
        let amounts = match slot {
            Slot::Morning => SlotAmounts { morning: Amount::whole(1), ..amounts },
            _ => SlotAmounts { evening: Amount::whole(1), ..amounts },
        };
        Schedule::Slots { amounts, days: DayPattern::Weekdays(vec![day]) }
    };
    // From Monday evening on, 15 days with three Wednesdays; the third is taken at 07:00.
    let mut course = Course::begin(once(Slot::Morning, Weekday::Wed), Length::Days(15), 18 * 60 + 53);
    course.go_on(22_327, 0, false);
    assert_eq!((course.standing.len(), course.total().0), (3, 3));
    assert!(course.change(once(Slot::Evening, Weekday::Wed)), "moved to the evening of the same day");
    assert_eq!(course.total().0, 3);
    course.go_on(1, 0, false);
    let goes_on = course.change(once(Slot::Morning, Weekday::Mon));
    assert!(!goes_on, "a minute later there is no fourth to move to Mondays");
    assert_eq!(course.total().0, 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn other_times_leave_a_course_its_number_of_doses(
        (each, old, new) in (1_usize..5).prop_flat_map(|each| (Just(each), daily(each), daily(each))),
        days in 1_u32..12,
        begin in 0_i64..1_440,
        later in 0_i64..9_000,
        (early, is_open) in (0_usize..3, any::<bool>()),
    ) {
        let mut course = Course::begin(old, Length::Days(days), begin);
        course.go_on(later, early, is_open);
        course.change(new);
        prop_assert_eq!(course.total().0, each * usize::try_from(days).unwrap());
    }

    #[test]
    fn a_change_never_makes_a_day_hold_more_than_its_doses(
        (old, new) in (some_daily(), some_daily()),
        days in 1_u32..12,
        begin in 0_i64..1_440,
        later in 0_i64..9_000,
        (early, is_open) in (0_usize..3, any::<bool>()),
    ) {
        let mut course = Course::begin(old.clone(), Length::Days(days), begin);
        course.go_on(later, early, is_open);
        let before = per_day(&old);
        course.change(new.clone());
        for (date, planned) in course.planned() {
            let stood = course.standing.iter().filter(|dose| dose.scheduled().day_in(KHMER) == date).count();
            // The day of the change may hold as many as it held before: what was dropped stands for nothing else.
            let most = if date == course.now.day_in(KHMER) { per_day(&new).max(before) } else { per_day(&new) };
            prop_assert!(planned.len() + stood <= most.max(stood), "{date}");
        }
    }

    #[test]
    fn a_changed_line_asks_for_what_is_left_of_its_quantity(
        (old, new, third) in (some_daily(), some_daily(), some_daily()),
        begin in 0_i64..1_440,
        (later, again) in (0_i64..9_000, 0_i64..9_000),
        (early, is_open) in (0_usize..3, any::<bool>()),
    ) {
        let mut course = Course::begin(old, Length::Quantity, begin);
        for (schedule, minutes) in [(new, later), (third, again)] {
            course.go_on(minutes, early, is_open);
            if !course.change(schedule.clone()) {
                return Ok(());
            }
            let (_, amount) = course.total();
            let whole = Amount::whole(40);
            prop_assert!(amount <= whole, "{amount:?}");
            let need: u32 = match &schedule {
                Schedule::Slots { amounts, .. } => {
                    Slot::ALL.iter().map(|slot| amounts.at(*slot).as_ten_thousandths()).sum()
                }
                Schedule::Times { times, amount, .. } => {
                    amount.as_ten_thousandths() * u32::try_from(times.len()).unwrap()
                }
                _ => 0,
            };
            prop_assert!(whole.minus(amount).as_ten_thousandths() < need, "left: {:?}", whole.minus(amount));
        }
    }
}

/// Once a day on so many days of the week.
fn weekdays(each: usize) -> impl Strategy<Value = Schedule> {
    let week =
        [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
    (prop::sample::subsequence(week.to_vec(), each), prop::sample::select(Slot::ALL.to_vec())).prop_map(
        |(days, slot)| {
            let at = |other| if slot == other { Amount::whole(1) } else { Amount::ZERO };
            let amounts = SlotAmounts {
                morning: at(Slot::Morning),
                noon: at(Slot::Noon),
                evening: at(Slot::Evening),
                night: at(Slot::Night),
            };
            Schedule::Slots { amounts, days: DayPattern::Weekdays(days) }
        },
    )
}

/// Days of a pattern, and how many of them at least lie from one dose to the next.
fn spaced() -> impl Strategy<Value = (Schedule, u32)> {
    let gap = |schedule: Schedule| match &schedule {
        Schedule::Slots { days, .. } => (schedule.clone(), days.shortest_gap()),
        _ => (schedule, 1),
    };
    let every = (2_u32..10, weekdays(1)).prop_map(|(every, schedule)| match schedule {
        Schedule::Slots { amounts, .. } => Schedule::Slots { amounts, days: DayPattern::EveryDays(every) },
        other => other,
    });
    prop_oneof![(1_usize..7).prop_flat_map(weekdays), every, daily(1)].prop_map(gap)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn no_dose_comes_too_soon_after_the_last_one_when_the_days_change(
        (old, new, third) in (spaced(), spaced(), spaced()),
        begin in 0_i64..1_440,
        (later, again) in (0_i64..30_000, 0_i64..3_000),
        early in 0_usize..2,
    ) {
        let mut course = Course::begin(old.0, Length::Ongoing, begin);
        for ((schedule, gap), minutes) in [(new, later), (third, again)] {
            course.go_on(minutes, early, false);
            course.change(schedule);
            let last = course.standing.iter().map(|dose| dose.scheduled().day_in(KHMER)).max();
            let next = course.planned().into_keys().next();
            if let (Some(last), Some(next)) = (last, next) {
                prop_assert!((next - last).num_days() >= i64::from(gap), "{last} then {next}, {gap} days");
            }
        }
    }

    #[test]
    fn other_days_of_as_many_a_week_leave_a_course_its_number_of_doses(
        (old, new, third) in (1_usize..7).prop_flat_map(|each| (weekdays(each), weekdays(each), weekdays(each))),
        days in 7_u32..60,
        begin in 0_i64..1_440,
        (later, again) in (0_i64..40_000, 0_i64..20_000),
        (early, is_open) in (0_usize..2, any::<bool>()),
    ) {
        let mut course = Course::begin(old, Length::Days(days), begin);
        let mut all = course.total().0;
        for (schedule, minutes) in [(new, later), (third, again)] {
            course.go_on(minutes, early, is_open);
            let has_begun = !course.standing.is_empty();
            course.change(schedule);
            if !has_begun {
                // By other weekdays so many days may hold one more or less.
                all = course.total().0;
            }
            prop_assert_eq!(course.total().0, all);
        }
    }

    #[test]
    fn another_first_day_leaves_a_course_its_number_of_doses(
        schedule in prop_oneof![some_daily(), weekdays(2), Just(Schedule::EveryHours { hours: 8, amount: Amount::whole(1) })],
        days in 7_u32..30,
        begin in 0_i64..1_440,
        (later, moved) in (0_i64..9_000, 0_u64..9),
        early in 0_usize..2,
    ) {
        let mut course = Course::begin(schedule, Length::Days(days), begin);
        let all = course.total().0;
        course.go_on(later, early, false);
        let today = course.now.day_in(KHMER);
        let start = today.checked_add_days(Days::new(moved)).unwrap();
        let new = Line { start, start_is_named: true, course: None, ..course.line.clone() };
        let change = Change {
            meals: &MEALS, zone: KHMER, now: course.now, standing: &course.standing, used: course.used(),
        };
        let is_over = course.line.end.is_some_and(|end| end < today);
        let is_same = course.line.start == start;
        course.line = carry_on(&course.line, &new, change);
        if !is_over && !is_same {
            prop_assert_eq!(course.total().0, all);
        }
    }
}
