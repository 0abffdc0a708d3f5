//! Prescriptions: what was prescribed, in versions, and what state it is in.

pub mod describe;
pub mod diff;
pub mod draft;
pub mod finding;
pub mod grammar;
pub mod model;
pub mod notice;
pub mod product;
pub mod record;
pub mod state;
pub mod tables;
pub mod units;
