//! What is recorded on a dose of an earlier version stands for what the later version plans in its place: that is not
//! asked for, reminded of or missed any more.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::desk::replace;
use crate::domain::connections::access::Access;
use crate::domain::doses::course::{Change, count_from, last_intake};
use crate::domain::doses::model::{Day, Dose, DoseStatus, Moved, Outcome, Source};
use crate::domain::doses::other_days::{after_intake, before_intake};
use crate::domain::doses::planning::occurrences;
use crate::domain::doses::plans::{self, Planned};
use crate::domain::doses::{cover, tables as doses};
use crate::domain::prescriptions::model::{Amount, Line, Schedule};
use crate::domain::prescriptions::record::Prescription;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::model::User;
use crate::domain::users::tables as users;
use crate::platform::clock::start_of_day;
use crate::platform::error::Result;
use crate::platform::ids::DoseId;
use crate::platform::store::{Reader, WriteTx};

/// Whether a dose that is about to be written into `day` may have successors. Reads nothing: its day tells, or that
/// it was cancelled or not reminded of any more when its line was changed.
pub(super) fn may_exist(day: &Day, recorded: &Dose) -> bool {
    let was_changed = |before: &Dose| before.status == DoseStatus::Cancelled || before.reminders_ended;
    let is_record = recorded.status.is_taken() || recorded.status == DoseStatus::Skipped;
    is_record
        && !recorded.as_needed
        && (day.find(recorded.id).is_some_and(was_changed)
            || day
                .doses
                .iter()
                .any(|dose| dose.line() == recorded.line() && cover::is_successor(dose, recorded)))
}

/// Takes back what a later version asks for in place of the dose, which was just recorded. Of an interval that was
/// changed, what follows is counted from the intake.
pub(super) fn cover(
    tx: &mut WriteTx<'_>,
    access: &Access,
    date: NaiveDate,
    day: &mut Day,
    recorded: DoseId,
) -> Result<()> {
    let Some(recorded) = day.find(recorded).cloned() else { return Ok(()) };
    let treatment = prescriptions::get(tx, access, recorded.prescription)?;
    let zone: Option<Tz> = doses::care(tx, access)?.zone.and_then(|zone| zone.parse().ok());
    let line = treatment.content.lines.iter().find(|line| line.has_number(recorded.line())).cloned();
    let (Some(line), Some(zone), Status::Active) = (line, zone, treatment.status) else { return Ok(()) };
    let patient = users::require(tx, access.patient())?;
    if let Schedule::EveryHours { .. } = line.schedule {
        return count_on(tx, access, (date, day), &recorded, Changed { treatment, line, patient, zone });
    }
    let next = date.succ_opt().unwrap_or(date);
    let (from, to) = (start_of_day(date, zone), start_of_day(next, zone));
    let all = occurrences(&line, &patient.preferences.meal_times, zone, from, to);
    let needless = cover::needless(day, &line, &all, &recorded);
    for needless in &needless {
        take_back(tx, access, date, day, needless.clone())?;
    }
    rest(tx, access, (date, day), (&recorded, &needless), Changed { treatment, line, patient, zone })
}

/// Lets a line whose days were changed go on no sooner after the intake than two of its days lie apart.
fn rest(
    tx: &mut WriteTx<'_>,
    access: &Access,
    (date, day): (NaiveDate, &mut Day),
    (recorded, stands_for): (&Dose, &[Dose]),
    changed: Changed,
) -> Result<()> {
    let Changed { mut treatment, line, patient, zone } = changed;
    let standing = plans::standing(tx, access, &patient, &line)?;
    let change = Change {
        meals: &patient.preferences.meal_times,
        zone,
        now: tx.now(),
        standing: &standing,
        used: Amount::ZERO,
    };
    let Some(rested) = after_intake(&line, recorded, stands_for, change) else { return Ok(()) };
    recount(tx, access, &mut treatment, &rested, &patient, zone)?;
    *day = doses::day(tx, access, date)?;
    let (Some(from), Some(to)) = (line.course, rested.course) else { return Ok(()) };
    let Some(recorded) = day.find(recorded.id).cloned() else { return Ok(()) };
    let moved = Some(Moved { version: treatment.version, from, to });
    doses::save(tx, access, date, day, Dose { moved, ..recorded })
}

