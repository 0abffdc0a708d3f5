//! Where a taper goes on whose steps lie at other times of the day.
//!
//! # Why it is counted by what is left
//! A taper is one sequence of doses, step by step. When its times become others, the day of the change may hold fewer of
//! them than before, or more. So that each step keeps its doses, the line goes on with as many of the last ones of the
//! sequence as it had left: a dose whose new time is over is the next one that is given. Moved back on the same day, as many
//! are left as at first, and the plan is what it was.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::change::Change;
use super::cover::{DROPPED_FROM, handed_over, stands_for};
use super::model::{Dose, DoseStatus};
use super::moved_ahead::asked_again_by;
use super::planning::{Occurrence, Plan, occurrences_on};
use super::remaining::days_between;
use super::settling::with_recorded;
use crate::domain::prescriptions::model::{Course, Line, Schedule, TaperStep};
use crate::platform::clock::{Timestamp, start_of_day};

/// Days beyond its steps within which a taper is over, however much it was moved.
const DAYS_BEHIND: u64 = 9;

/// Whether both are tapers whose steps last as long: what changes is when on a day and how much is taken.
pub(super) fn has_same_days(old: &Line, new: &Line) -> bool {
    steps_of(old).is_some_and(|before| {
        let days = |steps: &[TaperStep]| steps.iter().map(|step| step.days).collect::<Vec<_>>();
        steps_of(new).is_some_and(|steps| days(before) == days(steps))
    })
}

/// The course of `old`, which began at `begun_at` with `before`, when `new` takes its place: a taper whose steps last as
/// long and lie at other times of the day.
///
/// Steps with as many doses a day as before keep their number of doses; else their number of days.
pub(super) fn by_other_slots(
    (old, before): (&Line, Course),
    begun_at: Option<Timestamp>,
    new: &Line,
    change: Change<'_>,
) -> Course {
    let each =
        Plan::with(new, Course { passed: 0, ..before }, change.meals, change.zone).times_on(before.first);
    let is_over = |at: &&Timestamp| before.passed > 0 && begun_at.is_some_and(|begun_at| **at < begun_at);
    let passed = u32::try_from(each.iter().filter(is_over).count()).unwrap_or(0);
    let course = Course { passed, ..before };
    let each = u32::try_from(each.len()).unwrap_or(1).max(1);
    let is_as_often = has_same_doses_a_day(old, new);
    let (step, left) = if is_as_often {
        (1, doses_left(old, change.standing, change))
    } else {
        (i64::from(each), days_left(old, change.standing, change))
    };
    // Missed ones that are asked for at another time of today are still to be given.
    let again = asked_again_by(&Line { course: Some(before), ..old.clone() }, change);
    let is_counted = |dose: &&Dose| !dose.counts_elsewhere() && !again.contains(&dose.id);
    let counted_before = change.standing.iter().filter(is_counted).count();
    let leaves_as_many = |course: &Course| {
        let line = Line { course: Some(*course), ..new.clone() };
        let stands = handed_over(&line, change.meals, change.zone, change.standing, change.now);
        if !is_as_often {
            return days_left(&line, &stands, change) == left;
        }
        let again = asked_again_by(&line, Change { standing: &stands, ..change });
        let counted = |doses: &[Dose]| doses.iter().filter(|dose| !again.contains(&dose.id)).count();
        doses_left(&line, &stands, change).saturating_add(counted(&stands))
            == left.saturating_add(counted_before)
    };
    // All doses of two days at most. Of those that leave as many the one with the next dose first: what today still holds is
    // given today.
    let most = i64::from(each).saturating_mul(2) / step;
    let courses =
        (-most..=most).map(|count| (count.abs(), later_by(course, count.saturating_mul(step), each)));
    let next = |course: &Course| {
        let line = Line { course: Some(*course), ..new.clone() };
        let stands = handed_over(&line, change.meals, change.zone, change.standing, change.now);
        ahead_by_day(&line, &stands, change).into_values().flatten().map(|dose| dose.at).min()
    };
    let fitting = courses.filter(|(_, course)| leaves_as_many(course));
    let first = fitting.min_by_key(|(count, course)| (next(course).unwrap_or(Timestamp::MAX), *count));
    first.map_or(course, |(_, course)| course)
}

