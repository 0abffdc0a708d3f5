//! What a patient does with their pill groups: medicines that are used together at one time of day.
//!
//! A group never changes a prescription. While it is in use, the doses of its lines are planned at its time, from the next day
//! on; today's stay where they are, so that none is used twice. Put out of use or removed, it leaves the lines as prescribed.
//! A line may be at the group's time only where the prescription allows it: see `doses::slot_times`.

use chrono::NaiveTime;
use chrono_tz::Tz;

use super::moving::move_doses;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::slot_times::{Unfit, slot_at};
use crate::domain::gate;
use crate::domain::pill_grouping::follow;
use crate::domain::pill_groups::model::{GROUPS_MAX, MEMBERS_MAX, Member, NAME_CHARS_MAX, PillGroup};
use crate::domain::pill_groups::tables as groups;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::model::MealTimes;
use crate::domain::users::names::check_name;
use crate::domain::users::tables as users;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, FieldErrors, Result};
use crate::platform::ids::{MedicationId, PillGroupId};
use crate::platform::secret::Phi;
use crate::platform::store::{Reader as _, WriteTx};

/// A new group.
#[derive(Debug, Clone)]
pub struct NewPillGroup {
    /// As the patient calls it.
    pub name: Phi<String>,
    /// When they use it.
    pub time: NaiveTime,
    /// The lines in it; may be none yet.
    pub medications: Vec<MedicationId>,
}

/// A change of a group; what is not given stays.
#[derive(Debug, Clone, Default)]
pub struct PillGroupChange {
    /// Another name.
    pub name: Option<Phi<String>>,
    /// Another time.
    pub time: Option<NaiveTime>,
    /// Put in or out of use.
    pub is_active: Option<bool>,
}

/// Makes a group, for a patient.
///
/// # Errors
/// `role_not_allowed`; names every line that cannot be in it, and why; `pill_groups_too_many`.
pub async fn create(context: &Context, caller: &Caller, new: NewPillGroup) -> Result<PillGroup> {
    let name = checked_name(&new.name)?;
    let (by, zone) = (caller.clone(), context.zone());
    gate::write(context, caller, "pill_group.create", move |tx| {
        let access = own(tx, &by)?;
        let all = groups::list(tx, &access)?;
        if all.len() >= GROUPS_MAX {
            return Err(Error::conflict("pill_groups_too_many").with("max", GROUPS_MAX));
        }
        let now = tx.now();
        let mut group = PillGroup {
            id: tx.new_id()?,
            patient: access.patient(),
            name: Phi::new(name.clone()),
            time: new.time,
            is_active: true,
            members: Vec::new(),
            created_at: now,
            updated_at: now,
        };
        put_in(tx, &access, &mut group, &all, &new.medications, zone)?;
        let change = serde_json::json!({ "time": group.time, "medications": new.medications });
        settle(tx, &access, &mut group, change, zone)?;
        Ok(group)
    })
    .await
}

/// Changes the name or the time of the caller's group, or puts it in or out of use.
///
/// # Errors
/// `pill_group_not_found`; `scheduledTime` where a line of the group may not lie then, and until when it may.
pub async fn change(
    context: &Context,
    caller: &Caller,
    id: PillGroupId,
    change: PillGroupChange,
) -> Result<PillGroup> {
    let name = change.name.as_ref().map(checked_name).transpose()?;
    let (by, zone) = (caller.clone(), context.zone());
    gate::write(context, caller, "pill_group.change", move |tx| {
        let (access, mut group) = own_group(tx, &by, id)?;
        let before = group.clone();
        if let Some(name) = &name {
            group.name = Phi::new(name.clone());
        }
        group.time = change.time.unwrap_or(group.time);
        group.is_active = change.is_active.unwrap_or(group.is_active);
        if group == before {
            tx.trail().found_done();
            return Ok(group);
        }
        if group.is_active && (group.time != before.time || !before.is_active) {
            let all = groups::list(tx, &access)?;
            fit_again(tx, &access, &mut group, &all, zone)?;
        }
        // Names are the patient's own words and no matter for the audit.
        let changed = serde_json::json!({
            "old": { "time": before.time, "isActive": before.is_active },
            "new": { "time": group.time, "isActive": group.is_active },
        });
        settle(tx, &access, &mut group, changed, zone)?;
        Ok(group)
    })
    .await
}

