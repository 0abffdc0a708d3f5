//! The folder of a file.

use std::path::Path;

/// The folder in which `path` lies; that of a bare name is the working directory.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
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
