//! From what is sent to what an entry says: every bad field is named with what would be right.

use chrono::{Days, NaiveDate};

use super::pregnancy as weeks;
use super::{About, NOTE_CHARS_MAX, WORDS_CHARS_MAX};
use crate::domain::clinical_record::kidney;
use crate::domain::clinical_record::model::{
    Answer, BreastFeeding, Condition, ConditionCode, Content, Creatinine, CreatinineUnit, G6pd, G6pdState,
    G6pdTest, Liver, LiverState, NoneKnown, Pregnancy, PregnancyState, Renal, Sex,
};
use crate::domain::users::model::Gender;
use crate::domain::vitals::model::{Milli, NumberFault};
use crate::platform::error::{Error, FieldError, FieldErrors, Result};
use crate::platform::secret::Phi;

/// Least and greatest eGFR that is taken, in mL/min/1.73 m².
const EGFR: std::ops::RangeInclusive<f64> = 1.0..=200.0;

/// A condition as it is sent.
#[derive(Debug, Clone)]
pub struct ConditionInput {
    /// Which.
    pub code: ConditionCode,
    /// Its name, of a condition that has no code.
    pub name: Option<String>,
    /// Since when.
    pub since: Option<NaiveDate>,
    /// In the words of who writes it.
    pub note: Option<String>,
}

/// A pregnancy as it is sent.
#[derive(Debug, Clone)]
pub struct PregnancyInput {
    /// Whether.
    pub state: PregnancyState,
    /// When the child is expected.
    pub expected_on: Option<NaiveDate>,
    /// Or in which week she is.
    pub week: Option<u32>,
    /// On which day that holds; today when left out.
    pub said_on: Option<NaiveDate>,
    /// In the words of who writes it.
    pub note: Option<String>,
}

/// Breast-feeding as it is sent.
#[derive(Debug, Clone)]
pub struct BreastFeedingInput {
    /// Whether.
    pub state: Answer,
    /// In the words of who writes it.
    pub note: Option<String>,
}

/// Kidney function as it is sent: the rate, or a creatinine with its unit.
#[derive(Debug, Clone)]
pub struct RenalInput {
    /// The rate.
    pub egfr: Option<f64>,
    /// Or the creatinine.
    pub creatinine: Option<f64>,
    /// Its unit.
    pub unit: Option<CreatinineUnit>,
    /// For the formula, of somebody who is registered as neither.
    pub sex: Option<Sex>,
    /// When the blood was taken.
    pub measured_on: NaiveDate,
    /// In the words of who writes it.
    pub note: Option<String>,
}

/// Liver function as it is sent.
#[derive(Debug, Clone)]
pub struct LiverInput {
    /// How well it works.
    pub state: LiverState,
    /// When it was assessed.
    pub assessed_on: Option<NaiveDate>,
    /// In the words of who writes it.
    pub note: Option<String>,
}

/// That somebody asked and there is none, as it is sent.
#[derive(Debug, Clone)]
pub struct NoneKnownInput {
    /// In the words of who writes it.
    pub note: Option<String>,
}

/// G6PD as it is sent.
#[derive(Debug, Clone)]
pub struct G6pdInput {
    /// Whether it is there.
    pub state: G6pdState,
    /// How it was looked for.
    pub test: Option<G6pdTest>,
    /// When.
    pub tested_on: Option<NaiveDate>,
    /// In the words of who writes it.
    pub note: Option<String>,
}

/// Words of a person: trimmed; nothing when they say nothing.
fn words(errors: &mut FieldErrors, field: &str, typed: Option<&str>, max: usize) -> Option<Phi<String>> {
    let typed = typed.map(str::trim).filter(|typed| !typed.is_empty())?;
    if typed.chars().count() > max {
        errors.push(FieldError::new(field, "text_too_long").with("max", max));
    } else if typed.chars().any(|c| c.is_control() && c != '\n') {
        errors.add(field, "text_unreadable");
    } else {
        return Some(Phi::new(typed.to_owned()));
    }
    None
}

/// A note.
pub fn note(errors: &mut FieldErrors, typed: Option<&str>) -> Option<Phi<String>> {
    words(errors, "note", typed, NOTE_CHARS_MAX)
}

/// A substance in words: inner spaces single.
pub fn substance(errors: &mut FieldErrors, typed: &str) -> Option<Phi<String>> {
    let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let read = words(errors, "substance", Some(&typed), WORDS_CHARS_MAX);
    if typed.is_empty() {
        errors.add("substance", "required");
    }
    read
}

