//! Files that people sent, beside the store: each under the hash of what is in it, readable by us alone.
//!
//! # How a file and the row that names it stay together
//! A file is durable before the row is written that names it, and goes after the row is gone. What a crash leaves
//! between the two is a file that no row names: it does no harm and is swept away. Whoever writes a file holds a
//! [`Kept`] until the row is committed; meanwhile nobody removes it, although no row names it yet, or the last one that
//! did is being deleted: two people may send the same picture.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::{Error, Result};
use super::folder::make_private;
use super::store::free_bytes;
use super::text::hex;

/// What is left free on the disk for the data file, which matters more.
const SPARE_BYTES: u64 = 64 * 1024 * 1024;
/// When somebody may try again for whose file the disk had no room, in seconds.
const RETRY_SECONDS: u64 = 600;

/// The SHA-256 of a file's bytes, which is its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for ContentHash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok();
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or(NoHash)
    }
}

impl TryFrom<String> for ContentHash {
    type Error = NoHash;

    fn try_from(text: String) -> Result<Self, NoHash> {
        text.parse()
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.to_string()
    }
}

/// The text is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these are not 64 small hexadecimal digits")]
pub struct NoHash;

/// The files. Everything here waits for the disk: call it where nothing else waits.
#[derive(Debug)]
pub struct Blobs {
    folder: PathBuf,
    /// How many are about to name each file.
    held: Mutex<BTreeMap<ContentHash, usize>>,
}

/// A file that was just written. It stays as long as this lives, whether or not a row names it.
#[derive(Debug)]
pub struct Kept {
    blobs: Arc<Blobs>,
    name: ContentHash,
}

impl Kept {
    /// Its name.
    pub const fn name(&self) -> ContentHash {
        self.name
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut held = self.blobs.lock();
        if let Some(count) = held.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.name);
            }
        }
    }
}

