//! How grave a value is.
//!
//! The limits are the product's table of defaults: blood pressure after WHO HEARTS and the WHO guideline of 2021,
//! blood sugar after the ADA's levels of hypoglycaemia, the others as the clinic's physicians must sign them off.
//! Respiratory rate: LOW outside 12 to 20, HIGH at 8 or less and 25 or more, which score 3 in NEWS2 and call for an
//! urgent review there.
//!
//! # A doctor's own bounds
//! `min` and `max` take the place of the default range. What lies inside them is neither LOW nor MEDIUM; what lies
//! outside is at least LOW (blood pressure, respiratory rate) or MEDIUM (the others), and MEDIUM begins no sooner
//! than they do. HIGH and CRITICAL stay as in the table, even inside a wider range, unless the doctor sets these
//! levels too: a forgotten limit never hides what is dangerous. Only for a patient on scale 2 of NEWS2, whose
//! target is 88 to 92 %, does HIGH begin below 88 % unless the doctor says otherwise (RCP, NEWS2, 2017).
//!
//! # Other units
//! A value is judged in the unit in which it was typed, by limits with the one decimal that displays in that unit
//! show. Lower limits are rounded up, to the safe side: below 60 mg/dL is below 3.4 mmol/L. Upper limits are rounded
//! to the nearest tenth, which gives the pairs that are published and taught: 180 mg/dL is 10.0 mmol/L, 300 is 16.7 and
//! 400 is 22.2. So the ends of a range are in the range whichever unit is typed.

use super::model::{Milli, Reading, Severity, Unit, VitalContext, VitalType};
use super::monitoring::{Monitoring, OwnBounds, PartBounds, Spo2Scale};
use super::units::{PLAUSIBLE_DIASTOLIC, Rounding, limit_in, plausible};
use crate::platform::error::{FieldError, FieldErrors};

/// What a value must pass to count as abnormal on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Smaller than.
    Below(Milli),
    /// This or smaller.
    AtMost(Milli),
    /// Greater than.
    Above(Milli),
    /// This or greater.
    AtLeast(Milli),
}

impl Limit {
    fn is_passed_by(self, value: Milli) -> bool {
        match self {
            Self::Below(limit) => value < limit,
            Self::AtMost(limit) => value <= limit,
            Self::Above(limit) => value > limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }

    const fn at(self) -> Milli {
        match self {
            Self::Below(at) | Self::AtMost(at) | Self::Above(at) | Self::AtLeast(at) => at,
        }
    }

    /// The same limit for a value typed in this unit.
    fn in_unit(self, unit: Unit) -> Self {
        match self {
            Self::Below(limit) => Self::Below(limit_in(limit, unit, Rounding::Up)),
            Self::AtMost(limit) => Self::AtMost(limit_in(limit, unit, Rounding::Up)),
            Self::Above(limit) => Self::Above(limit_in(limit, unit, Rounding::Nearest)),
            Self::AtLeast(limit) => Self::AtLeast(limit_in(limit, unit, Rounding::Nearest)),
        }
    }

    /// The limit that is passed later.
    fn later(self, other: Self) -> Self {
        let first = match self {
            Self::Below(_) | Self::AtMost(_) => self.at() < other.at(),
            Self::Above(_) | Self::AtLeast(_) => self.at() > other.at(),
        };
        if first { self } else { other }
    }
}

/// The limits of one side, by severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Steps {
    pub low: Option<Limit>,
    pub medium: Option<Limit>,
    pub high: Option<Limit>,
    pub critical: Option<Limit>,
}

impl Steps {
    /// The gravest limit that a value typed in this unit passes.
    fn judge(&self, value: Milli, unit: Unit) -> Option<Severity> {
        let steps = [
            (self.critical, Severity::Critical),
            (self.high, Severity::High),
            (self.medium, Severity::Medium),
            (self.low, Severity::Low),
        ];
        steps
            .into_iter()
            .find(|(limit, _)| limit.is_some_and(|limit| limit.in_unit(unit).is_passed_by(value)))
            .map(|(_, severity)| severity)
    }

    /// With a doctor's own limits of this side.
    fn with_own(mut self, range: Option<Limit>, high: Option<Limit>, critical: Option<Limit>) -> Self {
        if let Some(range) = range {
            if self.low.is_some() {
                self.low = Some(range);
                self.medium = self.medium.map(|medium| medium.later(range));
            } else {
                self.medium = Some(range);
            }
        }
        Self { high: high.or(self.high), critical: critical.or(self.critical), ..self }
    }
}

/// Both sides of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Ladder {
    pub below: Steps,
    pub above: Steps,
}

