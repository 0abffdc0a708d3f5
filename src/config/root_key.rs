//! The server's root key: from the credentials, else from the data directory, where it is made on the first start.

use std::io;
use std::path::Path;

use super::{ConfigErrors, Managed, Sources, read_secret};
use crate::platform::random::Random;
use crate::platform::secret::Secret;
use crate::platform::secret_file;

/// File name of the root key among the credentials, and in the data directory.
pub(super) const ROOT_KEY: &str = "root.key";

impl Sources {
    /// The root key: that of the credentials, else that of the data directory.
    ///
    /// # Errors
    /// When it cannot be read or written, is not 32 bytes long, or others can read it.
    pub fn root_key(&self, directory: &Path) -> Result<Secret<[u8; 32]>, ConfigErrors> {
        self.given_root_key()?.map_or_else(|| own_root_key(directory), Ok)
    }

    /// The root key of the credentials, if they have one.
    ///
    /// # Errors
    /// As [`Sources::root_key`].
    pub fn given_root_key(&self) -> Result<Option<Secret<[u8; 32]>>, ConfigErrors> {
        let Some(credentials) = &self.credentials else { return Ok(None) };
        let path = credentials.directory.join(ROOT_KEY);
        match read_secret(&path, credentials.managed) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            // What the unit hands over where there is no file. An empty file is a key that was lost, and an error.
            Ok(bytes) if credentials.managed == Managed::ByServiceManager && bytes == b"\n" => Ok(None),
            read => read.and_then(as_root_key).map(Some).map_err(|error| wrong_at(&path, &error)),
        }
    }

    /// What is wrong with the root key where it is kept; none is made.
    ///
    /// # Errors
    /// As [`Sources::root_key`].
    pub fn check_root_key(&self, directory: &Path) -> Result<(), ConfigErrors> {
        if self.given_root_key()?.is_some() {
            return Ok(());
        }
        let path = directory.join(ROOT_KEY);
        match secret_file::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            read => read.and_then(as_root_key).map(|_| ()).map_err(|error| wrong_at(&path, &error)),
        }
    }
}

/// The root key of the data directory, made when there is none.
///
/// # Errors
/// As [`Sources::root_key`].
pub fn own_root_key(directory: &Path) -> Result<Secret<[u8; 32]>, ConfigErrors> {
    let path = directory.join(ROOT_KEY);
    let read = match secret_file::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path),
        read => read,
    };
    read.and_then(as_root_key).map_err(|error| wrong_at(&path, &error))
}

fn make(path: &Path) -> io::Result<Vec<u8>> {
    let key = Random::System.bytes::<32>().map_err(io::Error::other)?;
    secret_file::create(path, &key)?;
    Ok(key.to_vec())
}

fn as_root_key(bytes: Vec<u8>) -> io::Result<Secret<[u8; 32]>> {
    let key = bytes.try_into().map_err(|_| io::Error::other("a root key has exactly 32 bytes"))?;
    Ok(Secret::new(key))
}

fn wrong_at(path: &Path, error: &io::Error) -> ConfigErrors {
    ConfigErrors(vec![format!("{}: {error}", path.display())])
}
