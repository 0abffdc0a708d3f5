//! Lists of medicines as CSV: reading them row by row, naming each fault with its line, its column and how to mend it.

use std::collections::HashMap;

use super::model::{Content, DoseUnit, Form, LevelOfCare, Route, Ven};
use super::rules::{self, Field};
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::ids::MedicineId;

/// Most bytes of one list: some 150,000 rows like the shipped ones.
pub const LIST_MAX_BYTES: usize = 48 * 1024 * 1024;
/// Most rows of one list.
pub const LIST_MAX_ROWS: u64 = 200_000;
/// Faults that are described one by one; the rest is only counted.
pub const FAULTS_MAX: usize = 200;

/// The columns of a list, in the order of the shipped one.
pub const COLUMNS: [&str; 22] = [
    "generic_name",
    "khmer_name",
    "french_name",
    "brand_names",
    "form",
    "strength",
    "route",
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
    "pregnancy_note",
    "renal_note",
    "note_source",
    "provenance",
    "active",
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

/// Reads a whole list and shows each good row once. Bad rows, repeated ones and a bad header are in the
/// findings; whoever must not take half a list looks at them first.
///
/// # Errors
/// The visitor's.
pub fn read(text: &str, mut visit: impl FnMut(MedicineId, Content) -> Result<()>) -> Result<Findings> {
    let mut findings = Findings::default();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let Some(columns) = read_header(&mut reader, &mut findings) else { return Ok(findings) };
    let mut seen: HashMap<MedicineId, u64> = HashMap::new();
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                findings.note(line, "", "catalogue_line_unreadable", &[]);
                break;
            }
        }
        let line = record.position().map_or(0, csv::Position::line);
        findings.rows += 1;
        if findings.rows > LIST_MAX_ROWS {
            findings.note(line, "", "catalogue_too_many_rows", &[("max", &LIST_MAX_ROWS.to_string())]);
            break;
        }
        let Some(content) = read_row(&columns, &record, line, &mut findings) else { continue };
        let id = rules::id_of(&content);
        if let Some(first) = seen.insert(id, line) {
            findings.note(line, "", "catalogue_row_repeated", &[("first", &first.to_string())]);
            continue;
        }
        visit(id, content)?;
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
}

fn read_header(reader: &mut csv::Reader<&[u8]>, findings: &mut Findings) -> Option<Header> {
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(_) => {
            findings.note(1, "", "catalogue_line_unreadable", &[]);
            return None;
        }
    };
    let mut places = HashMap::new();
    for (place, name) in header.iter().enumerate() {
        let name = name.trim();
        match COLUMNS.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            Some(known) if places.insert(*known, place).is_some() => {
                findings.note(1, name, "catalogue_column_repeated", &[]);
            }
            Some(_) => {}
            None => match nearest_column(name) {
                Some(nearest) => findings.note(1, name, "catalogue_column_misspelt", &[("nearest", nearest)]),
                None => {
                    findings.note(1, name, "catalogue_column_unknown", &[("columns", &COLUMNS.join(", "))]);
                }
            },
        }
    }
    for required in REQUIRED {
        if !places.contains_key(required) {
            findings.note(1, required, "catalogue_column_missing", &[]);
        }
    }
    findings.faults.is_empty().then_some(Header { places, width: header.len() })
}

fn nearest_column(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    COLUMNS
        .iter()
        .map(|known| (strsim::damerau_levenshtein(known, &name), *known))
        .filter(|(distance, _)| *distance <= 3)
        .min()
        .map(|(_, known)| known)
}

