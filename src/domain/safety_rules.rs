//! The rules by which this server checks: the shipped files, those that the clinic has put in their place, and the names
//! of its catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::medicines::model::Content;
use super::medicines::tables as medicines;
use super::medicines::{SHIPPED_LIST, list};
use super::safety::tables::OwnFiles;
use super::safety::{Fault, Files, Rules, tables};
use super::safety_lines::catalogue_name;
use crate::platform::error::Result;
use crate::platform::store::{Reader, Step};

/// The rules in force. They are read again when catalogue or files have changed; what does not hold together leaves
/// the rules before in force.
#[derive(Debug, Default)]
pub struct RulesInForce {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// Of which state of the store; nothing before they were read.
    of: Option<State>,
    rules: Arc<Rules>,
    faults: Arc<[Fault]>,
}

/// What the rules were read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    catalogue: (u64, u64),
    own: OwnFiles,
}

impl State {
    /// As it is now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of(tx: &dyn Reader) -> Result<Self> {
        let catalogue = medicines::catalogue(tx)?;
        Ok(Self { catalogue: (catalogue.revision, catalogue.mark), own: tables::own_files(tx)? })
    }

    /// The files that are not the shipped ones.
    pub const fn own(&self) -> &OwnFiles {
        &self.own
    }

    /// The texts of these files, and the names of those that are lost or not what was put in place.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn texts(&self, tx: &dyn Reader) -> Result<(BTreeMap<&'static str, String>, Vec<&'static str>)> {
        let (mut texts, mut lost) = (BTreeMap::new(), self.own.lost.clone());
        for (name, file) in &self.own.files {
            match tables::own_text(tx, name, file)? {
                Some(text) => drop(texts.insert(*name, text)),
                None => lost.push(name),
            }
        }
        Ok((texts, lost))
    }
}

/// What is said of a file of the clinic's own that is lost.
fn fault_of_lost(name: &str) -> Fault {
    Fault {
        file: name.to_owned(),
        line: 1,
        column: String::new(),
        sentence:
            "what the clinic had put in its place was lost with damaged data: import it again, or take the \
                   shipped file back"
                .to_owned(),
    }
}

/// The shipped files with others in the place of some.
pub fn with_texts<'a>(texts: &'a BTreeMap<&'static str, String>) -> Files<'a> {
    let mut files: Files<'a> = Files::shipped();
    for (name, text) in texts {
        files = files.clone().with(name, text).unwrap_or(files);
    }
    files
}

impl RulesInForce {
    /// The rules, and why newer ones are not in force.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn read(&self, tx: &dyn Reader) -> Result<(Arc<Rules>, Arc<[Fault]>)> {
        let state = State::of(tx)?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.of.as_ref() != Some(&state) {
            let (texts, lost) = state.texts(tx)?;
            let mut faults: Vec<Fault> = lost.iter().map(|name| fault_of_lost(name)).collect();
            match load(tx, &with_texts(&texts))? {
                Ok(rules) => held.rules = Arc::new(rules.without_own(lost)),
                Err(more) => faults.extend(more),
            }
            for fault in &faults {
                tracing::error!(%fault, "safety rules are not all taken");
            }
            held.faults = faults.into();
            held.of = Some(state);
        }
        Ok((Arc::clone(&held.rules), Arc::clone(&held.faults)))
    }

    /// The rules.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rules(&self, tx: &dyn Reader) -> Result<Arc<Rules>> {
        self.read(tx).map(|(rules, _)| rules)
    }
}

/// Reads rule files against the shipped list of medicines and the clinic's own entries.
///
/// # Errors
/// When the store cannot be read. The inner one lists all faults of the files.
pub fn load(tx: &dyn Reader, files: &Files<'_>) -> Result<std::result::Result<Rules, Vec<Fault>>> {
    let entries = known_medicines(tx)?;
    Ok(Rules::load(files, entries.iter().map(catalogue_name)))
}

/// The shipped list of medicines and the clinic's own entries: what rules may name.
///
/// # Errors
/// When the store cannot be read.
pub fn known_medicines(tx: &dyn Reader) -> Result<Vec<Content>> {
    let mut entries: Vec<Content> = Vec::new();
    list::read(list::text_of(SHIPPED_LIST)?, |_, content| {
        entries.push(content);
        Ok(())
    })?;
    medicines::visit_all(tx, |medicine| {
        entries.push(medicine.content);
        Ok(Step::Continue)
    })?;
    Ok(entries)
}

/// The ingredients of the clinic's own entries that are in use.
///
/// # Errors
/// When the store cannot be read.
pub fn stocked_ingredients(tx: &dyn Reader) -> Result<BTreeSet<String>> {
    let mut stocked = BTreeSet::new();
    medicines::visit_all(tx, |medicine| {
        if medicine.content.active {
            stocked.extend(medicine.content.generic.split(" + ").map(str::to_owned));
        }
        Ok(Step::Continue)
    })?;
    Ok(stocked)
}
