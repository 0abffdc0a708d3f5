//! Doctors' notes on their patients.

pub mod model;
pub mod tables;
