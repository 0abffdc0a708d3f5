//! What is said of all times of day of a line, and what of some of them only.

use super::directions::Direction;
use super::frequency::Timing;
use super::reading::Reading;
use super::sequence::{Entry, Link};
use super::tokens::Kind;
use crate::domain::prescriptions::model::Slot;

/// Whether something was said once in front of each time of day, or once behind each. A place is how many times had been
/// said before it.
pub(super) fn at_each(places: &[usize], times: usize) -> bool {
    let (front, behind): (Vec<usize>, Vec<usize>) = ((0..times).collect(), (1..=times).collect());
    let mut distinct = places.to_vec();
    distinct.dedup();
    distinct == front || distinct == behind
}

impl Reading {
    /// Lengths, days and "as needed" hold for all times of day: they stand before or behind them, and where each time has
    /// its own amount, days stand before. `Monday morning and Thursday evening` are two lines.
    pub(super) fn holds_for_all(&self, timing: &Timing) -> Result<(), &'static str> {
        let times = self.sequence.times();
        let own_amounts = matches!(timing, Timing::Grid { .. }) && times > 1;
        // "In the left eye" is said once, or at each time.
        let holds = |direction: Direction| {
            let said = self.directions.iter().filter(|(said, _)| *said == direction);
            let places: Vec<usize> = said.map(|(_, place)| *place).collect();
            at_each(&places, times) || places.iter().all(|&place| place == 0 || place == times)
        };
        let waking = |direction: Direction| direction == Direction::OnWaking;
        if !self.directions.iter().all(|(direction, _)| waking(*direction) || holds(*direction)) {
            return Err("words_for_some_times");
        }
        // "1 cp après repas matin et 1 cp soir": of the first amount alone, unless each has it.
        let said_each = at_each(&self.meal_places, times)
            || self.directions.iter().filter(|(_, place)| *place < times).count() >= times;
        if self.of_first && self.sequence.has_own_amounts() && !said_each {
            return Err("words_for_some_times");
        }
        if self.places.iter().any(|&place| place > 0 && place < times)
            || (own_amounts && self.day_behind)
            || (self.slot_every && times > 1)
        {
            return Err("words_for_some_times");
        }
        let named = times > 0 || self.sequence.grid.is_some();
        let several = match timing {
            Timing::Slots(slots) => slots.len() > 1,
            Timing::Times(times) => times.len() > 1,
            Timing::Grid { amounts, .. } => {
                times > 1 || Slot::ALL.into_iter().filter(|&slot| !amounts.at(slot).is_zero()).count() > 1
            }
            _ => false,
        };
        if self.as_needed && several && named { Err("words_prn_times") } else { Ok(()) }
    }

    /// A number of nights or evenings is a length of what is given then, and says when where nothing else does.
    pub(super) fn settle_nights(&mut self) -> Result<(), &'static str> {
        let Some((slot, statement)) = self.nights.take() else { return Ok(()) };
        if self.sequence.times() == 0 && self.sequence.grid.is_none() && self.hours.is_none() {
            self.sequence.push(Entry::Slot(slot, Kind::Time), Link::None, &statement);
            return Ok(());
        }
        if self.sequence.is_late() { Ok(()) } else { Err("words_contradict") }
    }
}
