//! Medicines: searching and reading the catalogue, and keeping it.

use std::sync::Arc;

use poem::{Request, RequestBody, Result};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::output::{Created, Listed};
use super::problem::{Problem, unsupported_media_type};
use super::types::{Instant, named_lists};
use crate::domain::medicines::list::{Fault, LIST_MAX_BYTES};
use crate::domain::medicines::model::{
    Content, DoseUnit, Form, ImportCounts, LevelOfCare, Medicine, Origin, Route, Source, Ven,
};
use crate::flows::medicines::{self as flow, ImportMode, ImportReport, List};
use crate::platform::context::Context;
use crate::platform::error::Error;
use crate::platform::i18n::{Language, text};
use crate::platform::ids::{MedicineId, UserId};
use crate::views::medicines as view;

named_lists! {
    /// What a medicine looks like.
    Form as "MedicineForm": Tablet, Capsule, Syrup, Suspension, Solution, Drops, Sachet, Powder, Suppository, Pessary,
        Injection, Infusion, Vaccine, Inhaler, NebuliserSolution, NasalSpray, EyeDrops, EarDrops, Cream, Ointment, Gel,
        Lotion, Shampoo, Patch, Implant, Device, Other;
    /// How it gets into or onto the body.
    Route as "MedicineRoute": Oral, Sublingual, Rectal, Vaginal, Intravenous, Intramuscular, Subcutaneous,
        Intradermal, Inhaled, Nasal, Ophthalmic, Otic, Topical, Transdermal, Other;
    /// What is counted when it is prescribed and dispensed.
    DoseUnit as "MedicineUnit": Tablet, Capsule, Milliliter, Drop, Sachet, Suppository, Ampoule, Vial, Puff,
        Application, Patch, Dose, Unit;
    /// Vital, essential or non-essential.
    Ven as "Ven": Vital, Essential, NonEssential;
    /// Levels of care of the national list of essential medicines.
    LevelOfCare as "LevelOfCare": HealthCentre, ReferralHospital1, ReferralHospital2, ReferralHospital3;
    /// Where an entry comes from: the list that is shipped, an imported list, or clinic staff.
    Origin as "CatalogueOrigin": Shipped, Imported, Staff;
}

/// An entry of the medicine catalogue.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "Medicine")]
pub struct MedicineView {
    /// The same in every installation for the same generic name, form, strength and route.
    id: MedicineId,
    /// International nonproprietary name.
    generic_name: String,
    /// Name in Khmer.
    khmer_name: String,
    /// Name in French.
    french_name: Option<String>,
    /// Brand names.
    brand_names: Vec<String>,
    form: Form,
    /// As printed on the pack: `500 mg`.
    strength: String,
    route: Route,
    unit: DoseUnit,
    /// One ATC code.
    atc_code: Option<String>,
    /// Therapeutic class.
    therapeutic_class: Option<String>,
    ven: Option<Ven>,
    /// Empty when not known.
    levels_of_care: Vec<LevelOfCare>,
    /// What it is for.
    description: Option<String>,
    usual_dose: Option<String>,
    max_single_dose: Option<String>,
    max_daily_dose: Option<String>,
    /// Who says so.
    dose_source: Option<String>,
    pregnancy_note: Option<String>,
    renal_note: Option<String>,
    /// Who says so.
    note_source: Option<String>,
    /// Where the entry's facts come from.
    provenance: Option<String>,
    /// Whether it can be prescribed and found.
    active: bool,
    origin: Origin,
    created_at: Instant,
    updated_at: Instant,
}

