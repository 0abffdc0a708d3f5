//! What the author of a change is told about the first doses that follow from it.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::ground::Ground;
use super::lines::{Earlier, removed_lines, take_effect};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::change::Change;
use crate::domain::doses::gap::{Gap, gap_after, next_dose, unusual_gap};
use crate::domain::doses::left_out::left_out_today;
use crate::domain::doses::model::{Dose, DoseStatus};
use crate::domain::doses::pauses;
use crate::domain::first_doses::{
    gap_notice, last_of, last_taken, later_first_day, left_out_notice, numbers_of_same,
};
use crate::domain::prescriptions::diff::same_doses;
use crate::domain::prescriptions::draft::Remark;
use crate::domain::prescriptions::model::{Amount, Line, Schedule};
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::record::Prescription;
use crate::domain::prescriptions::state::Status;
use crate::domain::users;
use crate::domain::users::model::MealTimes;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::i18n::{day_text, moment_text};
use crate::platform::ids::MedicationId;
use crate::platform::store::Reader;

/// Whether a change takes effect at once or waits for the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    AtOnce,
    Later,
}

/// What the author is told of the line in this place.
pub(super) struct Told {
    place: usize,
    notice: Notice,
}

impl Told {
    /// As a remark of the change of one line, or of a whole prescription.
    pub(super) fn remark(&self, is_one: bool) -> Remark {
        let prefix = if is_one { String::new() } else { format!("medications[{}].", self.place) };
        Remark::notice(format!("{prefix}frequency"), &self.notice)
    }
}

/// The lines as they would take effect now in place of those of `row`, and what is told of those whose next dose comes far
/// sooner or later after the last intake than is usual, or that leave out a dose of today. What waits for the patient is
/// judged when it takes effect.
///
/// # Errors
/// As [`take_effect`], for what takes effect at once.
pub(super) fn as_of_now(
    tx: &dyn Reader,
    (by, access): (&Caller, &Access),
    row: &Prescription,
    lines: &[Line],
    effect: Effect,
    ground: &Ground,
) -> Result<(Vec<Line>, Vec<Told>)> {
    let old = &row.content.lines;
    let removed = removed_lines(tx, access, row.id, old)?;
    let lines = match take_effect(tx, access, Earlier { old, removed: &removed }, lines.to_vec(), ground) {
        Err(_) if effect == Effect::Later => return Ok((lines.to_vec(), Vec::new())),
        lines => lines?,
    };
    let mut told = Vec::new();
    if row.status != Status::Active {
        if row.status == Status::Paused && may_know(tx, by, access) {
            told = lost_before_pause(tx, access, (old, &lines), ground)?;
        }
        return Ok((lines, told));
    }
    let is_begun = |line: &Line| old.iter().any(|before| before.id == line.id && before.course.is_some());
    let new = lines.iter().enumerate().filter(|(_, line)| !is_begun(line));
    told.extend(later_days(new, &ground.patient.preferences.meal_times, ground.zone));
    if !may_know(tx, by, access) {
        return Ok((lines, told));
    }
    for (place, line) in lines.iter().enumerate() {
        let before = old.iter().find(|before| before.id == line.id && before.course.is_some());
        let Some(before) = before.filter(|before| !same_doses(before, line)) else { continue };
        let standing = ground.standing(tx, access, before)?;
        let change = ground.change(tx.now(), &standing, Amount::ZERO);
        let lost = ground.lost_days(tx, access, before)?;
        let gap = unusual_gap(before, line, change).filter(|gap| is_known(gap, &lost, ground.zone));
        let gap = gap.map(|gap| gap_notice(gap, ground.zone));
        let given_once = || given_once(line, &standing, ground.zone).filter(|_| lost.is_empty());
        if let Some(notice) = gap.or_else(given_once) {
            told.push(Told { place, notice });
        }
        if let Some(left_out) = left_out_today(before, line, change) {
            told.push(Told { place, notice: left_out_notice(&left_out, ground.zone) });
        }
        if let Some(notice) = missed_before(line, change) {
            told.push(Told { place, notice });
        }
        if let Some(notice) = days_lost(&lost) {
            told.push(Told { place, notice });
        }
    }
    Ok((lines, told))
}

