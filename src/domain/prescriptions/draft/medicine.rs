//! The medicine of a line: what a line's words are held against.

use crate::domain::prescriptions::describe::dose_text;
use crate::domain::prescriptions::model::Amount;
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;
use crate::platform::error::Result;
use crate::platform::i18n::Language;
use crate::platform::ids::{MedicationId, MedicineId};

/// Which medicine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MedicineChoice {
    /// From the catalogue.
    Catalogue(MedicineId),
    /// By name, as patients may write their own.
    Named(String),
}

/// The most that may be given of a medicine, by its named source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maximum {
    /// How much.
    pub amount: Amount,
    /// Its unit.
    pub unit: DoseUnit,
    /// Who says so.
    pub source: String,
}

impl Maximum {
    /// As it is read: `4 g`.
    pub(super) fn text(&self, language: Language) -> String {
        dose_text(language, self.amount, self.unit.code())
    }
}

/// How many pieces of one intake are ordinary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsualPieces {
    /// Fewest.
    pub least: Amount,
    /// Most.
    pub most: Amount,
    /// Whether it is taken once a week and no more often.
    pub weekly: bool,
}

/// A medicine with what its doses are held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenMedicine {
    /// The catalogue entry; `None` for a medicine that a patient wrote down by name.
    pub id: Option<MedicineId>,
    /// Its ingredient; nothing of a medicine that is known by name alone.
    pub generic: Option<String>,
    /// How lines name it: name, strength and form.
    pub name: String,
    /// The same in Khmer.
    pub name_khmer: Option<String>,
    /// Form, route, unit and strength.
    pub product: Product,
    /// Pieces of one intake that are ordinary for this entry, when it says so.
    pub usual_pieces: Option<UsualPieces>,
    /// What the entry says of its maxima, to be shown where they cannot be compared.
    pub maximum_text: Option<String>,
    /// Most at once.
    pub single_maximum: Option<Maximum>,
    /// Most in a day.
    pub daily_maximum: Option<Maximum>,
}

impl ChosenMedicine {
    /// Whether a number of pieces or of millilitres is the same dose of both: ingredient, form, route and strength are
    /// the same.
    pub fn is_given_like(&self, other: &Self) -> bool {
        (self.id == other.id && self.name == other.name)
            || (self.has_ingredient_of(other) && self.product == other.product)
    }

    /// Whether both are of the same substance, as far as it is known.
    pub fn has_ingredient_of(&self, other: &Self) -> bool {
        self.generic.is_some() && self.generic == other.generic
    }

    /// A medicine of which nothing is known but its name.
    pub fn named(name: String) -> Self {
        Self {
            id: None,
            generic: None,
            name,
            name_khmer: None,
            product: Product::named(),
            usual_pieces: None,
            maximum_text: None,
            single_maximum: None,
            daily_maximum: None,
        }
    }
}

/// Finds the medicine that a line names. The line is given when one is changed: an entry that was withdrawn from the
/// catalogue since it was prescribed may go on.
///
/// Fails with `medicine_not_found`, `medicine_inactive` or `medicine_id_required`, which become errors of the field.
pub type FindMedicine<'a> = dyn Fn(Option<MedicationId>, &MedicineChoice) -> Result<ChosenMedicine> + 'a;
