//! What clients see of measurements.

use poem_openapi::Object;

use super::TrendPeriod;
use crate::api::put_right::ClockPutRight;
use crate::api::types::{Day, Instant};
use crate::domain::vitals::model::{
    Breathing, Consciousness, Milli, Severity, Vital, VitalContext, VitalSource, VitalType,
};
use crate::domain::vitals::severity::Band;
use crate::domain::vitals::trends::{Bucket, Figures};
use crate::domain::vitals::units::unit_of;
use crate::flows::vitals::Recorded;
use crate::platform::ids::{AlertId, UserId, VitalId};
use crate::views::vitals::Trend;

/// A measurement.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "Vital")]
pub struct VitalView {
    /// Its id.
    id: VitalId,
    /// Whose.
    patient_id: UserId,
    /// What was measured.
    vital_type: VitalType,
    /// The value in `unit`; systolic for a blood pressure.
    value: f64,
    /// Diastolic.
    value_secondary: Option<f64>,
    /// The unit that values of this type are kept in.
    unit: String,
    /// The value as typed.
    typed_value: f64,
    /// Diastolic as typed.
    typed_value_secondary: Option<f64>,
    /// The unit as typed.
    typed_unit: String,
    /// In which circumstances.
    context: Option<VitalContext>,
    /// Whether the patient breathed supplemental oxygen.
    on_oxygen: Option<bool>,
    /// How awake the patient was.
    consciousness: Option<Consciousness>,
    /// When it was measured.
    measured_at: Instant,
    /// When the server learned of it.
    recorded_at: Instant,
    /// Who recorded it.
    recorded_by: Option<UserId>,
    /// Where it comes from.
    source: VitalSource,
    /// The words of who recorded it.
    notes: Option<String>,
    /// How grave it is; null when it is in the range.
    severity: Option<Severity>,
    /// The alert that covers it.
    alert_id: Option<AlertId>,
    /// Whether it was marked as wrong. Then it counts for nothing.
    entered_in_error: bool,
    /// What it said while the server's clock was ahead; only where that was put right since.
    #[oai(skip_serializing_if_is_none)]
    clock_put_right: Option<ClockPutRight>,
    /// What it means and what to do, in the caller's language; only in the answer to recording it.
    #[oai(skip_serializing_if_is_none)]
    message: Option<String>,
}

pub(super) fn number(milli: Option<Milli>) -> Option<f64> {
    milli.map(Milli::as_number)
}

pub(super) fn on_oxygen(breathing: Option<Breathing>) -> Option<bool> {
    breathing.map(|breathing| breathing == Breathing::Oxygen)
}

impl VitalView {
    /// A measurement as stored.
    pub fn of(vital: &Vital) -> Self {
        let reading = &vital.reading;
        Self {
            id: vital.id,
            patient_id: vital.patient,
            vital_type: reading.vital_type,
            value: reading.value.as_number(),
            value_secondary: number(reading.secondary),
            unit: unit_of(reading.vital_type).code().to_owned(),
            typed_value: reading.typed_value.as_number(),
            typed_value_secondary: number(reading.typed_secondary),
            typed_unit: reading.typed_unit.code().to_owned(),
            context: vital.context,
            on_oxygen: on_oxygen(vital.breathing),
            consciousness: vital.consciousness,
            measured_at: vital.measured_at.into(),
            recorded_at: vital.recorded_at.into(),
            recorded_by: vital.recorded_by,
            source: vital.source,
            notes: vital.notes.as_ref().map(|notes| notes.reveal().clone()),
            severity: vital.severity,
            alert_id: vital.alert,
            entered_in_error: vital.withdrawn.is_some(),
            clock_put_right: vital.put_right.map(ClockPutRight::of),
            message: None,
        }
    }

    /// One that was just recorded.
    pub fn recorded(recorded: Recorded) -> Self {
        Self { message: Some(recorded.message), ..Self::of(&recorded.vital) }
    }
}

/// Where a value should be; null where it is open.
#[derive(Debug, Object)]
pub struct TargetBand {
    /// Not below it.
    min: Option<f64>,
    /// Not above it.
    max: Option<f64>,
}

impl TargetBand {
    pub(super) fn of(band: Band) -> Self {
        Self { min: number(band.min), max: number(band.max) }
    }
}

/// Figures of some values.
#[derive(Debug, Object)]
pub struct VitalFigures {
    /// The least.
    min: f64,
    /// The greatest.
    max: f64,
    /// The mean, to three decimals.
    mean: f64,
}

impl VitalFigures {
    fn of(figures: Figures) -> Self {
        Self { min: figures.min.as_number(), max: figures.max.as_number(), mean: figures.mean().as_number() }
    }
}

/// One step of a series.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct VitalBucket {
    /// The first day.
    from: Day,
    /// The last day.
    to: Day,
    /// How many measurements.
    count: u32,
    /// Of the value; systolic for a blood pressure.
    value: VitalFigures,
    /// Diastolic.
    value_secondary: Option<VitalFigures>,
}

impl VitalBucket {
    fn of(bucket: &Bucket) -> Self {
        Self {
            from: Day(bucket.from),
            to: Day(bucket.to),
            count: bucket.count,
            value: VitalFigures::of(bucket.value),
            value_secondary: bucket.secondary.map(VitalFigures::of),
        }
    }
}

/// A series of measurements.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct VitalTrend {
    /// Whose.
    patient_id: UserId,
    /// Of which type.
    vital_type: VitalType,
    /// In which steps.
    period: TrendPeriod,
    /// The unit of all values.
    unit: String,
    /// The first day.
    from: Day,
    /// The last day.
    to: Day,
    /// Where the value should be.
    target: TargetBand,
    /// Where the diastolic value should be.
    target_secondary: Option<TargetBand>,
    /// The steps that have values, oldest first.
    buckets: Vec<VitalBucket>,
}

impl VitalTrend {
    /// As the view returns it.
    pub fn of(trend: &Trend) -> Self {
        Self {
            patient_id: trend.patient,
            vital_type: trend.vital_type,
            period: trend.period.into(),
            unit: unit_of(trend.vital_type).code().to_owned(),
            from: Day(trend.from),
            to: Day(trend.to),
            target: TargetBand::of(trend.target),
            target_secondary: trend.target_secondary.map(TargetBand::of),
            buckets: trend.buckets.iter().map(VitalBucket::of).collect(),
        }
    }
}