impl Ladder {
    fn judge(&self, value: Milli, unit: Unit) -> Option<Severity> {
        self.below.judge(value, unit).max(self.above.judge(value, unit))
    }

    fn with_own(self, own: &PartBounds) -> Self {
        Self {
            below: self.below.with_own(
                own.min.map(Limit::Below),
                own.high_min.map(Limit::Below),
                own.critical_min.map(Limit::Below),
            ),
            above: self.above.with_own(
                own.max.map(Limit::Above),
                own.high_max.map(Limit::Above),
                own.critical_max.map(Limit::Above),
            ),
        }
    }
}

/// Which value of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The only one; systolic for a blood pressure.
    Value,
    /// Diastolic.
    Secondary,
}

const fn below(units: i32) -> Option<Limit> {
    Some(Limit::Below(Milli::whole(units)))
}
const fn above(units: i32) -> Option<Limit> {
    Some(Limit::Above(Milli::whole(units)))
}
const fn at_least(units: i32) -> Option<Limit> {
    Some(Limit::AtLeast(Milli::whole(units)))
}
const fn at_most(units: i32) -> Option<Limit> {
    Some(Limit::AtMost(Milli::whole(units)))
}
const fn steps(
    low: Option<Limit>,
    medium: Option<Limit>,
    high: Option<Limit>,
    critical: Option<Limit>,
) -> Steps {
    Steps { low, medium, high, critical }
}

/// The table of defaults.
pub const fn default_ladder(vital_type: VitalType, part: Part, context: Option<VitalContext>) -> Ladder {
    let (below, above) = match (vital_type, part) {
        (VitalType::BloodPressure, Part::Value) => (
            steps(below(90), below(90), below(80), below(70)),
            steps(above(140), at_least(160), at_least(180), at_least(200)),
        ),
        (VitalType::BloodPressure, Part::Secondary) => (
            steps(below(60), below(60), None, None),
            steps(above(90), at_least(100), at_least(110), at_least(120)),
        ),
        (VitalType::Glucose, _) => {
            (steps(None, below(70), below(60), below(54)), steps(None, above(180), above(300), above(400)))
        }
        (VitalType::HeartRate, _) => {
            (steps(None, below(50), below(45), below(40)), steps(None, above(120), above(130), above(150)))
        }
        (VitalType::Temperature, _) => (
            steps(None, Some(Limit::Below(Milli(35_500))), None, below(35)),
            steps(None, above(38), above(39), Some(Limit::Above(Milli(40_500)))),
        ),
        (VitalType::Spo2, _) => {
            let in_symptoms = match context {
                Some(VitalContext::Symptoms) => at_most(94),
                _ => None,
            };
            (steps(None, in_symptoms, below(92), below(88)), steps(None, None, None, None))
        }
        (VitalType::Weight, _) => (steps(None, None, None, None), steps(None, None, None, None)),
        (VitalType::RespiratoryRate, _) => {
            (steps(below(12), None, at_most(8), None), steps(above(20), None, at_least(25), None))
        }
    };
    Ladder { below, above }
}

/// Least saturation of the target of scale 2, 88 to 92 %. Source: RCP, NEWS2, 2017.
const SCALE_2_TARGET_MIN: Milli = Milli::whole(88);

/// The limits that hold for a patient, in the unit that the type is kept in.
pub fn ladder(
    vital_type: VitalType,
    part: Part,
    context: Option<VitalContext>,
    monitoring: &Monitoring,
) -> Ladder {
    let mut ladder = default_ladder(vital_type, part, context);
    if vital_type == VitalType::Spo2 && monitoring.spo2_scale == Spo2Scale::Scale2 {
        ladder.below.high = Some(Limit::Below(SCALE_2_TARGET_MIN));
    }
    match (monitoring.bounds.get(&vital_type), part) {
        (Some(own), Part::Value) => ladder.with_own(&own.value),
        (Some(own), Part::Secondary) => ladder.with_own(&own.secondary),
        (None, _) => ladder,
    }
}

/// How grave a measurement is; the worse of both values counts. Nothing when it is in the range.
pub fn judge(reading: &Reading, context: Option<VitalContext>, monitoring: &Monitoring) -> Option<Severity> {
    let part =
        |part, typed| ladder(reading.vital_type, part, context, monitoring).judge(typed, reading.typed_unit);
    part(Part::Value, reading.typed_value)
        .max(reading.typed_secondary.and_then(|secondary| part(Part::Secondary, secondary)))
}

