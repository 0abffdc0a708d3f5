//! The pill groups' table. A patient's rows are reached only with an [`Access`] to their record.

use std::collections::{BTreeMap, BTreeSet};

use super::model::PillGroup;
use crate::domain::connections::access::Access;
use crate::domain::users::model::MovedSlot;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{PillGroupId, UserId};
use crate::platform::secret::Phi;
use crate::platform::store::{Direction, Entries, Index, Reader, Step, Table, WriteTx};

/// Groups by patient, oldest first.
pub const PILL_GROUPS: Table<(UserId, PillGroupId), PillGroup> =
    Table::new(150, "pill_groups").indexed(index_groups);
/// By their id alone.
pub const BY_ID: Index<PillGroupId, (UserId, PillGroupId)> = Index::unique(150, 1, "pill_group_exists");

fn index_groups(_: &(UserId, PillGroupId), group: &PillGroup, entries: &mut Entries) {
    entries.add(&BY_ID, &group.id);
}

/// Whose group it is. Says nothing of what it holds: the access check comes next.
///
/// # Errors
/// `pill_group_not_found`.
pub fn patient_of(tx: &dyn Reader, id: PillGroupId) -> Result<UserId> {
    let (patient, _) = BY_ID.find(tx, &id)?.ok_or_else(|| Error::not_found("pill_group_not_found"))?;
    Ok(patient)
}

/// A group of the patient whom `access` names.
///
/// # Errors
/// `pill_group_not_found`, also when nothing in it is shared with who asks.
pub fn get(tx: &dyn Reader, access: &Access, id: PillGroupId) -> Result<PillGroup> {
    let group = PILL_GROUPS.require(tx, &(access.patient(), id), "pill_group_not_found")?;
    if is_shared(access, &group) { Ok(group) } else { Err(Error::not_found("pill_group_not_found")) }
}

/// The patient's groups of which something is shared with who asks, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub fn list(tx: &dyn Reader, access: &Access) -> Result<Vec<PillGroup>> {
    let rows = PILL_GROUPS.list_prefix(tx, &access.patient())?.into_iter();
    Ok(rows.map(|(_, group)| group).filter(|group| is_shared(access, group)).collect())
}

/// Whoever sees chosen prescriptions only sees no group of others, an empty one neither: its name says what was in it.
fn is_shared(access: &Access, group: &PillGroup) -> bool {
    !access.is_limited() || group.members.iter().any(|member| access.covers(member.prescription))
}

/// Writes a group. What it moves is written by `pill_grouping`.
///
/// # Errors
/// When the store cannot be read.
pub fn save(tx: &mut WriteTx<'_>, access: &Access, group: &PillGroup) -> Result<()> {
    PILL_GROUPS.put(tx, &(access.patient(), group.id), group)
}

/// Removes a group.
///
/// # Errors
/// When the store cannot be read.
pub fn remove(tx: &mut WriteTx<'_>, access: &Access, id: PillGroupId) -> Result<()> {
    PILL_GROUPS.delete(tx, &(access.patient(), id)).map(drop)
}

/// Forgets what an erased person called their groups; the times stay, for doses are planned by them.
///
/// # Errors
/// When the store cannot be read.
pub fn forget_person(tx: &mut WriteTx<'_>, patient: UserId) -> Result<()> {
    for (key, group) in PILL_GROUPS.list_prefix(tx, &patient)? {
        PILL_GROUPS.put(tx, &key, &PillGroup { name: Phi::new("\u{2014}".to_owned()), ..group })?;
    }
    Ok(())
}

/// Checks that no slot of a line is in two groups and that what the groups in use move is what the patients' doses are planned by.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(
    tx: &dyn Reader,
    faults: &mut Vec<String>,
    planned_by: impl Fn(UserId) -> Result<Vec<MovedSlot>>,
    moving: impl IntoIterator<Item = UserId>,
) -> Result<()> {
    let mut slots = BTreeSet::new();
    let mut moves: BTreeMap<UserId, Vec<MovedSlot>> = BTreeMap::new();
    // Where groups are lost, some that no row asks for any more may be planned by.
    let is_whole = PILL_GROUPS.require_whole(tx).is_ok();
    moves.extend(moving.into_iter().filter(|_| is_whole).map(|patient| (patient, Vec::new())));
    PILL_GROUPS.visit_prefix(tx, &(), Direction::Forward, |(patient, id), group| {
        for member in &group.members {
            if !slots.insert((patient, member.line, member.slot)) {
                faults.push(format!("pill group {id}: a slot of line {} is in two groups", member.line));
            }
        }
        moves.entry(patient).or_default().extend(group.moves());
        Ok(Step::Continue)
    })?;
    for (patient, mut expected) in moves {
        expected.sort_unstable();
        let planned = planned_by(patient)?;
        let differ =
            if is_whole { planned != expected } else { expected.iter().any(|one| !planned.contains(one)) };
        if differ {
            faults.push(format!("pill groups of {patient}: doses are planned by other times"));
        }
    }
    Ok(())
}
