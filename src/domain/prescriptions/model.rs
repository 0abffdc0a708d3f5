//! What is prescribed: medication lines and their schedules.

mod amount;
mod counting;
mod duration;
mod overriding;
#[cfg(test)]
mod sample;
mod tier;

use chrono::{NaiveDate, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

pub use super::notice::{Notice, Wording};
pub use amount::Amount;
pub use counting::Supplied;
pub use overriding::{OverrideReason, Weighed};
pub use tier::Tier;

use crate::platform::clock::Timestamp;
use crate::platform::ids::{MedicationId, MedicineId};

/// The four times of day on a Cambodian prescription form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Slot {
    /// ព្រឹក, 07:00 (06-08).
    Morning,
    /// ថ្ងៃត្រង់, 11:30 (11-12).
    Noon,
    /// ល្ងាច, 17:30 (17-18).
    Evening,
    /// យប់, 21:00 (20-22).
    Night,
}

impl Slot {
    /// In the order of the day.
    pub const ALL: [Self; 4] = [Self::Morning, Self::Noon, Self::Evening, Self::Night];
}

/// The amount for each slot; zero where nothing is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SlotAmounts {
    pub morning: Amount,
    pub noon: Amount,
    pub evening: Amount,
    pub night: Amount,
}

impl SlotAmounts {
    /// The amount in one slot.
    pub const fn at(&self, slot: Slot) -> Amount {
        match slot {
            Slot::Morning => self.morning,
            Slot::Noon => self.noon,
            Slot::Evening => self.evening,
            Slot::Night => self.night,
        }
    }
}

/// When a dose is taken relative to a meal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MealRelation {
    /// មុនបាយ
    Before,
    /// ពេលបាយ
    With,
    /// ក្រោយបាយ
    After,
    /// ពោះទទេ
    EmptyStomach,
    /// No relation.
    #[default]
    None,
}

/// On which days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DayPattern {
    /// Each day.
    Daily,
    /// Every so many days from the first day with a dose, 2 to 366.
    EveryDays(u32),
    /// On these days of the week; never empty.
    Weekdays(Vec<Weekday>),
}

/// One step of a taper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaperStep {
    /// For so many days.
    pub days: u32,
    /// These amounts.
    pub amounts: SlotAmounts,
}

/// When and how much. Wall-clock schedules and elapsed intervals are different things and stay so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Schedule {
    /// By the slots of the day; meal times move them.
    Slots {
        /// How much in each slot.
        amounts: SlotAmounts,
        /// On which days.
        days: DayPattern,
    },
    /// At exact times of the clinic's wall clock; never empty, sorted.
    Times {
        /// When.
        times: Vec<NaiveTime>,
        /// How much each time.
        amount: Amount,
        /// On which days.
        days: DayPattern,
    },
    /// Every so many hours since the first intake, by elapsed time, 1 to 72.
    EveryHours {
        /// The interval.
        hours: u32,
        /// How much each time.
        amount: Amount,
    },
    /// As needed: recorded when taken.
    AsNeeded {
        /// How much each time.
        amount: Amount,
        /// Most intakes in 24 hours.
        max_per_24h: Option<u32>,
        /// Least hours between two intakes.
        min_interval_hours: Option<u32>,
    },
    /// Once, at once.
    Once {
        /// How much.
        amount: Amount,
    },
    /// Amounts that change step by step.
    Taper {
        /// One after another; never empty.
        steps: Vec<TaperStep>,
    },
}

/// How long a line runs, as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Length {
    /// Without an end.
    #[default]
    Ongoing,
    /// As many times the doses of a day as there are in so many days: what the first day no longer holds follows at
    /// the end.
    Days(u32),
    /// As long as the quantity lasts.
    Quantity,
    /// To the end of this day.
    Until(NaiveDate),
}

/// Where the doses of a line begin, settled once, when it first takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// The first day with a dose; patterns of days are counted from it.
    pub first: NaiveDate,
    /// Doses of that day whose time was over by then; of an interval that was changed, those before `first_at`.
    pub passed: u32,
    /// The first dose of an interval, from which all others are counted, and the time of a single dose.
    #[serde(default)]
    pub first_at: Option<Timestamp>,
    /// Days of the line's length that lay before `first`, since its pattern of days was changed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub days_before: u32,
    /// Doses by this count that days on which the times were changed could no longer hold: they follow at the end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unheld: u32,
    /// How many of them are of the day on which the times were last changed: another change on it counts that day anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unheld_on: Option<ChangedDay>,
    /// The day on which the times were last changed, with how many doses it held by what was asked for before, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<ChangedDay>,
    /// The same day, with how many doses it asked for before the first change of it, where that is another number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_first: Option<ChangedDay>,
    /// Of an interval whose hours were changed, how much of its length was over by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treated: Option<Treated>,
}

/// A pause that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When it began.
    pub from: Timestamp,
    /// When the treatment went on.
    pub to: Timestamp,
}

/// How much of the length of an interval is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Treated {
    /// Hours from its first dose to the last one that was over.
    pub hours: u32,
    /// Doses of the present interval that stand for those that were over.
    pub doses: u32,
}

