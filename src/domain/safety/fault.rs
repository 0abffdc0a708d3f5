//! What is wrong with a rule file.

use std::fmt;

/// One fault, where it stands and how to mend it. A set of rules with a fault is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file: `interactions.csv`.
    pub file: String,
    /// Its line, counted from 1 as editors do.
    pub line: u64,
    /// The column.
    pub column: String,
    /// What is wrong, in a sentence.
    pub sentence: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, line {}, column {}: {}", self.file, self.line, self.column, self.sentence)
    }
}
