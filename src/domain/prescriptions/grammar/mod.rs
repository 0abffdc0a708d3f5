//! What doctors write, understood: dosages and frequencies in the words of English, French and Khmer prescriptions.
//!
//! A text becomes tokens (`tokens`), tokens become statements that each carry their whole meaning (`statements`), and
//! statements are put together (`reading`). What is not understood whole, or could mean two things, is refused with the
//! part that is to be written otherwise. Short forms that are easily misread are those of the ISMP list of error-prone
//! abbreviations, symbols and dose designations.

mod amounts;
mod calendar;
mod clock;
mod columns;
mod condition;
mod counts;
mod days;
mod directions;
mod dosage;
mod eyes;
mod forms;
mod frequency;
mod hours;
mod intervals;
mod limits;
mod meals;
mod neighbours;
mod number;
mod quantity;
mod reading;
mod refusal;
mod said_once;
mod scope;
mod sequence;
mod settle;
mod slots;
mod statements;
mod taper;
mod text;
mod tokens;
mod ways;
mod words;
mod words_directions;
mod words_french;
mod words_khmer;
mod words_units;

pub use condition::{Complaint, Condition};
pub use directions::{Direction, Side};
pub use dosage::{Dosage, parse_dosage, parse_unit};
pub use forms::{ACCEPTED_DOSAGES, ACCEPTED_FREQUENCIES, accepted_dosages, accepted_frequencies};
pub use frequency::{Frequency, SaidAmount, Timing, parse_frequency};
pub use refusal::Refusal;

#[cfg(test)]
mod tests;
