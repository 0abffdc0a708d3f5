//! What is not asked for because something stands for it.

use chrono::NaiveDate;
use chrono_tz::Tz;
use das_tern::domain::doses::course::settle;
use das_tern::domain::doses::cover::{is_successor, needless, stands_for, to_plan};
use das_tern::domain::doses::model::{Day, Dose, DoseParts, DoseStatus, Outcome, Source};
use das_tern::domain::doses::planning::{Occurrence, occurrences};
use das_tern::domain::prescriptions::model::{Amount, DayPattern, Former, Line, Schedule, Slot, SlotAmounts};
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
    // What was left out or missed leaves no room for another one beside it.
    for status in [DoseStatus::Skipped, DoseStatus::Missed] {
        let closed = recorded(dose(NUMBER, 1, "12:00", None), status, "12:10");
        assert_eq!(planned(&line, &[closed], "00:00"), ["07:00", "19:00"]);
    }
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
