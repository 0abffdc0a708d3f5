//! The medicine catalogue's entries.

use serde::{Deserialize, Serialize};

use crate::platform::clock::Timestamp;
use crate::platform::ids::{MedicineId, UserId};
use crate::platform::jobs::Job;

/// Declares an enumeration whose variants have one written name each, the same in CSV, JSON and the store.
macro_rules! named_enums {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)+ })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the names say it")]
        pub enum $name { $(#[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// All of them, in the order of lists.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The written name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The variant of a written name; case does not matter.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.name().eq_ignore_ascii_case(name))
            }
        }
    )*};
}

named_enums! {
    /// What the medicine looks like.
    Form {
        Tablet = "TABLET",
        Capsule = "CAPSULE",
        Syrup = "SYRUP",
        Suspension = "SUSPENSION",
        Solution = "SOLUTION",
        Drops = "DROPS",
        Sachet = "SACHET",
        Powder = "POWDER",
        Suppository = "SUPPOSITORY",
        Pessary = "PESSARY",
        Injection = "INJECTION",
        Infusion = "INFUSION",
        Vaccine = "VACCINE",
        Inhaler = "INHALER",
        NebuliserSolution = "NEBULISER_SOLUTION",
        NasalSpray = "NASAL_SPRAY",
        EyeDrops = "EYE_DROPS",
        EarDrops = "EAR_DROPS",
        Cream = "CREAM",
        Ointment = "OINTMENT",
        Gel = "GEL",
        Lotion = "LOTION",
        Shampoo = "SHAMPOO",
        Patch = "PATCH",
        Implant = "IMPLANT",
        Device = "DEVICE",
        Other = "OTHER",
    }

    /// How it gets into or onto the body.
    Route {
        Oral = "ORAL",
        Sublingual = "SUBLINGUAL",
        Rectal = "RECTAL",
        Vaginal = "VAGINAL",
        Intravenous = "INTRAVENOUS",
        Intramuscular = "INTRAMUSCULAR",
        Subcutaneous = "SUBCUTANEOUS",
        Intradermal = "INTRADERMAL",
        Inhaled = "INHALED",
        Nasal = "NASAL",
        Ophthalmic = "OPHTHALMIC",
        Otic = "OTIC",
        Topical = "TOPICAL",
        Transdermal = "TRANSDERMAL",
        Other = "OTHER",
    }

    /// What is counted when it is prescribed and dispensed.
    DoseUnit {
        Tablet = "TABLET",
        Capsule = "CAPSULE",
        Milliliter = "ML",
        Drop = "DROP",
        Sachet = "SACHET",
        Suppository = "SUPPOSITORY",
        Ampoule = "AMPOULE",
        Vial = "VIAL",
        Puff = "PUFF",
        Application = "APPLICATION",
        Patch = "PATCH",
        Dose = "DOSE",
        Unit = "UNIT",
    }

    /// How the form lets the medicine go. Pieces that are not plain are swallowed whole unless their label says
    /// otherwise, and are another medicine than the plain piece of the same strength.
    Release {
        Plain = "PLAIN",
        Modified = "MODIFIED",
        GastroResistant = "GASTRO_RESISTANT",
    }

    /// How much a clinic depends on it.
    Ven {
        Vital = "V",
        Essential = "E",
        NonEssential = "N",
    }

    /// The levels of care of the national list of essential medicines.
    LevelOfCare {
        HealthCentre = "MPA",
        ReferralHospital1 = "CPA1",
        ReferralHospital2 = "CPA2",
        ReferralHospital3 = "CPA3",
    }

    /// Where an entry comes from, which decides whether a newer shipped list may change it.
    Origin {
        Shipped = "SHIPPED",
        Imported = "IMPORTED",
        Staff = "STAFF",
    }
}

impl Default for Release {
    /// Entries of lists without the column, and rows written before it existed.
    fn default() -> Self {
        Self::Plain
    }
}

impl Route {
    /// Whether it is given with a needle.
    pub const fn is_by_needle(self) -> bool {
        matches!(self, Self::Intravenous | Self::Intramuscular | Self::Subcutaneous | Self::Intradermal)
    }
}

