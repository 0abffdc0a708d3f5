//! A medicine that is taken as needed: its limits, without which it is not prescribed.

use super::line::Check;
use super::medicine::ChosenMedicine;
use super::schedule::required;
use super::words::{Words, scheduled};
use crate::domain::prescriptions::grammar::Frequency;
use crate::domain::prescriptions::model::{Amount, Schedule};
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::units::DoseUnit;
use crate::platform::i18n::Language;

/// Most intakes in 24 hours that can be written.
const MAX_INTAKES: u32 = 24;
/// Longest least interval that can be written: 366 days, as of patterns of days.
const MAX_HOURS: u32 = 366 * 24;

pub(super) fn parse(
    check: &mut Check<'_>,
    words: &Words,
    medicine: &ChosenMedicine,
) -> Option<(Schedule, DoseUnit)> {
    only_limits(check)?;
    in_range(check)?;
    let (amount, unit, max_said, min_said) = said(check, words, medicine)?;
    let input = check.input;
    let days = input.every_n_days.filter(|_| !input.inherited.days);
    let by_hours = input.every_n_hours.or(days.map(|days| days.saturating_mul(24)));
    let name = if input.every_n_hours.is_some() { "everyNHours" } else { "everyNDays" };
    let min_field = check.agreed(("minIntervalHours", input.min_interval_hours), (name, by_hours));
    let max = check.agreed(("maxPer24h", input.max_per_24h), ("frequency", max_said));
    let min = check.agreed(("minIntervalHours", min_field), ("frequency", min_said));
    let (max, min) = match (max, min) {
        (None, None) => (Some(sourced_limit(check, amount, unit, medicine)?), None),
        limits => limits,
    };
    Some((Schedule::AsNeeded { amount, max_per_24h: max, min_interval_hours: min }, unit))
}

/// A medicine as needed has no times of its own.
fn only_limits(check: &mut Check<'_>) -> Option<()> {
    let input = check.input;
    let others = [
        ("slots", input.slots.is_some()),
        ("times", !input.times.is_empty()),
        ("steps", !input.steps.is_empty()),
        ("weekdays", !input.weekdays.is_empty() && !input.inherited.days),
        ("firstAt", input.first_at.is_some()),
    ];
    let (name, _) =
        others.into_iter().find(|(_, said)| *said).map_or((None, false), |(name, _)| (Some(name), true));
    let Some(name) = name else { return Some(()) };
    let other = if input.is_prn == Some(true) { "isPRN" } else { "frequency" };
    check.contradiction(name, other);
    None
}

fn in_range(check: &mut Check<'_>) -> Option<()> {
    let input = check.input;
    let numbers = [
        ("maxPer24h", input.max_per_24h, MAX_INTAKES),
        ("minIntervalHours", input.min_interval_hours, MAX_HOURS),
        ("everyNHours", input.every_n_hours, 72),
        ("everyNDays", input.every_n_days, 366),
    ];
    let wrong = numbers
        .into_iter()
        .find(|(_, number, max)| number.is_some_and(|number| !(1..=*max).contains(&number)));
    let Some((name, _, max)) = wrong else { return Some(()) };
    check.refuse_with(name, "number_out_of_range", "max", max);
    None
}

/// Amount, unit and the limits that the words name: three times a day as needed is at most three times.
fn said(
    check: &mut Check<'_>,
    words: &Words,
    medicine: &ChosenMedicine,
) -> Option<(Amount, DoseUnit, Option<u32>, Option<u32>)> {
    let Some(frequency) = &words.frequency else {
        let dose = required(check, words)?;
        return Some((dose.amount, dose.unit, None, None));
    };
    let needed = Frequency { as_needed: true, ..frequency.clone() };
    match scheduled(check, words, needed, &medicine.product)? {
        (Schedule::AsNeeded { amount, max_per_24h, min_interval_hours }, unit) => {
            Some((amount, unit, max_per_24h, min_interval_hours))
        }
        _ => {
            check.contradiction("isPRN", "frequency");
            None
        }
    }
}

/// How often the medicine's sourced daily maximum allows the dose; without one the prescriber has to say a limit.
fn sourced_limit(
    check: &mut Check<'_>,
    amount: Amount,
    unit: DoseUnit,
    medicine: &ChosenMedicine,
) -> Option<u32> {
    let limit = medicine.daily_maximum.as_ref().and_then(|maximum| {
        let (given, most) = medicine.product.compare((amount, unit), (maximum.amount, maximum.unit))?;
        let times = u32::try_from(most.checked_div(given)?).ok()?;
        (times >= 1).then_some((times.min(MAX_INTAKES), maximum))
    });
    let Some((times, maximum)) = limit else {
        check.refuse("maxPer24h", "prn_limit_required");
        return None;
    };
    let notice = Notice::new("notice_prn_sourced_limit")
        .with("times", times.to_string())
        .with("maximum", maximum.text(Language::English))
        .with("maximum_khmer", maximum.text(Language::Khmer))
        .with("source", &*maximum.source);
    check.note("frequency", &notice);
    Some(times)
}
