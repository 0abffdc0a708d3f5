//! The medication lines that doses belong to.

use crate::domain::connections::access::Access;
use crate::domain::doses::model::Dose;
use crate::domain::prescriptions::model::Line;
use crate::domain::prescriptions::tables::{get, version};
use crate::platform::error::{Kind, Result};
use crate::platform::store::Reader;

/// The line of a dose as it is now; nothing when its prescription has it no more.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn current_line_of(tx: &dyn Reader, access: &Access, dose: &Dose) -> Result<Option<Line>> {
    let treatment = get(tx, access, dose.prescription)?;
    Ok(treatment.content.line_with(dose.line()).cloned())
}

/// The line of a dose, in the version that planned it.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn line_of(tx: &dyn Reader, access: &Access, dose: &Dose) -> Result<Option<Line>> {
    match version(tx, access, dose.prescription, dose.version) {
        Ok(version) => Ok(version.content.lines.into_iter().find(|line| line.number == dose.line())),
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