/// A day that has come, and on which the person was born.
fn past_day(errors: &mut FieldErrors, field: &str, day: Option<NaiveDate>, about: &About) {
    let Some(day) = day else { return };
    if day > about.today {
        errors.add(field, "date_in_future");
    } else if about.born.is_some_and(|born| day < born) {
        errors.add(field, "clinical_date_before_birth");
    }
}

/// Refuses what only a woman can be of somebody who is registered as a man.
fn not_male(errors: &mut FieldErrors, about: &About, code: &'static str) {
    if about.gender == Some(Gender::Male) {
        errors.add("state", code);
    }
}

/// A condition.
///
/// # Errors
/// Names each bad field.
pub fn condition(input: &ConditionInput, about: &About) -> Result<Content> {
    let mut errors = FieldErrors::new();
    let name = input.name.as_deref().map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "));
    let named = words(&mut errors, "name", name.as_deref(), WORDS_CHARS_MAX);
    let is_other = input.code == ConditionCode::Other;
    if is_other && named.is_none() && errors.is_empty() {
        errors.add("name", "condition_name_required");
    }
    if !is_other && named.is_some() {
        errors.add("name", "condition_name_not_wanted");
    }
    past_day(&mut errors, "since", input.since, about);
    let note = note(&mut errors, input.note.as_deref());
    errors.finish()?;
    Ok(Content::Condition(Condition { code: input.code, words: named, since: input.since, note }))
}

/// Pregnant or not.
///
/// # Errors
/// Names each bad field.
pub fn pregnancy(input: &PregnancyInput, about: &About) -> Result<Content> {
    let mut errors = FieldErrors::new();
    let said_on = input.said_on.unwrap_or(about.today);
    past_day(&mut errors, "saidOn", input.said_on, about);
    let is_pregnant = input.state == PregnancyState::Pregnant;
    if is_pregnant {
        not_male(&mut errors, about, "pregnancy_registered_male");
    }
    for (field, is_there) in [("expectedOn", input.expected_on.is_some()), ("week", input.week.is_some())] {
        if is_there && !is_pregnant {
            errors.add(field, "pregnancy_date_of_none");
        }
    }
    if input.week.is_some_and(|week| week > weeks::WEEKS_MAX) {
        errors.push(FieldError::new("week", "pregnancy_week_range").with("max", weeks::WEEKS_MAX));
    }
    if input.expected_on.is_some() && input.week.is_some() {
        errors.add("week", "pregnancy_date_or_week");
    }
    let note = note(&mut errors, input.note.as_deref());
    errors.finish()?;
    let expected_on =
        input.expected_on.or_else(|| input.week.and_then(|week| weeks::expected_from(week, said_on)));
    let found = Pregnancy { state: input.state, expected_on, said_on, note };
    let farthest = said_on.checked_add_days(Days::new(u64::from(weeks::TERM_DAYS + 7)));
    let field = if input.week.is_some() { "week" } else { "expectedOn" };
    if expected_on.zip(farthest).is_some_and(|(expected, farthest)| expected > farthest) {
        return Err(Error::invalid(field, "pregnancy_expected_too_late"));
    }
    if weeks::state_on(&found, about.today) != input.state {
        let field = if expected_on.is_some() { field } else { "saidOn" };
        return Err(Error::invalid(field, "pregnancy_must_be_over"));
    }
    Ok(Content::Pregnancy(found))
}

/// Breast-feeding or not.
///
/// # Errors
/// Names each bad field.
pub fn breast_feeding(input: &BreastFeedingInput, about: &About) -> Result<Content> {
    let mut errors = FieldErrors::new();
    if input.state == Answer::Yes {
        not_male(&mut errors, about, "breast_feeding_registered_male");
    }
    let note = note(&mut errors, input.note.as_deref());
    errors.finish()?;
    Ok(Content::BreastFeeding(BreastFeeding { state: input.state, note }))
}

