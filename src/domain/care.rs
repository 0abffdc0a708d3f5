//! Who cares for a patient at this moment.

use super::connections::model::Connection;
use super::connections::tables::active_of;
use super::users::tables::USERS;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::Reader;

/// Those who care for a patient now: accepted connections that have not come to their end, whose carer still has the
/// role and status that the kind asks for; oldest first. Who is told of a patient is one of these.
///
/// # Errors
/// When the store cannot be read.
pub fn carers_of(tx: &dyn Reader, patient: UserId) -> Result<Vec<Connection>> {
    let mut carers = active_of(tx, patient)?;
    carers.retain(|connection| connection.patient == patient);
    let mut serving = Vec::with_capacity(carers.len());
    for connection in carers {
        let carer = USERS.get(tx, &connection.carer)?;
        if carer.is_some_and(|carer| connection.kind.serves(carer.role, carer.status)) {
            serving.push(connection);
        }
    }
    Ok(serving)
}
