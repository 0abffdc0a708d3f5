//! Counts requests in a sliding window of one minute, exactly.
//!
//! Each key remembers the times of the requests that were let through in the last minute, at most as many as its
//! limit. A request is let through when fewer than the limit are remembered; a refused one leaves no trace. So
//! both cost a look at the oldest entry, and the wait that is announced is the true one.
//!
//! Memory is bounded: keys live in two generations; a key not used for a minute is in neither, and when too many
//! are in use at once the least recently used go first.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::clock::{Span, Timestamp};
use super::ids::UserId;

/// Length of the window.
pub const WINDOW: Span = Span::seconds(60);
/// Parts of the table, each with its own lock.
const SHARDS: usize = 64;
/// Keys of one generation of one part: 64 * 2 * 400 keys at the most.
const GENERATION_MAX: usize = 400;

/// Whose requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counted {
    /// A signed-in person.
    Person(UserId),
    /// An address at the sign-in endpoints.
    SignIn(IpAddr),
    /// An address without sign-in.
    Anonymous(IpAddr),
}

impl Counted {
    /// One household or attacker has a whole IPv6 /64 network: it counts as one address.
    #[must_use]
    pub fn grouped(self) -> Self {
        match self {
            Self::SignIn(ip) => Self::SignIn(network(ip)),
            Self::Anonymous(ip) => Self::Anonymous(network(ip)),
            Self::Person(_) => self,
        }
    }
}

/// The network that counts as one address: an IPv4 address, or an IPv6 /64.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() >> 64 << 64).into()),
    }
}

/// Where a key stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether the request is let through.
    pub verdict: Verdict,
    /// Requests allowed in a window.
    pub limit: u32,
    /// Requests left in this window.
    pub remaining: u32,
    /// When the oldest counted request leaves the window: seconds, rounded up.
    pub reset_seconds: u32,
}

/// Whether a request is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Allowed,
    /// It is not, and was not counted.
    Refused,
}

#[derive(Default)]
struct Shard {
    current: HashMap<Counted, VecDeque<i64>>,
    previous: HashMap<Counted, VecDeque<i64>>,
    turned_at: i64,
}

/// The table of all counted keys.
pub struct RateLimits {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    known: AtomicU64,
    new: AtomicU64,
}

impl Default for RateLimits {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: RandomState::new(), known: AtomicU64::new(0), new: AtomicU64::new(0) }
    }
}

impl RateLimits {
    /// Counts a request of `who` at `now` unless that would be more than `limit` in the minute before it.
    pub fn count(&self, who: Counted, limit: u32, now: Timestamp) -> Standing {
        let who = who.grouped();
        let place = usize::try_from(self.hasher.hash_one(who) % SHARDS as u64).unwrap_or(0);
        let Some(shard) = self.shards.get(place) else { return unlimited(limit) };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let times = shard.times_of(who, now, &self.known, &self.new);
        judge(times, limit, now)
    }

    /// How often a key was known and how often it was new.
    pub fn counts(&self) -> (u64, u64) {
        (self.known.load(Ordering::Relaxed), self.new.load(Ordering::Relaxed))
    }
}

impl Shard {
    /// The remembered times of a key, which is now in the current generation.
    fn times_of(
        &mut self,
        who: Counted,
        now: Timestamp,
        known: &AtomicU64,
        new: &AtomicU64,
    ) -> &mut VecDeque<i64> {
        let now = now.as_milliseconds();
        let turn = now.abs_diff(self.turned_at) >= WINDOW.as_milliseconds().unsigned_abs();
        if turn || self.current.len() >= GENERATION_MAX {
            self.previous = std::mem::take(&mut self.current);
            self.turned_at = now;
        }
        let previous = &mut self.previous;
        let mut found = known;
        let times = self.current.entry(who).or_insert_with(|| {
            previous.remove(&who).unwrap_or_else(|| {
                found = new;
                VecDeque::new()
            })
        });
        found.fetch_add(1, Ordering::Relaxed);
        times
    }
}

fn judge(times: &mut VecDeque<i64>, limit: u32, now: Timestamp) -> Standing {
    let (mut now, window) = (now.as_milliseconds(), WINDOW.as_milliseconds());
    if let Some(&last) = times.back() {
        if last.saturating_sub(now) > window {
            // A clock that was set back would otherwise lock people out for as long as it was ahead.
            times.clear();
        } else {
            // Requests at once may arrive here in another order than they looked at the clock.
            now = now.max(last);
        }
    }
    let start = now.saturating_sub(window);
    while times.front().is_some_and(|&first| first <= start) {
        times.pop_front();
    }
    let used = u32::try_from(times.len()).unwrap_or(u32::MAX);
    let verdict = if used < limit { Verdict::Allowed } else { Verdict::Refused };
    if verdict == Verdict::Allowed {
        times.push_back(now);
    }
    let wait = times.front().map_or(0, |&first| first.saturating_sub(start));
    let used = u32::try_from(times.len()).unwrap_or(u32::MAX);
    Standing {
        verdict,
        limit,
        remaining: limit.saturating_sub(used),
        reset_seconds: u32::try_from(Span::milliseconds(wait).as_seconds_rounded_up()).unwrap_or(0),
    }
}

const fn unlimited(limit: u32) -> Standing {
    Standing { verdict: Verdict::Allowed, limit, remaining: limit, reset_seconds: 0 }
}
