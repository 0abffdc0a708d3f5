//! What a line that is changed takes over from the one before, and what follows from how its length was said.

use chrono::{NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;
use das_tern::domain::doses::change::Change;
use das_tern::domain::doses::course::{carry_on, field_of_length, has_dose_from};
use das_tern::domain::doses::intervals::count_from;
use das_tern::domain::doses::model::{Dose, DoseParts, DoseStatus, Outcome, Source};
use das_tern::domain::doses::planning::occurrences;
use das_tern::domain::doses::settling::{settle, total_doses};
use das_tern::domain::prescriptions::model::{
    Amount, Course, DayPattern, Length, Line, Schedule, SlotAmounts, TaperStep,
};
use das_tern::domain::users::model::MealTimes;
use das_tern::platform::clock::{Span, Timestamp, instant_of};
use das_tern::platform::ids::PrescriptionId;

use super::planning::line;

const KHMER: Tz = Tz::Asia__Phnom_Penh;
const ONE: Amount = Amount::whole(1);

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A time of March 2026 in Phnom Penh: `02 07:00`.
fn at(text: &str) -> Timestamp {
    let text = format!("2026-03-{text}");
    instant_of(chrono::NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M").unwrap(), KHMER)
}

fn time(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M").unwrap()
}

/// Whether something is taken in the morning, at noon, in the evening and at night: `1-0-0-1`.
fn grid(text: &str) -> SlotAmounts {
    let all: Vec<Amount> = text.split('-').map(|one| Amount::whole(one.parse().unwrap())).collect();
    SlotAmounts { morning: all[0], noon: all[1], evening: all[2], night: all[3] }
}

fn slots(text: &str) -> Schedule {
    Schedule::Slots { amounts: grid(text), days: DayPattern::Daily }
}

fn times(text: &str) -> Schedule {
    Schedule::Times { times: text.split(' ').map(time).collect(), amount: ONE, days: DayPattern::Daily }
}

const fn every(hours: u32) -> Schedule {
    Schedule::EveryHours { hours, amount: ONE }
}

fn taper(steps: &[(u32, &str)]) -> Schedule {
    let steps = steps.iter().map(|(days, amounts)| TaperStep { days: *days, amounts: grid(amounts) });
    Schedule::Taper { steps: steps.collect() }
}

/// A line of so many days whose start is the day on which it takes effect.
fn of_days(schedule: Schedule, days: u32) -> Line {
    Line { start_is_named: false, length: Length::Days(days), ..line(schedule, day("2026-03-02"), None) }
}

fn begun(line: &Line, now: &str) -> Line {
    settle(line, &MealTimes::default(), KHMER, at(now))
}

fn changed(old: &Line, schedule: Schedule, now: &str, last: Option<&str>) -> Line {
    let new = Line { schedule, course: None, ..old.clone() };
    let standing: Vec<Dose> = last.map(|last| taken(at(last))).into_iter().collect();
    carry_on(old, &new, changed_at(now, &standing, 0))
}

/// A change at `now` when these doses stand, which have used so many pieces.
fn changed_at<'a>(now: &str, standing: &'a [Dose], pieces: u32) -> Change<'a> {
    static MEALS: MealTimes = MealTimes { morning: None, afternoon: None, night: None, moved: Vec::new() };
    Change { meals: &MEALS, zone: KHMER, now: at(now), standing, used: Amount::whole(pieces) }
}

/// A dose that was taken at its time.
fn taken(scheduled: Timestamp) -> Dose {
    let id = DoseParts { scheduled, line: 1, patient: 1 }.id().unwrap();
    let outcome = Outcome::new(DoseStatus::TakenOnTime, scheduled, scheduled, Source::Direct);
    let due = Dose::due(id, PrescriptionId(uuid::Uuid::nil()), 1, ONE);
    Dose { status: DoseStatus::TakenOnTime, outcomes: vec![outcome], ..due }
}

/// The doses of a settled line from a time on.
fn shown(line: &Line, from: &str) -> Vec<String> {
    occurrences(line, &MealTimes::default(), KHMER, at(from), at(from).plus(Span::days(90)))
        .iter()
        .map(|dose| dose.at.local(KHMER).format("%d %H:%M").to_string())
        .collect()
}

