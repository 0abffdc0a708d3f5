//! Doses and adherence: when they are planned, how they are judged, what is counted.

mod after;
mod alerts;
mod counting;
mod ids;
pub mod kit;
mod mornings;
mod planning;
mod recording;
mod reminders;
mod sync;
mod tables;
mod tasks;
