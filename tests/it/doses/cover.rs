//! What is not asked for because something stands for it.

use chrono::NaiveDate;
use chrono_tz::Tz;
use das_tern::domain::doses::cover::{is_successor, named_by, needless, stands_for, to_plan};
use das_tern::domain::doses::model::{Day, Dose, DoseParts, DoseStatus, Outcome, Source};
use das_tern::domain::doses::planning::{Occurrence, occurrences};
use das_tern::domain::doses::rules::GRACE_MINUTES_MAX;
use das_tern::domain::doses::settling::settle;
use das_tern::domain::prescriptions::model::{
    Amount, ChangedDay, Course, DayPattern, Former, Line, Schedule, Slot, SlotAmounts,
};
use das_tern::domain::users::model::MealTimes;
use das_tern::platform::clock::{Span, Timestamp, instant_of};
use das_tern::platform::ids::{MedicationId, PrescriptionId};
use uuid::Uuid;

use super::planning::line;

const KHMER: Tz = Tz::Asia__Phnom_Penh;
const ONE: Amount = Amount::whole(1);
/// The number of the line in [`line`], and one that it had before.
const NUMBER: u32 = 1;
const FORMER: u32 = 9;

fn date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
}

/// A time of the day of these tests: `07:00`.
fn at(text: &str) -> Timestamp {
    let time = chrono::NaiveTime::parse_from_str(text, "%H:%M").unwrap();
    instant_of(date().and_time(time), KHMER)
}

fn settled(schedule: Schedule) -> Line {
    let mut line = settle(&line(schedule, date(), None), &MealTimes::default(), KHMER, at("00:00"));
    line.formerly = vec![Former { id: MedicationId(Uuid::from_u128(9)), number: FORMER }];
    line
}

fn by_slots(text: &str) -> Line {
    let all: Vec<Amount> = text.split('-').map(|one| Amount::whole(one.parse().unwrap())).collect();
    let amounts = SlotAmounts { morning: all[0], noon: all[1], evening: all[2], night: all[3] };
    settled(Schedule::Slots { amounts, days: DayPattern::Daily })
}

fn by_times(texts: &[&str]) -> Line {
    let times = texts.iter().map(|text| at(text).local(KHMER).time()).collect();
    settled(Schedule::Times { times, amount: ONE, days: DayPattern::Daily })
}

/// All doses of the line on the day.
fn all(line: &Line) -> Vec<Occurrence> {
    occurrences(line, &MealTimes::default(), KHMER, at("00:00"), at("00:00").plus(Span::days(1)))
}

fn dose(number: u32, version: u32, text: &str, slot: Option<Slot>) -> Dose {
    let id = DoseParts { scheduled: at(text), line: number, patient: 1 }.id().unwrap();
    Dose { slot, ..Dose::due(id, PrescriptionId(Uuid::from_u128(5)), version, ONE) }
}

/// The dose with what was recorded about it.
fn recorded(mut dose: Dose, status: DoseStatus, text: &str) -> Dose {
    dose.status = status;
    dose.outcomes.push(Outcome::new(status, at(text), at(text), Source::Direct));
    dose
}

fn taken(number: u32, scheduled: &str, slot: Option<Slot>, text: &str) -> Dose {
    recorded(dose(number, 1, scheduled, slot), DoseStatus::TakenOnTime, text)
}

fn day(doses: &[Dose]) -> Day {
    let mut day = Day::default();
    for dose in doses {
        day.set(dose.clone());
    }
    day
}

fn clock(times: impl IntoIterator<Item = Timestamp>) -> Vec<String> {
    times.into_iter().map(|at| at.local(KHMER).format("%H:%M").to_string()).collect()
}

/// When the doses to be planned from a time on lie, beside those that are there.
fn planned(line: &Line, doses: &[Dose], from: &str) -> Vec<String> {
    clock(to_plan(&day(doses), line, &all(line), at(from)).iter().map(|dose| dose.at))
}

