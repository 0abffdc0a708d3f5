//! Caches that are never staler than the last acknowledged write.
//!
//! Each entry remembers the generation of its key at the time when its value was about to be read. A commit
//! raises the generation of every key it touched before its caller is answered, and an entry of an older
//! generation is not served. So a slow reader that fills the cache with what it read before a commit does no
//! harm: its entry is already out of date when it arrives.

use std::any::Any;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::sync::Cache as Moka;

use super::error::{Error, Result};
use super::rate_limits::RateLimits;
use super::store::Effects;

/// The regions, with their time to live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// Profiles, 1 h.
    Users,
    /// Catalogue entries, 24 h.
    Medicines,
    /// Active connections of a person, 15 min.
    Connections,
    /// A patient's prescriptions, 1 h.
    Prescriptions,
    /// A patient's schedule, 6 h.
    Doses,
    /// A patient's adherence counters, 30 min.
    Adherence,
    /// A patient's recent vitals, 15 min.
    Vitals,
    /// A person's unread count, 5 min.
    Notifications,
    /// Sessions and revoked tokens, 24 h.
    Sessions,
    /// Request counts, 1 min.
    RateLimits,
}

impl Region {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Users,
        Self::Medicines,
        Self::Connections,
        Self::Prescriptions,
        Self::Doses,
        Self::Adherence,
        Self::Vitals,
        Self::Notifications,
        Self::Sessions,
        Self::RateLimits,
    ];

    /// Name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Medicines => "medicines",
            Self::Connections => "connections",
            Self::Prescriptions => "prescriptions",
            Self::Doses => "doses",
            Self::Adherence => "adherence",
            Self::Vitals => "vitals",
            Self::Notifications => "notifications",
            Self::Sessions => "sessions",
            Self::RateLimits => "rate_limits",
        }
    }

    /// How long an entry may live.
    pub const fn time_to_live(self) -> Duration {
        const MINUTE: u64 = 60;
        Duration::from_secs(match self {
            Self::Users | Self::Prescriptions => 60 * MINUTE,
            Self::Medicines | Self::Sessions => 24 * 60 * MINUTE,
            Self::Connections | Self::Vitals => 15 * MINUTE,
            Self::Doses => 6 * 60 * MINUTE,
            Self::Adherence => 30 * MINUTE,
            Self::Notifications => 5 * MINUTE,
            Self::RateLimits => MINUTE,
        })
    }

    /// Most entries kept: bounds the memory.
    const fn capacity(self) -> u64 {
        match self {
            Self::Users | Self::Sessions | Self::RateLimits | Self::Notifications => 20_000,
            Self::Medicines | Self::Connections | Self::Adherence => 10_000,
            Self::Prescriptions | Self::Doses | Self::Vitals => 4_000,
        }
    }
}

#[derive(Clone)]
struct Entry {
    generation: u64,
    value: Arc<dyn Any + Send + Sync>,
}

struct Shelf {
    entries: Moka<u128, Entry>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// Keys share generations by hash; a collision costs a needless miss, never a stale answer.
const GENERATIONS: usize = 8192;

/// All regions.
pub struct Cache {
    /// Request counts, which are changed rather than loaded.
    pub rate_limits: RateLimits,
    shelves: [Shelf; 10],
    generations: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl Default for Cache {
    fn default() -> Self {
        Self::new()
    }
}

impl Cache {
    /// Empty.
    pub fn new() -> Self {
        let shelves = Region::ALL.map(|region| Shelf {
            entries: Moka::builder()
                .max_capacity(region.capacity())
                .time_to_live(region.time_to_live())
                .build(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        });
        let generations = (0..GENERATIONS).map(|_| AtomicU64::new(0)).collect();
        Self { rate_limits: RateLimits::default(), shelves, generations, hasher: RandomState::new() }
    }

    fn shelf(&self, region: Region) -> Result<&Shelf> {
        self.shelves.get(region as usize).ok_or_else(|| Error::internal("cache region without a shelf"))
    }

    fn generation(&self, region: Region, key: u128) -> Result<&AtomicU64> {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u8(region as u8);
        hasher.write_u128(key);
        let place = usize::try_from(hasher.finish() % GENERATIONS as u64).unwrap_or(0);
        self.generations.get(place).ok_or_else(|| Error::internal("cache without generations"))
    }

    /// The cached value, or the one that `load` reads, which must read from the store only after it is called.
    ///
    /// # Errors
    /// Those of `load`.
    pub fn get_or_load<V: Send + Sync + 'static>(
        &self,
        region: Region,
        key: u128,
        load: impl FnOnce() -> Result<V>,
    ) -> Result<Arc<V>> {
        let shelf = self.shelf(region)?;
        let generation = self.generation(region, key)?;
        let before = generation.load(Ordering::SeqCst);
        if let Some(entry) = shelf.entries.get(&key)
            && entry.generation == before
            && let Ok(value) = entry.value.downcast::<V>()
        {
            shelf.hits.fetch_add(1, Ordering::Relaxed);
            return Ok(value);
        }
        shelf.misses.fetch_add(1, Ordering::Relaxed);
        let value = Arc::new(load()?);
        if generation.load(Ordering::SeqCst) == before {
            let entry = Entry { generation: before, value: Arc::clone(&value) as Arc<dyn Any + Send + Sync> };
            shelf.entries.insert(key, entry);
        }
        Ok(value)
    }

    /// Drops what a commit touched.
    pub fn apply(&self, effects: &Effects) {
        for &(region, key) in &effects.touched {
            self.drop_entry(region, key);
        }
    }

    fn drop_entry(&self, region: Region, key: u128) {
        if let (Ok(shelf), Ok(generation)) = (self.shelf(region), self.generation(region, key)) {
            generation.fetch_add(1, Ordering::SeqCst);
            shelf.entries.invalidate(&key);
        }
    }

    /// Hits and misses of a region since the start.
    pub fn counts(&self, region: Region) -> (u64, u64) {
        if region == Region::RateLimits {
            return self.rate_limits.counts();
        }
        match self.shelf(region) {
            Ok(shelf) => (shelf.hits.load(Ordering::Relaxed), shelf.misses.load(Ordering::Relaxed)),
            Err(_) => (0, 0),
        }
    }
}
