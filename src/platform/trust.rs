//! Certificates that a clinic trusts besides the public ones: for a mail server or gateway of its own network.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::error::{Error, Result};

/// The certificates of a PEM file.
///
/// # Errors
/// Says what is wrong with the file.
pub fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let wrong = |what: String| Error::internal(format!("`ca_file` {}: {what}", path.display()));
    let found = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
    let certificates: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| wrong(error.to_string()))?;
    if certificates.is_empty() {
        return Err(wrong("holds no certificate".to_owned()));
    }
    Ok(certificates)
}
