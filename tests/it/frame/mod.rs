//! The frame around every request.

mod config;
mod contract;
mod failures;
mod life;
mod limits;
mod post;
mod process;
mod requests;
mod sample;