/// Kidney function.
///
/// # Errors
/// Names each bad field.
pub fn renal(input: &RenalInput, about: &About) -> Result<Content> {
    let mut errors = FieldErrors::new();
    past_day(&mut errors, "measuredOn", Some(input.measured_on), about);
    let note = note(&mut errors, input.note.as_deref());
    let (mut rate, mut creatinine) = (None, None);
    match (input.egfr, input.creatinine) {
        (Some(_), Some(_)) => errors.add("egfr", "renal_one_of"),
        (None, None) => errors.add("egfr", "renal_missing"),
        (Some(egfr), None) => {
            if !EGFR.contains(&egfr) {
                let error = FieldError::new("egfr", "renal_egfr_implausible");
                errors.push(error.with("min", EGFR.start()).with("max", EGFR.end()));
            }
            for (field, is_there) in [("unit", input.unit.is_some()), ("sex", input.sex.is_some())] {
                if is_there {
                    errors.add(field, "renal_only_with_creatinine");
                }
            }
            rate = Some(egfr);
        }
        (None, Some(value)) => {
            creatinine = read_creatinine(&mut errors, input, value, about);
            rate = creatinine
                .map(|read| kidney::egfr(read.value, read.unit, read.age_years, read.sex))
                // A formula that leaves the range is not taken further than the range.
                .map(|rate| rate.clamp(*EGFR.start(), *EGFR.end()));
        }
    }
    errors.finish()?;
    let tenths = rate.and_then(kidney::tenths_below);
    let egfr_tenths = tenths.ok_or_else(|| Error::invalid("egfr", "renal_missing"))?;
    Ok(Content::Renal(Renal { egfr_tenths, measured_on: input.measured_on, creatinine, note }))
}

/// A creatinine with what the formula takes besides.
fn read_creatinine(
    errors: &mut FieldErrors,
    input: &RenalInput,
    typed: f64,
    about: &About,
) -> Option<Creatinine> {
    let registered = Sex::registered(about.gender);
    let sex = match (registered, input.sex) {
        (Some(one), Some(other)) if one != other => {
            errors.add("sex", "renal_sex_differs");
            None
        }
        (None, None) => {
            errors.add("sex", "renal_sex_needed");
            None
        }
        (registered, said) => registered.or(said),
    };
    let age_years = about.born.and_then(|born| input.measured_on.years_since(born));
    match age_years {
        None if about.born.is_none() => errors.add("creatinine", "renal_age_unknown"),
        Some(years) if years < kidney::ADULT_YEARS => {
            errors
                .push(FieldError::new("creatinine", "renal_adults_only").with("years", kidney::ADULT_YEARS));
        }
        _ => {}
    }
    let Some(unit) = input.unit else {
        errors.add("unit", "renal_unit_needed");
        return None;
    };
    let value = match Milli::from_number(typed) {
        Ok(value) => Some(value),
        Err(NumberFault::TooFine) => {
            errors.add("creatinine", "vital_too_fine");
            None
        }
        Err(NumberFault::OutOfRange) => None,
    };
    let (min, max) = kidney::plausible(unit);
    if !(min..=max).contains(&typed) {
        let error = FieldError::new("creatinine", "renal_creatinine_implausible");
        errors.push(error.with("min", min).with("max", max));
    }
    Some(Creatinine { value: value?, unit, age_years: age_years?, sex: sex? })
}

/// Liver function.
///
/// # Errors
/// Names each bad field.
pub fn liver(input: &LiverInput, about: &About) -> Result<Content> {
    let mut errors = FieldErrors::new();
    past_day(&mut errors, "assessedOn", input.assessed_on, about);
    let note = note(&mut errors, input.note.as_deref());
    errors.finish()?;
    Ok(Content::Liver(Liver { state: input.state, assessed_on: input.assessed_on, note }))
}

/// G6PD.
///
/// # Errors
/// Names each bad field.
pub fn g6pd(input: &G6pdInput, about: &About) -> Result<Content> {
    let mut errors = FieldErrors::new();
    past_day(&mut errors, "testedOn", input.tested_on, about);
    if input.state == G6pdState::Unknown {
        for (field, is_there) in [("test", input.test.is_some()), ("testedOn", input.tested_on.is_some())] {
            if is_there {
                errors.add(field, "g6pd_test_without_result");
            }
        }
    }
    let note = note(&mut errors, input.note.as_deref());
    errors.finish()?;
    Ok(Content::G6pd(G6pd { state: input.state, test: input.test, tested_on: input.tested_on, note }))
}

/// That no allergy is known.
///
/// # Errors
/// A bad note.
pub fn no_known_allergies(input: &NoneKnownInput, _: &About) -> Result<Content> {
    none_known(input).map(Content::NoKnownAllergies)
}

/// That no condition is known.
///
/// # Errors
/// A bad note.
pub fn no_known_conditions(input: &NoneKnownInput, _: &About) -> Result<Content> {
    none_known(input).map(Content::NoKnownConditions)
}

fn none_known(input: &NoneKnownInput) -> Result<NoneKnown> {
    let mut errors = FieldErrors::new();
    let note = note(&mut errors, input.note.as_deref());
    errors.finish()?;
    Ok(NoneKnown { note })
}
