//! Messages to people: the in-app row, the devices, and the rules by which a message goes further.

pub mod devices;
pub mod health;
pub mod model;
pub mod params;
pub mod rules;
pub mod tables;
pub mod text_budget;
pub mod texts;
