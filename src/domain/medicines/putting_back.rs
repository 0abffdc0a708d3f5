//! Entries of the shipped list that were lost with a damaged page, put back from the program.

use super::model::{Catalogue, Medicine, Origin};
use super::tables::{self, CATALOGUE, MEDICINES, SOURCES, STAGED};
use super::{SHIPPED_LIST, list, shipped_sha256};
use crate::platform::error::Result;
use crate::platform::store::{Direction, Reader, Step, WriteTx};

/// Puts every entry of the shipped list back that is missing. Only for a catalogue to which nobody but the product has ever
/// added or changed anything: nothing else tells what a lost entry said. Returns whether it did: not when the catalogue
/// was of another list than this program's, or one was on its way into it.
///
/// # Errors
/// When the store cannot be read.
pub fn put_back_shipped(tx: &mut WriteTx<'_>) -> Result<bool> {
    let mut is_on_its_way = false;
    STAGED.visit_prefix(tx, &(), Direction::Forward, |_, _| {
        is_on_its_way = true;
        Ok(Step::Stop)
    })?;
    let catalogue = CATALOGUE.get(tx, &())?;
    let source = SOURCES.last(tx, &())?;
    let taken_over = match &catalogue {
        Some(catalogue) => catalogue.shipped.clone(),
        None => source.as_ref().map(|(_, source)| source.sha256.clone()),
    };
    is_on_its_way |= catalogue.as_ref().is_some_and(|catalogue| catalogue.switched.is_some());
    if is_on_its_way || taken_over.as_deref() != Some(shipped_sha256().as_str()) {
        return Ok(false);
    }
    if catalogue.is_none() {
        let (revision, last_import) = (newest_revision(tx)?, source.map_or(0, |(number, _)| number));
        CATALOGUE.put(
            tx,
            &(),
            &Catalogue { revision, last_import, shipped: taken_over, ..Catalogue::default() },
        )?;
    }
    let mut missing = Vec::new();
    list::read_over(
        list::text_of(SHIPPED_LIST)?,
        |_| Ok(None),
        |id, content| {
            if MEDICINES.get(tx, &id)?.is_none() {
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

fn newest_revision(tx: &dyn Reader) -> Result<u64> {
    let mut newest = 0;
    tables::visit_all(tx, |medicine| {
        newest = newest.max(medicine.revision);
        Ok(Step::Continue)
    })?;
    Ok(newest)
}
