//! Prescribing safety: what a good pharmacist would say before a prescription is signed, each word with its source.
//!
//! The rules are data (`data/safety/`, see its README); [`Rules`] reads them, resolves every name to ingredients and
//! refuses what does not hold together. [`check()`] weighs new lines against the patient and what is taken already: a pure
//! function, the same for the same facts in whatever order they are given. What could not be weighed is said too.

pub mod care;
mod check;
mod condition;
mod facts;
mod fault;
mod finding;
pub mod foreign;
mod idle;
pub mod import;
mod line;
mod listed;
mod names;
mod narrowed;
mod reworded;
mod rules;
mod table;
pub mod tables;
pub mod unshared;
mod weakened;

pub use check::check;
pub use facts::{Allergen, Allergy, Ancestry, G6pd, Laboratory, PatientFacts, Pregnancy, Reaction, Sex};
pub use fault::Fault;
pub use finding::{
    Basis, Checked, Finding, Kind, NotChecked, OverrideReason, Quietly, Subject, Suppressed, Tier, Weighed,
    What,
};
pub use line::{DaysOfUse, Line, Measure, Part, Quantity, Rhythm, Side};
pub use listed::ListedRule;
pub use names::CatalogueName;
pub use rules::{Adjustments, Files, Rules, is_shipped_class};
pub use weakened::Weakened;

#[cfg(test)]
mod tests;
