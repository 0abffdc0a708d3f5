//! Meals and directions as they are said one by one.

use super::directions::Direction;
use super::reading::{Reading, once};
use super::sequence::{Entry, Link};
use super::statements::{S, Statement};
use super::tokens::Kind;
use crate::domain::prescriptions::model::{MealRelation, Slot};

impl Reading {
    /// What was said of meals, once. An empty stomach before a meal is one thing, of which the other part is told too.
    fn take_meal(&mut self, relation: MealRelation) -> Result<(), &'static str> {
        use MealRelation::{Before, EmptyStomach};
        let times = self.sequence.times();
        let together = match self.meal_places.last() {
            Some(place) => *place == times,
            None => self.slots_of_meals == times,
        };
        match (self.meal, relation) {
            (Some(EmptyStomach), Before) | (Some(Before), EmptyStomach) if together => {
                self.meal = Some(EmptyStomach);
                self.directions.push((Direction::BeforeTheMeal, 0));
                Ok(())
            }
            _ => once(&mut self.meal, relation),
        }
    }

    pub(super) fn take_meals(
        &mut self,
        what: &S,
        link: Link,
        statement: &Statement,
    ) -> Result<(), &'static str> {
        match what {
            S::SlotMeals(slots, relation) => {
                self.take_meal(*relation)?;
                // "Le matin à jeun avant le petit déjeuner" names its time twice.
                if link == Link::None && matches!(slots.as_slice(), [slot] if self.sequence.ends_in(*slot)) {
                    self.meal_places.push(self.sequence.times());
                    return Ok(());
                }
                self.slots_of_meals += slots.len();
                for (index, slot) in slots.iter().enumerate() {
                    let link = if index == 0 { link } else { Link::And };
                    self.sequence.push(Entry::Slot(*slot, Kind::Latin), link, statement);
                }
            }
            S::Meal(relation) => {
                self.take_meal(*relation)?;
                self.meal_places.push(self.sequence.times());
            }
            S::EachMeal(relation) => {
                self.take_meal(*relation)?;
                self.each_meal = true;
            }
            S::Direction(direction) => {
                self.directions.push((*direction, self.sequence.times()));
                match direction {
                    Direction::AtStartOfMeal | Direction::AtEndOfMeal => {
                        self.take_meal(MealRelation::With)?;
                        self.meal_places.push(self.sequence.times());
                    }
                    Direction::BetweenMeals => {
                        self.take_meal(MealRelation::EmptyStomach)?;
                        self.meal_places.push(self.sequence.times());
                    }
                    Direction::OnWaking => {
                        self.sequence.push(Entry::Slot(Slot::Morning, Kind::Latin), link, statement);
                    }
                    _ => {}
                }
            }
            _ => return Err("words_unknown"),
        }
        Ok(())
    }
}
