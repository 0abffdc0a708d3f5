//! Pill groups and the times that a patient's doses are planned by, changed together.

use super::connections::access::Access;
use super::pill_groups::model::PillGroup;
use super::pill_groups::tables as groups;
use super::users::model::{MovedSlot, User};
use super::users::tables as users;
use crate::platform::error::{Kind, Result};
use crate::platform::ids::PrescriptionId;
use crate::platform::store::{Direction, Reader, Step, WriteTx};

/// Writes down which slots the patient's groups move now. Returns the patient when that is a change: doses are to be
/// planned anew then.
///
/// # Errors
/// When the store cannot be read.
pub fn follow(tx: &mut WriteTx<'_>, access: &Access) -> Result<Option<User>> {
    let mut patient = users::require(tx, access.patient())?;
    let mut moved: Vec<MovedSlot> =
        groups::list(tx, &access.of_server())?.iter().flat_map(PillGroup::moves).collect();
    moved.sort_unstable();
    if moved == patient.preferences.meal_times.moved {
        return Ok(None);
    }
    patient.preferences.meal_times.moved = moved;
    users::update(tx, &mut patient)?;
    Ok(Some(patient))
}

/// Takes lines that ended out of the patient's groups: those of `prescription` with these numbers, or all of it. Put back,
/// they are as prescribed.
///
/// # Errors
/// When the store cannot be read.
pub fn leave(
    tx: &mut WriteTx<'_>,
    access: &Access,
    prescription: PrescriptionId,
    lines: Option<&[u32]>,
) -> Result<()> {
    let access = &access.of_server();
    let now = tx.now();
    let mut has_left = false;
    let all = match groups::list(tx, access) {
        // A treatment is ended although a group is lost with a damaged page: a line that is there no more moves nothing.
        Err(error) if error.kind() == Kind::Damaged => return Ok(()),
        all => all?,
    };
    for mut group in all {
        let before = group.members.len();
        group.members.retain(|member| {
            member.prescription != prescription || lines.is_some_and(|lines| !lines.contains(&member.line))
        });
        if group.members.len() < before {
            group.updated_at = now;
            groups::save(tx, access, &group)?;
            has_left = true;
        }
    }
    // Nothing lies ahead of the lines that left, so that nothing is to be planned anew.
    if has_left { follow(tx, access).map(drop) } else { Ok(()) }
}

/// Checks the groups against what doses are planned by.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    let planned_by = |patient| Ok(users::require(tx, patient)?.preferences.meal_times.moved);
    let mut moving = Vec::new();
    users::USERS.visit_prefix(tx, &(), Direction::Forward, |id, user| {
        if !user.preferences.meal_times.moved.is_empty() {
            moving.push(id);
        }
        Ok(Step::Continue)
    })?;
    groups::verify(tx, faults, planned_by, moving)
}
