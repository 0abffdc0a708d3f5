//! Schedules, amounts and dates in the words of both languages.

use chrono::{NaiveDate, Weekday};

use super::model::{Amount, DayPattern, Length, Line, MealRelation, Schedule, Slot, SlotAmounts};
use super::units::DoseUnit;
use crate::platform::i18n::{Language, day_text, text};

/// An amount of this unit as it is read: pieces as fractions (`½`, `1½`, `2`), measures as decimals with thousands apart
/// (`0.5`, `100 000`; the space does not break and is read back as one number).
pub fn amount_text(amount: Amount, unit: &str) -> String {
    let (whole, part) = (amount.as_ten_thousandths() / 10_000, amount.as_ten_thousandths() % 10_000);
    let fractions = DoseUnit::from_code(unit).is_some_and(DoseUnit::has_fractions);
    let sign = match part {
        0 => return grouped(whole),
        2_500 if fractions => "¼",
        5_000 if fractions => "½",
        7_500 if fractions => "¾",
        _ => return format!("{whole}.{}", format!("{part:04}").trim_end_matches('0')),
    };
    if whole == 0 { sign.to_owned() } else { format!("{}{sign}", grouped(whole)) }
}

/// Thousands apart where there are at least two digits of them.
fn grouped(whole: u32) -> String {
    let digits = whole.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::with_capacity(digits.len() + 4);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

/// An amount with its unit: `2 tablets`, `½ គ្រាប់`, `0.5 mg`.
pub fn dose_text(language: Language, amount: Amount, unit: &str) -> String {
    let name = match DoseUnit::from_code(unit) {
        Some(known) if amount > Amount::whole(1) => text(language, known.plural_key(), &[]),
        Some(known) => text(language, known.message_key(), &[]),
        None => unit.to_owned(),
    };
    format!("{} {name}", amount_text(amount, unit))
}

/// An amount of a line with its unit, and what that is in what is counted: `375 mg (7.5 ml)`, `1 tablet`.
pub fn line_dose_text(language: Language, line: &Line, amount: Amount) -> String {
    let said = dose_text(language, amount, &line.unit);
    // A spoon's name says its volume.
    let is_spoon = matches!(DoseUnit::from_code(&line.unit), Some(DoseUnit::Teaspoon | DoseUnit::Tablespoon));
    if is_spoon && amount == Amount::whole(1) {
        return said;
    }
    match (&line.counted, line.counted(amount)) {
        (Some(counted), Some(pieces)) => format!("{said} ({})", dose_text(language, pieces, &counted.unit)),
        _ => said,
    }
}

/// A unit's name: `tablet`, `គ្រាប់`.
pub fn unit_text(language: Language, code: &str) -> String {
    match DoseUnit::from_code(code) {
        Some(unit) => text(language, unit.message_key(), &[]),
        None => code.to_owned(),
    }
}

/// What was understood, in one sentence for the reader to confirm: medicine, amount, when, meals, for how long.
pub fn understood(language: Language, line: &Line) -> String {
    let args = [
        ("medicine", medicine_text(language, line)),
        ("schedule", schedule_text(language, line)),
        ("length", length_text(language, line)),
    ];
    let said = text(language, "understood", &args);
    let told = match language {
        Language::English => line.instructions.as_ref(),
        Language::Khmer => line.instructions_khmer.as_ref().or(line.instructions.as_ref()),
    };
    match told {
        Some(told) => format!("{said}. {told}"),
        None => said,
    }
}

/// The day of the first dose, once that is settled.
pub fn first_day(line: &Line) -> NaiveDate {
    line.course.map_or(line.start, |course| course.first.max(line.start))
}

/// For how long: `for 5 days, from 22/11/2026 to 26/11/2026`.
fn length_text(language: Language, line: &Line) -> String {
    let dates = dates_text(language, first_day(line), line.end);
    match line.length {
        // One dose needs no number of days.
        Length::Days(_) if matches!(line.schedule, Schedule::Once { .. }) => dates,
        Length::Days(1) => format!("{}, {dates}", text(language, "schedule.for_day", &[])),
        Length::Days(days) => {
            format!("{}, {dates}", text(language, "schedule.for_days", &[("days", days.to_string())]))
        }
        _ => dates,
    }
}

/// The message key of a time of day.
pub const fn slot_key(slot: Slot) -> &'static str {
    match slot {
        Slot::Morning => "slot.MORNING",
        Slot::Noon => "slot.NOON",
        Slot::Evening => "slot.EVENING",
        Slot::Night => "slot.NIGHT",
    }
}