/// How far a measurement lies outside its target, to order those of one severity: the proportion between value and the
/// end of the target that it has passed, in thousandths; 1,000 and less is inside. The worse of both values counts.
pub fn distance(reading: &Reading, monitoring: &Monitoring) -> i64 {
    let proportion =
        |greater: Milli, lesser: Milli| i64::from(greater.0) * 1_000 / i64::from(lesser.0.max(1));
    let part = |part, value| {
        let band = target(reading.vital_type, part, monitoring);
        let below = band.min.map_or(0, |min| proportion(min, value));
        let above = band.max.map_or(0, |max| proportion(value, max));
        below.max(above)
    };
    let secondary = reading.secondary.map_or(0, |secondary| part(Part::Secondary, secondary));
    part(Part::Value, reading.value).max(secondary)
}

/// A target band; an end that does not exist is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Band {
    pub min: Option<Milli>,
    pub max: Option<Milli>,
}

/// The range in which a value is as it should be: the doctor's own bounds, else the defaults.
pub fn target(vital_type: VitalType, part: Part, monitoring: &Monitoring) -> Band {
    let whole = |min, max| Band { min: Some(Milli::whole(min)), max: Some(Milli::whole(max)) };
    let default = match (vital_type, part) {
        (VitalType::BloodPressure, Part::Value) => whole(90, 140),
        (VitalType::BloodPressure, Part::Secondary) => whole(60, 90),
        (VitalType::Glucose, _) => whole(70, 180),
        (VitalType::HeartRate, _) => whole(50, 120),
        (VitalType::Temperature, _) => Band { min: Some(Milli(35_500)), max: Some(Milli(38_000)) },
        (VitalType::Spo2, _) if monitoring.spo2_scale == Spo2Scale::Scale2 => {
            Band { min: Some(SCALE_2_TARGET_MIN), max: Some(Milli::whole(100)) }
        }
        (VitalType::Spo2, _) => whole(92, 100),
        (VitalType::Weight, _) => Band::default(),
        (VitalType::RespiratoryRate, _) => whole(12, 20),
    };
    let own = monitoring.bounds.get(&vital_type).map(|own| match part {
        Part::Value => own.value,
        Part::Secondary => own.secondary,
    });
    let own = own.unwrap_or_default();
    Band { min: own.min.or(default.min), max: own.max.or(default.max) }
}

/// Notes what is wrong with a doctor's bounds: each must be plausible, the range not empty, and graver levels must
/// not begin before milder ones.
pub fn check_bounds(errors: &mut FieldErrors, field: &str, vital_type: VitalType, own: &OwnBounds) {
    check_part(errors, field, &own.value, plausible(vital_type));
    let secondary = format!("{field}.secondary");
    if vital_type.has_secondary() {
        check_part(errors, &secondary, &own.secondary, PLAUSIBLE_DIASTOLIC);
    } else if own.secondary != PartBounds::default() {
        errors.add(secondary, "vital_secondary_not_wanted");
    }
}

fn check_part(errors: &mut FieldErrors, field: &str, own: &PartBounds, (least, most): (i32, i32)) {
    let named = [
        ("criticalMin", own.critical_min),
        ("highMin", own.high_min),
        ("min", own.min),
        ("max", own.max),
        ("highMax", own.high_max),
        ("criticalMax", own.critical_max),
    ];
    let set = || named.iter().filter_map(|(name, limit)| limit.map(|limit| (*name, limit)));
    for (name, limit) in set() {
        if !(least..=most).contains(&limit.0) {
            let error = FieldError::new(format!("{field}.{name}"), "threshold_implausible");
            errors.push(error.with("min", Milli(least)).with("max", Milli(most)));
        }
    }
    // In the order of the list every limit must be greater than, or as great as, the one before it.
    for ((earlier, lesser), (name, limit)) in set().zip(set().skip(1)) {
        let must_differ = earlier == "min" && name == "max";
        if limit < lesser || (must_differ && limit == lesser) {
            errors.push(FieldError::new(format!("{field}.{name}"), "threshold_order").with("other", earlier));
        }
    }
}

/// Where the default limits of a type come from.
pub const fn source(vital_type: VitalType) -> &'static str {
    match vital_type {
        VitalType::BloodPressure => {
            "WHO guideline for hypertension in adults 2021 (treat from 140/90, without delay from 160/100) and WHO \
             HEARTS (critical from 180/110); lower limits and CRITICAL: product default"
        }
        VitalType::Glucose => {
            "ADA Standards of Care: hypoglycaemia level 1 below 70, level 2 below 54 mg/dL; upper limits: product default"
        }
        VitalType::RespiratoryRate => {
            "Range of 12 to 20 and the bands that score 3: Royal College of Physicians, NEWS2, 2017"
        }
        VitalType::HeartRate | VitalType::Temperature | VitalType::Spo2 => "Product default",
        VitalType::Weight => "No default range; a gain of 2 kg in 3 days is alerted",
    }
}
