//! Medicines as clients send and see them.

use poem_openapi::Object;

use crate::api::types::Instant;
use crate::domain::medicines::list::Fault;
use crate::domain::medicines::model::{
    Content, DoseUnit, Form, ImportCounts, LevelOfCare, Medicine, Origin, Release, Route, Source, Ven,
};
use crate::domain::medicines::staging::EntryChange;
use crate::flows::medicines::ImportReport;
use crate::platform::i18n::{Language, text};
use crate::platform::ids::{MedicineId, UserId};

/// An entry of the medicine catalogue.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "Medicine")]
pub struct MedicineView {
    /// The same in every installation for the same generic name, form, strength, route and release.
    pub(in crate::api) id: MedicineId,
    /// Name, strength and form in English, with the route where the form does not tell it. Show this wherever entries
    /// must not be taken for each other: `ciprofloxacin 0.3% eye drops`.
    pub(in crate::api) display_name: String,
    /// The same in Khmer.
    pub(in crate::api) display_name_khmer: String,
    /// International nonproprietary name.
    pub(in crate::api) generic_name: String,
    /// Name in Khmer.
    pub(in crate::api) khmer_name: String,
    /// Name in French.
    pub(in crate::api) french_name: Option<String>,
    /// Brand names.
    pub(in crate::api) brand_names: Vec<String>,
    /// Other names by which it is found, such as names used in other countries.
    pub(in crate::api) synonyms: Vec<String>,
    pub(in crate::api) form: Form,
    pub(in crate::api) release: Release,
    /// As printed on the pack: `500 mg`.
    pub(in crate::api) strength: String,
    pub(in crate::api) route: Route,
    /// All the ways in which it may be given, `route` first, when there are several; empty when `route` is the only one.
    pub(in crate::api) routes: Vec<Route>,
    pub(in crate::api) unit: DoseUnit,
    /// One ATC code.
    pub(in crate::api) atc_code: Option<String>,
    /// Therapeutic class.
    pub(in crate::api) therapeutic_class: Option<String>,
    pub(in crate::api) ven: Option<Ven>,
    /// Empty when not known.
    pub(in crate::api) levels_of_care: Vec<LevelOfCare>,
    /// What it is for.
    pub(in crate::api) description: Option<String>,
    pub(in crate::api) usual_dose: Option<String>,
    pub(in crate::api) max_single_dose: Option<String>,
    pub(in crate::api) max_daily_dose: Option<String>,
    /// Who says so.
    pub(in crate::api) dose_source: Option<String>,
    /// How many pieces of one intake are ordinary for this medicine: `1-12`; `1-10 weekly` where it is taken once a week.
    pub(in crate::api) usual_pieces: Option<String>,
    pub(in crate::api) pregnancy_note: Option<String>,
    pub(in crate::api) renal_note: Option<String>,
    /// Who says so.
    pub(in crate::api) note_source: Option<String>,
    /// Where the entry's facts come from.
    pub(in crate::api) provenance: Option<String>,
    /// Why it is no longer prescribed, and what instead; only of an entry that is not active.
    pub(in crate::api) withdrawn: Option<String>,
    /// Whether it can be prescribed and found.
    pub(in crate::api) active: bool,
    pub(in crate::api) origin: Origin,
    pub(in crate::api) created_at: Instant,
    pub(in crate::api) updated_at: Instant,
}

impl MedicineView {
    pub(in crate::api) fn of(medicine: &Medicine) -> Self {
        let content = medicine.content.clone();
        Self {
            id: medicine.id,
            display_name: content.display_name(Language::English),
            display_name_khmer: content.display_name(Language::Khmer),
            generic_name: content.generic,
            khmer_name: content.khmer,
            french_name: content.french,
            brand_names: content.brands,
            synonyms: content.synonyms,
            form: content.form,
            release: content.release,
            strength: content.strength,
            route: content.route,
            routes: content.routes,
            unit: content.unit,
            atc_code: content.atc_code,
            therapeutic_class: content.class,
            ven: content.ven,
            levels_of_care: content.levels_of_care,
            description: content.description,
            usual_dose: content.usual_dose,
            max_single_dose: content.max_single_dose,
            max_daily_dose: content.max_daily_dose,
            dose_source: content.dose_source,
            usual_pieces: content.usual_pieces,
            pregnancy_note: content.pregnancy_note,
            renal_note: content.renal_note,
            note_source: content.note_source,
            provenance: content.provenance,
            withdrawn: content.withdrawn,
            active: content.active,
            origin: medicine.origin,
            created_at: medicine.created_at.into(),
            updated_at: medicine.updated_at.into(),
        }
    }
}

