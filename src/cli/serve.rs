//! `das-tern serve`: runs the server until it is told to stop.

use std::path::PathBuf;

use clap::Args;

use super::files::allow_open_files;
use super::{ConfigurationArguments, Outcome};
use crate::app::{App, Parts};
use crate::platform::error::{Error, Result};
use crate::platform::telemetry;

/// What can be said on the command line.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Address and port of the API
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The data directory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Do not count requests
    #[arg(long)]
    no_rate_limit: bool,
}

impl ServeArguments {
    /// The settings that the flags stand for.
    fn flags(&self) -> Vec<(String, String)> {
        let mut flags = Vec::new();
        if let Some(listen) = &self.listen {
            flags.push(("server.listen".to_owned(), listen.clone()));
        }
        if let Some(data) = &self.data {
            flags.push(("store.directory".to_owned(), data.display().to_string()));
        }
        if self.no_rate_limit {
            flags.push(("limits.enabled".to_owned(), "false".to_owned()));
        }
        flags
    }
}

/// Runs the server until SIGTERM or SIGINT.
///
/// # Errors
/// When it cannot be started or failed while it ran.
pub(super) fn run(configuration: &ConfigurationArguments, arguments: &ServeArguments) -> Outcome {
    let sources = configuration.sources(arguments.flags())?;
    let settings = sources.load()?;
    let (root_key, was_open) = super::open_data(&sources, &settings)?;
    let _logging = telemetry::start(&settings.log)?;
    for line in was_open {
        tracing::warn!("{line}");
    }
    for name in sources.ignored_variables() {
        tracing::warn!(name, "a variable of another program is ignored");
    }
    allow_connections(settings.server.connections_max);
    let runtime = tokio::runtime::Runtime::new()?;
    let served: Result<()> = runtime.block_on(async {
        let app = App::start(Parts::of_system(settings, root_key)?).await?;
        let told_to_stop = until_told_to_stop()?;
        // Whoever started us may not listen.
        let _ = super::say_if_heard(&format!("Das Tern is ready on http://{}", app.address()));
        told_to_stop.await;
        tracing::info!("stopping: requests in flight are finished first");
        app.stop().await
    });
    Ok(served?)
}

/// Sees to it that so many connections find a file each, with some to spare for the rest.
fn allow_connections(connections_max: usize) {
    const SPARE: u64 = 256;
    let wanted = u64::try_from(connections_max).unwrap_or(u64::MAX).saturating_add(SPARE);
    match allow_open_files(wanted) {
        Ok(allowed) if allowed >= wanted => {}
        Ok(allowed) => {
            tracing::warn!(allowed, wanted, "fewer files may be open than `server.connections_max` needs")
        }
        Err(error) => tracing::warn!(%error, wanted, "the limit of open files cannot be raised"),
    }
}

/// Catches SIGTERM and SIGINT from here on, so that who hears that we are ready can stop us in order at once; completes
/// at the first of them.
///
/// # Errors
/// When signals cannot be caught.
pub(crate) fn until_told_to_stop() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |error| Error::internal(format!("signals cannot be caught: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
