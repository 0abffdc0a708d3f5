//! The values that an early warning score is made of, gathered from a patient's newest measurements.

use chrono::NaiveDate;

use super::model::{Vital, VitalType};
use super::monitoring::Monitoring;
use super::news2::{Inputs, Score, SubScores, WINDOW, YEARS_MIN, score};
use super::tables::{VITALS, latest};
use crate::domain::connections::access::Access;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::store::Reader;

/// The types that the score asks for.
pub const TYPES: [VitalType; 5] = [
    VitalType::BloodPressure,
    VitalType::HeartRate,
    VitalType::Temperature,
    VitalType::Spo2,
    VitalType::RespiratoryRate,
];

/// Why a patient is not scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Exclusion {
    /// The score is not meant for children under 16.
    UnderSixteen,
    /// The score is not meant for pregnancy.
    Pregnant,
    /// The age is not known, so it might be a child.
    AgeUnknown,
}

/// Why a patient must not be scored, if so.
pub fn exclusion(born: Option<NaiveDate>, today: NaiveDate, monitoring: &Monitoring) -> Option<Exclusion> {
    if monitoring.pregnant {
        return Some(Exclusion::Pregnant);
    }
    let Some(born) = born else { return Some(Exclusion::AgeUnknown) };
    let is_old_enough = today.years_since(born).is_some_and(|years| years >= YEARS_MIN);
    (!is_old_enough).then_some(Exclusion::UnderSixteen)
}

/// Measurements that count together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observations {
    /// What the score is made of.
    pub inputs: Inputs,
    /// The measurements.
    pub vitals: Vec<Vital>,
    /// When the newest was taken.
    pub at: Timestamp,
}

impl Observations {
    /// What they score.
    pub fn score(&self) -> SubScores {
        score(&self.inputs)
    }

    /// The score to be kept, when it is complete.
    pub fn complete(&self) -> Option<Score> {
        let parts = self.score();
        parts.total()?;
        Some(Score {
            parts,
            spo2_scale: self.inputs.spo2_scale,
            at: self.at,
            vitals: self.vitals.iter().map(|vital| vital.id).collect(),
        })
    }
}

/// The newest measurement of each type within an hour before the newest of all; nothing when there is none.
///
/// # Errors
/// When the store cannot be read.
pub fn gather(tx: &dyn Reader, access: &Access, monitoring: &Monitoring) -> Result<Option<Observations>> {
    let latest = latest(tx, access)?;
    let newest = || TYPES.iter().filter_map(|vital_type| latest.of(*vital_type));
    let Some(at) = newest().map(|reading| reading.measured_at).max() else { return Ok(None) };
    let mut vitals: Vec<Vital> = Vec::new();
    for reading in newest().filter(|reading| reading.measured_at >= at.minus(WINDOW)) {
        vitals.extend(VITALS.get(tx, &reading.vital)?);
    }
    // The newest word on breathing and wakefulness counts.
    vitals.sort_by_key(|vital| std::cmp::Reverse((vital.measured_at, vital.number)));
    let value =
        |wanted| vitals.iter().find(|vital| vital.vital_type() == wanted).map(|vital| vital.reading.value);
    let inputs = Inputs {
        respiratory_rate: value(VitalType::RespiratoryRate),
        spo2: value(VitalType::Spo2),
        spo2_scale: monitoring.spo2_scale,
        breathing: vitals.iter().find_map(|vital| vital.breathing).or(monitoring.breathing),
        systolic: value(VitalType::BloodPressure),
        pulse: value(VitalType::HeartRate),
        consciousness: vitals.iter().find_map(|vital| vital.consciousness),
        temperature: value(VitalType::Temperature),
    };
    Ok(Some(Observations { inputs, vitals, at }))
}
