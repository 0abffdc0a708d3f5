//! The notes' table. A patient's rows are reached only with an [`Access`] to the notes of their record, and of those a doctor
//! reaches only their own.

use super::model::Note;
use crate::domain::connections::access::Access;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{NoteId, UserId};
use crate::platform::store::{Direction, Entries, Index, Page, PageRequest, Reader, Step, Table, WriteTx};

/// Notes by patient, oldest first.
pub const NOTES: Table<(UserId, NoteId), Note> = Table::new(151, "doctor_notes").indexed(index_notes);
/// By their id alone.
pub const BY_ID: Index<NoteId, (UserId, NoteId)> = Index::unique(151, 1, "note_exists");

fn index_notes(_: &(UserId, NoteId), note: &Note, entries: &mut Entries) {
    entries.add(&BY_ID, &note.id);
}

/// On whom a note is. Says nothing of what it holds: the access check comes next.
///
/// # Errors
/// `note_not_found`.
pub fn patient_of(tx: &dyn Reader, id: NoteId) -> Result<UserId> {
    let (patient, _) = BY_ID.find(tx, &id)?.ok_or_else(|| Error::not_found("note_not_found"))?;
    Ok(patient)
}

/// Whether who looks with `access` may read `note`: its author, and the patient when it is shared. Nobody else, whatever they
/// may see of the record.
fn is_open_to(access: &Access, note: &Note) -> bool {
    match access.carer() {
        Some(carer) => carer == note.author && note.removed_at.is_none(),
        None => access.is_own() && note.is_shared(),
    }
}

/// A note that who looks with `access` may read.
///
/// # Errors
/// `note_not_found`.
pub fn get(tx: &dyn Reader, access: &Access, id: NoteId) -> Result<Note> {
    let note = NOTES.require(tx, &(access.patient(), id), "note_not_found")?;
    if is_open_to(access, &note) { Ok(note) } else { Err(Error::not_found("note_not_found")) }
}

/// One page of the notes that who looks with `access` may read, newest first.
///
/// # Errors
/// When the cursor is not one of ours, or the store cannot be read.
pub fn page(tx: &dyn Reader, access: &Access, request: &PageRequest) -> Result<Page<Note>> {
    let may = |_: &(UserId, NoteId), note: &Note| is_open_to(access, note);
    Ok(NOTES.page(tx, &access.patient(), Direction::Backward, request, may)?.map(|(_, note)| note))
}

/// The notes that the patient may read, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub fn shared(tx: &dyn Reader, access: &Access) -> Result<Vec<Note>> {
    let mut found = Vec::new();
    NOTES.visit_prefix(tx, &access.patient(), Direction::Forward, |_, note| {
        if is_open_to(access, &note) {
            found.push(note);
        }
        Ok(Step::Continue)
    })?;
    Ok(found)
}

/// Writes a note.
///
/// # Errors
/// When the store cannot be read.
pub fn save(tx: &mut WriteTx<'_>, access: &Access, note: &Note) -> Result<()> {
    NOTES.put(tx, &(access.patient(), note.id), note)
}

/// Erases the notes on an erased person.
///
/// # Errors
/// When the store cannot be read.
pub fn forget_person(tx: &mut WriteTx<'_>, patient: UserId) -> Result<()> {
    for (key, _) in NOTES.list_prefix(tx, &patient)? {
        NOTES.delete(tx, &key)?;
    }
    Ok(())
}

/// Erases what nobody can read once its author is erased: notes that are not shared, and what shared ones said before. What
/// was shared stays with the patient.
///
/// # Errors
/// When the store cannot be read.
pub fn forget_author(tx: &mut WriteTx<'_>, author: UserId) -> Result<()> {
    let mut own = Vec::new();
    NOTES.visit_prefix(tx, &(), Direction::Forward, |key, note| {
        if note.author == author {
            own.push((key, note));
        }
        Ok(Step::Continue)
    })?;
    for (key, note) in own {
        match note.current().filter(|edition| edition.is_shared).cloned() {
            Some(shared) => NOTES.put(tx, &key, &Note { editions: vec![shared], ..note })?,
            None => NOTES.delete(tx, &key).map(drop)?,
        }
    }
    Ok(())
}

/// Describes each note that says nothing.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    NOTES.visit_prefix(tx, &(), Direction::Forward, |(patient, id), note| {
        let is_ordered = note.editions.windows(2).all(|pair| match pair {
            [before, after] => before.at <= after.at,
            _ => true,
        });
        if note.editions.is_empty() || note.patient != patient || !is_ordered {
            faults.push(format!("note {id} is not as it was written"));
        }
        Ok(Step::Continue)
    })
}
