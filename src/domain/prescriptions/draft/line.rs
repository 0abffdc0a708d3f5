//! One medication line as a client writes it.

use chrono::NaiveDate;

use super::checks::unusual;
use super::length::{Span, parse_length};
use super::medicine::{ChosenMedicine, FindMedicine, MedicineChoice};
use super::remark::{DoseFinding, Remark};
use super::schedule::{SlotInput, StepInput, amount_of, parse_schedule};
use super::words::{Words, read_words};
use super::{OverrideInput, overrides, told};
use crate::domain::prescriptions::describe::dose_text;
use crate::domain::prescriptions::grammar::Refusal;
use crate::domain::prescriptions::model::{Amount, Counted, Line, MealRelation, Schedule};
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::record::Override;
use crate::domain::prescriptions::units::DoseUnit;
use crate::platform::clock::Timestamp;
use crate::platform::error::{Error, FieldError, FieldErrors, Kind, Result};
use crate::platform::i18n::Language;
use crate::platform::ids::{MedicationId, MedicineId};

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
    /// Amount and unit in words: `500 mg`. Beside `dose_amount` and `dose_unit` it must say the same.
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
    /// When the first dose of an interval is to be taken.
    pub first_at: Option<Timestamp>,
    pub steps: Vec<StepInput>,
    pub start: Option<NaiveDate>,
    pub duration_days: Option<u32>,
    pub end: Option<NaiveDate>,
    /// Without an end, although a quantity is given or the line had an end before.
    pub ongoing: bool,
    /// For as long as the quantity lasts, although the line had another length before.
    pub by_quantity: bool,
    pub quantity: Option<f64>,
    pub instructions: Option<String>,
    pub instructions_khmer: Option<String>,
    /// Findings of this line that are overridden, each with its reason.
    pub overrides: Vec<OverrideInput>,
    /// What the line said before it was changed and the change does not name.
    pub inherited: Inherited,
    /// The medicine for which its amounts were written, when the change names another one and no amount.
    pub dosed_for: Option<MedicineChoice>,
}

/// What a changed line has from before: the words of a change outweigh it, where they would contradict what was said
/// beside them.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Inherited {
    pub start: bool,
    pub first_at: bool,
    pub days: bool,
    pub duration: bool,
    pub quantity: bool,
    pub dose: bool,
    pub meal: bool,
    pub instructions: bool,
    /// It ended by itself, as a taper or a single dose does, and the change says when to take it in another way.
    pub ends: bool,
    /// Each slot gets the dose: the slots stay, and the dose is new.
    pub slots_of_dose: bool,
}

/// A checked line that lacks what only the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineDraft {
    /// The line it replaces, when a prescription is changed.
    pub id: Option<MedicationId>,
    /// Which medicine.
    pub medicine: ChosenMedicine,
    /// What field names of this line start with.
    pub prefix: String,
    /// How its words were understood, where that is worth saying.
    pub notices: Vec<Remark>,
    /// What is unusual about its doses.
    pub findings: Vec<DoseFinding>,
    /// Findings of this line that the prescriber gives a reason for.
    pub overrides: Vec<Override>,
    unit: DoseUnit,
    schedule: Schedule,
    meal_relation: MealRelation,
    start: Option<NaiveDate>,
    start_is_named: bool,
    first_at: Option<Timestamp>,
    span: Span,
    quantity: Option<Amount>,
    instructions: Option<String>,
    instructions_khmer: Option<String>,
}

impl LineDraft {
    /// Whether its days are counted from when it is written: a taper or a single dose does not go on from a line
    /// that it replaces.
    pub const fn begins_anew(&self) -> bool {
        matches!(self.schedule, Schedule::Once { .. } | Schedule::Taper { .. })
    }

    /// Whether it has no end and nothing says that it goes on: what was a course must not become that by a field that
    /// was left out.
    pub const fn leaves_length_out(&self) -> bool {
        self.span.is_silent
    }

    /// What its unit is in what is counted. Insulin and heparins are measured in their units, not in millilitres.
    fn counted(&self) -> Option<Counted> {
        let (unit, parts, of) = self.medicine.product.counted(self.unit)?;
        let in_units = matches!(self.unit, DoseUnit::Iu | DoseUnit::Miu) && unit == DoseUnit::Ml;
        (!in_units).then(|| Counted { unit: unit.code().to_owned(), parts, of })
    }

