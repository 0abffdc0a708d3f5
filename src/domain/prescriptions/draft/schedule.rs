//! The schedule of a line, from the full grid or from words.

use chrono::NaiveTime;

use super::line::LineInput;
use crate::domain::prescriptions::grammar::{Frequency, accepted_frequencies, parse_frequency};
use crate::domain::prescriptions::model::{
    Amount, DayPattern, MealRelation, Schedule, Slot, SlotAmounts, TaperStep,
};
use crate::platform::error::{FieldError, FieldErrors};

/// Amounts for the slots as a client writes them, in the line's unit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SlotInput {
    pub morning: Option<f64>,
    pub noon: Option<f64>,
    pub evening: Option<f64>,
    pub night: Option<f64>,
}

impl SlotInput {
    /// The amounts as a client would have written them.
    pub fn of(amounts: &SlotAmounts) -> Self {
        let [morning, noon, evening, night] =
            Slot::ALL.map(|slot| Some(number_of(amounts.at(slot))).filter(|amount| *amount > 0.0));
        Self { morning, noon, evening, night }
    }

    /// Which slots are taken, as `1-0-1-0`.
    pub(super) fn grid(&self) -> String {
        [self.morning, self.noon, self.evening, self.night]
            .map(|amount| if amount.is_some_and(|amount| amount > 0.0) { "1" } else { "0" })
            .join("-")
    }
}

/// One step of a taper as a client writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct StepInput {
    pub days: u32,
    pub slots: SlotInput,
}

/// Names of patterns that stand in `frequency` when the grid says the rest.
const PATTERN_NAMES: &[&str] =
    &["EVERY_N_DAYS", "WEEKDAYS", "EVERY_N_HOURS", "TAPER", "SLOTS", "TIMES", "SPECIFIC_DAYS", "CUSTOM"];
/// Most times of day on one line.
const MAX_TIMES: usize = 24;
/// Most steps of a taper.
const MAX_STEPS: usize = 24;

/// An amount from a number with at most four decimals; `None` for others, negative ones and those past
/// [`Amount::MAX`].
pub fn amount_of(number: f64) -> Option<Amount> {
    // Shortest decimal text: exact, where arithmetic on the float is not.
    let text = number.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let whole: u32 = whole.parse().ok()?;
    let scale = [10_000, 1_000, 100, 10, 1].get(part.len())?;
    let part: u32 = if part.is_empty() { 0 } else { part.parse().ok()? };
    let amount =
        Amount::from_ten_thousandths(whole.checked_mul(10_000)?.checked_add(part.checked_mul(*scale)?)?);
    (amount <= Amount::MAX).then_some(amount)
}

/// An amount as a number with at most four decimals.
pub fn number_of(amount: Amount) -> f64 {
    amount.as_units()
}

/// What fields of one line have in common while they are checked.
struct Fields<'a> {
    errors: &'a mut FieldErrors,
    input: &'a LineInput,
    prefix: &'a str,
}

impl Fields<'_> {
    fn refuse(&mut self, name: &str, code: &'static str) {
        self.errors.add(format!("{}{name}", self.prefix), code);
    }

    fn refuse_with(&mut self, name: &str, code: &'static str, arg: &'static str, value: impl ToString) {
        self.errors.push(FieldError::new(format!("{}{name}", self.prefix), code).with(arg, value));
    }
}