/// When the needless doses lie.
fn in_vain(line: &Line, doses: &[Dose], recorded: &Dose) -> Vec<String> {
    clock(needless(&day(doses), line, &all(line), recorded).iter().map(Dose::scheduled))
}

#[test]
fn a_dose_stands_for_its_time_and_for_its_slot() {
    let morning = Occurrence { at: at("07:00"), slot: Some(Slot::Morning), amount: ONE };
    assert!(stands_for(&dose(NUMBER, 1, "07:00", None), &morning), "the same time");
    assert!(stands_for(&dose(NUMBER, 1, "06:30", Some(Slot::Morning)), &morning), "the same slot");
    assert!(!stands_for(&dose(NUMBER, 1, "06:30", Some(Slot::Noon)), &morning));
    assert!(!stands_for(&dose(NUMBER, 1, "06:30", None), &morning));
    let exact = Occurrence { slot: None, ..morning };
    assert!(!stands_for(&dose(NUMBER, 1, "06:30", None), &exact), "another time, and neither has a slot");
    assert!(stands_for(&dose(NUMBER, 1, "07:00", None), &exact));
}

#[test]
fn what_stands_is_not_planned_again() {
    let line = by_slots("1-1-0-1");
    assert_eq!(planned(&line, &[], "00:00"), ["07:00", "11:30", "21:00"]);
    assert_eq!(planned(&line, &[], "11:30"), ["11:30", "21:00"], "its very time is not over");
    assert_eq!(planned(&line, &[], "11:31"), ["21:00"]);
    // Taken as the earlier line of the same medicine, in the same slot.
    let early = taken(FORMER, "06:00", Some(Slot::Morning), "06:05");
    assert_eq!(planned(&line, std::slice::from_ref(&early), "00:00"), ["11:30", "21:00"]);
    // What was cancelled, what is taken as needed and what belongs to another line stand for nothing.
    let cancelled = Dose { status: DoseStatus::Cancelled, ..dose(NUMBER, 1, "06:00", Some(Slot::Morning)) };
    let needed = Dose { as_needed: true, ..early.clone() };
    let other = taken(7, "06:00", Some(Slot::Morning), "06:05");
    for nothing in [cancelled, needed, other] {
        assert_eq!(planned(&line, &[nothing], "00:00"), ["07:00", "11:30", "21:00"]);
    }
}

#[test]
fn a_day_holds_no_more_than_its_doses_and_what_is_too_much_lies_next_to_an_intake() {
    let line = by_times(&["07:00", "13:00", "19:00"]);
    // Taken at 12:10 by the times of the earlier version: the dose at 13:00 would be the second within the hour.
    let noon = taken(NUMBER, "12:00", None, "12:10");
    assert_eq!(planned(&line, std::slice::from_ref(&noon), "00:00"), ["07:00", "19:00"]);
    // Two taken leave one, three leave none.
    let morning = taken(FORMER, "06:00", None, "06:05");
    assert_eq!(planned(&line, &[morning.clone(), noon.clone()], "00:00"), ["19:00"]);
    let night = taken(NUMBER, "18:00", None, "18:05");
    assert_eq!(planned(&line, &[morning.clone(), noon.clone(), night], "00:00"), [""; 0]);
    // What is still asked for later on is part of the day, at the time from which is planned no more.
    let due = dose(NUMBER, 1, "20:00", None);
    assert_eq!(planned(&line, &[noon.clone(), due.clone()], "12:30"), ["19:00"]);
    assert_eq!(planned(&line, &[morning.clone(), noon.clone(), due.clone()], "12:30"), [""; 0]);
    assert_eq!(planned(&line, &[morning.clone(), noon.clone(), due], "20:00"), [""; 0]);
    let now = dose(NUMBER, 1, "12:30", None);
    assert_eq!(planned(&line, &[noon.clone(), now], "12:30"), ["19:00"]);
    // What was left out on purpose leaves no room for another one beside it. What was missed was not taken.
    let skipped = recorded(dose(NUMBER, 1, "12:00", None), DoseStatus::Skipped, "12:10");
    assert_eq!(planned(&line, &[skipped], "00:00"), ["07:00", "19:00"]);
    let missed = recorded(dose(NUMBER, 1, "12:00", None), DoseStatus::Missed, "12:10");
    assert_eq!(planned(&line, &[missed], "12:30"), ["13:00", "19:00"]);
}

