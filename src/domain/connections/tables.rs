//! The connections' tables.

use super::model::{
    AccessRequest, AccessRequestState, BREAK_GLASS_LIFE, BreakGlass, Connection, ConnectionKind,
    ConnectionState, Nudge, Scope,
};
use crate::domain::users::model::{Role, Status};
use crate::platform::cache::Region;
use crate::platform::clock::Timestamp;
use crate::platform::error::{Kind, Result};
use crate::platform::ids::{AccessRequestId, ConnectionId, DoseId, NudgeId, PrescriptionId, UserId};
use crate::platform::store::{Direction, Entries, Index, Reader, Step, Table, WhatIsLeft, WriteTx};

/// All connections, ended ones too.
pub const CONNECTIONS: Table<ConnectionId, Connection> =
    Table::new(30, "connections").indexed(index_connections);
/// The live one of a pair and kind: `(patient, carer, kind)`.
pub const LIVE: Index<(UserId, UserId, u8), ConnectionId> = Index::unique(30, 1, "connection_exists");
/// Both people's connections, oldest first.
pub const BY_PERSON: Index<UserId, ConnectionId> = Index::many(30, 2);

/// Requests to see, made at level REQUEST.
pub const ACCESS_REQUESTS: Table<AccessRequestId, AccessRequest> =
    Table::new(31, "access_requests").indexed(index_requests);
/// By `(connection, scope)`, oldest first.
pub const REQUESTS_BY_CONNECTION: Index<(ConnectionId, u8), AccessRequestId> = Index::many(31, 1);
/// By the patient who answers, oldest first.
pub const REQUESTS_BY_PATIENT: Index<UserId, AccessRequestId> = Index::many(31, 2);

/// The last emergency opening of a record: `(patient, doctor)`. Earlier ones are in the audit.
pub const BREAK_GLASS: Table<(UserId, UserId), BreakGlass> =
    Table::new(32, "break_glass").indexed(index_openings);
/// By `(doctor, when)`, oldest first.
pub const OPENINGS_BY_DOCTOR: Index<(UserId, Timestamp), (UserId, UserId)> = Index::many(32, 1);

/// Nudges by their id.
pub const NUDGES: Table<NudgeId, Nudge> = Table::new(35, "nudges").indexed(index_nudges);
/// By `(dose, carer)`.
pub const NUDGES_BY_DOSE: Index<(DoseId, UserId), NudgeId> = Index::many(35, 1);

fn index_connections(id: &ConnectionId, connection: &Connection, entries: &mut Entries) {
    debug_assert_eq!(*id, connection.id);
    if connection.state.is_live() {
        entries.add(&LIVE, &(connection.patient, connection.carer, connection.kind.key()));
    }
    entries.add(&BY_PERSON, &connection.patient);
    entries.add(&BY_PERSON, &connection.carer);
}

fn index_openings((_, doctor): &(UserId, UserId), glass: &BreakGlass, entries: &mut Entries) {
    entries.add(&OPENINGS_BY_DOCTOR, &(*doctor, glass.opened_at));
}

fn index_requests(_: &AccessRequestId, request: &AccessRequest, entries: &mut Entries) {
    entries.add(&REQUESTS_BY_CONNECTION, &(request.connection, request.scope.key()));
    entries.add(&REQUESTS_BY_PATIENT, &request.patient);
}

fn index_nudges(_: &NudgeId, nudge: &Nudge, entries: &mut Entries) {
    entries.add(&NUDGES_BY_DOSE, &(nudge.dose, nudge.carer));
}

/// Writes a connection and drops what is cached of both people's connections.
///
/// # Errors
/// `connection_exists` when the pair has another live one.
pub fn save(tx: &mut WriteTx<'_>, connection: &Connection) -> Result<()> {
    CONNECTIONS.put(tx, &connection.id, connection)?;
    tx.touch(Region::Connections, connection.patient);
    tx.touch(Region::Connections, connection.carer);
    Ok(())
}

/// The pending or accepted connection of a pair and kind.
///
/// # Errors
/// When the store cannot be read.
pub fn live(
    tx: &dyn Reader,
    patient: UserId,
    carer: UserId,
    kind: ConnectionKind,
) -> Result<Option<Connection>> {
    match LIVE.find(tx, &(patient, carer, kind.key()))? {
        Some(id) => CONNECTIONS.get(tx, &id),
        None => Ok(None),
    }
}

/// The pending and accepted connections of a pair, at most one of each kind, what gives more first.
///
/// # Errors
/// When the store cannot be read.
pub fn live_of_pair(tx: &dyn Reader, patient: UserId, carer: UserId) -> Result<Vec<Connection>> {
    let mut found = Vec::new();
    for kind in ConnectionKind::ALL {
        found.extend(live(tx, patient, carer, kind)?);
    }
    Ok(found)
}

