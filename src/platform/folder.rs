//! Folders: the one of a file, and new ones that are ours alone.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// The folder in which `path` lies; that of a bare name is the working directory.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder, and those that lead to it, for us alone; one that is there stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_lies_in_the_working_directory() {
        assert_eq!(folder_of(Path::new("clinic.key")), Path::new("."));
        assert_eq!(folder_of(Path::new("keys/clinic.key")), Path::new("keys"));
        assert_eq!(folder_of(Path::new("/clinic.key")), Path::new("/"));
    }
}
