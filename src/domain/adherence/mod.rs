//! Adherence: how many of the doses that counted were taken.
//!
//! Day counters are kept with every change of a dose, so a figure reads one small row for each day of its
//! window and never the doses. `verify` recounts them.

pub mod model;
pub mod rules;
pub mod tables;
