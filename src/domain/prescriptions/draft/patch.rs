//! A line that exists with a client's changes on top.

use super::line::{Inherited, LineInput};
use super::medicine::MedicineChoice;
use super::schedule::{SlotInput, StepInput, number_of};
use crate::domain::prescriptions::grammar::{Timing, parse_frequency};
use crate::domain::prescriptions::model::{DayPattern, Length, Line, Schedule};
use crate::domain::prescriptions::product::Product;

impl LineInput {
    /// The line as a client would have written it.
    pub fn of(line: &Line) -> Self {
        let named = line.medicine_id.is_none().then(|| line.medicine_name.clone());
        let mut input = Self {
            id: Some(line.id),
            medicine_id: line.medicine_id,
            medicine_name: named,
            dose_unit: Some(line.unit.clone()),
            meal_relation: Some(line.meal_relation),
            start: Some(line.start),
            first_at: line.first_at,
            quantity: line.quantity.map(number_of),
            instructions: line.instructions.clone(),
            instructions_khmer: line.instructions_khmer.clone(),
            inherited: Inherited { start: !line.start_is_named, first_at: true, ..Inherited::default() },
            ..Self::default()
        };
        input.set_length(line);
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

    fn set_length(&mut self, line: &Line) {
        let by_itself = matches!(line.schedule, Schedule::Once { .. } | Schedule::Taper { .. });
        (self.duration_days, self.end, self.ongoing) = match line.length {
            _ if by_itself => (None, None, false),
            Length::Days(days) => (Some(days), None, false),
            Length::Until(end) => (None, Some(end), false),
            Length::Quantity => (None, None, false),
            Length::Ongoing => (None, None, true),
        };
    }

    fn set_days(&mut self, days: &DayPattern) {
        match days {
            DayPattern::Daily => {}
            DayPattern::EveryDays(days) => self.every_n_days = Some(*days),
            DayPattern::Weekdays(days) => self.weekdays.clone_from(days),
        }
    }

    /// This line, in which what was read of `line` and sent back as it was says nothing new: the last day that the
    /// answer shows follows from the length, it does not set one, and instructions hold what words said before.
    #[must_use]
    pub fn reread(mut self, line: &Line) -> Self {
        self.inherited.instructions =
            self.instructions == line.instructions && self.instructions_khmer == line.instructions_khmer;
        let days = match line.length {
            Length::Days(days) => Some(days),
            _ => None,
        };
        let same = self.start.is_none_or(|start| start == line.start)
            && self.duration_days == days
            && self.end == line.end
            && self.quantity == line.quantity.map(number_of)
            && !self.ongoing;
        if same {
            self.set_length(line);
            self.inherited.start = !line.start_is_named;
        }
        self.inherited.ends = matches!(line.schedule, Schedule::Once { .. } | Schedule::Taper { .. });
        self
    }

    /// Whether its schedule tells how long it lasts: a taper or a single dose.
    fn has_own_length(&self) -> bool {
        let once = |text: &String| {
            parse_frequency(text, &Product::named()).is_ok_and(|said| said.timing == Timing::Now)
        };
        !self.steps.is_empty() || self.frequency.as_ref().is_some_and(once)
    }

    /// This line with what `patch` says in place of its own. A schedule or a dose is replaced as a whole.
    #[must_use]
    pub fn patched(mut self, patch: Self) -> Self {
        let new_dose = patch.dosage.is_some() || patch.dose_amount.is_some();
        self.patch_schedule(&patch, new_dose);
        self.patch_length(&patch);
        if new_dose {
            (self.dosage, self.dose_amount, self.inherited.dose) = (patch.dosage, patch.dose_amount, false);
        }
        // Words say their unit themselves.
        let own_unit = self.dose_unit.filter(|_| self.dosage.is_none());
        self.dose_unit = patch.dose_unit.or(own_unit);
        if patch.medicine_id.is_some() || patch.medicine_name.is_some() {
            let says_amounts = new_dose || patch.slots.is_some() || !patch.steps.is_empty();
            self.dosed_for = self.choice().filter(|_| !says_amounts);
            (self.medicine_id, self.medicine_name) = (patch.medicine_id, patch.medicine_name);
        }
        self.meal_relation = patch.meal_relation.or(self.meal_relation);
        let inherited = |said: &Option<String>, before: &Option<String>| said.is_none() || said == before;
        self.inherited.instructions = inherited(&patch.instructions, &self.instructions)
            && inherited(&patch.instructions_khmer, &self.instructions_khmer);
        self.instructions = patch.instructions.or(self.instructions);
        self.instructions_khmer = patch.instructions_khmer.or(self.instructions_khmer);
        self.overrides = patch.overrides;
        self
    }

    /// The medicine that it names.
    fn choice(&self) -> Option<MedicineChoice> {
        let named = || self.medicine_name.clone().map(MedicineChoice::Named);
        self.medicine_id.map(MedicineChoice::Catalogue).or_else(named)
    }

    fn patch_schedule(&mut self, patch: &Self, new_dose: bool) {
        if patch.says_when() {
            if self.has_own_length() || patch.has_own_length() {
                // Its days were, or are now, told by the schedule itself.
                self.inherited.ends = self.has_own_length();
                (self.start, self.end, self.duration_days, self.ongoing) = (None, None, None, false);
            }
            self.dose_amount = self.dose_amount.take().or_else(|| self.even_amount());
            self.inherited.dose = true;
            self.slots = patch.slots;
            self.times.clone_from(&patch.times);
            self.every_n_hours = patch.every_n_hours;
            self.steps.clone_from(&patch.steps);
            self.frequency.clone_from(&patch.frequency);
            self.is_prn = patch.is_prn;
            self.patch_days(patch);
            (self.max_per_24h, self.min_interval_hours) = (patch.max_per_24h, patch.min_interval_hours);
            (self.first_at, self.inherited.first_at) = (patch.first_at, false);
            if (self.slots.is_some() || !self.steps.is_empty()) && !new_dose {
                self.dose_amount = None;
            }
            if patch.frequency.is_some() && patch.meal_relation.is_none() {
                // Words may name a meal, and name none when there is none any more.
                self.inherited.meal = true;
            }
            return;
        }
        self.inherited.slots_of_dose = new_dose && self.even_amount().is_some();
        self.patch_days(patch);
        self.max_per_24h = patch.max_per_24h.or(self.max_per_24h);
        self.min_interval_hours = patch.min_interval_hours.or(self.min_interval_hours);
        self.inherited.first_at &= patch.first_at.is_none();
        self.first_at = patch.first_at.or(self.first_at);
    }

    /// The days of a new time or dose: those that the change names, else those from before. What runs by itself has
    /// none; words have to say their days again, which is checked when they are read.
    fn patch_days(&mut self, patch: &Self) {
        if patch.every_n_days.is_some() || !patch.weekdays.is_empty() {
            self.every_n_days = patch.every_n_days;
            self.weekdays.clone_from(&patch.weekdays);
        } else if patch.every_n_hours.is_some() || !patch.steps.is_empty() || patch.is_prn == Some(true) {
            (self.every_n_days, self.weekdays) = (None, Vec::new());
        } else {
            self.inherited.days = self.every_n_days.is_some() || !self.weekdays.is_empty();
        }
    }

    fn patch_length(&mut self, patch: &Self) {
        if patch.duration_days.is_some() || patch.end.is_some() || patch.ongoing || patch.by_quantity {
            (self.duration_days, self.end) = (patch.duration_days, patch.end);
            self.ongoing = patch.ongoing;
        } else {
            self.inherited.duration = true;
        }
        if patch.start.is_some() {
            (self.start, self.inherited.start) = (patch.start, false);
        }
        self.inherited.quantity = patch.quantity.is_none();
        self.quantity = patch.quantity.or(self.quantity);
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
