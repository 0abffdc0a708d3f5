//! The catalogue's tables.

use uuid::Uuid;

use super::model::{Catalogue, Medicine, Source, UpdateSearch};
use crate::platform::cache::Region;
use crate::platform::error::{Error, Result};
use crate::platform::ids::MedicineId;
use crate::platform::jobs;
use crate::platform::store::{Direction, Entries, Index, Reader, Step, Table, WhatIsLeft, WriteTx};

/// All entries. While the rows of an import are on their way here, [`get`] and [`require`] know better.
pub const MEDICINES: Table<MedicineId, Medicine> = Table::new(40, "medicines").indexed(index);
/// By revision, newest first: the key is the revision's complement.
const BY_REVISION: Index<u64, MedicineId> = Index::many(40, 1);
/// How the catalogue stands as a whole.
pub const CATALOGUE: Table<(), Catalogue> = Table::new(41, "catalogue");
/// The lists that were taken over, by number.
pub const SOURCES: Table<u64, Source> = Table::new(42, "catalogue_sources");
/// Rows of an import, by its number, before they are moved to their place.
pub const STAGED: Table<(u64, MedicineId), Medicine> = Table::new(43, "catalogue_staged");

fn index(id: &MedicineId, medicine: &Medicine, entries: &mut Entries) {
    debug_assert_eq!(*id, medicine.id);
    entries.add(&BY_REVISION, &!medicine.revision);
}

/// How the catalogue stands; an empty one when nothing was ever written.
///
/// # Errors
/// When the store cannot be read.
pub fn catalogue(tx: &dyn Reader) -> Result<Catalogue> {
    Ok(CATALOGUE.get(tx, &())?.unwrap_or_default())
}

/// The entry, active or not.
///
/// # Errors
/// When the store cannot be read.
pub fn get(tx: &dyn Reader, id: MedicineId) -> Result<Option<Medicine>> {
    if let Some(import) = catalogue(tx)?.switched
        && let Some(staged) = STAGED.get(tx, &(import, id))?
    {
        return Ok(Some(staged));
    }
    MEDICINES.get(tx, &id)
}

/// The entry, active or not, or `medicine_not_found`.
///
/// # Errors
/// When there is no such entry.
pub fn require(tx: &dyn Reader, id: MedicineId) -> Result<Medicine> {
    get(tx, id)?.ok_or_else(|| Error::not_found("medicine_not_found"))
}

/// The entry if it may be prescribed.
///
/// # Errors
/// `medicine_not_found`, or the conflict `medicine_inactive`.
pub fn require_active(tx: &dyn Reader, id: MedicineId) -> Result<Medicine> {
    let medicine = require(tx, id)?;
    if medicine.content.active { Ok(medicine) } else { Err(Error::conflict("medicine_inactive")) }
}

/// Starts a change: the catalogue with its next revision, already written down.
///
/// # Errors
/// When the store cannot be read.
pub fn next_revision(tx: &mut WriteTx<'_>) -> Result<Catalogue> {
    let mut catalogue = catalogue(tx)?;
    catalogue.revision += 1;
    catalogue.mark = u64::from_le_bytes(tx.random().bytes()?);
    CATALOGUE.put(tx, &(), &catalogue)?;
    Ok(catalogue)
}

/// Writes one entry under a new revision, drops its cached copy and lets the search follow. Returns it as written.
///
/// # Errors
/// When the store cannot be read.
pub fn save(tx: &mut WriteTx<'_>, mut medicine: Medicine) -> Result<Medicine> {
    let catalogue = next_revision(tx)?;
    medicine.revision = catalogue.revision;
    medicine.updated_at = tx.now();
    MEDICINES.put(tx, &medicine.id, &medicine)?;
    // A row of an import that is still on its way must not come after this one.
    if let Some(import) = catalogue.switched {
        STAGED.delete(tx, &(import, medicine.id))?;
    }
    tx.touch(Region::Medicines, cache_key(catalogue.epoch, medicine.id));
    jobs::enqueue(tx, &UpdateSearch {})?;
    Ok(medicine)
}

