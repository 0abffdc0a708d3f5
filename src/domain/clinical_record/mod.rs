//! What is known of a patient that decides whether a medicine is safe: allergies, conditions, pregnancy, breast-feeding,
//! kidney and liver function, G6PD.
//!
//! # What a patient states and what a doctor confirms
//! An entry has two layers: what a doctor wrote or confirmed, and what the patient states beside it. What the patient
//! states counts at once; it may add to what a doctor confirmed and make it graver, never take from it
//! (`rules::is_softer`). Confirming moves a statement into the lower layer and changes nothing else. So taking a
//! statement back can never take away what a doctor wrote.
//!
//! # What is unknown
//! Nothing is assumed. What nobody said is not there, and a pregnancy that must be over becomes unknown by itself, never
//! "not pregnant".
//!
//! Weight is not kept here: the newest measurement of health monitoring is the patient's weight.

pub mod facts;
pub mod kidney;
pub mod model;
pub mod rules;
pub mod tables;
