//! `das-tern doctor`: checks everything in the closed data file that must agree.

use clap::Args;
use serde_json::json;

use super::ConfigurationArguments;
use super::offline::{FileArguments, Trouble, checked};
use crate::domain::integrity;
use crate::platform::store::Store;

/// What to check.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    #[command(flatten)]
    file: FileArguments,
    /// Print one line of JSON for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command: exit code 0 when all is well, 3 when there are faults, 4 when a server has the file open.
pub(super) fn run(
    configuration: &ConfigurationArguments,
    arguments: &DoctorArguments,
) -> Result<(), Trouble> {
    let file = arguments.file.open(configuration)?;
    let (faults, commits) =
        checked(&file, |store| store.read(|tx| Ok((integrity::verify(tx)?, Store::sequence(tx)?))))?;
    let tables = integrity::tables().len();
    let clock = checked(&file, super::clock::doubt_of)?;
    if arguments.json {
        let report = json!({
            "ok": faults.is_empty(),
            "file": file.path.display().to_string(),
            "schema": file.schema,
            "commits": commits,
            "tables": tables,
            "faults": faults,
            "clock": clock,
        });
        super::say(&report.to_string());
    } else {
        if let Some(clock) = &clock {
            super::say(clock);
        }
        for fault in &faults {
            super::say(&format!("fault: {fault}"));
        }
        let verdict = match faults.len() {
            0 => "no faults".to_owned(),
            1 => "1 fault".to_owned(),
            many => format!("{many} faults"),
        };
        super::say(&format!(
            "{}: {verdict} in {tables} tables, schema {}, {commits} commits",
            file.path.display(),
            file.schema
        ));
    }
    if faults.is_empty() { Ok(()) } else { Err(Trouble::Faults) }
}
