//! The rules by which this server checks: the shipped files, those that the clinic has put in their place, and the names
//! of its catalogue.

use std::sync::{Arc, Mutex, PoisonError};

use super::medicines::model::Content;
use super::medicines::tables as medicines;
use super::medicines::{SHIPPED_LIST, list};
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
struct State {
    catalogue: (u64, u64),
    files: Vec<(String, u64)>,
}

impl RulesInForce {
    /// The rules, and why newer ones are not in force.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn read(&self, tx: &dyn Reader) -> Result<(Arc<Rules>, Arc<[Fault]>)> {
        let catalogue = medicines::catalogue(tx)?;
        let files = tables::files(tx)?;
        let state = State {
            catalogue: (catalogue.revision, catalogue.mark),
            files: files.iter().map(|(name, file)| (name.clone(), file.revision)).collect(),
        };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.of.as_ref() != Some(&state) {
            let mut texts = Files::shipped();
            for (name, file) in &files {
                texts = texts.clone().with(name, &file.text).unwrap_or(texts);
            }
            match load(tx, &texts)? {
                Ok(rules) => (held.rules, held.faults) = (Arc::new(rules), Arc::default()),
                Err(faults) => {
                    for fault in &faults {
                        tracing::error!(%fault, "safety rules are not taken, those before stay in force");
                    }
                    held.faults = faults.into();
                }
            }
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
    let mut entries: Vec<Content> = Vec::new();
    list::read(list::text_of(SHIPPED_LIST)?, |_, content| {
        entries.push(content);
        Ok(())
    })?;
    medicines::visit_all(tx, |medicine| {
        entries.push(medicine.content);
        Ok(Step::Continue)
    })?;
    Ok(Rules::load(files, entries.iter().map(catalogue_name)))
}
