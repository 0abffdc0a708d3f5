//! What an edit makes of the content of a prescription.

use super::ground::Ground;
use super::lines::{Earlier, removed_lines, write_lines};
use crate::domain::connections::access::Access;
use crate::domain::prescribable::find_medicine;
use crate::domain::prescriptions::draft::{
    ContentInput, LineDraft, LineInput, MAX_LINES, MedicineChoice, parse_content, parse_line,
};
use crate::domain::prescriptions::model::Line;
use crate::domain::prescriptions::record::Content;
use crate::domain::users::model::Role;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::ids::{MedicationId, PrescriptionId};
use crate::platform::store::{Reader as _, WriteTx};

/// What is to be changed.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Fields of the prescription; lines, when given, replace all lines.
    Content(Box<ContentInput>),
    /// One more line.
    AddLine(Box<LineInput>),
    /// A line, of which only what is given changes.
    ChangeLine(MedicationId, Box<LineInput>),
    /// A line less.
    RemoveLine(MedicationId),
}

/// The content after an edit, with the lines that it wrote as they were read. Its overrides are those that were given.
pub(super) struct Edited {
    pub(super) content: Content,
    pub(super) drafts: Vec<LineDraft>,
}

/// What `edit` makes of the content `base`.
///
/// # Errors
/// `medication_not_found`, `last_line`; every bad field.
pub(super) fn edited(
    tx: &mut WriteTx<'_>,
    (access, id): (&Access, PrescriptionId),
    author: Role,
    base: &Content,
    edit: &Edit,
    ground: &Ground,
) -> Result<Edited> {
    let today = tx.now().day_in(ground.zone);
    let place = |id: MedicationId| {
        base.lines
            .iter()
            .position(|line| line.has_id(id))
            .ok_or_else(|| Error::not_found("medication_not_found"))
    };
    let removed = removed_lines(tx, access, id, &base.lines)?;
    let earlier = |old| Earlier { old, removed: &removed };
    let mut content = Content { overrides: Vec::new(), ..base.clone() };
    let drafts = match edit {
        Edit::Content(input) => {
            let mut draft = {
                let find = |id, choice: &MedicineChoice| find_medicine(tx, author, &base.lines, id, choice);
                parse_content(&reread(input, &base.lines), "", today, &find)?
            };
            let drafts = draft.lines.take();
            if let Some(drafts) = &drafts {
                content.lines = write_lines(tx, access, earlier(&base.lines), drafts, ground)?;
            }
            content.take_over(draft.head);
            drafts.unwrap_or_default()
        }
        Edit::AddLine(input) => {
            if base.lines.len() >= MAX_LINES {
                let error = FieldError::new("medications", "lines_count").with("max", MAX_LINES);
                return Err(Error::invalid_fields(vec![error]));
            }
            let find = |id, choice: &MedicineChoice| find_medicine(tx, author, &[], id, choice);
            let draft = parse_line(input, "", today, &find)?;
            let written = write_lines(tx, access, earlier(&[]), std::slice::from_ref(&draft), ground)?;
            content.lines.extend(written);
            vec![draft]
        }
        Edit::ChangeLine(id, patch) => {
            let place = place(*id)?;
            let Some(slot) = content.lines.get_mut(place) else {
                return Err(Error::not_found("medication_not_found"));
            };
            let old = std::slice::from_ref(&*slot);
            let draft = {
                let find = |id, choice: &MedicineChoice| find_medicine(tx, author, old, id, choice);
                let patch = (**patch).clone().reread(slot);
                parse_line(&LineInput::of(slot).patched(patch), "", today, &find)?
            };
            let written = write_lines(tx, access, earlier(old), std::slice::from_ref(&draft), ground)?;
            if let Some(line) = written.into_iter().next() {
                *slot = line;
            }
            vec![draft]
        }
        Edit::RemoveLine(id) => {
            let place = place(*id)?;
            if base.lines.len() == 1 {
                return Err(Error::conflict("last_line"));
            }
            content.lines.remove(place);
            Vec::new()
        }
    };
    Ok(Edited { content, drafts })
}

/// The input, in which lines that were read and are sent back as they were say nothing new.
fn reread(input: &ContentInput, old: &[Line]) -> ContentInput {
    let mut input = input.clone();
    for line in input.lines.iter_mut().flatten() {
        let before = line.id.and_then(|id| old.iter().find(|before| before.has_id(id)));
        if let Some(before) = before {
            *line = std::mem::take(line).reread(before);
        }
    }
    input
}
