//! Schedules, amounts and dates in the words of both languages.

use chrono::{NaiveDate, Weekday};

use super::model::{Amount, DayPattern, Line, MealRelation, Schedule, Slot, SlotAmounts};
use super::units::DoseUnit;
use crate::platform::i18n::{Language, day_text, text};

/// An amount as it stands on a form: `½`, `1½`, `2`, `0.125`.
pub fn amount_text(amount: Amount) -> String {
    let (whole, part) = (amount.as_ten_thousandths() / 10_000, amount.as_ten_thousandths() % 10_000);
    let sign = match part {
        0 => return whole.to_string(),
        2_500 => "¼",
        5_000 => "½",
        7_500 => "¾",
        _ => return format!("{whole}.{}", format!("{part:04}").trim_end_matches('0')),
    };
    if whole == 0 { sign.to_owned() } else { format!("{whole}{sign}") }
}

/// A unit's name: `tablet`, `គ្រាប់`.
pub fn unit_text(language: Language, code: &str) -> String {
    match DoseUnit::from_code(code) {
        Some(unit) => text(language, unit.message_key(), &[]),
        None => code.to_owned(),
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
            format!("{}{}", slots_text(language, amounts, &line.unit), days_text(language, days))
        }
        Schedule::Times { times, amount, days } => {
            let times: Vec<String> = times.iter().map(|time| time.format("%H:%M").to_string()).collect();
            let args = [("dose", dose_text(language, *amount, &line.unit)), ("times", times.join(", "))];
            format!("{}{}", text(language, "schedule.times", &args), days_text(language, days))
        }
        Schedule::EveryHours { hours, amount } => {
            let args = [("dose", dose_text(language, *amount, &line.unit)), ("hours", hours.to_string())];
            text(language, "schedule.every_hours", &args)
        }
        Schedule::AsNeeded { amount, max_per_24h, min_interval_hours } => {
            needed_text(language, dose_text(language, *amount, &line.unit), *max_per_24h, *min_interval_hours)
        }
        Schedule::Once { amount } => {
            text(language, "schedule.once", &[("dose", dose_text(language, *amount, &line.unit))])
        }
        Schedule::Taper { steps } => {
            let then = text(language, "schedule.then", &[]);
            let steps: Vec<String> = steps
                .iter()
                .map(|step| {
                    let args = [
                        ("dose", slots_text(language, &step.amounts, &line.unit)),
                        ("days", step.days.to_string()),
                    ];
                    text(language, "schedule.taper_step", &args)
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

/// From when to when: `from 22/11/2026 to 21/12/2026`, `from 22/11/2026, ongoing`.
pub fn dates_text(language: Language, start: NaiveDate, end: Option<NaiveDate>) -> String {
    match end {
        Some(end) => {
            text(language, "schedule.from_to", &[("start", day_text(start)), ("end", day_text(end))])
        }
        None => text(language, "schedule.ongoing", &[("start", day_text(start))]),
    }
}

/// The medicine's name as a reader of this language knows it.
pub fn medicine_text(language: Language, line: &Line) -> String {
    match (language, &line.medicine_name_khmer) {
        (Language::Khmer, Some(khmer)) => format!("{khmer} ({})", line.medicine_name),
        _ => line.medicine_name.clone(),
    }
}

/// An amount with its unit: `½ tablet`, `1 គ្រាប់`.
pub fn dose_text(language: Language, amount: Amount, unit: &str) -> String {
    format!("{} {}", amount_text(amount), unit_text(language, unit))
}

fn slots_text(language: Language, amounts: &SlotAmounts, unit: &str) -> String {
    let taken: Vec<String> = Slot::ALL
        .into_iter()
        .filter(|&slot| !amounts.at(slot).is_zero())
        .map(|slot| {
            format!("{} {}", text(language, slot_key(slot), &[]), dose_text(language, amounts.at(slot), unit))
        })
        .collect();
    taken.join(", ")
}

fn days_text(language: Language, days: &DayPattern) -> String {
    match days {
        DayPattern::Daily => String::new(),
        DayPattern::EveryDays(days) => {
            format!(", {}", text(language, "schedule.every_days", &[("days", days.to_string())]))
        }
        DayPattern::Weekdays(days) => {
            let days: Vec<String> = days.iter().map(|day| text(language, weekday_key(*day), &[])).collect();
            format!(", {}", days.join(" "))
        }
    }
}

fn needed_text(language: Language, dose: String, max: Option<u32>, hours: Option<u32>) -> String {
    let mut said = text(language, "schedule.as_needed", &[("dose", dose)]);
    if let Some(max) = max {
        said.push_str(&text(language, "schedule.max_per_24h", &[("max", max.to_string())]));
    }
    if let Some(hours) = hours {
        said.push_str(&text(language, "schedule.min_interval", &[("hours", hours.to_string())]));
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
