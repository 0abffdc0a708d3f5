//! What whoever records a dose should hear of the doses that follow: that the next one comes unusually soon or late after
//! this intake, or that they have other times now.

use chrono::Days;
use chrono_tz::Tz;

use crate::domain::connections::access::Access;
use crate::domain::doses::change::Change;
use crate::domain::doses::gap::{gap_after, is_too_soon, next_dose};
use crate::domain::doses::model::{Dose, DoseStatus};
use crate::domain::doses::tables::{self as doses, Found};
use crate::domain::prescriptions::draft::Remark;
use crate::domain::prescriptions::model::{Amount, Line};
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::model::User;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::{Kind, Result};
use crate::platform::i18n::moment_text;
use crate::platform::store::{Reader, WhatIsLeft};

/// An intake that is no farther from its time leaves the gap to the next one as usual: half of one hour, the shortest
/// interval, is more.
const NEAR: Span = Span::minutes(15);

/// Intakes that are no nearer to each other are as far apart as they should be, but for those of rare doses: these are looked
/// at as they lie far from their times.
const CLOSE: Span = Span::hours(6);

/// Days beside that of a dose on which something may stand for what follows it: recording ahead reaches so far.
const AROUND: Days = Days::new(9);

/// A dose that was recorded or taken back.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) access: &'a Access,
    pub(super) patient: &'a User,
    pub(super) found: &'a Found,
    /// Whether the doses that follow got other times by it.
    pub(super) has_moved: bool,
}

/// What is said beside the record of a dose: that it came soon after the one before, that the next one comes soon or late,
/// or has another time now. Nothing where everything goes on as usual, where the treatment does not run, or where days around
/// it are lost.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn told(tx: &dyn Reader, record: Record<'_>, zone: Tz) -> Result<Vec<Remark>> {
    if record.found.dose.as_needed || !(record.has_moved || may_be_unusual(record.found)) {
        return Ok(Vec::new());
    }
    match following(tx, record, zone) {
        Err(error) if error.kind() == Kind::Damaged => Ok(Vec::new()),
        told => Ok(told?.iter().map(|notice| Remark::notice("takenAt".to_owned(), notice)).collect()),
    }
}

/// Whether an intake lies far from its time or near to another one, or one was taken back. Reads nothing.
fn may_be_unusual(found: &Found) -> bool {
    let dose = &found.dose;
    let Some(at) = dose.taken_at() else {
        return dose.status == DoseStatus::Due && !dose.outcomes.is_empty();
    };
    let is_near = |other: &Dose| {
        other.line() == dose.line()
            && other.id != dose.id
            && other.taken_at().is_some_and(|other| lies_within(other, at, CLOSE))
    };
    !lies_within(at, dose.scheduled(), NEAR) || found.day.doses.iter().any(is_near)
}

fn lies_within(one: Timestamp, other: Timestamp, span: Span) -> bool {
    one <= other.plus(span) && one >= other.minus(span)
}

fn following(tx: &dyn Reader, record: Record<'_>, zone: Tz) -> Result<Vec<Notice>> {
    let Record { access, patient, found, has_moved } = record;
    let treatment = prescriptions::get(tx, access, found.dose.prescription)?;
    let line = treatment.content.line_with(found.dose.line());
    let Some(line) = line.filter(|_| treatment.status == Status::Active) else { return Ok(Vec::new()) };
    let standing = around(tx, record, line)?;
    let meals = &patient.preferences.meal_times;
    let change = Change { meals, zone, now: tx.now(), standing: &standing, used: Amount::ZERO };
    let moved = has_moved.then(|| match next_dose(line, change) {
        Some(next) => Notice::new("notice_following_moved").with("next", moment_text(next.local(zone))),
        None => Notice::new("notice_none_follows"),
    });
    let others = || standing.iter().filter(|dose| dose.id != found.dose.id).filter_map(Dose::taken_at);
    let before = found.dose.taken_at().and_then(|at| {
        let last = others().filter(|other| *other <= at).max()?;
        is_too_soon(last, at, line, change).then(|| soon_after("notice_soon_after_other", (last, at), zone))
    });
    let last = standing.iter().filter_map(Dose::taken_at).max();
    let gap = last.and_then(|last| gap_after(last, line, change)).and_then(|gap| {
        if found.dose.taken_at() == Some(gap.last) {
            let code = if gap.is_short { "notice_soon_after_this" } else { "notice_long_after_this" };
            return Some(soon_after(code, (gap.last, gap.next), zone));
        }
        // Asked for again although another dose was used meanwhile.
        let is_asked_again = gap.is_short && found.dose.status == DoseStatus::Due;
        is_asked_again.then(|| soon_after("notice_soon_after_last", (gap.last, gap.next), zone))
    });
    Ok(moved.into_iter().chain(before).chain(gap).collect())
}

/// The doses of a line on the days around the one that was recorded.
fn around(tx: &dyn Reader, record: Record<'_>, line: &Line) -> Result<Vec<Dose>> {
    let date = record.found.date;
    let from = date.pred_opt().unwrap_or(date);
    let to = date.checked_add_days(AROUND).unwrap_or(date);
    let days = doses::days(&WhatIsLeft(tx), record.access, from, to)?;
    let of_line = |dose: &Dose| line.has_number(dose.line()) && !dose.as_needed;
    Ok(days.into_iter().flat_map(|(_, day)| day.doses).filter(of_line).collect())
}

/// What is said of the time from one intake to the next dose, or to another intake.
fn soon_after(code: &'static str, (last, next): (Timestamp, Timestamp), zone: Tz) -> Notice {
    let minutes = next.since(last).as_minutes();
    Notice::new(code)
        .with("last", moment_text(last.local(zone)))
        .with("next", moment_text(next.local(zone)))
        .with("hours", (minutes / 60).to_string())
        .with("minutes", (minutes % 60).to_string())
}