/// A new entry. Doses and notes need their source.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NewMedicine {
    /// International nonproprietary name; parts of a combination joined by ` + `.
    pub(in crate::api) generic_name: String,
    /// Name in Khmer.
    pub(in crate::api) khmer_name: String,
    pub(in crate::api) french_name: Option<String>,
    #[oai(default)]
    pub(in crate::api) brand_names: Vec<String>,
    /// Other names by which it is found.
    #[oai(default)]
    pub(in crate::api) synonyms: Vec<String>,
    pub(in crate::api) form: Form,
    /// `PLAIN` when left out.
    pub(in crate::api) release: Option<Release>,
    /// As printed on the pack: `500 mg`.
    pub(in crate::api) strength: String,
    pub(in crate::api) route: Route,
    /// All the ways in which it may be given by its label, `route` among them, when there are several: only of what is
    /// given with a needle. A prescription that names another way is refused.
    #[oai(default)]
    pub(in crate::api) routes: Vec<Route>,
    pub(in crate::api) unit: DoseUnit,
    pub(in crate::api) atc_code: Option<String>,
    pub(in crate::api) therapeutic_class: Option<String>,
    pub(in crate::api) ven: Option<Ven>,
    #[oai(default)]
    pub(in crate::api) levels_of_care: Vec<LevelOfCare>,
    pub(in crate::api) description: Option<String>,
    pub(in crate::api) usual_dose: Option<String>,
    pub(in crate::api) max_single_dose: Option<String>,
    pub(in crate::api) max_daily_dose: Option<String>,
    pub(in crate::api) dose_source: Option<String>,
    /// How many pieces of one intake are ordinary for this medicine: `1-12`; `1-10 weekly` where it is taken once a week.
    pub(in crate::api) usual_pieces: Option<String>,
    pub(in crate::api) pregnancy_note: Option<String>,
    pub(in crate::api) renal_note: Option<String>,
    pub(in crate::api) note_source: Option<String>,
    pub(in crate::api) provenance: Option<String>,
}

impl NewMedicine {
    pub(in crate::api) fn into_content(self) -> Content {
        Content {
            generic: self.generic_name,
            khmer: self.khmer_name,
            french: self.french_name,
            brands: self.brand_names,
            synonyms: self.synonyms,
            form: self.form,
            release: self.release.unwrap_or_default(),
            strength: self.strength,
            route: self.route,
            routes: self.routes,
            unit: self.unit,
            atc_code: self.atc_code,
            class: self.therapeutic_class,
            ven: self.ven,
            levels_of_care: self.levels_of_care,
            description: self.description,
            usual_dose: self.usual_dose,
            max_single_dose: self.max_single_dose,
            max_daily_dose: self.max_daily_dose,
            dose_source: self.dose_source,
            usual_pieces: self.usual_pieces,
            pregnancy_note: self.pregnancy_note,
            renal_note: self.renal_note,
            note_source: self.note_source,
            provenance: self.provenance,
            withdrawn: None,
            active: true,
        }
    }
}

/// What shall change; fields that are left out stay. An empty text removes the value. Generic name, form, strength, route
/// and release are what the entry is and cannot change: deactivate it and add another.
#[derive(Debug, Clone, Object)]
#[oai(rename_all = "camelCase")]
pub struct MedicineChange {
    pub(in crate::api) khmer_name: Option<String>,
    pub(in crate::api) french_name: Option<String>,
    pub(in crate::api) brand_names: Option<Vec<String>>,
    pub(in crate::api) synonyms: Option<Vec<String>>,
    /// All the ways in which it may be given by its label, `route` among them; empty when `route` is the only one.
    pub(in crate::api) routes: Option<Vec<Route>>,
    pub(in crate::api) unit: Option<DoseUnit>,
    pub(in crate::api) atc_code: Option<String>,
    pub(in crate::api) therapeutic_class: Option<String>,
    pub(in crate::api) ven: Option<Ven>,
    pub(in crate::api) levels_of_care: Option<Vec<LevelOfCare>>,
    pub(in crate::api) description: Option<String>,
    pub(in crate::api) usual_dose: Option<String>,
    pub(in crate::api) max_single_dose: Option<String>,
    pub(in crate::api) max_daily_dose: Option<String>,
    pub(in crate::api) dose_source: Option<String>,
    /// How many pieces of one intake are ordinary for this medicine: `1-12`; `1-10 weekly` where it is taken once a week.
    pub(in crate::api) usual_pieces: Option<String>,
    pub(in crate::api) pregnancy_note: Option<String>,
    pub(in crate::api) renal_note: Option<String>,
    pub(in crate::api) note_source: Option<String>,
    pub(in crate::api) provenance: Option<String>,
    /// Why it is no longer prescribed; only together with `active` false. To prescribe it again send an empty text.
    pub(in crate::api) withdrawn: Option<String>,
    /// Whether it can be prescribed and found.
    pub(in crate::api) active: Option<bool>,
}

