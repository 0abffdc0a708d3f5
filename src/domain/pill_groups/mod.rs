//! Pill groups: medicines that a patient uses together at one time of day.

pub mod model;
pub mod tables;
