//! What the demo's patients and doctors know of allergies, conditions and the rest. It follows from the patient's place,
//! sex, age and treatment alone, so that every demo has the same records.

use chrono::NaiveDate;

use super::history::Life;
use crate::domain::clinical_record::model::{
    ConditionCode, CreatinineUnit, G6pdState, G6pdTest, Part, PregnancyState, Reaction, Severity,
};
use crate::domain::clinical_record::rules::{ConditionInput, G6pdInput, PregnancyInput, RenalInput};
use crate::flows::clinical_record::{self as flows, AllergenChoice, NewAllergy, confirm_entry};
use crate::platform::context::Context;
use crate::platform::error::Result;

/// The treatment of anaemia.
const ANAEMIA: usize = 5;
/// Years between which a woman of the demo may be pregnant.
const CHILDBEARING: std::ops::RangeInclusive<u32> = 20..=40;

/// Writes down what is known on the first day.
///
/// # Errors
/// When a use case refuses, which would be a fault of the demo.
pub async fn begin(context: &Context, lives: &[Life], first_day: NaiveDate) -> Result<()> {
    for (place, life) in lives.iter().enumerate() {
        allergies(context, life, place).await?;
        conditions(context, life).await?;
        if place % 4 == 1 {
            kidneys(context, life, place, first_day).await?;
        }
        if place % 9 == 2 {
            enzyme(context, life, place, first_day).await?;
        }
        let age = first_day.years_since(life.plan.born).unwrap_or(0);
        // Iron is the one treatment of the demo that is right in pregnancy.
        if !life.plan.male && CHILDBEARING.contains(&age) && life.plan.treatment == ANAEMIA {
            pregnancy(context, life, place).await?;
        }
    }
    Ok(())
}

/// What some patients say of a medicine; half of them were asked by their doctor since.
async fn allergies(context: &Context, life: &Life, place: usize) -> Result<()> {
    let (substance, reaction, severity, note) = match place % 7 {
        0 => ("amoxicillin", Reaction::Urticaria, Severity::Moderate, "Wheals on the second day."),
        3 => ("sulfamethoxazole", Reaction::Rash, Severity::Mild, "Itching rash on the chest."),
        5 => ("tramadol", Reaction::Intolerance, Severity::Mild, "Vomited after each dose."),
        _ => return Ok(()),
    };
    let (patient, doctor) = (life.person.caller(), life.doctor.caller());
    let new = NewAllergy {
        allergen: AllergenChoice { substance: Some(substance.to_owned()), ..AllergenChoice::default() },
        reaction,
        severity,
        note: Some(note.to_owned()),
    };
    let entry = flows::add_allergy(context, &patient, life.person.id, new).await?;
    if place % 2 == 1 {
        confirm_entry(context, &doctor, (Part::Allergies, entry.id), None).await?;
    }
    Ok(())
}

/// What the treatment is for.
async fn conditions(context: &Context, life: &Life) -> Result<()> {
    let codes: &[ConditionCode] = match life.plan.treatment {
        0 => &[ConditionCode::Hypertension],
        1 => &[ConditionCode::Type2Diabetes],
        2 => &[ConditionCode::Hypertension, ConditionCode::Type2Diabetes],
        4 => &[ConditionCode::HeartFailure],
        6 => &[ConditionCode::Gout],
        7 => &[ConditionCode::Epilepsy],
        _ => &[],
    };
    for code in codes {
        let new = ConditionInput { code: *code, name: None, since: None, note: None };
        flows::add_condition(context, &life.doctor.caller(), life.person.id, new).await?;
    }
    Ok(())
}

/// A creatinine of the week before.
async fn kidneys(context: &Context, life: &Life, place: usize, first_day: NaiveDate) -> Result<()> {
    let micromoles = 70.0 + f64::from(u32::try_from(place * 13 % 90).unwrap_or(0));
    let input = RenalInput {
        egfr: None,
        creatinine: Some(micromoles),
        unit: Some(CreatinineUnit::MicromolesPerLitre),
        sex: None,
        measured_on: first_day.checked_sub_days(chrono::Days::new(6)).unwrap_or(first_day),
        note: None,
    };
    flows::set_renal(context, &life.doctor.caller(), life.person.id, input, None).await.map(drop)
}

/// A rapid test, as it is done before treatment of vivax malaria.
async fn enzyme(context: &Context, life: &Life, place: usize, first_day: NaiveDate) -> Result<()> {
    let state = if place.is_multiple_of(2) { G6pdState::Normal } else { G6pdState::Deficient };
    let input = G6pdInput { state, test: Some(G6pdTest::RapidTest), tested_on: Some(first_day), note: None };
    flows::set_g6pd(context, &life.doctor.caller(), life.person.id, input, None).await.map(drop)
}

/// She says so herself.
async fn pregnancy(context: &Context, life: &Life, place: usize) -> Result<()> {
    let input = PregnancyInput {
        state: PregnancyState::Pregnant,
        expected_on: None,
        week: Some(6 + u32::try_from(place % 12).unwrap_or(0)),
        said_on: None,
        note: None,
    };
    flows::set_pregnancy(context, &life.person.caller(), life.person.id, input, None).await.map(drop)
}
