//! A line that exists with a client's changes on top.

use super::line::LineInput;
use super::schedule::{SlotInput, StepInput, number_of};
use crate::domain::prescriptions::grammar::{Timing, parse_frequency};
use crate::domain::prescriptions::model::{DayPattern, Length, Line, Schedule};

impl LineInput {
    /// The line as a client would have written it.
    pub fn of(line: &Line) -> Self {
        let mut input = Self {
            id: Some(line.id),
            medicine_id: line.medicine_id,
            medicine_name: Some(line.medicine_name.clone()),
            dose_unit: Some(line.unit.clone()),
            meal_relation: Some(line.meal_relation),
            start: Some(line.start),
            duration_days: match line.length {
                Length::Days(days) => Some(days),
                Length::Ongoing | Length::Quantity | Length::Until(_) => None,
            },
            end: match line.length {
                Length::Until(end) => Some(end),
                Length::Ongoing | Length::Quantity | Length::Days(_) => None,
            },
            quantity: line.quantity.map(number_of),
            instructions: line.instructions.clone(),
            instructions_khmer: line.instructions_khmer.clone(),
            ..Self::default()
        };
        match &line.schedule {
            Schedule::Slots { amounts, days } => {
                input.slots = Some(SlotInput::of(amounts));
                input.set_days(days);
            }
            Schedule::Times { times, amount, days } => {
                input.times = times.iter().map(|time| time.format("%H:%M").to_string()).collect();
                input.dose_amount = Some(number_of(*amount));
                input.set_days(days);
            }
            Schedule::EveryHours { hours, amount } => {
                input.every_n_hours = Some(*hours);
                input.dose_amount = Some(number_of(*amount));
            }
            Schedule::AsNeeded { amount, max_per_24h, min_interval_hours } => {
                input.is_prn = Some(true);
                input.dose_amount = Some(number_of(*amount));
                input.max_per_24h = *max_per_24h;
                input.min_interval_hours = *min_interval_hours;
            }
            Schedule::Once { amount } => {
                input.frequency = Some("STAT".to_owned());
                input.dose_amount = Some(number_of(*amount));
            }
            Schedule::Taper { steps } => {
                input.steps = steps
                    .iter()
                    .map(|step| StepInput { days: step.days, slots: SlotInput::of(&step.amounts) })
                    .collect();
            }
        }
        input
    }

    fn set_days(&mut self, days: &DayPattern) {
        match days {
            DayPattern::Daily => {}
            DayPattern::EveryDays(days) => self.every_n_days = Some(*days),
            DayPattern::Weekdays(days) => self.weekdays.clone_from(days),
        }
    }

    /// Whether it says when to take the medicine.
    fn says_when(&self) -> bool {
        self.slots.is_some()
            || !self.times.is_empty()
            || self.every_n_hours.is_some()
            || !self.steps.is_empty()
            || self.frequency.is_some()
            || self.is_prn.is_some()
    }

    /// Whether its schedule tells how long it lasts: a taper or a single dose.
    fn has_own_length(&self) -> bool {
        let once = |text: &String| parse_frequency(text).is_some_and(|said| said.timing == Timing::Now);
        !self.steps.is_empty() || self.frequency.as_ref().is_some_and(once)
    }

    /// This line with what `patch` says in place of its own. A schedule or a dose is replaced as a whole.
    #[must_use]
    pub fn patched(mut self, patch: Self) -> Self {
        let new_dose = patch.dosage.is_some() || patch.dose_amount.is_some();
        if patch.says_when() {
            if self.has_own_length() || patch.has_own_length() {
                // Its days were, or are now, told by the schedule itself.
                (self.start, self.end, self.duration_days) = (None, None, None);
            }
            let dose = (self.dosage.take(), self.dose_amount.take().or_else(|| self.even_amount()));
            (self.dosage, self.dose_amount) = dose;
            (self.slots, self.times, self.every_n_hours) = (patch.slots, patch.times, patch.every_n_hours);
            (self.steps, self.frequency, self.is_prn) = (patch.steps, patch.frequency, patch.is_prn);
            (self.every_n_days, self.weekdays) = (patch.every_n_days, patch.weekdays);
            (self.max_per_24h, self.min_interval_hours) = (patch.max_per_24h, patch.min_interval_hours);
            if self.slots.is_some() && !new_dose {
                self.dose_amount = None;
            }
        } else {
            if new_dose && self.even_amount().is_some() {
                // The same times of day with the new dose.
                self.frequency = self.slots.take().map(|slots| slots.grid());
            }
            self.every_n_days = patch.every_n_days.or(self.every_n_days);
            self.weekdays = if patch.weekdays.is_empty() { self.weekdays } else { patch.weekdays };
            self.max_per_24h = patch.max_per_24h.or(self.max_per_24h);
            self.min_interval_hours = patch.min_interval_hours.or(self.min_interval_hours);
        }
        if new_dose {
            (self.dosage, self.dose_amount) = (patch.dosage, patch.dose_amount);
        }
        if patch.medicine_id.is_some() || patch.medicine_name.is_some() {
            (self.medicine_id, self.medicine_name) = (patch.medicine_id, patch.medicine_name);
        }
        if patch.duration_days.is_some() || patch.end.is_some() {
            (self.duration_days, self.end) = (patch.duration_days, patch.end);
        }
        self.dose_unit = patch.dose_unit.or(self.dose_unit);
        self.meal_relation = patch.meal_relation.or(self.meal_relation);
        self.start = patch.start.or(self.start);
        self.quantity = patch.quantity.or(self.quantity);
        self.instructions = patch.instructions.or(self.instructions);
        self.instructions_khmer = patch.instructions_khmer.or(self.instructions_khmer);
        self
    }

    /// The one amount that all its slots share.
    fn even_amount(&self) -> Option<f64> {
        let slots = self.slots?;
        let mut given = [slots.morning, slots.noon, slots.evening, slots.night]
            .into_iter()
            .flatten()
            .filter(|amount| *amount > 0.0);
        let first = given.next()?;
        given.all(|amount| amount == first).then_some(first)
    }
}
