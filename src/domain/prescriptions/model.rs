//! What is prescribed: medication lines and their schedules.

use chrono::{NaiveDate, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

use crate::platform::ids::{MedicationId, MedicineId};

/// An amount of medicine in thousandths of its unit: a quarter tablet is 250.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(u32);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount that can be written on a line: 100,000 units.
    pub const MAX: Self = Self(100_000_000);

    /// From thousandths of the unit.
    pub const fn from_thousandths(thousandths: u32) -> Self {
        Self(thousandths)
    }
    /// Whole units.
    pub const fn whole(units: u32) -> Self {
        Self(units.saturating_mul(1_000))
    }
    /// From a number of units as a client sent it, rounded to thousandths; nothing when it is negative, not a
    /// number, or larger than [`Amount::MAX`].
    pub fn from_units(units: f64) -> Option<Self> {
        let thousandths = (units * 1_000.0).round();
        if !(0.0..=f64::from(Self::MAX.0)).contains(&thousandths) {
            return None;
        }
        format!("{thousandths:.0}").parse().ok().map(Self)
    }
    /// In thousandths of the unit.
    pub const fn as_thousandths(self) -> u32 {
        self.0
    }
    /// Whether there is nothing to take.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

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
    /// Every so many days from the start, 2 to 90.
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

/// One medication line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its id. An unchanged line keeps it across versions.
    pub id: MedicationId,
    /// Its number among all lines of the patient, part of its doses' ids. Kept with the id.
    pub number: u32,
    /// The catalogue entry; `None` for a medicine a patient wrote down by name.
    pub medicine_id: Option<MedicineId>,
    /// The medicine's name as prescribed, with strength.
    pub medicine_name: String,
    /// The same in Khmer.
    pub medicine_name_khmer: Option<String>,
    /// The unit of the amounts: `TABLET`, `ML`, `MG`.
    pub unit: String,
    /// When and how much.
    pub schedule: Schedule,
    /// Relation to meals.
    pub meal_relation: MealRelation,
    /// First day, in the clinic's zone.
    pub start: NaiveDate,
    /// Last day, included; `None` for ongoing treatment.
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
}
