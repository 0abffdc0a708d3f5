//! Medicines: searching and reading the catalogue, and keeping it.

mod bodies;
mod upload;

use std::sync::Arc;

use poem::Result;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;

use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::output::{Created, Listed};
use super::problem::Problem;
use super::types::named_lists;
use crate::domain::medicines::model::{Content, DoseUnit, Form, LevelOfCare, Origin, Release, Route, Ven};
use crate::flows::medicines::{self as flow, ImportMode, List};
use crate::platform::context::Context;
use crate::platform::ids::MedicineId;
use crate::views::medicines as view;
use bodies::{MedicineChange, MedicineView, NewMedicine, ReportView, SourceView};
use upload::CsvUpload;

named_lists! {
    /// What a medicine looks like.
    Form as "MedicineForm": Tablet, Capsule, Syrup, Suspension, Solution, Drops, Sachet, Powder, Suppository, Pessary,
        Injection, Infusion, Vaccine, Inhaler, NebuliserSolution, NasalSpray, EyeDrops, EarDrops, Cream, Ointment, Gel,
        Lotion, Shampoo, Patch, Implant, Device, Other;
    /// How the form lets the medicine go. Pieces that are not plain are another medicine than the plain piece of the same
    /// strength.
    Release as "MedicineRelease": Plain, Modified, GastroResistant;
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

/// Medicines.
pub struct MedicinesApi(pub Arc<Context>);

#[OpenApi(prefix_path = "/medicines", tag = "Area::Medicines")]
impl MedicinesApi {
    /// Search medicines
    ///
    /// Finds active entries by generic name, Khmer or French name, synonym or brand while they are typed: the whole name
    /// first, then names that start so, then similar spellings; generic names before brands. Accents, capitals and small
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
    /// For clinic staff. The same medicine with the same form, strength and route cannot be added twice. A strength or a
    /// maximum that cannot be read is refused, because doses would be held against nothing.
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
    /// the faults are part of the answer. Importing the same list again changes nothing. A column that the list does not
    /// have leaves what the entries say; an empty cell under a column that it has clears the value. Only `yes` under
    /// `active` takes an entry back that is not in use.
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
        let (bytes, _room) = upload.read(&self.0).await?;
        let list = List { name, bytes };
        let mode = if dry_run.0.unwrap_or_default() { ImportMode::DryRun } else { ImportMode::Apply };
        Ok(Json(ReportView::of(&flow::import(&self.0, &caller, list, mode).await?)))
    }
}
