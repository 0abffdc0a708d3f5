//! What clients see of measurements and of what holds for a patient.

use poem_openapi::Object;

use super::TrendPeriod;
use super::bodies::ThresholdBounds;
use crate::api::prescriptions::payloads::Tagged;
use crate::api::types::{Day, Instant};
use crate::domain::vitals::model::{
    Breathing, Consciousness, Milli, Monitoring, PartBounds, Severity, Spo2Scale, Vital, VitalContext,
    VitalSource, VitalType,
};
use crate::domain::vitals::news2::{Risk, Score, SubScores};
use crate::domain::vitals::observations::Exclusion;
use crate::domain::vitals::severity::{Band, Limit, Part, Steps, ladder, source, target};
use crate::domain::vitals::trends::{Bucket, Figures};
use crate::domain::vitals::units::unit_of;
use crate::flows::vitals::Recorded;
use crate::platform::ids::{AlertId, UserId, VitalId};
use crate::views::vitals::{Trend, WarningScore};

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
    fn of(band: Band) -> Self {
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

/// The limit at which a severity begins; exactly one of the four is set.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SeverityLimit {
    /// The severity.
    severity: Severity,
    /// When the value is smaller.
    #[oai(skip_serializing_if_is_none)]
    below: Option<f64>,
    /// When the value is this or smaller.
    #[oai(skip_serializing_if_is_none)]
    at_most: Option<f64>,
    /// When the value is greater.
    #[oai(skip_serializing_if_is_none)]
    above: Option<f64>,
    /// When the value is this or greater.
    #[oai(skip_serializing_if_is_none)]
    at_least: Option<f64>,
}

impl SeverityLimit {
    fn of(severity: Severity, limit: Limit) -> Self {
        let mut shown = Self { severity, below: None, at_most: None, above: None, at_least: None };
        let (place, at) = match limit {
            Limit::Below(at) => (&mut shown.below, at),
            Limit::AtMost(at) => (&mut shown.at_most, at),
            Limit::Above(at) => (&mut shown.above, at),
            Limit::AtLeast(at) => (&mut shown.at_least, at),
        };
        *place = Some(at.as_number());
        shown
    }

    fn side(steps: &Steps) -> impl Iterator<Item = Self> + use<> {
        let steps = [
            (Severity::Low, steps.low),
            (Severity::Medium, steps.medium),
            (Severity::High, steps.high),
            (Severity::Critical, steps.critical),
        ];
        steps.into_iter().filter_map(|(severity, limit)| limit.map(|limit| Self::of(severity, limit)))
    }
}

/// What holds for one type.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ThresholdView {
    /// Which type.
    vital_type: VitalType,
    /// The unit of all limits.
    unit: String,
    /// Where the value should be.
    target: TargetBand,
    /// Where the diastolic value should be.
    target_secondary: Option<TargetBand>,
    /// The limits in force; a value has the gravest severity whose limit it passes.
    limits: Vec<SeverityLimit>,
    /// The limits in force for the diastolic value.
    limits_secondary: Option<Vec<SeverityLimit>>,
    /// Where the default limits come from. They are defaults, not advice.
    default_source: String,
    /// What a doctor set; null where the defaults hold.
    own: Option<ThresholdBounds>,
    /// What a doctor set for the diastolic value.
    own_secondary: Option<ThresholdBounds>,
    /// Which doctor set it.
    set_by: Option<UserId>,
    /// When.
    set_at: Option<Instant>,
}

impl ThresholdView {
    fn of(vital_type: VitalType, monitoring: &Monitoring) -> Self {
        let own = monitoring.bounds.get(&vital_type);
        let limits = |part| {
            let ladder = ladder(vital_type, part, None, own);
            SeverityLimit::side(&ladder.below).chain(SeverityLimit::side(&ladder.above)).collect()
        };
        let two = vital_type.has_secondary();
        let set =
            |bounds: PartBounds| (bounds != PartBounds::default()).then(|| ThresholdBounds::of(&bounds));
        Self {
            vital_type,
            unit: unit_of(vital_type).code().to_owned(),
            target: TargetBand::of(target(vital_type, Part::Value, monitoring)),
            target_secondary: two.then(|| TargetBand::of(target(vital_type, Part::Secondary, monitoring))),
            limits: limits(Part::Value),
            limits_secondary: two.then(|| limits(Part::Secondary)),
            default_source: source(vital_type).to_owned(),
            own: own.and_then(|own| set(own.value)),
            own_secondary: own.and_then(|own| set(own.secondary)),
            set_by: own.map(|own| own.set_by),
            set_at: own.map(|own| own.set_at.into()),
        }
    }
}

