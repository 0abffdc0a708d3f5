//! One row of a list as an entry.

use super::super::model::{Content, DoseUnit, Form, LevelOfCare, Release, Route, Ven};
use super::super::rules::{self, Field};
use super::{Fault, Findings, Header, field_name, filled_width};
use crate::platform::error::Result;
use crate::platform::ids::MedicineId;

/// Reads one row over the entry that it is about; nothing when anything in it is wrong, which is then among the
/// findings.
///
/// # Errors
/// When the entry cannot be looked up.
pub(super) fn read(
    header: &Header,
    record: &csv::StringRecord,
    line: u64,
    entry: &mut impl FnMut(MedicineId) -> Result<Option<Content>>,
    findings: &mut Findings,
) -> Result<Option<Content>> {
    let before = findings.fault_count;
    if !has_every_cell(header, record, line, findings) {
        return Ok(None);
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
    let routes = routes(header, record, line, findings);
    let active = activity(header, record, line, findings);
    let (Some(form), Some(route), Some(unit), Some(release)) = (form, route, unit, release) else {
        return Ok(None);
    };
    let text = |column| header.optional(record, column);
    let names = |column| header.value(record, column).split(';').map(str::to_owned).collect();
    let mut content = rules::tidied(Content {
        generic: text("generic_name").unwrap_or_default(),
        khmer: text("khmer_name").unwrap_or_default(),
        french: text("french_name"),
        brands: names("brand_names"),
        synonyms: names("synonyms"),
        form,
        release,
        strength: text("strength").unwrap_or_default(),
        route,
        routes,
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
        active: active.unwrap_or(true),
    });
    if let Some(known) = entry(rules::id_of(&content))? {
        keep_unsaid(header, active, known, &mut content);
    }
    if let Err(error) = rules::check(&content, column_of) {
        for error in error.fields() {
            let mut fault = error.clone();
            fault.field = field_name(line, &error.field);
            findings.push(Fault { line, column: error.field.clone(), error: fault });
        }
    }
    Ok((findings.fault_count == before).then_some(content))
}

/// Cells behind the last named column are ignored while they are empty.
fn has_every_cell(header: &Header, record: &csv::StringRecord, line: u64, findings: &mut Findings) -> bool {
    let width = filled_width(record);
    if record.len() >= header.width && width <= header.width {
        return true;
    }
    if record.iter().any(|cell| cell.contains(['\n', '\r'])) {
        // A quotation mark that is not closed swallows the lines after it.
        findings.note(line, "", "catalogue_line_unreadable", &[]);
    } else {
        let (found, expected) = (width.max(record.len().min(header.width)), header.width);
        let args = [("found", &*found.to_string()), ("expected", &*expected.to_string())];
        findings.note(line, "", "catalogue_cell_count", &args);
    }
    false
}

/// What the row says about being in use; nothing where it says neither yes nor no.
fn activity(header: &Header, record: &csv::StringRecord, line: u64, findings: &mut Findings) -> Option<bool> {
    match header.value(record, "active").to_lowercase().as_str() {
        "" => None,
        "yes" | "true" | "1" => Some(true),
        "no" | "false" | "0" => Some(false),
        _ => {
            findings.note(line, "active", "catalogue_value_unknown", &[("allowed", "yes, no")]);
            None
        }
    }
}

/// Takes from the entry that is there what the list has no column for. A column that is missing says nothing: it must
/// not take away a limit.
fn keep_unsaid(header: &Header, active: Option<bool>, known: Content, content: &mut Content) {
    if !header.has("brand_names") {
        content.brands = known.brands;
    }
    if !header.has("synonyms") {
        content.synonyms = known.synonyms;
    }
    if !header.has("routes") {
        content.routes = known.routes;
    }
    if !header.has("ven") {
        content.ven = known.ven;
    }
    if !header.has("level_of_care") {
        content.levels_of_care = known.levels_of_care;
    }
    for (column, place, value) in [
        ("french_name", &mut content.french, known.french),
        ("atc_code", &mut content.atc_code, known.atc_code),
        ("class", &mut content.class, known.class),
        ("description", &mut content.description, known.description),
        ("usual_dose", &mut content.usual_dose, known.usual_dose),
        ("max_single_dose", &mut content.max_single_dose, known.max_single_dose),
        ("max_daily_dose", &mut content.max_daily_dose, known.max_daily_dose),
        ("dose_source", &mut content.dose_source, known.dose_source),
        ("usual_pieces", &mut content.usual_pieces, known.usual_pieces),
        ("pregnancy_note", &mut content.pregnancy_note, known.pregnancy_note),
        ("renal_note", &mut content.renal_note, known.renal_note),
        ("note_source", &mut content.note_source, known.note_source),
        ("provenance", &mut content.provenance, known.provenance),
    ] {
        if !header.has(column) {
            *place = value;
        }
    }
    content.active = active.unwrap_or(known.active);
    // Whoever takes an entry back into use has read why it was not.
    if !header.has("withdrawn") && active != Some(true) {
        content.withdrawn = known.withdrawn;
    }
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

fn routes(header: &Header, record: &csv::StringRecord, line: u64, findings: &mut Findings) -> Vec<Route> {
    let mut routes = Vec::new();
    for name in header.value(record, "routes").split([';', ' ', '|']).filter(|name| !name.is_empty()) {
        match Route::from_name(name) {
            Some(route) => routes.push(route),
            None => {
                let allowed = Route::ALL.iter().map(|route| route.name()).collect::<Vec<_>>().join(", ");
                findings.note(line, "routes", "catalogue_value_unknown", &[("allowed", &allowed)]);
            }
        }
    }
    routes
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
        Field::Routes => "routes",
    }
}
