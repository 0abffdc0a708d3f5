//! Randomness, as a value that is handed in: the operating system's in production, a seeded stream in
//! tests and in the demo clinic.

use std::sync::Mutex;

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::error::{Error, Result};

/// A source of random bytes.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for each process")]
pub enum Random {
    /// The operating system's generator, fit for secrets.
    System,
    /// A reproducible stream; never for secrets outside tests and the demo.
    Seeded(Mutex<ChaCha12Rng>),
}

impl Random {
    /// A reproducible stream.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Mutex::new(ChaCha12Rng::seed_from_u64(seed)))
    }

    /// Fills `bytes`.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        match self {
            #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
            Self::System => getrandom::fill(bytes)
                .map_err(|error| Error::internal(format!("operating system randomness: {error}"))),
            Self::Seeded(stream) => {
                stream.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(bytes);
                Ok(())
            }
        }
    }

    /// So many random bytes.
    ///
    /// # Errors
    /// As [`Random::fill`].
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A number from 0 up to, not including, `bound`, each as likely as the other. 0 when `bound` is 0.
    ///
    /// # Errors
    /// As [`Random::fill`].
    pub fn below(&self, bound: u64) -> Result<u64> {
        if bound <= 1 {
            return Ok(0);
        }
        // Values past the last whole multiple of `bound` would favour small results: draw again.
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let drawn = u64::from_le_bytes(self.bytes::<8>()?);
            if drawn < limit {
                return Ok(drawn % bound);
            }
        }
    }
}
