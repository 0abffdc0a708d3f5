//! Doctors' notes.

use std::sync::Arc;

use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::output::{Created, Listed, NoContent};
use super::problem::Problem;
use super::types::Instant;
use crate::domain::notes::model::{Edition, Note};
use crate::flows::notes::{self as flows, NoteChange};
use crate::platform::context::Context;
use crate::platform::ids::{NoteId, UserId};
use crate::platform::secret::Phi;
use crate::platform::store::PageRequest;
use crate::views::notes::{self as views, ShownNote};

/// Doctors' notes.
pub struct NotesApi(pub Arc<Context>);

/// A new note.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NewNoteRequest {
    /// On whom.
    patient_id: UserId,
    /// What it says.
    #[oai(validator(min_length = 1, max_length = 4000))]
    text: String,
    /// Whether the patient may read it; not when left out.
    is_shared: Option<bool>,
}

/// A change of a note.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ChangeNoteRequest {
    /// What it says from now on.
    #[oai(validator(min_length = 1, max_length = 4000))]
    text: Option<String>,
    /// Whether the patient may read it.
    is_shared: Option<bool>,
}

/// What a note said before.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NoteEdition {
    /// The words.
    text: String,
    /// Whether the patient could read it.
    is_shared: bool,
    /// Since when.
    at: Instant,
}

impl NoteEdition {
    fn of(edition: Edition) -> Self {
        Self { text: edition.text.into_inner(), is_shared: edition.is_shared, at: edition.at.into() }
    }
}

/// A doctor's note.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "DoctorNote")]
pub struct NoteView {
    /// Its id.
    id: NoteId,
    /// On whom.
    patient_id: UserId,
    /// Who wrote it.
    author_id: UserId,
    /// Their name.
    author_name: String,
    /// What it says.
    text: String,
    /// Whether the patient may read it.
    is_shared: bool,
    /// When it was written first.
    created_at: Instant,
    /// When it was last changed.
    updated_at: Instant,
    /// What it said before, oldest first; only for its author.
    earlier: Vec<NoteEdition>,
}

impl NoteView {
    pub(super) fn of(shown: ShownNote) -> Self {
        let ShownNote { note, author_name, is_own } = shown;
        let Note { id, patient, author, mut editions, created_at, .. } = note;
        let current = editions.pop();
        let updated_at = current.as_ref().map_or(created_at, |edition| edition.at);
        let is_shared = current.as_ref().is_some_and(|edition| edition.is_shared);
        Self {
            id,
            patient_id: patient,
            author_id: author,
            author_name,
            text: current.map(|edition| edition.text.into_inner()).unwrap_or_default(),
            is_shared,
            created_at: created_at.into(),
            updated_at: updated_at.into(),
            earlier: editions.into_iter().filter(|_| is_own).map(NoteEdition::of).collect(),
        }
    }
}

#[OpenApi(prefix_path = "/doctor/notes", tag = "Area::Doctor")]
impl NotesApi {
    /// Notes on a patient
    ///
    /// For a doctor their own notes on the patient, for the patient what doctors share with them; newest first. Nobody reads
    /// the notes of another doctor, and nobody those on a patient who shares no notes with them any more.
    #[oai(path = "/", method = "get", operation_id = "list_doctor_notes")]
    async fn list(
        &self,
        SignedIn(caller): SignedIn,
        /// On whom; on the caller when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<NoteView>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let notes = views::list(&self.0, &caller, patient_id.0, &page).await?;
        Ok(Json(Listed::from_page(notes, NoteView::of)))
    }

    /// Write a note
    ///
    /// For a doctor with whom the patient shares notes. It is private to its author unless it is shared with the patient.
    #[oai(path = "/", method = "post", operation_id = "write_doctor_note")]
    async fn write(
        &self,
        SignedIn(caller): SignedIn,
        Body(new): Body<NewNoteRequest>,
    ) -> Result<Created<NoteView>, Problem> {
        let text = Phi::new(new.text);
        let is_shared = new.is_shared.unwrap_or(false);
        let note = flows::write(&self.0, &caller, new.patient_id, text, is_shared).await?;
        Ok(Created(NoteView::of(views::shown(&self.0, &caller, note)?)))
    }

    /// Change a note
    ///
    /// For its author, as long as the patient shares notes with them; what is left out stays. What it said before is kept.
    #[oai(path = "/:id", method = "patch", operation_id = "change_doctor_note")]
    async fn change(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<NoteId>,
        Body(change): Body<ChangeNoteRequest>,
    ) -> Result<Json<NoteView>, Problem> {
        let change = NoteChange { text: change.text.map(Phi::new), is_shared: change.is_shared };
        let note = flows::change(&self.0, &caller, id.0, change).await?;
        Ok(Json(NoteView::of(views::shown(&self.0, &caller, note)?)))
    }

    /// Take a note back
    ///
    /// For its author. Nobody reads it from then on; it stays kept with the record.
    #[oai(path = "/:id", method = "delete", operation_id = "remove_doctor_note")]
    async fn remove(&self, SignedIn(caller): SignedIn, id: Path<NoteId>) -> Result<NoContent, Problem> {
        flows::remove(&self.0, &caller, id.0).await?;
        Ok(NoContent)
    }
}
