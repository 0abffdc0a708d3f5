//! Lists of medicines as CSV: reading them row by row, naming each fault with its line, its column and how to mend it.

mod cells;
mod compare;
mod row;

use std::collections::HashMap;

use cells::layout;
pub use compare::changed_columns;

use super::model::Content;
use super::rules;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::ids::MedicineId;
use crate::platform::lines::Lines;

/// Most bytes of one list: some 150,000 rows like the shipped ones.
pub const LIST_MAX_BYTES: usize = 48 * 1024 * 1024;
/// Most rows of one list.
pub const LIST_MAX_ROWS: u64 = 200_000;
/// Faults that are described one by one; the rest is only counted.
pub const FAULTS_MAX: usize = 200;

/// The columns of a list, in the order of the shipped one.
pub const COLUMNS: [&str; 27] = [
    "generic_name",
    "khmer_name",
    "french_name",
    "brand_names",
    "synonyms",
    "form",
    "release",
    "strength",
    "route",
    "routes",
    "unit",
    "atc_code",
    "class",
    "ven",
    "level_of_care",
    "description",
    "usual_dose",
    "max_single_dose",
    "max_daily_dose",
    "dose_source",
    "usual_pieces",
    "pregnancy_note",
    "renal_note",
    "note_source",
    "provenance",
    "active",
    "withdrawn",
];
/// Those that every list must have.
const REQUIRED: [&str; 6] = ["generic_name", "khmer_name", "form", "strength", "route", "unit"];

/// One thing wrong with a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line in the file, from 1.
    pub line: u64,
    /// The column, or empty when the whole line is meant.
    pub column: String,
    /// What is wrong and how to mend it: message key and values.
    pub error: FieldError,
}

/// What reading a list found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Rows read, good and bad.
    pub rows: u64,
    /// The first [`FAULTS_MAX`] faults, in the order of lines.
    pub faults: Vec<Fault>,
    /// All faults.
    pub fault_count: u64,
}

impl Findings {
    fn note(&mut self, line: u64, column: &str, code: &'static str, args: &[(&'static str, &str)]) {
        let mut error = FieldError::new(field_name(line, column), code);
        for (name, value) in args {
            error = error.with(name, value);
        }
        self.push(Fault { line, column: column.to_owned(), error });
    }

    fn push(&mut self, fault: Fault) {
        self.fault_count += 1;
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }

    /// Notes a list without rows as a fault.
    pub fn refuse_empty(&mut self) {
        if self.rows == 0 && self.faults.is_empty() {
            self.note(1, "", "catalogue_empty", &[]);
        }
    }

    /// # Errors
    /// `validation_failed` with every described fault, if there is any.
    pub fn finish(self) -> Result<()> {
        if self.faults.is_empty() {
            return Ok(());
        }
        Err(Error::invalid_fields(self.faults.into_iter().map(|fault| fault.error).collect()))
    }
}

fn field_name(line: u64, column: &str) -> String {
    if column.is_empty() { format!("line {line}") } else { format!("line {line}, {column}") }
}

/// The text of a list. Only UTF-8 is taken, with or without a byte order mark.
///
/// # Errors
/// `catalogue_too_large`, `catalogue_not_utf8` naming the line, which is the usual fault of a file saved by a
/// spreadsheet program in the old Windows encoding.
pub fn text_of(bytes: &[u8]) -> Result<&str> {
    if bytes.len() > LIST_MAX_BYTES {
        return Err(Error::too_large("catalogue_too_large").with("max", LIST_MAX_BYTES / 1024 / 1024));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        let code = if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
            "catalogue_is_utf16"
        } else {
            "catalogue_not_utf8"
        };
        Error::invalid_fields(vec![FieldError::new(format!("line {line}"), code).with("line", line)])
    })
}

/// Reads a whole list by itself and shows each good row once. Bad rows, repeated ones and a bad header are in the
/// findings; whoever must not take half a list looks at them first. Rows without any text are no rows.
///
/// # Errors
/// The visitor's.
pub fn read(text: &str, visit: impl FnMut(MedicineId, Content) -> Result<()>) -> Result<Findings> {
    read_over(text, |_| Ok(None), visit)
}

