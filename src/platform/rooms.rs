//! Room in memory for what others send and what they do not fetch.
//!
//! Bodies are counted while they arrive and until their request is answered, answers until they are taken. What
//! would go over the bound is refused, so that neither a stranger nor an account can take the process its memory.
//!
//! # Who gets how much
//! One address or account holds at most an eighth, strangers together at most half, and the last eighth of either is
//! kept for small bodies: while others fill the rest, signing in and recording a dose still go. A single body or answer
//! that is all its owner holds may be larger than an eighth.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use super::rate_limits::Counted;
use super::settings::LimitSettings;

/// An owner holds at most one of so many parts; so large is also the part that is kept for small bodies.
const SHARES: usize = 8;
/// Up to here a body is small.
pub const SMALL_BYTES: usize = 16 * 1024;
const MIB: usize = 1024 * 1024;

/// All rooms of a server.
pub struct Rooms {
    /// For bodies of requests.
    pub bodies: Arc<Room>,
    /// For answers that have not been taken yet.
    pub answers: Arc<Room>,
    /// For the one list that may be uploaded at a time.
    pub upload: Arc<Semaphore>,
    /// For the one picture that is decoded at a time; others wait for their turn.
    pub picture: Arc<Semaphore>,
}

impl Rooms {
    /// Rooms of the size of `limits`, all empty.
    pub fn of(limits: &LimitSettings) -> Self {
        Self {
            bodies: Arc::new(Room::new(limits.bodies_mib.saturating_mul(MIB))),
            answers: Arc::new(Room::new(limits.answers_mib.saturating_mul(MIB))),
            upload: Arc::new(Semaphore::new(1)),
            picture: Arc::new(Semaphore::new(1)),
        }
    }
}

#[derive(Default)]
struct Held {
    all: usize,
    strangers: usize,
    by_owner: HashMap<Counted, usize>,
}

/// A bounded number of bytes, of which each owner has a share.
pub struct Room {
    most: usize,
    held: Mutex<Held>,
}

impl Room {
    /// An empty room.
    pub fn new(most: usize) -> Self {
        Self { most, held: Mutex::default() }
    }

    /// Room for one body or answer of `owner`. It holds nothing yet.
    pub fn enter(self: &Arc<Self>, owner: Counted) -> Hold {
        Hold { room: Arc::clone(self), owner: owner.grouped(), bytes: 0 }
    }

    /// How many bytes are held.
    pub fn held(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one body or answer holds, given back when this is dropped.
pub struct Hold {
    room: Arc<Room>,
    owner: Counted,
    bytes: usize,
}

impl Hold {
    /// Takes room for `more` bytes; false when there is none, in which case nothing has changed.
    #[must_use]
    pub fn grow(&mut self, more: usize) -> bool {
        let mut held = self.room.lock();
        let most = self.room.most;
        let own = held.by_owner.get(&self.owner).copied().unwrap_or(0);
        let after = self.bytes.saturating_add(more);
        // The last part is for small ones.
        let open = |all: usize| if after > SMALL_BYTES { all - all / SHARES } else { all };
        let is_only_one = own == self.bytes;
        let fits = (is_only_one || own.saturating_add(more) <= most / SHARES)
            && held.all.saturating_add(more) <= open(most)
            && (!is_stranger(self.owner) || held.strangers.saturating_add(more) <= open(most / 2));
        if fits {
            held.all += more;
            held.strangers += if is_stranger(self.owner) { more } else { 0 };
            *held.by_owner.entry(self.owner).or_default() += more;
            drop(held);
            self.bytes = after;
        }
        fits
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut held = self.room.lock();
        held.all = held.all.saturating_sub(self.bytes);
        if is_stranger(self.owner) {
            held.strangers = held.strangers.saturating_sub(self.bytes);
        }
        if let Some(own) = held.by_owner.get_mut(&self.owner) {
            *own = own.saturating_sub(self.bytes);
            if *own == 0 {
                held.by_owner.remove(&self.owner);
            }
        }
    }
}

const fn is_stranger(owner: Counted) -> bool {
    !matches!(owner, Counted::Person(_))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::ids::UserId;
    use super::*;

    fn person(number: u128) -> Counted {
        Counted::Person(UserId(Uuid::from_u128(number)))
    }

    fn stranger(last: u8) -> Counted {
        Counted::Anonymous([192, 0, 2, last].into())
    }

    fn room(mib: usize) -> Arc<Room> {
        Arc::new(Room::new(mib * MIB))
    }

    fn take(room: &Arc<Room>, owner: Counted, bytes: usize) -> Option<Hold> {
        let mut hold = room.enter(owner);
        hold.grow(bytes).then_some(hold)
    }

    #[test]
    fn one_owner_has_an_eighth_and_others_are_not_concerned() {
        let room = room(32);
        let mut held: Vec<_> = (0..4).map(|_| take(&room, person(1), MIB).unwrap()).collect();
        assert!(take(&room, person(1), 1).is_none());
        assert!(take(&room, person(2), MIB).is_some());
        held.pop();
        assert!(take(&room, person(1), MIB).is_some());
        drop(held);
        assert_eq!(room.held(), 0);
        assert!(room.lock().by_owner.is_empty());
    }

    #[test]
    fn strangers_fill_no_more_than_half_and_small_ones_still_go() {
        let room = room(32);
        let mut held = Vec::new();
        for last in 0..100 {
            held.extend(take(&room, stranger(last), MIB));
        }
        assert_eq!(held.len(), 14, "half, but for the part that is kept for small ones");
        assert!(take(&room, stranger(200), SMALL_BYTES).is_some());
        for number in 0..100 {
            held.extend(take(&room, person(number), MIB));
        }
        assert_eq!(room.held(), 28 * MIB);
        assert!(take(&room, person(200), SMALL_BYTES).is_some());
    }

    #[test]
    fn a_large_one_goes_alone_and_a_growing_one_keeps_what_it_has() {
        let room = room(32);
        let mut large = room.enter(person(1));
        assert!(large.grow(20 * MIB) && !large.grow(20 * MIB) && large.grow(MIB));
        assert!(take(&room, person(1), 1).is_none(), "it already holds more than its share");
        drop(large);
        assert_eq!(room.held(), 0);
    }
}