/// The patients for whom somebody with this role and status may care now: their accepted connections as carer that
/// serve it, also those that have come to their end. Does not depend on the time.
///
/// # Errors
/// When the store cannot be read.
pub fn patients_of(tx: &dyn Reader, carer: UserId, role: Role, status: Status) -> Result<Vec<Connection>> {
    let mut patients = accepted_of(tx, carer)?;
    patients.retain(|connection| connection.carer == carer && connection.kind.serves(role, status));
    Ok(patients)
}

/// Puts each live connection under its pair and kind, earlier there was one for each pair, and each emergency opening
/// under its doctor.
///
/// # Errors
/// When the store cannot be read.
pub fn tell_kinds_apart(tx: &mut WriteTx<'_>) -> Result<()> {
    CONNECTIONS.rebuild_indexes(tx)?;
    BREAK_GLASS.rebuild_indexes(tx)
}

/// A person's accepted connections that have not come to their end, oldest first: the doctors and family of a
/// patient, the patients of a carer.
///
/// # Errors
/// When the store cannot be read.
pub fn active_of(tx: &dyn Reader, person: UserId) -> Result<Vec<Connection>> {
    let now = tx.rights_now();
    let mut all = accepted_of(tx, person)?;
    all.retain(|connection| connection.is_active(now));
    Ok(all)
}

/// A person's accepted connections that can still be read, passing over those that were lost with a damaged page.
///
/// # Errors
/// When the store cannot be read.
pub fn known_of(tx: &dyn Reader, person: UserId) -> Result<Vec<Connection>> {
    let mut found = Vec::new();
    for id in BY_PERSON.keys(&WhatIsLeft(tx), &person)? {
        match CONNECTIONS.get(tx, &id) {
            Err(error) if error.kind() == Kind::Damaged => {}
            connection => found.extend(connection?.filter(|one| one.state == ConnectionState::Accepted)),
        }
    }
    Ok(found)
}

/// A person's accepted connections, also those that have come to their end. Does not depend on the time.
///
/// # Errors
/// When the store cannot be read.
pub fn accepted_of(tx: &dyn Reader, person: UserId) -> Result<Vec<Connection>> {
    let mut found = Vec::new();
    for id in BY_PERSON.keys(tx, &person)? {
        if let Some(connection) = CONNECTIONS.get(tx, &id)?
            && connection.state == ConnectionState::Accepted
        {
            found.push(connection);
        }
    }
    Ok(found)
}

/// The newest request under a connection for a scope that was not withdrawn.
///
/// # Errors
/// When the store cannot be read.
pub fn last_request(
    tx: &dyn Reader,
    connection: ConnectionId,
    scope: Scope,
) -> Result<Option<AccessRequest>> {
    let mut last = None;
    REQUESTS_BY_CONNECTION.visit_prefix(tx, &(connection, scope.key()), Direction::Backward, |_, id| {
        last = ACCESS_REQUESTS.get(tx, &id)?.filter(|found| found.state != AccessRequestState::Withdrawn);
        Ok(if last.is_some() { Step::Stop } else { Step::Continue })
    })?;
    Ok(last)
}

/// Notes that a carer at level REQUEST wants to see `scope`, unless they have asked already. Returns the request
/// when it is new, so that the patient is told once.
///
/// # Errors
/// When the store cannot be read.
pub fn open_request(
    tx: &mut WriteTx<'_>,
    connection: &Connection,
    scope: Scope,
) -> Result<Option<AccessRequest>> {
    let now = tx.now();
    if let Some(last) = last_request(tx, connection.id, scope)?
        && (last.state == AccessRequestState::Pending || last.holds(now))
    {
        return Ok(None);
    }
    let request = AccessRequest {
        id: tx.new_id()?,
        connection: connection.id,
        patient: connection.patient,
        carer: connection.carer,
        scope,
        state: AccessRequestState::Pending,
        created_at: now,
        answered_at: None,
    };
    ACCESS_REQUESTS.put(tx, &request.id, &request)?;
    Ok(Some(request))
}

/// Ends the requests and approvals of a connection: its level changed, or it ended.
///
/// # Errors
/// When the store cannot be read.
pub fn withdraw_requests(tx: &mut WriteTx<'_>, connection: ConnectionId) -> Result<()> {
    for id in REQUESTS_BY_CONNECTION.keys(tx, &connection)? {
        let Some(mut request) = ACCESS_REQUESTS.get(tx, &id)? else { continue };
        if matches!(request.state, AccessRequestState::Pending | AccessRequestState::Approved) {
            request.state = AccessRequestState::Withdrawn;
            ACCESS_REQUESTS.put(tx, &id, &request)?;
        }
    }
    Ok(())
}

