//! Where a line goes on when something else was recorded on one of its doses than was known when it was changed.
//!
//! What was taken decides how a changed line goes on: the next dose of an interval, the first of other days, how many are
//! left. When such a record is taken back or corrected, or becomes known only after the change, each change is made once
//! more, at its own time and by what is known now, so that the plan is the one that there would be had it been recorded
//! rightly at first.
//!
//! # What stands
//! What was recorded stands, whatever plan it was asked for by: a version of which doses were recorded goes on by the times
//! of these. What was not recorded stands as the versions ask for it now, not as they did when less, or something else, was
//! known: what they asked for then may never have been, and what they did not may have been missed.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::change::Change;
use super::course::{carry_on, goes_on, has_dose_from};
use super::cover::{named_by, stands_for};
use super::model::{Day, Dose, DoseParts, DoseStatus};
use super::moved_ahead::asked_again_by;
use super::number::{in_all, longer_by};
use super::open::standing_on;
use super::planning::{Occurrence, Plan, occurrences_on};
use super::remaining::days_between;
use super::settling::on_course;
use crate::domain::prescriptions::model::{Amount, Course, Length, Line, Pause, Schedule};
use crate::domain::users::model::User;
use crate::platform::clock::{Span, Timestamp, start_of_day};
use crate::platform::error::Result;
use crate::platform::ids::PrescriptionId;

/// A line as a version of its prescription has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// The number of the version.
    pub number: u32,
    /// When it took effect.
    pub since: Timestamp,
    /// When another version took its place, with the line or without it; nothing of the one in force.
    pub until: Option<Timestamp>,
    /// Since when the prescription was paused then: a line that goes on does so from there.
    pub paused_at: Option<Timestamp>,
    /// The line.
    pub line: Line,
}

/// Whose line it is, of which prescription, where, and what the time is.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The patient.
    pub patient: &'a User,
    /// The prescription.
    pub prescription: PrescriptionId,
    /// When it was paused and went on again: nothing was asked for in between.
    pub pauses: &'a [Pause],
    /// The clinic's zone.
    pub zone: Tz,
    /// Now.
    pub now: Timestamp,
}

/// A line as its changes carry it on by what is known of its doses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The lines of all editions but the first.
    pub lines: Vec<Line>,
    /// How many doses the last of them has in all: those that stood when it took effect, and those that followed.
    pub in_all: u32,
}

/// The lines of all `editions` but the first, each carried on anew from the one before, when all that is known of the line
/// is `doses`. `used` tells how much of the medicine of an edition doses have used.
///
/// Nothing of a line that had not begun, or of which a change leaves no dose.
///
/// # Errors
/// Those of `used`.
pub fn carry_on_anew(
    editions: &[Edition],
    doses: &[Dose],
    ground: Ground<'_>,
    used: impl Fn(&Line, &[Dose]) -> Result<Amount>,
) -> Result<Option<Carried>> {
    let Some((first, later)) = editions.split_first() else { return Ok(None) };
    let Some(change) = later.first().filter(|_| first.line.course.is_some()) else { return Ok(None) };
    let (meals, zone) = (&ground.patient.preferences.meal_times, ground.zone);
    let mut past = Past::of(first, change.since, doses, ground);
    let mut carried = Carried { lines: Vec::with_capacity(later.len()), in_all: 0 };
    for edition in later {
        let old = carried.lines.last().unwrap_or(&first.line);
        let mut at = edition.paused_at.unwrap_or(edition.since);
        let mut standing = past.standing(edition.number, &edition.line, at);
        let change = Change { meals, zone, now: at, standing: &standing, used: Amount::ZERO };
        if at < edition.since && !goes_on(old, &edition.line, change) {
            at = edition.since;
            standing = past.standing(edition.number, &edition.line, at);
        }
        let of_standing = |standing: &[Dose]| used(&edition.line, standing);
        let mut change = Change { meals, zone, now: at, standing: &standing, used: of_standing(&standing)? };
        let mut line = carry_on(old, &edition.line, change);
        let again = asked_again_by(&line, change);
        // What a line that lasts as long as its quantity asks for again has used nothing.
        let others: Vec<Dose> = standing.iter().filter(|dose| !again.contains(&dose.id)).cloned().collect();
        if line.length == Length::Quantity && !again.is_empty() {
            change = Change { standing: &others, used: of_standing(&others)?, ..change };
            line = carry_on(old, &edition.line, change);
        }
        if !line.is_as_needed() && !has_dose_from(&line, meals, zone, Timestamp::default()) {
            return Ok(None);
        }
        let again = asked_again_by(&line, change);
        let counted_again =
            standing.iter().filter(|dose| again.contains(&dose.id) && !dose.counts_elsewhere());
        let counted_again = u32::try_from(counted_again.count()).unwrap_or(u32::MAX);
        carried.in_all = in_all(&line, change).saturating_sub(counted_again);
        let line = past.followed(edition, line, change);
        past.hand_over(&line, Change { standing: &standing, ..change });
        past.ask(edition, &line, at)?;
        carried.lines.push(line);
    }
    Ok(Some(carried))
}

