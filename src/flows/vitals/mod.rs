//! Health monitoring: recording measurements, and the alerts that follow from them.
//!
//! A measurement, its alert, the messages about it and the first rung of the ladder are one transaction: when the
//! patient hears that their reading is stored, the doctor's message exists.

mod alerts;
mod emergency;
mod escalation;
mod monitoring;
mod occasion;
mod put_right;
mod recording;
mod review;
mod telling;
mod ward;

pub use alerts::{Resolution, acknowledge, resolve};
pub use emergency::{Press, press};
pub use escalation::{EscalateAlert, escalate};
pub use monitoring::{BoundsInput, MonitoringInput, set_monitoring};
pub use put_right::put_right_ahead;
pub use recording::{NewVital, Recorded, record, withdraw};
pub use review::review_after_dose;

use crate::platform::jobs::Jobs;

/// Registers the jobs of this folder.
pub fn register(jobs: &mut Jobs) {
    jobs.queue("alerts", 2);
    jobs.register::<EscalateAlert, _, _>(escalate);
}