/// Removes the caller's group. Its lines are as prescribed from tomorrow on.
///
/// # Errors
/// `pill_group_not_found`.
pub async fn remove(context: &Context, caller: &Caller, id: PillGroupId) -> Result<()> {
    let (by, zone) = (caller.clone(), context.zone());
    gate::write(context, caller, "pill_group.remove", move |tx| {
        let (access, group) = own_group(tx, &by, id)?;
        note(tx, &group, None);
        groups::remove(tx, &access, id)?;
        plan_again(tx, &access, zone)
    })
    .await
}

/// Puts lines into the caller's group. One that is in it already stays as it is.
///
/// # Errors
/// `pill_group_not_found`; names every line that cannot be in it, and why.
pub async fn add(
    context: &Context,
    caller: &Caller,
    id: PillGroupId,
    medications: Vec<MedicationId>,
) -> Result<PillGroup> {
    let (by, zone) = (caller.clone(), context.zone());
    gate::write(context, caller, "pill_group.add", move |tx| {
        let (access, mut group) = own_group(tx, &by, id)?;
        let before = group.members.len();
        let all = groups::list(tx, &access)?;
        put_in(tx, &access, &mut group, &all, &medications, zone)?;
        if group.members.len() == before {
            note(tx, &group, None);
            tx.trail().found_done();
            return Ok(group);
        }
        settle(tx, &access, &mut group, serde_json::json!({ "added": medications }), zone)?;
        Ok(group)
    })
    .await
}

/// Takes a line out of the caller's group. It is as prescribed from tomorrow on.
///
/// # Errors
/// `pill_group_not_found`; `medication_not_in_group`.
pub async fn take_out(
    context: &Context,
    caller: &Caller,
    id: PillGroupId,
    medication: MedicationId,
) -> Result<()> {
    let (by, zone) = (caller.clone(), context.zone());
    gate::write(context, caller, "pill_group.take_out", move |tx| {
        let (access, mut group) = own_group(tx, &by, id)?;
        let place = group.members.iter().position(|member| member.medication == medication);
        let place = place.ok_or_else(|| Error::not_found("medication_not_in_group"))?;
        group.members.remove(place);
        settle(tx, &access, &mut group, serde_json::json!({ "removed": medication }), zone)
    })
    .await
}

fn own(tx: &WriteTx<'_>, caller: &Caller) -> Result<Access> {
    access::check(tx, caller, caller.user_id()?, Scope::Doses, Mode::Write)
}

/// A group that is the caller's own: others may mark it, but only its patient changes it.
fn own_group(tx: &WriteTx<'_>, caller: &Caller, id: PillGroupId) -> Result<(Access, PillGroup)> {
    let access = own(tx, caller)?;
    if groups::patient_of(tx, id)? != access.patient() {
        return Err(Error::not_found("pill_group_not_found"));
    }
    let group = groups::get(tx, &access, id)?;
    note(tx, &group, None);
    Ok((access, group))
}

fn note(tx: &WriteTx<'_>, group: &PillGroup, change: Option<serde_json::Value>) {
    let mut trail = tx.trail();
    trail.resource = Some(("pill_group", group.id.to_string()));
    trail.patient = Some(group.patient.into());
    trail.change = change;
}

/// Writes a changed group and plans by it.
fn settle(
    tx: &mut WriteTx<'_>,
    access: &Access,
    group: &mut PillGroup,
    change: serde_json::Value,
    zone: Tz,
) -> Result<()> {
    group.updated_at = tx.now();
    note(tx, group, Some(change));
    groups::save(tx, access, group)?;
    plan_again(tx, access, zone)
}

fn plan_again(tx: &mut WriteTx<'_>, access: &Access, zone: Tz) -> Result<()> {
    match follow(tx, access)? {
        Some(patient) => move_doses(tx, access, &patient, zone),
        None => Ok(()),
    }
}

/// Meals with what the groups of `all` other than `group` move: what the slots of a group must go with.
fn meals_beside(
    tx: &WriteTx<'_>,
    access: &Access,
    group: &PillGroup,
    all: &[PillGroup],
) -> Result<MealTimes> {
    let meals = users::require(tx, access.patient())?.preferences.meal_times;
    let others = all.iter().filter(|other| other.id != group.id);
    Ok(MealTimes { moved: others.flat_map(PillGroup::moves).collect(), ..meals })
}

