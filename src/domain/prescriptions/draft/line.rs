//! One medication line as a client writes it.

use chrono::{Days, NaiveDate};

use super::schedule::{SlotInput, StepInput, amount_of, parse_schedule};
use super::{MAX_TEXT, text};
use crate::domain::prescriptions::grammar::{accepted_dosages, parse_dosage, parse_unit};
use crate::domain::prescriptions::model::{self, Amount, DayPattern, Line, MealRelation, Schedule, Slot};
use crate::domain::prescriptions::units::DoseUnit;
use crate::platform::error::{FieldError, FieldErrors, Result};
use crate::platform::ids::{MedicationId, MedicineId};

/// Longest treatment that can be written with an end: ten years.
const MAX_DAYS: u32 = 3_660;
/// How far a start may lie from today, in days.
const START_DAYS_MAX: u64 = 366;
/// Longest name of a medicine in characters.
const MAX_NAME: usize = 200;

/// A medication line as a client writes it: the full grid, or `dosage` and `frequency` in words.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "named as in the API")]
pub struct LineInput {
    /// The line it replaces, when a prescription is changed.
    pub id: Option<MedicationId>,
    pub medicine_id: Option<MedicineId>,
    pub medicine_name: Option<String>,
    /// Amount and unit in words: `500 mg`. In place of `dose_amount` and `dose_unit`.
    pub dosage: Option<String>,
    pub dose_amount: Option<f64>,
    pub dose_unit: Option<String>,
    pub slots: Option<SlotInput>,
    pub times: Vec<String>,
    pub meal_relation: Option<MealRelation>,
    pub frequency: Option<String>,
    pub is_prn: Option<bool>,
    pub max_per_24h: Option<u32>,
    pub min_interval_hours: Option<u32>,
    pub every_n_days: Option<u32>,
    pub weekdays: Vec<chrono::Weekday>,
    pub every_n_hours: Option<u32>,
    pub steps: Vec<StepInput>,
    pub start: Option<NaiveDate>,
    pub duration_days: Option<u32>,
    pub end: Option<NaiveDate>,
    pub quantity: Option<f64>,
    pub instructions: Option<String>,
    pub instructions_khmer: Option<String>,
}

/// Which medicine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MedicineChoice {
    /// From the catalogue.
    Catalogue(MedicineId),
    /// By name, as patients may write their own.
    Named(String),
}

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    Ongoing,
    Days(u32),
    Until(NaiveDate),
}

/// A checked line that lacks what only the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineDraft {
    /// The line it replaces, when a prescription is changed.
    pub id: Option<MedicationId>,
    /// Which medicine.
    pub medicine: MedicineChoice,
    /// What field names of this line start with.
    pub prefix: String,
    unit: DoseUnit,
    schedule: Schedule,
    meal_relation: MealRelation,
    start: Option<NaiveDate>,
    length: Length,
    quantity: Option<Amount>,
    instructions: Option<String>,
    instructions_khmer: Option<String>,
}

/// What the store adds to a line.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "as in Line")]
pub struct LineFacts {
    pub id: MedicationId,
    pub number: u32,
    pub medicine_id: Option<MedicineId>,
    pub medicine_name: String,
    pub medicine_name_khmer: Option<String>,
}

impl LineDraft {
    /// Whether its days are counted from when it is written: a taper or a single dose does not go on from a line
    /// that it replaces.
    pub const fn begins_anew(&self) -> bool {
        matches!(self.schedule, Schedule::Once { .. } | Schedule::Taper { .. })
    }