/// The key of an entry's cached copy. An import that replaces many entries raises the epoch, and with it leaves
/// every older copy unreachable at once.
pub fn cache_key(epoch: u64, id: MedicineId) -> Uuid {
    Uuid::from_u128(id.as_u128() ^ u128::from(epoch))
}

/// The key under which the epoch itself is cached.
pub const EPOCH_KEY: Uuid = Uuid::nil();

/// Shows the entries that changed after `revision`, newest first. One that was lost with a damaged page is found by nobody.
///
/// # Errors
/// The visitor's, or when the store cannot be read.
pub fn visit_changed_since(
    tx: &dyn Reader,
    revision: u64,
    mut visit: impl FnMut(Medicine) -> Result<Step>,
) -> Result<()> {
    let tx = &WhatIsLeft(tx);
    BY_REVISION.visit_until(tx, &!revision, |_, id| match MEDICINES.get(tx, &id)? {
        Some(medicine) => visit(medicine),
        None => Ok(Step::Continue),
    })
}

/// Shows every entry in the order of ids, but for those that were lost with a damaged page.
///
/// # Errors
/// The visitor's, or when the store cannot be read.
pub fn visit_all(tx: &dyn Reader, mut visit: impl FnMut(Medicine) -> Result<Step>) -> Result<()> {
    MEDICINES.visit_prefix(&WhatIsLeft(tx), &(), Direction::Forward, |_, medicine| visit(medicine))
}

/// Describes faults between the catalogue's tables.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader) -> Result<Vec<String>> {
    let catalogue = catalogue(tx)?;
    let mut faults = Vec::new();
    visit_all(tx, |medicine| {
        if medicine.revision > catalogue.revision {
            faults.push(format!("medicine {} is ahead of its catalogue", medicine.id));
        }
        if super::rules::id_of(&medicine.content) != medicine.id {
            faults.push(format!("medicine {} has the id of another entry", medicine.id));
        }
        Ok(Step::Continue)
    })?;
    STAGED.visit_prefix(tx, &(), Direction::Forward, |(import, _), _| {
        if import > catalogue.last_import {
            faults.push(format!("import {import} was never begun"));
        }
        Ok(Step::Continue)
    })?;
    Ok(faults)
}

/// The parts of a generic name, in small letters and sorted: of a combination several.
pub fn ingredients_of(generic: &str) -> Vec<String> {
    let mut parts: Vec<String> = generic.split(" + ").map(|part| part.trim().to_lowercase()).collect();
    parts.sort();
    parts.dedup();
    parts
}

/// The substances that a typed name means, when the catalogue knows it and it means one thing only: an ingredient, or a
/// whole name, brand, synonym, French or Khmer name. Goes through the whole catalogue.
///
/// # Errors
/// When the store cannot be read.
pub fn ingredients_named(tx: &dyn Reader, typed: &str) -> Result<Option<Vec<String>>> {
    let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    // Entries may lack a name in one of the languages.
    if typed.is_empty() {
        return Ok(None);
    }
    let mut is_ingredient = false;
    let mut meant = std::collections::BTreeSet::new();
    MEDICINES.visit_prefix(tx, &(), Direction::Forward, |_, medicine| {
        let content = &medicine.content;
        let ingredients = ingredients_of(&content.generic);
        is_ingredient |= ingredients.contains(&typed);
        let names = content.brands.iter().chain(&content.synonyms).chain(&content.french);
        let mut names = names.chain([&content.generic, &content.khmer]);
        if names.any(|name| name.to_lowercase() == typed) {
            meant.insert(ingredients);
        }
        Ok(if is_ingredient { Step::Stop } else { Step::Continue })
    })?;
    if is_ingredient {
        return Ok(Some(vec![typed]));
    }
    let only = meant.pop_first();
    Ok(only.filter(|_| meant.is_empty()))
}