    /// The line, starting on `start` unless the client named another day. Where its doses begin and end is settled
    /// by planning.
    pub fn finish(&self, id: MedicationId, number: u32, start: NaiveDate) -> Line {
        let start = self.start.unwrap_or(start);
        Line {
            id,
            number,
            formerly: Vec::new(),
            medicine_id: self.medicine.id,
            medicine_name: self.medicine.name.clone(),
            medicine_name_khmer: self.medicine.name_khmer.clone(),
            unit: self.unit.code().to_owned(),
            counted: self.counted(),
            schedule: self.schedule.clone(),
            meal_relation: self.meal_relation,
            start,
            start_is_named: self.start_is_named,
            first_at: self.first_at,
            length: self.span.length,
            doses: self.span.doses,
            course: None,
            end: self.span.end_from(start),
            quantity: self.quantity,
            instructions: self.instructions.clone(),
            instructions_khmer: self.instructions_khmer.clone(),
        }
    }
}

/// A line while it is checked: what is wrong with it, and what is to be said about it.
pub(super) struct Check<'a> {
    pub(super) errors: FieldErrors,
    pub(super) remarks: Vec<Remark>,
    pub(super) input: &'a LineInput,
    pub(super) prefix: &'a str,
}

impl Check<'_> {
    /// The full name of a field.
    pub(super) fn field(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    pub(super) fn refuse(&mut self, name: &str, code: &'static str) {
        self.errors.add(self.field(name), code);
    }

    pub(super) fn refuse_with(
        &mut self,
        name: &str,
        code: &'static str,
        argument: &'static str,
        value: impl ToString,
    ) {
        self.errors.push(FieldError::new(self.field(name), code).with(argument, value));
    }

    /// Two fields that say different things of one fact; the message stands at the first and names the second.
    pub(super) fn contradiction(&mut self, name: &str, other: &str) {
        let other = self.field(other);
        self.refuse_with(name, "contradicts", "other", other);
    }

    /// What both fields say; an error when they differ.
    pub(super) fn agreed<T: PartialEq>(
        &mut self,
        (name, said): (&str, Option<T>),
        (other, also): (&str, Option<T>),
    ) -> Option<T> {
        if said.is_some() && also.is_some() && said != also {
            self.contradiction(name, other);
        }
        said.or(also)
    }

    pub(super) fn note(&mut self, name: &str, notice: &Notice) {
        let remark = Remark::notice(self.field(name), notice);
        self.remarks.push(remark);
    }

    pub(super) fn refusal(&mut self, name: &str, refusal: Refusal) {
        let error = refusal.field(self.field(name));
        self.errors.push(error);
    }

    /// A dose that does not fit the medicine.
    pub(super) fn misfit(
        &mut self,
        name: &str,
        refusal: Refusal,
        dose: (Amount, DoseUnit),
        product: &Product,
    ) {
        let said = dose_text(Language::English, dose.0, dose.1.code());
        self.refusal(name, refusal.of(&said).of_dosage(product));
    }
}

/// Checks a line; see [`super::parse_line`].
pub(super) fn parse_line(
    input: &LineInput,
    prefix: &str,
    today: NaiveDate,
    find: &FindMedicine<'_>,
) -> Result<LineDraft> {
    let mut check = Check { errors: FieldErrors::new(), remarks: Vec::new(), input, prefix };
    let medicine = medicine(&mut check, find)?;
    // Words are read even when the medicine is not known, so that every bad field is named.
    let unknown = ChosenMedicine::named(String::new());
    let product = &medicine.as_ref().unwrap_or(&unknown).product;
    let words = read_words(&mut check, product);
    let schedule = words
        .as_ref()
        .and_then(|words| parse_schedule(&mut check, words, medicine.as_ref().unwrap_or(&unknown), today));
    if let (Some(medicine), Some((_, unit))) = (&medicine, &schedule) {
        dosed_for_this(&mut check, medicine, *unit, words.as_ref(), find)?;
    }
    let meal_said = words.as_ref().and_then(Words::meal);
    let outweighed = input.inherited.meal && meal_said.is_some();
    let meal_field = input.meal_relation.filter(|_| !outweighed);
    let meal = check.agreed(("mealRelation", meal_field), ("frequency", meal_said));
    let quantity = quantity(&mut check, words.as_ref());
    let (instructions, instructions_khmer) = told::instructions(&mut check, words.as_ref(), product);
    let duration_said = words.as_ref().and_then(Words::duration_days);
    let dosed = schedule.as_ref().map(|(schedule, unit)| (schedule, *unit));
    let is_long_term = words.as_ref().is_some_and(Words::is_long_term);
    if is_long_term {
        not_limited(&mut check);
    }
    let span = parse_length(&mut check, dosed, product, (quantity, !is_long_term), duration_said, today);
    let overrides = overrides(&mut check.errors, prefix, &input.overrides);
    check.errors.finish()?;
    let (Some(medicine), Some((schedule, unit)), Some(span)) = (medicine, schedule, span) else {
        return Err(Error::invalid(format!("{prefix}medicineId"), "required"));
    };
    let findings = unusual(&medicine, &schedule, unit, prefix);
    Ok(LineDraft {
        id: input.id,
        medicine,
        prefix: prefix.to_owned(),
        notices: check.remarks,
        findings,
        overrides,
        unit,
        schedule,
        meal_relation: meal.unwrap_or_default(),
        start: input.start,
        start_is_named: input.start.is_some() && !input.inherited.start,
        first_at: input.first_at,
        span,
        quantity,
        instructions,
        instructions_khmer,
    })
}

