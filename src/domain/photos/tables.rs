//! The photographs' table. Whose photographs somebody may see or change is asked before it is reached.

use super::model::{Photo, Subject};
use crate::platform::blobs::ContentHash;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::{Direction, Entries, Index, Reader, Step, Table, WriteTx};

/// Photographs by whose they are and what they show.
pub const PHOTOS: Table<(UserId, Subject), Photo> = Table::new(160, "photos").indexed(index_photos);
/// By their file: several may show the same.
pub const BY_CONTENT: Index<[u8; 32], (UserId, Subject)> = Index::many(160, 1);

fn index_photos(_: &(UserId, Subject), photo: &Photo, entries: &mut Entries) {
    entries.add(&BY_CONTENT, &photo.content.0);
}

/// The photograph of `subject` that belongs to `owner`.
///
/// # Errors
/// When the store cannot be read.
pub fn find(tx: &dyn Reader, owner: UserId, subject: Subject) -> Result<Option<Photo>> {
    PHOTOS.get(tx, &(owner, subject))
}

/// All photographs that belong to somebody.
///
/// # Errors
/// When the store cannot be read.
pub fn all_of(tx: &dyn Reader, owner: UserId) -> Result<Vec<Photo>> {
    Ok(PHOTOS.list_prefix(tx, &owner)?.into_iter().map(|(_, photo)| photo).collect())
}

/// Bytes that somebody's photographs take.
///
/// # Errors
/// When the store cannot be read.
pub fn bytes_of(tx: &dyn Reader, owner: UserId) -> Result<u64> {
    Ok(all_of(tx, owner)?.iter().map(|photo| photo.bytes).fold(0, u64::saturating_add))
}

/// Whether a photograph has this file.
///
/// # Errors
/// When the store cannot be read, or rows are lost among which one may be.
pub fn names(tx: &dyn Reader, content: ContentHash) -> Result<bool> {
    Ok(!BY_CONTENT.keys(tx, &content.0)?.is_empty())
}

/// Writes a photograph in the place of the one of the same subject.
///
/// # Errors
/// When the store cannot be read.
pub fn save(tx: &mut WriteTx<'_>, photo: &Photo) -> Result<()> {
    PHOTOS.put(tx, &(photo.owner, photo.subject), photo)
}

/// Deletes a photograph, and returns it when there was one.
///
/// # Errors
/// When the store cannot be read.
pub fn delete(tx: &mut WriteTx<'_>, owner: UserId, subject: Subject) -> Result<Option<Photo>> {
    PHOTOS.delete(tx, &(owner, subject))
}

/// Describes each photograph that is not as it was written.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    PHOTOS.visit_prefix(tx, &(), Direction::Forward, |(owner, subject), photo| {
        if photo.owner != owner || photo.subject != subject || photo.bytes == 0 {
            faults.push(format!("the photo {} of {owner} is not as it was written", photo.content));
        }
        Ok(Step::Continue)
    })
}
