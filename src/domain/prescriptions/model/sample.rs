//! A line for the tests of whatever works on lines.

use chrono::NaiveDate;

use super::{Length, Line, MealRelation, Schedule};
use crate::platform::ids::MedicationId;

impl Line {
    /// Tablets of paracetamol from a day on, without an end.
    pub fn sample(start: NaiveDate, schedule: Schedule) -> Self {
        Self {
            id: MedicationId(uuid::Uuid::from_u128(1)),
            number: 1,
            formerly: Vec::new(),
            medicine_id: None,
            medicine_name: "Paracetamol 500 mg".to_owned(),
            medicine_name_khmer: None,
            unit: "TABLET".to_owned(),
            counted: None,
            schedule,
            meal_relation: MealRelation::None,
            start,
            start_is_named: false,
            first_at: None,
            length: Length::Ongoing,
            doses: None,
            course: None,
            end: None,
            quantity: None,
            instructions: None,
            instructions_khmer: None,
        }
    }
}
