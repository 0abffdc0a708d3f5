//! Plans: what they include, what they cost, and for how long somebody has one.

pub mod model;
pub mod rules;

#[cfg(test)]
mod tests;
