//! Doses and adherence: when they are planned, how they are judged, what is counted.

mod after;
mod alerts;
mod carrying;
mod changing;
mod counting;
mod course;
mod cover;
mod guard;
mod ids;
pub mod kit;
mod marks;
mod missed_own;
mod mornings;
mod offline;
mod planning;
mod recording;
mod reminder_texts;
mod reminders;
mod sync;
mod tables;
mod tasks;
mod together;
