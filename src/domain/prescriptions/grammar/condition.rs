//! The complaints for which a medicine is taken as needed.

use super::number::written;
use crate::domain::medicines::model::Route;
use crate::domain::prescriptions::product::Product;
use crate::platform::i18n::{Language, text};

/// What a patient feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Complaint {
    Pain,
    Headache,
    Fever,
    Nausea,
    Vomiting,
    Cough,
    Itching,
    Allergy,
    Diarrhoea,
    Constipation,
    Sleeplessness,
    Anxiety,
    Breathlessness,
    ChestPain,
    AbdominalPain,
    Cramps,
    Dizziness,
    Toothache,
    Heartburn,
    LooseStool,
    /// Of a disease that comes in attacks.
    Attack,
    AsthmaAttack,
}

impl Complaint {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::Pain,
        Self::Headache,
        Self::Fever,
        Self::Nausea,
        Self::Vomiting,
        Self::Cough,
        Self::Itching,
        Self::Allergy,
        Self::Diarrhoea,
        Self::Constipation,
        Self::Sleeplessness,
        Self::Anxiety,
        Self::Breathlessness,
        Self::ChestPain,
        Self::AbdominalPain,
        Self::Cramps,
        Self::Dizziness,
        Self::Toothache,
        Self::Heartburn,
        Self::LooseStool,
        Self::Attack,
        Self::AsthmaAttack,
    ];

    /// What it means for a medicine that is given like this: an attack for which one inhales is one of asthma.
    #[must_use]
    pub fn of(self, product: &Product) -> Self {
        match self {
            Self::Attack if product.route() == Some(Route::Inhaled) => Self::AsthmaAttack,
            other => other,
        }
    }

    /// The message key of its name.
    pub const fn message_key(self) -> &'static str {
        match self {
            Self::Pain => "complaint.PAIN",
            Self::Headache => "complaint.HEADACHE",
            Self::Fever => "complaint.FEVER",
            Self::Nausea => "complaint.NAUSEA",
            Self::Vomiting => "complaint.VOMITING",
            Self::Cough => "complaint.COUGH",
            Self::Itching => "complaint.ITCHING",
            Self::Allergy => "complaint.ALLERGY",
            Self::Diarrhoea => "complaint.DIARRHOEA",
            Self::Constipation => "complaint.CONSTIPATION",
            Self::Sleeplessness => "complaint.SLEEPLESSNESS",
            Self::Anxiety => "complaint.ANXIETY",
            Self::Breathlessness => "complaint.BREATHLESSNESS",
            Self::ChestPain => "complaint.CHEST_PAIN",
            Self::AbdominalPain => "complaint.ABDOMINAL_PAIN",
            Self::Cramps => "complaint.CRAMPS",
            Self::Dizziness => "complaint.DIZZINESS",
            Self::Toothache => "complaint.TOOTHACHE",
            Self::Heartburn => "complaint.HEARTBURN",
            Self::LooseStool => "complaint.LOOSE_STOOL",
            Self::Attack => "complaint.ATTACK",
            Self::AsthmaAttack => "complaint.ASTHMA_ATTACK",
        }
    }
}

/// When a medicine that is taken as needed is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// What the patient feels.
    pub complaint: Complaint,
    /// Of fever: the temperature above which it counts, in ten-thousandths of a degree Celsius.
    pub above: Option<u32>,
    /// Whether "and" stood before it, not "or".
    pub and: bool,
}

impl Condition {
    /// As it is read: `pain`, `fever above 38.5 °C`.
    pub fn text(&self, language: Language) -> String {
        let complaint = text(language, self.complaint.message_key(), &[]);
        match self.above {
            None => complaint,
            Some(above) => text(
                language,
                "complaint.above",
                &[("complaint", complaint), ("temperature", written(u64::from(above)))],
            ),
        }
    }
}
