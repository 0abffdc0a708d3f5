//! `das-tern salvage`: takes what can still be read of a damaged data file into a new one, and says what is lost.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::offline::{Trouble, open_alone};
use super::say;
use crate::domain::damage::{self, key_in_words};
use crate::domain::doses::tables::DAYS;
use crate::domain::integrity;
use crate::domain::migrations::MIGRATIONS;
use crate::flows::mending::{all_in_order, still_unknown};
use crate::platform::clock::{Clock, SystemClock, Timestamp};
use crate::platform::data_directory::act_as_owner_of;
use crate::platform::error::Result;
use crate::platform::folder::folder_of;
use crate::platform::store::{
    AnyTable as _, FreshFile, Held, LostRows, NamedRow, PageFault, Salvaged, Wanted, newest_schema, put_lost,
    require_room, salvage,
};

/// From where to where.
#[derive(Debug, Args)]
pub struct SalvageArguments {
    /// The damaged data file; nothing in it is changed
    #[arg(value_name = "FROM")]
    from: PathBuf,
    /// The new data file
    #[arg(value_name = "TO")]
    to: PathBuf,
    /// Take rows of damaged pages too, where they can be made out. Any of them may have been changed: look at each
    #[arg(long)]
    doubtful: bool,
    /// The schema of the file, when its own word for it is lost
    #[arg(long, value_name = "NUMBER")]
    schema: Option<u32>,
    /// Print one line of JSON for programs
    #[arg(long)]
    json: bool,
}

/// Runs the command: exit code 0 when nothing is lost, 3 when something is, 4 when a server has the file open.
pub(super) fn run(arguments: &SalvageArguments) -> Result<(), Trouble> {
    // What the engine's library says of a damaged file helps nobody.
    std::panic::set_hook(Box::new(|_| {}));
    let SalvageArguments { from, to, .. } = arguments;
    let failed = |error: &dyn std::fmt::Display| Trouble::Failed(format!("{}: {error}", to.display()));
    let file = open_alone(from)?;
    let folder = folder_of(to);
    // What is salvaged belongs to whoever owns the folder that it is put in.
    act_as_owner_of(folder).map_err(|error| failed(&error))?;
    let bytes = file.metadata().map_err(|error| failed(&error))?.len();
    require_room(folder, bytes, "the salvaged file").map_err(|error| failed(&error))?;
    let mut fresh = FreshFile::create(to).map_err(|error| failed(&error))?;
    let newest = newest_schema(MIGRATIONS);
    let wanted = Wanted { doubtful: arguments.doubtful, schema: arguments.schema, newest };
    let done = salvage(&file, &mut fresh, &integrity::tables(), wanted)
        .map_err(|error| Trouble::Failed(format!("{}: {error}", from.display())))?;
    let lost = Lost::of(&done);
    let (disagreements, unknown) = if done.schema == newest {
        put_in_order(&fresh, &lost, &done).map_err(|error| failed(&error))?
    } else {
        Default::default()
    };
    put_lost(&mut fresh, &unknown).map_err(|error| failed(&error))?;
    fresh.finish().map_err(|error| failed(&error))?;
    if arguments.json {
        say(&lost.as_json(&done, &disagreements).to_string());
    } else {
        lost.tell(arguments, &done, &disagreements);
    }
    if lost.is_nothing() && disagreements.is_empty() { Ok(()) } else { Err(Trouble::Faults) }
}

/// Makes what hangs on lost rows agree again, so that no number is given twice, and says what else disagrees, and what stays
/// unknown.
fn put_in_order(fresh: &FreshFile, lost: &Lost<'_>, done: &Salvaged) -> Result<(Vec<String>, Vec<LostRows>)> {
    let store = all_in_order(fresh, &lost.tables())?;
    let now = done.written_at.unwrap_or_default().max(SystemClock.now());
    let days = done.lost_of(&lost.pages, DAYS.number(), now);
    Ok((store.read(|tx| integrity::verify(tx))?, still_unknown(&store, &days, now)?))
}

/// What was not taken over.
struct Lost<'a> {
    pages: Vec<&'a PageFault>,
    rows: &'a [NamedRow],
    /// What was lost before, when the file was made whole by itself.
    before: &'a [LostRows],
    /// Damaged pages that held nothing which is not made anew.
    harmless: usize,
}

impl<'a> Lost<'a> {
    fn of(done: &'a Salvaged) -> Self {
        // Of a page with rows that is legible each row is named; what a page led to may be named in part.
        let is_loss =
            |fault: &&PageFault| (!fault.legible || fault.held == Held::Way) && damage::holds_rows(fault);
        let (pages, harmless): (Vec<_>, Vec<_>) = done.survey.faults.iter().partition(is_loss);
        Self { pages, rows: &done.left_out, before: &done.lost_before, harmless: harmless.len() }
    }

    fn is_nothing(&self) -> bool {
        self.pages.is_empty() && self.rows.is_empty() && self.before.is_empty()
    }

    /// The tables of which something is lost.
    fn tables(&self) -> BTreeSet<String> {
        let of_pages = self.pages.iter().flat_map(|fault| damage::tables_of(fault)).map(str::to_owned);
        let of_rows = self.rows.iter().map(|row| damage::name_of(&row.key));
        let before = self.before.iter().map(|rows| damage::name_of(&rows.up_to));
        of_pages.chain(of_rows).chain(before).collect()
    }

    fn as_json(&self, done: &Salvaged, disagreements: &[String]) -> serde_json::Value {
        let named = |rows: &[NamedRow]| {
            rows.iter()
                .map(|row| json!({ "row": key_in_words(&row.key), "what": row.what }))
                .collect::<Vec<_>>()
        };
        json!({
            "ok": self.is_nothing(),
            "rows": done.rows,
            "lostPages": self.pages.iter().map(|fault| damage::as_json(fault)).collect::<Vec<_>>(),
            "lostRows": named(self.rows),
            "lostBefore": self.before.iter().map(damage::lost_in_words).collect::<Vec<_>>(),
            "doubtfulRows": named(&done.doubtful),
            "pagesMadeAnew": self.harmless,
            "disagreements": disagreements,
            "clockBehind": clock_behind(done).is_some(),
        })
    }

    fn tell(&self, arguments: &SalvageArguments, done: &Salvaged, disagreements: &[String]) {
        for fault in &self.pages {
            say(&format!("lost: {}", damage::in_words(fault)));
        }
        for row in self.rows {
            say(&format!("lost: {}: {}", key_in_words(&row.key), row.what));
        }
        for rows in self.before {
            say(&format!("lost: {}", damage::lost_in_words(rows)));
        }
        for row in &done.doubtful {
            say(&format!("doubtful: {}: {}", key_in_words(&row.key), row.what));
        }
        for disagreement in disagreements {
            say(&format!("disagrees now: {disagreement}"));
        }
        if let Some(written_at) = clock_behind(done) {
            say(&format!(
                "the clock of this machine is behind: the file was last written on {}. Set it right before you serve the \
                 new file",
                written_at.to_utc().to_rfc3339()
            ));
        }
        let lost = if self.is_nothing() { "nothing is lost" } else { "what is lost stands above" };
        say(&format!(
            "{}: {} rows were taken over from {}; {lost}",
            arguments.to.display(),
            done.rows,
            arguments.from.display()
        ));
    }
}

/// When the file was last written, if that is still to come by the clock of this machine.
fn clock_behind(done: &Salvaged) -> Option<Timestamp> {
    done.written_at.filter(|written_at| *written_at > SystemClock.now())
}
