//! What the medicine catalogue shows.

use std::sync::Arc;

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::medicines::model::{Medicine, Source};
use crate::domain::medicines::tables;
use crate::platform::cache::Region;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::MedicineId;

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

/// An entry through the cache.
pub(super) fn cached(context: &Context, id: MedicineId) -> Result<Arc<Medicine>> {
    let epoch = *context.cache.get_or_load(Region::Medicines, tables::EPOCH_KEY.as_u128(), || {
        context.store.read(|tx| Ok(tables::catalogue(tx)?.epoch))
    })?;
    let key = tables::cache_key(epoch, id).as_u128();
    context.cache.get_or_load(Region::Medicines, key, || context.store.read(|tx| tables::require(tx, id)))
}