/// The `course` of a taper that takes the place of something else; nothing of what is none, or of one on whose first day, if
/// that is today, nothing was given.
///
/// What was given today, or is open, belongs to the first step where it is what that gives at this time of the day, also
/// when the times of that are over. Where it is not, the steps begin with the next day that has nothing yet, so that none of
/// them loses a dose. What was only missed does not: then all of the first step is still ahead.
pub(super) fn with_first_step(line: &Line, course: Course, change: Change<'_>) -> Option<Course> {
    let Change { meals, zone, now, standing, .. } = change;
    let today = now.day_in(zone);
    if steps_of(line).is_none() || line.start > today || course.first < today {
        return None;
    }
    let from_today = Course { first: today, passed: 0, ..course };
    let stands = handed_over(&Line { course: Some(from_today), ..line.clone() }, meals, zone, standing, now);
    let given = |day: NaiveDate| {
        let is_of_day = move |dose: &&Dose| dose.scheduled().day_in(zone) == day;
        stands.iter().filter(is_of_day).filter(|dose| dose.status != DoseStatus::Missed)
    };
    given(today).next()?;
    let endless = Line { course: Some(from_today), ..line.clone() };
    let mut places = occurrences_on(&endless, meals, zone, today);
    let each = places.len();
    let is_of_step = given(today).all(|dose| {
        let place = places.iter().position(|place| dose.amount == place.amount && is_near(dose, place));
        place.map(|place| places.remove(place)).is_some()
    });
    if is_of_step {
        let passed = u32::try_from(each.saturating_sub(given(today).count())).unwrap_or(0);
        // Of a day that is not over, what lies ahead is still given.
        return Some(if course.first == today {
            with_recorded(course, change)
        } else {
            Course { passed, ..from_today }
        });
    }
    let first = today.iter_days().skip(1).find(|day| given(*day).next().is_none());
    Some(Course { first: first.unwrap_or(course.first), passed: 0, ..course })
}

/// Whether `dose` was planned for about that time of the day.
fn is_near(dose: &Dose, place: &Occurrence) -> bool {
    stands_for(dose, place)
        || dose.scheduled().since(place.at).as_milliseconds().abs() < DROPPED_FROM.as_milliseconds()
}

const fn steps_of(line: &Line) -> Option<&Vec<TaperStep>> {
    match &line.schedule {
        Schedule::Taper { steps } => Some(steps),
        _ => None,
    }
}

fn has_same_doses_a_day(old: &Line, new: &Line) -> bool {
    let each = |line: &Line| {
        let steps = steps_of(line).map(Vec::as_slice).unwrap_or_default();
        steps.iter().map(|step| step.amounts.taken()).collect::<Vec<_>>()
    };
    each(old) == each(new)
}

/// The course with so many doses of the first step fewer behind it; `each` of them lie on a day.
pub(super) fn later_by(course: Course, doses: i64, each: u32) -> Course {
    let place = i64::from(course.passed).saturating_add(doses);
    let days = Days::new(place.div_euclid(i64::from(each)).unsigned_abs());
    let first =
        if place < 0 { course.first.checked_sub_days(days) } else { course.first.checked_add_days(days) };
    let passed = u32::try_from(place.rem_euclid(i64::from(each))).unwrap_or(0);
    first.map_or(course, |first| Course { first, passed, ..course })
}

/// How many doses of a taper are still to be planned beside the `standing` ones.
fn doses_left(line: &Line, standing: &[Dose], change: Change<'_>) -> usize {
    ahead_by_day(line, standing, change).values().map(Vec::len).sum()
}

/// On how many days of a taper, today among them, something stands or is still to be planned. An earlier day with an open
/// dose is over.
fn days_left(line: &Line, standing: &[Dose], change: Change<'_>) -> usize {
    let today = change.now.day_in(change.zone);
    let ahead = ahead_by_day(line, standing, change);
    let is_used =
        standing.iter().any(|dose| dose.scheduled().day_in(change.zone) == today && !dose.counts_elsewhere());
    let later = ahead.iter().filter(|(date, doses)| **date > today && !doses.is_empty()).count();
    let holds = is_used || ahead.get(&today).is_some_and(|doses| !doses.is_empty());
    later.saturating_add(usize::from(holds))
}

/// What a taper still asks for from today on.
fn ahead_by_day(line: &Line, standing: &[Dose], change: Change<'_>) -> BTreeMap<NaiveDate, Vec<Occurrence>> {
    let Change { zone, now, .. } = change;
    let today = now.day_in(zone);
    let steps = steps_of(line).map(Vec::as_slice).unwrap_or_default();
    let length: u64 = steps.iter().map(|step| u64::from(step.days)).sum();
    let first = line.course.map_or(today, |course| course.first.max(today));
    let end = first.checked_add_days(Days::new(length.saturating_add(DAYS_BEHIND))).unwrap_or(first);
    let bounds = (start_of_day(today, zone), start_of_day(end, zone));
    let days = days_between(line, bounds, Change { standing, ..change });
    days.into_iter().map(|(date, of_day)| (date, of_day.ahead)).collect()
}
