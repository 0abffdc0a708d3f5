//! A course has its doses, whatever happens on the way.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono_tz::Tz;
use das_tern::domain::doses::change::Change;
use das_tern::domain::doses::course::carry_on;
use das_tern::domain::doses::planning::{Occurrence, occurrences};
use das_tern::domain::doses::settling::{settle, total_doses};
use das_tern::domain::prescriptions::model::{
    Amount, Length, Line, MealRelation, Schedule, SlotAmounts, TaperStep,
};
use das_tern::domain::users::model::MealTimes;
use das_tern::platform::clock::{Span, Timestamp, start_of_day};
use proptest::prelude::*;

use super::planning::{self, days, line, zones};

/// Long enough for every course here.
const LATER: Span = Span::days(800);

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Meals in the order of the day, at least two hours apart, as they can be set.
fn meals() -> impl Strategy<Value = MealTimes> {
    let at = |minutes: u32| chrono::NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0);
    (60_u32..600, 120_u32..240, 120_u32..240).prop_map(move |(morning, noon, night)| MealTimes {
        morning: at(morning),
        afternoon: at(morning + noon),
        night: at(morning + noon + night),
        moved: Vec::new(),
    })
}

fn relations() -> impl Strategy<Value = MealRelation> {
    prop::sample::select(vec![
        MealRelation::Before,
        MealRelation::With,
        MealRelation::After,
        MealRelation::EmptyStomach,
        MealRelation::None,
    ])
}

fn amounts() -> impl Strategy<Value = SlotAmounts> {
    planning::amounts().prop_filter("something is taken", |amounts| amounts.taken() > 0)
}

fn schedules() -> impl Strategy<Value = Schedule> {
    prop_oneof![
        (amounts(), days()).prop_map(|(amounts, days)| Schedule::Slots { amounts, days }),
        (1_u32..73).prop_map(|hours| Schedule::EveryHours { hours, amount: Amount::whole(1) }),
        prop::collection::vec((1_u32..6, amounts()), 1..5).prop_map(|steps| Schedule::Taper {
            steps: steps.into_iter().map(|(days, amounts)| TaperStep { days, amounts }).collect()
        }),
    ]
}

/// A line of so many days that begins when it takes effect.
fn course(schedule: Schedule, relation: MealRelation, days: u32) -> Line {
    let days = match &schedule {
        Schedule::Taper { steps } => steps.iter().map(|step| step.days).sum(),
        _ => days,
    };
    Line {
        meal_relation: relation,
        start_is_named: false,
        length: Length::Days(days),
        ..line(schedule, day("2026-03-01"), None)
    }
}

fn slots(doses: &[Occurrence], zone: Tz) -> BTreeSet<(NaiveDate, String)> {
    doses.iter().map(|dose| (dose.at.day_in(zone), format!("{:?}", dose.slot))).collect()
}

/// A change of which nothing stands.
const fn change(meals: &MealTimes, zone: Tz, now: Timestamp) -> Change<'_> {
    Change { meals, zone, now, standing: &[], used: Amount::ZERO }
}

