//! Photographs of people, licences and medicines: taken in, kept beside the store, swept when nothing names them.
//!
//! The file is durable before the row that names it; what becomes of it afterwards is a job, enqueued with the change that
//! took its row away, so that it goes also when the server falls in between.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::photo_rights::{Named, to_change};
use crate::domain::photos::model::{Photo, Subject};
use crate::domain::photos::tables as photos;
use crate::domain::subscriptions::tables::plan_of;
use crate::domain::users::tables as users;
use crate::platform::blobs::ContentHash;
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::UserId;
use crate::platform::images::{self, Picture};
use crate::platform::jobs::{self, Every, Job, Jobs};
use crate::platform::settings::Plans;
use crate::platform::store::{Reader, WriteTx};

/// Removes a file that no row names any more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DropUpload {
    /// The file.
    pub content: ContentHash,
}

impl Job for DropUpload {
    const NAME: &'static str = "drop-upload";
    const QUEUE: &'static str = "upkeep";
}

/// Removes every file that no row names: a server that fell may have written one whose row never came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SweepUploads {}

impl Job for SweepUploads {
    const NAME: &'static str = "sweep-uploads";
    const QUEUE: &'static str = "upkeep";
}

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    jobs.register::<DropUpload, _, _>(|context, job| async move { drop_upload(&context, job.content).await });
    jobs.register::<SweepUploads, _, _>(|context, _| async move { sweep(&context).await });
    jobs.recurring("sweep-uploads", Every::days(1), SweepUploads {});
}

/// A file as it was sent.
#[derive(Debug)]
pub struct Sent {
    /// The file.
    pub bytes: Vec<u8>,
    /// As what it was sent.
    pub kind: images::Kind,
}

/// Whether the caller may change this photograph; asked before a large body is read.
///
/// # Errors
/// Those of [`to_change`].
pub async fn may_put(context: &Context, caller: &Caller, named: Named) -> Result<()> {
    gate::read(context, caller, "photo.offer", |tx| to_change(tx, caller, named).map(drop)).await
}

/// Puts a photograph in the place of the one before it.
///
/// # Errors
/// Those of [`to_change`] and of [`images::take_in`]; `storage_full`; `uploads_no_room`.
pub async fn put(context: &Context, caller: &Caller, named: Named, sent: Sent) -> Result<Photo> {
    let picture = take_in(context, sent).await?;
    let (width, height, bytes) = (picture.width, picture.height, picture.jpeg.len() as u64);
    let blobs = Arc::clone(&context.blobs);
    let kept = blocking(move || blobs.keep(&picture.jpeg)).await?;
    let (content, by, plans) = (kept.name(), caller.clone(), context.settings.plans);
    let written = gate::write(context, caller, "photo.put", move |tx| {
        let (owner, subject) = to_change(tx, &by, named)?;
        let before = photos::find(tx, owner, subject)?;
        name(tx, &by, owner, subject);
        let photo = Photo { owner, subject, content, bytes, width, height, by: by.user_id()?, at: tx.now() };
        match before {
            Some(before) if before.content == content => {
                tx.trail().found_done();
                return Ok(before);
            }
            before => {
                require_storage(tx, &photo, before.as_ref().map_or(0, |before| before.bytes), &plans)?;
                photos::save(tx, &photo)?;
                drop_file_of(tx, before)?;
            }
        }
        if subject == Subject::License {
            note_license(tx, owner)?;
        }
        tx.trail().change = Some(serde_json::json!({ "sha256": content, "bytes": bytes }));
        Ok(photo)
    })
    .await;
    drop(kept);
    if written.is_err() {
        drop_upload(context, content).await?;
    }
    written
}

/// Takes a photograph away.
///
/// # Errors
/// Those of [`to_change`]; `photo_not_found`.
pub async fn remove(context: &Context, caller: &Caller, named: Named) -> Result<()> {
    let by = caller.clone();
    gate::write(context, caller, "photo.remove", move |tx| {
        let (owner, subject) = to_change(tx, &by, named)?;
        name(tx, &by, owner, subject);
        let removed = photos::delete(tx, owner, subject)?;
        if removed.is_none() {
            return Err(Error::not_found("photo_not_found"));
        }
        drop_file_of(tx, removed)
    })
    .await
}