/// When and how much, as the patient reads it: `1 tablet morning, ½ tablet evening, after meals`.
pub fn schedule_text(language: Language, line: &Line) -> String {
    let mut said = match &line.schedule {
        Schedule::Slots { amounts, days } => {
            let slots = slots_text(language, line, amounts);
            // Days stand in front of amounts, so that they hold for all of them.
            match day_pattern_text(language, days) {
                Some(days) => text(language, "schedule.on_days", &[("days", days), ("dose", slots)]),
                None => slots,
            }
        }
        Schedule::Times { times, amount, days } => {
            let times: Vec<String> = times.iter().map(|time| time.format("%H:%M").to_string()).collect();
            let args = [("dose", line_dose_text(language, line, *amount)), ("times", times.join(", "))];
            let times = text(language, "schedule.times", &args);
            match day_pattern_text(language, days) {
                Some(days) => format!("{times}, {days}"),
                None => times,
            }
        }
        Schedule::EveryHours { hours, amount } => {
            let args = [("dose", line_dose_text(language, line, *amount)), ("hours", hours.to_string())];
            text(language, if *hours == 1 { "schedule.every_hour" } else { "schedule.every_hours" }, &args)
        }
        Schedule::AsNeeded { amount, max_per_24h, min_interval_hours } => {
            needed_text(language, line_dose_text(language, line, *amount), *max_per_24h, *min_interval_hours)
        }
        Schedule::Once { amount } => {
            text(language, "schedule.once", &[("dose", line_dose_text(language, line, *amount))])
        }
        Schedule::Taper { steps } => {
            let then = text(language, "schedule.then", &[]);
            let steps: Vec<String> = steps
                .iter()
                .map(|step| {
                    let args = [
                        ("dose", slots_text(language, line, &step.amounts)),
                        ("days", step.days.to_string()),
                    ];
                    let key = if step.days == 1 { "schedule.taper_day" } else { "schedule.taper_step" };
                    text(language, key, &args)
                })
                .collect();
            steps.join(&then)
        }
    };
    if let Some(key) = meal_key(line.meal_relation) {
        said.push_str(", ");
        said.push_str(&text(language, key, &[]));
    }
    said
}

/// From when to when: `from 22/11/2026 to 21/12/2026`, `on 22/11/2026`, `from 22/11/2026, ongoing`.
pub fn dates_text(language: Language, start: NaiveDate, end: Option<NaiveDate>) -> String {
    let from = ("start", day_text(start));
    match end {
        Some(end) if end == start => text(language, "schedule.on_day", &[from]),
        Some(end) => text(language, "schedule.from_to", &[from, ("end", day_text(end))]),
        None => text(language, "schedule.ongoing", &[from]),
    }
}

/// The medicine's name as a reader of this language knows it.
pub fn medicine_text(language: Language, line: &Line) -> String {
    match (language, &line.medicine_name_khmer) {
        (Language::Khmer, Some(khmer)) => format!("{khmer} ({})", line.medicine_name),
        _ => line.medicine_name.clone(),
    }
}

fn slots_text(language: Language, line: &Line, amounts: &SlotAmounts) -> String {
    let taken: Vec<String> = Slot::ALL
        .into_iter()
        .filter(|&slot| !amounts.at(slot).is_zero())
        .map(|slot| {
            format!(
                "{} {}",
                text(language, slot_key(slot), &[]),
                line_dose_text(language, line, amounts.at(slot))
            )
        })
        .collect();
    taken.join(", ")
}

/// On which days; nothing for each day.
fn day_pattern_text(language: Language, days: &DayPattern) -> Option<String> {
    match days {
        DayPattern::Daily => None,
        DayPattern::EveryDays(days) => {
            Some(text(language, "schedule.every_days", &[("days", days.to_string())]))
        }
        // "Monday" alone may be this Monday: of what is fatal when it is taken daily the week is named.
        DayPattern::Weekdays(days) if days.len() == 1 => {
            let day = days.first().map(|day| text(language, weekday_key(*day), &[])).unwrap_or_default();
            Some(text(language, "schedule.once_a_week", &[("day", day)]))
        }
        DayPattern::Weekdays(days) => {
            let days: Vec<String> = days.iter().map(|day| text(language, weekday_key(*day), &[])).collect();
            Some(days.join(" "))
        }
    }
}

fn needed_text(language: Language, dose: String, max: Option<u32>, hours: Option<u32>) -> String {
    let mut said = text(language, "schedule.as_needed", &[("dose", dose)]);
    if let Some(max) = max {
        let key = if max == 1 { "schedule.max_once_per_24h" } else { "schedule.max_per_24h" };
        said.push_str(&text(language, key, &[("max", max.to_string())]));
    }
    if let Some(hours) = hours {
        let key = if hours == 1 { "schedule.min_hour" } else { "schedule.min_interval" };
        said.push_str(&text(language, key, &[("hours", hours.to_string())]));
    }
    said
}

const fn meal_key(relation: MealRelation) -> Option<&'static str> {
    match relation {
        MealRelation::Before => Some("meal.BEFORE"),
        MealRelation::With => Some("meal.WITH"),
        MealRelation::After => Some("meal.AFTER"),
        MealRelation::EmptyStomach => Some("meal.EMPTY_STOMACH"),
        MealRelation::None => None,
    }
}

const fn weekday_key(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "weekday.MONDAY",
        Weekday::Tue => "weekday.TUESDAY",
        Weekday::Wed => "weekday.WEDNESDAY",
        Weekday::Thu => "weekday.THURSDAY",
        Weekday::Fri => "weekday.FRIDAY",
        Weekday::Sat => "weekday.SATURDAY",
        Weekday::Sun => "weekday.SUNDAY",
    }
}

#[cfg(test)]
mod tests;
