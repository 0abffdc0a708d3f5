//! The schedule of a line, from the full grid or from words. What two fields say must agree.

use chrono::{NaiveDate, NaiveTime};

use super::agree;
use super::line::{Check, LineInput};
use super::medicine::ChosenMedicine;
use super::needed;
use super::words::{Pattern, Words, refuse_without_dose, scheduled};
use crate::domain::prescriptions::grammar::{Dosage, Frequency, Timing, accepted_frequencies};
use crate::domain::prescriptions::model::{Amount, DayPattern, Schedule, Slot, SlotAmounts, TaperStep};
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;

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

    /// The same slots with another amount in each.
    pub(super) fn each(self, amount: f64) -> Self {
        let set = |old: Option<f64>| old.filter(|old| *old > 0.0).map(|_| amount);
        Self {
            morning: set(self.morning),
            noon: set(self.noon),
            evening: set(self.evening),
            night: set(self.night),
        }
    }
}

/// One step of a taper as a client writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct StepInput {
    pub days: u32,
    pub slots: SlotInput,
}

/// Most times of day on one line.
const MAX_TIMES: usize = 24;
/// Most steps of a taper.
const MAX_STEPS: usize = 24;
/// Most days from one dose to the next.
const MAX_INTERVAL_DAYS: u32 = 366;
/// Most hours from one dose to the next of an interval in hours.
const MAX_INTERVAL_HOURS: u32 = 72;

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

/// Reads the schedule with the unit of its amounts.
pub(super) fn parse_schedule(
    check: &mut Check<'_>,
    words: &Words,
    medicine: &ChosenMedicine,
    today: NaiveDate,
) -> Option<(Schedule, DoseUnit)> {
    one_way_only(check)?;
    announced(check, words)?;
    let input = check.input;
    let as_needed = input.is_prn == Some(true) || words.frequency.as_ref().is_some_and(|said| said.as_needed);
    if input.is_prn == Some(false) && as_needed {
        check.contradiction("isPRN", "frequency");
        return None;
    }
    if as_needed {
        return needed::parse(check, words, medicine);
    }
    for (name, said) in
        [("maxPer24h", input.max_per_24h.is_some()), ("minIntervalHours", input.min_interval_hours.is_some())]
    {
        if said {
            check.refuse(name, "limit_without_prn");
            return None;
        }
    }
    let product = &medicine.product;
    let read = if !input.steps.is_empty() {
        steps(check, words, product)
    } else if let Some(hours) = input.every_n_hours {
        every_hours(check, words, hours)
    } else {
        by_clock(check, words, product)
    }?;
    let interval = matches!(read.0, Schedule::EveryHours { .. });
    if input.first_at.is_some() && !interval {
        check.refuse("firstAt", "first_at_without_interval");
        return None;
    }
    first_at_in_range(check, today)?;
    Some(read)
}

/// The first dose of an interval lies on the first day, when one is named, and within a year. Days are compared in
/// UTC, so one more on either side is another clinic's same day.
fn first_at_in_range(check: &mut Check<'_>, today: NaiveDate) -> Option<()> {
    let input = check.input;
    let Some(first_at) = input.first_at.filter(|_| !input.inherited.first_at) else { return Some(()) };
    let day = first_at.day_in(chrono_tz::Tz::UTC);
    let ahead = (day - today).num_days();
    if !(-1..=i64::from(MAX_INTERVAL_DAYS)).contains(&ahead) {
        check.refuse_with("firstAt", "first_at_out_of_range", "days", MAX_INTERVAL_DAYS);
        return None;
    }
    let start = input.start.filter(|_| !input.inherited.start);
    if start.is_some_and(|start| (day - start).num_days().abs() > 1) {
        check.contradiction("firstAt", "startDate");
        return None;
    }
    Some(())
}

/// Refuses a line that says in two ways when its doses are due.
fn one_way_only(check: &mut Check<'_>) -> Option<()> {
    let input = check.input;
    let ways = [
        ("slots", input.slots.is_some()),
        ("times", !input.times.is_empty()),
        ("everyNHours", input.every_n_hours.is_some()),
        ("steps", !input.steps.is_empty()),
    ];
    let mut said = ways.iter().filter(|(_, said)| *said).map(|(name, _)| *name);
    let days = [("everyNDays", input.every_n_days.is_some()), ("weekdays", !input.weekdays.is_empty())];
    let mut days = days.iter().filter(|(_, said)| *said).map(|(name, _)| *name);
    let (first, second) = (said.next(), said.next());
    let (day, other_day) = (days.next(), days.next());
    let runs_by_itself = first.filter(|first| ["everyNHours", "steps"].contains(first));
    let clash = match (first, second, day, other_day) {
        (Some(first), Some(second), ..) => Some((second, first)),
        (_, _, Some(day), Some(other)) => Some((other, day)),
        (_, _, Some(day), None) => runs_by_itself.map(|first| (day, first)),
        _ => None,
    };
    let Some((name, other)) = clash else { return Some(()) };
    let other = check.field(other);
    check.refuse_with(name, "schedule_said_twice", "other", other);
    None
}

