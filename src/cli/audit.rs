//! `das-tern audit`: looks at the audit in the closed data file.

use clap::{Args, Subcommand};
use serde_json::json;

use super::ConfigurationArguments;
use super::offline::{FileArguments, Trouble, checked};
use crate::domain::audit::tables::{HEAD, verify_chain};
use crate::platform::text::hex;

/// What to do with the audit.
#[derive(Debug, Args)]
pub struct AuditArguments {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Walk the chain and name the first broken record
    Verify(VerifyArguments),
}

#[derive(Debug, Args)]
struct VerifyArguments {
    #[command(flatten)]
    file: FileArguments,
    /// Print one line of JSON for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command: exit code 0 when the chain is whole, 3 when it is broken, 4 when a server has the file open.
pub(super) fn run(configuration: &ConfigurationArguments, arguments: &AuditArguments) -> Result<(), Trouble> {
    let AuditCommand::Verify(arguments) = &arguments.command;
    let file = arguments.file.open(configuration)?;
    let content = file.content.map_err(|why| Trouble::Failed(format!("{}: {why}", file.path.display())))?;
    let (broken, head) = checked(&file.path, &content.store, |store| {
        store.read(|tx| Ok((verify_chain(tx)?, HEAD.get(tx, &())?.unwrap_or_default())))
    })?;
    let head_hash = hex(&head.hash);
    if arguments.json {
        let report = json!({
            "ok": broken.is_none(), "records": head.sequence, "headHash": head_hash, "broken": broken,
        });
        super::say(&report.to_string());
    } else {
        match &broken {
            Some(broken) => super::say(&format!("the audit is broken: {broken}")),
            None => super::say(&format!("the audit is whole: {} records, head {head_hash}", head.sequence)),
        }
    }
    if broken.is_none() { Ok(()) } else { Err(Trouble::Faults) }
}
