//! `das-tern serve`: runs the server until it is told to stop.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::app::{App, Parts};
use crate::platform::error::{Error, Result};
use crate::platform::random::Random;
use crate::platform::secret::Secret;
use crate::platform::settings::Settings;

/// What can be said on the command line.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// The data file
    #[arg(long, default_value = "das-tern.redb")]
    data: PathBuf,
}

/// Runs the server until SIGTERM or SIGINT.
///
/// # Errors
/// When it cannot be started or failed while it ran.
pub fn run(arguments: ServeArguments) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Error::internal(format!("runtime cannot start: {error}")))?;
    runtime.block_on(async {
        let parts =
            Parts::of_system(Settings::default(), arguments.data.clone(), root_key(&arguments.data)?)?;
        let app = App::start(parts).await?;
        super::say(&format!("Das Tern listens on http://{}", app.address()));
        stop_signal().await?;
        app.stop().await
    })
}

/// Completes at SIGTERM or SIGINT.
async fn stop_signal() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |error| Error::internal(format!("signals cannot be caught: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// The server's root key beside the data file, made on the first start.
fn root_key(data: &Path) -> Result<Secret<[u8; 32]>> {
    let path = data.with_extension("key");
    let failed = |error: std::io::Error| Error::internal(format!("{}: {error}", path.display()));
    match std::fs::read(&path) {
        Ok(bytes) => {
            let key = bytes.try_into().map_err(|_| Error::internal("the root key must have 32 bytes"))?;
            Ok(Secret::new(key))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = Random::System.bytes::<32>()?;
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
            file.write_all(&key).map_err(failed)?;
            file.sync_all().map_err(failed)?;
            Ok(Secret::new(key))
        }
        Err(error) => Err(failed(error)),
    }
}
