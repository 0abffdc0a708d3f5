//! How many files this process may have open: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Allows this process, and those that it starts, `wanted` open files, or as many as the system's hard limit does.
/// Returns how many it may have.
///
/// # Errors
/// When the system refuses.
pub(super) fn allow_open_files(wanted: u64) -> std::io::Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    let Some(current) = limit.current.filter(|current| *current < wanted) else { return Ok(wanted) };
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted)).max(current);
    setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum })?;
    Ok(raised)
}
