//! Doses: what is to be taken when, and what became of it.
//!
//! # Why doses live in days
//! A patient's doses of one calendar day are one row, so that "today" is one read, planning a month of three
//! doses a day writes 30 rows and not 90, and marking a dose rewrites a few hundred bytes. A dose's id holds its
//! scheduled time, its line and its patient, so the id alone leads to its row.

pub mod anew;
pub mod as_needed;
pub mod card;
pub mod change;
pub mod course;
pub mod cover;
pub mod gap;
pub mod intervals;
pub mod left_out;
pub mod lost;
pub mod model;
pub mod moved_ahead;
pub mod number;
pub mod open;
pub mod other_days;
pub mod pauses;
pub mod planning;
pub mod plans;
mod remaining;
pub mod reminders;
mod rest;
pub mod review;
pub mod rules;
pub mod settling;
pub mod slot_times;
pub mod supply;
pub mod tables;
mod tapers;
pub mod verify;
