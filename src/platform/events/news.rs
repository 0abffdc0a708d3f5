//! What a stream is woken for.

use std::collections::BTreeSet;

use tokio::time::Instant;

/// Rooms in which something waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rooms {
    /// Perhaps all of them.
    All,
    /// These.
    Some(BTreeSet<u128>),
}

impl Default for Rooms {
    fn default() -> Self {
        Self::Some(BTreeSet::new())
    }
}

impl Rooms {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Some(rooms) if rooms.is_empty())
    }

    /// Adds one.
    pub fn add(&mut self, room: u128) {
        if let Self::Some(rooms) = self {
            rooms.insert(room);
        }
    }

    /// Adds those of `other`.
    pub fn merge(&mut self, other: Self) {
        match (&mut *self, other) {
            (_, Self::All) => *self = Self::All,
            (Self::Some(rooms), Self::Some(other)) => rooms.extend(other),
            (Self::All, Self::Some(_)) => {}
        }
    }
}

/// What a stream was woken for.
#[derive(Debug, Default)]
pub struct News {
    /// Where something waits.
    pub rooms: Rooms,
    /// Everything up to this id has been announced.
    pub upto: u64,
    /// Whether the person's connections have changed, so that they may follow other rooms now.
    pub connections_changed: bool,
    /// Since when the oldest of it waits.
    pub waiting_since: Option<Instant>,
    /// A newer stream of the person took the place of this one.
    pub displaced: bool,
}
