//! Forms that are shown to whoever wrote one that cannot be read, each with what it means. A test reads every one.

use crate::domain::prescriptions::product::Product;

/// Forms of a dosage.
pub const ACCEPTED_DOSAGES: &[&str] = &[
    "500 mg",
    "1 tablet",
    "½ tablet",
    "1/2 cp",
    "1 1/2 cp",
    "2 gél",
    "1 sachet",
    "5 ml",
    "1 càc",
    "0.25 mg",
    "10 IU",
    "3 drops",
    "2 puffs",
    "2 គ្រាប់",
    "១ គ្រាប់",
];

/// Forms of a dosage in international units.
pub const ACCEPTED_UNITS: &[&str] = &["10 IU", "16 IU", "10 UI"];

/// Forms of a frequency.
pub const ACCEPTED_FREQUENCIES: &[&str] = &[
    "OD",
    "BID",
    "TID",
    "QID",
    "at bedtime",
    "1-0-1",
    "½-0-½",
    "2x/day",
    "x3/j",
    "2 fois par jour",
    "matin et soir",
    "1 cp le matin, 2 cp le soir",
    "every 8 hours",
    "08:00 and 20:00",
    "every other day",
    "once weekly on Monday",
    "BID x 5 days",
    "PRN max 4",
    "si douleur, max 4/j",
    "STAT",
    "3ដង/១ថ្ងៃ",
    "ព្រឹក ល្ងាច ក្រោយបាយ",
];

/// The accepted dosages as one line for messages.
pub fn accepted_dosages() -> String {
    ACCEPTED_DOSAGES.join(", ")
}

/// The accepted dosages of a medicine: of an insulin those in units alone.
pub fn accepted_dosages_of(product: &Product) -> String {
    if product.is_in_units_only() {
        return ACCEPTED_UNITS.join(", ");
    }
    accepted_dosages()
}

/// Some accepted frequencies as one line for messages.
pub fn accepted_frequencies() -> String {
    ACCEPTED_FREQUENCIES.join("; ")
}
