//! The events' tables.

use super::model::{Event, NewEvent};
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::{Reader, Table, WriteTx};

/// The log: `(room, id)`. Ids rise over all rooms, so rooms can be merged.
pub const EVENTS: Table<(UserId, u64), Event> = Table::new(110, "events");
/// The id of the last event.
pub const LAST: Table<(), u64> = Table::new(111, "events_last");

/// Writes an event down in the transaction of the change it tells of, and returns its id.
///
/// # Errors
/// When the store cannot be read.
pub fn publish(tx: &mut WriteTx<'_>, event: NewEvent) -> Result<u64> {
    let id = LAST.get(tx, &())?.unwrap_or(0).saturating_add(1);
    LAST.put(tx, &(), &id)?;
    let row = Event { audience: event.audience, kind: event.kind.to_owned(), at: tx.now(), data: event.data };
    EVENTS.put(tx, &(event.room, id), &row)?;
    Ok(id)
}