    /// The line, starting on `start` unless the client named another day.
    pub fn finish(&self, facts: LineFacts, start: NaiveDate) -> Line {
        let start = self.start.unwrap_or(start);
        let end = match self.length {
            Length::Ongoing => None,
            Length::Days(days) => start.checked_add_days(Days::new(u64::from(days.saturating_sub(1)))),
            Length::Until(end) => Some(end),
        };
        Line {
            id: facts.id,
            number: facts.number,
            formerly: Vec::new(),
            medicine_id: facts.medicine_id,
            medicine_name: facts.medicine_name,
            medicine_name_khmer: facts.medicine_name_khmer,
            unit: self.unit.code().to_owned(),
            schedule: self.schedule.clone(),
            meal_relation: self.meal_relation,
            start,
            start_is_named: self.start.is_some(),
            first_at: None,
            length: match self.length {
                Length::Ongoing => model::Length::Ongoing,
                Length::Days(days) => model::Length::Days(days),
                Length::Until(end) => model::Length::Until(end),
            },
            doses: None,
            course: None,
            end,
            quantity: self.quantity,
            instructions: self.instructions.clone(),
            instructions_khmer: self.instructions_khmer.clone(),
        }
    }
}

/// Checks a line; see [`super::parse_line`].
pub(super) fn parse_line(input: &LineInput, prefix: &str, today: NaiveDate) -> Result<LineDraft> {
    let mut errors = FieldErrors::new();
    let field = |name: &str| format!("{prefix}{name}");
    let medicine = medicine(&mut errors, input, prefix);
    let (amount, unit) = dose(&mut errors, input, prefix);
    let schedule = parse_schedule(&mut errors, input, amount, prefix);
    let quantity = input.quantity.and_then(|quantity| {
        let quantity = amount_of(quantity).filter(|amount| !amount.is_zero());
        if quantity.is_none() {
            errors.push(FieldError::new(field("quantity"), "amount_invalid").with("max", 100_000));
        }
        quantity
    });
    let instructions = text(&mut errors, field("instructions"), input.instructions.as_deref(), MAX_TEXT);
    let instructions_khmer =
        text(&mut errors, field("instructionsKhmer"), input.instructions_khmer.as_deref(), MAX_TEXT);
    let length = length(&mut errors, input, schedule.as_ref().map(|(schedule, _)| schedule), prefix, today);
    errors.finish()?;
    let (Some(medicine), Some(unit), Some((schedule, meal_said)), Some(length)) =
        (medicine, unit, schedule, length)
    else {
        return Err(crate::platform::error::Error::invalid(field("medicineId"), "required"));
    };
    let length = match (length, quantity) {
        // Forms write the total only: the days follow from it.
        (Length::Ongoing, Some(quantity)) if unit.is_counted() => {
            days_of(&schedule, quantity).map_or(length, Length::Days)
        }
        _ => length,
    };
    Ok(LineDraft {
        id: input.id,
        medicine,
        prefix: prefix.to_owned(),
        unit,
        schedule,
        meal_relation: input.meal_relation.or(meal_said).unwrap_or_default(),
        start: input.start,
        length,
        quantity,
        instructions: instructions.map(crate::platform::secret::Phi::into_inner),
        instructions_khmer: instructions_khmer.map(crate::platform::secret::Phi::into_inner),
    })
}

fn medicine(errors: &mut FieldErrors, input: &LineInput, prefix: &str) -> Option<MedicineChoice> {
    let name = input.medicine_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    match (input.medicine_id, name) {
        (Some(id), _) => Some(MedicineChoice::Catalogue(id)),
        (None, Some(name)) if name.chars().count() <= MAX_NAME => {
            Some(MedicineChoice::Named(name.to_owned()))
        }
        (None, Some(_)) => {
            errors.push(
                FieldError::new(format!("{prefix}medicineName"), "text_too_long").with("max", MAX_NAME),
            );
            None
        }
        (None, None) => {
            errors.add(format!("{prefix}medicineId"), "medicine_required");
            None
        }
    }
}

