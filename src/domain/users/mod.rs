//! People: who they are, what they may be called upon for, how they like to be spoken to.

pub mod change;
pub mod contacts;
pub mod meals;
pub mod model;
pub mod names;
pub mod rules;
pub mod tables;