impl MedicineChange {
    pub(in crate::api) fn apply(&self, content: &mut Content) {
        fn set<T: Clone>(place: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                place.clone_from(value);
            }
        }
        set(&mut content.khmer, self.khmer_name.as_ref());
        set(&mut content.brands, self.brand_names.as_ref());
        set(&mut content.synonyms, self.synonyms.as_ref());
        set(&mut content.routes, self.routes.as_ref());
        set(&mut content.unit, self.unit.as_ref());
        set(&mut content.levels_of_care, self.levels_of_care.as_ref());
        set(&mut content.active, self.active.as_ref());
        if self.ven.is_some() {
            content.ven = self.ven;
        }
        for (place, value) in [
            (&mut content.french, &self.french_name),
            (&mut content.atc_code, &self.atc_code),
            (&mut content.class, &self.therapeutic_class),
            (&mut content.description, &self.description),
            (&mut content.usual_dose, &self.usual_dose),
            (&mut content.max_single_dose, &self.max_single_dose),
            (&mut content.max_daily_dose, &self.max_daily_dose),
            (&mut content.dose_source, &self.dose_source),
            (&mut content.usual_pieces, &self.usual_pieces),
            (&mut content.pregnancy_note, &self.pregnancy_note),
            (&mut content.renal_note, &self.renal_note),
            (&mut content.note_source, &self.note_source),
            (&mut content.provenance, &self.provenance),
            (&mut content.withdrawn, &self.withdrawn),
        ] {
            if value.is_some() {
                place.clone_from(value);
            }
        }
    }
}

/// What an import does, or would do.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "ImportCounts")]
pub struct CountsView {
    /// Rows in the list.
    pub(in crate::api) rows: u64,
    /// Entries that were not there.
    pub(in crate::api) new: u64,
    /// Entries that say something else now.
    pub(in crate::api) changed: u64,
    /// Entries that say the same.
    pub(in crate::api) unchanged: u64,
    /// The clinic's own entries, which the shipped list leaves alone.
    pub(in crate::api) kept: u64,
}

impl CountsView {
    const fn of(counts: ImportCounts) -> Self {
        let ImportCounts { rows, new, changed, unchanged, kept } = counts;
        Self { rows, new, changed, unchanged, kept }
    }
}

/// One thing wrong with a list.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "ImportFault")]
pub struct FaultView {
    /// Line in the file, from 1.
    pub(in crate::api) line: u64,
    /// The column; none when the whole line is meant.
    pub(in crate::api) column: Option<String>,
    /// Stable code.
    pub(in crate::api) code: String,
    /// What is wrong and how to mend it, in English.
    pub(in crate::api) message: String,
    /// The same in Khmer.
    pub(in crate::api) message_khmer: String,
}

impl FaultView {
    pub(in crate::api) fn of(fault: &Fault) -> Self {
        let error = &fault.error;
        Self {
            line: fault.line,
            column: Some(fault.column.clone()).filter(|column| !column.is_empty()),
            code: error.code.to_owned(),
            message: text(Language::English, error.code, &error.args),
            message_khmer: text(Language::Khmer, error.code, &error.args),
        }
    }
}

/// What an import did, or what a dry run found.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "ImportReport")]
pub struct ReportView {
    /// Whether nothing was written.
    pub(in crate::api) dry_run: bool,
    pub(in crate::api) counts: CountsView,
    /// All faults of the list; a list with faults cannot be imported.
    pub(in crate::api) error_count: u64,
    /// The first 200 of them.
    pub(in crate::api) errors: Vec<FaultView>,
    /// The first 100 entries that say something else, and in which columns; `counts.changed` counts all.
    pub(in crate::api) changes: Vec<ChangeView>,
}

/// An entry that a list changes.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "ImportChange")]
pub struct ChangeView {
    /// The entry.
    pub(in crate::api) medicine_id: MedicineId,
    /// As it is shown.
    pub(in crate::api) display_name: String,
    /// The columns of the list in which it says something else.
    pub(in crate::api) columns: Vec<String>,
}

impl ChangeView {
    fn of(change: &EntryChange) -> Self {
        Self {
            medicine_id: change.id,
            display_name: change.name.clone(),
            columns: change.columns.iter().map(|&column| column.to_owned()).collect(),
        }
    }
}

impl ReportView {
    pub(in crate::api) fn of(report: &ImportReport) -> Self {
        Self {
            dry_run: report.number.is_none(),
            counts: CountsView::of(report.counts),
            error_count: report.fault_count,
            errors: report.faults.iter().map(FaultView::of).collect(),
            changes: report.changes.iter().map(ChangeView::of).collect(),
        }
    }
}

/// A list from which the catalogue was made.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "CatalogueSource")]
pub struct SourceView {
    /// Its number, from 1.
    pub(in crate::api) id: u64,
    /// File name.
    pub(in crate::api) name: String,
    pub(in crate::api) origin: Origin,
    /// SHA-256 of the file, in hexadecimal.
    pub(in crate::api) sha256: String,
    /// When it took effect.
    pub(in crate::api) imported_at: Instant,
    /// Who imported it; nobody for the shipped list.
    pub(in crate::api) imported_by: Option<UserId>,
    pub(in crate::api) counts: CountsView,
}

impl SourceView {
    pub(in crate::api) fn of(source: Source) -> Self {
        Self {
            id: source.number,
            name: source.name,
            origin: source.origin,
            sha256: source.sha256,
            imported_at: source.at.into(),
            imported_by: source.by,
            counts: CountsView::of(source.counts),
        }
    }
}
