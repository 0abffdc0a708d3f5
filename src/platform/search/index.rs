//! The index on disk: opening, following the store, building it anew.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tantivy::directory::{MmapDirectory, RamDirectory};
use tantivy::merge_policy::NoMergePolicy;
use tantivy::{Directory, Index, IndexSettings, IndexWriter, ReloadPolicy, TantivyDocument, Term};

use super::segment::Fields;
use super::snapshot::Snapshot;
use super::{Entry, Hit, Watermark};
use crate::platform::error::{Error, Result};

/// Memory of the writer while it works, in bytes; the library's least. At rest there is no writer.
const WRITER_BYTES: usize = 15_000_000;
/// Raised when the layout or the folding of texts changes: an index of another version is built anew.
const FORMAT: u32 = 5;

/// An index over names. See the module documentation.
pub struct NameIndex {
    /// Where it lies; `None` keeps it in memory.
    folder: Option<PathBuf>,
    fields: Fields,
    /// What searches see.
    current: RwLock<Option<Arc<Snapshot>>>,
    /// Held by whoever changes the index.
    opened: Mutex<Option<Index>>,
}

/// What is kept with each commit of the index.
#[derive(serde::Serialize, serde::Deserialize)]
struct Seen {
    format: u32,
    watermark: Watermark,
}

/// Changes on their way into the index.
pub struct Batch<'a> {
    writer: &'a IndexWriter,
    fields: &'a Fields,
    purpose: Purpose,
}

/// What is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Changes to what is there.
    Update,
    /// Everything, into an empty index.
    Rebuild,
}

impl Batch<'_> {
    /// Adds an entry, in place of the one with its id.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn put(&mut self, entry: &Entry) -> Result<()> {
        if self.purpose == Purpose::Update {
            self.remove(entry.id);
        }
        self.writer.add_document(self.fields.document(entry)).map(drop).map_err(unwritable)
    }

    /// Removes an entry.
    pub fn remove(&mut self, id: u128) {
        self.writer.delete_term(Term::from_field_bytes(self.fields.id, &id.to_be_bytes()));
    }
}