/// Brings back the plan that the intake of `dose`, which is taken back, had moved. Nothing when it moved none, or the line
/// was changed since.
pub(super) fn bring_back(
    tx: &mut WriteTx<'_>,
    access: &Access,
    treatment: &mut Prescription,
    dose: &Dose,
    patient: &User,
    zone: Tz,
) -> Result<()> {
    let line = treatment.content.lines.iter().find(|line| line.has_number(dose.line())).cloned();
    let (Some(line), Some(moved)) = (line, dose.moved) else { return Ok(()) };
    if treatment.status != Status::Active {
        return Ok(());
    }
    let change = Change {
        meals: &patient.preferences.meal_times,
        zone,
        now: tx.now(),
        standing: &[],
        used: Amount::ZERO,
    };
    let Some(before) = before_intake(&line, treatment.version, moved, change) else { return Ok(()) };
    recount(tx, access, treatment, &before, patient, zone)
}

/// Cancels a dose that something else stands for, also when it had counted as missed.
fn take_back(
    tx: &mut WriteTx<'_>,
    access: &Access,
    date: NaiveDate,
    day: &mut Day,
    mut dose: Dose,
) -> Result<()> {
    let now = tx.now();
    if dose.status == DoseStatus::Missed {
        dose.outcomes.push(Outcome::new(DoseStatus::Cancelled, now, now, Source::Undo));
    }
    dose.cancel(now);
    dose.reminder_message = None;
    replace(tx, access, date, day, dose)
}

/// A line that was changed, with what its doses are planned by.
struct Changed {
    treatment: Prescription,
    line: Line,
    patient: User,
    zone: Tz,
}

/// Counts a changed interval from the intake when that is the last one before it.
fn count_on(
    tx: &mut WriteTx<'_>,
    access: &Access,
    (date, day): (NaiveDate, &mut Day),
    recorded: &Dose,
    changed: Changed,
) -> Result<()> {
    let Changed { mut treatment, line, patient, zone } = changed;
    let first_at = line.course.and_then(|course| course.first_at);
    let Some(first_at) = first_at.filter(|first_at| recorded.scheduled() < *first_at) else { return Ok(()) };
    let standing = plans::standing(tx, access, &patient, &line)?;
    let Some(last) = last_intake(&standing, tx.now()) else { return Ok(()) };
    if recorded.taken_at() != Some(last) {
        return Ok(());
    }
    let counted = count_from(&line, last, &patient.preferences.meal_times, zone, tx.now());
    if counted.course == line.course {
        return Ok(());
    }
    let next_at = counted.course.and_then(|course| course.first_at).unwrap_or(first_at);
    let is_needless = |dose: &&Dose| {
        line.has_number(dose.line())
            && matches!(dose.status, DoseStatus::Due | DoseStatus::Missed)
            && (first_at..next_at).contains(&dose.scheduled())
    };
    for needless in day.doses.iter().filter(is_needless).cloned().collect::<Vec<_>>() {
        take_back(tx, access, date, day, needless)?;
    }
    recount(tx, access, &mut treatment, &counted, &patient, zone)?;
    *day = doses::day(tx, access, date)?;
    Ok(())
}

/// Counts a changed interval from the time of a dose instead of its intake, which is taken back. Nothing when the interval
/// does not count from that intake.
pub(super) fn count_without(
    tx: &mut WriteTx<'_>,
    access: &Access,
    treatment: &mut Prescription,
    dose: &Dose,
    patient: &User,
    zone: Tz,
) -> Result<Option<()>> {
    let line = treatment.content.lines.iter().find(|line| line.has_number(dose.line())).cloned();
    let (Some(line), Some(taken_at)) = (line, dose.taken_at()) else { return Ok(None) };
    let meals = &patient.preferences.meal_times;
    let counted = |from| count_from(&line, from, meals, zone, tx.now());
    let first_at = |line: &Line| line.course.and_then(|course| course.first_at);
    let is_interval = matches!(line.schedule, Schedule::EveryHours { .. });
    if !is_interval || first_at(&counted(taken_at)) != first_at(&line) {
        return Ok(None);
    }
    let counted = counted(dose.scheduled());
    recount(tx, access, treatment, &counted, patient, zone).map(Some)
}

/// Writes down how a line counts from now on, and plans its doses anew.
fn recount(
    tx: &mut WriteTx<'_>,
    access: &Access,
    treatment: &mut Prescription,
    counted: &Line,
    patient: &User,
    zone: Tz,
) -> Result<()> {
    for own in treatment.content.lines.iter_mut().filter(|own| own.id == counted.id) {
        own.clone_from(counted);
    }
    prescriptions::save(tx, access, treatment)?;
    prescriptions::settle_content(tx, access, treatment.id, treatment.version, &treatment.content)?;
    let lines = std::slice::from_ref(counted);
    let planned = Planned { prescription: treatment.id, version: treatment.version, lines };
    super::reminders::plan_changed(tx, access, patient, planned, zone).map(drop)
}
