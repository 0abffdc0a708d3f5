//! What the commands share that look at the data file while no server runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::{ConfigurationArguments, complain};
use crate::domain::migrations::MIGRATIONS;
use crate::platform::clock::SystemClock;
use crate::platform::data_directory;
use crate::platform::random::Random;
use crate::platform::store::{
    Engine, EngineError, RedbEngine, RedbOptions, Store, StoreOptions, newest_schema, schema_of,
};

/// How a look at the file ended, besides well. The codes are stable: scripts rely on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// 1: it could not be done.
    Failed(String),
    /// 3: the data have faults, which were printed.
    Faults,
    /// 4: a server has the file open.
    InUse(String),
}

/// The exit code: 0 well, 1 not done, 3 faults found, 4 file in use. (2 is a wrong command line.)
pub(super) fn exit(outcome: Result<(), Trouble>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Trouble::Failed(why)) => {
            complain(&why);
            ExitCode::FAILURE
        }
        Err(Trouble::Faults) => ExitCode::from(3),
        Err(Trouble::InUse(why)) => {
            complain(&why);
            ExitCode::from(4)
        }
    }
}

/// Which data file.
#[derive(Debug, Clone, Args)]
pub(super) struct FileArguments {
    /// The data file; by default the one in the data directory
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    file: Option<PathBuf>,
    /// The data directory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// A data file that nobody else has open.
pub(super) struct OpenFile {
    pub(super) path: PathBuf,
    pub(super) schema: u32,
    pub(super) store: Store,
}

impl FileArguments {
    fn path(&self, configuration: &ConfigurationArguments) -> Result<PathBuf, Trouble> {
        if let Some(file) = &self.file {
            return Ok(file.clone());
        }
        let flags = self.data.iter().map(|data| ("store.directory".to_owned(), data.display().to_string()));
        let settings = configuration
            .sources(flags.collect())
            .and_then(|sources| sources.load())
            .map_err(|error| Trouble::Failed(error.to_string()))?;
        // Root must leave nothing behind that the owner of the data cannot open.
        if settings.store.file().is_file() {
            data_directory::enter(&settings.store)
                .map_err(|error| Trouble::Failed(format!("{}: {error}", settings.store.directory.display())))?
                .iter()
                .for_each(|line| complain(line));
        }
        Ok(settings.store.file())
    }

    /// Opens the file.
    pub(super) fn open(&self, configuration: &ConfigurationArguments) -> Result<OpenFile, Trouble> {
        let path = self.path(configuration)?;
        let place = path.display();
        if !path.is_file() {
            return Err(Trouble::Failed(format!("{place}: there is no such file")));
        }
        let engine = RedbEngine::open(path.clone(), RedbOptions::default()).map_err(|error| match error {
            EngineError::InUse => Trouble::InUse(format!(
                "{place}: a server has this file open. Ask the server (GET /api/admin/status, GET /api/audit/verify), \
                 or stop it, or look at a copy of the file made after that"
            )),
            other => Trouble::Failed(other.to_string()),
        })?;
        let failed = |error: crate::platform::error::Error| Trouble::Failed(format!("{place}: {error}"));
        let schema = schema_of(&engine)
            .map_err(failed)?
            .ok_or_else(|| Trouble::Failed(format!("{place}: there are no data in this file")))?;
        let newest = newest_schema(MIGRATIONS);
        if schema != newest {
            return Err(Trouble::Failed(format!(
                "{place}: the file has schema {schema}, this program works with schema {newest}. Use the program that \
                 wrote it, or start this one's server once: it copies the file and migrates it"
            )));
        }
        let engine: Arc<dyn Engine> = Arc::new(engine);
        let store = Store::new(
            engine,
            Arc::new(SystemClock),
            Arc::new(Random::System),
            StoreOptions::default(),
            Box::new(|_| {}),
        )
        .map_err(failed)?;
        Ok(OpenFile { path, schema, store })
    }
}

/// Runs a check; the storage library may panic on a file that is damaged deep inside.
pub(super) fn checked<T>(
    file: &OpenFile,
    check: impl FnOnce(&Store) -> crate::platform::error::Result<T>,
) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(|| check(&file.store)))
        .map_err(|_| {
            Trouble::Failed(format!("{}: the file is damaged and cannot be read", file.path.display()))
        })?
        .map_err(|error| Trouble::Failed(format!("{}: {error}", file.path.display())))
}
