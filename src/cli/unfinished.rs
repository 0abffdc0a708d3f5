//! What is being made in a folder of backups, and what a command that was killed left there.

use std::fs::File;
use std::io;
use std::path::Path;

use super::complain;

/// What the names of files and folders begin with that are being made in a folder of backups.
pub(super) const UNFINISHED: &str = ".das-tern-unfinished-";

/// Holds a file or folder that is being made, so that nobody sweeps it.
pub(super) fn hold(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    file.try_lock()?;
    Ok(file)
}

/// Removes what commands that were interrupted left in a folder of backups.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_unfinished =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED));
        if is_unfinished && hold(&path).is_ok() {
            let removed =
                if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            if let Err(error) = removed {
                complain(&format!("{}: {error}", path.display()));
            }
        }
    }
}
