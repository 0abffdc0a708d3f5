//! Taking a whole list into the catalogue, all of it or nothing, however long it is.
//!
//! # Why in stages
//! A list of 100,000 rows does not fit into one write transaction: it would hold up every other write for
//! seconds. So its rows are first written beside the catalogue under the import's number, a few hundred at a time, where
//! nobody reads them. One small transaction then makes them count ([`switch`]): from that commit on every read of an
//! entry sees the new list, before it the old one. Afterwards the rows are moved to their place, again a few hundred
//! at a time ([`move_staged`]); a crash on the way is caught up at the next start. If the catalogue changed
//! while the rows were being staged, the switch is refused and the import starts over.

use super::list::{self, Findings};
use super::model::{Catalogue, Content, ImportCounts, Medicine, Origin, Source, UpdateSearch};
use super::tables::{self, CATALOGUE, EPOCH_KEY, MEDICINES, SOURCES, STAGED, catalogue, next_revision};
use crate::platform::cache::Region;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Language;
use crate::platform::ids::MedicineId;
use crate::platform::jobs;
use crate::platform::store::{Direction, Reader, Step, Store, WriteTx};

/// Rows of one stage.
pub const CHUNK_ROWS: usize = 250;

/// Changed entries that are described one by one; the rest is only counted.
pub const CHANGES_MAX: usize = 100;

/// An entry that a list changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryChange {
    /// Which.
    pub id: MedicineId,
    /// As it is shown.
    pub name: String,
    /// The columns in which it says something else.
    pub columns: Vec<&'static str>,
}

/// What a row of a list means for the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// There is no such entry yet.
    New,
    /// The entry says something else.
    Changed,
    /// The entry says the same, but from now on it is the clinic's own.
    Adopted,
    /// The entry says the same.
    Unchanged,
    /// The entry is the clinic's own; the shipped list does not touch it.
    Kept,
}

impl Verdict {
    /// Whether the row has to be written.
    pub const fn is_written(self) -> bool {
        matches!(self, Self::New | Self::Changed | Self::Adopted)
    }

    /// Counts the row.
    pub const fn count(self, counts: &mut ImportCounts) {
        counts.rows += 1;
        let counter = match self {
            Self::New => &mut counts.new,
            Self::Changed => &mut counts.changed,
            Self::Adopted | Self::Unchanged => &mut counts.unchanged,
            Self::Kept => &mut counts.kept,
        };
        *counter += 1;
    }
}

/// Compares a row of a list of this origin with the entry it would replace.
pub fn compare(existing: Option<&Medicine>, content: &Content, origin: Origin) -> Verdict {
    match existing {
        None => Verdict::New,
        Some(entry) if origin == Origin::Shipped && entry.origin != Origin::Shipped => Verdict::Kept,
        Some(entry) if entry.content != *content => Verdict::Changed,
        Some(entry) if entry.origin == Origin::Shipped && origin != Origin::Shipped => Verdict::Adopted,
        Some(_) => Verdict::Unchanged,
    }
}

/// Begins an import: draws its number.
///
/// # Errors
/// When the store cannot be read.
pub fn begin(tx: &mut WriteTx<'_>) -> Result<u64> {
    let mut catalogue = catalogue(tx)?;
    catalogue.last_import += 1;
    CATALOGUE.put(tx, &(), &catalogue)?;
    Ok(catalogue.last_import)
}

/// Writes some rows beside the catalogue.
///
/// # Errors
/// When the store cannot be read.
pub fn stage(
    tx: &mut WriteTx<'_>,
    import: u64,
    origin: Origin,
    rows: &[(MedicineId, Content)],
) -> Result<()> {
    for (id, content) in rows {
        let created_at = MEDICINES.get(tx, id)?.map_or(tx.now(), |entry| entry.created_at);
        let medicine = Medicine {
            id: *id,
            content: content.clone(),
            origin,
            revision: 0,
            created_at,
            updated_at: tx.now(),
        };
        STAGED.put(tx, &(import, *id), &medicine)?;
    }
    Ok(())
}

/// Makes the staged rows of `source.number` count, if the catalogue still is as it was at `base`.
///
/// # Errors
/// The conflict `catalogue_changed` when it is not.
pub fn switch(tx: &mut WriteTx<'_>, base: &Catalogue, source: &Source) -> Result<()> {
    let now = catalogue(tx)?;
    if now.revision != base.revision || now.mark != base.mark || now.switched.is_some() {
        return Err(Error::conflict("catalogue_changed"));
    }
    if !some_staged(tx, Some(source.number))?.is_empty() {
        let mut next = next_revision(tx)?;
        next.epoch += 1;
        next.switched = Some(source.number);
        CATALOGUE.put(tx, &(), &next)?;
        tx.touch(Region::Medicines, EPOCH_KEY);
        jobs::enqueue(tx, &UpdateSearch {})?;
    }
    if source.origin == Origin::Shipped {
        let mut next = catalogue(tx)?;
        next.shipped = Some(source.sha256.clone());
        CATALOGUE.put(tx, &(), &next)?;
    }
    SOURCES.put(tx, &source.number, source)
}

/// Moves some staged rows to their place. Returns whether any may be left.
///
/// # Errors
/// When the store cannot be read.
pub fn move_staged(tx: &mut WriteTx<'_>) -> Result<bool> {
    let Some(import) = catalogue(tx)?.switched else { return Ok(false) };
    let rows = some_staged(tx, Some(import))?;
    let mut catalogue = next_revision(tx)?;
    if rows.is_empty() {
        catalogue.switched = None;
        CATALOGUE.put(tx, &(), &catalogue)?;
        return Ok(false);
    }
    for (key, mut medicine) in rows {
        medicine.revision = catalogue.revision;
        MEDICINES.put(tx, &medicine.id, &medicine)?;
        STAGED.delete(tx, &key)?;
    }
    Ok(true)
}

