//! How often: `BID`, `1-0-1`, `2 fois par jour`, `3ដង/១ថ្ងៃ`.

use chrono::NaiveTime;

use super::condition::Condition;
use super::directions::Direction;
use super::tokens::tokens;
use super::{Refusal, reading, taper};
use crate::domain::prescriptions::model::{Amount, DayPattern, MealRelation, Slot, SlotAmounts, TaperStep};
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;
use crate::platform::i18n::{Language, text};

/// An amount that the words of a frequency name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaidAmount {
    /// How much.
    pub amount: Amount,
    /// Of what; a bare number counts pieces, or repeats the number of the dosage.
    pub unit: Option<DoseUnit>,
    /// Whether a part of one was written as a decimal, as strengths are, and not as a fraction.
    pub is_decimal: bool,
}

/// What a frequency says about the hours of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Timing {
    /// Nothing, as in "every other day" or "as needed".
    Unsaid,
    /// The dose in each of these slots, in the order of the day.
    Slots(Vec<Slot>),
    /// An amount for each slot, as on a form.
    Grid {
        /// The numbers of the cells.
        amounts: SlotAmounts,
        /// Their unit, when it was said.
        unit: Option<DoseUnit>,
        /// Whether one of them is a decimal.
        is_decimal: bool,
    },
    /// At these times, sorted. Five and six intakes a day have no slots.
    Times(Vec<NaiveTime>),
    /// Every so many hours.
    EveryHours(u32),
    /// Once, now.
    Now,
    /// Step by step, in this unit; without one each intake is the dose that is said beside.
    Taper(Vec<TaperStep>, Option<DoseUnit>),
}

/// A frequency as understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frequency {
    /// The hours.
    pub timing: Timing,
    /// The days; daily when nothing is said.
    pub days: DayPattern,
    /// Whether the slots were named, not only counted.
    pub slots_are_named: bool,
    /// So many days a week whose names were not said: `days` holds a choice that a notice tells.
    pub times_per_week: Option<u32>,
    /// Relation to meals, when said.
    pub meal: Option<MealRelation>,
    /// Only as needed.
    pub as_needed: bool,
    /// Most intakes in 24 hours, when said.
    pub max_per_24h: Option<u32>,
    /// Whether `max_per_24h` was a bare number, which may count pieces as well.
    pub max_is_bare: bool,
    /// Most of the medicine in 24 hours, when that was said in place of intakes.
    pub max_amount: Option<(Amount, DoseUnit)>,
    /// Least hours between two intakes, when said.
    pub min_interval_hours: Option<u32>,
    /// For so many days, when said.
    pub duration_days: Option<u32>,
    /// How many pieces are handed out in all, when said.
    pub quantity: Option<Amount>,
    /// The dose, when the words name it.
    pub dose: Option<SaidAmount>,
    /// Whether the count a day was a bare number (`2/j`), which may count pieces as well.
    pub count_is_bare: bool,
    /// The hour of a lone `2 PM`, which an amount of the same number would make an amount.
    pub hour_like_amount: Option<Amount>,
    /// Where and how.
    pub directions: Vec<Direction>,
    /// Whether it is applied, which is an amount where applications are counted.
    pub applied: bool,
    /// For which complaints it is taken as needed.
    pub conditions: Vec<Condition>,
    /// What the reader is to be told about how it was written.
    pub notices: Vec<Notice>,
    /// The words themselves, for what is refused later.
    pub text: String,
}

impl Frequency {
    /// Intakes on a day on which there are any; `None` when the text does not say.
    pub fn intakes_per_day(&self) -> Option<usize> {
        match &self.timing {
            Timing::Slots(slots) => Some(slots.len()),
            Timing::Grid { amounts, .. } => {
                Some(Slot::ALL.into_iter().filter(|&slot| !amounts.at(slot).is_zero()).count())
            }
            Timing::Times(times) => Some(times.len()),
            Timing::Unsaid | Timing::EveryHours(_) | Timing::Now | Timing::Taper(..) => None,
        }
    }

    /// The complaints in one phrase: `pain or fever above 38.5 °C`.
    pub fn condition(&self, language: Language) -> Option<String> {
        let mut said = String::new();
        for condition in &self.conditions {
            if !said.is_empty() {
                let key = if condition.and { "complaint.and" } else { "complaint.or" };
                said.push_str(&text(language, key, &[]));
            }
            said.push_str(&condition.text(language));
        }
        (!said.is_empty()).then_some(said)
    }
}

/// What a text says about how often.
///
/// # Errors
/// Names the part that means nothing or could mean two things, and what to write instead.
pub fn parse_frequency(text: &str, product: &Product) -> Result<Frequency, Refusal> {
    let read = || {
        let tokens = tokens(text, product)?;
        match taper::steps(&tokens, product)? {
            Some(taper) => Ok(taper),
            None => reading::read(&tokens, product)
                .or_else(|refusal| taper::steps_between_commas(&tokens, product).ok_or(refusal)),
        }
    };
    read().map_err(|refusal| refusal.of(text.trim()).of_frequency())
}
