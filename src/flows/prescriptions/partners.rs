//! Which lines of before the lines of a change stand for.

use super::lines::{Earlier, keep};
use crate::domain::medicines;
use crate::domain::prescriptions::diff::same_doses;
use crate::domain::prescriptions::draft::{ChosenMedicine, LineDraft};
use crate::domain::prescriptions::model::Line;
use crate::platform::error::Result;
use crate::platform::ids::MedicineId;
use crate::platform::store::Reader;

/// For each draft the line that it stands for: the one it names, else one of the same medicine, else one of the same
/// ingredient; each once. Lines that were removed come last.
pub(super) fn partners<'a>(
    tx: &dyn Reader,
    earlier: Earlier<'a>,
    drafts: &[LineDraft],
) -> Result<Vec<Option<&'a Line>>> {
    let mut partners: Vec<Option<&'a Line>> = vec![None; drafts.len()];
    let is_free =
        |line: &Line, taken: &[Option<&Line>]| !taken.iter().flatten().any(|other| other.id == line.id);
    for (lines, is_removed) in [(earlier.old, false), (earlier.removed, true)] {
        for pass in [Match::Named, Match::SameMedicine, Match::SameIngredient] {
            for (place, draft) in drafts.iter().enumerate() {
                // What names a line that is still there means that one or none of those.
                let is_of_pass = is_removed || draft.id.is_some() == (pass == Match::Named);
                if partners.get(place).is_some_and(Option::is_some) || !is_of_pass {
                    continue;
                }
                for line in lines.iter().filter(|line| is_free(line, &partners)).collect::<Vec<_>>() {
                    let is_match = match pass {
                        Match::Named => {
                            draft.id.is_some_and(|id| line.has_id(id))
                                && (has_ingredient(tx, &draft.medicine, line)? || is_renamed(draft, line))
                        }
                        Match::SameMedicine => is_of(&draft.medicine, line),
                        Match::SameIngredient => has_ingredient(tx, &draft.medicine, line)?,
                    };
                    if is_match && let Some(partner) = partners.get_mut(place) {
                        *partner = Some(line);
                        break;
                    }
                }
            }
        }
    }
    Ok(partners)
}

/// Whether nothing but the name of a medicine that is known by name alone was changed: it was corrected.
fn is_renamed(draft: &LineDraft, line: &Line) -> bool {
    let written = keep(line, draft.finish(line.id, line.number, line.start));
    let medicine_name = line.medicine_name.clone();
    let doses = line.doses;
    line.medicine_id.is_none()
        && written.medicine_id.is_none()
        && same_doses(line, &Line { medicine_name, doses, ..written })
}

/// By what a draft finds the line it stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    Named,
    SameMedicine,
    SameIngredient,
}

fn is_of(medicine: &ChosenMedicine, line: &Line) -> bool {
    line.is_of(medicine.id, &medicine.name)
}

/// Whether the chosen medicine has the ingredient of the line's, perhaps in another strength or form.
fn has_ingredient(tx: &dyn Reader, medicine: &ChosenMedicine, line: &Line) -> Result<bool> {
    if is_of(medicine, line) {
        return Ok(true);
    }
    let (Some(chosen), Some(before)) = (medicine.id, line.medicine_id) else { return Ok(false) };
    let generic = |id: MedicineId| -> Result<Option<String>> {
        Ok(medicines::tables::get(tx, id)?.map(|medicine| medicine.content.generic.to_lowercase()))
    };
    let chosen = generic(chosen)?;
    Ok(chosen.is_some() && chosen == generic(before)?)
}
