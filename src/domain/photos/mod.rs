//! Photographs that people put beside what they show: their face, a doctor's licence, a medicine.

pub mod model;
pub mod tables;