impl Course {
    /// A course that begins on a day, all of whose doses lie ahead.
    pub const fn beginning(first: NaiveDate) -> Self {
        Self {
            first,
            passed: 0,
            first_at: None,
            days_before: 0,
            unheld: 0,
            unheld_on: None,
            changed: None,
            at_first: None,
            treated: None,
        }
    }
}

/// A day on which the times of a line were changed, with a number of its doses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedDay {
    /// When it began.
    pub since: Timestamp,
    /// How many.
    pub doses: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// An edition of a line from before lines kept their identity through changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// The id it had.
    pub id: MedicationId,
    /// The number it had, which its doses hold.
    pub number: u32,
}

/// What one unit of a line's amounts is in what the pharmacy counts: a milligram of a tablet of 500 mg is 1/500 tablet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// What is counted: `TABLET`, `ML`.
    pub unit: String,
    /// Parts of it in one unit of the line's amounts ...
    pub parts: u64,
    /// ... of which so many are a whole.
    pub of: u64,
}

/// One medication line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its id, the same in every version of its prescription.
    pub id: MedicationId,
    /// Its number among all lines of the patient, part of its doses' ids. Kept with the id.
    pub number: u32,
    /// What it was called in earlier versions, when an older program wrote them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formerly: Vec<Former>,
    /// The catalogue entry; `None` for a medicine a patient wrote down by name.
    pub medicine_id: Option<MedicineId>,
    /// The medicine's name as prescribed, with strength.
    pub medicine_name: String,
    /// The same in Khmer.
    pub medicine_name_khmer: Option<String>,
    /// The unit of the amounts: `TABLET`, `ML`, `MG`.
    pub unit: String,
    /// What that is in what the pharmacy counts, when the two differ and the strength says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Counted>,
    /// When and how much.
    pub schedule: Schedule,
    /// Relation to meals.
    pub meal_relation: MealRelation,
    /// First day, in the clinic's zone.
    pub start: NaiveDate,
    /// Whether `start` was named; else the line begins on the day on which it takes effect.
    #[serde(default)]
    pub start_is_named: bool,
    /// When the first dose of an interval is to be taken, when it was named.
    #[serde(default)]
    pub first_at: Option<Timestamp>,
    /// How its length was said.
    #[serde(default)]
    pub length: Length,
    /// How many doses it has in all, when its length was said in days or as a quantity.
    #[serde(default)]
    pub doses: Option<u32>,
    /// Where its doses begin; nothing until it takes effect.
    #[serde(default)]
    pub course: Option<Course>,
    /// The day of its last dose; `None` for ongoing treatment.
    pub end: Option<NaiveDate>,
    /// How much was prescribed in all.
    pub quantity: Option<Amount>,
    /// What the patient is told, in English or French.
    pub instructions: Option<String>,
    /// What the patient is told, in Khmer.
    pub instructions_khmer: Option<String>,
}

impl Line {
    /// Whether it is taken only as needed and so has no planned doses.
    pub const fn is_as_needed(&self) -> bool {
        matches!(self.schedule, Schedule::AsNeeded { .. })
    }

    /// An amount of the line in what the pharmacy counts, rounded down; nothing when the strength does not say it.
    pub fn counted(&self, amount: Amount) -> Option<Amount> {
        self.counted.as_ref().and_then(|counted| amount.share(counted.parts, counted.of))
    }

    /// Whether it is of this catalogue entry, or of the medicine that was written down by this name.
    pub fn is_of(&self, medicine: Option<MedicineId>, name: &str) -> bool {
        self.medicine_id == medicine
            && (medicine.is_some() || self.medicine_name.to_lowercase() == name.to_lowercase())
    }

    /// Whether doses with this line number are doses of this line.
    pub fn has_number(&self, number: u32) -> bool {
        self.number == number || self.formerly.iter().any(|former| former.number == number)
    }

    /// Whether it is, or once was, called `id`.
    pub fn has_id(&self, id: MedicationId) -> bool {
        self.id == id || self.formerly.iter().any(|former| former.id == id)
    }

    /// Its number and those it had before.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        std::iter::once(self.number).chain(self.formerly.iter().map(|former| former.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_answers_to_the_names_that_it_had() {
        let id = |id| MedicationId(uuid::Uuid::from_u128(id));
        let line = Line {
            id: id(3),
            number: 3,
            formerly: vec![Former { id: id(1), number: 1 }, Former { id: id(2), number: 2 }],
            ..Line::sample(NaiveDate::MIN, Schedule::Once { amount: Amount::whole(1) })
        };
        assert!((1..=3).all(|number| line.has_number(number) && line.has_id(id(u128::from(number)))));
        assert!(!line.has_number(4) && !line.has_id(id(4)));
        assert_eq!(line.numbers().collect::<Vec<_>>(), [3, 1, 2]);
        assert!(!line.is_as_needed());
        let needed =
            Schedule::AsNeeded { amount: Amount::whole(1), max_per_24h: None, min_interval_hours: None };
        assert!(Line { schedule: needed, ..line }.is_as_needed());
    }
}
