//! The first doses of a line beside what the patient took of the same medicine before: when that was, and what the
//! prescriber is told of it.

use chrono::{Datelike, Days};
use chrono_tz::Tz;

use crate::domain::connections::access::Access;
use crate::domain::doses::gap::Gap;
use crate::domain::doses::left_out::LeftOut;
use crate::domain::doses::model::Dose;
use crate::domain::doses::planning::occurrences_on;
use crate::domain::doses::tables::visit_days;
use crate::domain::prescriptions::model::{DayPattern, Line, Schedule};
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::record::Prescription;
use crate::domain::users::model::MealTimes;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::i18n::moment_text;
use crate::platform::store::{Direction, Reader, Step, WhatIsLeft};

/// How far back an earlier intake is looked for.
const LAST_WITHIN: Days = Days::new(40);

/// When the last of these doses was taken, as far back as an earlier intake is looked for.
pub fn last_of(standing: &[Dose], now: Timestamp) -> Option<Timestamp> {
    let today = now.day_in(Tz::UTC);
    let oldest = today.checked_sub_days(LAST_WITHIN).unwrap_or(today);
    standing.iter().filter_map(Dose::taken_at).filter(|at| at.day_in(Tz::UTC) >= oldest).max()
}

/// The numbers of all other lines with the medicine of a new one, as far as `access` covers them.
pub fn numbers_of_same(access: &Access, all: &[Prescription], line: &Line) -> Vec<u32> {
    let is_other =
        |other: &&Line| !other.has_id(line.id) && other.is_of(line.medicine_id, &line.medicine_name);
    let covered = all.iter().filter(|row| access.covers(row.id));
    covered.flat_map(|row| &row.content.lines).filter(is_other).flat_map(Line::numbers).collect()
}

/// When one of these lines was last taken. Not as needed, and not longer ago than any usual pattern of days.
///
/// # Errors
/// When the store cannot be read.
pub fn last_taken(
    tx: &dyn Reader,
    access: &Access,
    numbers: &[u32],
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    if numbers.is_empty() {
        return Ok(None);
    }
    let today = now.day_in(Tz::UTC);
    let from = today.succ_opt().unwrap_or(today);
    let oldest = today.checked_sub_days(LAST_WITHIN).unwrap_or(today);
    let mut last = None;
    visit_days(&WhatIsLeft(tx), access, from, Direction::Backward, |date, day| {
        let own = day.doses.iter().filter(|dose| numbers.contains(&dose.line()) && !dose.as_needed);
        last = last.max(own.filter_map(Dose::taken_at).max());
        Ok(if last.is_some() || date < oldest { Step::Stop } else { Step::Continue })
    })?;
    Ok(last)
}

/// What the prescriber is told of doses of today that are asked for no more.
pub fn left_out_notice(left_out: &LeftOut, zone: Tz) -> Notice {
    let times: Vec<String> =
        left_out.times.iter().map(|at| at.local(zone).format("%H:%M").to_string()).collect();
    Notice::new("notice_left_out_today")
        .with("count", times.len().to_string())
        .with("doses", times.join(", "))
        .with("next", moment_text(left_out.next.local(zone)))
}

/// What the prescriber is told of a pattern of days whose first day holds no dose any more: when the first one is. Of what
/// begins on a day that the pattern does not name nothing is told.
pub fn later_first_day(line: &Line, meals: &MealTimes, zone: Tz) -> Option<Notice> {
    let (Schedule::Slots { days, .. } | Schedule::Times { days, .. }) = &line.schedule else { return None };
    let is_meant = match days {
        DayPattern::Daily => false,
        DayPattern::EveryDays(_) => true,
        DayPattern::Weekdays(days) => days.contains(&line.start.weekday()),
    };
    let course = line.course.filter(|course| is_meant && course.first > line.start)?;
    let first = occurrences_on(line, meals, zone, course.first).first()?.at;
    Some(Notice::new("notice_first_dose_later").with("first", moment_text(first.local(zone))))
}

/// What the prescriber is told of an unusual gap.
pub fn gap_notice(gap: Gap, zone: Tz) -> Notice {
    let minutes = gap.next.since(gap.last).as_minutes();
    // What is too soon is said to the minute: rounded up it would sound longer than it is.
    let hours = if gap.is_short { minutes / 60 } else { minutes.saturating_add(30) / 60 };
    let code = match (gap.is_short, gap.was_taken, hours) {
        (true, ..) => "notice_next_dose_soon",
        (false, true, ..72) => "notice_next_dose_late",
        (false, true, _) => "notice_next_dose_days_late",
        (false, false, ..72) => "notice_first_dose_late",
        (false, false, _) => "notice_first_dose_days_late",
    };
    Notice::new(code)
        .with("next", moment_text(gap.next.local(zone)))
        .with("last", moment_text(gap.last.local(zone)))
        .with("hours", hours.to_string())
        .with("minutes", (minutes % 60).to_string())
        .with("days", (hours.saturating_add(12) / 24).to_string())
}