/// The name of a pattern must be followed by the field that it announces.
fn announced(check: &mut Check<'_>, words: &Words) -> Option<()> {
    let input = check.input;
    let any = input.slots.is_some()
        || !input.times.is_empty()
        || input.every_n_hours.is_some()
        || !input.steps.is_empty();
    let (field, given) = match words.pattern {
        None => return Some(()),
        Some(Pattern::EveryNDays) => ("everyNDays", input.every_n_days.is_some()),
        Some(Pattern::Weekdays) => ("weekdays", !input.weekdays.is_empty()),
        Some(Pattern::EveryNHours) => ("everyNHours", input.every_n_hours.is_some()),
        Some(Pattern::Steps) => ("steps", !input.steps.is_empty()),
        Some(Pattern::Slots) => ("slots", input.slots.is_some()),
        Some(Pattern::Times) => ("times", !input.times.is_empty()),
        Some(Pattern::Any) => ("slots", any),
    };
    if !given {
        check.refuse(field, "required");
    }
    given.then_some(())
}

/// The amount of each intake, which the dose or the words of the frequency say.
pub(super) fn required(check: &mut Check<'_>, words: &Words) -> Option<Dosage> {
    let dose = words.dose.clone();
    if dose.is_none() {
        refuse_without_dose(check, words);
    }
    dose
}

fn every_hours(check: &mut Check<'_>, words: &Words, hours: u32) -> Option<(Schedule, DoseUnit)> {
    if !(1..=MAX_INTERVAL_HOURS).contains(&hours) {
        check.refuse_with("everyNHours", "number_out_of_range", "max", MAX_INTERVAL_HOURS);
        return None;
    }
    if words.frequency.as_ref().is_some_and(|said| said.timing != Timing::EveryHours(hours)) {
        check.contradiction("everyNHours", "frequency");
        return None;
    }
    let dose = required(check, words)?;
    Some((Schedule::EveryHours { hours, amount: dose.amount }, dose.unit))
}

fn steps(check: &mut Check<'_>, words: &Words, product: &Product) -> Option<(Schedule, DoseUnit)> {
    let input = check.input;
    if words.frequency.is_some() {
        check.contradiction("steps", "frequency");
        return None;
    }
    if input.steps.len() > MAX_STEPS {
        check.refuse_with("steps", "too_many_items", "max", MAX_STEPS);
        return None;
    }
    let unit = unit_of_slots(check, words)?;
    let mut steps = Vec::with_capacity(input.steps.len());
    for (index, step) in input.steps.iter().enumerate() {
        let amounts = slot_amounts(check, &format!("steps[{index}].slots"), &step.slots, unit, product);
        if !(1..=366).contains(&step.days) {
            check.refuse_with(&format!("steps[{index}].days"), "number_out_of_range", "max", 366);
        } else if let Some(amounts) = amounts {
            steps.push(TaperStep { days: step.days, amounts });
        }
    }
    // The dosage may say what is counted, or repeat what is taken first.
    let repeats = |amount: Amount| {
        steps.first().is_some_and(|step: &TaperStep| {
            let mut taken =
                Slot::ALL.into_iter().map(|slot| step.amounts.at(slot)).filter(|at| !at.is_zero());
            taken.all(|at| at == amount)
        })
    };
    if let Some(dose) = &words.dose
        && !(dose.amount == Amount::whole(1) && dose.unit.is_counted())
        && !repeats(dose.amount)
    {
        check.refuse("doseAmount", "slots_contradict_dose");
        return None;
    }
    (steps.len() == input.steps.len()).then_some((Schedule::Taper { steps }, unit))
}

fn unit_of_slots(check: &mut Check<'_>, words: &Words) -> Option<DoseUnit> {
    if words.unit.is_none() {
        check.refuse("doseUnit", "required");
    }
    words.unit
}

/// Slots, exact times, or what the words of the frequency say, on the days that the line says.
fn by_clock(check: &mut Check<'_>, words: &Words, product: &Product) -> Option<(Schedule, DoseUnit)> {
    let days = days(check, words.frequency.as_ref())?;
    if let Some(slots) = check.input.slots {
        return by_slots(check, words, product, slots, days);
    }
    if !check.input.times.is_empty() {
        return by_times(check, words, days);
    }
    let Some(frequency) = &words.frequency else {
        check.refuse_with("frequency", "frequency_required", "accepted", accepted_frequencies());
        if words.dose.is_none() {
            refuse_without_dose(check, words);
        }
        return None;
    };
    scheduled(check, words, Frequency { days, ..frequency.clone() }, product)
}

