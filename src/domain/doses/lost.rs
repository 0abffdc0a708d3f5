//! Days of a treatment that were lost with a damaged page, for who must go on beside them.
//!
//! Nobody knows any more what was recorded on such a day, and nobody ever will: whoever waits for that can neither change nor
//! stop the treatment. So a line goes on as if its doses of those days had been used as planned. None of them is asked for
//! again, and the next one keeps its distance from when the last of them was due.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::model::{Dose, DoseParts, DoseStatus, Outcome, Source};
use super::planning::{Occurrence, occurrences_on};
use super::tables::{CARE, DAYS};
use crate::domain::connections::access::Access;
use crate::domain::prescriptions::model::Line;
use crate::domain::users::model::User;
use crate::platform::clock::Timestamp;
use crate::platform::error::{Kind, Result};
use crate::platform::ids::PrescriptionId;
use crate::platform::store::{AnyTable as _, Key as _, LostRows, Reader};

/// A treatment with whose doses something is done.
#[derive(Clone, Copy)]
pub struct Treatment<'a> {
    /// Whose.
    pub patient: &'a User,
    /// In which zone its doses were planned.
    pub zone: Tz,
    /// The prescription and its version in force; nothing of one that is not written yet.
    pub version: Option<(PrescriptionId, u32)>,
    /// When it first took effect.
    pub since: Option<Timestamp>,
}

impl Treatment<'_> {
    /// A day before which no dose of `line` can lie.
    pub(super) fn first_day(&self, line: &Line) -> NaiveDate {
        let begun = [line.course.map(|course| course.first), self.since.map(|since| since.day_in(Tz::UTC))];
        let first = begun.into_iter().flatten().fold(line.start, NaiveDate::min);
        first.pred_opt().unwrap_or(first)
    }
}

/// The days from `first` to `last`, both included, of which nothing is known because their page is damaged. Not all of them
/// need have had doses.
///
/// # Errors
/// When the store cannot be read.
pub fn lost_days(
    tx: &dyn Reader,
    access: &Access,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<NaiveDate>> {
    let patient = access.patient();
    let (from, to) = ((patient, first), (patient, last));
    let is_whole = DAYS.is_whole_through(tx, &from, &to) && !DAYS.is_given_up_through(tx, &from, &to);
    if last < first || is_whole {
        return Ok(Vec::new());
    }
    let mut lost = Vec::new();
    for date in first.iter_days().take_while(|date| *date <= last) {
        let day = (patient, date);
        match DAYS.get(tx, &day) {
            Err(error) if error.kind() == Kind::Damaged => lost.push(date),
            // What is there by now was written after the loss.
            Ok(_) if DAYS.is_given_up_through(tx, &day, &day) => lost.push(date),
            known => drop(known?),
        }
    }
    Ok(lost)
}

/// The days up to today, of every patient, among rows that a salvaged file does not have: nobody is refused them, and what
/// was recorded on them stays unknown. Days to come are planned anew.
///
/// # Errors
/// When the store cannot be read.
pub fn given_up(tx: &dyn Reader, lost: &[LostRows], now: Timestamp) -> Result<Vec<LostRows>> {
    let mut given_up = Vec::new();
    for (patient, care) in CARE.list_prefix(tx, &())? {
        let zone: Tz = care.zone.and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC);
        let today = now.max(tx.now()).day_in(zone).to_bytes();
        let rows = lost.iter().filter(|rows| rows.table() == Some(DAYS.number()));
        let of_patient = rows.filter_map(|rows| rows.within(&DAYS.raw_prefix(&patient), &today));
        given_up.extend(of_patient.map(|rows| LostRows { passed: true, ..rows }));
    }
    Ok(given_up)
}

/// Whether what was recorded on this day of the patient was lost and the loss accepted: what is written of it by now was
/// planned after that.
pub fn is_given_up(tx: &dyn Reader, access: &Access, date: NaiveDate) -> bool {
    let day = (access.patient(), date);
    DAYS.is_given_up_through(tx, &day, &day)
}

/// The lost days on which `line` asked for doses, with these: days before today, and today where its loss was accepted.
///
/// # Errors
/// When the store cannot be read.
pub fn lost_doses(
    tx: &dyn Reader,
    access: &Access,
    treatment: Treatment<'_>,
    line: &Line,
) -> Result<Vec<(NaiveDate, Vec<Occurrence>)>> {
    let Treatment { patient, zone, .. } = treatment;
    let today = tx.now().day_in(zone);
    let last = if is_given_up(tx, access, today) { today } else { today.pred_opt().unwrap_or(today) };
    let lost = lost_days(tx, access, treatment.first_day(line), last)?;
    let meals = &patient.preferences.meal_times;
    let asked = lost.into_iter().map(|date| (date, occurrences_on(line, meals, zone, date)));
    Ok(asked.filter(|(_, occurrences)| !occurrences.is_empty()).collect())
}

/// [`lost_doses`] as if each had been used at its time.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn as_planned(
    tx: &dyn Reader,
    access: &Access,
    treatment: Treatment<'_>,
    line: &Line,
) -> Result<Vec<Dose>> {
    let (Some((prescription, version)), Some(patient)) =
        (treatment.version, treatment.patient.patient_number)
    else {
        return Ok(Vec::new());
    };
    let mut doses = Vec::new();
    for occurrence in lost_doses(tx, access, treatment, line)?.into_iter().flat_map(|(_, of_day)| of_day) {
        let at = occurrence.at;
        let id = DoseParts { scheduled: at, line: line.number, patient }.id()?;
        let used = Outcome::new(DoseStatus::TakenOnTime, at, at, Source::Direct);
        let due = Dose::due(id, prescription, version, occurrence.amount);
        doses.push(Dose { slot: occurrence.slot, status: used.status, outcomes: vec![used], ..due });
    }
    Ok(doses)
}