#[test]
fn an_interval_does_not_go_by_days() {
    let line = settled(Schedule::EveryHours { hours: 8, amount: ONE });
    let early = taken(NUMBER, "06:00", None, "06:05");
    let free = planned(&line, &[], "00:00");
    assert!(free.len() >= 2, "{free:?}");
    assert_eq!(planned(&line, std::slice::from_ref(&early), "00:00"), free);
    let later = dose(NUMBER, 2, "15:30", None);
    assert_eq!(in_vain(&line, &[early.clone(), later], &early), [""; 0]);
}

#[test]
fn an_intake_makes_its_successor_needless() {
    let line = by_slots("1-0-1-0");
    let morning = taken(FORMER, "06:00", Some(Slot::Morning), "06:05");
    let same_slot = dose(NUMBER, 2, "07:00", Some(Slot::Morning));
    let evening = dose(NUMBER, 2, "17:30", Some(Slot::Evening));
    assert_eq!(in_vain(&line, &[morning.clone(), same_slot.clone(), evening.clone()], &morning), ["07:00"]);
    // Skipping is a record too.
    let skipped = recorded(dose(FORMER, 1, "06:00", Some(Slot::Morning)), DoseStatus::Skipped, "06:05");
    assert_eq!(in_vain(&line, &[skipped.clone(), same_slot.clone(), evening], &skipped), ["07:00"]);
    // A dose of another line stays.
    let other = dose(7, 2, "07:00", Some(Slot::Morning));
    assert_eq!(in_vain(&line, &[morning.clone(), other], &morning), [""; 0]);
}

#[test]
fn after_an_intake_the_nearest_of_too_many_is_needless() {
    let line = by_times(&["07:00", "13:00"]);
    let doses =
        |taken: &Dose| [taken.clone(), dose(NUMBER, 2, "07:00", None), dose(NUMBER, 2, "13:00", None)];
    let noon = taken(FORMER, "12:00", None, "12:05");
    assert_eq!(in_vain(&line, &doses(&noon), &noon), ["13:00"]);
    let morning = taken(FORMER, "08:00", None, "08:05");
    assert_eq!(in_vain(&line, &doses(&morning), &morning), ["07:00"]);
    // With two taken, nothing is left to ask for.
    let both = [&doses(&morning)[..], &[noon]].concat();
    assert_eq!(in_vain(&line, &both, &morning), ["07:00", "13:00"]);
    // What was left out on purpose is not asked for an hour later.
    let skipped = recorded(dose(FORMER, 1, "12:00", None), DoseStatus::Skipped, "12:05");
    assert_eq!(in_vain(&line, &doses(&skipped), &skipped), ["13:00"]);
    let same_time = recorded(dose(FORMER, 1, "13:00", None), DoseStatus::Skipped, "13:05");
    assert_eq!(in_vain(&line, &doses(&same_time), &same_time), ["13:00"]);
}

#[test]
fn a_single_dose_is_given_once() {
    let line = settled(Schedule::Once { amount: ONE });
    let early = taken(FORMER, "06:00", None, "06:05");
    let later = dose(NUMBER, 2, "15:00", None);
    assert_eq!(in_vain(&line, &[early.clone(), later], &early), ["15:00"]);
}

#[test]
fn only_an_open_dose_of_a_later_version_is_a_successor() {
    let first = taken(NUMBER, "06:00", None, "06:05");
    let second = dose(NUMBER, 2, "07:00", None);
    assert!(is_successor(&second, &first));
    assert!(is_successor(&Dose { status: DoseStatus::Missed, ..second.clone() }, &first));
    assert!(!is_successor(&Dose { status: DoseStatus::Skipped, ..second.clone() }, &first));
    assert!(!is_successor(&Dose { as_needed: true, ..second.clone() }, &first));
    assert!(!is_successor(&Dose { version: 1, ..second.clone() }, &first), "the same version");
    assert!(!is_successor(&first, &second), "an earlier one");
    let other = PrescriptionId(Uuid::from_u128(6));
    assert!(!is_successor(&Dose { prescription: other, ..second }, &first));
}