/// A number of pieces or millilitres that was written for another medicine is not carried over: three tablets of 1 mg
/// are not three of 5 mg. What is in milligrams or units says how much of its substance it is, and stays with that.
fn dosed_for_this(
    check: &mut Check<'_>,
    medicine: &ChosenMedicine,
    unit: DoseUnit,
    words: Option<&Words>,
    find: &FindMedicine<'_>,
) -> Result<()> {
    let Some(former) = &check.input.dosed_for else { return Ok(()) };
    let says_how_much = unit.is_measure() && unit != DoseUnit::Ml;
    // A name that was corrected is no other medicine.
    let is_renamed = medicine.id.is_none() && matches!(former, MedicineChoice::Named(_));
    if is_renamed || words.is_some_and(Words::says_amount) {
        return Ok(());
    }
    match find(check.input.id, former) {
        Ok(before) if before.is_given_like(medicine) => return Ok(()),
        Ok(before) if says_how_much && before.has_ingredient_of(medicine) => return Ok(()),
        Err(error) if !matches!(error.kind(), Kind::NotFound | Kind::Conflict) => return Err(error),
        Ok(_) | Err(_) => {}
    }
    check.refuse_with("dosage", "dose_of_another_medicine", "medicine", &medicine.name);
    Ok(())
}

/// A long-term treatment has no length that the same request names.
fn not_limited(check: &mut Check<'_>) {
    if check.input.duration_days.is_some() {
        check.contradiction("durationDays", "frequency");
    } else if check.input.end.is_some() {
        check.contradiction("endDate", "frequency");
    }
}

/// How much is handed out, which field and words must say alike.
fn quantity(check: &mut Check<'_>, words: Option<&Words>) -> Option<Amount> {
    let said = words.and_then(Words::quantity);
    let outweighed = check.input.inherited.quantity && said.is_some();
    let Some(quantity) = check.input.quantity.filter(|_| !outweighed) else { return said };
    let amount = amount_of(quantity).filter(|amount| !amount.is_zero());
    if amount.is_none() {
        check.refuse_with("quantity", "amount_invalid", "max", 100_000);
        return None;
    }
    check.agreed(("quantity", amount), ("frequency", said))
}

/// The medicine that the line names, by id or by name. Both are said of one medicine.
fn medicine(check: &mut Check<'_>, find: &FindMedicine<'_>) -> Result<Option<ChosenMedicine>> {
    let name = check.input.medicine_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let choice = match (check.input.medicine_id, name) {
        (Some(id), _) => MedicineChoice::Catalogue(id),
        (None, Some(name)) if name.chars().count() <= MAX_NAME => MedicineChoice::Named(name.to_owned()),
        (None, Some(_)) => {
            check.refuse_with("medicineName", "text_too_long", "max", MAX_NAME);
            return Ok(None);
        }
        (None, None) => {
            check.refuse("medicineId", "medicine_required");
            return Ok(None);
        }
    };
    match find(check.input.id, &choice) {
        Ok(medicine) => {
            let differs =
                |name: &str| medicine.id.is_some() && medicine.name.to_lowercase() != name.to_lowercase();
            if name.is_some_and(differs) {
                check.refuse_with("medicineName", "medicine_name_contradicts", "name", &medicine.name);
            }
            Ok(Some(medicine))
        }
        Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Conflict) => {
            check.refuse("medicineId", error.code());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
