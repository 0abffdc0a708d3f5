//! Health monitoring: measurements, how grave they are, the alerts that follow, and who hears of them.

mod alerts;
mod bounds;
mod emergency;
mod escalation;
mod gravest;
pub mod kit;
mod news2;
mod recording;
mod series;
mod severity;
