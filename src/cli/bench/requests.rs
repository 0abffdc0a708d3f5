//! Flows as lists of prepared requests, each with what its answer must hold.

use super::client::Answer;
use super::measure::Flow;

/// A request with what makes its answer right.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The bytes to send.
    pub bytes: Vec<u8>,
    /// Texts the answer must hold.
    pub holds: Vec<String>,
}

/// Whether the requests may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Round and round: reads.
    Cycle,
    /// Each only once: a dose is taken once.
    Once,
}

/// A flow made of prepared requests.
pub struct Requests {
    name: String,
    repeat: Repeat,
    prepared: Vec<Prepared>,
}

impl Requests {
    /// A flow named `name`.
    pub fn new(name: &str, repeat: Repeat, prepared: Vec<Prepared>) -> Self {
        Self { name: name.to_owned(), repeat, prepared }
    }

    fn nth(&self, n: u64) -> Option<&Prepared> {
        let n = usize::try_from(n).ok()?;
        match self.repeat {
            Repeat::Cycle => self.prepared.get(n.checked_rem(self.prepared.len())?),
            Repeat::Once => self.prepared.get(n),
        }
    }
}

/// Every so many answers are parsed whole; the others are searched for what they must hold.
const PARSE_EVERY: u64 = 64;

impl Flow for Requests {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn request(&self, n: u64) -> Option<Vec<u8>> {
        Some(self.nth(n)?.bytes.clone())
    }

    fn check(&self, n: u64, answer: &Answer<'_>) -> Result<(), String> {
        if answer.status != 200 {
            return Err(format!("status {}: {}", answer.status, String::from_utf8_lossy(answer.body)));
        }
        let Some(prepared) = self.nth(n) else { return Err("no such request".to_owned()) };
        for text in &prepared.holds {
            if !answer.contains(text) {
                return Err(format!("answer lacks {text}: {}", String::from_utf8_lossy(answer.body)));
            }
        }
        if n.is_multiple_of(PARSE_EVERY) {
            answer.json()?;
        }
        Ok(())
    }
}
