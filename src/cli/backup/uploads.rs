//! What people sent, in backups.

use std::io;
use std::path::{Path, PathBuf};

use super::super::offline::Trouble;
use super::super::say;
use super::{at, read_own};
use crate::platform::backup::BackupWriter;
use crate::platform::blobs::{ContentHash, write_into};
use crate::platform::folder::make_private;

/// What the names of files that people sent begin with in a backup.
const UPLOADS: &str = "uploads/";

/// Adds what people sent. Read behind the entries: each file that one of these names is durable before it and stays until
/// it is gone. One that goes meanwhile is named by none that came after.
pub(super) fn add_uploads(writer: &mut BackupWriter, folder: &Path) -> Result<(), Trouble> {
    for (name, path) in uploads_in(folder).map_err(at(folder))? {
        match read_own(&path) {
            Ok(content) if ContentHash::of(&content) == name => {
                writer.file(&format!("{UPLOADS}{name}"), &content).map_err(at(&path))?;
            }
            Ok(_) => say(&format!("{}: this file is damaged, and not in the backup", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(at(&path)(error)),
        }
    }
    Ok(())
}

/// The files that people sent, by name.
pub(super) fn uploads_in(folder: &Path) -> io::Result<Vec<(ContentHash, PathBuf)>> {
    let mut found = Vec::new();
    match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        entries => {
            for entry in entries? {
                let entry = entry?;
                let name = entry.file_name().to_str().and_then(|name| name.parse().ok());
                found.extend(name.map(|name| (name, entry.path())));
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Under which name a file of the backup is one that people sent; nothing when it is another.
///
/// # Errors
/// When its name is not that of what is in it.
pub(super) fn name_of_upload(name: &str, content: &[u8]) -> io::Result<Option<ContentHash>> {
    let Some(name) = name.strip_prefix(UPLOADS) else { return Ok(None) };
    let name = name.parse::<ContentHash>().map_err(io::Error::other)?;
    if ContentHash::of(content) == name {
        Ok(Some(name))
    } else {
        Err(io::Error::other(format!("the file {name} of the backup is not what was sent")))
    }
}

/// Puts one of them into its folder.
pub(super) fn put_upload(folder: &Path, name: ContentHash, content: &[u8]) -> io::Result<()> {
    make_private(folder)?;
    write_into(folder, &folder.join(name.to_string()), content)
}
