//! What a doctor sets for a patient's monitoring.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::model::{Breathing, Milli, VitalType};
use crate::platform::clock::Timestamp;
use crate::platform::ids::UserId;

/// A doctor's limits for one value of a patient. What is left out stays as in the table of defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PartBounds {
    pub min: Option<Milli>,
    pub max: Option<Milli>,
    pub high_min: Option<Milli>,
    pub high_max: Option<Milli>,
    pub critical_min: Option<Milli>,
    pub critical_max: Option<Milli>,
}

/// A doctor's bounds for one type of a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnBounds {
    /// For the value; systolic for a blood pressure.
    pub value: PartBounds,
    /// For the second value: diastolic.
    #[serde(default)]
    pub secondary: PartBounds,
    /// Which doctor set them.
    pub set_by: UserId,
    /// When.
    pub set_at: Timestamp,
}

/// Which scale of NEWS2 judges the oxygen saturation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Spo2Scale {
    /// For nearly everybody.
    #[default]
    Scale1,
    /// For hypercapnic respiratory failure with a target of 88 to 92 %, by a clinician's decision only.
    Scale2,
}

/// What a doctor set for a patient's monitoring.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Monitoring {
    /// Own bounds by type.
    pub bounds: BTreeMap<VitalType, OwnBounds>,
    /// Pregnant: NEWS2 is not for her.
    pub pregnant: bool,
    /// The scale for the oxygen saturation.
    pub spo2_scale: Spo2Scale,
    /// What the patient breathes when a reading does not say.
    pub breathing: Option<Breathing>,
    /// Which doctor changed this last.
    pub set_by: Option<UserId>,
    /// When.
    pub set_at: Option<Timestamp>,
    /// Counts the changes, for `If-Match`.
    pub revision: u64,
}
