//! Files that hold a secret: readable by their owner alone.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::folder::{folder_of, make_private};

/// Whether nobody but the owner can read or write a file.
///
/// # Errors
/// When it is not there.
pub fn is_private(path: &Path) -> io::Result<bool> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o077 == 0)
}

/// Reads a secret that only we can read.
///
/// # Errors
/// When it is not there, or when others can read it.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !is_private(path)? {
        return Err(io::Error::other("others can read this secret: chmod 600"));
    }
    std::fs::read(path)
}

/// Writes a new secret durably, whole or not at all, and makes its folder when there is none.
///
/// # Errors
/// When the file exists already or cannot be written.
pub fn create(path: &Path, secret: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    make_private(folder)?;
    // Temporary files are made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(secret)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    std::fs::File::open(folder)?.sync_all()
}
