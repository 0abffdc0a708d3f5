//! Doses and adherence: when they are planned, how they are judged, what is counted.

mod ids;
mod planning;
