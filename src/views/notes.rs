//! Doctors' notes, as their author or the patient reads them.

use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::gate;
use crate::domain::notes::model::Note;
use crate::domain::notes::tables as notes;
use crate::domain::users::tables as users;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::{Page, PageRequest, Reader};

/// A note with who wrote it.
#[derive(Debug, Clone)]
pub struct ShownNote {
    /// The note.
    pub note: Note,
    /// The author's name.
    pub author_name: String,
    /// Whether its author asks, who reads what it said before.
    pub is_own: bool,
}

/// One page of the caller's notes on a patient, or of what doctors share with the patient who asks; newest first.
///
/// # Errors
/// The refusals of the access check; when the cursor is not one of ours.
pub async fn list(
    context: &Context,
    caller: &Caller,
    patient: Option<UserId>,
    request: &PageRequest,
) -> Result<Page<ShownNote>> {
    gate::read(context, caller, "note.list", |tx| {
        let patient = patient.map_or_else(|| caller.user_id(), Ok)?;
        let access = access::check(tx, caller, patient, Scope::Notes, Mode::Read)?;
        let page = notes::page(tx, &access, request)?;
        let items = page.items.into_iter().map(|note| show(tx, caller, note)).collect::<Result<_>>()?;
        Ok(Page { items, next_cursor: page.next_cursor })
    })
    .await
}

/// A note that the caller has just written.
///
/// # Errors
/// When the store cannot be read.
pub fn shown(context: &Context, caller: &Caller, note: Note) -> Result<ShownNote> {
    context.store.read(|tx| show(tx, caller, note))
}

/// What doctors share of their notes with the patient who asks, oldest first.
pub(super) fn shared_with(tx: &dyn Reader, caller: &Caller, access: &Access) -> Result<Vec<ShownNote>> {
    let found = notes::shared(tx, access)?.into_iter();
    found.map(|note| show(tx, caller, note)).collect()
}

/// The newest notes that who looks with `access` may read.
pub(super) fn newest(
    tx: &dyn Reader,
    caller: &Caller,
    access: &Access,
    most: &PageRequest,
) -> Result<Vec<ShownNote>> {
    notes::page(tx, access, most)?.items.into_iter().map(|note| show(tx, caller, note)).collect()
}

/// A note with the name of its author.
///
/// # Errors
/// When the store cannot be read.
fn show(tx: &dyn Reader, caller: &Caller, note: Note) -> Result<ShownNote> {
    let author_name = users::require(tx, note.author)?.full_name.into_inner();
    let is_own = caller.user_id().is_ok_and(|user| user == note.author);
    Ok(ShownNote { note, author_name, is_own })
}