/// When what `line` asks for in the place of the dose lies.
fn named(line: &Line, doses: &[Dose], dose: &Dose, now: &str) -> Option<String> {
    let named = named_by(line, &MealTimes::default(), KHMER, &day(doses), dose, at(now));
    named.map(|dose| clock([dose.at]).remove(0))
}

fn is(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn an_open_dose_goes_over_to_the_new_time_when_that_is_over_as_well() {
    let line = by_times(&["07:00", "13:00"]);
    let open = dose(NUMBER, 1, "12:00", None);
    let alone = std::slice::from_ref(&open);
    assert_eq!(named(&line, alone, &open, "13:30"), is("13:00"));
    assert_eq!(named(&line, alone, &open, "13:00"), is("13:00"), "over at its very time");
    assert_eq!(named(&line, alone, &open, "12:30"), None, "still ahead");
    // What another one stands for is not free.
    let other = dose(NUMBER, 2, "13:00", None);
    assert_eq!(named(&line, &[open.clone(), other], &open, "13:30"), None);
    let elsewhere = dose(NUMBER, 2, "20:00", None);
    assert_eq!(named(&line, &[open.clone(), elsewhere], &open, "13:30"), is("13:00"));
    // As far as a dose may be late, and not further.
    let far = Timestamp::minus(at("13:00"), Span::minutes(i64::from(GRACE_MINUTES_MAX)));
    let far = clock([far]).remove(0);
    let open = dose(NUMBER, 1, &far, None);
    assert_eq!(named(&line, std::slice::from_ref(&open), &open, "13:30"), is("13:00"));
    // A time of the next day is none of this day.
    let late = dose(NUMBER, 1, "23:30", None);
    let early = by_times(&["00:15"]);
    let next = at("00:00").plus(Span::hours(25));
    let day = day(std::slice::from_ref(&late));
    assert_eq!(named_by(&early, &MealTimes::default(), KHMER, &day, &late, next), None);
}

#[test]
fn an_open_dose_of_an_interval_stays_while_the_interval_counts_from_it() {
    let mut line = settled(Schedule::EveryHours { hours: 8, amount: ONE });
    let course = line.course.unwrap();
    let open = dose(NUMBER, 1, "06:00", None);
    let doses = std::slice::from_ref(&open);
    for (passed, first_at, expected) in
        [(1, Some("14:00"), is("06:00")), (1, Some("13:59"), None), (1, None, None), (0, Some("14:00"), None)]
    {
        line.course = Some(Course { passed, first_at: first_at.map(at), ..course });
        assert_eq!(named(&line, doses, &open, "06:30"), expected, "{passed} {first_at:?}");
    }
    // A time of the interval nearby is another dose.
    line.course = Some(Course { passed: 0, first_at: Some(at("08:00")), ..course });
    let open = dose(NUMBER, 1, "07:00", None);
    assert_eq!(named(&line, std::slice::from_ref(&open), &open, "09:00"), None);
}

/// The line as it is on a day on which it was changed from so many doses.
fn changed_from(doses: u32, mut line: Line) -> Line {
    let course = line.course.unwrap();
    line.course = Some(Course { changed: Some(ChangedDay { since: at("00:00"), doses }), ..course });
    line
}

#[test]
fn on_the_day_on_which_doses_became_fewer_what_was_dropped_takes_no_room() {
    let line = changed_from(3, by_times(&["08:00", "20:00"]));
    let had = [taken(NUMBER, "07:00", None, "07:00"), taken(NUMBER, "13:00", None, "13:00")];
    assert_eq!(planned(&line, &had, "13:30"), ["20:00"]);
    assert_eq!(planned(&changed_from(2, line.clone()), &had, "13:30"), [""; 0], "no fewer than before");
    // Of a course that asks for one of its doses only on that day, as many are fewer as the times are.
    let only = &all(&line)[1..];
    assert_eq!(clock(to_plan(&day(&had), &line, only, at("13:30")).iter().map(|dose| dose.at)), [""; 0]);
    let slots = changed_from(3, by_slots("1-0-0-1"));
    let only = &all(&slots)[1..];
    let had = [taken(NUMBER, "05:00", None, "05:00"), taken(NUMBER, "13:00", None, "13:00")];
    assert_eq!(clock(to_plan(&day(&had), &slots, only, at("13:30")).iter().map(|dose| dose.at)), [""; 0]);
    // What lies nearer than three hours to anything still asked for was moved, not dropped.
    let had = [taken(NUMBER, "13:00", None, "13:00")];
    let near = changed_from(3, by_times(&["14:00", "20:00"]));
    assert_eq!(planned(&near, &had, "13:30"), ["20:00"]);
    let far = changed_from(3, by_times(&["16:00", "20:00"]));
    assert_eq!(planned(&far, &had, "13:30"), ["16:00", "20:00"]);
}

#[test]
fn however_many_doses_of_an_interval_are_open_none_is_needless() {
    let line = settled(Schedule::EveryHours { hours: 8, amount: ONE });
    let early = taken(NUMBER, "06:00", None, "06:05");
    let later = ["08:00", "10:00", "12:00", "14:00", "16:00"].map(|text| dose(NUMBER, 2, text, None));
    assert_eq!(in_vain(&line, &[&[early.clone()][..], &later].concat(), &early), [""; 0]);
}

#[test]
fn a_missed_dose_takes_no_room_of_what_lies_ahead() {
    let line = by_slots("0-0-1-1");
    let missed = recorded(dose(NUMBER, 1, "07:00", Some(Slot::Morning)), DoseStatus::Missed, "07:30");
    let noon = taken(NUMBER, "11:30", Some(Slot::Noon), "11:35");
    assert_eq!(planned(&line, std::slice::from_ref(&missed), "16:00"), ["17:30", "21:00"]);
    assert_eq!(planned(&line, &[missed.clone(), noon.clone()], "16:00"), ["21:00"], "the day holds two");
    let later = [dose(NUMBER, 2, "17:30", Some(Slot::Evening)), dose(NUMBER, 2, "21:00", Some(Slot::Night))];
    assert_eq!(in_vain(&line, &[&[missed, noon.clone()][..], &later].concat(), &noon), ["17:30"]);
    // It keeps the room of a time that is over: the intake stands for the evening's that was moved.
    let line = by_times(&["07:00", "19:00"]);
    let missed = recorded(dose(NUMBER, 1, "07:00", None), DoseStatus::Missed, "07:30");
    let evening = taken(NUMBER, "17:30", None, "17:31");
    assert_eq!(planned(&line, &[missed.clone(), evening.clone()], "18:00"), [""; 0]);
    let moved = dose(NUMBER, 2, "19:00", None);
    assert_eq!(in_vain(&line, &[missed, evening.clone(), moved], &evening), ["19:00"]);
    // What was taken in the morning stands for the new time of the morning.
    let line = by_times(&["08:00", "16:30", "22:00"]);
    let noon = recorded(dose(NUMBER, 1, "11:30", None), DoseStatus::Missed, "12:00");
    let morning = taken(NUMBER, "07:00", None, "07:05");
    assert_eq!(planned(&line, &[morning, noon], "16:00"), ["16:30", "22:00"]);
    // Its slot is asked for when that was moved ahead, its very time is not; nor is one that the sweep has not seen.
    let line = by_slots("1-0-0-0");
    for status in [DoseStatus::Missed, DoseStatus::Due] {
        let moved = Dose { status, ..dose(NUMBER, 1, "05:00", Some(Slot::Morning)) };
        assert_eq!(planned(&line, &[moved], "06:30"), ["07:00"]);
        let same = Dose { status, ..dose(NUMBER, 1, "07:00", Some(Slot::Morning)) };
        assert_eq!(planned(&line, &[same], "07:00"), [""; 0]);
    }
}
