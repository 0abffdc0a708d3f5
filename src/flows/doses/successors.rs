//! What is recorded on a dose of an earlier version stands for what the later version plans in its place: that is not
//! asked for, reminded of or missed any more.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::late::{Late, in_force, plan_anew, zone_of_plan};
use super::missed_once::{count_missed_once, take_back};
use crate::domain::connections::access::Access;
use crate::domain::doses::change::Change;
use crate::domain::doses::intervals::{count_from, last_intake};
use crate::domain::doses::model::{Day, Dose, DoseStatus, Moved, Outcome, Source};
use crate::domain::doses::open::standing;
use crate::domain::doses::other_days::{after_intake, before_intake};
use crate::domain::doses::planning::occurrences_on;
use crate::domain::doses::plans::{self, Planned};
use crate::domain::doses::{cover, tables as doses};
use crate::domain::prescriptions::model::{Amount, Line, Schedule};
use crate::domain::prescriptions::record::Prescription;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::model::User;
use crate::domain::users::tables as users;
use crate::flows::prescriptions::Anew;
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

/// Whether a dose that had counted as missed, and of which something is recorded after all, is of a line that was changed
/// since.
pub(super) fn was_changed_since_missed(
    tx: &dyn Reader,
    access: &Access,
    before: Option<&Dose>,
    recorded: &Dose,
) -> Result<bool> {
    if recorded.as_needed
        || !recorded.status.is_taken()
        || before.is_none_or(|it| it.status != DoseStatus::Missed)
    {
        return Ok(false);
    }
    Ok(prescriptions::get(tx, access, recorded.prescription)?.version > recorded.version)
}

/// Lets the line of a dose that was just recorded go on by that: as it was foreseen, or without what its version asks for in
/// place of the dose.
pub(super) fn learn(
    tx: &mut WriteTx<'_>,
    access: &Access,
    (date, day): (NaiveDate, &mut Day),
    recorded: DoseId,
    late: Option<&Late>,
) -> Result<()> {
    let Some(late) = late else { return cover(tx, access, date, day, recorded) };
    let Some(dose) = day.find(recorded).cloned() else { return Ok(()) };
    let Some(zone) = zone_of_plan(tx, access)? else { return Ok(()) };
    let mut treatment = prescriptions::get(tx, access, dose.prescription)?;
    let patient = users::require(tx, access.patient())?;
    late.settle(tx, access, &mut treatment, (date, &dose), (&patient, zone))?;
    *day = doses::day(tx, access, date)?;
    Ok(())
}

/// Takes back what a later version asks for in place of the dose, which was just recorded. Of an interval that was
/// changed, what follows is counted from the intake.
fn cover(
    tx: &mut WriteTx<'_>,
    access: &Access,
    date: NaiveDate,
    day: &mut Day,
    recorded: DoseId,
) -> Result<()> {
    let Some(recorded) = day.find(recorded).cloned() else { return Ok(()) };
    let treatment = prescriptions::get(tx, access, recorded.prescription)?;
    let zone = zone_of_plan(tx, access)?;
    let line = treatment.content.line_with(recorded.line()).cloned();
    let (Some(line), Some(zone), Status::Active) = (line, zone, treatment.status) else { return Ok(()) };
    let patient = users::require(tx, access.patient())?;
    if let Schedule::EveryHours { .. } = line.schedule {
        return count_on(tx, access, (date, day), &recorded, Changed { treatment, line, patient, zone });
    }
    let all = occurrences_on(&line, &patient.preferences.meal_times, zone, date);
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
    let Changed { treatment, line, patient, zone } = &changed;
    let standing = standing(tx, access, in_force(treatment, patient, *zone), line)?;
    let change = Change {
        meals: &patient.preferences.meal_times,
        zone: *zone,
        now: tx.now(),
        standing: &standing,
        used: Amount::ZERO,
    };
    let Some(rested) = after_intake(line, recorded, stands_for, change) else { return Ok(()) };
    move_on(tx, access, (date, day), recorded.id, changed, rested)
}

/// Lets a changed line go on as `moved` by the intake that was just recorded, which remembers where it was before.
fn move_on(
    tx: &mut WriteTx<'_>,
    access: &Access,
    (date, day): (NaiveDate, &mut Day),
    recorded: DoseId,
    changed: Changed,
    moved: Line,
) -> Result<()> {
    let Changed { mut treatment, line, patient, zone } = changed;
    let (from, to) = (line.course, moved.course);
    let anew = Anew::from_now_on(moved, tx.now());
    anew.write_down(tx, access, &mut treatment)?;
    plan_anew(tx, access, &treatment, &anew, (&patient, zone))?;
    *day = doses::day(tx, access, date)?;
    let (Some(from), Some(to)) = (from, to) else { return Ok(()) };
    let Some(recorded) = day.find(recorded).cloned() else { return Ok(()) };
    let moved = Some(Moved { version: treatment.version, from, to });
    doses::save(tx, access, date, day, Dose { moved, ..recorded })
}

