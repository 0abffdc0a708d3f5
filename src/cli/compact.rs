//! `das-tern compact`: makes the data file as small as what it holds, while the server is stopped.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::doctor::megabytes;
use super::offline::{Trouble, enter, in_use, look_into};
use super::{ConfigurationArguments, say};
use crate::platform::store::{EngineError, compact, require_room};

/// Which data.
#[derive(Debug, Args)]
pub struct CompactArguments {
    /// The data directory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print one line of JSON for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command: exit code 0 when done, 1 when not, 3 when the file is damaged, 4 when a server has it open.
pub(super) fn run(
    configuration: &ConfigurationArguments,
    arguments: &CompactArguments,
) -> Result<(), Trouble> {
    let failed = |error: &dyn std::fmt::Display| Trouble::Failed(error.to_string());
    let flags = arguments.data.iter().map(|data| ("store.directory".to_owned(), data.display().to_string()));
    let sources = configuration.sources(flags.collect()).map_err(|error| failed(&error))?;
    let store = sources.load().map_err(|error| failed(&error))?.store;
    let place = store.place();
    if place.file.is_file() {
        enter(&store)?;
    }
    // A damaged page must not be moved about.
    let file = look_into(place.file.clone())?;
    if !file.survey.faults.is_empty() {
        say(&format!("{}: the file is damaged; ask `das-tern doctor`", place.file.display()));
        return Err(Trouble::Faults);
    }
    let (file_bytes, used) = (file.survey.file_bytes, file.survey.used_bytes);
    drop(file);
    let _lock = place.lock().map_err(|error| match error {
        EngineError::InUse => in_use(&place.file),
        other => failed(&other),
    })?;
    // A copy takes its place, and what is moved within that is there twice until the next commit.
    let room = file_bytes.saturating_add(used / 4);
    require_room(&place.directory, room, "a copy of the data").map_err(|error| failed(&error))?;
    let (before, after) = compact(&place.file)
        .map_err(|error| Trouble::Failed(format!("{}: {error}", place.file.display())))?;
    if arguments.json {
        say(&json!({ "bytesBefore": before, "bytesAfter": after }).to_string());
    } else {
        let (before, after) = (megabytes(before), megabytes(after));
        say(&format!("{}: {before:.1} MB before, {after:.1} MB now", place.file.display()));
    }
    Ok(())
}