#[test]
fn other_times_of_a_course_that_has_begun_keep_its_first_day() {
    // Two days of three a day, begun on Monday at noon: six doses, of which the morning's was over.
    let old = begun(&of_days(slots("1-1-1-0"), 2), "02 09:00");
    assert_eq!(
        shown(&old, "02 00:00"),
        ["02 11:30", "02 17:30", "03 07:00", "03 11:30", "03 17:30", "04 07:00"]
    );
    // Twice a day instead, said on Tuesday: four doses. Monday held two and so has had all of its own.
    let new = changed(&old, slots("1-0-1-0"), "03 08:00", Some("03 07:00"));
    assert_eq!(
        Course { changed: None, at_first: None, ..new.course.unwrap() },
        Course::beginning(day("2026-03-02"))
    );
    assert_eq!(
        new.course.unwrap().changed.map(|changed| changed.doses),
        Some(3),
        "Tuesday held three before"
    );
    assert_eq!(shown(&new, "03 08:00"), ["03 17:30"]);
    assert_eq!((new.doses, new.end), (Some(4), Some(day("2026-03-03"))));
    // Four times a day: of the first day's doses two were there, the others follow at the end.
    let more = changed(&old, slots("1-1-1-1"), "03 08:00", Some("03 07:00"));
    assert_eq!(
        Course { at_first: None, ..more.course.unwrap() },
        Course { passed: 2, ..Course::beginning(day("2026-03-02")) }
    );
    assert_eq!(shown(&more, "03 08:00"), ["03 11:30", "03 17:30", "03 21:00", "04 07:00", "04 11:30"]);
    // A dose at the very time at which the old ones began is not over.
    let same = changed(&old, slots("0-1-0-1"), "03 08:00", None);
    assert_eq!(same.course.unwrap().passed, 0);
    assert_eq!(shown(&same, "02 00:00"), ["02 11:30", "02 21:00", "03 11:30", "03 21:00"]);
}

#[test]
fn a_change_at_the_very_time_of_the_first_dose_keeps_it() {
    let old = begun(&of_days(slots("0-1-0-0"), 3), "02 08:00");
    let new = changed(&old, slots("0-1-1-0"), "02 11:30", None);
    assert_eq!(shown(&new, "02 00:00")[..2], ["02 11:30", "02 17:30"]);
}

#[test]
fn other_times_before_the_first_dose_begin_anew() {
    let old = begun(&of_days(slots("0-0-0-1"), 2), "02 18:00");
    // At 19:00 nothing was taken yet: what would have been in the morning of the first day is not counted.
    let new = changed(&old, slots("1-0-0-1"), "02 19:00", None);
    assert_eq!(shown(&new, "02 00:00"), ["02 21:00", "03 07:00", "03 21:00", "04 07:00"]);
    let noon = changed(&old, times("12:00"), "02 19:00", None);
    assert_eq!(noon.course.unwrap().first, day("2026-03-03"), "12:00 of the first day was over");
}

#[test]
fn another_interval_counts_from_the_last_intake() {
    let old = begun(&of_days(every(8), 2), "02 06:00");
    assert_eq!(shown(&old, "02 00:00").len(), 6);
    let new = changed(&old, every(6), "02 16:00", Some("02 15:10"));
    // Two days of every six hours are eight doses; by 21:10, 14 hours after the first, two of them have passed.
    assert_eq!(shown(&new, "02 00:00")[..2], ["02 21:10", "03 03:10"]);
    assert_eq!((new.doses, shown(&new, "02 00:00").len()), (Some(8), 6));
    // The second of them was taken three hours late: it is one dose all the same.
    let late = changed(&old, every(6), "02 19:00", Some("02 18:00"));
    assert_eq!(late.course.unwrap().passed, 2);
    // Never in the past: the last intake was long ago.
    let late = changed(&old, every(6), "03 16:00", Some("02 07:00"));
    assert_eq!(shown(&late, "02 00:00")[0], "03 16:00");
    // Nothing was taken and nothing was to be taken: it begins anew at the next slot.
    let anew = changed(&old, every(6), "02 16:00", None);
    assert_eq!(shown(&anew, "02 00:00")[0], "02 17:30");
    // From slots to an interval, the last intake counts likewise.
    let by_slots = begun(&of_days(slots("1-0-1-0"), 2), "02 06:00");
    let new = changed(&by_slots, every(12), "02 08:00", Some("02 07:20"));
    assert_eq!(shown(&new, "02 00:00")[0], "02 19:20");
}

#[test]
fn an_interval_that_was_moved_still_knows_when_it_began() {
    let old = begun(&of_days(every(8), 2), "02 06:00");
    let moved = changed(&old, every(6), "02 16:00", Some("02 15:00"));
    assert_eq!(moved.course.unwrap().passed, 2, "14 hours hold two steps of six");
    // Changed again: the last dose was 14 hours after the first one, and the next is the sixth by steps of four hours.
    let again = changed(&moved, every(4), "02 22:00", Some("02 21:00"));
    assert_eq!(shown(&again, "02 00:00")[0], "03 01:00");
    assert_eq!(again.course.unwrap().passed, 5);
    let counted = count_from(&again, at("03 02:00"), &MealTimes::default(), KHMER, at("03 02:05"));
    assert_eq!(shown(&counted, "02 00:00")[0], "03 06:00");
    assert_eq!(counted.course.unwrap().passed, 6);
}

