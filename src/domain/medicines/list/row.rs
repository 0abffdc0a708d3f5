//! One row of a list as an entry.

use super::super::model::{Content, DoseUnit, Form, LevelOfCare, Release, Route, Ven};
use super::super::rules::{self, Field};
use super::{Fault, Findings, Header, field_name, filled_width};

/// Reads one row; nothing when anything in it is wrong, which is then among the findings.
pub(super) fn read(
    header: &Header,
    record: &csv::StringRecord,
    line: u64,
    findings: &mut Findings,
) -> Option<Content> {
    let before = findings.fault_count;
    // Cells behind the last named column are ignored while they are empty.
    let width = filled_width(record);
    if record.len() < header.width || width > header.width {
        if record.iter().any(|cell| cell.contains(['\n', '\r'])) {
            // A quotation mark that is not closed swallows the lines after it.
            findings.note(line, "", "catalogue_line_unreadable", &[]);
        } else {
            let (found, expected) = (width.max(record.len().min(header.width)), header.width);
            let args = [("found", &*found.to_string()), ("expected", &*expected.to_string())];
            findings.note(line, "", "catalogue_cell_count", &args);
        }
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
    let release = match header.value(record, "release") {
        "" => Some(Release::default()),
        _ => {
            choice(header, record, line, findings, "release", Release::from_name, Release::ALL, Release::name)
        }
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
    let (form, route, unit, release) = (form?, route?, unit?, release?);
    let text = |column| header.optional(record, column);
    let names = |column| header.value(record, column).split(';').map(str::to_owned).collect();
    let content = rules::tidied(Content {
        generic: text("generic_name").unwrap_or_default(),
        khmer: text("khmer_name").unwrap_or_default(),
        french: text("french_name"),
        brands: names("brand_names"),
        synonyms: names("synonyms"),
        form,
        release,
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
        usual_pieces: text("usual_pieces"),
        pregnancy_note: text("pregnancy_note"),
        renal_note: text("renal_note"),
        note_source: text("note_source"),
        provenance: text("provenance"),
        withdrawn: text("withdrawn"),
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

#[expect(clippy::too_many_arguments, reason = "one small helper for five enumerations")]
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
        Field::Synonyms => "synonyms",
        Field::Strength => "strength",
        Field::AtcCode => "atc_code",
        Field::Class => "class",
        Field::Description => "description",
        Field::UsualDose => "usual_dose",
        Field::MaxSingleDose => "max_single_dose",
        Field::MaxDailyDose => "max_daily_dose",
        Field::DoseSource => "dose_source",
        Field::UsualPieces => "usual_pieces",
        Field::PregnancyNote => "pregnancy_note",
        Field::RenalNote => "renal_note",
        Field::NoteSource => "note_source",
        Field::Provenance => "provenance",
        Field::Withdrawn => "withdrawn",
    }
}