fn by_slots(
    check: &mut Check<'_>,
    words: &Words,
    product: &Product,
    slots: SlotInput,
    days: DayPattern,
) -> Option<(Schedule, DoseUnit)> {
    let unit = unit_of_slots(check, words)?;
    let slots = match &words.dose {
        Some(dose) if check.input.inherited.slots_of_dose => slots.each(number_of(dose.amount)),
        _ => slots,
    };
    let amounts = slot_amounts(check, "slots", &slots, unit, product)?;
    let given: Vec<Amount> =
        Slot::ALL.iter().map(|&slot| amounts.at(slot)).filter(|amount| !amount.is_zero()).collect();
    // One piece beside a grid says what is counted, not how much.
    let one_piece = |dose: &Dosage| dose.amount == Amount::whole(1) && dose.unit.is_counted();
    if let Some(dose) = &words.dose
        && !one_piece(dose)
        && given.iter().any(|amount| *amount != dose.amount)
    {
        check.refuse("slots", "slots_contradict_dose");
        return None;
    }
    if words.frequency.as_ref().is_some_and(|said| !agree::with_slots(said, &amounts)) {
        check.contradiction("frequency", "slots");
        return None;
    }
    Some((Schedule::Slots { amounts, days }, unit))
}

fn by_times(check: &mut Check<'_>, words: &Words, days: DayPattern) -> Option<(Schedule, DoseUnit)> {
    let times = times(check)?;
    if words.frequency.as_ref().is_some_and(|said| !agree::with_times(said, &times)) {
        check.contradiction("frequency", "times");
        return None;
    }
    let dose = required(check, words)?;
    Some((Schedule::Times { times, amount: dose.amount, days }, dose.unit))
}

/// The days, which field and words must say alike.
fn days(check: &mut Check<'_>, frequency: Option<&Frequency>) -> Option<DayPattern> {
    let input = check.input;
    if let Some(said) = frequency.filter(|_| input.inherited.days) {
        // A weekly medicine must not become a daily one because its new words name no days.
        if agree::says_days(said) {
            return Some(said.days.clone());
        }
        check.refuse("frequency", "frequency_without_days");
        return None;
    }
    let (name, days) = if let Some(days) = input.every_n_days {
        if !(1..=MAX_INTERVAL_DAYS).contains(&days) {
            check.refuse_with("everyNDays", "number_out_of_range", "max", MAX_INTERVAL_DAYS);
            return None;
        }
        ("everyNDays", if days == 1 { DayPattern::Daily } else { DayPattern::EveryDays(days) })
    } else if !input.weekdays.is_empty() {
        let mut weekdays = input.weekdays.clone();
        weekdays.sort_by_key(chrono::Weekday::num_days_from_monday);
        weekdays.dedup();
        ("weekdays", if weekdays.len() == 7 { DayPattern::Daily } else { DayPattern::Weekdays(weekdays) })
    } else {
        return Some(frequency.map_or(DayPattern::Daily, |said| said.days.clone()));
    };
    if frequency.is_some_and(|said| !agree::with_days(said, &days)) {
        check.contradiction(name, "frequency");
        return None;
    }
    Some(days)
}

fn slot_amounts(
    check: &mut Check<'_>,
    name: &str,
    slots: &SlotInput,
    unit: DoseUnit,
    product: &Product,
) -> Option<SlotAmounts> {
    let mut amount = |part: &str, number: Option<f64>| {
        let amount = amount_of(number.unwrap_or(0.0));
        let field = format!("{name}.{part}");
        match amount {
            None => check.refuse_with(&field, "amount_invalid", "max", 100_000),
            Some(amount) if !amount.is_zero() => {
                if let Err(refusal) = product.fits(amount, unit) {
                    check.misfit(&field, refusal, (amount, unit), product);
                    return None;
                }
            }
            Some(_) => {}
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
        check.refuse(name, "slots_empty");
        return None;
    }
    Some(amounts)
}

fn times(check: &mut Check<'_>) -> Option<Vec<NaiveTime>> {
    let input = check.input;
    if input.times.len() > MAX_TIMES {
        check.refuse_with("times", "too_many_items", "max", MAX_TIMES);
        return None;
    }
    let mut times = Vec::with_capacity(input.times.len());
    for (index, text) in input.times.iter().enumerate() {
        let text = text.trim();
        match NaiveTime::parse_from_str(text, "%H:%M")
            .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"))
        {
            Ok(time) if times.contains(&time) => check.refuse(&format!("times[{index}]"), "time_repeated"),
            Ok(time) => times.push(time),
            Err(_) => check.refuse(&format!("times[{index}]"), "time_invalid"),
        }
    }
    let complete = times.len() == input.times.len();
    times.sort_unstable();
    complete.then_some(times)
}

impl LineInput {
    /// Whether any field of the short form is given.
    pub(super) fn says_anything(&self) -> bool {
        self.medicine_id.is_some()
            || self.medicine_name.is_some()
            || self.dosage.is_some()
            || self.says_when()
            || self.duration_days.is_some()
            || self.start.is_some()
            || self.quantity.is_some()
            || self.max_per_24h.is_some()
            || self.min_interval_hours.is_some()
            || self.first_at.is_some()
    }

    /// Whether it says when to take the medicine.
    pub(super) fn says_when(&self) -> bool {
        self.slots.is_some()
            || !self.times.is_empty()
            || self.every_n_hours.is_some()
            || !self.steps.is_empty()
            || self.frequency.is_some()
            || self.is_prn.is_some()
    }
}
