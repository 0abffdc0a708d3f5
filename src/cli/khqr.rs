//! `das-tern khqr`: reads one request a line, writes one answer a line. For support, and to hold this codec against
//! another one.

pub mod conformance;

use std::io::{self, BufRead as _};

/// Answers each line of the standard input until it ends.
///
/// # Errors
/// When the input cannot be read.
pub(super) fn run() -> super::Outcome {
    for line in io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty() {
            super::say(&conformance::answer(&line));
        }
    }
    Ok(())
}
