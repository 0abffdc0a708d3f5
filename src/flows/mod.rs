//! What the system does: one function is one use case is one write transaction.

pub mod auth;
pub mod codes;
pub mod jobs;
pub mod medicines;
pub mod registration;
pub mod sessions;