/// Removes some rows of imports that were given up. Only for the start and for the import itself: it must not meet
/// one that is being staged. Returns whether any may be left.
///
/// # Errors
/// When the store cannot be read.
pub fn discard(tx: &mut WriteTx<'_>, import: Option<u64>) -> Result<bool> {
    let switched = catalogue(tx)?.switched;
    let rows = some_staged(tx, import)?;
    let abandoned: Vec<_> =
        rows.into_iter().map(|(key, _)| key).filter(|key| Some(key.0) != switched).collect();
    for key in &abandoned {
        STAGED.delete(tx, key)?;
    }
    Ok(!abandoned.is_empty())
}

fn some_staged(tx: &dyn Reader, import: Option<u64>) -> Result<Vec<((u64, MedicineId), Medicine)>> {
    let mut rows = Vec::with_capacity(CHUNK_ROWS);
    let mut visit = |key, row| {
        rows.push((key, row));
        Ok(if rows.len() < CHUNK_ROWS { Step::Continue } else { Step::Stop })
    };
    match import {
        Some(import) => STAGED.visit_prefix(tx, &import, Direction::Forward, &mut visit)?,
        None => STAGED.visit_prefix(tx, &(), Direction::Forward, &mut visit)?,
    }
    Ok(rows)
}

/// A list that was read and compared with the catalogue.
#[derive(Debug)]
pub struct Examined {
    /// Its faults.
    pub findings: Findings,
    /// What it would change.
    pub counts: ImportCounts,
    /// The first [`CHANGES_MAX`] entries that would say something else.
    pub changes: Vec<EntryChange>,
    /// The catalogue it was compared with.
    pub base: Catalogue,
}

/// Reads a list and compares it with the catalogue. Takes as long as the list is long: not for asynchronous threads.
///
/// # Errors
/// When the bytes are no text, or the store cannot be read.
pub fn examine(store: &Store, bytes: &[u8], origin: Origin) -> Result<Examined> {
    let text = list::text_of(bytes)?;
    store.read(|tx| {
        let base = catalogue(tx)?;
        let mut counts = ImportCounts::default();
        let mut changes = Vec::new();
        let mut findings = list::read_over(text, unsaid(tx, origin), |id, content| {
            let existing = tables::get(tx, id)?;
            let verdict = compare(existing.as_ref(), &content, origin);
            verdict.count(&mut counts);
            if let (Verdict::Changed, Some(entry), true) = (verdict, existing, changes.len() < CHANGES_MAX) {
                let columns = list::changed_columns(&entry.content, &content);
                changes.push(EntryChange { id, name: content.display_name(Language::English), columns });
            }
            Ok(())
        })?;
        counts.rows = findings.rows;
        findings.refuse_empty();
        Ok(Examined { findings, counts, changes, base })
    })
}

/// The entries that hold what a list says nothing about. The shipped list says all there is to say.
fn unsaid(tx: &dyn Reader, origin: Origin) -> impl FnMut(MedicineId) -> Result<Option<Content>> {
    move |id| match origin {
        Origin::Shipped => Ok(None),
        Origin::Imported | Origin::Staff => Ok(tables::get(tx, id)?.map(|entry| entry.content)),
    }
}

/// Stages every row that the catalogue does not have yet, and returns the import's number. Not for asynchronous
/// threads. If it fails, what it staged is removed again.
///
/// # Errors
/// The conflict `catalogue_changed` when the catalogue is no longer as it was at `base`; when the store cannot be
/// written.
pub fn stage_list(store: &Store, bytes: &[u8], origin: Origin, base: &Catalogue) -> Result<u64> {
    let text = list::text_of(bytes)?;
    let import = store.write_blocking(begin)?;
    let staged = store.read(|tx| {
        let mut chunk = Vec::with_capacity(CHUNK_ROWS);
        if catalogue(tx)?.mark != base.mark {
            return Err(Error::conflict("catalogue_changed"));
        }
        list::read_over(text, unsaid(tx, origin), |id, content| {
            if compare(tables::get(tx, id)?.as_ref(), &content, origin).is_written() {
                chunk.push((id, content));
            }
            if chunk.len() >= CHUNK_ROWS {
                stage_chunk(store, import, origin, std::mem::take(&mut chunk))?;
            }
            Ok(())
        })?;
        stage_chunk(store, import, origin, chunk)
    });
    if let Err(error) = staged {
        give_up(store, Some(import))?;
        return Err(error);
    }
    Ok(import)
}

fn stage_chunk(store: &Store, import: u64, origin: Origin, rows: Vec<(MedicineId, Content)>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    store.write_blocking(move |tx| stage(tx, import, origin, &rows))
}

/// Moves all rows that count already to their place. Not for asynchronous threads.
///
/// # Errors
/// When the store cannot be written.
pub fn settle(store: &Store) -> Result<()> {
    if store.read(|tx| Ok(catalogue(tx)?.switched.is_none()))? {
        return Ok(());
    }
    while store.write_blocking(move_staged)? {}
    Ok(())
}

/// Removes the staged rows of one import, or at the start of all that a crash left behind. Not for asynchronous
/// threads.
///
/// # Errors
/// When the store cannot be written.
pub fn give_up(store: &Store, import: Option<u64>) -> Result<()> {
    if store.read(|tx| Ok(some_staged(tx, import)?.is_empty()))? {
        return Ok(());
    }
    while store.write_blocking(move |tx| discard(tx, import))? {}
    Ok(())
}
