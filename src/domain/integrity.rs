//! `verify`: recounts everything that must agree across tables. Runs at the end of every integration test and
//! in `das-tern doctor`.

use std::collections::BTreeMap;

use crate::platform::error::Result;
use crate::platform::jobs::{self, JOBS, QUEUES, RECURRING};
use crate::platform::store::{AnyTable, Direction, Reader, Step};

use super::{
    adherence, audit, auth, connections, doses, gate, medicines, notifications, prescriptions, users,
};

/// Every table of the product.
pub fn tables() -> Vec<&'static dyn AnyTable> {
    vec![
        &JOBS,
        &QUEUES,
        &RECURRING,
        &auth::tables::CREDENTIALS,
        &auth::tables::SESSIONS,
        &auth::tables::CODES,
        &auth::tables::SENDS,
        &auth::tables::ATTEMPTS,
        &auth::tables::REVOKED,
        &users::tables::USERS,
        &connections::tables::CONNECTIONS,
        &connections::tables::ACCESS_REQUESTS,
        &connections::tables::BREAK_GLASS,
        &connections::codes::CODES,
        &connections::codes::GUESSES,
        &connections::tables::NUDGES,
        &prescriptions::tables::PRESCRIPTIONS,
        &prescriptions::tables::VERSIONS,
        &prescriptions::tables::BATCHES,
        &doses::tables::DAYS,
        &doses::tables::CARE,
        &adherence::tables::TALLIES,
        &medicines::tables::MEDICINES,
        &medicines::tables::CATALOGUE,
        &medicines::tables::SOURCES,
        &medicines::tables::STAGED,
        &notifications::tables::NOTIFICATIONS,
        &notifications::tables::UNREAD,
        &audit::tables::RECORDS,
        &audit::tables::HEAD,
        &gate::ANSWERS,
    ]
}

/// Describes every fault found in the store; an empty list means that all is well.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for table in tables() {
        table.verify(tx, &mut faults)?;
    }
    jobs::verify(tx, &mut faults)?;
    connections::tables::verify(tx, &mut faults)?;
    faults.extend(medicines::tables::verify(tx)?);
    faults.extend(prescriptions::tables::verify(tx)?);
    notifications::tables::verify(tx, &mut faults)?;
    verify_doses(tx, &mut faults)?;
    faults.extend(auth::tables::verify(tx, |user| Ok(users::tables::USERS.get(tx, &user)?.is_some()))?);
    faults.extend(audit::tables::verify_chain(tx)?);
    Ok(faults)
}

/// Doses are in order and the sweep comes in time; day counters equal a recount of the doses.
fn verify_doses(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    doses::tables::verify(tx, faults, |patient, at| {
        Ok(users::tables::require(tx, patient)?.preferences.grace_minutes_at(at))
    })?;
    let mut recounted = BTreeMap::new();
    doses::tables::DAYS.visit_prefix(tx, &(), Direction::Forward, |key, day| {
        recounted.insert(key, adherence::rules::recount(&day.doses));
        Ok(Step::Continue)
    })?;
    adherence::tables::verify(tx, faults, recounted)
}
