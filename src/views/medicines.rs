//! What the medicine catalogue shows.

use std::sync::Arc;

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::medicines::model::{Medicine, Source};
use crate::domain::medicines::{search, tables};
use crate::platform::cache::Region;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::ids::MedicineId;
use crate::platform::search::{HITS_MAX, folded};
use crate::platform::store::{ReadTx, Step};

/// One entry, active or not: an old prescription may name it.
///
/// # Errors
/// `medicine_not_found`.
pub async fn get(context: &Context, caller: &Caller, id: MedicineId) -> Result<Arc<Medicine>> {
    let by = caller.clone();
    gate::read(context, caller, "medicine.read", |_| by.active()).await?;
    cached(context, id)
}

/// The lists the catalogue was made from, newest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn sources(context: &Context, caller: &Caller) -> Result<Vec<Source>> {
    let by = caller.clone();
    gate::read(context, caller, "medicine.sources", |tx| {
        by.active()?;
        let mut sources = tables::SOURCES.list_prefix(tx, &())?;
        sources.reverse();
        Ok(sources.into_iter().map(|(_, source)| source).collect())
    })
    .await
}

/// Hits shown when the caller names no limit.
const DEFAULT_HITS: usize = 10;
/// Entries read one by one while there is no search index; a longer catalogue waits for it.
const SCAN_MAX: usize = 5_000;

/// The entries that fit best to what was typed, the best first; nothing for blank or unreadable input.
///
/// # Errors
/// A limit out of range; `search_not_ready` while the index of a long catalogue is being built for the first time.
pub async fn find(
    context: &Context,
    caller: &Caller,
    typed: &str,
    limit: Option<u32>,
) -> Result<Vec<Arc<Medicine>>> {
    let by = caller.clone();
    gate::read(context, caller, "medicine.search", |_| by.active()).await?;
    let limit = match limit.map(usize::try_from) {
        None => DEFAULT_HITS,
        Some(Ok(limit @ 1..=HITS_MAX)) => limit,
        Some(_) => {
            let error = FieldError::new("limit", "limit_out_of_range").with("max", HITS_MAX);
            return Err(Error::invalid_fields(vec![error]));
        }
    };
    let Some(hits) = context.search.search(typed, limit)? else {
        return gate::read(context, caller, "medicine.search", |tx| scan(tx, typed, limit)).await;
    };
    let mut medicines = Vec::with_capacity(hits.len());
    for hit in hits {
        // The index may be a moment behind the store: what the store says counts.
        let medicine = cached(context, MedicineId(uuid::Uuid::from_u128(hit.id)))?;
        if medicine.content.active {
            medicines.push(medicine);
        }
    }
    Ok(medicines)
}

/// The search of a clinic whose index is still being built: starts of names only.
fn scan(tx: &ReadTx, typed: &str, limit: usize) -> Result<Vec<Arc<Medicine>>> {
    let wanted = folded(typed);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let mut seen = 0;
    tables::visit_all(tx, |medicine| {
        seen += 1;
        if medicine.content.active {
            let entry = search::entry(&medicine);
            let best = entry
                .names
                .iter()
                .filter(|name| folded(&name.text).starts_with(&wanted))
                .map(|name| name.kind)
                .min();
            if let Some(kind) = best {
                found.push((kind, medicine.content.generic.clone(), entry.rank, medicine));
            }
        }
        Ok(if seen < SCAN_MAX { Step::Continue } else { Step::Stop })
    })?;
    if seen >= SCAN_MAX {
        return Err(Error::unavailable("search_not_ready", 2).with("seconds", 2));
    }
    found.sort_by(|a, b| (a.0, &a.1, a.2).cmp(&(b.0, &b.1, b.2)));
    Ok(found.into_iter().take(limit).map(|(.., medicine)| Arc::new(medicine)).collect())
}

/// An entry through the cache.
pub(super) fn cached(context: &Context, id: MedicineId) -> Result<Arc<Medicine>> {
    let epoch = *context.cache.get_or_load(Region::Medicines, tables::EPOCH_KEY.as_u128(), || {
        context.store.read(|tx| Ok(tables::catalogue(tx)?.epoch))
    })?;
    let key = tables::cache_key(epoch, id).as_u128();
    context.cache.get_or_load(Region::Medicines, key, || context.store.read(|tx| tables::require(tx, id)))
}