/// The schedule, and the meal relation when the frequency's words say one. `None` when a field is bad, which
/// is noted in `errors`.
pub(super) fn parse_schedule(
    errors: &mut FieldErrors,
    input: &LineInput,
    amount: Option<Amount>,
    prefix: &str,
) -> Option<(Schedule, Option<MealRelation>)> {
    let mut fields = Fields { errors, input, prefix };
    let frequency = match input.frequency.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        None => None,
        Some(name) if PATTERN_NAMES.contains(&name.to_ascii_uppercase().as_str()) => None,
        Some(text) => {
            let read = parse_frequency(text);
            if read.is_none() {
                fields.refuse_with(
                    "frequency",
                    "frequency_not_understood",
                    "accepted",
                    accepted_frequencies(),
                );
                return None;
            }
            read
        }
    };
    let meal = frequency.as_ref().and_then(|frequency| frequency.meal);
    one_way_only(&mut fields)?;
    let as_needed = input.is_prn == Some(true) || frequency.as_ref().is_some_and(|said| said.as_needed);
    let schedule = if as_needed {
        needed(&mut fields, frequency, amount)
    } else if !input.steps.is_empty() {
        taper(&mut fields)
    } else if let Some(hours) = input.every_n_hours {
        if !(1..=72).contains(&hours) {
            fields.refuse_with("everyNHours", "number_out_of_range", "max", 72);
            return None;
        }
        Some(Schedule::EveryHours { hours, amount: required(&mut fields, amount)? })
    } else {
        by_clock(&mut fields, frequency, amount)
    }?;
    Some((schedule, meal))
}

/// Refuses a line that says in two ways when its doses are due.
fn one_way_only(fields: &mut Fields<'_>) -> Option<()> {
    let input = fields.input;
    let ways = [
        ("slots", input.slots.is_some()),
        ("times", !input.times.is_empty()),
        ("everyNHours", input.every_n_hours.is_some()),
        ("steps", !input.steps.is_empty()),
    ];
    let mut said = ways.iter().filter(|(_, said)| *said).map(|(name, _)| *name);
    let (_, second) = (said.next(), said.next());
    if let Some(second) = second {
        fields.refuse(second, "schedule_said_twice");
        return None;
    }
    if input.every_n_days.is_some() && !input.weekdays.is_empty() {
        fields.refuse("weekdays", "schedule_said_twice");
        return None;
    }
    Some(())
}

fn required(fields: &mut Fields<'_>, amount: Option<Amount>) -> Option<Amount> {
    if amount.is_none() && fields.input.dosage.is_none() && fields.input.dose_amount.is_none() {
        fields.refuse("doseAmount", "required");
    }
    amount
}

fn needed(fields: &mut Fields<'_>, frequency: Option<Frequency>, amount: Option<Amount>) -> Option<Schedule> {
    let input = fields.input;
    if input.max_per_24h.is_some_and(|max| !(1..=24).contains(&max)) {
        fields.refuse_with("maxPer24h", "number_out_of_range", "max", 24);
        return None;
    }
    if input.min_interval_hours.is_some_and(|hours| !(1..=72).contains(&hours)) {
        fields.refuse_with("minIntervalHours", "number_out_of_range", "max", 72);
        return None;
    }
    let amount = required(fields, amount)?;
    let said = frequency
        .map(|frequency| Frequency { as_needed: true, ..frequency })
        .and_then(|frequency| frequency.schedule(amount));
    let (max_said, min_said) = match said {
        Some(Schedule::AsNeeded { max_per_24h, min_interval_hours, .. }) => (max_per_24h, min_interval_hours),
        _ => (None, None),
    };
    Some(Schedule::AsNeeded {
        amount,
        max_per_24h: input.max_per_24h.or(max_said),
        min_interval_hours: input.min_interval_hours.or(min_said),
    })
}

fn taper(fields: &mut Fields<'_>) -> Option<Schedule> {
    let input = fields.input;
    if input.steps.len() > MAX_STEPS {
        fields.refuse_with("steps", "too_many_items", "max", MAX_STEPS);
        return None;
    }
    let mut steps = Vec::with_capacity(input.steps.len());
    for (index, step) in input.steps.iter().enumerate() {
        let amounts = slot_amounts(fields, &format!("steps[{index}].slots"), &step.slots);
        if !(1..=366).contains(&step.days) {
            fields.refuse_with(&format!("steps[{index}].days"), "number_out_of_range", "max", 366);
        } else if let Some(amounts) = amounts {
            steps.push(TaperStep { days: step.days, amounts });
        }
    }
    (steps.len() == input.steps.len()).then_some(Schedule::Taper { steps })
}

