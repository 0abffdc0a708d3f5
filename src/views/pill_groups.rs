//! A patient's pill groups, with where their lines stand.

use chrono::{NaiveTime, TimeDelta};

use super::schedule::enter;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::slot_times::time_and_amount;
use crate::domain::gate;
use crate::domain::pill_groups::model::{Member, PillGroup};
use crate::domain::pill_groups::tables as groups;
use crate::domain::prescriptions::describe::dose_text;
use crate::domain::prescriptions::model::{MealRelation, Slot};
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::model::MealTimes;
use crate::domain::users::tables as users;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::i18n::Language;
use crate::platform::ids::{MedicationId, MedicineId, PillGroupId, PrescriptionId, UserId};
use crate::platform::store::Reader;

/// A group as it is shown.
#[derive(Debug, Clone)]
pub struct ShownGroup {
    /// Its id.
    pub id: PillGroupId,
    /// Whose.
    pub patient: UserId,
    /// As the patient calls it; nothing for whoever does not see all of it: a name says what is in it.
    pub name: Option<String>,
    /// When it is used.
    pub time: NaiveTime,
    /// Whether it is in use.
    pub is_active: bool,
    /// The lines in it that are shared with who asks.
    pub members: Vec<ShownMember>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A medicine line in a group.
#[derive(Debug, Clone)]
pub struct ShownMember {
    /// The line.
    pub medication: MedicationId,
    /// Its prescription.
    pub prescription: PrescriptionId,
    /// How that stands.
    pub status: Status,
    /// The catalogue entry, when it is one.
    pub medicine_id: Option<MedicineId>,
    /// The medicine as prescribed.
    pub medicine_name: String,
    /// The same in Khmer.
    pub medicine_name_khmer: Option<String>,
    /// Which of its slots is used with the group.
    pub slot: Slot,
    /// How much, as words.
    pub dose: Option<String>,
    /// Relation to meals.
    pub meal_relation: MealRelation,
    /// At what time of day it is planned from tomorrow on; nothing when it has that slot no more.
    pub planned_time: Option<NaiveTime>,
}

/// The groups of a patient, the caller's own when nobody is named, oldest first.
///
/// # Errors
/// The refusals of the access check.
pub async fn list(context: &Context, caller: &Caller, patient: Option<UserId>) -> Result<Vec<ShownGroup>> {
    gate::read(context, caller, "pill_group.list", |tx| {
        let access = enter(tx, caller, patient)?;
        all_of(tx, context, &access)
    })
    .await
}

/// One group.
///
/// # Errors
/// `pill_group_not_found`; the refusals of the access check.
pub async fn get(context: &Context, caller: &Caller, id: PillGroupId) -> Result<ShownGroup> {
    gate::read(context, caller, "pill_group.get", |tx| {
        let patient = groups::patient_of(tx, id)?;
        let access = access::check(tx, caller, patient, Scope::Doses, Mode::Read).map_err(hidden)?;
        tx.trail().resource = Some(("pill_group", id.to_string()));
        let group = groups::get(tx, &access, id)?;
        show(tx, context, &access, group)
    })
    .await
}

/// Whoever may not know of the patient may not know of the group.
fn hidden(error: Error) -> Error {
    if error.kind() == Kind::NotFound { Error::not_found("pill_group_not_found") } else { error }
}

/// All groups that `access` shows, oldest first.
pub(super) fn all_of(tx: &dyn Reader, context: &Context, access: &Access) -> Result<Vec<ShownGroup>> {
    let groups = groups::list(tx, access)?.into_iter();
    groups.map(|group| show(tx, context, access, group)).collect()
}

fn show(tx: &dyn Reader, context: &Context, access: &Access, group: PillGroup) -> Result<ShownGroup> {
    let meals = users::require(tx, access.patient())?.preferences.meal_times;
    let shared: Vec<&Member> =
        group.members.iter().filter(|member| access.covers(member.prescription)).collect();
    let is_whole = shared.len() == group.members.len();
    let mut members = Vec::with_capacity(shared.len());
    for one in shared {
        members.extend(member(tx, context, access, one, &meals)?);
    }
    Ok(ShownGroup {
        id: group.id,
        patient: group.patient,
        name: is_whole.then(|| group.name.reveal().clone()),
        time: group.time,
        is_active: group.is_active,
        members,
        created_at: group.created_at,
        updated_at: group.updated_at,
    })
}

fn member(
    tx: &dyn Reader,
    context: &Context,
    access: &Access,
    member: &Member,
    meals: &MealTimes,
) -> Result<Option<ShownMember>> {
    let row = prescriptions::get(tx, access, member.prescription)?;
    let status = row.status_on(tx.now().day_in(context.zone()));
    let Some(line) = row.content.lines.into_iter().find(|line| line.has_number(member.line)) else {
        return Ok(None);
    };
    let planned = time_and_amount(&line, member.slot, meals);
    let time = |minutes: TimeDelta| NaiveTime::MIN + minutes;
    Ok(Some(ShownMember {
        medication: line.id,
        prescription: member.prescription,
        status,
        medicine_id: line.medicine_id,
        slot: member.slot,
        dose: planned.map(|(_, amount)| dose_text(Language::English, amount, &line.unit)),
        meal_relation: line.meal_relation,
        planned_time: planned.map(|(minutes, _)| time(minutes)),
        medicine_name: line.medicine_name,
        medicine_name_khmer: line.medicine_name_khmer,
    }))
}
