//! What changes the medicine catalogue: single entries by an admin, whole lists, the list that is shipped.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::auth::model::{Actor, Caller};
use crate::domain::gate;
use crate::domain::medicines::list::Fault;
use crate::domain::medicines::model::{
    Catalogue, Content, ImportCounts, Medicine, Origin, RefreshCatalogue, Source, UpdateSearch,
};
use crate::domain::medicines::staging::EntryChange;
use crate::domain::medicines::{SHIPPED_LIST, SHIPPED_NAME, rules, search, shipped_sha256, staging, tables};
use crate::domain::users::model::Role;
use crate::flows::storage;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::MedicineId;
use crate::platform::jobs::{Every, Jobs};
use crate::platform::search::{Batch, NameIndex, Watermark};
use crate::platform::store::{ReadTx, Reader as _, Step, Store};
use crate::platform::text::hex;

/// Who takes the shipped list over.
pub const TAKEN_OVER_BY: &str = "catalogue-refresh";

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    // One at a time: the index has one writer.
    jobs.queue("search", 1);
    jobs.register::<UpdateSearch, _, _>(|context, _| async move { update_search(&context).await });
    jobs.register::<RefreshCatalogue, _, _>(|context, _| async move { refresh(&context).await });
    jobs.recurring("refresh-catalogue", Every::days(7), RefreshCatalogue {});
}

/// What the catalogue needs at the start of the server, before it is ready: an interrupted import is ended, and the
/// shipped list is taken over if this version brings another one. The search index follows in the background:
/// [`open_search`].
///
/// # Errors
/// When the store cannot be written.
pub async fn start(context: &Context) -> Result<()> {
    settle(context).await?;
    if context.settings.medicines.shipped_list {
        import_shipped(context).await?;
    }
    Ok(())
}

/// Opens the search index and brings it up to the catalogue.
///
/// # Errors
/// When the index cannot be written.
pub async fn open_search(context: &Context) -> Result<()> {
    let index = Arc::clone(&context.search);
    blocking(move || Ok(index.open())).await?;
    update_search(context).await
}

async fn refresh(context: &Context) -> Result<()> {
    if context.settings.medicines.shipped_list {
        import_shipped(context).await?;
    }
    update_search(context).await
}

/// Brings the search index up to the catalogue: by what changed since its watermark, or from the beginning when it has
/// none or belongs to another history.
///
/// # Errors
/// When the index cannot be written.
pub async fn update_search(context: &Context) -> Result<()> {
    let (store, index) = (context.store.clone(), Arc::clone(&context.search));
    blocking(move || {
        staging::settle(&store)?;
        follow(&store, &index)
    })
    .await
}

fn follow(store: &Store, index: &NameIndex) -> Result<()> {
    store.read(|tx| {
        let catalogue = tables::catalogue(tx)?;
        let now = Watermark { revision: catalogue.revision, mark: catalogue.mark };
        match index.watermark() {
            Some(seen) if seen == now => Ok(()),
            // An empty catalogue needs no index.
            None if now.revision == 0 => Ok(()),
            Some(seen) if seen.revision < now.revision => {
                index.update(now, |batch| add_changed(tx, seen.revision, batch))
            }
            _ => index.rebuild(now, |batch| add_changed(tx, 0, batch)),
        }
    })
}

fn add_changed(tx: &ReadTx, since: u64, batch: &mut Batch<'_>) -> Result<()> {
    tables::visit_changed_since(tx, since, |medicine| {
        if medicine.content.active {
            batch.put(&search::entry(&medicine))?;
        } else {
            batch.remove(medicine.id.as_u128());
        }
        Ok(Step::Continue)
    })
}

/// How often an import starts over because the catalogue changed while its rows were staged.
const IMPORT_ATTEMPTS: usize = 3;

