//! What clients send.

use chrono_tz::Tz;
use poem_openapi::Object;

use crate::api::types::Moment;
use crate::domain::vitals::model::{
    Breathing, Consciousness, Milli, NumberFault, VitalContext, VitalSource, VitalType,
};
use crate::domain::vitals::monitoring::{PartBounds, Spo2Scale};
use crate::domain::vitals::units::Typed;
use crate::flows::vitals::{BoundsInput, MonitoringInput, NewVital, Press, Resolution};
use crate::platform::error::{Error, FieldErrors};
use crate::platform::ids::UserId;
use crate::platform::secret::Phi;

/// A measurement.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RecordVitalRequest {
    /// Whose; the caller's own when left out.
    patient_id: Option<UserId>,
    /// What was measured.
    vital_type: VitalType,
    /// The value, at most three decimals; systolic for a blood pressure.
    value: f64,
    /// Diastolic; needed for a blood pressure.
    value_secondary: Option<f64>,
    /// The unit: `mmHg`, `mg/dL` or `mmol/L`, `bpm`, `Cel` or `[degF]`, `%`, `kg` or `[lb_av]`, `/min`. Signs such as `°C`,
    /// `℃` and `℉` are understood. The value is judged in this unit: 70 to 180 mg/dL is 3.9 to 10.0 mmol/L.
    #[oai(validator(max_length = 20))]
    unit: String,
    /// In which circumstances.
    context: Option<VitalContext>,
    /// Whether the patient breathed supplemental oxygen; for the early warning score.
    on_oxygen: Option<bool>,
    /// How awake the patient was; for the early warning score.
    consciousness: Option<Consciousness>,
    /// When; now when left out. Not in the future, at most ten years ago. A time without a zone is meant in the clinic's.
    measured_at: Option<Moment>,
    /// The words of who records it.
    #[oai(validator(max_length = 1000))]
    notes: Option<String>,
    /// Where it comes from; MANUAL when left out.
    source: Option<VitalSource>,
}

/// What a yes or no about oxygen means.
fn breathing(on_oxygen: bool) -> Breathing {
    if on_oxygen { Breathing::Oxygen } else { Breathing::Air }
}

impl RecordVitalRequest {
    /// As the flow takes it.
    pub fn request(self, zone: Tz) -> NewVital {
        NewVital {
            patient: self.patient_id,
            typed: Typed {
                vital_type: self.vital_type,
                value: self.value,
                secondary: self.value_secondary,
                unit: self.unit,
            },
            context: self.context,
            breathing: self.on_oxygen.map(breathing),
            consciousness: self.consciousness,
            measured_at: self.measured_at.map(|moment| moment.resolve(zone)),
            source: self.source.unwrap_or_default(),
            notes: self.notes.map(Phi::new),
        }
    }
}

/// A doctor's limits for one value, in the unit that its type is kept in. What is left out stays as in the defaults.
#[derive(Debug, Default, Object)]
#[oai(rename_all = "camelCase")]
pub struct ThresholdBounds {
    /// Below it the value is out of range.
    min: Option<f64>,
    /// Above it the value is out of range.
    max: Option<f64>,
    /// Below it the value is HIGH.
    high_min: Option<f64>,
    /// Above it the value is HIGH.
    high_max: Option<f64>,
    /// Below it the value is CRITICAL.
    critical_min: Option<f64>,
    /// Above it the value is CRITICAL.
    critical_max: Option<f64>,
}

impl ThresholdBounds {
    /// As they are shown.
    pub fn of(own: &PartBounds) -> Self {
        let number = |limit: Option<Milli>| limit.map(Milli::as_number);
        Self {
            min: number(own.min),
            max: number(own.max),
            high_min: number(own.high_min),
            high_max: number(own.high_max),
            critical_min: number(own.critical_min),
            critical_max: number(own.critical_max),
        }
    }

