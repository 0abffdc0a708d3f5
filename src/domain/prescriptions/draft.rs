//! What a client wrote, checked as a whole: every bad field is named, and what passes can be prescribed.

mod agree;
mod checks;
mod length;
mod line;
mod medicine;
mod needed;
mod patch;
mod remark;
mod schedule;
mod told;
mod words;

use chrono::NaiveDate;

pub use line::{Inherited, LineDraft, LineInput};
pub use medicine::{ChosenMedicine, FindMedicine, Maximum, MedicineChoice, UsualPieces};
pub use remark::{DoseFinding, Remark};
pub use schedule::{SlotInput, StepInput, amount_of, number_of};

use super::model::{Line, OverrideReason};
use super::record::{Content, Override};
use super::units::DoseUnit;
use crate::platform::error::{FieldError, FieldErrors, Result};
use crate::platform::secret::Phi;

/// Most lines of one prescription.
pub const MAX_LINES: usize = 30;
/// Longest diagnosis, symptoms, reason or instruction in characters.
pub const MAX_TEXT: usize = 500;
/// Fewest letters and digits of a reason.
pub const REASON_MIN: usize = 3;
/// Longest clinical note in characters.
pub const MAX_NOTE: usize = 4_000;
/// Most overridden safety findings.
const MAX_OVERRIDES: usize = 50;

/// The full form of a prescription as a client writes it.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "as in Content")]
pub struct ContentInput {
    pub diagnosis: Option<String>,
    pub symptoms: Option<String>,
    pub clinical_note: Option<String>,
    pub follow_up: Option<NaiveDate>,
    pub overrides: Vec<OverrideInput>,
    /// The lines; `None` leaves them as they are when a prescription is changed.
    pub lines: Option<Vec<LineInput>>,
    /// The short form: one line whose fields stand beside those of the prescription. Looked at only when there
    /// are no `lines`.
    pub short: Option<LineInput>,
}

/// A checked content, whose lines still lack what only the store knows: ids, numbers, names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentDraft {
    /// Everything but the lines. A field that the client left out is `None`.
    pub head: Content,
    /// The lines, when the client wrote any.
    pub lines: Option<Vec<LineDraft>>,
}

impl ContentDraft {
    /// What the prescriber is told about all lines.
    pub fn remarks(&self) -> Vec<Remark> {
        remarks(self.lines.as_deref().unwrap_or_default())
    }
}

/// What the prescriber is told about these lines.
pub fn remarks(lines: &[LineDraft]) -> Vec<Remark> {
    lines.iter().flat_map(|line| line.notices.iter().cloned()).collect()
}

/// All findings about these lines.
pub fn findings(lines: &[LineDraft]) -> Vec<DoseFinding> {
    lines.iter().flat_map(|line| line.findings.iter().cloned()).collect()
}

/// What is unusual about the doses of a line that is written already.
pub fn findings_of_line(medicine: &ChosenMedicine, line: &Line, prefix: &str) -> Vec<DoseFinding> {
    match DoseUnit::from_code(&line.unit) {
        Some(unit) => checks::unusual(medicine, &line.schedule, unit, prefix),
        None => Vec::new(),
    }
}

/// Checks a content. Field names start with `prefix`; `today` is the clinic's calendar day; `find` knows the
/// medicines.
///
/// # Errors
/// Names every bad field. Findings that need a reason are not refused yet: see [`super::finding::settle_overrides`].
pub fn parse_content(
    input: &ContentInput,
    prefix: &str,
    today: NaiveDate,
    find: &FindMedicine<'_>,
) -> Result<ContentDraft> {
    let mut errors = FieldErrors::new();
    let head = Content {
        diagnosis: text(&mut errors, format!("{prefix}diagnosis"), input.diagnosis.as_deref(), MAX_TEXT),
        symptoms: text(&mut errors, format!("{prefix}symptoms"), input.symptoms.as_deref(), MAX_NOTE),
        clinical_note: text(
            &mut errors,
            format!("{prefix}clinicalNote"),
            input.clinical_note.as_deref(),
            MAX_NOTE,
        ),
        follow_up: input.follow_up,
        overrides: overrides(&mut errors, prefix, &input.overrides),
        lines: Vec::new(),
    };
    if input.follow_up.is_some_and(|day| day < today) {
        errors.add(format!("{prefix}followUpDate"), "date_in_past");
    }
    if input.lines.is_some() && input.short.as_ref().is_some_and(LineInput::says_anything) {
        errors.add(format!("{prefix}medications"), "short_form_beside_lines");
    }
    let lines = match (&input.lines, &input.short) {
        (None, None) => None,
        (None, Some(line)) => {
            let checked = line::parse_line(line, prefix, today, find);
            Some(errors.take(checked)?.into_iter().collect())
        }
        (Some(lines), _) => {
            if lines.is_empty() || lines.len() > MAX_LINES {
                errors.push(
                    FieldError::new(format!("{prefix}medications"), "lines_count").with("max", MAX_LINES),
                );
            }
            let mut drafts = Vec::with_capacity(lines.len().min(MAX_LINES));
            for (index, line) in lines.iter().take(MAX_LINES).enumerate() {
                let checked = line::parse_line(line, &format!("{prefix}medications[{index}]."), today, find);
                drafts.extend(errors.take(checked)?);
            }
            Some(drafts)
        }
    };
    errors.finish()?;
    let of_lines = lines.iter().flatten().flat_map(|line: &LineDraft| line.overrides.iter().cloned());
    let overrides = head.overrides.iter().cloned().chain(of_lines).collect();
    Ok(ContentDraft { head: Content { overrides, ..head }, lines })
}

