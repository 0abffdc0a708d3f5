//! Medication lines as they are written: with medicine, id and number, and from when they take effect with the day
//! on which their doses begin.

use chrono_tz::Tz;

use crate::domain::connections::access::Access;
use crate::domain::doses::course::{carry_on, counts_from_last, field_of_length, has_dose_from, settle};
use crate::domain::doses::plans;
use crate::domain::prescriptions::diff::same_doses;
use crate::domain::prescriptions::draft::{ChosenMedicine, LineDraft};
use crate::domain::prescriptions::model::{Length, Line, Schedule};
use crate::domain::users::model::{MealTimes, User};
use crate::domain::{medicines, users};
use crate::platform::clock::Timestamp;
use crate::platform::error::{FieldErrors, Result};
use crate::platform::ids::MedicineId;
use crate::platform::store::{Reader, WriteTx};

/// By whose meals and in which zone doses lie.
pub(super) struct Ground {
    pub(super) patient: User,
    pub(super) zone: Tz,
}

impl Ground {
    pub(super) fn of(tx: &dyn Reader, access: &Access, zone: Tz) -> Result<Self> {
        Ok(Self { patient: users::tables::require(tx, access.patient())?, zone })
    }

    const fn meals(&self) -> &MealTimes {
        &self.patient.preferences.meal_times
    }
}

/// Turns checked lines into lines with medicine, id and number. A line of `old` with the same ingredient keeps both,
/// whatever else changes; any other line is new.
pub(super) fn write_lines(
    tx: &mut WriteTx<'_>,
    access: &Access,
    old: &[Line],
    drafts: &[LineDraft],
    ground: &Ground,
) -> Result<Vec<Line>> {
    let now = tx.now();
    let mut errors = FieldErrors::new();
    let mut lines: Vec<Line> = Vec::with_capacity(drafts.len());
    for (draft, before) in drafts.iter().zip(partners(tx, old, drafts)?) {
        let written = match before {
            Some(before) => changed(before, draft, ground, now),
            None => begun(draft.finish(tx.new_id()?, 0, now.day_in(ground.zone)), ground, now),
        };
        match written {
            Ok(line) if before.is_some() => lines.push(line),
            Ok(line) => {
                let number = plans::next_line_number(tx, access.patient())?;
                lines.push(Line { number, ..line });
            }
            Err(refused) => errors.add(format!("{}{}", draft.prefix, refused.field), refused.code),
        }
    }
    errors.finish()?;
    Ok(lines)
}

/// Why a line cannot be written.
struct Refused {
    field: &'static str,
    code: &'static str,
}

/// A new line, with its end and its number of doses as if it took effect now.
fn begun(line: Line, ground: &Ground, now: Timestamp) -> Result<Line, Refused> {
    let settled = settle(&line, ground.meals(), ground.zone, now);
    if !line.is_as_needed() && !has_dose_from(&settled, ground.meals(), ground.zone, now) {
        return Err(without_doses(&line, ground, now));
    }
    Ok(Line { doses: settled.doses, end: settled.end, ..line })
}

/// The line in place of `before`, which it goes on from, with its end and its number of doses as if it took effect
/// now.
fn changed(before: &Line, draft: &LineDraft, ground: &Ground, now: Timestamp) -> Result<Line, Refused> {
    let today = now.day_in(ground.zone);
    let finished = |start| draft.finish(before.id, before.number, start);
    let line = keep(before, finished(before.start));
    let line = match before.course {
        Some(course) => {
            let ahead = carry_on(before, &line, ground.meals(), ground.zone, now, None);
            if !line.is_as_needed()
                && !has_dose_from(&ahead, ground.meals(), ground.zone, Timestamp::default())
            {
                return Err(without_doses(&line, ground, now));
            }
            let course = (line.start == before.start).then_some(course);
            Line { course, doses: ahead.doses, end: ahead.end, ..line }
        }
        None if same_doses(before, &Line { doses: before.doses, ..line.clone() }) => {
            Line { doses: before.doses, end: before.end, ..line }
        }
        None => begun(line, ground, now)?,
    };
    if same_doses(before, &line) {
        return Ok(line);
    }
    let is_over = line.end.is_some_and(|end| end < today);
    let line = if is_over || draft.begins_anew() {
        begun(Line { formerly: before.formerly.clone(), ..finished(today) }, ground, now)?
    } else {
        line
    };
    if line.end.is_some_and(|end| end < today) {
        return Err(Refused { field: "endDate", code: "ends_in_past" });
    }
    Ok(line)
}

/// What `line` keeps of the line that it takes the place of.
fn keep(before: &Line, mut line: Line) -> Line {
    line.formerly.clone_from(&before.formerly);
    if line.start == before.start {
        line.start_is_named = before.start_is_named;
    }
    let are_intervals = |line: &Line| matches!(line.schedule, Schedule::EveryHours { .. });
    if are_intervals(before) && are_intervals(&line) {
        line.first_at = line.first_at.or(before.first_at);
    }
    // The last day was worked out: sent back, it says nothing new about the length.
    if matches!(line.length, Length::Until(end) if Some(end) == before.end) {
        (line.length, line.doses) = (before.length, before.doses);
    }
    line
}

fn without_doses(line: &Line, ground: &Ground, now: Timestamp) -> Refused {
    Refused { field: field_of_length(line, now.day_in(ground.zone)), code: "line_without_doses" }
}

/// Lines as they take effect now in place of `old`: where doses begin is settled, or goes on from before.
pub(super) fn take_effect(
    tx: &dyn Reader,
    access: &Access,
    old: &[Line],
    new: Vec<Line>,
    ground: &Ground,
) -> Result<Vec<Line>> {
    let now = tx.now();
    let mut lines = Vec::with_capacity(new.len());
    for line in new {
        let before = old.iter().find(|before| before.id == line.id && before.course.is_some());
        lines.push(match before {
            None => settle(&line, ground.meals(), ground.zone, now),
            Some(before) => {
                let last = if counts_from_last(before, &line) {
                    plans::last_intake(tx, access, before)?
                } else {
                    None
                };
                carry_on(before, &line, ground.meals(), ground.zone, now, last)
            }
        });
    }
    Ok(lines)
}

/// For each draft the line of `old` that it stands for: the one it names, else one of the same medicine, else one of
/// the same ingredient; each once.
fn partners<'a>(tx: &dyn Reader, old: &'a [Line], drafts: &[LineDraft]) -> Result<Vec<Option<&'a Line>>> {
    let mut partners: Vec<Option<&'a Line>> = vec![None; drafts.len()];
    let is_free =
        |line: &Line, taken: &[Option<&Line>]| !taken.iter().flatten().any(|other| other.id == line.id);
    for pass in [Match::Named, Match::SameMedicine, Match::SameIngredient] {
        for (place, draft) in drafts.iter().enumerate() {
            if partners.get(place).is_some_and(Option::is_some)
                || draft.id.is_some() != (pass == Match::Named)
            {
                continue;
            }
            for line in old.iter().filter(|line| is_free(line, &partners)).collect::<Vec<_>>() {
                let is_match = match pass {
                    Match::Named => {
                        draft.id.is_some_and(|id| line.has_id(id))
                            && has_ingredient(tx, &draft.medicine, line)?
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
    Ok(partners)
}

/// By what a draft finds the line it stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    Named,
    SameMedicine,
    SameIngredient,
}

fn is_of(medicine: &ChosenMedicine, line: &Line) -> bool {
    line.medicine_id == medicine.id
        && (medicine.id.is_some() || line.medicine_name.to_lowercase() == medicine.name.to_lowercase())
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
