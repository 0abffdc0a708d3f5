//! Measurements.

use serde::{Deserialize, Serialize};

use crate::platform::clock::lead::PutRight;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::ids::{AlertId, UserId, VitalId};
use crate::platform::secret::Phi;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VitalType {
    /// Systolic over diastolic, mmHg.
    BloodPressure,
    /// Blood sugar, mg/dL.
    Glucose,
    /// Beats a minute.
    HeartRate,
    /// Of the body, degrees Celsius.
    Temperature,
    /// Oxygen saturation by pulse oximetry, %.
    Spo2,
    /// Of the body, kg.
    Weight,
    /// Breaths a minute.
    RespiratoryRate,
}

impl VitalType {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::BloodPressure,
        Self::Glucose,
        Self::HeartRate,
        Self::Temperature,
        Self::Spo2,
        Self::Weight,
        Self::RespiratoryRate,
    ];

    /// As the API, the store and the message keys write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BloodPressure => "BLOOD_PRESSURE",
            Self::Glucose => "GLUCOSE",
            Self::HeartRate => "HEART_RATE",
            Self::Temperature => "TEMPERATURE",
            Self::Spo2 => "SPO2",
            Self::Weight => "WEIGHT",
            Self::RespiratoryRate => "RESPIRATORY_RATE",
        }
    }

    /// Its place in keys, from 1; never reused.
    pub(super) const fn key(self) -> u8 {
        match self {
            Self::BloodPressure => 1,
            Self::Glucose => 2,
            Self::HeartRate => 3,
            Self::Temperature => 4,
            Self::Spo2 => 5,
            Self::Weight => 6,
            Self::RespiratoryRate => 7,
        }
    }

    /// Whether it has a second value.
    pub const fn has_secondary(self) -> bool {
        matches!(self, Self::BloodPressure)
    }
}

/// A number in thousandths of its unit, from 0 to 9,999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Milli(pub i32);

/// Why a number cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberFault {
    /// More than three decimals.
    TooFine,
    /// Negative, 10,000 or more, or no number at all.
    OutOfRange,
}

impl Milli {
    /// So many whole units.
    pub const fn whole(units: i32) -> Self {
        Self(units.saturating_mul(1_000))
    }

    /// A number as a person typed it: exact to three decimals, without the drift of binary fractions.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn from_number(number: f64) -> Result<Self, NumberFault> {
        if !(0.0..10_000.0).contains(&number) {
            return Err(NumberFault::OutOfRange);
        }
        // The shortest decimal text that means this number is what was typed.
        let text = number.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        if fraction.len() > 3 {
            return Err(NumberFault::TooFine);
        }
        format!("{whole}{fraction:0<3}").parse().map(Self).map_err(|_| NumberFault::OutOfRange)
    }

    /// As a number of units.
    pub fn as_number(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }
}

/// Without needless decimals: `36.6`, `120`.
impl std::fmt::Display for Milli {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_number().fmt(f)
    }
}

/// A unit in which values are typed; written by its UCUM code where clients expect one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Pressure.
    #[serde(rename = "mmHg")]
    MillimetresOfMercury,
    /// Blood sugar.
    #[serde(rename = "mg/dL")]
    MilligramsPerDecilitre,
    /// Blood sugar.
    #[serde(rename = "mmol/L")]
    MillimolesPerLitre,
    /// Heart rate.
    #[serde(rename = "bpm")]
    BeatsPerMinute,
    /// Temperature.
    #[serde(rename = "Cel")]
    Celsius,
    /// Temperature.
    #[serde(rename = "[degF]")]
    Fahrenheit,
    /// Saturation.
    #[serde(rename = "%")]
    Percent,
    /// Weight.
    #[serde(rename = "kg")]
    Kilograms,
    /// Weight.
    #[serde(rename = "[lb_av]")]
    Pounds,
    /// Respiratory rate.
    #[serde(rename = "/min")]
    PerMinute,
}

/// A measurement that is plausible, in the unit it is kept in and as it was typed. Made by `units::reading`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// What was measured.
    pub vital_type: VitalType,
    /// The value in the type's own unit; systolic for a blood pressure.
    pub value: Milli,
    /// Diastolic; blood pressures only, and always.
    pub secondary: Option<Milli>,
    /// The value as typed.
    pub typed_value: Milli,
    /// Diastolic as typed.
    pub typed_secondary: Option<Milli>,
    /// The unit as typed.
    pub typed_unit: Unit,
}

