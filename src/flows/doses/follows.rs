//! What whoever records a dose should hear of the doses that follow: that the next one comes unusually soon or late after
//! this intake, or that they have other times now.

use chrono::Days;
use chrono_tz::Tz;

use crate::domain::connections::access::Access;
use crate::domain::doses::change::Change;
use crate::domain::doses::gap::{Gap, gap_after, next_dose};
use crate::domain::doses::model::Dose;
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

/// What is said of the doses that follow the one that was recorded or taken back. Nothing where everything goes on as usual, where the treatment does not run, or where days around
/// it are lost.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn told(tx: &dyn Reader, record: Record<'_>, zone: Tz) -> Result<Vec<Remark>> {
    let dose = &record.found.dose;
    let is_off = dose.taken_at().is_some_and(|at| is_off(dose, at));
    if dose.as_needed || (!is_off && !record.has_moved) {
        return Ok(Vec::new());
    }
    match following(tx, record, zone) {
        Err(error) if error.kind() == Kind::Damaged => Ok(Vec::new()),
        told => Ok(told?.iter().map(|notice| Remark::notice("takenAt".to_owned(), notice)).collect()),
    }
}

fn is_off(dose: &Dose, taken_at: Timestamp) -> bool {
    taken_at > dose.scheduled().plus(NEAR) || taken_at < dose.scheduled().minus(NEAR)
}

fn following(tx: &dyn Reader, record: Record<'_>, zone: Tz) -> Result<Vec<Notice>> {
    let Record { access, patient, found, has_moved } = record;
    let treatment = prescriptions::get(tx, access, found.dose.prescription)?;
    let line = treatment.content.line_with(found.dose.line());
    let Some(line) = line.filter(|_| treatment.status == Status::Active) else { return Ok(Vec::new()) };
    let standing = around(tx, record, line)?;
    let meals = &patient.preferences.meal_times;
    let change = Change { meals, zone, now: tx.now(), standing: &standing, used: Amount::ZERO };
    let next = next_dose(line, change);
    let last = standing.iter().filter_map(Dose::taken_at).max();
    let gap = last.filter(|last| found.dose.taken_at() == Some(*last));
    let gap = gap.and_then(|last| gap_after(last, line, change)).map(|gap| gap_notice(gap, zone));
    let moved = has_moved.then(|| match next {
        Some(next) => Notice::new("notice_following_moved").with("next", moment_text(next.local(zone))),
        None => Notice::new("notice_none_follows"),
    });
    Ok(moved.into_iter().chain(gap).collect())
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

/// What is said of an unusual time from this intake to the next dose.
fn gap_notice(gap: Gap, zone: Tz) -> Notice {
    let minutes = gap.next.since(gap.last).as_minutes();
    let code = if gap.is_short { "notice_soon_after_this" } else { "notice_long_after_this" };
    Notice::new(code)
        .with("next", moment_text(gap.next.local(zone)))
        .with("hours", (minutes / 60).to_string())
        .with("minutes", (minutes % 60).to_string())
}
