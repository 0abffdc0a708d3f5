//! `das-tern serve`: runs the server until it is told to stop.

use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::Arc;

use clap::Args;

use super::files::{allow_open_files, survive_file_size_limit};
use super::notify::Manager;
use super::{ConfigurationArguments, Outcome};
use crate::app::{App, Parts};
use crate::platform::error::{Error, Result};
use crate::platform::store::Opening;
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
    /// Begin a new, empty clinic although there was one here whose data are missing
    #[arg(long)]
    new_clinic: bool,
    /// Go on although the data were written with another root key, which is lost: everybody signs in again
    #[arg(long, conflicts_with = "new_clinic")]
    new_root_key: bool,
}

impl ServeArguments {
    fn opening(&self) -> Opening {
        match (self.new_clinic, self.new_root_key) {
            (true, _) => Opening::NewClinic,
            (false, true) => Opening::NewRootKey,
            (false, false) => Opening::AsItIs,
        }
    }

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
    let opening = arguments.opening();
    let (root_key, was_open) = super::open_data(&sources, &settings, opening)?;
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
        survive_file_size_limit()
            .map_err(|error| Error::internal(format!("signals cannot be caught: {error}")))?;
        let manager = Manager::of_environment();
        let parts = Parts::of_system_as(settings.clone(), root_key.clone(), opening)?;
        let app = App::start(parts).await?;
        let mut told_to_stop = pin!(until_told_to_stop()?);
        if attend(app, &manager, told_to_stop.as_mut(), true).await? == Ended::ToMend {
            manager.expect_delay();
            let parts = Parts::of_system_as(settings, root_key, Opening::AsItIs)?;
            let app = App::start(parts).await?;
            manager.expect_signs_again();
            // What is damaged now could not be made whole, or the disk goes on losing pages: once is enough.
            attend(app, &manager, told_to_stop, false).await?;
        }
        Ok(())
    });
    Ok(served?)
}

/// How the server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// It was told to stop.
    AsTold,
    /// It met damage in the data file, which is made whole while nobody has it open.
    ToMend,
}

/// Lets the server run until its end.
async fn attend(
    app: App,
    manager: &Manager,
    told_to_stop: Pin<&mut impl Future<Output = ()>>,
    may_mend: bool,
) -> Result<Ended> {
    manager.tell("READY=1");
    // Whoever started us may not listen.
    let _ = super::say_if_heard(&format!("Das Tern is ready on http://{}", app.address()));
    let context = Arc::clone(app.context());
    let ended = tokio::select! {
        () = told_to_stop => Ended::AsTold,
        () = context.mending.begun(), if may_mend => Ended::ToMend,
        () = async { manager.keep_awake(&context).await; std::future::pending().await } => Ended::AsTold,
    };
    drop(context);
    match ended {
        Ended::AsTold => {
            manager.tell("STOPPING=1");
            tracing::info!("stopping: requests in flight are finished first");
        }
        Ended::ToMend => {
            tracing::error!("the data file is damaged: it is closed, made whole and opened again")
        }
    }
    app.stop().await.map(|()| ended)
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
