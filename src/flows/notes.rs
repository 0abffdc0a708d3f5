//! Doctors' notes: private to their author, kept with what they said before, read by the patient only when shared.
//!
//! Every change asks anew whether the doctor may write notes of the patient now: who lost the connection reads and changes
//! their notes no more. They stay with the record, and what was shared with the patient stays with the patient.

use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::gate;
use crate::domain::notes::model::{EDITIONS_MAX, Edition, NOTE_CHARS_MAX, Note};
use crate::domain::notes::tables as notes;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::{notify, withdraw};
use crate::domain::users::model::Role;
use crate::domain::users::tables as users;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Kind, Result};
use crate::platform::ids::{NoteId, UserId};
use crate::platform::secret::Phi;
use crate::platform::store::{Reader as _, WriteTx};

/// A change of a note; what is not given stays.
#[derive(Debug, Clone, Default)]
pub struct NoteChange {
    /// Other words.
    pub text: Option<Phi<String>>,
    /// Whether the patient may read it.
    pub is_shared: Option<bool>,
}

/// Writes a note on a patient.
///
/// # Errors
/// `role_not_allowed` for whoever is no doctor; the refusals of the access check; `text` empty or too long.
pub async fn write(
    context: &Context,
    caller: &Caller,
    patient: UserId,
    text: Phi<String>,
    is_shared: bool,
) -> Result<Note> {
    let by = caller.clone();
    gate::write(context, caller, "note.write", move |tx| {
        let author = by.with_role(Role::Doctor)?;
        let access = access::check(tx, &by, patient, Scope::Notes, Mode::Write)?;
        let now = tx.now();
        let edition = Edition { text: checked(&text)?, is_shared, at: now };
        let mut note = Note {
            id: tx.new_id()?,
            patient,
            author,
            editions: vec![edition],
            created_at: now,
            removed_at: None,
            told: None,
        };
        name(tx, &note, serde_json::json!({ "isShared": is_shared }));
        tell(tx, &mut note)?;
        notes::save(tx, &access, &note)?;
        Ok(note)
    })
    .await
}

/// Changes a note of the caller; what it said before is kept.
///
/// # Errors
/// `note_not_found`, also for notes of others; those of [`write()`]; `note_changed_too_often`.
pub async fn change(context: &Context, caller: &Caller, id: NoteId, change: NoteChange) -> Result<Note> {
    let by = caller.clone();
    gate::write(context, caller, "note.change", move |tx| {
        let (access, mut note) = own(tx, &by, id)?;
        let before = note.current().cloned().ok_or_else(|| Error::not_found("note_not_found"))?;
        let text = change.text.as_ref().map(checked).transpose()?.unwrap_or_else(|| before.text.clone());
        let is_shared = change.is_shared.unwrap_or(before.is_shared);
        name(tx, &note, serde_json::Value::Null);
        if text == before.text && is_shared == before.is_shared {
            tx.trail().found_done();
            return Ok(note);
        }
        if note.editions.len() >= EDITIONS_MAX {
            return Err(Error::conflict("note_changed_too_often").with("max", EDITIONS_MAX));
        }
        // The words are the doctor's own: the note keeps them, the audit says that they changed.
        let changed = serde_json::json!({
            "edition": note.editions.len().saturating_add(1),
            "textChanged": text != before.text,
            "isShared": is_shared,
        });
        note.editions.push(Edition { text, is_shared, at: tx.now() });
        name(tx, &note, changed);
        tell(tx, &mut note)?;
        notes::save(tx, &access, &note)?;
        Ok(note)
    })
    .await
}

/// Takes a note of the caller back: nobody reads it any more, and it stays kept.
///
/// # Errors
/// `note_not_found`; the refusals of the access check.
pub async fn remove(context: &Context, caller: &Caller, id: NoteId) -> Result<()> {
    let by = caller.clone();
    gate::write(context, caller, "note.remove", move |tx| {
        let (access, mut note) = own(tx, &by, id)?;
        note.removed_at = Some(tx.now());
        name(tx, &note, serde_json::Value::Null);
        tell(tx, &mut note)?;
        notes::save(tx, &access, &note)
    })
    .await
}

/// Tells the patient of a note when it is first shared; of one that is shared no more, a message that was not sent yet is
/// not sent any more.
fn tell(tx: &mut WriteTx<'_>, note: &mut Note) -> Result<()> {
    match (note.is_shared(), note.told) {
        (true, None) => {
            let name = users::require(tx, note.author)?.full_name.into_inner();
            let notice = Notice {
                to: note.patient,
                kind: NotificationType::NoteShared,
                variant: "default",
                urgency: Urgency::Normal,
                params: Params::new().text("name", name),
                patient: Some(note.patient),
                resource: Some(("note", note.id.to_string())),
            };
            note.told = Some(notify(tx, notice)?);
            Ok(())
        }
        (false, Some(message)) => withdraw(tx, note.patient, message),
        (true, Some(_)) | (false, None) => Ok(()),
    }
}

/// A note that the caller wrote and may still write on this patient.
fn own(tx: &WriteTx<'_>, caller: &Caller, id: NoteId) -> Result<(Access, Note)> {
    caller.with_role(Role::Doctor)?;
    let patient = notes::patient_of(tx, id)?;
    let access = access::check(tx, caller, patient, Scope::Notes, Mode::Write).map_err(|error| {
        if error.kind() == Kind::NotFound { Error::not_found("note_not_found") } else { error }
    })?;
    let note = notes::get(tx, &access, id)?;
    Ok((access, note))
}

fn name(tx: &WriteTx<'_>, note: &Note, change: serde_json::Value) {
    let mut trail = tx.trail();
    trail.resource = Some(("note", note.id.to_string()));
    trail.patient = Some(note.patient.into());
    trail.change = (!change.is_null()).then_some(change);
}

/// The words without space around them; lines stay lines.
fn checked(typed: &Phi<String>) -> Result<Phi<String>> {
    let text = typed.reveal().trim();
    let fault = if text.is_empty() {
        Some(FieldError::new("text", "required"))
    } else if text.chars().count() > NOTE_CHARS_MAX {
        Some(FieldError::new("text", "text_too_long").with("max", NOTE_CHARS_MAX))
    } else {
        None
    };
    match fault {
        Some(fault) => Err(Error::invalid_fields(vec![fault])),
        None => Ok(Phi::new(text.to_owned())),
    }
}