/// The doses of a line as they stand by what is known now.
struct Past<'a> {
    doses: Vec<Dose>,
    ground: Ground<'a>,
}

impl<'a> Past<'a> {
    /// What was there before the first change, which was made at `changed_at`, and what was recorded since.
    fn of(first: &Edition, changed_at: Timestamp, doses: &[Dose], ground: Ground<'a>) -> Self {
        let named = |at: Timestamp| {
            let plan = Plan::of(&first.line, &ground.patient.preferences.meal_times, ground.zone);
            plan.and_then(|plan| plan.first_from(at)).is_some_and(|dose| dose.at == at)
        };
        let stands = |dose: &&Dose| {
            let at = dose.scheduled();
            let was_handed_over = at < changed_at || (at == changed_at && named(at));
            dose.version <= first.number || dose.is_recorded() || was_handed_over
        };
        Self { doses: doses.iter().filter(stands).cloned().collect(), ground }
    }

    /// What stood of the line of an edition when that took effect, or at another time `at`.
    fn standing(&self, number: u32, line: &Line, at: Timestamp) -> Vec<Dose> {
        let Ground { patient, zone, .. } = self.ground;
        let mut days: BTreeMap<NaiveDate, Day> = BTreeMap::new();
        for dose in self.doses.iter().filter_map(|dose| as_of(dose, number, at)) {
            days.entry(dose.scheduled().day_in(zone)).or_default().set(dose);
        }
        days.values().flat_map(|day| standing_on(day, line, patient, at)).collect()
    }

    /// `line`, which this edition becomes, or the same with the times by which doses of it were recorded, and with as many
    /// doses.
    fn followed(&self, edition: &Edition, line: Line, change: Change<'_>) -> Line {
        let Ground { patient, zone, .. } = self.ground;
        let meals = &patient.preferences.meal_times;
        let is_of_edition = |dose: &&Dose| {
            dose.version == edition.number
                && dose.is_recorded()
                && !dose.as_needed
                && dose.scheduled() > edition.since
                && !was_recorded(dose, edition.since)
        };
        let is_named = |dose: &Dose| {
            let all = occurrences_on(&line, meals, zone, dose.scheduled().day_in(zone));
            all.iter().any(|named| stands_for(dose, named))
        };
        let others = self.doses.iter().filter(is_of_edition).filter(|dose| !is_named(dose));
        let Some(last) = others.map(Dose::scheduled).max() else { return line };
        let followed = match (&line.schedule, line.course) {
            (Schedule::EveryHours { hours, .. }, Some(course)) => {
                on_course(&line, through(course, *hours, last, edition.since), meals, zone)
            }
            _ => edition.line.clone(),
        };
        let more = i64::from(in_all(&line, change)).saturating_sub(i64::from(in_all(&followed, change)));
        longer_by(&followed, more, meals, zone).filter(|_| more != 0).unwrap_or(followed)
    }

