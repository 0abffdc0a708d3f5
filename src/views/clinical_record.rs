//! The clinical record as those see it who may.

use chrono::NaiveDate;

use crate::domain::auth::model::Caller;
use crate::domain::clinical_facts::newest_weight;
use crate::domain::clinical_record::model::{Change, Entry, Part};
use crate::domain::clinical_record::rules::is_open_to_family;
use crate::domain::clinical_record::tables;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::gate;
use crate::domain::users;
use crate::domain::users::model::Gender;
use crate::domain::vitals::model::Vital;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::{Page, PageRequest, Reader};

/// A clinical record.
#[derive(Debug)]
pub struct ClinicalRecord {
    /// Whose.
    pub patient: UserId,
    /// The day of the clinic's calendar for which it holds.
    pub on: NaiveDate,
    /// Whether allergies alone are shown.
    pub is_limited: bool,
    /// What counts.
    pub entries: Vec<Entry>,
    /// The registered sex, for whoever sees the whole record.
    pub gender: Option<Gender>,
    /// The day of birth, for whoever sees the whole record.
    pub date_of_birth: Option<NaiveDate>,
    /// The newest weight.
    pub weight: Option<Vital>,
    /// What became of the entries, newest first, when it was asked for.
    pub history: Option<Page<Change>>,
}

/// A patient's clinical record, with its history when `history` names a page of it.
///
/// # Errors
/// The refusals of the access check; a bad cursor.
pub async fn get(
    context: &Context,
    caller: &Caller,
    patient: UserId,
    history: Option<PageRequest>,
) -> Result<ClinicalRecord> {
    gate::read(context, caller, "clinical_record.get", |tx| {
        let access = access::check(tx, caller, patient, Scope::Prescriptions, Mode::Read)?;
        let on = tx.now().day_in(context.zone());
        let shows = |part: Part| access.sees_clinical_record() || is_open_to_family(part);
        let history = history.map(|page| tables::history(tx, &access, &page, shows)).transpose()?;
        Ok(ClinicalRecord { history, ..seen(tx, &access, on)? })
    })
    .await
}

/// What `access` lets its holder see.
pub(super) fn seen(tx: &dyn Reader, access: &Access, on: NaiveDate) -> Result<ClinicalRecord> {
    let is_limited = !access.sees_clinical_record();
    let mut entries = tables::in_force(tx, access)?;
    entries.retain(|entry| !is_limited || is_open_to_family(entry.part));
    let patient = access.patient();
    let person = if is_limited { None } else { Some(users::tables::require(tx, patient)?) };
    let weight = if is_limited { None } else { newest_weight(tx, access)? };
    Ok(ClinicalRecord {
        patient,
        on,
        is_limited,
        entries,
        gender: person.as_ref().and_then(|person| person.gender),
        date_of_birth: person.and_then(|person| person.date_of_birth),
        weight,
        history: None,
    })
}

/// A clinical record to take away, with all of its history, oldest first.
#[derive(Debug)]
pub struct WholeRecord {
    /// What counts.
    pub record: ClinicalRecord,
    /// What became of the entries.
    pub changes: Vec<Change>,
}

/// The patient's own record with all of its history.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn whole(tx: &dyn Reader, access: &Access, on: NaiveDate) -> Result<WholeRecord> {
    Ok(WholeRecord { record: seen(tx, access, on)?, changes: tables::whole_history(tx, access)? })
}
