//! When doses are planned.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use chrono_tz::Tz;
use das_tern::domain::doses::planning::{Occurrence, occurrences};
use das_tern::domain::doses::settling::settle;
use das_tern::domain::prescriptions::model::{
    Amount, DayPattern, Length, Line, MealRelation, Schedule, Slot, SlotAmounts, TaperStep,
};
use das_tern::domain::users::model::MealTimes;
use das_tern::platform::clock::{Span, Timestamp, instant_of, start_of_day};
use das_tern::platform::ids::MedicationId;
use proptest::prelude::*;
use uuid::Uuid;

const KHMER: Tz = Tz::Asia__Phnom_Penh;

pub fn line(schedule: Schedule, start: NaiveDate, end: Option<NaiveDate>) -> Line {
    Line {
        id: MedicationId(Uuid::from_u128(1)),
        number: 1,
        formerly: Vec::new(),
        medicine_id: None,
        medicine_name: "Paracetamol 500 mg".to_owned(),
        medicine_name_khmer: None,
        unit: "TABLET".to_owned(),
        counted: None,
        schedule,
        meal_relation: MealRelation::None,
        start,
        start_is_named: true,
        first_at: None,
        length: end.map_or(Length::Ongoing, Length::Until),
        doses: None,
        course: None,
        end,
        quantity: None,
        instructions: None,
        instructions_khmer: None,
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    instant_of(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap(), KHMER)
}

fn time(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M").unwrap()
}

fn three_a_day() -> Schedule {
    let one = Amount::whole(1);
    let amounts = SlotAmounts {
        morning: one,
        noon: Amount::ZERO,
        evening: Amount::from_ten_thousandths(5_000),
        night: one,
    };
    Schedule::Slots { amounts, days: DayPattern::Daily }
}

/// The doses of a line that takes effect at `from`.
fn planned(line: &Line, meals: &MealTimes, zone: Tz, from: Timestamp, to: Timestamp) -> Vec<Occurrence> {
    occurrences(&settle(line, meals, zone, from), meals, zone, from, to)
}

/// The planned doses as wall-clock texts of Phnom Penh.
fn shown(line: &Line, meals: &MealTimes, from: &str, to: &str) -> Vec<String> {
    planned(line, meals, KHMER, at(from), at(to))
        .into_iter()
        .map(|dose| dose.at.local(KHMER).format("%d %H:%M").to_string())
        .collect()
}

#[test]
fn slots_stand_at_their_times_and_nothing_lies_in_the_past() {
    let line = line(three_a_day(), day("2026-03-02"), Some(day("2026-03-03")));
    let meals = MealTimes::default();
    assert_eq!(
        shown(&line, &meals, "2026-03-02 15:16", "2026-04-01 00:00"),
        ["02 17:30", "02 21:00", "03 07:00", "03 17:30", "03 21:00"]
    );
    assert_eq!(shown(&line, &meals, "2026-03-04 00:00", "2026-04-01 00:00"), [""; 0]);
    let doses = planned(&line, &meals, KHMER, at("2026-03-03 00:00"), at("2026-03-04 00:00"));
    assert_eq!(
        doses.iter().map(|dose| dose.slot).collect::<Vec<_>>(),
        [Slot::Morning, Slot::Evening, Slot::Night].map(Some)
    );
    assert_eq!(doses[1].amount, Amount::from_ten_thousandths(5_000));
}

#[test]
fn meals_move_what_goes_with_them() {
    let amounts = SlotAmounts {
        morning: Amount::whole(1),
        noon: Amount::whole(1),
        evening: Amount::whole(1),
        night: Amount::whole(1),
    };
    let mut line = line(Schedule::Slots { amounts, days: DayPattern::Daily }, day("2026-03-02"), None);
    let meals =
        MealTimes { morning: Some(time("06:30")), night: Some(time("18:00")), ..MealTimes::default() };
    for (relation, expected) in [
        (MealRelation::Before, ["02 06:00", "02 11:30", "02 17:30", "02 21:00"]),
        (MealRelation::With, ["02 06:30", "02 11:30", "02 18:00", "02 21:00"]),
        (MealRelation::After, ["02 07:00", "02 11:30", "02 18:30", "02 21:00"]),
        (MealRelation::None, ["02 07:00", "02 11:30", "02 17:30", "02 21:00"]),
    ] {
        line.meal_relation = relation;
        assert_eq!(shown(&line, &meals, "2026-03-02 00:00", "2026-03-03 00:00"), expected, "{relation:?}");
    }
}

#[test]
fn two_slots_at_one_instant_stay_two_doses() {
    let amounts = SlotAmounts { morning: Amount::whole(1), noon: Amount::whole(1), ..SlotAmounts::default() };
    let mut line = line(Schedule::Slots { amounts, days: DayPattern::Daily }, day("2026-03-02"), None);
    line.meal_relation = MealRelation::After;
    let meals = MealTimes { morning: Some(time("11:00")), ..MealTimes::default() };
    assert_eq!(shown(&line, &meals, "2026-03-02 00:00", "2026-03-03 00:00"), ["02 11:30", "02 11:31"]);
}

#[test]
fn patterns_intervals_tapers_and_single_doses() {
    let meals = MealTimes::default();
    let one = Amount::whole(1);
    let night = SlotAmounts { night: one, ..SlotAmounts::default() };
    let start = day("2026-03-02");
    let by = |schedule| line(schedule, start, None);

    let every_second = by(Schedule::Slots { amounts: night, days: DayPattern::EveryDays(2) });
    assert_eq!(
        shown(&every_second, &meals, "2026-03-03 00:00", "2026-03-08 00:00"),
        ["04 21:00", "06 21:00"]
    );

    let weekly = by(Schedule::Slots { amounts: night, days: DayPattern::Weekdays(vec![Weekday::Sun]) });
    assert_eq!(shown(&weekly, &meals, "2026-03-02 00:00", "2026-03-16 00:00"), ["08 21:00", "15 21:00"]);

    let times = by(Schedule::Times {
        times: vec![time("08:15"), time("20:15")],
        amount: one,
        days: DayPattern::Daily,
    });
    assert_eq!(shown(&times, &meals, "2026-03-02 12:00", "2026-03-03 12:00"), ["02 20:15", "03 08:15"]);

    let interval = by(Schedule::EveryHours { hours: 10, amount: one });
    assert_eq!(
        shown(&interval, &meals, "2026-03-02 07:01", "2026-03-03 14:00"),
        ["02 11:30", "02 21:30", "03 07:30"],
        "from the next time of a slot"
    );

    let taper = by(Schedule::Taper {
        steps: vec![
            TaperStep {
                days: 1,
                amounts: SlotAmounts { morning: one, night: one, ..SlotAmounts::default() },
            },
            TaperStep { days: 2, amounts: night },
        ],
    });
    assert_eq!(
        shown(&taper, &meals, "2026-03-02 00:00", "2026-03-20 00:00"),
        ["02 07:00", "02 21:00", "03 21:00", "04 21:00"]
    );

    let once = by(Schedule::Once { amount: one });
    assert_eq!(shown(&once, &meals, "2026-03-02 15:16", "2026-04-01 00:00"), ["02 15:16"]);
    assert_eq!(shown(&once, &meals, "2026-03-01 15:16", "2026-04-01 00:00"), ["02 07:00"]);
    assert_eq!(shown(&once, &meals, "2026-03-03 00:00", "2026-04-01 00:00"), [""; 0]);

    let as_needed = by(Schedule::AsNeeded { amount: one, max_per_24h: Some(4), min_interval_hours: Some(6) });
    assert_eq!(shown(&as_needed, &meals, "2026-03-02 00:00", "2026-04-01 00:00"), [""; 0]);
}

#[test]
fn summer_time_moves_intervals_but_not_slots() {
    let zone = Tz::Europe__Paris;
    // Clocks go from 02:00 to 03:00 on 2026-03-29.
    let from = start_of_day(day("2026-03-28"), zone);
    let to = start_of_day(day("2026-03-31"), zone);
    let shown = |line: &Line| -> Vec<String> {
        planned(line, &MealTimes::default(), zone, from, to)
            .iter()
            .map(|dose| dose.at.local(zone).format("%d %H:%M").to_string())
            .collect()
    };
    let morning = SlotAmounts { morning: Amount::whole(1), ..SlotAmounts::default() };
    let slots = line(Schedule::Slots { amounts: morning, days: DayPattern::Daily }, day("2026-03-28"), None);
    assert_eq!(shown(&slots), ["28 07:00", "29 07:00", "30 07:00"]);
    let interval =
        line(Schedule::EveryHours { hours: 24, amount: Amount::whole(1) }, day("2026-03-28"), None);
    assert_eq!(shown(&interval), ["28 07:00", "29 08:00", "30 08:00"]);
}

pub fn amounts() -> impl Strategy<Value = SlotAmounts> {
    prop::array::uniform4(0_u32..3).prop_map(|[morning, noon, evening, night]| SlotAmounts {
        morning: Amount::whole(morning),
        noon: Amount::whole(noon),
        evening: Amount::whole(evening),
        night: Amount::whole(night),
    })
}

pub fn days() -> impl Strategy<Value = DayPattern> {
    prop_oneof![
        Just(DayPattern::Daily),
        (2_u32..=366).prop_map(DayPattern::EveryDays),
        prop::sample::subsequence(vec![Weekday::Mon, Weekday::Wed, Weekday::Sat, Weekday::Sun], 1..4)
            .prop_map(DayPattern::Weekdays),
    ]
}

fn clock_time() -> impl Strategy<Value = NaiveTime> {
    (0_u32..24, 0_u32..60).prop_map(|(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0).unwrap())
}

pub fn schedules() -> impl Strategy<Value = Schedule> {
    prop_oneof![
        (amounts(), days()).prop_map(|(amounts, days)| Schedule::Slots { amounts, days }),
        (prop::collection::btree_set(clock_time(), 1..6), days()).prop_map(|(times, days)| Schedule::Times {
            times: times.into_iter().collect(),
            amount: Amount::whole(1),
            days
        }),
        (1_u32..73).prop_map(|hours| Schedule::EveryHours { hours, amount: Amount::whole(1) }),
        Just(Schedule::Once { amount: Amount::whole(1) }),
        prop::collection::vec((1_u32..10, amounts()), 1..5).prop_map(|steps| Schedule::Taper {
            steps: steps.into_iter().map(|(days, amounts)| TaperStep { days, amounts }).collect()
        }),
    ]
}

pub fn meals() -> impl Strategy<Value = MealTimes> {
    prop::array::uniform3(prop::option::of(clock_time())).prop_map(|[morning, afternoon, night]| MealTimes {
        morning,
        afternoon,
        night,
        moved: Vec::new(),
    })
}

pub fn zones() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        KHMER,
        Tz::Europe__Paris,
        Tz::America__New_York,
        Tz::Australia__Lord_Howe,
        Tz::Asia__Kathmandu,
        Tz::Pacific__Apia,
    ])
}

