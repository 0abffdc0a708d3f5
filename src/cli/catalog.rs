//! `das-tern catalog`: the medicine catalogue from the command line, while the server is stopped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::{ConfigurationArguments, Outcome, complain, doctor, open_data_aloud, say};
use crate::app::Parts;
use crate::domain::auth::model::Caller;
use crate::domain::medicines::list::{Fault, LIST_MAX_BYTES};
use crate::domain::migrations::MIGRATIONS;
use crate::flows::medicines::{self, ImportMode, ImportReport, List};
use crate::platform::clock::SystemClock;
use crate::platform::error::Error;
use crate::platform::i18n::{Language, text};
use crate::platform::random::Random;
use crate::platform::store::{
    Engine, MemoryEngine, RedbEngine, Store, StoreOptions, newest_schema, prepare, schema_of,
};

/// What can be said on the command line.
#[derive(Debug, Args)]
pub struct CatalogArguments {
    #[command(subcommand)]
    command: CatalogCommand,
}

#[derive(Debug, Subcommand)]
enum CatalogCommand {
    /// Take a list of medicines into the catalogue: all rows or none
    Import {
        /// The list, CSV in UTF-8 with the columns of the shipped one
        file: PathBuf,
        /// Only tell what would change and what is wrong
        #[arg(long)]
        dry_run: bool,
        /// The data directory
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
}

/// Runs the subcommand.
///
/// # Errors
/// When the list has faults, or the data directory cannot be used, for example because a server runs on it.
pub(super) fn run(configuration: &ConfigurationArguments, arguments: &CatalogArguments) -> Outcome {
    let CatalogCommand::Import { file, dry_run, data } = &arguments.command;
    let flags = data.iter().map(|data| ("store.directory".to_owned(), data.display().to_string())).collect();
    let sources = configuration.sources(flags)?;
    let settings = sources.load()?;
    let size = std::fs::metadata(file).map_err(|error| format!("{}: {error}", file.display()))?.len();
    if size > LIST_MAX_BYTES as u64 {
        return Err(format!("{}: larger than {} MB", file.display(), LIST_MAX_BYTES / 1024 / 1024).into());
    }
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let list = List { name, bytes };
    let mut is_mostly_free = false;
    let report = if *dry_run {
        let file = settings.store.file();
        if !file.exists() {
            let place = file.display();
            complain(&format!(
                "{place}: there is none yet, so all is new; a first start takes the shipped list in before"
            ));
        }
        let store = store_for_reading(&file)?;
        let report = medicines::dry_run(&store, &list);
        store.close();
        report
    } else {
        let root_key = open_data_aloud(&sources, &settings)?;
        tokio::runtime::Runtime::new()?.block_on(async {
            let (context, _signal) = Parts::of_system(settings, root_key)?.assemble()?;
            medicines::settle(&context).await?;
            let caller = Caller::system("catalog-import");
            let report = medicines::import(&context, &caller, list, ImportMode::Apply).await;
            is_mostly_free = context.store.surveyed().is_some_and(|survey| survey.is_mostly_free());
            context.store.close();
            report
        })
    };
    match report {
        Ok(report) if report.faults.is_empty() => {
            tell(&report);
            if is_mostly_free {
                say(doctor::WORTH_COMPACTING);
            }
            Ok(())
        }
        Ok(report) => {
            report.faults.iter().for_each(name_fault);
            tell(&report);
            Err(nothing_changed(report.fault_count).into())
        }
        Err(error) => Err(refused(&error)),
    }
}

/// What a dry run compares with: the data file, opened for reading alone, or nothing where there is none yet.
fn store_for_reading(path: &Path) -> Result<Store, Box<dyn std::error::Error>> {
    let engine: Arc<dyn Engine> = if path.exists() {
        let engine = RedbEngine::open_for_reading(path).map_err(|error| error.unavailable())?;
        let (schema, newest) = (schema_of(&engine)?, newest_schema(MIGRATIONS));
        if schema != Some(newest) {
            let place = path.display();
            return Err(
                format!("{place}: written by another version; start its server once with this one").into()
            );
        }
        Arc::new(engine)
    } else {
        let engine = MemoryEngine::new();
        prepare(&engine, MIGRATIONS, None, &SystemClock, &Random::System)?;
        Arc::new(engine)
    };
    let (clock, random) = (Arc::new(SystemClock), Arc::new(Random::System));
    Ok(Store::new(engine, clock, random, StoreOptions::default(), Box::new(|_| {}))?)
}

fn tell(report: &ImportReport) {
    for change in &report.changes {
        say(&format!("{}: {}", change.name, change.columns.join(", ")));
    }
    let named = u64::try_from(report.changes.len()).unwrap_or(u64::MAX);
    if report.counts.changed > named {
        say(&format!("and {} more changed entries", report.counts.changed - named));
    }
    let counts = report.counts;
    let verb = if report.number.is_some() { "imported" } else { "would import" };
    say(&format!(
        "{verb} {} rows: {} new, {} changed, {} unchanged",
        counts.rows, counts.new, counts.changed, counts.unchanged
    ));
}

fn name_fault(fault: &Fault) {
    for language in [Language::English, Language::Khmer] {
        let message = text(language, fault.error.code, &fault.error.args);
        complain(&format!("{}: {message}", fault.error.field));
    }
}

/// Names every fault of the list in both languages, then says how it ended.
fn refused(error: &Error) -> Box<dyn std::error::Error> {
    for field in error.fields() {
        for language in [Language::English, Language::Khmer] {
            complain(&format!("{}: {}", field.field, text(language, field.code, &field.args)));
        }
    }
    if error.fields().is_empty() {
        return Box::new(error.clone());
    }
    nothing_changed(u64::try_from(error.fields().len()).unwrap_or(u64::MAX)).into()
}

fn nothing_changed(faults: u64) -> String {
    let counted = if faults == 1 { "1 fault".to_owned() } else { format!("{faults} faults") };
    format!("{counted}; nothing was changed")
}