#[test]
fn only_other_times_count_as_another_schedule() {
    let weekly = |days: &[Weekday], text: &str| Schedule::Slots {
        amounts: grid(text),
        days: DayPattern::Weekdays(days.to_vec()),
    };
    let once = Schedule::Once { amount: ONE };
    let needed = Schedule::AsNeeded { amount: ONE, max_per_24h: Some(4), min_interval_hours: None };
    let same = [
        (slots("1-0-0-1"), slots("2-0-0-3")),
        (weekly(&[Weekday::Mon], "1-0-0-0"), weekly(&[Weekday::Mon], "2-0-0-0")),
        (times("08:00 20:00"), times("08:00 20:00")),
        (taper(&[(2, "2-0-0-0"), (3, "1-0-0-0")]), taper(&[(2, "4-0-0-0"), (3, "2-0-0-0")])),
        // A longer last step, of which nothing has come yet.
        (taper(&[(2, "2-0-0-0"), (3, "1-0-0-0")]), taper(&[(2, "2-0-0-0"), (4, "1-0-0-0")])),
        // Steps that last as long, at other times of the day: the days go on.
        (taper(&[(2, "2-0-0-0"), (3, "1-0-0-0")]), taper(&[(2, "2-0-0-0"), (3, "1-0-1-0")])),
        (every(8), Schedule::EveryHours { hours: 8, amount: Amount::whole(2) }),
        (once.clone(), Schedule::Once { amount: Amount::whole(2) }),
        (
            needed.clone(),
            Schedule::AsNeeded { amount: ONE, max_per_24h: Some(2), min_interval_hours: Some(6) },
        ),
    ];
    for (one, other) in same {
        assert!(carries_over(one.clone(), other.clone()), "{one:?} and {other:?}");
    }
    let different = [
        (slots("1-0-0-1"), slots("1-0-1-0")),
        (weekly(&[Weekday::Mon], "1-0-0-0"), weekly(&[Weekday::Tue], "1-0-0-0")),
        (weekly(&[Weekday::Mon], "1-0-0-0"), slots("1-0-0-0")),
        (times("08:00 20:00"), times("08:00 21:00")),
        (
            times("08:00"),
            Schedule::Times { times: vec![time("08:00")], amount: ONE, days: DayPattern::EveryDays(2) },
        ),
        (taper(&[(2, "2-0-0-0"), (3, "1-0-0-0")]), taper(&[(2, "2-0-0-0")])),
        (every(8), every(12)),
        (once, needed),
    ];
    for (one, other) in different {
        assert!(!carries_over(one.clone(), other.clone()), "{one:?} and {other:?}");
    }
}

/// Whether a course that began at 09:00 goes on untouched when its schedule is changed at 03:00 of the fifth day.
fn carries_over(one: Schedule, other: Schedule) -> bool {
    let mark = Course { first_at: Some(at("02 09:01")), ..Course::beginning(day("2026-03-02")) };
    let old = Line { course: Some(mark), ..of_days(one, 30) };
    changed(&old, other, "06 03:00", None).course == Some(mark)
}

#[test]
fn an_interval_counts_from_the_last_intake_only_when_it_is_another() {
    let old = begun(&of_days(every(8), 2), "02 06:00");
    let first = |line: &Line| shown(line, "02 08:00")[0].clone();
    assert_eq!(first(&changed(&old, every(6), "02 08:00", Some("02 07:20"))), "02 13:20");
    assert_eq!(
        first(&changed(&old, every(8), "02 08:00", Some("02 07:20"))),
        "02 15:00",
        "the same interval"
    );
}

#[test]
fn a_quantity_counts_doses_and_what_is_taken_as_needed_has_none() {
    let full = Line { length: Length::Quantity, doses: Some(7), ..of_days(slots("1-0-0-0"), 1) };
    assert_eq!(total_doses(&full), Some(7));
    let needed = Schedule::AsNeeded { amount: ONE, max_per_24h: None, min_interval_hours: None };
    assert_eq!(total_doses(&Line { schedule: needed, ..full.clone() }), None);
    assert_eq!(total_doses(&Line { length: Length::Ongoing, ..full }), None);
}

#[test]
fn the_field_that_leaves_a_line_without_a_dose_is_named() {
    let today = day("2026-03-02");
    let line = of_days(slots("1-0-0-0"), 1);
    let of =
        |length, start: &str| field_of_length(&Line { length, start: day(start), ..line.clone() }, today);
    assert_eq!(of(Length::Until(today), "2026-03-01"), "endDate");
    assert_eq!(of(Length::Days(1), "2026-03-01"), "startDate");
    assert_eq!(of(Length::Days(1), "2026-03-02"), "durationDays");
    assert_eq!(of(Length::Ongoing, "2026-03-03"), "durationDays");
    assert_eq!(of(Length::Quantity, "2026-03-02"), "quantity");
}