/// What is told of lost days of lines that are changed in a pause: whoever lets them go on sees only what they ask for now.
fn lost_before_pause(
    tx: &dyn Reader,
    access: &Access,
    (old, new): (&[Line], &[Line]),
    ground: &Ground,
) -> Result<Vec<Told>> {
    let mut told = Vec::new();
    for (place, line) in new.iter().enumerate() {
        let before = old.iter().find(|before| before.id == line.id && before.course.is_some());
        let Some(before) = before.filter(|before| !same_doses(before, line)) else { continue };
        let notice = days_lost(&ground.lost_days(tx, access, before)?);
        told.extend(notice.map(|notice| Told { place, notice }));
    }
    Ok(told)
}

/// What is told of new lines on patterns of days whose first day holds no dose any more.
fn later_days<'a>(
    lines: impl Iterator<Item = (usize, &'a Line)>,
    meals: &MealTimes,
    zone: Tz,
) -> impl Iterator<Item = Told> {
    lines.filter_map(move |(place, line)| {
        later_first_day(line, meals, zone).map(|notice| Told { place, notice })
    })
}

/// What the author is told of a new prescription in force: of patterns of days that begin later than on their first day, and
/// of first doses that come far sooner or later than is usual after the patient last took the same medicine by another line
/// of `all` prescriptions.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn after_others(
    tx: &dyn Reader,
    (by, access, all): (&Caller, &Access, &[Prescription]),
    row: &Prescription,
    zone: Tz,
) -> Result<Vec<Told>> {
    if row.status != Status::Active {
        return Ok(Vec::new());
    }
    let meals = users::tables::require(tx, access.patient())?.preferences.meal_times;
    let mut told: Vec<Told> = later_days(row.content.lines.iter().enumerate(), &meals, zone).collect();
    let same = |line: &Line| numbers_of_same(access, all, line);
    let again: Vec<(usize, &Line, Vec<u32>)> =
        row.content.lines.iter().enumerate().map(|(place, line)| (place, line, same(line))).collect();
    if again.iter().all(|(_, _, numbers)| numbers.is_empty()) || !may_know(tx, by, access) {
        return Ok(told);
    }
    let ground = Ground::of(tx, access, zone, Some(row))?;
    let change = ground.change(tx.now(), &[], Amount::ZERO);
    for (place, line, numbers) in again {
        let last = last_taken(tx, access, &numbers, tx.now())?;
        if let Some(gap) = last.and_then(|last| gap_after(last, line, change)) {
            told.push(Told { place, notice: gap_notice(gap, zone) });
        }
    }
    Ok(told)
}

/// When a line was paused, and what stood of it then.
pub(super) type BeforePause = (MedicationId, Timestamp, Vec<Dose>);

/// What stood of the lines of a paused prescription when it was paused; nothing of one that is not.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn before_pause(
    tx: &dyn Reader,
    access: &Access,
    row: &Prescription,
    zone: Tz,
) -> Result<Vec<BeforePause>> {
    let ground = Ground::of(tx, access, zone, Some(row))?;
    let mut had = Vec::new();
    for line in &row.content.lines {
        let stood = ground.before_pause(tx, access, line)?;
        had.extend(stood.map(|(at, standing)| (line.id, at, standing)));
    }
    Ok(had)
}

