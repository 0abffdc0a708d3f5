//! Connections as the two people of a pair see them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::auth::model::Caller;
use crate::domain::connections::model::{
    AccessRequest, AccessRequestState, Connection, ConnectionKind, ConnectionState,
};
use crate::domain::connections::rules::settled;
use crate::domain::connections::tables::{
    self, ACCESS_REQUESTS, BY_PERSON, CONNECTIONS, REQUESTS_BY_PATIENT,
};
use crate::domain::gate;
use crate::domain::users::model::{Role, Specialty};
use crate::domain::users::tables::USERS;
use crate::platform::cache::Region;
use crate::platform::clock::Span;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::secret::Phi;
use crate::platform::store::{Direction, Page, PageRequest, Reader};

/// The other one of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherPerson {
    /// Their id.
    pub id: UserId,
    /// What they are.
    pub role: Role,
    /// Their name; hidden from a carer unless the patient asked them or has accepted.
    pub full_name: Option<Phi<String>>,
    /// Doctors only.
    pub specialty: Option<Specialty>,
    /// Doctors only.
    pub hospital_clinic: Option<String>,
}

/// A connection with the other one of the pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionView {
    /// The connection.
    pub connection: Connection,
    /// The other one; nothing when their account is gone.
    pub other: Option<OtherPerson>,
}

/// Which connections are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct ConnectionFilter {
    /// In this state only.
    pub state: Option<ConnectionState>,
    /// Of this kind only.
    pub kind: Option<ConnectionKind>,
}

/// A person's accepted connections, oldest first, from the cache. An end date may have passed: ask
/// [`Connection::is_active`].
///
/// # Errors
/// When the store cannot be read.
pub fn accepted(context: &Context, person: UserId) -> Result<Arc<Vec<Connection>>> {
    context.cache.get_or_load(Region::Connections, person.as_u128(), || {
        context.store.read(|tx| tables::accepted_of(tx, person))
    })
}

/// The caller's connections, newest first.
///
/// # Errors
/// `account_not_active`; a bad cursor.
pub async fn list(
    context: &Context,
    caller: &Caller,
    filter: ConnectionFilter,
    page: &PageRequest,
) -> Result<Page<ConnectionView>> {
    gate::read(context, caller, "connection.list", |tx| {
        let me = caller.active()?;
        let (now, life) = (tx.now(), context.settings.limits.request_life());
        let wanted = |connection: &Connection| {
            filter.state.is_none_or(|state| state == connection.state)
                && filter.kind.is_none_or(|kind| kind == connection.kind)
        };
        let found = if filter.state == Some(ConnectionState::Accepted) {
            let all = accepted(context, me)?;
            let all: Vec<Connection> = all.iter().filter(|one| wanted(one)).cloned().collect();
            page.newest_of(&all, |connection| connection.id)?
        } else {
            BY_PERSON.page(tx, &me, Direction::Backward, page, |id| {
                let found = CONNECTIONS.get(tx, &id)?.map(|connection| settled(connection, now, life));
                Ok(found.filter(|connection| wanted(connection)))
            })?
        };
        let mut items = Vec::with_capacity(found.items.len());
        for connection in found.items {
            items.push(view(tx, connection, me)?);
        }
        Ok(Page { items, next_cursor: found.next_cursor })
    })
    .await
}

/// A connection as its flow returns it, with the other one of the pair.
///
/// # Errors
/// When the store cannot be read.
pub fn shown(context: &Context, caller: &Caller, connection: Connection) -> Result<ConnectionView> {
    let me = caller.user_id()?;
    context.store.read(|tx| view(tx, connection, me))
}

/// All connections of a person, ended ones too, oldest first; `life` is how long a request waits for its answer.
pub(super) fn all_of(tx: &dyn Reader, person: UserId, life: Span) -> Result<Vec<ConnectionView>> {
    let mut found = Vec::new();
    for id in BY_PERSON.keys(tx, &person)? {
        if let Some(connection) = CONNECTIONS.get(tx, &id)? {
            found.push(view(tx, settled(connection, tx.now(), life), person)?);
        }
    }
    Ok(found)
}

/// Those of the requests `asked` that still wait for the answer of `person`; `life` is how long one waits.
pub(super) fn still_asked(
    tx: &dyn Reader,
    person: UserId,
    asked: Vec<Connection>,
    life: Span,
) -> Result<Vec<ConnectionView>> {
    let settled = asked.into_iter().map(|connection| settled(connection, tx.now(), life));
    let waiting = settled.filter(|connection| connection.state == ConnectionState::Pending);
    waiting.map(|connection| view(tx, connection, person)).collect()
}

/// All requests to see a patient's record, oldest first.
pub(super) fn requests_to(tx: &dyn Reader, patient: UserId) -> Result<Vec<AccessRequestView>> {
    let mut found = Vec::new();
    for id in REQUESTS_BY_PATIENT.keys(tx, &patient)? {
        if let Some(request) = ACCESS_REQUESTS.get(tx, &id)? {
            found.push(with_carer(tx, request)?);
        }
    }
    Ok(found)
}

fn view(tx: &dyn Reader, connection: Connection, me: UserId) -> Result<ConnectionView> {
    let other = USERS.get(tx, &connection.other(me))?.map(|user| {
        let may_know = me == connection.patient
            || connection.state == ConnectionState::Accepted
            || (connection.state == ConnectionState::Pending
                && connection.requested_by == connection.patient);
        let doctor = user.doctor.as_ref();
        OtherPerson {
            id: user.id,
            role: user.role,
            specialty: doctor.map(|doctor| doctor.specialty),
            hospital_clinic: doctor.map(|doctor| doctor.hospital_clinic.clone()),
            full_name: may_know.then_some(user.full_name),
        }
    });
    Ok(ConnectionView { connection, other })
}

/// A request to see part of the record, with the one who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRequestView {
    /// The request.
    pub request: AccessRequest,
    /// Name of the one who asks.
    pub carer_name: Option<Phi<String>>,
    /// What they are.
    pub carer_role: Option<Role>,
}

/// The requests to see the calling patient's record, newest first.
///
/// # Errors
/// `role_not_allowed` for others than patients; a bad cursor.
pub async fn access_requests(
    context: &Context,
    caller: &Caller,
    state: Option<AccessRequestState>,
    page: &PageRequest,
) -> Result<Page<AccessRequestView>> {
    gate::read(context, caller, "access_request.list", |tx| {
        let me = caller.with_role(Role::Patient)?;
        REQUESTS_BY_PATIENT.page(tx, &me, Direction::Backward, page, |id| {
            let found = ACCESS_REQUESTS.get(tx, &id)?;
            let wanted = found.filter(|request| state.is_none_or(|state| state == request.state));
            wanted.map(|request| with_carer(tx, request)).transpose()
        })
    })
    .await
}

/// A request as its flow returns it, with the one who asks.
///
/// # Errors
/// When the store cannot be read.
pub fn shown_request(context: &Context, request: AccessRequest) -> Result<AccessRequestView> {
    context.store.read(|tx| with_carer(tx, request))
}

fn with_carer(tx: &dyn Reader, request: AccessRequest) -> Result<AccessRequestView> {
    let (carer_name, carer_role) = match USERS.get(tx, &request.carer)? {
        Some(carer) => (Some(carer.full_name), Some(carer.role)),
        None => (None, None),
    };
    Ok(AccessRequestView { request, carer_name, carer_role })
}
