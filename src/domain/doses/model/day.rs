//! A day of doses.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::Dose;
use crate::platform::ids::DoseId;

/// A patient's doses of one calendar day, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Day {
    /// The doses.
    #[serde(rename = "d")]
    pub doses: Vec<Dose>,
}

impl Day {
    /// Those of `doses` that are planned for `date`.
    pub fn of<'a>(doses: impl IntoIterator<Item = &'a Dose>, date: NaiveDate, zone: Tz) -> Self {
        let mut day = Self::default();
        for dose in doses.into_iter().filter(|dose| dose.scheduled().day_in(zone) == date) {
            day.set(dose.clone());
        }
        day
    }

    /// The dose with this id.
    pub fn find(&self, id: DoseId) -> Option<&Dose> {
        let place = self.doses.binary_search_by_key(&id, |dose| dose.id).ok()?;
        self.doses.get(place)
    }

    /// Puts a dose in the place of the one with its id, or adds it. Returns the one replaced.
    pub fn set(&mut self, dose: Dose) -> Option<Dose> {
        match self.doses.binary_search_by_key(&dose.id, |dose| dose.id) {
            Ok(place) => self.doses.get_mut(place).map(|old| std::mem::replace(old, dose)),
            Err(place) => {
                self.doses.insert(place, dose);
                None
            }
        }
    }
}
