//! `das-tern doctor`: checks every page of the closed data file and everything in it that must agree. It changes nothing.

use clap::Args;
use serde_json::{Value, json};

use super::ConfigurationArguments;
use super::offline::{FileArguments, OpenFile, Trouble, checked};
use crate::domain::{damage, integrity};
use crate::platform::store::Store;

/// What to say of a file that is mostly free.
pub(super) const WORTH_COMPACTING: &str =
    "More than half of the file is free: `das-tern compact` makes it smaller.";

/// What is said of a file whose header does not name its newest commit.
const UNNAMED: &str = "The file does not say which commit is its last, as after a server was killed. The newest one is \
                       whole, and a server takes it over when it starts; what is said of rows here is about the \
                       commit before it.";

/// What to check.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    #[command(flatten)]
    file: FileArguments,
    /// Print one line of JSON for programs
    #[arg(long)]
    json: bool,
}

/// What was found.
struct Findings {
    file: OpenFile,
    faults: Vec<String>,
    schema: Option<u32>,
    commits: Option<u64>,
    /// Why a server would not believe the machine's clock.
    clock: Option<String>,
}

/// Runs the command: exit code 0 when all is well, 3 when there are faults, 4 when a server has the file open.
pub(super) fn run(
    configuration: &ConfigurationArguments,
    arguments: &DoctorArguments,
) -> Result<(), Trouble> {
    let findings = examine(arguments.file.open(configuration)?)?;
    if arguments.json {
        super::say(&findings.as_json().to_string());
    } else {
        findings.tell();
    }
    findings.verdict()
}

/// Checks an open file and says what was found.
pub(super) fn examine_and_tell(file: OpenFile) -> Result<(), Trouble> {
    let findings = examine(file)?;
    findings.tell();
    findings.verdict()
}

fn examine(file: OpenFile) -> Result<Findings, Trouble> {
    let mut faults: Vec<String> = file.survey.faults.iter().map(damage::in_words).collect();
    let (mut schema, mut commits, mut clock) = (None, None, None);
    match &file.content {
        Ok(content) => {
            let found = checked(&file.path, &content.store, |store| {
                store.read(|tx| Ok((integrity::verify(tx)?, Store::sequence(tx)?)))
            });
            faults.extend(content.store.lost().iter().map(damage::lost_in_words));
            schema = Some(content.schema);
            clock = checked(&file.path, &content.store, super::clock::doubt_of).unwrap_or(None);
            match found {
                Ok((more, count)) => {
                    faults.extend(more);
                    commits = Some(count);
                }
                Err(Trouble::Failed(why)) if !faults.is_empty() => faults.push(why),
                Err(other) => return Err(other),
            }
        }
        Err(why) => faults.push(why.clone()),
    }
    Ok(Findings { file, faults, schema, commits, clock })
}

impl Findings {
    fn verdict(&self) -> Result<(), Trouble> {
        if self.faults.is_empty() { Ok(()) } else { Err(Trouble::Faults) }
    }

    fn as_json(&self) -> Value {
        let survey = &self.file.survey;
        json!({
            "ok": self.faults.is_empty(),
            "file": self.file.path.display().to_string(),
            "schema": self.schema,
            "commits": self.commits,
            "tables": integrity::tables().len(),
            "fileBytes": survey.file_bytes,
            "usedBytes": survey.used_bytes,
            "worthCompacting": survey.is_mostly_free(),
            "damagedPages": survey.faults.iter().map(damage::as_json).collect::<Vec<_>>(),
            "faults": self.faults,
            "clock": self.clock,
            "newestCommitUnnamed": survey.is_unnamed,
        })
    }

    fn tell(&self) {
        if let Some(clock) = &self.clock {
            super::say(clock);
        }
        if self.file.survey.is_unnamed {
            super::say(UNNAMED);
        }
        for fault in &self.faults {
            super::say(&format!("fault: {fault}"));
        }
        let verdict = match self.faults.len() {
            0 => "no faults".to_owned(),
            1 => "1 fault".to_owned(),
            many => format!("{many} faults"),
        };
        let known =
            |number: Option<u64>| number.map_or_else(|| "unknown".to_owned(), |number| number.to_string());
        let survey = &self.file.survey;
        super::say(&format!(
            "{}: {verdict} in {} tables, schema {}, {} commits, {:.1} MB of which {:.1} MB are used",
            self.file.path.display(),
            integrity::tables().len(),
            known(self.schema.map(u64::from)),
            known(self.commits),
            megabytes(survey.file_bytes),
            megabytes(survey.used_bytes),
        ));
        if !survey.faults.is_empty() {
            super::say(
                "The file is damaged on the disk. Keep it as it is, look to the disk, and restore a backup, or take \
                 what can still be read with `das-tern salvage`.",
            );
        } else if survey.is_mostly_free() {
            super::say(WORTH_COMPACTING);
        }
    }
}

/// For people.
#[expect(clippy::cast_precision_loss, reason = "a figure with one decimal")]
pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}
