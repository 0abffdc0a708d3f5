//! The events' tables.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::model::{Event, NewEvent};
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::{AnyTable as _, Direction, Reader, Step, Table, WriteTx};

/// The log: `(room, id)`. Ids rise one by one over all rooms, so rooms can be merged.
pub const EVENTS: Table<(UserId, u64), Event> = Table::new(110, "events");
/// The id of the last event.
pub const LAST: Table<(), u64> = Table::new(111, "events_last");
/// The id of the last event of a room that is not kept any more.
pub const FORGOTTEN: Table<UserId, u64> = Table::new(112, "events_forgotten");

/// Ids left out when the last one is not known for sure, so that none is given twice.
const GAP: u64 = 1_000_000;

/// Whether the table of this number is one of the log's.
pub fn is_of_log(number: u16) -> bool {
    [EVENTS.number(), LAST.number(), FORGOTTEN.number()].contains(&number)
}

/// Begins the log anew after a part of it was lost: nobody gets an event that may follow a lost one, and whoever comes
/// back to a room is told to fetch everything. `rooms` are those of which it may not hold anything any more.
///
/// # Errors
/// When the store cannot be read.
pub fn renew(tx: &mut WriteTx<'_>, mut rooms: BTreeSet<UserId>) -> Result<()> {
    let events = EVENTS.keys_left_after(tx, None, usize::MAX)?;
    rooms.extend(events.iter().map(|(room, _)| *room));
    let mut last = last(tx).unwrap_or(0).max(events.iter().map(|(_, id)| *id).max().unwrap_or(0));
    for room in FORGOTTEN.keys_left_after(tx, None, usize::MAX)? {
        last = last.max(FORGOTTEN.get(tx, &room)?.unwrap_or(0));
        rooms.insert(room);
    }
    let last = last.saturating_add(GAP);
    for key in &events {
        EVENTS.delete(tx, key)?;
    }
    LAST.put(tx, &(), &last)?;
    rooms.iter().try_for_each(|room| FORGOTTEN.put(tx, room, &last))
}

/// Writes an event down in the transaction of the change it tells of, and returns its id.
///
/// # Errors
/// When the store cannot be read.
pub fn publish(tx: &mut WriteTx<'_>, event: NewEvent) -> Result<u64> {
    let id = last(tx)?.saturating_add(1);
    LAST.put(tx, &(), &id)?;
    let row = Event { audience: event.audience, kind: event.kind.to_owned(), at: tx.now(), data: event.data };
    EVENTS.put(tx, &(event.room, id), &row)?;
    tx.announce(event.room, id);
    Ok(id)
}

/// The id of the last event, 0 before the first.
///
/// # Errors
/// When the store cannot be read.
pub fn last(tx: &dyn Reader) -> Result<u64> {
    Ok(LAST.get(tx, &())?.unwrap_or(0))
}

