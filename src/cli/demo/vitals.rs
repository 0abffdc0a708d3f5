//! What the demo's patients measure at home, and what their doctors make of it. The values follow from the patient's
//! place and the day alone, so that every demo shows the same courses.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::history::{DAYS, Life};
use crate::cli::clinic::Person;
use crate::domain::vitals::alert::AlertState;
use crate::domain::vitals::model::{VitalContext, VitalSource, VitalType};
use crate::domain::vitals::units::{Typed, unit_of};
use crate::flows::vitals::{self as flows, NewVital, Resolution};
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::secret::Phi;
use crate::views::alerts::{self as views, AlertQuery};
use crate::views::vitals::IdPage;

/// A value to be measured.
struct Measure {
    vital_type: VitalType,
    value: f64,
    secondary: Option<f64>,
    context: Option<VitalContext>,
}

impl Measure {
    const fn of(vital_type: VitalType, value: f64) -> Self {
        Self { vital_type, value, secondary: None, context: None }
    }

    const fn pressure(systolic: f64, diastolic: f64) -> Self {
        Self {
            vital_type: VitalType::BloodPressure,
            value: systolic,
            secondary: Some(diastolic),
            context: Some(VitalContext::Resting),
        }
    }
}

/// A wobble from -6 to 6 that looks like chance and is none.
fn wobble(place: usize, day: u32, salt: u32) -> f64 {
    let place = u32::try_from(place).unwrap_or(0);
    let mixed = place
        .wrapping_mul(2_654_435_761)
        .wrapping_add(day.wrapping_mul(40_503))
        .wrapping_add(salt.wrapping_mul(9_973))
        .wrapping_mul(2_246_822_519);
    f64::from((mixed >> 16) % 13) - 6.0
}

/// From one number to another over the ninety days.
fn course(from: f64, to: f64, day: u32) -> f64 {
    from + (to - from) * f64::from(day.min(DAYS)) / f64::from(DAYS)
}

/// What a patient measures on the morning of a day, by their treatment.
fn morning(place: usize, treatment: usize, day: u32) -> Vec<Measure> {
    let mut measures = Vec::new();
    let due = |every: u32| (day + u32::try_from(place).unwrap_or(0)).is_multiple_of(every);
    // Hypertension, alone or with diabetes: better under treatment.
    if matches!(treatment, 0 | 2) && due(3) {
        let systolic = (course(146.0, 130.0, day) + wobble(place, day, 1)).round();
        let diastolic = (course(90.0, 81.0, day) + wobble(place, day, 2) / 2.0).round();
        measures.push(Measure::pressure(systolic, diastolic));
    }
    // Diabetes: sugar before breakfast.
    if matches!(treatment, 1 | 2) && due(4) {
        let sugar = (course(172.0, 128.0, day) + wobble(place, day, 3) * 4.0).round();
        let fasting = Some(VitalContext::Fasting);
        measures.push(Measure { context: fasting, ..Measure::of(VitalType::Glucose, sugar) });
    }
    // Heart failure: the scales, the pulse and the finger clip; some hold water back in the last days.
    if treatment == 4 && due(2) {
        let water = if place.is_multiple_of(2) { f64::from(day.saturating_sub(DAYS - 4)) * 0.9 } else { 0.0 };
        let weight = 58.0 + f64::from(u32::try_from(place % 9).unwrap_or(0)) + wobble(place, day, 4) / 20.0;
        measures.push(Measure::of(VitalType::Weight, ((weight + water) * 10.0).round() / 10.0));
        measures.push(Measure::of(VitalType::HeartRate, (78.0 + wobble(place, day, 5)).round()));
        measures.push(Measure::of(VitalType::Spo2, (96.0 + wobble(place, day, 6) / 3.0).round()));
    }
    measures.extend(troubles(place, day));
    measures
}

/// What a few patients live through.
fn troubles(place: usize, day: u32) -> Option<Measure> {
    let before_end = DAYS.checked_sub(day)?;
    Some(match (place, before_end) {
        (3, 40) => Measure::of(VitalType::Spo2, 87.0),
        (6, 21) => Measure::pressure(186.0, 112.0),
        (8, 3) => Measure::of(VitalType::Temperature, 39.4),
        (10, 1) => Measure::of(VitalType::Spo2, 90.0),
        (11, 1) => Measure::pressure(168.0, 102.0),
        _ => return None,
    })
}

/// Everybody measures in the morning.
///
/// # Errors
/// When a use case refuses, which would be a fault of the demo.
pub async fn measure(context: &Arc<Context>, lives: &[Life], day: u32) -> Result<()> {
    let mut patients = JoinSet::new();
    for (place, life) in lives.iter().enumerate() {
        let measures = morning(place, life.plan.treatment, day);
        let (context, caller) = (Arc::clone(context), life.person.caller());
        patients.spawn(async move {
            for measure in measures {
                let new = NewVital {
                    patient: None,
                    typed: Typed {
                        vital_type: measure.vital_type,
                        value: measure.value,
                        secondary: measure.secondary,
                        unit: unit_of(measure.vital_type).code().to_owned(),
                    },
                    context: measure.context,
                    breathing: None,
                    consciousness: None,
                    measured_at: None,
                    source: VitalSource::Manual,
                    notes: None,
                };
                flows::record(&context, &caller, new).await?;
            }
            Ok::<(), Error>(())
        });
    }
    while let Some(done) = patients.join_next().await {
        done.map_err(|error| Error::internal(format!("demo measurements: {error}")))??;
    }
    Ok(())
}

/// The doctors go through their open alerts: what is grave they take over at once, and once a week they end what is
/// dealt with. Those of the last days are left as they are.
///
/// # Errors
/// When a use case refuses, which would be a fault of the demo.
pub async fn look_after(context: &Context, doctors: &[Person], day: u32) -> Result<()> {
    if day > DAYS.saturating_sub(2) {
        return Ok(());
    }
    for doctor in doctors {
        let caller = doctor.caller();
        let weekly = day.is_multiple_of(7);
        for state in [AlertState::Open, AlertState::Acknowledged] {
            let query = AlertQuery { patient: None, state: Some(state) };
            let page = IdPage::parse(Some(100), None)?;
            for view in views::list(context, &caller, query, page).await?.items {
                let id = view.alert.id;
                if weekly {
                    let note = "Talked with the patient; measured again, better.".to_owned();
                    flows::resolve(context, &caller, id, Resolution { note: Phi::new(note) }).await?;
                } else if state == AlertState::Open {
                    flows::acknowledge(context, &caller, id).await?;
                }
            }
        }
    }
    Ok(())
}
