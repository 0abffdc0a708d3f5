//! Connections between patients and those who care for them, and the one access check.

pub mod access;
pub mod codes;
pub mod losses;
pub mod model;
pub mod pace;
pub mod rules;
pub mod tables;
