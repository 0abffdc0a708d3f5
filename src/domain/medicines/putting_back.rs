//! Entries of the shipped list that were lost with a damaged page, put back from the program.

use std::collections::BTreeSet;

use super::model::{Catalogue, ImportCounts, Medicine, Origin, Source};
use super::tables::{self, CATALOGUE, MEDICINES, SOURCES, STAGED};
use super::{SHIPPED_LIST, SHIPPED_NAME, list, shipped_sha256};
use crate::platform::error::Result;
use crate::platform::ids::MedicineId;
use crate::platform::store::{Reader, Step, WriteTx};

/// Puts every entry of the shipped list back that is missing, `of_list` being the SHA-256 of the list that was taken over
/// last and `counts` what it changed. Only for a catalogue into which nobody but the product has ever taken a list, and not
/// for the entries `own` that somebody has written by hand: nothing else tells what a lost entry said. Returns whether it
/// did: not when the catalogue was of another list than this program's, or one was on its way into it.
///
/// # Errors
/// When the store cannot be read.
pub fn put_back_shipped(
    tx: &mut WriteTx<'_>,
    of_list: &str,
    counts: ImportCounts,
    own: &BTreeSet<MedicineId>,
) -> Result<bool> {
    if is_importing(tx)? || of_list != shipped_sha256() {
        return Ok(false);
    }
    let sha256 = of_list.to_owned();
    let mut catalogue = go_on(tx)?;
    catalogue.shipped = Some(sha256.clone());
    CATALOGUE.put(tx, &(), &catalogue)?;
    let (number, origin) = (catalogue.last_import, Origin::Shipped);
    if SOURCES.get(tx, &number)?.is_none() {
        let name = SHIPPED_NAME.to_owned();
        SOURCES.put(tx, &number, &Source { number, name, origin, sha256, at: tx.now(), by: None, counts })?;
    }
    let mut missing = Vec::new();
    list::read_over(
        list::text_of(SHIPPED_LIST)?,
        |_| Ok(None),
        |id, content| {
            if !own.contains(&id) && MEDICINES.get(tx, &id)?.is_none() {
                missing.push((id, content));
            }
            Ok(())
        },
    )?;
    let (revision, now) = (tables::next_revision(tx)?.revision, tx.now());
    for (id, content) in missing {
        let origin = Origin::Shipped;
        let medicine = Medicine { id, content, origin, revision, created_at: now, updated_at: now };
        MEDICINES.put(tx, &id, &medicine)?;
    }
    // Some that led to the lost ones may be left.
    MEDICINES.rebuild_indexes(tx)?;
    Ok(true)
}

/// Whether a list is on its way into the catalogue, as far as is known.
///
/// # Errors
/// When the store cannot be read.
pub fn is_importing(tx: &dyn Reader) -> Result<bool> {
    let is_switched = CATALOGUE.get(tx, &())?.is_some_and(|catalogue| catalogue.switched.is_some());
    Ok(is_switched || !STAGED.keys_left_after(tx, None, 1)?.is_empty())
}

/// How the catalogue stands as a whole. Where that was lost it goes on behind what is known of it.
///
/// # Errors
/// When the store cannot be read.
pub fn go_on(tx: &mut WriteTx<'_>) -> Result<Catalogue> {
    if let Some(catalogue) = CATALOGUE.get(tx, &())? {
        return Ok(catalogue);
    }
    let last_import = SOURCES.last(tx, &())?.map_or(1, |(number, _)| number);
    let revision = newest_revision(tx)?;
    let catalogue = Catalogue { revision, last_import, ..Catalogue::default() };
    CATALOGUE.put(tx, &(), &catalogue)?;
    Ok(catalogue)
}

fn newest_revision(tx: &dyn Reader) -> Result<u64> {
    let mut newest = 0;
    tables::visit_all(tx, |medicine| {
        newest = newest.max(medicine.revision);
        Ok(Step::Continue)
    })?;
    Ok(newest)
}