/// A list to be imported.
#[derive(Debug, Clone)]
pub struct List {
    /// File name, shown among the sources.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What an import shall do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// Only tell what it would change and what is wrong.
    DryRun,
    /// Take the whole list, or nothing when anything is wrong.
    Apply,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportReport {
    /// Number of the import; `None` for a dry run.
    pub number: Option<u64>,
    /// What it changed or would change.
    pub counts: ImportCounts,
    /// All faults of a dry run.
    pub fault_count: u64,
    /// The first of them.
    #[serde(skip)]
    pub faults: Vec<Fault>,
    /// The first [`staging::CHANGES_MAX`] entries that say something else, and where.
    #[serde(skip)]
    pub changes: Vec<EntryChange>,
}

impl ImportReport {
    fn of_dry_run(examined: staging::Examined) -> Self {
        Self {
            number: None,
            counts: examined.counts,
            fault_count: examined.findings.fault_count,
            faults: examined.findings.faults,
            changes: examined.changes,
        }
    }
}

/// Tells what an import by the command line would do, and writes nothing.
///
/// # Errors
/// When the bytes are no text, or the store cannot be read.
pub fn dry_run(store: &Store, list: &List) -> Result<ImportReport> {
    rules::check_list_name(&list.name)?;
    staging::examine(store, &list.bytes, Origin::Imported).map(ImportReport::of_dry_run)
}

fn staff(caller: &Caller) -> Result<()> {
    match caller.actor {
        Actor::System(_) => Ok(()),
        Actor::Person { .. } | Actor::Anonymous => caller.with_role(Role::Admin).map(drop),
    }
}

/// Adds an entry.
///
/// # Errors
/// Every bad field; the conflict `medicine_exists`.
pub async fn create(context: &Context, caller: &Caller, content: Content) -> Result<Medicine> {
    let by = caller.clone();
    gate::write(context, caller, "medicine.create", move |tx| {
        staff(&by)?;
        let content = rules::tidied(content.clone());
        rules::check(&content, json_name)?;
        let id = rules::id_of(&content);
        tx.trail().resource = Some(("medicine", id.to_string()));
        if tables::get(tx, id)?.is_some() {
            return Err(Error::conflict("medicine_exists"));
        }
        let now = tx.now();
        let medicine =
            Medicine { id, content, origin: Origin::Staff, revision: 0, created_at: now, updated_at: now };
        tables::save(tx, medicine)
    })
    .await
}

/// Changes what an entry says; its identity stays. `edit` gets the present content.
///
/// # Errors
/// `medicine_not_found`; every bad field.
pub async fn update(
    context: &Context,
    caller: &Caller,
    id: MedicineId,
    edit: impl Fn(&mut Content) + Send + 'static,
) -> Result<Medicine> {
    let by = caller.clone();
    gate::write(context, caller, "medicine.update", move |tx| {
        staff(&by)?;
        tx.trail().resource = Some(("medicine", id.to_string()));
        let old = tables::require(tx, id)?;
        let mut content = old.content.clone();
        edit(&mut content);
        let mut content = rules::tidied(content);
        if rules::id_of(&content) != id {
            // An entry from before strengths were written in one way keeps its own, which makes its id.
            content.strength.clone_from(&old.content.strength);
        }
        rules::check(&content, json_name)?;
        if rules::id_of(&content) != id {
            return Err(Error::internal("an edit changed the identity of a medicine"));
        }
        if content == old.content {
            return Ok(old);
        }
        tx.trail().change = Some(serde_json::json!({ "old": &old.content, "new": &content }));
        tables::save(tx, Medicine { content, origin: Origin::Staff, ..old })
    })
    .await
}

/// Whether this caller may import at all; asked before a large file is read.
///
/// # Errors
/// `role_not_allowed` for everybody but admins.
pub async fn may_import(context: &Context, caller: &Caller) -> Result<()> {
    let by = caller.clone();
    gate::read(context, caller, "medicine.import", |_| staff(&by)).await
}

/// Takes a list into the catalogue, or tells what it would do.
///
/// # Errors
/// Not for others than admins; every fault of the list, in which case nothing is taken.
pub async fn import(
    context: &Context,
    caller: &Caller,
    list: List,
    mode: ImportMode,
) -> Result<ImportReport> {
    may_import(context, caller).await?;
    rules::check_list_name(&list.name)?;
    let report = run_import(context, caller, list, Origin::Imported, mode).await?;
    // A large list leaves free pages behind: the status shows it at once, not tomorrow.
    if report.number.is_some() {
        storage::look_over_once(context, storage::Pace::AtOnce).await;
    }
    Ok(report)
}

/// Takes over the shipped list where this version of the product ships another one than the last that was taken
/// over. Returns whether it did.
///
/// # Errors
/// When the store cannot be written.
pub async fn import_shipped(context: &Context) -> Result<Option<ImportReport>> {
    let caller = Caller::system(TAKEN_OVER_BY);
    let sha256 = shipped_sha256();
    let taken =
        gate::read(context, &caller, "medicine.import", |tx| Ok(tables::catalogue(tx)?.shipped)).await?;
    if taken == Some(sha256) {
        return Ok(None);
    }
    let list = List { name: SHIPPED_NAME.to_owned(), bytes: SHIPPED_LIST.to_vec() };
    run_import(context, &caller, list, Origin::Shipped, ImportMode::Apply).await.map(Some)
}

/// Ends what a crash interrupted: moves the rows of a finished import to their place and removes those of an
/// unfinished one. Called at the start, before anything can import.
///
/// # Errors
/// When the store cannot be written.
pub async fn settle(context: &Context) -> Result<()> {
    let store = context.store.clone();
    blocking(move || {
        staging::settle(&store)?;
        staging::give_up(&store, None)
    })
    .await
}

async fn run_import(
    context: &Context,
    caller: &Caller,
    list: List,
    origin: Origin,
    mode: ImportMode,
) -> Result<ImportReport> {
    let list = Arc::new(list);
    let sha256 = sha256_of(&list.bytes);
    let mut attempt = 0;
    loop {
        attempt += 1;
        let (store, bytes) = (context.store.clone(), Arc::clone(&list));
        let examined = blocking(move || {
            if mode == ImportMode::Apply {
                staging::settle(&store)?;
            }
            staging::examine(&store, &bytes.bytes, origin)
        })
        .await?;
        if mode == ImportMode::DryRun {
            return Ok(ImportReport::of_dry_run(examined));
        }
        examined.findings.finish()?;
        let (base, counts, changes) = (examined.base, examined.counts, examined.changes);
        let outcome = stage_and_switch(context, caller, &list, &sha256, origin, base, counts).await;
        match outcome {
            Err(error) if error.code() == "catalogue_changed" && attempt < IMPORT_ATTEMPTS => {}
            outcome => return outcome.map(|report| ImportReport { changes, ..report }),
        }
    }
}

async fn stage_and_switch(
    context: &Context,
    caller: &Caller,
    list: &Arc<List>,
    sha256: &str,
    origin: Origin,
    base: Catalogue,
    counts: ImportCounts,
) -> Result<ImportReport> {
    let (store, bytes, compared) = (context.store.clone(), Arc::clone(list), base.clone());
    let number = blocking(move || staging::stage_list(&store, &bytes.bytes, origin, &compared)).await?;
    let (name, sha256, by) = (list.name.clone(), sha256.to_owned(), caller.user_id().ok());
    let switched = gate::write(context, caller, "medicine.import", move |tx| {
        let source =
            Source { number, name: name.clone(), origin, sha256: sha256.clone(), at: tx.now(), by, counts };
        tx.trail().resource = Some(("catalogue", number.to_string()));
        tx.trail().change = Some(serde_json::json!({ "list": &name, "sha256": &sha256, "counts": counts }));
        staging::switch(tx, &base, &source)?;
        Ok(ImportReport {
            number: Some(number),
            counts,
            fault_count: 0,
            faults: Vec::new(),
            changes: Vec::new(),
        })
    })
    .await;
    let store = context.store.clone();
    // A refused switch, or the replay of an earlier answer, leaves rows that will never count.
    let given_up = switched.as_ref().ok().and_then(|report| report.number) != Some(number);
    blocking(move || {
        if given_up {
            staging::give_up(&store, Some(number))?;
        }
        staging::settle(&store)
    })
    .await?;
    switched
}

/// Runs what takes its time on a thread made for it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::internal(format!("catalogue work ended early: {error}")))?
}

fn sha256_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The fields as the API names them.
const fn json_name(field: rules::Field) -> &'static str {
    use rules::Field;
    match field {
        Field::Generic => "genericName",
        Field::Khmer => "khmerName",
        Field::French => "frenchName",
        Field::Brands => "brandNames",
        Field::Synonyms => "synonyms",
        Field::Strength => "strength",
        Field::AtcCode => "atcCode",
        Field::Class => "therapeuticClass",
        Field::Description => "description",
        Field::UsualDose => "usualDose",
        Field::MaxSingleDose => "maxSingleDose",
        Field::MaxDailyDose => "maxDailyDose",
        Field::DoseSource => "doseSource",
        Field::UsualPieces => "usualPieces",
        Field::PregnancyNote => "pregnancyNote",
        Field::RenalNote => "renalNote",
        Field::NoteSource => "noteSource",
        Field::Provenance => "provenance",
        Field::Withdrawn => "withdrawn",
        Field::Routes => "routes",
    }
}