/// Whether a slot of a line is in a group of `all` other than `group`.
fn is_elsewhere(group: &PillGroup, all: &[PillGroup], member: &Member) -> bool {
    let is_same = |other: &Member| (other.line, other.slot) == (member.line, member.slot);
    all.iter().any(|other| other.id != group.id && other.members.iter().any(is_same))
}

/// Puts lines into `group`, each of which has a slot that may lie at its time and is in no other group of `all`.
fn put_in(
    tx: &WriteTx<'_>,
    access: &Access,
    group: &mut PillGroup,
    all: &[PillGroup],
    medications: &[MedicationId],
    zone: Tz,
) -> Result<()> {
    let meals = meals_beside(tx, access, group, all)?;
    let mut errors = FieldErrors::new();
    for (place, medication) in medications.iter().enumerate() {
        let field = format!("medicines[{place}]");
        match member(tx, access, *medication, group.time, &meals, zone) {
            Ok(member) => {
                if group.members.iter().any(|other| other.line == member.line) {
                    continue;
                }
                if is_elsewhere(group, all, &member) {
                    errors.add(field, "medication_in_other_group");
                } else {
                    group.members.push(member);
                }
            }
            Err(error) if error.kind().is_of_server() => return Err(error),
            Err(error) => errors.push(at_field(field, &error)),
        }
    }
    if group.members.len() > MEMBERS_MAX {
        errors.push(FieldError::new("medicines", "too_many_items").with("max", MEMBERS_MAX));
    }
    errors.finish()
}

fn at_field(field: impl Into<String>, error: &Error) -> FieldError {
    let mut fault = FieldError::new(field, error.code());
    fault.args = error.args().to_vec();
    fault
}

/// A line of a prescription in force as a member of a group at `time`.
fn member(
    tx: &WriteTx<'_>,
    access: &Access,
    medication: MedicationId,
    time: NaiveTime,
    meals: &MealTimes,
    zone: Tz,
) -> Result<Member> {
    let unknown = || Error::not_found("medication_not_found");
    let (patient, prescription) = prescriptions::prescription_of(tx, medication)?;
    if patient != access.patient() {
        return Err(unknown());
    }
    let row = prescriptions::get(tx, access, prescription)?;
    if !row.is_visible_to(Some(patient)) {
        return Err(unknown());
    }
    if !matches!(row.status_on(tx.now().day_in(zone)), Status::Active | Status::Paused) {
        return Err(Error::conflict("medication_not_in_force"));
    }
    let line = row.content.lines.iter().find(|line| line.has_id(medication)).ok_or_else(unknown)?;
    let slot = slot_at(line, time, meals).map_err(|unfit| refusal(unfit, &line.medicine_name))?;
    Ok(Member { medication: line.id, prescription, line: line.number, slot })
}

fn refusal(unfit: Unfit, medicine: &str) -> Error {
    let error = match unfit {
        Unfit::WithoutSlots => Error::conflict("medication_without_slots"),
        Unfit::TooClose => Error::conflict("group_time_too_close"),
        Unfit::OutOfRange(first, last) => Error::conflict("group_time_out_of_range")
            .with("first", first.format("%H:%M"))
            .with("last", last.format("%H:%M")),
    };
    error.with("medicine", medicine)
}

/// Finds the slots of all members anew for the time that the group has now.
fn fit_again(
    tx: &WriteTx<'_>,
    access: &Access,
    group: &mut PillGroup,
    all: &[PillGroup],
    zone: Tz,
) -> Result<()> {
    let meals = meals_beside(tx, access, group, all)?;
    let mut errors = FieldErrors::new();
    let mut members = Vec::with_capacity(group.members.len());
    for old in &group.members {
        match member(tx, access, old.medication, group.time, &meals, zone) {
            Ok(member) if is_elsewhere(group, all, &member) => {
                errors.add("scheduledTime", "medication_in_other_group");
            }
            Ok(member) => members.push(member),
            Err(error) if error.kind().is_of_server() => return Err(error),
            Err(error) => errors.push(at_field("scheduledTime", &error)),
        }
    }
    errors.finish()?;
    group.members = members;
    Ok(())
}

fn checked_name(typed: &Phi<String>) -> Result<String> {
    let too_long = || FieldError::new("name", "text_too_long").with("max", NAME_CHARS_MAX);
    let name = check_name("name", typed.reveal()).map_err(|fault| Error::invalid_fields(vec![fault]))?;
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(Error::invalid_fields(vec![too_long()]));
    }
    Ok(name)
}