/// Checks one line by itself, as when it is added to a prescription. Field names start with `prefix`.
///
/// # Errors
/// Names every bad field.
pub fn parse_line(
    input: &LineInput,
    prefix: &str,
    today: NaiveDate,
    find: &FindMedicine<'_>,
) -> Result<LineDraft> {
    line::parse_line(input, prefix, today, find)
}

/// A reason that the other side reads: 3 to 500 characters.
///
/// # Errors
/// Names `field` when it is missing, too short or too long.
pub fn parse_reason(field: &str, reason: Option<&str>) -> Result<Phi<String>> {
    let reason = reason.map(str::trim).unwrap_or_default();
    let length = reason.chars().count();
    // What cannot be seen is no reason.
    let letters = reason.chars().filter(|letter| letter.is_alphanumeric()).count();
    if letters >= REASON_MIN && length <= MAX_TEXT {
        return Ok(Phi::new(reason.to_owned()));
    }
    let code = if length == 0 { "reason_required" } else { "reason_length" };
    Err(crate::platform::error::Error::invalid_fields(vec![
        FieldError::new(field, code).with("min", REASON_MIN).with("max", MAX_TEXT),
    ]))
}

/// A text without surrounding space; nothing when it is empty.
fn text(errors: &mut FieldErrors, field: String, text: Option<&str>, max: usize) -> Option<Phi<String>> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    if text.chars().count() > max {
        errors.push(FieldError::new(field, "text_too_long").with("max", max));
        return None;
    }
    Some(Phi::new(text.to_owned()))
}

/// A reason for a finding as a client writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideInput {
    /// Which finding.
    pub finding: String,
    /// Why.
    pub reason: OverrideReason,
    /// The same in words.
    pub note: Option<String>,
}

/// Checks overrides by themselves, as when a draft is issued.
///
/// # Errors
/// Names every bad field.
pub fn parse_overrides(given: &[OverrideInput]) -> Result<Vec<Override>> {
    let mut errors = FieldErrors::new();
    let read = overrides(&mut errors, "", given);
    errors.finish()?;
    Ok(read)
}

fn overrides(errors: &mut FieldErrors, prefix: &str, overrides: &[OverrideInput]) -> Vec<Override> {
    if overrides.len() > MAX_OVERRIDES {
        errors
            .push(FieldError::new(format!("{prefix}overrides"), "too_many_items").with("max", MAX_OVERRIDES));
        return Vec::new();
    }
    let mut out = Vec::with_capacity(overrides.len());
    for (index, given) in overrides.iter().enumerate() {
        let field = |name: &str| format!("{prefix}overrides[{index}].{name}");
        let Some(finding) = text(errors, field("findingId"), Some(&given.finding), MAX_TEXT) else {
            errors.add(field("findingId"), "required");
            continue;
        };
        let note = given.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
        let needs_words = given.reason.needs_words() || note.is_some();
        let reason = needs_words.then(|| parse_reason(&field("note"), note)).transpose();
        match reason {
            Ok(reason) => {
                out.push(Override { finding: finding.into_inner(), code: given.reason, reason, of: None });
            }
            Err(error) => error.fields().iter().for_each(|field| errors.push(field.clone())),
        }
    }
    out
}

#[cfg(test)]
mod tests;