#[test]
fn another_first_dose_of_an_interval_moves_what_follows() {
    let (zone, meals) = (Tz::Asia__Phnom_Penh, MealTimes::default());
    let now = start_of_day(day("2026-03-02"), zone).plus(Span::hours(7));
    let schedule = Schedule::EveryHours { hours: 8, amount: Amount::whole(1) };
    let old = settle(&course(schedule, MealRelation::None, 2), &meals, zone, now);
    let first_at = now.plus(Span::hours(10));
    let new = Line { first_at: Some(first_at), ..old.clone() };
    let new = carry_on(&old, &new, change(&meals, zone, now.plus(Span::hours(1))));
    let doses = occurrences(&new, &meals, zone, now, now.plus(LATER));
    // Six doses in all; one was to be taken before.
    assert_eq!((doses.len(), doses[0].at, new.doses), (5, first_at, Some(6)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_course_has_its_doses_whenever_it_begins(
        schedule in schedules(),
        relation in relations(),
        (meals, others) in (meals(), meals()),
        zone in zones(),
        days in 1_u32..40,
        minutes in 0_i64..600_000,
        horizon in prop::collection::vec(1_i64..60, 1..40),
    ) {
        let now = start_of_day(day("2026-02-20"), zone).plus(Span::minutes(minutes));
        let line = settle(&course(schedule, relation, days), &meals, zone, now);
        let all = occurrences(&line, &meals, zone, now, now.plus(LATER));
        let total = total_doses(&line).unwrap();
        prop_assert!(total > 0);
        prop_assert_eq!(all.len(), usize::try_from(total).unwrap());
        prop_assert!(all.iter().all(|dose| dose.at >= now));
        prop_assert_eq!(all.last().map(|dose| dose.at.day_in(zone)), line.end);
        if !matches!(line.schedule, Schedule::EveryHours { .. }) {
            prop_assert_eq!(slots(&all, zone).len(), all.len(), "no slot of a day holds two");
        }
        // The horizon moves by whatever steps, and nothing is left out or planned twice.
        let (mut pieces, mut from): (Vec<Occurrence>, Timestamp) = (Vec::new(), now);
        for step in &horizon {
            let to = from.plus(Span::days(*step));
            pieces.extend(occurrences(&line, &meals, zone, from, to));
            from = to;
        }
        pieces.extend(occurrences(&line, &meals, zone, from, now.plus(LATER)));
        prop_assert_eq!(&pieces, &all);
        // Other meals move times, never days or numbers.
        let moved = occurrences(&line, &others, zone, Timestamp::default(), now.plus(LATER));
        if !matches!(line.schedule, Schedule::EveryHours { .. }) {
            prop_assert_eq!(slots(&moved, zone), slots(&all, zone));
        } else {
            prop_assert_eq!(moved, all);
        }
    }

    #[test]
    fn an_interval_is_so_many_hours(hours in 1_u32..73, days in 1_u32..20, zone in zones(), minutes in 0_i64..600_000) {
        let now = start_of_day(day("2026-02-20"), zone).plus(Span::minutes(minutes));
        let schedule = Schedule::EveryHours { hours, amount: Amount::whole(1) };
        let meals = MealTimes::default();
        let line = settle(&course(schedule, MealRelation::None, days), &meals, zone, now);
        let all = occurrences(&line, &meals, zone, now, now.plus(LATER));
        let step = Span::hours(i64::from(hours));
        prop_assert!(all.is_sorted_by(|one, next| next.at == one.at.plus(step)));
        let within = all[0].at.plus(Span::days(i64::from(days)));
        prop_assert!(all.iter().all(|dose| dose.at < within));
        prop_assert!(all[all.len() - 1].at.plus(step) >= within);
    }

    #[test]
    fn a_change_of_amounts_moves_nothing(
        schedule in schedules(),
        meals in meals(),
        zone in zones(),
        days in 1_u32..40,
        minutes in 0_i64..600_000,
        later in 0_i64..40_000,
    ) {
        let now = start_of_day(day("2026-02-20"), zone).plus(Span::minutes(minutes));
        let old = settle(&course(schedule.clone(), MealRelation::None, days), &meals, zone, now);
        let double = |amounts: SlotAmounts| SlotAmounts {
            morning: Amount::from_ten_thousandths(amounts.morning.as_ten_thousandths() * 2),
            ..amounts
        };
        let doubled = match schedule {
            Schedule::Slots { amounts, days } => Schedule::Slots { amounts: double(amounts), days },
            Schedule::EveryHours { hours, .. } => Schedule::EveryHours { hours, amount: Amount::whole(2) },
            Schedule::Taper { steps } => Schedule::Taper {
                steps: steps
                    .into_iter()
                    .map(|step| TaperStep { amounts: double(step.amounts), ..step })
                    .collect(),
            },
            other => other,
        };
        let changed_at = now.plus(Span::minutes(later));
        let new = Line { schedule: doubled, ..old.clone() };
        let new = carry_on(&old, &new, change(&meals, zone, changed_at));
        let times = |line: &Line| -> Vec<Timestamp> {
            occurrences(line, &meals, zone, now, now.plus(LATER)).iter().map(|dose| dose.at).collect()
        };
        prop_assert_eq!(times(&new), times(&old));
        prop_assert_eq!((new.course, new.doses, new.end), (old.course, old.doses, old.end));
    }
}