/// `150/95` or `5.6`, as typed.
impl std::fmt::Display for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.typed_secondary {
            Some(secondary) => write!(f, "{}/{secondary}", self.typed_value),
            None => self.typed_value.fmt(f),
        }
    }
}

/// In which circumstances it was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VitalContext {
    /// Blood sugar after at least 8 hours without food.
    Fasting,
    /// Blood sugar at any time.
    Random,
    /// Blood sugar up to 2 hours after a meal.
    AfterMeal,
    /// At rest.
    Resting,
    /// Right after effort.
    AfterExercise,
    /// While the patient felt unwell: short of breath, dizzy, in pain.
    Symptoms,
}

impl VitalContext {
    /// Whether it can be said of a type.
    pub const fn fits(self, vital_type: VitalType) -> bool {
        match self {
            Self::Fasting | Self::Random | Self::AfterMeal => matches!(vital_type, VitalType::Glucose),
            Self::Resting | Self::AfterExercise => !matches!(vital_type, VitalType::Glucose),
            Self::Symptoms => true,
        }
    }
}

/// How awake the patient was, by ACVPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Consciousness {
    /// Awake and clear.
    Alert,
    /// Newly confused.
    Confusion,
    /// Answers to the voice only.
    Voice,
    /// Answers to pain only.
    Pain,
    /// Does not answer.
    Unresponsive,
}

/// What the patient breathed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Breathing {
    /// Room air.
    Air,
    /// Supplemental oxygen.
    Oxygen,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VitalSource {
    /// Typed by hand.
    #[default]
    Manual,
    /// Sent by a device.
    Device,
    /// Measured in the clinic.
    Clinic,
}

/// How grave a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Severity {
    /// Outside the range.
    Low,
    /// To be looked at.
    Medium,
    /// Today.
    High,
    /// Now.
    Critical,
}

impl Severity {
    /// As the API, the store and the message keys write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}

/// An entry was marked as wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// By whom.
    pub by: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// A measurement as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vital {
    /// Its id.
    pub id: VitalId,
    /// Its running number among the patient's measurements and alerts.
    pub number: u64,
    /// Whose.
    pub patient: UserId,
    /// What was measured.
    pub reading: Reading,
    /// In which circumstances.
    pub context: Option<VitalContext>,
    /// What the patient breathed.
    pub breathing: Option<Breathing>,
    /// How awake they were.
    pub consciousness: Option<Consciousness>,
    /// When it was measured.
    pub measured_at: Timestamp,
    /// When the server learned of it.
    pub recorded_at: Timestamp,
    /// Who recorded it.
    pub recorded_by: Option<UserId>,
    /// Where it comes from.
    pub source: VitalSource,
    /// The words of who recorded it.
    pub notes: Option<Phi<String>>,
    /// How grave it was by the bounds that held when it was last judged; nothing when it is in the range.
    pub severity: Option<Severity>,
    /// The alert that covers it.
    pub alert: Option<AlertId>,
    /// Set when the entry was wrong. It is kept, but counts for nothing.
    pub withdrawn: Option<Withdrawal>,
    /// What it said by a clock of ours that turned out to be ahead; its times are by the right one since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_right: Option<PutRight>,
}

impl Vital {
    /// What it measures.
    pub const fn vital_type(&self) -> VitalType {
        self.reading.vital_type
    }
}

/// Readings older than this, in years, are refused: their year is a slip of the pen.
pub const YEARS_MAX: u32 = 10;
/// Readings older than this are kept and judged, but open no alert: what was measured on a device without a
/// connection a week ago is history.
pub const ALERTING_AGE: Span = Span::hours(24);
/// For how long the author of an entry may mark it as wrong; a doctor may always.
pub const CORRECTION_WINDOW: Span = Span::hours(24);

/// What is known of a patient's newest measurement of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestReading {
    /// What was measured.
    pub vital_type: VitalType,
    /// Which measurement.
    pub vital: VitalId,
    /// When it was taken.
    pub measured_at: Timestamp,
    /// How grave it is.
    pub severity: Option<Severity>,
    /// Whether an alert covers it.
    pub alerted: bool,
}

/// A patient's newest measurements, one for each type that was ever measured.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Latest {
    /// In the order of the types.
    pub readings: Vec<LatestReading>,
    /// The last running number given to one of their measurements or alerts.
    pub last_number: u64,
}

impl Latest {
    /// The newest of one type.
    pub fn of(&self, vital_type: VitalType) -> Option<&LatestReading> {
        self.readings.iter().find(|reading| reading.vital_type == vital_type)
    }
}