#[test]
fn a_line_knows_whether_a_dose_lies_ahead() {
    let meals = MealTimes::default();
    let has = |line: &Line, from: &str| has_dose_from(line, &meals, KHMER, at(from));
    let one_day = begun(&of_days(slots("1-0-0-0"), 1), "02 06:00");
    assert!(has(&one_day, "02 07:00"), "the very time of the last dose");
    assert!(!has(&one_day, "02 07:01"));
    assert!(!has(&of_days(slots("1-0-0-0"), 1), "02 06:00"), "not settled");
    let interval = begun(&of_days(every(8), 1), "02 06:00");
    assert!(has(&interval, "02 23:00") && !has(&interval, "02 23:01"));
}

#[test]
fn a_single_dose_today_is_given_now_and_one_of_another_day_in_the_morning() {
    let once = |start: &str, named| Line {
        start: day(start),
        start_is_named: named,
        length: Length::Ongoing,
        ..of_days(Schedule::Once { amount: ONE }, 1)
    };
    let first_at = |line: &Line, now: &str| begun(line, now).course.unwrap().first_at.unwrap();
    assert_eq!(first_at(&once("2026-03-02", false), "02 15:16"), at("02 15:16"));
    assert_eq!(first_at(&once("2026-03-02", true), "02 05:00"), at("02 05:00"));
    assert_eq!(first_at(&once("2026-03-04", true), "02 15:16"), at("04 07:00"));
    assert_eq!(
        first_at(&once("2026-03-02", true), "02 00:00"),
        at("02 07:00"),
        "said for the day, before it begins"
    );
}

#[test]
fn the_first_day_is_the_first_that_still_holds_a_dose() {
    let first = |schedule: Schedule, now: &str| begun(&of_days(schedule, 3), now).course.unwrap();
    let course = |date: &str, passed| Course { passed, ..Course::beginning(day(date)) };
    assert_eq!(first(slots("1-0-0-0"), "02 07:00"), course("2026-03-02", 0), "its very time is not over");
    assert_eq!(first(slots("1-0-0-0"), "02 07:01"), course("2026-03-03", 0));
    assert_eq!(first(slots("1-0-1-0"), "02 07:01"), course("2026-03-02", 1));
    // 2026-03-02 is a Monday; its dose is over, so the course begins a week later.
    let mondays =
        Schedule::Slots { amounts: grid("1-0-0-0"), days: DayPattern::Weekdays(vec![Weekday::Mon]) };
    assert_eq!(first(mondays.clone(), "02 07:01"), course("2026-03-09", 0));
    assert_eq!(first(mondays, "03 12:00"), course("2026-03-09", 0));
}

#[test]
fn a_taper_that_begins_late_gives_each_step_all_its_doses() {
    let steps = taper(&[(2, "2-2-0-0"), (1, "0-1-0-1")]);
    // The morning of the first day was over; only that day lacks it.
    let late = begun(&of_days(steps, 3), "02 09:00");
    assert_eq!(
        shown(&late, "02 00:00"),
        // The second step goes on in the next slot that it has, on the day on which the first one ends.
        ["02 11:30", "03 07:00", "03 11:30", "04 07:00", "04 11:30", "04 21:00"]
    );
}

#[test]
fn a_window_ends_before_its_end() {
    let meals = MealTimes::default();
    let in_window =
        |line: &Line, from: &str, to: &str| occurrences(line, &meals, KHMER, at(from), at(to)).len();
    let interval = begun(&of_days(every(8), 2), "02 06:00");
    assert_eq!(in_window(&interval, "02 07:00", "02 15:00"), 1);
    assert_eq!(in_window(&interval, "02 07:01", "02 15:00"), 0, "between two doses");
    let once =
        begun(&Line { length: Length::Ongoing, ..of_days(Schedule::Once { amount: ONE }, 1) }, "02 09:00");
    assert_eq!((in_window(&once, "02 09:00", "02 09:00"), in_window(&once, "02 09:00", "02 09:01")), (0, 1));
    // An interval until a day has its last dose on that day, not at the midnight after it.
    let midnight = Line {
        length: Length::Until(day("2026-03-02")),
        first_at: Some(at("02 00:00")),
        ..of_days(every(8), 1)
    };
    assert_eq!(shown(&begun(&midnight, "02 00:00"), "02 00:00"), ["02 00:00", "02 08:00", "02 16:00"]);
}
