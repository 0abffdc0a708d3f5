//! The number of doses that a course has of its own.
//!
//! Whatever becomes known of its doses, and when: those that were used and those that are asked for are as many as it has. A
//! dose that a change had left out and that was taken after all is one of them; what followed at the end in its place does not.

use chrono_tz::Tz;

use super::change::Change;
use super::cover::handed_over;
use super::other_days::with_doses;
use super::planning::Plan;
use super::remaining::still_to_plan;
use super::settling::on_course;
use super::tapers::later_by;
use crate::domain::prescriptions::model::{ChangedDay, Course, Length, Line, Schedule};
use crate::domain::users::model::MealTimes;

/// How many doses of a line with a number of them there are in all: those that stand, and those that are still to be planned.
/// One that is asked for at another time is among these.
pub fn in_all(line: &Line, change: Change<'_>) -> u32 {
    let standing = handed_over(line, change.meals, change.zone, change.standing, change.now);
    let counted = standing.iter().filter(|dose| !dose.counts_elsewhere()).count();
    let planned = still_to_plan(line, Change { standing: &standing, ..change });
    u32::try_from(counted).unwrap_or(u32::MAX).saturating_add(planned)
}

/// `line` with so many doses more at its end or, when `doses` is negative, fewer; nothing of a line whose number of doses
/// does not follow from its length.
pub fn longer_by(line: &Line, doses: i64, meals: &MealTimes, zone: Tz) -> Option<Line> {
    let course = line.course?;
    let more = |count: u32, by: i64| u32::try_from(i64::from(count).saturating_add(by).max(0)).unwrap_or(0);
    let (course, all) = match (line.length, &line.schedule) {
        (Length::Quantity, Schedule::Slots { .. } | Schedule::Times { .. } | Schedule::EveryHours { .. }) => {
            (course, line.doses.map(|all| more(all, doses)))
        }
        (Length::Days(_), Schedule::EveryHours { .. }) => {
            let passed = more(course.passed, doses.saturating_neg());
            (Course { passed, ..course }, line.doses)
        }
        (Length::Days(length), Schedule::Slots { .. } | Schedule::Times { .. }) => {
            let all = more(line.doses?.saturating_add(course.unheld), doses);
            // What follows at the end for the day of a change is less by what became known of that day.
            let of_day = |day: ChangedDay| ChangedDay { doses: more(day.doses, doses.min(0)), ..day };
            let unheld_on = course.unheld_on.map(of_day).filter(|day| day.doses > 0);
            (with_doses(line, Course { unheld_on, ..course }, length, all), line.doses)
        }
        (_, Schedule::Taper { .. }) => {
            let each = Plan::with(line, course, meals, zone).times_on(course.first).len();
            (later_by(course, doses, u32::try_from(each).unwrap_or(1).max(1)), line.doses)
        }
        _ => return None,
    };
    Some(on_course(&Line { doses: all, ..line.clone() }, course, meals, zone))
}
