//! What a part of the server counts about itself besides requests, for `/metrics`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::clock::Span;

/// Every such counter of one server.
#[derive(Debug)]
pub struct Metrics {
    /// From the planned time of a dose's reminder to the time it was written for delivery.
    pub reminder_lateness: Histogram<6>,
    /// Attempts to send messages, by carrier and outcome.
    pub deliveries: Counts,
}

impl Default for Metrics {
    fn default() -> Self {
        const MINUTE: i64 = 60_000;
        Self {
            reminder_lateness: Histogram::new([1_000, 5_000, 15_000, MINUTE, 5 * MINUTE, 15 * MINUTE]),
            deliveries: Counts::default(),
        }
    }
}

/// Events counted by two names each, both from short closed lists.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<(&'static str, &'static str), u64>>);

impl Counts {
    /// Counts one.
    pub fn add(&self, name: &'static str, outcome: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((name, outcome)).or_default() += 1;
    }

    /// What was counted since the start, by name.
    pub fn figures(&self) -> Vec<((&'static str, &'static str), u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(names, count)| (*names, *count)).collect()
    }
}

/// Lengths of time, counted by size. Nothing is locked.
#[derive(Debug)]
pub struct Histogram<const N: usize> {
    ends_ms: [i64; N],
    buckets: [AtomicU64; N],
    count: AtomicU64,
    sum_ms: AtomicU64,
}

/// A histogram as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// For each upper end in milliseconds how many were not longer.
    pub up_to: Vec<(u64, u64)>,
    /// How many there were.
    pub count: u64,
    /// All of them together, in milliseconds.
    pub sum_ms: u64,
}

impl<const N: usize> Histogram<N> {
    /// Counts by these upper ends in milliseconds, ascending.
    pub fn new(ends_ms: [i64; N]) -> Self {
        Self {
            ends_ms,
            buckets: std::array::from_fn(|_| AtomicU64::new(0)),
            count: AtomicU64::new(0),
            sum_ms: AtomicU64::new(0),
        }
    }

    /// Counts a length of time; a negative one as none at all.
    pub fn add(&self, length: Span) {
        let length_ms = length.as_milliseconds().max(0);
        let place = self.ends_ms.iter().position(|&end| length_ms <= end);
        if let Some(bucket) = place.and_then(|place| self.buckets.get(place)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum_ms.fetch_add(length_ms.unsigned_abs(), Ordering::Relaxed);
    }

    /// What was counted since the start.
    pub fn figures(&self) -> Figures {
        let mut below = 0;
        let up_to = self.ends_ms.iter().zip(&self.buckets).map(|(end, bucket)| {
            below += bucket.load(Ordering::Relaxed);
            (end.unsigned_abs(), below)
        });
        Figures {
            up_to: up_to.collect(),
            count: self.count.load(Ordering::Relaxed),
            sum_ms: self.sum_ms.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_every_bucket_that_holds_them() {
        let histogram = Histogram::new([10, 100]);
        for length in [-5, 10, 11, 100, 101] {
            histogram.add(Span::milliseconds(length));
        }
        let expected = Figures { up_to: vec![(10, 2), (100, 4)], count: 5, sum_ms: 222 };
        assert_eq!(histogram.figures(), expected);
    }
}
