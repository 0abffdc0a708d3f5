//! What the commands share that look at the data file while no server runs.

use std::fs::{File, TryLockError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::files::survive_file_size_limit_in_command;
use super::{ConfigurationArguments, complain};
use crate::domain::migrations::MIGRATIONS;
use crate::platform::clock::SystemClock;
use crate::platform::data_directory;
use crate::platform::random::Random;
use crate::platform::settings::StoreSettings;
use crate::platform::store::{
    Engine, EngineError, RedbEngine, Store, StoreOptions, Survey, newest_schema, schema_of, survey,
};
use crate::platform::supervision::what_panicked;

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
pub(super) fn exit(command: impl FnOnce() -> Result<(), Trouble>) -> ExitCode {
    if let Err(error) = survive_file_size_limit_in_command() {
        complain(&format!("a limit of a file's size would end this command: {error}"));
    }
    // The storage library gives up on some damaged files in ways that nobody between here and there can catch.
    let outcome = catch_unwind(AssertUnwindSafe(command)).unwrap_or_else(|panic| {
        complain(&format!(
            "it ended early ({}). If the data file is damaged, restore a backup, or take what can be read with \
             `das-tern salvage`",
            what_panicked(panic.as_ref())
        ));
        Err(Trouble::Faults)
    });
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

/// A data file that nobody else has open, and of which not a byte is changed.
pub(super) struct OpenFile {
    pub(super) path: PathBuf,
    /// What its pages are like.
    pub(super) survey: Survey,
    /// Its content, or why it cannot be opened.
    pub(super) content: Result<Content, String>,
}

/// What is in a data file.
pub(super) struct Content {
    pub(super) schema: u32,
    pub(super) store: Store,
}

impl FileArguments {
    pub(super) fn path(&self, configuration: &ConfigurationArguments) -> Result<PathBuf, Trouble> {
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
            enter(&settings.store)?;
        }
        Ok(settings.store.file())
    }

    /// Opens the file, for reading alone: it may lie on a disk that cannot be written.
    pub(super) fn open(&self, configuration: &ConfigurationArguments) -> Result<OpenFile, Trouble> {
        look_into(self.path(configuration)?)
    }
}

/// Acts as the owner of the data from here on, and closes the data to others.
pub(super) fn enter(store: &StoreSettings) -> Result<(), Trouble> {
    data_directory::enter(store)
        .map_err(|error| Trouble::Failed(format!("{}: {error}", store.directory.display())))?
        .iter()
        .for_each(|line| complain(line));
    Ok(())
}

/// Opens a file for reading alone.
pub(super) fn look_into(path: PathBuf) -> Result<OpenFile, Trouble> {
    // The engine's library panics on some damaged files; what it says then helps nobody.
    std::panic::set_hook(Box::new(|_| {}));
    let file = open_alone(&path)?;
    let survey = survey(&file, &mut |_| Ok(()))
        .map_err(|error| Trouble::Failed(format!("{}: {error}", path.display())))?;
    drop(file);
    let content = content_of(&path, &survey)?;
    Ok(OpenFile { path, survey, content })
}

/// The file, which no server has open now.
pub(super) fn open_alone(path: &Path) -> Result<File, Trouble> {
    let place = path.display();
    let failed = |error: std::io::Error| Trouble::Failed(format!("{place}: {error}"));
    if !path.is_file() {
        return Err(Trouble::Failed(format!("{place}: there is no such file")));
    }
    let file = File::open(path).map_err(failed)?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => return Err(in_use(path)),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
        Ok(()) => {}
    }
    match file.metadata().map_err(failed)?.len() {
        0 => Err(Trouble::Failed(format!(
            "{place}: the file is empty, 0 bytes: what was in it is lost. Restore a backup"
        ))),
        _ => Ok(file),
    }
}

/// Says that a server has the file open.
pub(super) fn in_use(path: &Path) -> Trouble {
    Trouble::InUse(format!(
        "{}: a server has this file open. Ask the server (GET /api/admin/status, GET /api/audit/verify), or stop it, \
         or look at a copy of the file made after that",
        path.display()
    ))
}

fn content_of(path: &Path, survey: &Survey) -> Result<Result<Content, String>, Trouble> {
    let place = path.display();
    let engine = match RedbEngine::open_for_reading(path) {
        Ok(engine) => engine,
        Err(EngineError::InUse) => return Err(in_use(path)),
        // The engine looks at more than the pages, such as what the header says of the file's size.
        Err(error @ EngineError::Corrupted(_)) => {
            return Ok(Err(format!("the file cannot be opened: {error}")));
        }
        Err(error) if survey.faults.is_empty() => return Err(Trouble::Failed(format!("{place}: {error}"))),
        Err(error) => return Ok(Err(format!("the file cannot be opened: {error}"))),
    };
    let schema = match schema_of(&engine) {
        Ok(Some(schema)) => schema,
        Ok(None) if survey.faults.is_empty() => {
            return Err(Trouble::Failed(format!("{place}: there are no data in this file")));
        }
        Ok(None) => return Ok(Err("no data can be found in it".to_owned())),
        Err(error) => return Ok(Err(format!("the schema version cannot be read: {error}"))),
    };
    let newest = newest_schema(MIGRATIONS);
    if schema != newest && !survey.faults.is_empty() {
        return Ok(Err(format!("its schema reads as {schema}, which may be an old page's word")));
    }
    if schema > newest {
        return Err(Trouble::Failed(format!(
            "{place}: the file has schema {schema}, this program knows schemas up to {newest}: a newer version of the \
             program wrote it. Use that version"
        )));
    }
    if schema < newest {
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
    .map_err(|error| Trouble::Failed(format!("{place}: {error}")))?;
    Ok(Ok(Content { schema, store }))
}

/// Runs a check; the storage library may panic on a file that is damaged deep inside.
pub(super) fn checked<T>(
    path: &Path,
    store: &Store,
    check: impl FnOnce(&Store) -> crate::platform::error::Result<T>,
) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(|| check(store)))
        .map_err(|_| Trouble::Failed(format!("{}: the file is damaged and cannot be read", path.display())))?
        .map_err(|error| Trouble::Failed(format!("{}: {error}", path.display())))
}