/// What holds for a patient's monitoring.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "Monitoring")]
pub struct MonitoringView {
    /// Whose.
    patient_id: UserId,
    /// For each type.
    thresholds: Vec<ThresholdView>,
    /// Pregnant: there is no early warning score.
    pregnant: bool,
    /// Which scale of the early warning score judges the oxygen saturation.
    spo2_scale: Spo2Scale,
    /// Whether the patient breathes supplemental oxygen when a measurement does not say; null when nobody said.
    on_oxygen: Option<bool>,
    /// Which doctor changed anything last.
    set_by: Option<UserId>,
    /// When.
    set_at: Option<Instant>,
    /// Counts the changes; the `ETag`.
    revision: u64,
}

impl MonitoringView {
    /// With its `ETag`.
    pub fn tagged(patient: UserId, monitoring: &Monitoring) -> Tagged<Self> {
        let thresholds = VitalType::ALL.iter().map(|kind| ThresholdView::of(*kind, monitoring)).collect();
        let body = Self {
            patient_id: patient,
            thresholds,
            pregnant: monitoring.pregnant,
            spo2_scale: monitoring.spo2_scale,
            on_oxygen: on_oxygen(monitoring.breathing),
            set_by: monitoring.set_by,
            set_at: monitoring.set_at.map(Instant::from),
            revision: monitoring.revision,
        };
        Tagged { body, revision: monitoring.revision }
    }
}

/// The sub-scores of an early warning score, 0 to 3 each; null where the value is missing.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct News2SubScores {
    /// Of the respiratory rate.
    respiratory_rate: Option<u8>,
    /// Of the oxygen saturation.
    spo2: Option<u8>,
    /// 2 for supplemental oxygen.
    breathing: Option<u8>,
    /// Of the systolic pressure.
    systolic: Option<u8>,
    /// Of the heart rate.
    pulse: Option<u8>,
    /// 3 for anything but awake and clear.
    consciousness: Option<u8>,
    /// Of the temperature.
    temperature: Option<u8>,
}

impl News2SubScores {
    fn of(parts: &SubScores) -> Self {
        Self {
            respiratory_rate: parts.respiratory_rate,
            spo2: parts.spo2,
            breathing: parts.breathing,
            systolic: parts.systolic,
            pulse: parts.pulse,
            consciousness: parts.consciousness,
            temperature: parts.temperature,
        }
    }
}

/// A complete early warning score.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct News2Score {
    /// When the newest of its values was measured.
    at: Instant,
    /// The sum, 0 to 20.
    total: Option<u8>,
    /// The clinical risk.
    risk: Option<Risk>,
    /// The sub-scores.
    sub_scores: News2SubScores,
    /// The scale for the oxygen saturation.
    spo2_scale: Spo2Scale,
    /// The measurements it rests on.
    vital_ids: Vec<VitalId>,
}

impl News2Score {
    pub(super) fn of(score: &Score) -> Self {
        Self {
            at: score.at.into(),
            total: score.parts.total(),
            risk: score.parts.risk(),
            sub_scores: News2SubScores::of(&score.parts),
            spo2_scale: score.spo2_scale,
            vital_ids: score.vitals.clone(),
        }
    }
}

/// A patient's early warning score.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct News2View {
    /// Whose.
    patient_id: UserId,
    /// Why there is none; null when the patient can be scored.
    exclusion: Option<Exclusion>,
    /// Whether every value is there.
    complete: bool,
    /// The sum, 0 to 20; null when it is incomplete.
    total: Option<u8>,
    /// The clinical risk; null when it is incomplete.
    risk: Option<Risk>,
    /// The sub-scores of what is there.
    sub_scores: News2SubScores,
    /// The names of the sub-scores whose value is missing.
    missing: Vec<String>,
    /// The scale for the oxygen saturation.
    spo2_scale: Spo2Scale,
    /// When the newest value was measured; null when there is none.
    measured_at: Option<Instant>,
    /// The measurements it rests on.
    vital_ids: Vec<VitalId>,
    /// The last complete scores, newest first, at most ten.
    recent: Vec<News2Score>,
    /// Whose score it is.
    acknowledgement: String,
}

impl News2View {
    /// As the view returns it.
    pub fn of(score: &WarningScore) -> Self {
        let observed = score.observations.as_ref();
        let vitals = observed.map(|seen| seen.vitals.iter().map(|vital| vital.id).collect());
        Self {
            patient_id: score.patient,
            exclusion: score.exclusion,
            complete: score.parts.total().is_some(),
            total: score.parts.total(),
            risk: score.parts.risk(),
            sub_scores: News2SubScores::of(&score.parts),
            missing: score.parts.missing().into_iter().map(str::to_owned).collect(),
            spo2_scale: score.monitoring.spo2_scale,
            measured_at: observed.map(|seen| seen.at.into()),
            vital_ids: vitals.unwrap_or_default(),
            recent: score.earlier.iter().map(News2Score::of).collect(),
            acknowledgement: "National Early Warning Score (NEWS) 2, © Royal College of Physicians 2017"
                .to_owned(),
        }
    }
}
