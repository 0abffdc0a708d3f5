//! Sign-in: credentials, one-time codes, sessions, and who is calling.

pub mod codes;
pub mod losses;
pub mod model;
pub mod rules;
pub mod second_factor;
pub mod second_factor_rows;
pub mod subjects;
pub mod tables;