pub fn relations() -> impl Strategy<Value = MealRelation> {
    prop::sample::select(vec![
        MealRelation::Before,
        MealRelation::With,
        MealRelation::After,
        MealRelation::EmptyStomach,
        MealRelation::None,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn planned_doses_are_unique_sorted_and_inside_the_window(
        schedule in schedules(),
        relation in relations(),
        meals in meals(),
        zone in zones(),
        start_offset in 0_u64..60,
        length in prop::option::of(0_u64..60),
        from_minutes in 0_i64..90_000,
        window_minutes in 0_i64..60_000,
    ) {
        let start = day("2026-03-01") + chrono::Days::new(start_offset);
        let end = length.map(|length| start + chrono::Days::new(length));
        let mut line = line(schedule, start, end);
        line.meal_relation = relation;
        let from = start_of_day(day("2026-03-01"), zone).plus(Span::minutes(from_minutes));
        let to = from.plus(Span::minutes(window_minutes));
        let line = settle(&line, &meals, zone, from);
        let doses = occurrences(&line, &meals, zone, from, to);
        prop_assert!(doses.is_sorted_by(|a, b| a.at < b.at));
        for dose in &doses {
            prop_assert!(from <= dose.at && dose.at < to);
            prop_assert!(dose.at >= start_of_day(start, zone));
            prop_assert!(!dose.amount.is_zero());
        }
        if matches!(line.schedule, Schedule::Once { .. }) {
            prop_assert!(doses.len() <= 1);
        } else {
            // Planning in two steps finds what planning in one does: the daily extension duplicates nothing.
            let middle = from.plus(Span::minutes(window_minutes / 2));
            let mut steps: Vec<Occurrence> = occurrences(&line, &meals, zone, from, middle);
            steps.extend(occurrences(&line, &meals, zone, middle, to));
            prop_assert_eq!(steps, doses);
        }
    }

    #[test]
    fn slots_keep_their_wall_clock_in_every_zone(zone in zones(), offset in 0_u64..365) {
        let date = day("2026-01-01") + chrono::Days::new(offset);
        let amounts = SlotAmounts { morning: Amount::whole(1), night: Amount::whole(1), ..SlotAmounts::default() };
        let line = line(Schedule::Slots { amounts, days: DayPattern::Daily }, date, Some(date));
        let from = start_of_day(date, zone);
        let doses = planned(&line, &MealTimes::default(), zone, from, from.plus(Span::days(3)));
        let shown: Vec<NaiveDateTime> = doses.iter().map(|dose| dose.at.local(zone)).collect();
        prop_assert_eq!(shown, vec![date.and_time(time("07:00")), date.and_time(time("21:00"))]);
    }
}
