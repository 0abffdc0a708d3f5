//! Messages to people: the in-app row, and the job that carries it further.

pub mod model;
pub mod tables;
pub mod texts;
