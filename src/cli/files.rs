//! What this process may do with files: how many it may have open, each connection being one, and how large they may
//! grow.

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

/// [`survive_file_size_limit`] of a command that has no asynchronous runtime.
///
/// # Errors
/// When the signal cannot be caught.
pub(super) fn survive_file_size_limit_in_command() -> std::io::Result<()> {
    // Of this thread alone: a command may become another user while there is no other.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async { survive_file_size_limit() })
}

/// Lets a write beyond the limit of a file's size fail as on a full disk, instead of ending the process. Called inside
/// the asynchronous runtime.
///
/// # Errors
/// When the signal cannot be caught.
pub(super) fn survive_file_size_limit() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    // Whoever listens to a signal is not killed by it, and it stays so when nobody waits for it any more.
    drop(signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?);
    Ok(())
}
