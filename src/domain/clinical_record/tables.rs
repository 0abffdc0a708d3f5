//! The tables of the clinical record.

use std::collections::BTreeSet;

use super::model::{Action, Change, Content, Entry, Part, Signature, WithdrawalReason};
use super::rules::{ENTRIES_MAX, identity};
use crate::domain::connections::access::Access;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{RecordEntryId, UserId};
use crate::platform::store::{Direction, Entries, Index, Page, PageRequest, Reader, Step, Table, WriteTx};

/// All entries, those withdrawn too.
pub const ENTRIES: Table<RecordEntryId, Entry> = Table::new(130, "clinical_entries").indexed(index_entries);
/// By `(patient, standing, part)`.
pub const BY_PATIENT: Index<(UserId, u8, u8), RecordEntryId> = Index::many(130, 1);
/// What became of them, by `(patient, number)`, numbered from 1.
pub const CHANGES: Table<(UserId, u64), Change> = Table::new(131, "clinical_changes");

/// In the place of a standing: entries that count.
const IN_FORCE: u8 = 1;
/// Entries that were withdrawn.
const ENDED: u8 = 0;

fn index_entries(_: &RecordEntryId, entry: &Entry, entries: &mut Entries) {
    let standing = if entry.ended.is_some() { ENDED } else { IN_FORCE };
    entries.add(&BY_PATIENT, &(entry.patient, standing, entry.part.key()));
}

/// Everything that counts of a patient, part by part, within a part as it was first written.
///
/// # Errors
/// When the store cannot be read.
pub fn in_force(tx: &dyn Reader, access: &Access) -> Result<Vec<Entry>> {
    load(tx, &BY_PATIENT.keys(tx, &(access.patient(), IN_FORCE))?)
}

/// What counts of one part.
///
/// # Errors
/// When the store cannot be read.
pub fn of_part(tx: &dyn Reader, access: &Access, part: Part) -> Result<Vec<Entry>> {
    load(tx, &BY_PATIENT.keys(tx, &(access.patient(), IN_FORCE, part.key()))?)
}

fn load(tx: &dyn Reader, ids: &[RecordEntryId]) -> Result<Vec<Entry>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(ENTRIES.get(tx, id)?);
    }
    Ok(found)
}

/// Whose entry it is, for asking whether the caller may know of it.
///
/// # Errors
/// `code` when there is none of this part.
pub fn patient_of(tx: &dyn Reader, id: RecordEntryId, part: Part, code: &'static str) -> Result<UserId> {
    let found = ENTRIES.get(tx, &id)?.filter(|entry| entry.part == part);
    found.map(|entry| entry.patient).ok_or_else(|| Error::not_found(code))
}

/// The entry with this id.
///
/// # Errors
/// `code` when it is another patient's, or of another part.
pub fn require(
    tx: &dyn Reader,
    access: &Access,
    id: RecordEntryId,
    part: Part,
    code: &'static str,
) -> Result<Entry> {
    let is_meant = |entry: &Entry| entry.patient == access.patient() && entry.part == part;
    ENTRIES.get(tx, &id)?.filter(is_meant).ok_or_else(|| Error::not_found(code))
}

/// Writes an entry and what became of it, under the patient's next number.
///
/// # Errors
/// When the store cannot be read.
pub fn save(
    tx: &mut WriteTx<'_>,
    access: &Access,
    entry: &mut Entry,
    (action, signature): (Action, Signature),
    content: Content,
    reason: Option<WithdrawalReason>,
) -> Result<()> {
    debug_assert_eq!(access.patient(), entry.patient, "an entry stays with its patient");
    let last = CHANGES.last(tx, &entry.patient)?.map_or(0, |((_, number), _)| number);
    entry.revision = last.saturating_add(1);
    let change = Change {
        number: entry.revision,
        entry: entry.id,
        part: entry.part,
        action,
        signature,
        content,
        reason,
    };
    CHANGES.put(tx, &(entry.patient, change.number), &change)?;
    ENTRIES.put(tx, &entry.id, entry)
}