/// What is told when a treatment goes on after a pause: of next doses that come far sooner or later than is usual after the
/// last intake, and of how many doses the pause has cost, beside what it `had` when it began.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn after_pause(
    tx: &dyn Reader,
    (by, access): (&Caller, &Access),
    (row, had): (&Prescription, &[BeforePause]),
    zone: Tz,
) -> Result<Vec<Told>> {
    let mut told = Vec::new();
    if row.status != Status::Active || !may_know(tx, by, access) {
        return Ok(told);
    }
    let ground = Ground::of(tx, access, zone, Some(row))?;
    for (place, line) in row.content.lines.iter().enumerate() {
        let standing = ground.standing(tx, access, line)?;
        let change = ground.change(tx.now(), &standing, Amount::ZERO);
        let last = last_of(&standing, tx.now());
        let lost = ground.lost_days(tx, access, line)?;
        let gap = last.and_then(|last| gap_after(last, line, change));
        if let Some(gap) = gap.filter(|gap| is_known(gap, &lost, zone)) {
            told.push(Told { place, notice: gap_notice(gap, zone) });
        }
        let stood = had.iter().find(|(id, ..)| *id == line.id);
        let count = stood.map_or(0, |(_, paused_at, stood)| {
            pauses::lost(line, ground.change(*paused_at, stood, Amount::ZERO), change)
        });
        if count > 0 {
            let notice = Notice::new("notice_doses_in_pause").with("count", count.to_string());
            told.push(Told { place, notice });
        }
        told.extend(days_lost(&lost).map(|notice| Told { place, notice }));
    }
    Ok(told)
}

/// Whether the author may know when something was taken.
fn may_know(tx: &dyn Reader, by: &Caller, access: &Access) -> bool {
    access::check(tx, by, access.patient(), Scope::Doses, Mode::Read).is_ok()
}

/// What the author is told of an interval whose last doses were missed: the day counts them, and goes on.
fn missed_before(line: &Line, change: Change<'_>) -> Option<Notice> {
    let next = next_dose(line, change).filter(|_| matches!(line.schedule, Schedule::EveryHours { .. }))?;
    let taken = change.standing.iter().filter_map(Dose::taken_at).max();
    let is_since = |dose: &&Dose| {
        dose.status == DoseStatus::Missed && !dose.asked_again && taken.is_none_or(|at| dose.scheduled() > at)
    };
    let missed: Vec<Timestamp> = change.standing.iter().filter(is_since).map(Dose::scheduled).collect();
    let last = missed.iter().max()?;
    let notice = Notice::new("notice_missed_before")
        .with("count", missed.len().to_string())
        .with("last", moment_text(last.local(change.zone)))
        .with("next", moment_text(next.local(change.zone)));
    Some(notice)
}

/// Whether somebody recorded the intake that the gap begins with: what was used on lost days is only taken for used.
fn is_known(gap: &Gap, lost: &[NaiveDate], zone: Tz) -> bool {
    !lost.contains(&gap.last.day_in(zone))
}

/// What the author is told of days whose records are lost with a damaged page.
fn days_lost(lost: &[NaiveDate]) -> Option<Notice> {
    days_in_words("notice_days_lost", lost)
}

/// What is said of such days; nothing where there is none.
pub(super) fn days_in_words(code: &'static str, lost: &[NaiveDate]) -> Option<Notice> {
    let mut runs: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for day in lost {
        match runs.last_mut().filter(|(_, last)| last.succ_opt() == Some(*day)) {
            Some((_, last)) => *last = *day,
            None => runs.push((*day, *day)),
        }
    }
    let text = |(first, last): &(NaiveDate, NaiveDate)| match first == last {
        true => day_text(*first),
        false => format!("{}–{}", day_text(*first), day_text(*last)),
    };
    let days: Vec<String> = runs.iter().map(text).collect();
    let notice = Notice::new(code).with("count", lost.len().to_string());
    (!days.is_empty()).then(|| notice.with("days", days.join(", ")))
}

/// What the author is told of a line that is given once and was: a change of it asks for nothing more.
fn given_once(line: &Line, standing: &[Dose], zone: Tz) -> Option<Notice> {
    let is_once = |dose: &&Dose| dose.slot.is_none() && dose.status != DoseStatus::Due;
    let given = standing.iter().find(is_once).filter(|_| matches!(line.schedule, Schedule::Once { .. }))?;
    let (code, at) = match given.taken_at() {
        Some(at) => ("notice_once_given", at),
        None => ("notice_once_over", given.scheduled()),
    };
    Some(Notice::new(code).with("at", moment_text(at.local(zone))))
}
