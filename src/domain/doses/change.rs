//! A change of a line, as those see it who say where its doses go on.

use chrono_tz::Tz;

use super::model::Dose;
use crate::domain::prescriptions::model::Amount;
use crate::domain::users::model::MealTimes;
use crate::platform::clock::Timestamp;

/// By whose meals, in which zone and at what time a line is changed, and what stands of it.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    /// The patient's meal times.
    pub meals: &'a MealTimes,
    /// The clinic's zone.
    pub zone: Tz,
    /// When the change takes effect.
    pub now: Timestamp,
    /// The doses of the line that were recorded, missed or are open.
    pub standing: &'a [Dose],
    /// What those that are not open any more have used, in what the pharmacy counts.
    pub used: Amount,
}
