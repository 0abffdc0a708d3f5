//! For how long a line is meant.

use super::{Amount, DayPattern, Length, Line, Schedule, Slot};

impl Line {
    /// For how many days it was written, whatever of them is over; nothing when there is no end. Of what lasts as long as
    /// its quantity, the days for which that is enough as written.
    pub fn nominal_days(&self) -> Option<u32> {
        match (&self.schedule, self.length) {
            (Schedule::Once { .. }, _) => Some(1),
            (Schedule::Taper { steps }, _) => {
                Some(steps.iter().fold(0, |days, step| step.days.saturating_add(days)))
            }
            (_, Length::Ongoing) => None,
            (_, Length::Days(days)) => Some(days),
            (_, Length::Until(last)) => {
                let days = last.signed_duration_since(self.start).num_days().saturating_add(1);
                Some(u32::try_from(days).unwrap_or_default())
            }
            (_, Length::Quantity) => self.days_of_quantity(),
        }
    }

    fn days_of_quantity(&self) -> Option<u32> {
        let every = |days: &DayPattern| days.shortest_gap().max(1);
        let (amount, times, gap) = match &self.schedule {
            Schedule::Slots { amounts, days } => {
                let of_day = Slot::ALL.iter().fold(Amount::ZERO, |sum, slot| sum.plus(amounts.at(*slot)));
                (of_day, 1, every(days))
            }
            Schedule::Times { times, amount, days } => {
                (*amount, u32::try_from(times.len()).unwrap_or(u32::MAX), every(days))
            }
            Schedule::EveryHours { hours, amount } => {
                let hours = (*hours).max(1);
                (*amount, 24_u32.div_ceil(hours), (hours / 24).max(1))
            }
            Schedule::AsNeeded { amount, max_per_24h, .. } => (*amount, max_per_24h.unwrap_or(1), 1),
            Schedule::Once { amount } => (*amount, 1, 1),
            Schedule::Taper { .. } => return None,
        };
        let pieces = self.counted(amount).unwrap_or(amount).as_ten_thousandths().saturating_mul(times);
        let days = self.quantity?.as_ten_thousandths().div_ceil(pieces.max(1));
        Some(days.saturating_mul(gap))
    }
}
