//! The units in which a dose is counted.

use serde::{Deserialize, Serialize};

/// A unit of a dose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum DoseUnit {
    Tablet,
    Capsule,
    Sachet,
    Suppository,
    Ampoule,
    Vial,
    Patch,
    Drop,
    Puff,
    Spray,
    Application,
    /// Vaginal tablet, capsule or ovule.
    Pessary,
    /// As the product measures it out, as a vaccine.
    Dose,
    /// Of what has no name of its own: an enema, an implant, an inhalation capsule.
    Piece,
    /// 5 ml.
    Teaspoon,
    /// 15 ml.
    Tablespoon,
    Ml,
    Mg,
    G,
    Mcg,
    /// International units.
    Iu,
    /// Million international units.
    Miu,
}

impl DoseUnit {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::Tablet,
        Self::Capsule,
        Self::Sachet,
        Self::Suppository,
        Self::Ampoule,
        Self::Vial,
        Self::Patch,
        Self::Drop,
        Self::Puff,
        Self::Spray,
        Self::Application,
        Self::Pessary,
        Self::Dose,
        Self::Piece,
        Self::Teaspoon,
        Self::Tablespoon,
        Self::Ml,
        Self::Mg,
        Self::G,
        Self::Mcg,
        Self::Iu,
        Self::Miu,
    ];

    /// As stored and as the API writes it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Tablet => "TABLET",
            Self::Capsule => "CAPSULE",
            Self::Sachet => "SACHET",
            Self::Suppository => "SUPPOSITORY",
            Self::Ampoule => "AMPOULE",
            Self::Vial => "VIAL",
            Self::Patch => "PATCH",
            Self::Drop => "DROP",
            Self::Puff => "PUFF",
            Self::Spray => "SPRAY",
            Self::Application => "APPLICATION",
            Self::Pessary => "PESSARY",
            Self::Dose => "DOSE",
            Self::Piece => "PIECE",
            Self::Teaspoon => "TEASPOON",
            Self::Tablespoon => "TABLESPOON",
            Self::Ml => "ML",
            Self::Mg => "MG",
            Self::G => "G",
            Self::Mcg => "MCG",
            Self::Iu => "IU",
            Self::Miu => "MIU",
        }
    }

    /// The message key of its name: `unit.TABLET`.
    pub const fn message_key(self) -> &'static str {
        match self {
            Self::Tablet => "unit.TABLET",
            Self::Capsule => "unit.CAPSULE",
            Self::Sachet => "unit.SACHET",
            Self::Suppository => "unit.SUPPOSITORY",
            Self::Ampoule => "unit.AMPOULE",
            Self::Vial => "unit.VIAL",
            Self::Patch => "unit.PATCH",
            Self::Drop => "unit.DROP",
            Self::Puff => "unit.PUFF",
            Self::Spray => "unit.SPRAY",
            Self::Application => "unit.APPLICATION",
            Self::Pessary => "unit.PESSARY",
            Self::Dose => "unit.DOSE",
            Self::Piece => "unit.PIECE",
            Self::Teaspoon => "unit.TEASPOON",
            Self::Tablespoon => "unit.TABLESPOON",
            Self::Ml => "unit.ML",
            Self::Mg => "unit.MG",
            Self::G => "unit.G",
            Self::Mcg => "unit.MCG",
            Self::Iu => "unit.IU",
            Self::Miu => "unit.MIU",
        }
    }

    /// The unit of a stored code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.code() == code)
    }

    /// Whether the pharmacy hands it out by the piece, so that a total tells for how many days it lasts.
    pub const fn is_counted(self) -> bool {
        matches!(
            self,
            Self::Tablet
                | Self::Capsule
                | Self::Sachet
                | Self::Suppository
                | Self::Ampoule
                | Self::Vial
                | Self::Patch
                | Self::Pessary
                | Self::Dose
                | Self::Piece
        )
    }

    /// The message key of its name for more than one: `units.TABLET`.
    pub const fn plural_key(self) -> &'static str {
        match self {
            Self::Tablet => "units.TABLET",
            Self::Capsule => "units.CAPSULE",
            Self::Sachet => "units.SACHET",
            Self::Suppository => "units.SUPPOSITORY",
            Self::Ampoule => "units.AMPOULE",
            Self::Vial => "units.VIAL",
            Self::Patch => "units.PATCH",
            Self::Drop => "units.DROP",
            Self::Puff => "units.PUFF",
            Self::Spray => "units.SPRAY",
            Self::Application => "units.APPLICATION",
            Self::Pessary => "units.PESSARY",
            Self::Dose => "units.DOSE",
            Self::Piece => "units.PIECE",
            Self::Teaspoon => "units.TEASPOON",
            Self::Tablespoon => "units.TABLESPOON",
            Self::Ml | Self::Mg | Self::G | Self::Mcg | Self::Iu | Self::Miu => self.message_key(),
        }
    }

    /// Whether it is a measure (mg, ml, IU), which is written with decimals, and not a piece, which is counted.
    pub const fn is_measure(self) -> bool {
        matches!(self, Self::Ml | Self::Mg | Self::G | Self::Mcg | Self::Iu | Self::Miu)
    }

    /// Whether a part of one can be given, so that it is written as a fraction: ½ tablet, ½ sachet, 1½ teaspoons.
    /// Whether a certain tablet may be split is for [`super::product::Product`] to say.
    pub const fn has_fractions(self) -> bool {
        matches!(self, Self::Tablet | Self::Suppository | Self::Sachet | Self::Teaspoon | Self::Tablespoon)
    }
}