/// Slots, exact times, or what the words of the frequency say, on the days that the line says.
fn by_clock(
    fields: &mut Fields<'_>,
    frequency: Option<Frequency>,
    amount: Option<Amount>,
) -> Option<Schedule> {
    let days = days(fields, frequency.as_ref())?;
    let intakes = frequency.as_ref().and_then(Frequency::intakes_per_day);
    // "daily" says which days, not how often on each of them.
    let daily_only =
        fields.input.frequency.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case("daily"));
    let agrees = |count: usize| daily_only || intakes.is_none_or(|said| said == count);
    if let Some(slots) = fields.input.slots {
        let amounts = slot_amounts(fields, "slots", &slots)?;
        let given: Vec<Amount> =
            Slot::ALL.iter().map(|&slot| amounts.at(slot)).filter(|amount| !amount.is_zero()).collect();
        if amount.is_some_and(|dose| !given.contains(&dose)) {
            fields.refuse("slots", "slots_contradict_dose");
            return None;
        }
        if !agrees(given.len()) {
            fields.refuse("frequency", "frequency_contradicts_slots");
            return None;
        }
        return Some(Schedule::Slots { amounts, days });
    }
    if !fields.input.times.is_empty() {
        let times = times(fields)?;
        if !agrees(times.len()) {
            fields.refuse("frequency", "frequency_contradicts_slots");
            return None;
        }
        return Some(Schedule::Times { times, amount: required(fields, amount)?, days });
    }
    let Some(frequency) = frequency else {
        fields.refuse_with("frequency", "frequency_required", "accepted", accepted_frequencies());
        return None;
    };
    let amount = required(fields, amount)?;
    let schedule = Frequency { days, ..frequency }.schedule(amount);
    if schedule.is_none() {
        fields.refuse_with("frequency", "amount_invalid", "max", 100_000);
    }
    schedule
}

fn days(fields: &mut Fields<'_>, frequency: Option<&Frequency>) -> Option<DayPattern> {
    let input = fields.input;
    if let Some(days) = input.every_n_days {
        if !(1..=90).contains(&days) {
            fields.refuse_with("everyNDays", "number_out_of_range", "max", 90);
            return None;
        }
        return Some(if days == 1 { DayPattern::Daily } else { DayPattern::EveryDays(days) });
    }
    if !input.weekdays.is_empty() {
        let mut weekdays = input.weekdays.clone();
        weekdays.sort_by_key(chrono::Weekday::num_days_from_monday);
        weekdays.dedup();
        return Some(if weekdays.len() == 7 { DayPattern::Daily } else { DayPattern::Weekdays(weekdays) });
    }
    Some(frequency.map_or(DayPattern::Daily, |frequency| frequency.days.clone()))
}

fn slot_amounts(fields: &mut Fields<'_>, name: &str, slots: &SlotInput) -> Option<SlotAmounts> {
    let mut amount = |part: &str, number: Option<f64>| {
        let amount = amount_of(number.unwrap_or(0.0));
        if amount.is_none() {
            fields.refuse_with(&format!("{name}.{part}"), "amount_invalid", "max", 100_000);
        }
        amount
    };
    let (morning, noon, evening, night) = (
        amount("morning", slots.morning),
        amount("noon", slots.noon),
        amount("evening", slots.evening),
        amount("night", slots.night),
    );
    let amounts = SlotAmounts { morning: morning?, noon: noon?, evening: evening?, night: night? };
    if Slot::ALL.iter().all(|&slot| amounts.at(slot).is_zero()) {
        fields.refuse(name, "slots_empty");
        return None;
    }
    Some(amounts)
}

fn times(fields: &mut Fields<'_>) -> Option<Vec<NaiveTime>> {
    let input = fields.input;
    if input.times.len() > MAX_TIMES {
        fields.refuse_with("times", "too_many_items", "max", MAX_TIMES);
        return None;
    }
    let mut times = Vec::with_capacity(input.times.len());
    for (index, text) in input.times.iter().enumerate() {
        let text = text.trim();
        match NaiveTime::parse_from_str(text, "%H:%M")
            .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"))
        {
            Ok(time) => times.push(time),
            Err(_) => fields.refuse(&format!("times[{index}]"), "time_invalid"),
        }
    }
    let complete = times.len() == input.times.len();
    times.sort_unstable();
    times.dedup();
    complete.then_some(times)
}
