//! The frame around every request.

mod addresses;
mod config;
mod contract;
mod crowds;
mod docs;
mod failures;
mod life;
mod limits;
mod limits_table;
mod memory;
mod post;
mod process;
mod proxies;
mod requests;
mod rooms;
mod sample;
mod start;
mod supervision;
mod ui;
mod wire;