fn read_row(
    header: &Header,
    record: &csv::StringRecord,
    line: u64,
    findings: &mut Findings,
) -> Option<Content> {
    let before = findings.fault_count;
    if record.len() != header.width {
        let (found, expected) = (record.len().to_string(), header.width.to_string());
        findings.note(line, "", "catalogue_cell_count", &[("found", &found), ("expected", &expected)]);
        return None;
    }
    let form = choice(header, record, line, findings, "form", Form::from_name, Form::ALL, Form::name);
    let route = choice(header, record, line, findings, "route", Route::from_name, Route::ALL, Route::name);
    let unit =
        choice(header, record, line, findings, "unit", DoseUnit::from_name, DoseUnit::ALL, DoseUnit::name);
    let ven = match header.value(record, "ven") {
        "" => None,
        _ => choice(header, record, line, findings, "ven", Ven::from_name, Ven::ALL, Ven::name),
    };
    let levels_of_care = levels(header, record, line, findings);
    let active = match header.value(record, "active").to_lowercase().as_str() {
        "" | "yes" | "true" | "1" => true,
        "no" | "false" | "0" => false,
        _ => {
            findings.note(line, "active", "catalogue_value_unknown", &[("allowed", "yes, no")]);
            true
        }
    };
    let (form, route, unit) = (form?, route?, unit?);
    let text = |column| header.optional(record, column);
    let content = rules::tidied(Content {
        generic: text("generic_name").unwrap_or_default(),
        khmer: text("khmer_name").unwrap_or_default(),
        french: text("french_name"),
        brands: header.value(record, "brand_names").split(';').map(str::to_owned).collect(),
        form,
        strength: text("strength").unwrap_or_default(),
        route,
        unit,
        atc_code: text("atc_code"),
        class: text("class"),
        ven,
        levels_of_care,
        description: text("description"),
        usual_dose: text("usual_dose"),
        max_single_dose: text("max_single_dose"),
        max_daily_dose: text("max_daily_dose"),
        dose_source: text("dose_source"),
        pregnancy_note: text("pregnancy_note"),
        renal_note: text("renal_note"),
        note_source: text("note_source"),
        provenance: text("provenance"),
        active,
    });
    if let Err(error) = rules::check(&content, column_of) {
        for error in error.fields() {
            let mut fault = error.clone();
            fault.field = field_name(line, &error.field);
            findings.push(Fault { line, column: error.field.clone(), error: fault });
        }
    }
    (findings.fault_count == before).then_some(content)
}

#[expect(clippy::too_many_arguments, reason = "one small helper for three enumerations")]
fn choice<T: Copy>(
    header: &Header,
    record: &csv::StringRecord,
    line: u64,
    findings: &mut Findings,
    column: &str,
    from_name: fn(&str) -> Option<T>,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Option<T> {
    let found = from_name(header.value(record, column));
    if found.is_none() {
        let allowed = all.iter().map(|&known| name(known)).collect::<Vec<_>>().join(", ");
        findings.note(line, column, "catalogue_value_unknown", &[("allowed", &allowed)]);
    }
    found
}

fn levels(
    header: &Header,
    record: &csv::StringRecord,
    line: u64,
    findings: &mut Findings,
) -> Vec<LevelOfCare> {
    let mut levels = Vec::new();
    for name in header.value(record, "level_of_care").split([';', ' ', '/']).filter(|name| !name.is_empty()) {
        match LevelOfCare::from_name(name) {
            Some(level) => levels.push(level),
            None => {
                let allowed = "MPA, CPA1, CPA2, CPA3";
                findings.note(line, "level_of_care", "catalogue_value_unknown", &[("allowed", allowed)]);
            }
        }
    }
    levels.sort();
    levels.dedup();
    levels
}

const fn column_of(field: Field) -> &'static str {
    match field {
        Field::Generic => "generic_name",
        Field::Khmer => "khmer_name",
        Field::French => "french_name",
        Field::Brands => "brand_names",
        Field::Strength => "strength",
        Field::AtcCode => "atc_code",
        Field::Class => "class",
        Field::Description => "description",
        Field::UsualDose => "usual_dose",
        Field::MaxSingleDose => "max_single_dose",
        Field::MaxDailyDose => "max_daily_dose",
        Field::DoseSource => "dose_source",
        Field::PregnancyNote => "pregnancy_note",
        Field::RenalNote => "renal_note",
        Field::NoteSource => "note_source",
        Field::Provenance => "provenance",
    }
}
