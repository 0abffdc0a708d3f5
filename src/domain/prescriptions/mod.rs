//! Prescriptions: what was prescribed, in versions, and what state it is in.

pub mod model;