/// Reads a list over the entries that are there: what a row says nothing about, because the list has no such column,
/// stays as its entry says. An empty cell under a column that is there clears the value, except of `active`, which
/// only `yes` and `no` change. `yes` takes an entry back into use, and with it its withdrawn note away.
///
/// # Errors
/// Those of looking up an entry, and the visitor's.
pub fn read_over(
    text: &str,
    mut entry: impl FnMut(MedicineId) -> Result<Option<Content>>,
    mut visit: impl FnMut(MedicineId, Content) -> Result<()>,
) -> Result<Findings> {
    let mut findings = Findings::default();
    let Some(layout) = layout(text, &mut findings) else { return Ok(findings) };
    let mut lines = Lines::new(text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .delimiter(layout.separator)
        .from_reader(layout.table.as_bytes());
    let mut header: Option<Header> = None;
    let mut seen: HashMap<MedicineId, u64> = HashMap::new();
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let byte = error.position().map_or(0, csv::Position::byte);
                let line = lines.line_at(layout.start + byte);
                findings.note(line, "", "catalogue_line_unreadable", &[]);
                return Ok(findings);
            }
        }
        let line = lines.line_at(layout.start + record.position().map_or(0, csv::Position::byte));
        let Some(columns) = &header else {
            header = read_header(&record, line, &mut findings);
            if header.is_none() {
                return Ok(findings);
            }
            continue;
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        findings.rows += 1;
        if findings.rows > LIST_MAX_ROWS {
            findings.note(line, "", "catalogue_too_many_rows", &[("max", &LIST_MAX_ROWS.to_string())]);
            break;
        }
        let Some(content) = row::read(columns, &record, line, &mut entry, &mut findings)? else { continue };
        let id = rules::id_of(&content);
        if let Some(first) = seen.insert(id, line) {
            findings.note(line, "", "catalogue_row_repeated", &[("first", &first.to_string())]);
            continue;
        }
        visit(id, content)?;
    }
    if header.is_none() {
        read_header(&csv::StringRecord::new(), 1, &mut findings);
    }
    Ok(findings)
}

/// Where each known column stands in the file.
struct Header {
    places: HashMap<&'static str, usize>,
    width: usize,
}

impl Header {
    fn value<'a>(&self, record: &'a csv::StringRecord, column: &str) -> &'a str {
        self.places.get(column).and_then(|&place| record.get(place)).unwrap_or_default().trim()
    }

    fn optional(&self, record: &csv::StringRecord, column: &str) -> Option<String> {
        Some(self.value(record, column)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn has(&self, column: &str) -> bool {
        self.places.contains_key(column)
    }
}

fn read_header(record: &csv::StringRecord, line: u64, findings: &mut Findings) -> Option<Header> {
    // Spreadsheet programs append columns that were only touched.
    let width = filled_width(record);
    let mut places = HashMap::new();
    for (place, name) in record.iter().take(width).enumerate() {
        let name = name.trim();
        match COLUMNS.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            Some(known) if places.insert(*known, place).is_some() => {
                findings.note(line, name, "catalogue_column_repeated", &[]);
            }
            Some(_) => {}
            None if name.is_empty() => {
                let place = (place + 1).to_string();
                findings.note(line, "", "catalogue_column_unnamed", &[("place", &place)]);
            }
            None => match nearest_column(name) {
                Some(nearest) => {
                    findings.note(line, name, "catalogue_column_misspelt", &[("nearest", nearest)]);
                }
                None => {
                    let known = COLUMNS.join(", ");
                    findings.note(line, name, "catalogue_column_unknown", &[("columns", &known)]);
                }
            },
        }
    }
    for required in REQUIRED {
        if !places.contains_key(required) {
            findings.note(line, required, "catalogue_column_missing", &[]);
        }
    }
    findings.faults.is_empty().then_some(Header { places, width })
}

/// Cells up to the last one with text.
fn filled_width(record: &csv::StringRecord) -> usize {
    record
        .iter()
        .zip(1..)
        .filter(|(cell, _)| !cell.trim().is_empty())
        .map(|(_, place)| place)
        .last()
        .unwrap_or(0)
}

fn nearest_column(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    COLUMNS
        .iter()
        .map(|known| (strsim::damerau_levenshtein(known, &name), *known))
        // A short name is near to every short column.
        .filter(|(distance, known)| *distance <= 3 && *distance * 2 < known.len())
        .min()
        .map(|(_, known)| known)
}
