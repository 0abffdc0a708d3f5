//! Medication lines as they are written: with medicine, id and number, and from when they take effect with the day
//! on which their doses begin.

use super::ground::{Ground, sum_of};
use super::partners::partners;
use crate::domain::connections::access::Access;
use crate::domain::doses::change::Change;
use crate::domain::doses::course::{carry_on, field_of_length, goes_on, has_dose_from};
use crate::domain::doses::model::Dose;
use crate::domain::doses::other_days::begins_too_soon;
use crate::domain::doses::plans;
use crate::domain::doses::settling::settle;
use crate::domain::prescriptions::describe::amount_text;
use crate::domain::prescriptions::diff::same_doses;
use crate::domain::prescriptions::draft::LineDraft;
use crate::domain::prescriptions::model::{Amount, Length, Line, Schedule};
use crate::domain::prescriptions::record::VersionState;
use crate::domain::prescriptions::tables;
use crate::domain::prescriptions::units::DoseUnit;
use crate::platform::clock::Timestamp;
use crate::platform::error::{FieldError, FieldErrors, Result};
use crate::platform::ids::PrescriptionId;
use crate::platform::store::{Reader, WriteTx};

/// The lines that new ones may stand for.
#[derive(Clone, Copy, Default)]
pub(super) struct Earlier<'a> {
    /// Those that are changed.
    pub(super) old: &'a [Line],
    /// Those of earlier versions that are there no more; see [`removed_lines`].
    pub(super) removed: &'a [Line],
}

/// Lines that were in force in earlier versions of a prescription and that `base` has no more, as they were last. One
/// that is put back goes on where it was.
pub(super) fn removed_lines(
    tx: &dyn Reader,
    access: &Access,
    id: PrescriptionId,
    base: &[Line],
) -> Result<Vec<Line>> {
    let mut removed: Vec<Line> = Vec::new();
    for number in (1..=tables::last_version(tx, access, id)?).rev() {
        let version = tables::version(tx, access, id, number)?;
        if version.state != VersionState::Applied {
            continue;
        }
        for line in version.content.lines {
            let is_same = |other: &Line| other.has_id(line.id) || line.has_id(other.id);
            if line.course.is_some() && !base.iter().chain(&removed).any(is_same) {
                removed.push(line);
            }
        }
    }
    Ok(removed)
}