/// What an entry says, whoever wrote it. `generic`, `form`, `strength`, `route` and `release` together are its identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// International nonproprietary name, lower case; parts of a combination joined by ` + `.
    pub generic: String,
    /// Name in Khmer.
    pub khmer: String,
    /// Name in French.
    #[serde(default)]
    pub french: Option<String>,
    /// Brand names, best known first.
    #[serde(default)]
    pub brands: Vec<String>,
    /// Other names by which it is searched, such as names used in other countries; the entry is shown by its generic.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// What it looks like.
    pub form: Form,
    /// How the form lets it go.
    #[serde(default)]
    pub release: Release,
    /// As printed on the pack: `500 mg`, `250 mg/5 mL`.
    pub strength: String,
    /// How it is given or, of what is given in several ways, the first of them.
    pub route: Route,
    /// All the ways in which it may be given by its label, when there are several; empty when `route` is the only one.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// What is counted.
    pub unit: DoseUnit,
    /// One ATC code of five or seven characters.
    #[serde(default)]
    pub atc_code: Option<String>,
    /// Therapeutic class.
    #[serde(default)]
    pub class: Option<String>,
    /// Vital, essential or neither.
    #[serde(default)]
    pub ven: Option<Ven>,
    /// Where in the health system it is available; empty when not known.
    #[serde(default)]
    pub levels_of_care: Vec<LevelOfCare>,
    /// What it is for, one sentence.
    #[serde(default)]
    pub description: Option<String>,
    /// Usual dose. Like both maxima only with a source.
    #[serde(default)]
    pub usual_dose: Option<String>,
    /// Most at once.
    #[serde(default)]
    pub max_single_dose: Option<String>,
    /// Most in a day.
    #[serde(default)]
    pub max_daily_dose: Option<String>,
    /// Who says so.
    #[serde(default)]
    pub dose_source: Option<String>,
    /// How many pieces of one intake are ordinary for this entry, `1-12`, or `1-10 weekly` where one intake is a week's;
    /// empty where the common range holds.
    #[serde(default)]
    pub usual_pieces: Option<String>,
    /// What to know in pregnancy. Like the renal note only with a source.
    #[serde(default)]
    pub pregnancy_note: Option<String>,
    /// What to know when the kidneys are weak.
    #[serde(default)]
    pub renal_note: Option<String>,
    /// Who says so.
    #[serde(default)]
    pub note_source: Option<String>,
    /// Where the entry's facts come from.
    #[serde(default)]
    pub provenance: Option<String>,
    /// Why it is no longer prescribed, and what instead; only of an entry that is not active.
    #[serde(default)]
    pub withdrawn: Option<String>,
    /// Whether it can be prescribed and found. Entries are never deleted, so that old prescriptions keep their meaning.
    pub active: bool,
}

/// An entry of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Medicine {
    /// Derived from the entry's identity (see `rules::medicine_id`): the same in every installation.
    pub id: MedicineId,
    /// What it says.
    pub content: Content,
    /// Where it comes from.
    pub origin: Origin,
    /// The state of the catalogue in which it last changed, counted from 1: what the search index catches up by.
    pub revision: u64,
    /// When it was first written here.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// How the catalogue stands as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// Number of the last change, counted from 1; 0 for an empty catalogue.
    pub revision: u64,
    /// Drawn at random with each change: tells two histories with the same numbers apart.
    pub mark: u64,
    /// Raised when an import replaces many entries at once; part of the cache keys.
    pub epoch: u64,
    /// Number of the last import or refresh, finished or not.
    pub last_import: u64,
    /// The import whose staged rows already count although they have not been moved to their place.
    #[serde(default)]
    pub switched: Option<u64>,
    /// SHA-256 of the shipped list last taken over, in hexadecimal.
    #[serde(default)]
    pub shipped: Option<String>,
}

/// One list that was taken into the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Number of the import.
    pub number: u64,
    /// File name, or `medicines.csv` for the list that is shipped.
    pub name: String,
    /// Shipped or imported.
    pub origin: Origin,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// When it took effect.
    pub at: Timestamp,
    /// Who imported it; nobody for the shipped list.
    #[serde(default)]
    pub by: Option<UserId>,
    /// What it changed.
    pub counts: ImportCounts,
}

/// What an import does, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Rows in the file.
    pub rows: u64,
    /// Entries that were not there.
    pub new: u64,
    /// Entries that say something else now.
    pub changed: u64,
    /// Entries that say the same.
    pub unchanged: u64,
    /// Entries of the shipped list that the clinic has imported or edited itself, left as they are.
    pub kept: u64,
}

/// Brings the search index up to the catalogue. One is enqueued by every change of the catalogue, in the same
/// transaction, so that a crash before the index has followed is caught up.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct UpdateSearch {}

impl Job for UpdateSearch {
    const NAME: &'static str = "update-medicine-search";
    const QUEUE: &'static str = "search";
}

/// Takes over the shipped list where it is a newer one, and looks after the search index.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RefreshCatalogue {}

impl Job for RefreshCatalogue {
    const NAME: &'static str = "refresh-catalogue";
    const QUEUE: &'static str = "search";
}