/// Amount and unit, from words or from two fields.
fn dose(errors: &mut FieldErrors, input: &LineInput, prefix: &str) -> (Option<Amount>, Option<DoseUnit>) {
    if let Some(text) = &input.dosage {
        let dosage = parse_dosage(text);
        if dosage.is_none() {
            errors.push(
                FieldError::new(format!("{prefix}dosage"), "dosage_not_understood")
                    .with("accepted", accepted_dosages()),
            );
        }
        return (dosage.map(|dosage| dosage.amount), dosage.map(|dosage| dosage.unit));
    }
    let amount = input.dose_amount.and_then(|amount| {
        let amount = amount_of(amount).filter(|amount| !amount.is_zero());
        if amount.is_none() {
            errors
                .push(FieldError::new(format!("{prefix}doseAmount"), "amount_invalid").with("max", 100_000));
        }
        amount
    });
    let unit = match input.dose_unit.as_deref() {
        None if amount.is_none() && prefix.is_empty() => {
            errors.push(FieldError::new("dosage", "dosage_required").with("accepted", accepted_dosages()));
            None
        }
        None => {
            errors.add(format!("{prefix}doseUnit"), "required");
            None
        }
        Some(text) => {
            let unit = DoseUnit::from_code(text).or_else(|| parse_unit(text));
            if unit.is_none() {
                let accepted = DoseUnit::ALL.map(DoseUnit::code).join(", ");
                errors.push(
                    FieldError::new(format!("{prefix}doseUnit"), "unit_unknown").with("accepted", accepted),
                );
            }
            unit
        }
    };
    (amount, unit)
}

fn length(
    errors: &mut FieldErrors,
    input: &LineInput,
    schedule: Option<&Schedule>,
    prefix: &str,
    today: NaiveDate,
) -> Option<Length> {
    let start = input.start.unwrap_or(today);
    let earliest = today.checked_sub_days(Days::new(START_DAYS_MAX))?;
    let latest = today.checked_add_days(Days::new(START_DAYS_MAX))?;
    // A line that exists may have begun, and even ended, whenever it did.
    let exists = input.id.is_some();
    if !exists && !(earliest..=latest).contains(&start) {
        errors.push(
            FieldError::new(format!("{prefix}startDate"), "start_out_of_range").with("days", START_DAYS_MAX),
        );
    }
    let by_schedule = match schedule {
        Some(Schedule::Once { .. }) => Some(1),
        Some(Schedule::Taper { steps }) => Some(steps.iter().map(|step| step.days).sum::<u32>()),
        _ => None,
    };
    let days = match (input.duration_days, by_schedule) {
        (Some(days), Some(other)) if days != other => {
            errors.push(
                FieldError::new(format!("{prefix}durationDays"), "duration_contradicts").with("days", other),
            );
            None
        }
        (Some(0) | Some(MAX_DAYS..), _) => {
            errors.push(
                FieldError::new(format!("{prefix}durationDays"), "duration_out_of_range")
                    .with("max", MAX_DAYS),
            );
            None
        }
        (days, other) => days.or(other),
    };
    let end = days.and_then(|days| start.checked_add_days(Days::new(u64::from(days.saturating_sub(1)))));
    if let Some(until) = input.end {
        if until < start || until > start.checked_add_days(Days::new(u64::from(MAX_DAYS)))? {
            errors.add(format!("{prefix}endDate"), "end_before_start");
        } else if end.is_some_and(|end| end != until) {
            errors.add(format!("{prefix}endDate"), "end_contradicts_duration");
        }
    }
    if !exists && input.end.or(end).is_some_and(|end| end < today) {
        errors.add(
            format!("{prefix}{}", if input.end.is_some() { "endDate" } else { "startDate" }),
            "ends_in_past",
        );
    }
    Some(match (input.end, days) {
        (Some(end), _) => Length::Until(end),
        (None, Some(days)) => Length::Days(days),
        (None, None) => Length::Ongoing,
    })
}

/// For how many days a total lasts, when that comes out even.
fn days_of(schedule: &Schedule, total: Amount) -> Option<u32> {
    let per_day: u32 = match schedule {
        Schedule::Slots { amounts, days: DayPattern::Daily } => {
            Slot::ALL.iter().map(|&slot| amounts.at(slot).as_ten_thousandths()).sum()
        }
        Schedule::Times { times, amount, days: DayPattern::Daily } => {
            amount.as_ten_thousandths().checked_mul(u32::try_from(times.len()).ok()?)?
        }
        _ => return None,
    };
    let whole = per_day > 0 && total.as_ten_thousandths().is_multiple_of(per_day);
    let days = if whole { total.as_ten_thousandths() / per_day } else { return None };
    (1..MAX_DAYS).contains(&days).then_some(days)
}
