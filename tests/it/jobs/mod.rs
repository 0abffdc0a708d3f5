//! The job queue by itself: leases, back-off, dead letters, recurring jobs, planned failures.

mod admin;
pub mod kit;
mod life;
mod priority;
mod recurring;
mod trouble;
