//! What doctors write, understood: dosages and frequencies in the words of English, French and Khmer
//! prescriptions. What could mean two things is not guessed.

mod dosage;
mod forms;
mod frequency;
mod text;
mod words;

pub use dosage::{ACCEPTED_DOSAGES, Dosage, parse_dosage, parse_unit};
pub use forms::{ACCEPTED_FREQUENCIES, Meaning};
pub use frequency::{Frequency, Timing, parse_frequency};

/// The accepted dosages as one line for messages.
pub fn accepted_dosages() -> String {
    ACCEPTED_DOSAGES.iter().map(|&(text, ..)| text).collect::<Vec<_>>().join(", ")
}

/// Some accepted frequencies as one line for messages.
pub fn accepted_frequencies() -> String {
    ACCEPTED_FREQUENCIES.iter().filter(|form| form.shown).map(|form| form.text).collect::<Vec<_>>().join(", ")
}