/// The line of `old` with the plan that it had before this dose moved it; nothing when it did not, or when the line goes on
/// otherwise since.
pub(super) fn before(
    tx: &dyn Reader,
    treatment: &Prescription,
    old: &Dose,
    (patient, zone): (&User, Tz),
) -> Option<Anew> {
    let (meals, now) = (&patient.preferences.meal_times, tx.now());
    let change = Change { meals, zone, now, standing: &[], used: Amount::ZERO };
    let is_running = matches!(treatment.status, Status::Active | Status::Paused);
    let line = treatment.content.line_with(old.line()).filter(|_| is_running)?;
    let before = before_intake(line, treatment.version, old.moved?, change)?;
    Some(Anew::from_now_on(before, now))
}

/// Whether something else is recorded of an intake than before, an intake instead of something else, or that there was
/// nothing.
pub(super) fn is_correction(old: &Dose, corrected: &Dose) -> bool {
    let by_person = |outcome: &Outcome| !matches!(outcome.source, Source::Undo | Source::Sweep);
    let is_record = |dose: &Dose| dose.status.is_taken() || dose.status == DoseStatus::Skipped;
    !old.as_needed
        && is_record(old)
        && (old.taken_at() != corrected.taken_at() || corrected.status == DoseStatus::Missed)
        && corrected.outcome().is_some_and(by_person)
}

/// Lets a line that was changed since go on by what was corrected on one of its doses.
pub(super) fn correct(
    tx: &mut WriteTx<'_>,
    access: &Access,
    (date, day): (NaiveDate, &mut Day),
    old: &Dose,
    late: Option<&Late>,
) -> Result<()> {
    let Some(corrected) = day.find(old.id).cloned() else { return Ok(()) };
    let mut treatment = prescriptions::get(tx, access, old.prescription)?;
    let Some(zone) = zone_of_plan(tx, access)?.filter(|_| treatment.version > 1) else {
        return Ok(());
    };
    let patient = users::require(tx, access.patient())?;
    let by = (&patient, zone);
    if let Some(late) = late {
        late.settle(tx, access, &mut treatment, (date, &corrected), by)?;
        *day = doses::day(tx, access, date)?;
        return Ok(());
    }
    if let Some(before) = before(tx, &treatment, old, by) {
        doses::save(tx, access, date, day, Dose { moved: None, ..corrected })?;
        before.write_down(tx, access, &mut treatment)?;
        plan_anew(tx, access, &treatment, &before, by)?;
        *day = doses::day(tx, access, date)?;
    } else if corrected.status == DoseStatus::Missed && treatment.version > old.version {
        plan_again(tx, access, &treatment, by, date)?;
        *day = doses::day(tx, access, date)?;
    }
    // What had moved the plan as it was recorded after the change may move it once more.
    if old.moved.is_some() { cover(tx, access, date, day, old.id) } else { Ok(()) }
}

/// Asks again for what a mark on a dose of an earlier version stood for, which is no more: what lies ahead of it, and on
/// `date`, the day of the dose, what had counted as missed.
pub(super) fn plan_again(
    tx: &mut WriteTx<'_>,
    access: &Access,
    treatment: &Prescription,
    (patient, zone): (&User, Tz),
    date: NaiveDate,
) -> Result<()> {
    if treatment.status != Status::Active {
        return Ok(());
    }
    let (prescription, version, lines) = (treatment.id, treatment.version, &treatment.content.lines);
    let planned = Planned { prescription, version, lines };
    let now = tx.now();
    plans::plan_from(tx, access, patient, planned, zone, now)?;
    count_missed_once(tx, access, patient, planned, zone, date)
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
    let Changed { treatment, line, patient, zone } = &changed;
    let first_at = line.course.and_then(|course| course.first_at);
    let Some(first_at) = first_at.filter(|first_at| recorded.scheduled() < *first_at) else { return Ok(()) };
    let standing = standing(tx, access, in_force(treatment, patient, *zone), line)?;
    let Some(last) = last_intake(&standing, tx.now()) else { return Ok(()) };
    if recorded.taken_at() != Some(last) {
        return Ok(());
    }
    let counted = count_from(line, last, &patient.preferences.meal_times, *zone, tx.now());
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
    move_on(tx, access, (date, day), recorded.id, changed, counted)
}
