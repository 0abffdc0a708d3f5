//! The frame around every request.

mod config;
mod failures;
mod limits;
mod post;
