//! Events as open screens hear them, and their end.

mod feed;
mod purge;

pub use feed::{End, Fed, Feed, Listener, Told, rests};
pub use purge::{PurgeEvents, purge_events};

use crate::domain::connections::model::Connection;
use crate::domain::connections::tables as connections;
use crate::domain::events::model::{Audience, NewEvent, kinds};
use crate::domain::events::tables::publish;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::jobs::{Every, Jobs};
use crate::platform::store::WriteTx;

/// Registers the job of this folder.
pub fn register(jobs: &mut Jobs) {
    jobs.register::<PurgeEvents, _, _>(purge_events);
    jobs.recurring("purge-events", Every::hours(1), PurgeEvents {});
}

/// Writes an event that only the person themselves hears.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn tell_own(
    tx: &mut WriteTx<'_>,
    person: UserId,
    kind: &'static str,
    data: serde_json::Value,
) -> Result<()> {
    publish(tx, NewEvent { room: person, audience: Audience::Own, kind, data }).map(drop)
}

/// Writes a connection, and tells both people of it.
///
/// # Errors
/// `connection_exists` when the pair has another live one.
pub(super) fn save_connection(tx: &mut WriteTx<'_>, connection: &Connection) -> Result<()> {
    connections::save(tx, connection)?;
    for person in [connection.patient, connection.carer] {
        let data = serde_json::json!({
            "connectionId": connection.id,
            "state": connection.state,
            "patientId": connection.patient,
            "carerId": connection.carer,
        });
        tell_own(tx, person, kinds::CONNECTION_CHANGED, data)?;
    }
    Ok(())
}
