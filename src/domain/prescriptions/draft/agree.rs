//! Whether what the words of a frequency say agrees with what fields beside them say.

use chrono::NaiveTime;

use crate::domain::prescriptions::grammar::{Frequency, Timing};
use crate::domain::prescriptions::model::{DayPattern, Slot, SlotAmounts};

/// Whether the words say on which days: "daily", "every 3 days", weekdays, or what has no days.
pub(super) fn says_days(said: &Frequency) -> bool {
    said.as_needed
        || said.days != DayPattern::Daily
        || matches!(said.timing, Timing::Unsaid | Timing::EveryHours(_) | Timing::Now | Timing::Taper(..))
}

/// Whether the words allow this pattern of days. Words that name no days leave them open; "daily" is one.
pub(super) fn with_days(said: &Frequency, days: &DayPattern) -> bool {
    if let (Some(times), DayPattern::Weekdays(weekdays)) = (said.times_per_week, days) {
        return u32::try_from(weekdays.len()) == Ok(times);
    }
    match (&said.days, &said.timing) {
        (DayPattern::Daily, Timing::Unsaid) if !said.as_needed => *days == DayPattern::Daily,
        // A single dose, an interval in hours and steps have no other days.
        (_, Timing::EveryHours(_) | Timing::Now | Timing::Taper(..)) => false,
        (DayPattern::Daily, _) => true,
        (said, _) => said == days,
    }
}

/// Whether the words allow these slots: "daily" says nothing of them, a count is of as many, slots that are named are
/// the same ones.
pub(super) fn with_slots(said: &Frequency, amounts: &SlotAmounts) -> bool {
    let given: Vec<Slot> = Slot::ALL.into_iter().filter(|&slot| !amounts.at(slot).is_zero()).collect();
    match &said.timing {
        Timing::Unsaid => !said.as_needed,
        Timing::Slots(slots) if said.slots_are_named => *slots == given,
        Timing::Slots(slots) => slots.len() == given.len(),
        Timing::Grid { amounts: cells, .. } => {
            cells == amounts
                || Slot::ALL.iter().all(|&slot| cells.at(slot).is_zero() == amounts.at(slot).is_zero())
        }
        Timing::Times(_) | Timing::EveryHours(_) | Timing::Now | Timing::Taper(..) => false,
    }
}

/// Whether the words allow these times of day.
pub(super) fn with_times(said: &Frequency, times: &[NaiveTime]) -> bool {
    match &said.timing {
        Timing::Unsaid => !said.as_needed,
        Timing::Times(words) => words == times,
        Timing::Slots(slots) => !said.slots_are_named && slots.len() == times.len(),
        Timing::Grid { .. } | Timing::EveryHours(_) | Timing::Now | Timing::Taper(..) => false,
    }
}