impl Blobs {
    /// The files in `folder`, which is made with the first of them.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder, held: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ContentHash, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, name: ContentHash) -> PathBuf {
        self.folder.join(name.to_string())
    }

    fn failed(&self, error: &io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => no_room(),
            _ => Error::internal(format!("{}: {error}", self.folder.display())),
        }
    }

    /// Writes a file, durably.
    ///
    /// # Errors
    /// `uploads_no_room` when the disk is nearly full; when it cannot be written.
    pub fn keep(self: &Arc<Self>, bytes: &[u8]) -> Result<Kept> {
        let name = ContentHash::of(bytes);
        let mut held = self.lock();
        self.write(name, bytes)?;
        *held.entry(name).or_default() += 1;
        drop(held);
        Ok(Kept { blobs: Arc::clone(self), name })
    }

    fn write(&self, name: ContentHash, bytes: &[u8]) -> Result<()> {
        make_private(&self.folder).map_err(|error| self.failed(&error))?;
        if self.read(name).is_ok_and(|there| there.is_some()) {
            return Ok(());
        }
        if free_bytes(&self.folder)? < SPARE_BYTES.saturating_add(bytes.len() as u64) {
            return Err(no_room());
        }
        write_into(&self.folder, &self.path(name), bytes).map_err(|error| self.failed(&error))
    }

    /// Reads a file; nothing when there is none of this name.
    ///
    /// # Errors
    /// When it is not what was written, or cannot be read.
    pub fn read(&self, name: ContentHash) -> Result<Option<Vec<u8>>> {
        match fs::read(self.path(name)) {
            Ok(bytes) if ContentHash::of(&bytes) == name => Ok(Some(bytes)),
            Ok(_) => Err(Error::damaged(format!("the file {name} is not what was written"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Removes a file unless somebody is about to name it, or `is_named` says that somebody does. Says whether it did.
    ///
    /// # Errors
    /// Those of `is_named`, in which case it stays; when it cannot be removed.
    pub fn remove_unless(&self, name: ContentHash, is_named: impl FnOnce() -> Result<bool>) -> Result<bool> {
        let held = self.lock();
        if held.contains_key(&name) || is_named()? {
            return Ok(false);
        }
        match fs::remove_file(self.path(name)) {
            Ok(()) => sync(&self.folder).map(|()| true).map_err(|error| self.failed(&error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// The names of all files. What a crash has left half written goes.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn sweep_and_list(&self) -> Result<Vec<ContentHash>> {
        let _held = self.lock();
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| self.failed(&error))?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| self.failed(&error))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if let Ok(name) = name.parse() {
                names.push(name);
            } else if name.starts_with(UNFINISHED) {
                fs::remove_file(entry.path()).map_err(|error| self.failed(&error))?;
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// What the name of a file begins with that is not whole yet.
const UNFINISHED: &str = ".unfinished-";

/// Writes a file durably, whole or not at all, for us alone.
///
/// # Errors
/// When it cannot be written.
pub fn write_into(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Temporary files are made with mode 0600, and are gone when they are dropped.
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync(folder)
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn no_room() -> Error {
    Error::unavailable("uploads_no_room", RETRY_SECONDS)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn blobs() -> (tempfile::TempDir, Arc<Blobs>) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Arc::new(Blobs::in_folder(folder.path().join("uploads")));
        (folder, blobs)
    }

    fn files(blobs: &Blobs) -> usize {
        fs::read_dir(&blobs.folder).unwrap().count()
    }

    #[test]
    fn a_file_is_ours_alone_and_what_is_in_it_is_its_name() {
        let (_folder, blobs) = blobs();
        assert_eq!(blobs.sweep_and_list().unwrap(), []);
        let kept = blobs.keep(b"a picture").unwrap();
        let again = blobs.keep(b"a picture").unwrap();
        assert_eq!((kept.name(), files(&blobs)), (again.name(), 1));
        let path = blobs.path(kept.name());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&blobs.folder).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(blobs.read(kept.name()).unwrap().as_deref(), Some(&b"a picture"[..]));
        fs::write(&path, "another").unwrap();
        assert!(blobs.read(kept.name()).is_err(), "a changed file is not shown");
        assert_eq!(blobs.read(ContentHash::of(b"none")).unwrap(), None);
        // Sent once more, it is whole again.
        drop(blobs.keep(b"a picture").unwrap());
        assert!(blobs.read(kept.name()).unwrap().is_some());
    }

    #[test]
    fn a_file_goes_when_nobody_names_it_and_nobody_is_about_to() {
        let (_folder, blobs) = blobs();
        let (first, second) = (blobs.keep(b"a").unwrap(), blobs.keep(b"a").unwrap());
        let name = first.name();
        let unnamed = || Ok(false);
        assert!(!blobs.remove_unless(name, unnamed).unwrap());
        drop(first);
        assert!(!blobs.remove_unless(name, unnamed).unwrap(), "the other one still needs it");
        drop(second);
        assert!(!blobs.remove_unless(name, || Ok(true)).unwrap());
        assert!(blobs.remove_unless(name, || Err(Error::damaged("rows are lost"))).is_err());
        assert_eq!(blobs.sweep_and_list().unwrap(), [name]);
        assert!(blobs.remove_unless(name, unnamed).unwrap());
        assert!(!blobs.remove_unless(name, unnamed).unwrap());
        assert_eq!(files(&blobs), 0);
    }

    #[test]
    fn what_a_crash_left_is_swept_and_what_is_not_ours_stays() {
        let (_folder, blobs) = blobs();
        let name = blobs.keep(b"a").unwrap().name();
        fs::write(blobs.folder.join(".unfinished-x"), "hal").unwrap();
        fs::write(blobs.folder.join("README"), "of the sysadmin").unwrap();
        assert_eq!(blobs.sweep_and_list().unwrap(), [name]);
        assert_eq!(files(&blobs), 2);
    }

    #[test]
    fn a_name_is_read_only_as_it_is_written() {
        let name = ContentHash::of(b"a");
        assert_eq!(name.to_string().parse(), Ok(name));
        for wrong in ["", "..", "../root.key", &name.to_string().to_uppercase(), &name.to_string()[1..]] {
            assert_eq!(wrong.parse::<ContentHash>(), Err(NoHash), "{wrong}");
        }
    }
}