    fn read(&self, errors: &mut FieldErrors, field: &str) -> PartBounds {
        let mut limit = |name: &str, number: Option<f64>| {
            let number = number?;
            match Milli::from_number(number) {
                Ok(limit) => Some(limit),
                Err(NumberFault::TooFine) => {
                    errors.add(format!("{field}.{name}"), "vital_too_fine");
                    None
                }
                Err(NumberFault::OutOfRange) => {
                    errors.add(format!("{field}.{name}"), "threshold_no_number");
                    None
                }
            }
        };
        PartBounds {
            min: limit("min", self.min),
            max: limit("max", self.max),
            high_min: limit("highMin", self.high_min),
            high_max: limit("highMax", self.high_max),
            critical_min: limit("criticalMin", self.critical_min),
            critical_max: limit("criticalMax", self.critical_max),
        }
    }
}

/// A doctor's bounds for one type.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ThresholdRequest {
    /// Which type.
    vital_type: VitalType,
    /// Below it the value is out of range.
    min: Option<f64>,
    /// Above it the value is out of range.
    max: Option<f64>,
    /// Below it the value is HIGH.
    high_min: Option<f64>,
    /// Above it the value is HIGH.
    high_max: Option<f64>,
    /// Below it the value is CRITICAL.
    critical_min: Option<f64>,
    /// Above it the value is CRITICAL.
    critical_max: Option<f64>,
    /// The same for the diastolic pressure.
    secondary: Option<ThresholdBounds>,
}

/// Everything that a doctor sets for a patient's monitoring.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SetThresholdsRequest {
    /// Own bounds, one entry for each type that has any.
    #[oai(default, validator(max_items = 7))]
    thresholds: Vec<ThresholdRequest>,
    /// Pregnant: there is no early warning score.
    pregnant: Option<bool>,
    /// Which scale of the early warning score judges the oxygen saturation; SCALE1 when left out. With SCALE2 the target is
    /// from 88 %, and HIGH begins below 88 % unless `highMin` of SPO2 is set.
    spo2_scale: Option<Spo2Scale>,
    /// Whether the patient breathes supplemental oxygen when a measurement does not say; unknown when left out.
    on_oxygen: Option<bool>,
}

impl SetThresholdsRequest {
    /// As the flow takes it.
    ///
    /// # Errors
    /// Names each number that is none.
    pub fn request(self, if_match: Option<u64>) -> Result<MonitoringInput, Error> {
        let mut errors = FieldErrors::new();
        let mut bounds = Vec::new();
        for (place, wanted) in self.thresholds.into_iter().enumerate() {
            let field = format!("thresholds[{place}]");
            let value = ThresholdBounds {
                min: wanted.min,
                max: wanted.max,
                high_min: wanted.high_min,
                high_max: wanted.high_max,
                critical_min: wanted.critical_min,
                critical_max: wanted.critical_max,
            };
            let secondary = wanted.secondary.unwrap_or_default();
            bounds.push(BoundsInput {
                vital_type: wanted.vital_type,
                value: value.read(&mut errors, &field),
                secondary: secondary.read(&mut errors, &format!("{field}.secondary")),
            });
        }
        errors.finish()?;
        Ok(MonitoringInput {
            bounds,
            pregnant: self.pregnant.unwrap_or(false),
            spo2_scale: self.spo2_scale.unwrap_or_default(),
            breathing: self.on_oxygen.map(breathing),
            if_match,
        })
    }
}

/// How an alert ended.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ResolveAlertRequest {
    /// In the words of who ends it.
    #[oai(validator(min_length = 1, max_length = 1000))]
    note: String,
}

impl ResolveAlertRequest {
    /// As the flow takes it.
    pub fn request(self) -> Resolution {
        Resolution { note: Phi::new(self.note) }
    }
}

/// A call for help.
#[derive(Debug, Default, Object)]
#[oai(rename_all = "camelCase", default)]
pub struct EmergencyRequest {
    /// What happened.
    #[oai(validator(max_length = 500))]
    message: Option<String>,
    /// Where the patient is: an address, a place, or coordinates.
    #[oai(validator(max_length = 200))]
    location: Option<String>,
}

impl EmergencyRequest {
    /// As the flow takes it.
    pub fn request(self) -> Press {
        let said = |words: Option<String>| words.filter(|words| !words.trim().is_empty()).map(Phi::new);
        Press { message: said(self.message), location: said(self.location) }
    }
}
