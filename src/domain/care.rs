//! Who cares for a patient at this moment.

use super::connections::model::Connection;
use super::connections::tables::{active_of, known_of};
use super::users::tables::USERS;
use crate::platform::error::{Kind, Result};
use crate::platform::ids::UserId;
use crate::platform::store::Reader;

/// [`carers_of`] as far as they are known, and whether some may be lost with a damaged page: for alarms, which must reach
/// whom they can.
///
/// # Errors
/// When the store cannot be read.
pub fn known_carers_of(tx: &dyn Reader, patient: UserId) -> Result<(Vec<Connection>, bool)> {
    match carers_of(tx, patient) {
        Err(error) if error.kind() == Kind::Damaged => {}
        found => return Ok((found?, false)),
    }
    let now = tx.rights_now();
    let mut known = known_of(tx, patient)?;
    known.retain(|connection| connection.patient == patient && connection.is_active(now));
    let serves = |connection: &Connection| match USERS.get(tx, &connection.carer) {
        Ok(carer) => carer.is_some_and(|carer| connection.kind.serves(carer.role, carer.status)),
        Err(_) => false,
    };
    known.retain(serves);
    Ok((known, true))
}

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