/// Turns checked lines into lines with medicine, id and number. A line that was there with the same ingredient keeps
/// both, whatever else changes; any other line is new.
pub(super) fn write_lines(
    tx: &mut WriteTx<'_>,
    access: &Access,
    earlier: Earlier<'_>,
    drafts: &[LineDraft],
    ground: &Ground,
) -> Result<Vec<Line>> {
    let now = tx.now();
    let mut errors = FieldErrors::new();
    let mut lines: Vec<Line> = Vec::with_capacity(drafts.len());
    for (draft, before) in drafts.iter().zip(partners(tx, earlier, drafts)?) {
        let written = match before {
            Some(before) => {
                if draft.leaves_length_out() && is_course(before, earlier.old) {
                    errors.add(format!("{}durationDays", draft.prefix), "length_of_course_required");
                    continue;
                }
                let line = going_on(before, draft);
                let stands = ground.stands_of(tx, access, before, &line)?;
                if let Some(taken) = taken_above(tx, access, before, &line, &stands.standing)? {
                    let field = format!("{}quantity", draft.prefix);
                    let taken = amount_text(taken, &line.unit);
                    errors.push(FieldError::new(field, "quantity_below_used").with("taken", taken));
                    continue;
                }
                changed((before, line), draft, ground, ground.change_at(&stands), now)
            }
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

/// Whether a line of the present version ends on some day. What ends by itself is told by a notice, and what was
/// removed may begin anew without an end.
fn is_course(line: &Line, present: &[Line]) -> bool {
    let by_itself = matches!(line.schedule, Schedule::Once { .. } | Schedule::Taper { .. });
    !by_itself && line.length != Length::Ongoing && present.iter().any(|other| other.id == line.id)
}

/// What was taken already, when a change names a quantity that is less. The quantity of what has no end is that
/// of one pack, and of what is not counted in pieces that of its bottles.
fn taken_above(
    tx: &dyn Reader,
    access: &Access,
    before: &Line,
    line: &Line,
    standing: &[Dose],
) -> Result<Option<Amount>> {
    let unit = line.counted.as_ref().map_or(&line.unit, |counted| &counted.unit);
    let is_counted = DoseUnit::from_code(unit).is_some_and(DoseUnit::is_counted);
    let has_end = matches!(line.length, Length::Days(_) | Length::Until(_));
    let Some(quantity) = line.quantity.filter(|_| is_counted && has_end) else { return Ok(None) };
    if before.quantity == Some(quantity) {
        return Ok(None);
    }
    let taken = standing.iter().filter(|dose| dose.taken_at().is_some());
    Ok(Some(sum_of(tx, access, line, taken)?).filter(|taken| *taken > quantity))
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
        return Err(without_doses(&settled, ground, now));
    }
    Ok(Line { doses: settled.doses, end: settled.end, ..line })
}

/// The line that `draft` makes of `before`, from the same day on.
fn going_on(before: &Line, draft: &LineDraft) -> Line {
    keep(before, draft.finish(before.id, before.number, before.start))
}

/// `line` in place of `before`, which it goes on from as `change` says, with its end and its number of doses as if it took
/// effect now.
fn changed(
    (before, line): (&Line, Line),
    draft: &LineDraft,
    ground: &Ground,
    change: Change<'_>,
    now: Timestamp,
) -> Result<Line, Refused> {
    let today = now.day_in(ground.zone);
    let mut begins_anew = draft.begins_anew();
    let mut is_used_up = false;
    let line = match before.course {
        Some(course) => {
            if line.start != before.start && begins_too_soon(&line, change) {
                return Err(Refused { field: "startDate", code: "start_too_soon" });
            }
            let ahead = carry_on(before, &line, change);
            let has_dose_after = |from| has_dose_from(&ahead, ground.meals(), ground.zone, from);
            if ahead.length == Length::Quantity && ahead.doses == Some(0) {
                return Err(Refused { field: "quantity", code: "quantity_used_up" });
            }
            if !line.is_as_needed() && !has_dose_after(Timestamp::default()) {
                return Err(without_doses(&line, ground, now));
            }
            let was_over = before.end.is_some_and(|end| end < today);
            is_used_up = line.length == Length::Quantity && !was_over && !has_dose_after(now);
            let is_same_day = ahead.course.is_some_and(|ahead| ahead.first == course.first);
            begins_anew = draft.begins_anew() && !is_same_day && !goes_on(before, &line, change);
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
    if is_used_up {
        return Err(Refused { field: "quantity", code: "quantity_used_up" });
    }
    let is_over = line.end.is_some_and(|end| end < today);
    let line = if is_over || begins_anew {
        let anew = draft.finish(before.id, before.number, today);
        begun(Line { formerly: before.formerly.clone(), ..anew }, ground, now)?
    } else {
        line
    };
    if line.end.is_some_and(|end| end < today) {
        return Err(Refused { field: "endDate", code: "ends_in_past" });
    }
    Ok(line)
}

/// What `line` keeps of the line that it takes the place of.
pub(super) fn keep(before: &Line, mut line: Line) -> Line {
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
///
/// # Errors
/// `line_without_doses` for a line that takes effect so late that none of its doses lies ahead.
pub(super) fn take_effect(
    tx: &dyn Reader,
    access: &Access,
    old: Earlier<'_>,
    new: Vec<Line>,
    ground: &Ground,
) -> Result<Vec<Line>> {
    let now = tx.now();
    let mut errors = FieldErrors::new();
    let mut lines = Vec::with_capacity(new.len());
    for (place, line) in new.into_iter().enumerate() {
        let mut known = old.old.iter().chain(old.removed);
        let before = known.find(|before| before.id == line.id && before.course.is_some());
        let Some(before) = before else {
            match begun(line.clone(), ground, now) {
                Ok(_) => lines.push(settle(&line, ground.meals(), ground.zone, now)),
                Err(refused) => errors.add(format!("medications[{place}].{}", refused.field), refused.code),
            }
            continue;
        };
        let stands = ground.stands_of(tx, access, before, &line)?;
        lines.push(carry_on(before, &line, ground.change_at(&stands)));
    }
    errors.finish()?;
    Ok(lines)
}
