//! What clients see of what values are held against: limits and the early warning score.

use poem_openapi::Object;

use super::bodies::ThresholdBounds;
use super::shown::{TargetBand, on_oxygen};
use crate::api::prescriptions::payloads::Tagged;
use crate::api::types::Instant;
use crate::domain::vitals::model::{Severity, VitalType};
use crate::domain::vitals::monitoring::{Monitoring, PartBounds, Spo2Scale};
use crate::domain::vitals::news2::{Risk, Score, SubScores};
use crate::domain::vitals::observations::Exclusion;
use crate::domain::vitals::severity::{Limit, Part, Steps, ladder, source, target};
use crate::domain::vitals::units::unit_of;
use crate::platform::ids::{UserId, VitalId};
use crate::views::vitals::WarningScore;

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
            let ladder = ladder(vital_type, part, None, monitoring);
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
    pub(in crate::api) fn of(score: &Score) -> Self {
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
