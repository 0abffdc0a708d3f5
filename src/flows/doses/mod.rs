//! Recording doses: what the patient took, left out or missed, and what follows from it.
//!
//! Every change of a dose ends in `apply::apply`: the dose in its day and the day's counter change
//! together, so the figures always equal a recount.

mod apply;
mod as_it_stood;
mod corrections;
mod desk;
mod follows;
mod horizon;
mod late;
mod lines;
mod missed;
mod missed_once;
mod missed_own;
mod prn;
mod put_right;
mod recording;
mod reminders;
mod reminding;
mod replanning;
mod resuming;
mod review;
mod rounds;
mod set_back;
mod successors;
mod sweep;
mod sync;
mod together;
mod undo;

pub use corrections::{Correction, correct};
pub use desk::Recorded;
pub use horizon::{ExtendHorizon, extend_horizon, start};
pub use missed::{LateAlert, send_late_alert};
pub use missed_once::count_missed_once;
pub use prn::{AsNeeded, PrnGuard, record_as_needed};
pub use put_right::put_right_ahead;
pub use recording::{MarkTaken, Skip, mark_taken, skip, snooze};
pub use reminders::send_dose_reminders;
pub use reminding::SendDoseReminders;
pub use replanning::{cancel_for_pause, cancel_future, plan_changed};
pub use resuming::bring_back_paused;
pub use review::{ReviewTreatments, review_treatments};
pub use set_back::take_back_missed_ahead;
pub use sweep::{SweepMissedDoses, sweep_missed_doses};
pub use sync::{Action, ActionKind, CLIENT_ID_LENGTH_MAX, Conflict, Sent, Settled, Synced, sync};
pub use together::{GroupTaken, MarkedMedicine, MarkedTogether, Outcome, mark_group_taken};
pub use undo::undo;

use crate::platform::jobs::{Every, Jobs};

/// Registers the jobs of this folder.
pub fn register(jobs: &mut Jobs) {
    jobs.queue("doses", 1);
    jobs.queue("reminders", 1);
    jobs.register::<SweepMissedDoses, _, _>(sweep_missed_doses);
    jobs.register::<LateAlert, _, _>(send_late_alert);
    jobs.register::<ExtendHorizon, _, _>(extend_horizon);
    jobs.register::<SendDoseReminders, _, _>(send_dose_reminders);
    jobs.recurring("dose-reminders", Every::minutes(1), SendDoseReminders {});
    jobs.register::<ReviewTreatments, _, _>(review_treatments);
    jobs.recurring("treatment-review", Every::minutes(1), ReviewTreatments {});
    jobs.recurring("missed-dose-sweep", Every::minutes(1), SweepMissedDoses {});
    jobs.recurring("dose-horizon", Every::days(1), ExtendHorizon {});
}