/// The history, newest first.
///
/// # Errors
/// A bad cursor; when the store cannot be read.
pub fn history(
    tx: &dyn Reader,
    access: &Access,
    page: &PageRequest,
    shows: impl Fn(Part) -> bool,
) -> Result<Page<Change>> {
    let found =
        CHANGES.page(tx, &access.patient(), Direction::Backward, page, |_, change| shows(change.part))?;
    Ok(found.map(|(_, change)| change))
}

/// The whole history, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub fn whole_history(tx: &dyn Reader, access: &Access) -> Result<Vec<Change>> {
    let found = CHANGES.list_prefix(tx, &access.patient())?;
    Ok(found.into_iter().map(|(_, change)| change).collect())
}

/// Erases everything that was ever written of a person.
///
/// # Errors
/// When the store cannot be read.
pub fn forget_person(tx: &mut WriteTx<'_>, person: UserId) -> Result<()> {
    for id in BY_PATIENT.keys(tx, &person)? {
        ENTRIES.delete(tx, &id)?;
    }
    for (key, _) in CHANGES.list_prefix(tx, &person)? {
        CHANGES.delete(tx, &key)?;
    }
    Ok(())
}

/// Describes each entry that contradicts its history or stands beside one that says the same.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    let mut known = BTreeSet::new();
    let mut counts = std::collections::BTreeMap::<(UserId, Part), usize>::new();
    ENTRIES.visit_prefix(tx, &(), Direction::Forward, |id, entry| {
        let last = CHANGES.get(tx, &(entry.patient, entry.revision))?;
        if last.is_none_or(|change| change.entry != id || change.part != entry.part) {
            faults.push(format!("clinical entry {id} is not as its history left it"));
        }
        let layers = [&entry.confirmed, &entry.stated].into_iter().flatten();
        if layers.clone().any(|statement| statement.content.part() != entry.part) {
            faults.push(format!("clinical entry {id} says something of another part"));
        }
        if entry.confirmed.as_ref().is_some_and(|statement| statement.confirmed.is_none())
            || entry.stated.as_ref().is_some_and(|statement| statement.confirmed.is_some())
        {
            faults.push(format!("clinical entry {id} mixes what is stated with what is confirmed"));
        }
        if entry.ended.is_some() {
            return Ok(Step::Continue);
        }
        let Some(current) = entry.current() else {
            faults.push(format!("clinical entry {id} is in force and says nothing"));
            return Ok(Step::Continue);
        };
        if let Some(denied) = entry.part.denies()
            && counts.contains_key(&(entry.patient, denied))
        {
            faults.push(format!("clinical entry {id} says that what is in force is not there"));
        }
        if !known.insert((entry.patient, entry.part, identity(&current.content))) {
            faults.push(format!("clinical entry {id} says what another one says"));
        }
        let count = counts.entry((entry.patient, entry.part)).or_default();
        *count += 1;
        if *count > if entry.part.is_single() { 1 } else { ENTRIES_MAX } {
            faults.push(format!("{} has too many entries of {}", entry.patient, entry.part.name()));
        }
        Ok(Step::Continue)
    })?;
    let mut before: Option<(UserId, u64)> = None;
    CHANGES.visit_prefix(tx, &(), Direction::Forward, |(patient, number), change| {
        let expected = before.filter(|(of, _)| *of == patient).map_or(1, |(_, number)| number + 1);
        if number != expected || change.number != number {
            faults.push(format!("the clinical history of {patient} has a gap before {number}"));
        }
        if ENTRIES.get(tx, &change.entry)?.is_none_or(|entry| entry.patient != patient) {
            faults.push(format!("change {number} of {patient} names an entry that is not theirs"));
        }
        before = Some((patient, number));
        Ok(Step::Continue)
    })
}