/// Erases the photographs of an erased person.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn forget_person(tx: &mut WriteTx<'_>, person: UserId) -> Result<()> {
    for photo in photos::all_of(tx, person)? {
        let removed = photos::delete(tx, person, photo.subject)?;
        drop_file_of(tx, removed)?;
    }
    Ok(())
}

/// Notes in a doctor's profile where the API shows the photograph of the licence.
fn note_license(tx: &mut WriteTx<'_>, doctor: UserId) -> Result<()> {
    let mut user = users::require(tx, doctor)?;
    let path = format!("/api/users/{doctor}/license-photo");
    match &mut user.doctor {
        Some(profile) if profile.license_photo.as_ref() != Some(&path) => profile.license_photo = Some(path),
        _ => return Ok(()),
    }
    users::update(tx, &mut user)
}

fn name(tx: &WriteTx<'_>, caller: &Caller, owner: UserId, subject: Subject) {
    let mut trail = tx.trail();
    trail.resource = Some(match subject {
        Subject::Medicine(id) => ("medication", id.to_string()),
        Subject::Profile | Subject::License => ("user", owner.to_string()),
    });
    if caller.user_id().is_ok_and(|me| me != owner) {
        trail.patient = Some(owner.into());
    }
}

/// Refuses what somebody's plan has no room for. `freed` bytes go when the photograph takes another's place.
fn require_storage(tx: &dyn Reader, photo: &Photo, freed: u64, plans: &Plans) -> Result<()> {
    const MIB: u64 = 1024 * 1024;
    let limit = plans.get(plan_of(tx, photo.owner, plans)?).includes.storage_bytes;
    let used = photos::bytes_of(tx, photo.owner)?.saturating_sub(freed);
    if used.saturating_add(photo.bytes) <= limit {
        return Ok(());
    }
    Err(Error::payment_required("storage_full").with("used", used.div_ceil(MIB)).with("limit", limit / MIB))
}

/// The file of a photograph that is there no more goes after this transaction.
fn drop_file_of(tx: &mut WriteTx<'_>, photo: Option<Photo>) -> Result<()> {
    photo.map_or(Ok(()), |photo| jobs::enqueue(tx, &DropUpload { content: photo.content }).map(drop))
}

/// Decodes a picture and draws it anew, one at a time: it takes much memory and a processor.
async fn take_in(context: &Context, sent: Sent) -> Result<Picture> {
    let turn = Arc::clone(&context.rooms.picture).acquire_owned().await;
    let turn = turn.map_err(|error| Error::internal(format!("no turn to read a picture: {error}")))?;
    let work = move || {
        // Kept until the picture is drawn, also when nobody waits for it any more.
        let _turn = turn;
        images::take_in(&sent.bytes, sent.kind)
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(taken) => taken,
        // A decoder that gives up over a file says something of the file.
        Err(error) => Err(Error::invalid("body", "image_unreadable").context(error)),
    }
}

async fn drop_upload(context: &Context, content: ContentHash) -> Result<()> {
    let (blobs, store) = (Arc::clone(&context.blobs), context.store.clone());
    blocking(move || blobs.remove_unless(content, || store.read(|tx| photos::names(tx, content)))).await?;
    Ok(())
}

/// Removes every file that no row names. Where rows are lost, a file may belong to one of them: it stays.
async fn sweep(context: &Context) -> Result<()> {
    let (blobs, store) = (Arc::clone(&context.blobs), context.store.clone());
    let work = move || {
        for content in blobs.sweep_and_list()? {
            match blobs.remove_unless(content, || store.read(|tx| photos::names(tx, content))) {
                Ok(true) => tracing::info!(%content, "a file that nothing named was removed"),
                Err(error) if error.kind() != Kind::Damaged => return Err(error),
                Ok(false) | Err(_) => {}
            }
        }
        Ok(())
    };
    blocking(work).await
}

/// Runs what waits for the disk where nothing else waits.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::internal(format!("work on a file ended early: {error}")))?
}