impl MedicineView {
    fn of(medicine: &Medicine) -> Self {
        let content = medicine.content.clone();
        Self {
            id: medicine.id,
            generic_name: content.generic,
            khmer_name: content.khmer,
            french_name: content.french,
            brand_names: content.brands,
            form: content.form,
            strength: content.strength,
            route: content.route,
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
            pregnancy_note: content.pregnancy_note,
            renal_note: content.renal_note,
            note_source: content.note_source,
            provenance: content.provenance,
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
    generic_name: String,
    /// Name in Khmer.
    khmer_name: String,
    french_name: Option<String>,
    #[oai(default)]
    brand_names: Vec<String>,
    form: Form,
    /// As printed on the pack: `500 mg`.
    strength: String,
    route: Route,
    unit: DoseUnit,
    atc_code: Option<String>,
    therapeutic_class: Option<String>,
    ven: Option<Ven>,
    #[oai(default)]
    levels_of_care: Vec<LevelOfCare>,
    description: Option<String>,
    usual_dose: Option<String>,
    max_single_dose: Option<String>,
    max_daily_dose: Option<String>,
    dose_source: Option<String>,
    pregnancy_note: Option<String>,
    renal_note: Option<String>,
    note_source: Option<String>,
    provenance: Option<String>,
}

impl NewMedicine {
    fn into_content(self) -> Content {
        Content {
            generic: self.generic_name,
            khmer: self.khmer_name,
            french: self.french_name,
            brands: self.brand_names,
            form: self.form,
            strength: self.strength,
            route: self.route,
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
            pregnancy_note: self.pregnancy_note,
            renal_note: self.renal_note,
            note_source: self.note_source,
            provenance: self.provenance,
            active: true,
        }
    }
}

/// What shall change; fields that are left out stay. An empty text removes the value. Generic name, form, strength
/// and route are what the entry is and cannot change: deactivate it and add another.
#[derive(Debug, Clone, Object)]
#[oai(rename_all = "camelCase")]
pub struct MedicineChange {
    khmer_name: Option<String>,
    french_name: Option<String>,
    brand_names: Option<Vec<String>>,
    unit: Option<DoseUnit>,
    atc_code: Option<String>,
    therapeutic_class: Option<String>,
    ven: Option<Ven>,
    levels_of_care: Option<Vec<LevelOfCare>>,
    description: Option<String>,
    usual_dose: Option<String>,
    max_single_dose: Option<String>,
    max_daily_dose: Option<String>,
    dose_source: Option<String>,
    pregnancy_note: Option<String>,
    renal_note: Option<String>,
    note_source: Option<String>,
    provenance: Option<String>,
    /// Whether it can be prescribed and found.
    active: Option<bool>,
}

impl MedicineChange {
    fn apply(&self, content: &mut Content) {
        fn set<T: Clone>(place: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                place.clone_from(value);
            }
        }
        set(&mut content.khmer, self.khmer_name.as_ref());
        set(&mut content.brands, self.brand_names.as_ref());
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
            (&mut content.pregnancy_note, &self.pregnancy_note),
            (&mut content.renal_note, &self.renal_note),
            (&mut content.note_source, &self.note_source),
            (&mut content.provenance, &self.provenance),
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
    rows: u64,
    /// Entries that were not there.
    new: u64,
    /// Entries that say something else now.
    changed: u64,
    /// Entries that say the same.
    unchanged: u64,
    /// The clinic's own entries, which the shipped list leaves alone.
    kept: u64,
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
    line: u64,
    /// The column; none when the whole line is meant.
    column: Option<String>,
    /// Stable code.
    code: String,
    /// What is wrong and how to mend it, in English.
    message: String,
    /// The same in Khmer.
    message_khmer: String,
}

impl FaultView {
    fn of(fault: &Fault) -> Self {
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
    dry_run: bool,
    counts: CountsView,
    /// All faults of the list; a list with faults cannot be imported.
    error_count: u64,
    /// The first 200 of them.
    errors: Vec<FaultView>,
}

impl ReportView {
    fn of(report: &ImportReport) -> Self {
        Self {
            dry_run: report.number.is_none(),
            counts: CountsView::of(report.counts),
            error_count: report.fault_count,
            errors: report.faults.iter().map(FaultView::of).collect(),
        }
    }
}

/// A list from which the catalogue was made.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "CatalogueSource")]
pub struct SourceView {
    /// Its number, from 1.
    id: u64,
    /// File name.
    name: String,
    origin: Origin,
    /// SHA-256 of the file, in hexadecimal.
    sha256: String,
    /// When it took effect.
    imported_at: Instant,
    /// Who imported it; nobody for the shipped list.
    imported_by: Option<UserId>,
    counts: CountsView,
}

impl SourceView {
    fn of(source: Source) -> Self {
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

/// A CSV file as the body, not read before the caller has proved that he may send it.
pub struct CsvUpload(poem::Body);

impl CsvUpload {
    async fn read(self) -> Result<Vec<u8>, Problem> {
        self.0.into_bytes_limit(LIST_MAX_BYTES).await.map(Vec::from).map_err(|error| match error {
            poem::error::ReadBodyError::PayloadTooLarge => {
                Error::too_large("catalogue_too_large").with("max", LIST_MAX_BYTES / 1024 / 1024).into()
            }
            other => Error::invalid("body", "body_unreadable").context(other).into(),
        })
    }
}

impl<'a> ApiExtractor<'a> for CsvUpload {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(_: &mut Registry) {}

    fn request_meta() -> Option<MetaRequest> {
        let schema = MetaSchemaRef::Inline(Box::new(MetaSchema::new("string")));
        Some(MetaRequest {
            description: Some("The list as CSV in UTF-8, at most 48 MB."),
            content: vec![MetaMediaType { content_type: "text/csv", schema }],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let kind = request.content_type().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("text/csv") {
            return Err(unsupported_media_type().into());
        }
        Ok(Self(body.take()?))
    }
}

/// Medicines.
pub struct MedicinesApi(pub Arc<Context>);

#[OpenApi(prefix_path = "/medicines", tag = "Area::Medicines")]
impl MedicinesApi {
    /// Search medicines
    ///
    /// Finds active entries by generic name, Khmer or French name or brand while they are typed: the whole name first,
    /// then names that start so, then similar spellings; generic names before brands. Accents, capitals and small
    /// Khmer signs do not matter, one typing error is forgiven from 4 letters and two from 8. Strength and form narrow:
    /// `amox 500 sirop`. Blank input finds nothing.
    #[oai(path = "/search", method = "get", operation_id = "search_medicines")]
    async fn search(
        &self,
        SignedIn(caller): SignedIn,
        /// What was typed.
        q: Query<Option<String>>,
        /// Most entries wanted, 1 to 100; 10 when left out.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Listed<MedicineView>>, Problem> {
        let typed = q.0.unwrap_or_default();
        let found = view::find(&self.0, &caller, &typed, limit.0).await?;
        Ok(Json(Listed::whole(found.iter().map(|medicine| MedicineView::of(medicine)).collect())))
    }

    /// Where the catalogue comes from
    ///
    /// The lists that were taken into the catalogue, with date and checksum, newest first.
    #[oai(path = "/sources", method = "get", operation_id = "list_catalogue_sources")]
    async fn sources(&self, SignedIn(caller): SignedIn) -> Result<Json<Listed<SourceView>>, Problem> {
        let sources = view::sources(&self.0, &caller).await?;
        Ok(Json(Listed::whole(sources.into_iter().map(SourceView::of).collect())))
    }

    /// A medicine
    ///
    /// Also entries that are no longer active, because old prescriptions name them.
    #[oai(path = "/:id", method = "get", operation_id = "get_medicine")]
    async fn get(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<MedicineId>,
    ) -> Result<Json<MedicineView>, Problem> {
        Ok(Json(MedicineView::of(&*view::get(&self.0, &caller, id.0).await?)))
    }

    /// Add a medicine
    ///
    /// For clinic staff. The same medicine with the same form, strength and route cannot be added twice.
    #[oai(path = "/", method = "post", operation_id = "create_medicine")]
    async fn create(
        &self,
        SignedIn(caller): SignedIn,
        Body(new): Body<NewMedicine>,
    ) -> Result<Created<MedicineView>, Problem> {
        Ok(Created(MedicineView::of(&flow::create(&self.0, &caller, new.into_content()).await?)))
    }

    /// Change a medicine
    ///
    /// For clinic staff. A changed entry is the clinic's own: newer versions of the shipped list leave it alone.
    #[oai(path = "/:id", method = "patch", operation_id = "update_medicine")]
    async fn update(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<MedicineId>,
        Body(change): Body<MedicineChange>,
    ) -> Result<Json<MedicineView>, Problem> {
        let edit = move |content: &mut Content| change.apply(content);
        Ok(Json(MedicineView::of(&flow::update(&self.0, &caller, id.0, edit).await?)))
    }

    /// Import a list of medicines
    ///
    /// For clinic staff. The body is a CSV file with the columns of the shipped list. All rows are taken or none: when
    /// anything is wrong, every fault is named with its line and column. With `dryRun=true` nothing is written and
    /// the faults are part of the answer. Importing the same list again changes nothing.
    #[oai(path = "/import", method = "post", operation_id = "import_medicines")]
    async fn import(
        &self,
        SignedIn(caller): SignedIn,
        /// Whether to tell only what would happen.
        #[oai(name = "dryRun")]
        dry_run: Query<Option<bool>>,
        /// The list's name among the catalogue's sources.
        name: Query<Option<String>>,
        upload: CsvUpload,
    ) -> Result<Json<ReportView>, Problem> {
        flow::may_import(&self.0, &caller).await?;
        let name = name.0.unwrap_or_else(|| "upload.csv".to_owned());
        let list = List { name, bytes: upload.read().await? };
        let mode = if dry_run.0.unwrap_or_default() { ImportMode::DryRun } else { ImportMode::Apply };
        Ok(Json(ReportView::of(&flow::import(&self.0, &caller, list, mode).await?)))
    }
}