    /// Lets doses wait for another time that `line`, which takes their place, does not name although they are open, or asks
    /// for again although they were missed.
    fn hand_over(&mut self, line: &Line, change: Change<'_>) {
        let Change { meals, zone, standing, now, .. } = change;
        let again = asked_again_by(line, change);
        for stood in standing.iter().filter(|dose| !dose.is_recorded()) {
            let day = Day::of(standing, stood.scheduled().day_in(zone), zone);
            let is_open = stood.status == DoseStatus::Due;
            let is_named = if is_open {
                named_by(line, meals, zone, &day, stood, now).is_some()
            } else {
                !again.contains(&stood.id)
            };
            for dose in self.doses.iter_mut().filter(|dose| dose.id == stood.id) {
                dose.status = DoseStatus::Due;
                if !is_named {
                    dose.cancel(now);
                }
                dose.asked_again = !is_named;
            }
        }
    }

    /// Lets the doses stand that `line`, as which this edition was in force, has asked for from `at` on.
    fn ask(&mut self, edition: &Edition, line: &Line, at: Timestamp) -> Result<()> {
        let Ground { patient, prescription, zone, now, .. } = self.ground;
        let Some(number) = patient.patient_number else { return Ok(()) };
        let until = edition.until.unwrap_or(now);
        let standing = self.standing(edition.number.saturating_add(1), line, until);
        let meals = &patient.preferences.meal_times;
        let change = Change { meals, zone, now: at, standing: &standing, used: Amount::ZERO };
        for asked in asked_between(line, change, until) {
            if self.ground.pauses.iter().any(|pause| (pause.from..pause.to).contains(&asked.at)) {
                continue;
            }
            let id = DoseParts { scheduled: asked.at, line: line.number, patient: number }.id()?;
            self.doses.retain(|dose| dose.id != id);
            let due = Dose::due(id, prescription, edition.number, asked.amount);
            self.doses.push(Dose { slot: asked.slot, ..due });
        }
        Ok(())
    }
}

/// The course of an interval whose doses lie `at` this time and so many hours before and after it: from the one on that is
/// nearest to where it began, and not before `since`.
fn through(course: Course, hours: u32, at: Timestamp, since: Timestamp) -> Course {
    let Some(first_at) = course.first_at else { return course };
    let step = Span::hours(i64::from(hours.max(1))).as_milliseconds();
    let behind = first_at.since(at).as_milliseconds().rem_euclid(step);
    let is_nearer = behind.saturating_mul(2) <= step;
    let earlier = first_at.minus(Span::milliseconds(behind));
    let first_at =
        if is_nearer && earlier >= since { earlier } else { earlier.plus(Span::milliseconds(step)) };
    Course { first_at: Some(first_at), ..course }
}

/// The dose as it was right before version `number` took effect at `since`, with what is known by now; nothing when it was not
/// planned yet.
fn as_of(dose: &Dose, number: u32, since: Timestamp) -> Option<Dose> {
    let was_planned = dose.version < number || dose.scheduled() <= since || was_recorded(dose, since);
    if dose.as_needed || !was_planned {
        return None;
    }
    let is_cancelled = dose.status == DoseStatus::Cancelled;
    let was_cancelled = is_cancelled && dose.cancelled_at.is_none_or(|cancelled_at| cancelled_at < since);
    if dose.is_recorded() || was_cancelled {
        return Some(dose.clone());
    }
    // What a change had made of it was not so before that.
    let asked_again = dose.asked_again && !is_cancelled;
    Some(Dose { status: DoseStatus::Due, asked_again, ..dose.clone() })
}

/// Whether what holds of the dose was done before `since`, whenever that became known.
fn was_recorded(dose: &Dose, since: Timestamp) -> bool {
    let is_record = dose.status.is_taken() || dose.status == DoseStatus::Skipped;
    is_record && dose.outcome().is_some_and(|outcome| outcome.at < since)
}

/// What `line` would have planned between the time of the change and `until` that nothing stands for.
fn asked_between(line: &Line, change: Change<'_>, until: Timestamp) -> Vec<Occurrence> {
    let from = start_of_day(change.now.day_in(change.zone), change.zone);
    let days = days_between(line, (from, until), change);
    days.into_values().flat_map(|of_day| of_day.ahead).collect()
}
