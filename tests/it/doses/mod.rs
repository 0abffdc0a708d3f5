//! Doses and adherence: when they are planned, how they are judged, what is counted.

mod alerts;
mod counting;
mod ids;
pub mod kit;
mod planning;
mod recording;
mod sync;
mod tables;
