//! Plans: what they include, what they cost, and for how long somebody has one.

pub mod model;
pub mod offers;
pub mod rules;
pub mod tables;

#[cfg(test)]
mod tests;
