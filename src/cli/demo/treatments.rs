//! What the demo's doctors prescribe. Written for the demonstration; no real person's prescription.

use crate::domain::medicines::model::{Form, Route};
use crate::domain::medicines::rules::medicine_id;
use crate::domain::prescriptions::draft::{ContentInput, LineInput};
use crate::domain::prescriptions::model::MealRelation;

/// One line as the doctor writes it: generic, strength, dosage, frequency, relation to meals.
type DemoLine = (&'static str, &'static str, &'static str, &'static str, MealRelation);

/// A treatment with its diagnosis.
#[derive(Debug)]
pub struct Treatment {
    /// As written on the form.
    pub diagnosis: &'static str,
    lines: &'static [DemoLine],
    /// The frequency to which the first line is changed when the doctor revises it.
    pub revised_frequency: &'static str,
}

/// Every treatment.
pub const TREATMENTS: [Treatment; 8] = [
    Treatment {
        diagnosis: "Essential hypertension",
        lines: &[
            ("amlodipine", "5 mg", "1 tablet", "1-0-0", MealRelation::After),
            ("losartan", "50 mg", "1 tablet", "0-0-1", MealRelation::After),
        ],
        revised_frequency: "1-0-1",
    },
    Treatment {
        diagnosis: "Type 2 diabetes",
        lines: &[("metformin", "500 mg", "1 tablet", "1-0-1", MealRelation::With)],
        revised_frequency: "1-1-1",
    },
    Treatment {
        diagnosis: "Type 2 diabetes with hypertension",
        lines: &[
            ("metformin", "850 mg", "1 tablet", "1-0-1", MealRelation::With),
            ("enalapril", "10 mg", "1 tablet", "1-0-0", MealRelation::None),
            ("atorvastatin", "20 mg", "1 tablet", "HS", MealRelation::None),
        ],
        revised_frequency: "1-1-1",
    },
    Treatment {
        diagnosis: "High blood lipids",
        lines: &[("simvastatin", "20 mg", "1 tablet", "HS", MealRelation::None)],
        revised_frequency: "0-0-1",
    },
    Treatment {
        diagnosis: "Heart failure, stable",
        lines: &[
            ("bisoprolol", "2.5 mg", "1 tablet", "OD", MealRelation::None),
            ("furosemide", "40 mg", "½ tablet", "mane", MealRelation::None),
            ("acetylsalicylic acid", "100 mg", "1 tablet", "0-1-0", MealRelation::After),
        ],
        revised_frequency: "BID",
    },
    Treatment {
        diagnosis: "Iron-deficiency anaemia",
        lines: &[("ferrous sulfate", "200 mg", "1 tablet", "2x/day", MealRelation::EmptyStomach)],
        revised_frequency: "3x/day",
    },
    Treatment {
        diagnosis: "Gout",
        lines: &[
            ("allopurinol", "100 mg", "1 tablet", "1-0-0", MealRelation::After),
            ("paracetamol", "500 mg", "1 tablet", "PRN max 4", MealRelation::None),
        ],
        revised_frequency: "1-0-1",
    },
    Treatment {
        diagnosis: "Epilepsy",
        lines: &[("carbamazepine", "200 mg", "1 tablet", "1-0-1-0", MealRelation::After)],
        revised_frequency: "1-1-1",
    },
];

impl Treatment {
    /// The prescription's content for ongoing treatment. `revised` takes the revised frequency.
    pub fn content(&self, revision: Revision) -> ContentInput {
        let lines = self.lines.iter().enumerate().map(|(place, line)| {
            let (generic, strength, dosage, frequency, meal) = *line;
            let frequency = match revision {
                Revision::Revised if place == 0 => self.revised_frequency,
                Revision::First | Revision::Revised => frequency,
            };
            LineInput {
                medicine_id: Some(medicine_id(generic, Form::Tablet, strength, Route::Oral)),
                dosage: Some(dosage.to_owned()),
                frequency: Some(frequency.to_owned()),
                meal_relation: Some(meal),
                ..LineInput::default()
            }
        });
        ContentInput {
            diagnosis: Some(self.diagnosis.to_owned()),
            lines: Some(lines.collect()),
            ..ContentInput::default()
        }
    }
}

/// Which version of a treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revision {
    /// As first prescribed.
    First,
    /// With the first line changed.
    Revised,
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use chrono::NaiveDate;

    use super::*;
    use crate::domain::medicines::list;
    use crate::domain::medicines::model::Content;
    use crate::domain::prescriptions::draft::{ChosenMedicine, MedicineChoice, parse_content};
    use crate::domain::prescriptions::product::Product;
    use crate::platform::error::Error;
    use crate::platform::ids::MedicineId;

    #[test]
    fn every_treatment_can_be_prescribed() {
        let text =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/medicines.csv")).unwrap();
        let mut entries: HashMap<MedicineId, Content> = HashMap::new();
        list::read(&text, |id, content| {
            entries.insert(id, content);
            Ok(())
        })
        .unwrap();
        let find = |_, choice: &MedicineChoice| {
            let MedicineChoice::Catalogue(id) = choice else {
                return Err(Error::not_found("medicine_not_found"));
            };
            let entry = entries.get(id).filter(|entry| entry.active);
            let entry = entry.ok_or_else(|| Error::not_found("medicine_not_found"))?;
            let product = Product::new(entry.form, entry.route, entry.unit, &entry.strength, entry.release);
            Ok(ChosenMedicine { id: Some(*id), product, ..ChosenMedicine::named(entry.generic.clone()) })
        };
        let day = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        for treatment in &TREATMENTS {
            for revision in [Revision::First, Revision::Revised] {
                let content = treatment.content(revision);
                let checked = parse_content(&content, "", day, &find);
                assert!(checked.is_ok(), "{}: {:?}", treatment.diagnosis, checked.err());
            }
        }
    }
}
