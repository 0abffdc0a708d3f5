//! Room on a disk, asked for before much is written to it: a disk that fills up on the way serves nobody.

use std::path::Path;

use crate::platform::error::{Error, Result};

/// What is left free for everybody else.
const SPARE_BYTES: u64 = 8 * 1024 * 1024;

/// Bytes that may be written to the disk of `folder`.
///
/// # Errors
/// When the disk cannot be asked.
pub fn free_bytes(folder: &Path) -> Result<u64> {
    let disk = rustix::fs::statvfs(folder)
        .map_err(|error| Error::internal(format!("{}: {error}", folder.display())))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Refuses what needs more room than there is. `purpose` says what it is, as in "a copy of the data".
///
/// # Errors
/// When the disk has no room for `bytes` and some to spare, or cannot be asked.
pub fn require_room(folder: &Path, bytes: u64, purpose: &str) -> Result<()> {
    let free = free_bytes(folder)?;
    let needed = bytes.saturating_add(SPARE_BYTES);
    if free >= needed {
        return Ok(());
    }
    Err(Error::internal(format!(
        "{}: {purpose} needs {} MB and the disk has {} MB left. Make room there, then try again",
        folder.display(),
        needed.div_ceil(1_000_000),
        free / 1_000_000
    )))
}