/// Whether an event of one of these rooms that followed `after` is not kept any more.
///
/// # Errors
/// When the store cannot be read.
pub fn are_forgotten(tx: &dyn Reader, rooms: impl IntoIterator<Item = UserId>, after: u64) -> Result<bool> {
    for room in rooms {
        if FORGOTTEN.get(tx, &room)?.is_some_and(|forgotten| forgotten > after) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An event with its id and its room.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its id.
    pub id: u64,
    /// Whose room it is in.
    pub room: UserId,
    /// The event.
    pub event: Event,
}

/// The events of several rooms, merged.
#[derive(Debug)]
pub struct Slice {
    /// In the order of their ids.
    pub events: Vec<Found>,
    /// There are no others up to this id.
    pub upto: u64,
}

/// The first events of `rooms` that follow `after`, up to and including `upto`, at most `limit`.
///
/// # Errors
/// When the store cannot be read.
pub fn slice(
    tx: &dyn Reader,
    rooms: impl IntoIterator<Item = UserId>,
    (after, upto): (u64, u64),
    limit: usize,
) -> Result<Slice> {
    let mut upto = upto;
    let mut merged: BTreeMap<u64, (UserId, Event)> = BTreeMap::new();
    for room in rooms {
        if after >= upto {
            break;
        }
        let mut count = 0;
        let (from, to) = ((room, after.saturating_add(1)), (room, upto.saturating_add(1)));
        EVENTS.visit_range(tx, &from, &to, Direction::Forward, |(_, id), event| {
            merged.insert(id, (room, event));
            count += 1;
            Ok(if count < limit { Step::Continue } else { Step::Stop })
        })?;
        // What lies beyond the limit need not be looked for in the rooms that follow.
        while merged.len() > limit {
            merged.pop_last();
        }
        if merged.len() == limit
            && let Some((last, _)) = merged.last_key_value()
        {
            upto = *last;
        }
    }
    let events = merged.into_iter().map(|(id, (room, event))| Found { id, room, event }).collect();
    Ok(Slice { events, upto })
}

/// Where [`purgeable`] goes on, and what it has counted in the room it stands in.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The last row looked at; nothing at the beginning.
    at: Option<(UserId, u64)>,
    /// Rows of its room looked at.
    counted: usize,
    /// Whether one of them may go: then those before it may too, whatever the clock said.
    forgets: bool,
}

/// What may go, found by walking the log from its end, newest events of each room first.
#[derive(Debug)]
pub struct Purgeable {
    /// The keys.
    pub keys: Vec<(UserId, u64)>,
    /// Where to go on; nothing when all was looked at.
    pub next: Option<Place>,
}

/// Looks at up to `limit` rows: those older than `before`, and all but the newest `most` of each room, may go.
///
/// # Errors
/// When the store cannot be read.
pub fn purgeable(
    tx: &dyn Reader,
    place: Place,
    before: Timestamp,
    most: usize,
    limit: usize,
) -> Result<Purgeable> {
    let first = (UserId(Uuid::nil()), 0_u64);
    let end = place.at.unwrap_or((UserId(Uuid::max()), u64::MAX));
    let (mut place, mut keys, mut looked_at) = (place, Vec::new(), 0);
    EVENTS.visit_range(tx, &first, &end, Direction::Backward, |key, event| {
        let is_same_room = place.at.is_some_and(|(room, _)| room == key.0);
        if !is_same_room {
            place = Place::default();
        }
        place.counted += 1;
        place.at = Some(key);
        looked_at += 1;
        place.forgets |= event.at < before || place.counted > most;
        if place.forgets {
            keys.push(key);
        }
        Ok(if looked_at < limit { Step::Continue } else { Step::Stop })
    })?;
    Ok(Purgeable { keys, next: (looked_at == limit).then_some(place) })
}

/// Removes events and notes for each room up to where it has forgotten.
///
/// # Errors
/// When the store cannot be read.
pub fn forget(tx: &mut WriteTx<'_>, keys: &[(UserId, u64)]) -> Result<()> {
    let mut newest: BTreeMap<UserId, u64> = BTreeMap::new();
    for key in keys {
        EVENTS.delete(tx, key)?;
        let id = newest.entry(key.0).or_default();
        *id = key.1.max(*id);
    }
    for (room, id) in newest {
        let known = FORGOTTEN.get(tx, &room)?.unwrap_or(0);
        FORGOTTEN.put(tx, &room, &known.max(id))?;
    }
    Ok(())
}

/// Describes each event that stands where none should.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    let last = last(tx)?;
    EVENTS.visit_prefix(tx, &(), Direction::Forward, |(room, id), _| {
        if id == 0 || id > last {
            faults.push(format!("event {id} of {room} lies beyond the last one, {last}"));
        }
        if FORGOTTEN.get(tx, &room)?.is_some_and(|forgotten| id <= forgotten) {
            faults.push(format!("event {id} of {room} was forgotten and is there"));
        }
        Ok(Step::Continue)
    })
}
