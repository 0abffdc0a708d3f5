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
            ("furosemide", "40 mg", "½ tablet", "1-0-0", MealRelation::None),
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
            ("paracetamol", "500 mg", "1 tablet", "PRN", MealRelation::None),
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
