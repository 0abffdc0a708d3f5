//! Photographs, and what they take of their owner's storage.

use std::sync::Arc;

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::photo_rights::{Named, to_see};
use crate::domain::photos::model::Photo;
use crate::domain::photos::tables as photos;
use crate::domain::subscriptions::tables::plan_of;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::store::Reader;

/// What somebody stores, and how much their plan allows.
#[derive(Debug, Clone, Copy)]
pub struct Storage {
    /// Bytes of what they store.
    pub used_bytes: u64,
    /// Bytes of their plan.
    pub limit_bytes: u64,
}

/// How much the caller stores.
///
/// # Errors
/// `account_not_active`.
pub async fn storage(context: &Context, caller: &Caller) -> Result<Storage> {
    let plans = context.settings.plans;
    gate::read(context, caller, "user.view_storage", |tx| {
        let me = caller.active()?;
        let limit_bytes = plans.get(plan_of(tx, me, &plans)?).includes.storage_bytes;
        Ok(Storage { used_bytes: photos::bytes_of(tx, me)?, limit_bytes })
    })
    .await
}

/// The file of a photograph, a JPEG.
///
/// # Errors
/// Those of [`to_see`]; `photo_not_found`; when the file is damaged.
pub async fn file(context: &Context, caller: &Caller, named: Named) -> Result<Vec<u8>> {
    // A newer photograph may take its place, and its file with it, before the file is read.
    for _ in 0..2 {
        let photo = find(context, caller, named).await?;
        let (blobs, content) = (Arc::clone(&context.blobs), photo.content);
        let read = tokio::task::spawn_blocking(move || blobs.read(content)).await;
        let read = read.map_err(|error| Error::internal(format!("reading a file ended early: {error}")))?;
        if let Some(bytes) = read? {
            return Ok(bytes);
        }
    }
    Err(Error::damaged("the file of a photograph is missing"))
}

async fn find(context: &Context, caller: &Caller, named: Named) -> Result<Photo> {
    gate::read(context, caller, "photo.view", |tx| {
        let (owner, subject) = to_see(tx, caller, named)?;
        photos::find(tx, owner, subject)?.ok_or_else(|| Error::not_found("photo_not_found"))
    })
    .await
}

/// The photographs of somebody, of the record that they take away.
///
/// # Errors
/// When the store cannot be read.
pub fn all_of(tx: &dyn Reader, owner: UserId) -> Result<Vec<Photo>> {
    photos::all_of(tx, owner)
}
