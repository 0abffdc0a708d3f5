//! Reading what may be damaged.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::platform::error::{Error, Result};
use crate::platform::supervision::what_panicked;

/// Runs a read of which others must not depend: the storage library may panic at a damaged page, which is an error
/// like any other here.
///
/// # Errors
/// The read's, or what the panic said.
pub fn readable<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        Err(Error::internal(format!("the data file is damaged: {}", what_panicked(panic.as_ref()))))
    })
}