impl NameIndex {
    /// An index in this folder, not opened yet.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self::new(Some(folder))
    }

    /// An index that lives as long as the process.
    pub fn in_memory() -> Self {
        Self::new(None)
    }

    fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, fields: Fields::new(), current: RwLock::default(), opened: Mutex::default() }
    }

    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn show(&self, snapshot: Option<Snapshot>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = snapshot.map(Arc::new);
    }

    /// Up to where the index has seen the store; `None` when it is not open.
    pub fn watermark(&self) -> Option<Watermark> {
        self.snapshot().map(|snapshot| snapshot.watermark)
    }

    /// The best hits for what was typed; `None` while there is no index to ask.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn search(&self, typed: &str, limit: usize) -> Result<Option<Vec<Hit>>> {
        let Some(snapshot) = self.snapshot() else { return Ok(None) };
        snapshot
            .search(typed, limit)
            .map(Some)
            .map_err(|error| Error::internal(format!("search index unreadable: {error}")))
    }

    /// Opens what lies in the folder. An index that is not there, is damaged or has another format is no
    /// failure: it is to be built, and this says so by `None`. Reads every file, so not for asynchronous threads.
    pub fn open(&self) -> Option<Watermark> {
        let folder = self.folder.as_deref()?;
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        // The library panics on some damaged files.
        let result = catch_unwind(AssertUnwindSafe(|| self.open_folder(folder)));
        match result.unwrap_or_else(|_| Err("reading it panicked".to_owned())) {
            Ok((index, snapshot)) => {
                let watermark = snapshot.watermark;
                *opened = Some(index);
                self.show(Some(snapshot));
                Some(watermark)
            }
            Err(reason) => {
                tracing::info!(%reason, "the search index has to be built");
                *opened = None;
                self.show(None);
                None
            }
        }
    }

    fn open_folder(&self, folder: &Path) -> Result<(Index, Snapshot), String> {
        if !folder.is_dir() {
            return Err("there is none".to_owned());
        }
        let index = Index::open_in_dir(folder).map_err(|error| error.to_string())?;
        let damaged = index.validate_checksum().map_err(|error| error.to_string())?;
        if !damaged.is_empty() {
            return Err(format!("{} of its files are damaged", damaged.len()));
        }
        if index.schema() != self.fields.schema {
            return Err("it has another layout".to_owned());
        }
        let snapshot = self.read_snapshot(&index)?;
        Ok((index, snapshot))
    }

    fn read_snapshot(&self, index: &Index) -> Result<Snapshot, String> {
        let meta = index.load_metas().map_err(|error| error.to_string())?;
        let seen: Seen = meta
            .payload
            .and_then(|payload| serde_json::from_str(&payload).ok())
            .ok_or_else(|| "it was never finished".to_owned())?;
        if seen.format != FORMAT {
            return Err("it has another format".to_owned());
        }
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(0)
            .try_into()
            .map_err(|error| error.to_string())?;
        let earlier = self.snapshot();
        Snapshot::open(&reader.searcher(), &self.fields, seen.watermark, earlier.as_deref())
            .map_err(|error| error.to_string())
    }

    /// Adds changes that bring the index from its watermark to `to`. Searches see all of them or none; the watermark
    /// is part of the same commit. Not for asynchronous threads.
    ///
    /// # Errors
    /// Those of `fill`, or when the index cannot be written: then it stays as it was.
    pub fn update(&self, to: Watermark, fill: impl FnOnce(&mut Batch<'_>) -> Result<()>) -> Result<()> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(index) = opened.as_ref() else {
            return Err(Error::internal("the search index is not open"));
        };
        self.write(index, to, Purpose::Update, fill)?;
        let snapshot = self.read_snapshot(index).map_err(unwritable)?;
        self.show(Some(snapshot));
        Ok(())
    }

    /// Builds the index anew beside the old one, which goes on answering, and puts it in its place. Not for
    /// asynchronous threads.
    ///
    /// # Errors
    /// Those of `fill`, or when the index cannot be written: then the old one stays.
    pub fn rebuild(&self, to: Watermark, fill: impl FnOnce(&mut Batch<'_>) -> Result<()>) -> Result<()> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(folder) = &self.folder else {
            let index = self.create(RamDirectory::create())?;
            self.write(&index, to, Purpose::Rebuild, fill)?;
            let snapshot = self.read_snapshot(&index).map_err(unwritable)?;
            *opened = Some(index);
            self.show(Some(snapshot));
            return Ok(());
        };
        let (next, old) = (folder.with_extension("new"), folder.with_extension("old"));
        remove_folder(&next)?;
        remove_folder(&old)?;
        std::fs::create_dir_all(&next).map_err(unwritable)?;
        let index = self.create(MmapDirectory::open(&next).map_err(unwritable)?)?;
        self.write(&index, to, Purpose::Rebuild, fill)?;
        drop(index);
        if folder.exists() {
            std::fs::rename(folder, &old).map_err(unwritable)?;
        }
        std::fs::rename(&next, folder).map_err(unwritable)?;
        let (index, snapshot) = self.open_folder(folder).map_err(unwritable)?;
        *opened = Some(index);
        self.show(Some(snapshot));
        // Searches that still read the old files keep them until they are done.
        remove_folder(&old)
    }

    fn create(&self, directory: impl Into<Box<dyn Directory>>) -> Result<Index> {
        // Nothing is stored in documents, so their store needs no thread of its own.
        let settings =
            IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
        Index::create(directory, self.fields.schema.clone(), settings).map_err(unwritable)
    }

    fn write(
        &self,
        index: &Index,
        to: Watermark,
        purpose: Purpose,
        fill: impl FnOnce(&mut Batch<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut writer: IndexWriter<TantivyDocument> =
            index.writer_with_num_threads(1, WRITER_BYTES).map_err(unwritable)?;
        if purpose == Purpose::Rebuild {
            // Segments that are merged in the background could not be merged once more below.
            writer.set_merge_policy(Box::new(NoMergePolicy));
        }
        fill(&mut Batch { writer: &writer, fields: &self.fields, purpose })?;
        let seen = serde_json::to_string(&Seen { format: FORMAT, watermark: to }).map_err(unwritable)?;
        let mut commit = writer.prepare_commit().map_err(unwritable)?;
        commit.set_payload(&seen);
        commit.commit().map_err(unwritable)?;
        // From here on the index is whole on the disk. One segment answers fastest, but several answer too; later
        // changes are merged as they add up.
        if purpose == Purpose::Rebuild {
            let merged = index.searchable_segment_ids().and_then(|segments| match segments.len() {
                0 | 1 => Ok(()),
                _ => writer.merge(&segments).wait().map(drop),
            });
            if let Err(error) = merged {
                tracing::warn!(%error, "the parts of the search index stay apart");
            }
        }
        if let Err(error) = writer.wait_merging_threads() {
            tracing::warn!(%error, "the parts of the search index stay apart");
        }
        Ok(())
    }
}

fn remove_folder(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unwritable(error)),
        _ => Ok(()),
    }
}

fn unwritable(error: impl std::fmt::Display) -> Error {
    Error::unavailable("search_not_ready", 5).with("seconds", 5).context(error)
}
