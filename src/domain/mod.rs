//! What the system knows, one folder for each subject: `model.rs` (types that cannot be invalid), `rules.rs`
//! (pure functions), `tables.rs` (its tables and the only code that touches them).
//!
//! Absences: a folder never imports its neighbour, except the types of a neighbour's `model.rs`; nothing here
//! names poem. What needs several stands beside them as a file of its own, such as `gate.rs`, `care.rs` and the
//! migrations, and may see all of them.

pub mod adherence;
pub mod attention;
pub mod audit;
pub mod auth;
pub mod care;
pub mod clinical_facts;
pub mod clinical_record;
pub mod connections;
pub mod damage;
pub mod doses;
pub mod doubted_time;
pub mod events;
pub mod figures;
pub mod first_doses;
pub mod gate;
pub mod hearing;
pub mod integrity;
pub mod line_identity;
pub mod losses;
pub mod medicines;
pub mod migrations;
pub mod notes;
pub mod notifications;
pub mod patient_facts;
pub mod paying;
pub mod payments;
pub mod photo_rights;
pub mod photos;
pub mod pill_grouping;
pub mod pill_groups;
pub mod prescribable;
pub mod prescriptions;
pub mod safety;
pub mod safety_check;
pub mod safety_intake;
pub mod safety_lines;
pub mod safety_rules;
mod safety_told;
mod safety_unshared;
pub mod subscriptions;
pub mod users;
pub mod vitals;
