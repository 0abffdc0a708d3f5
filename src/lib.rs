//! Das Tern (ដាស់តឿន, "remind"): medication management and adherence for clinics.
//!
//! Four floors, each using only those below it:
//!
//! - `api`: HTTP. The only floor that names poem.
//! - [`flows`] and [`views`]: what the system does, and what it shows.
//! - [`domain`]: what the system knows, one folder per subject; a folder never imports its neighbour.
//! - [`platform`]: what any server needs and no clinic.
//!
//! `tests/it/tidy/fences.rs` proves these arrows.

pub mod api;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod flows;
pub mod platform;
pub mod views;