/// The emergency opening of `patient`'s record by `doctor` that holds now.
///
/// # Errors
/// When the store cannot be read.
pub fn open_glass(tx: &dyn Reader, patient: UserId, doctor: UserId) -> Result<Option<BreakGlass>> {
    Ok(BREAK_GLASS
        .get(tx, &(patient, doctor))?
        .filter(|glass| glass.until.is_ahead(tx.now(), BREAK_GLASS_LIFE)))
}

/// Closes the records that `doctor` opened in an emergency.
///
/// # Errors
/// When the store cannot be read or written.
pub fn close_glass(tx: &mut WriteTx<'_>, doctor: UserId) -> Result<()> {
    let now = tx.now();
    let since = now.minus(BREAK_GLASS_LIFE);
    let mut opened = Vec::new();
    OPENINGS_BY_DOCTOR.visit_prefix(tx, &doctor, Direction::Backward, |(_, opened_at), key| {
        opened.push(key);
        Ok(if opened_at >= since { Step::Continue } else { Step::Stop })
    })?;
    for key in opened {
        if let Some(glass) =
            BREAK_GLASS.get(tx, &key)?.filter(|glass| glass.until.is_ahead(now, BREAK_GLASS_LIFE))
        {
            BREAK_GLASS.put(tx, &key, &BreakGlass { until: now, ..glass })?;
        }
    }
    Ok(())
}

/// How many records `doctor` opened in an emergency from `since` on.
///
/// # Errors
/// When the store cannot be read.
pub fn openings_since(tx: &dyn Reader, doctor: UserId, since: Timestamp) -> Result<usize> {
    let mut count = 0;
    OPENINGS_BY_DOCTOR.visit_prefix(tx, &doctor, Direction::Backward, |(_, opened_at), _| {
        let is_recent = opened_at >= since;
        count += usize::from(is_recent);
        Ok(if is_recent { Step::Continue } else { Step::Stop })
    })?;
    Ok(count)
}

/// Adds a prescription that the carer themselves wrote to those the patient chose to share with them, so that a
/// doctor at SELECTED sees what they have just prescribed. Does nothing when no choice limits them.
///
/// # Errors
/// When the store cannot be read.
pub fn share_prescription(
    tx: &mut WriteTx<'_>,
    patient: UserId,
    carer: UserId,
    prescription: PrescriptionId,
) -> Result<()> {
    let Some(mut connection) = live(tx, patient, carer, ConnectionKind::Doctor)? else { return Ok(()) };
    match &mut connection.permission.prescriptions {
        Some(chosen) if !chosen.contains(&prescription) => chosen.push(prescription),
        _ => return Ok(()),
    }
    save(tx, &connection)
}

/// Describes each connection that breaks a rule.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    CONNECTIONS.visit_prefix(tx, &(), Direction::Forward, |id, connection| {
        if connection.patient == connection.carer {
            faults.push(format!("connection {id} is with oneself"));
        }
        if !connection.concerns(connection.requested_by) {
            faults.push(format!("connection {id} was asked for by a stranger"));
        }
        Ok(Step::Continue)
    })?;
    ACCESS_REQUESTS.visit_prefix(tx, &(), Direction::Forward, |id, request| {
        if CONNECTIONS.get(tx, &request.connection)?.is_none() {
            faults.push(format!("access request {id} has no connection"));
        }
        Ok(Step::Continue)
    })?;
    let mut counts = std::collections::BTreeMap::<(DoseId, UserId), usize>::new();
    NUDGES.visit_prefix(tx, &(), Direction::Forward, |_, nudge| {
        *counts.entry((nudge.dose, nudge.carer)).or_default() += 1;
        Ok(Step::Continue)
    })?;
    for ((dose, carer), count) in counts {
        if count > super::model::NUDGES_PER_DOSE {
            faults.push(format!("dose {dose} was nudged {count} times by {carer}"));
        }
    }
    Ok(())
}

/// Whether any live connection of the pair is in force, in either direction.
///
/// # Errors
/// When the store cannot be read.
pub fn are_connected(tx: &dyn Reader, one: UserId, other: UserId, now: Timestamp) -> Result<bool> {
    for (patient, carer) in [(one, other), (other, one)] {
        if live_of_pair(tx, patient, carer)?.iter().any(|connection| connection.is_active(now)) {
            return Ok(true);
        }
    }
    Ok(false)
}
