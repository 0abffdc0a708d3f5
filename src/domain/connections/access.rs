//! The one access check. Every module asks here, and what it gets back, an [`Access`], is the only key to a
//! patient's rows: the tables of prescriptions, doses and adherence take it where they would take an id.
//!
//! Rights follow from the role and status that somebody has now, and from the connection as it stands now: a connection
//! of a doctor serves only a VERIFIED doctor, one of family anybody whose account is in use.
//!
//! Who may do what, once the account is in use (a doctor: VERIFIED):
//!
//! | who | read | write |
//! |---|---|---|
//! | the patient themselves | all | all |
//! | no connection, PENDING, DECLINED, REVOKED | 404 | 404 |
//! | past its end date, or NOT_ALLOWED | 403 | 403 |
//! | REQUEST | a scope the patient approved in the last 24 h, else 403 and the patient is asked | 403 |
//! | SELECTED, the scope not chosen | 403 | 403 |
//! | SELECTED with the scope, or ALLOWED: doctor | the scope | prescriptions, doses (corrections), vitals, notes |
//! | SELECTED with the scope, or ALLOWED: family | the scope; of the clinical record allergies, more when the patient ticks it | doses when the patient lets them, nothing else |
//! | doctor who broke the glass in the last hour | all | 403 |
//! | admin | profiles only | profiles only |
//! | anybody else, another patient too | 404 | 404 |
//!
//! `Profile` (name and contact) is open to both sides of an accepted connection, from REQUEST up. Chosen
//! prescriptions narrow `Prescriptions` and `Doses`: see [`Access::covers`].
//!
//! # Why the check is not cached
//! It is two point reads. A look at another person's data waits for the durable commit of its audit record
//! anyway, hundreds of times longer, and a patient's own look needs no connection. So a cache would win nothing,
//! and the very next request after a revocation is refused by construction.

mod treated;

pub use treated::{Practice, Treated, if_shared, practice};

use super::model::{
    AccessRequestState, Connection, ConnectionKind, ConnectionState, Mode, PermissionLevel, Scope,
};
use super::tables;
use crate::domain::auth::model::{Actor, Caller};
use crate::domain::users::model::{Role, Status};
use crate::platform::error::{Error, Result};
use crate::platform::ids::{PrescriptionId, UserId};
use crate::platform::store::{ForeignAccess, Reader};

/// The code of a refusal at level REQUEST, on which the gate asks the patient.
pub const REQUEST_PENDING: &str = "access_request_pending";

/// By what right somebody reaches a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// It is their own.
    Own,
    /// A connection at level ALLOWED or SELECTED.
    Connection,
    /// The patient approved this one look.
    AccessRequest,
    /// An emergency, with a reason the patient reads.
    BreakGlass,
    /// Clinic staff looking after an account.
    Staff,
    /// A job or command of ours.
    System,
}

impl Basis {
    /// As the audit writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "OWN",
            Self::Connection => "CONNECTION",
            Self::AccessRequest => "ACCESS_REQUEST",
            Self::BreakGlass => "BREAK_GLASS",
            Self::Staff => "STAFF",
            Self::System => "SYSTEM",
        }
    }
}

/// The right to one part of one patient's record, obtained only from [`check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    patient: UserId,
    scope: Scope,
    mode: Mode,
    basis: Basis,
    /// Who looks at another person's record; nobody for the patient and for the server.
    carer: Option<UserId>,
    /// What the connection is that gives the right, when one does.
    kind: Option<ConnectionKind>,
    /// When listed, only these prescriptions and their doses.
    only: Option<Vec<PrescriptionId>>,
    /// Whether the clinical record is shared as a whole, and not allergies alone.
    sees_clinical_record: bool,
}

impl Access {
    /// What the one who acts is to the patient, when a connection gives the right.
    pub const fn kind(&self) -> Option<ConnectionKind> {
        self.kind
    }

    /// The right of the server to keep the books of this record after somebody's action: what is shared with whom limits
    /// what they are told, never what is counted.
    pub fn of_server(&self) -> Self {
        let basis = Basis::System;
        Self { basis, carer: None, kind: None, only: None, sees_clinical_record: true, ..self.clone() }
    }

    /// Who looks at another person's record; nobody for the patient and for the server.
    pub const fn carer(&self) -> Option<UserId> {
        self.carer
    }

    /// Whose record.
    pub const fn patient(&self) -> UserId {
        self.patient
    }

    /// By what right.
    pub const fn basis(&self) -> Basis {
        self.basis
    }

    /// Which part.
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// For reading or changing.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether the patient themselves acts.
    pub const fn is_own(&self) -> bool {
        matches!(self.basis, Basis::Own)
    }

    /// Whether only chosen prescriptions are shared, so that figures over all of them would tell too much.
    pub const fn is_limited(&self) -> bool {
        self.only.is_some()
    }

    /// Whether the clinical record may be seen as a whole. Family with the scope of prescriptions sees allergies alone
    /// unless the patient says so.
    pub const fn sees_clinical_record(&self) -> bool {
        self.sees_clinical_record
    }

    /// Whether this prescription is among those the patient shares.
    pub fn covers(&self, prescription: PrescriptionId) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&prescription))
    }
}

/// Decides whether `caller` may read or change `scope` of `patient`'s record, and notes every look at another
/// person's data for the audit.
///
/// # Errors
/// - `patient_not_found` when there is no accepted connection: existence stays private.
/// - `access_not_allowed`, `access_expired`, `scope_not_shared`, `access_request_pending`,
///   `access_request_denied`, `write_not_allowed`, `break_glass_read_only` when the connection is known but does
///   not allow it.
/// - `account_not_active` for pending, refused and locked accounts; `role_not_allowed` when somebody who is no
///   patient asks for a patient's record of their own.
pub fn check(tx: &dyn Reader, caller: &Caller, patient: UserId, scope: Scope, mode: Mode) -> Result<Access> {
    let carer = match caller.actor {
        Actor::Person { id, .. } if id != patient => Some(id),
        _ => None,
    };
    let granted = |Grant { basis, kind, only, sees_clinical_record }| Access {
        patient,
        scope,
        mode,
        basis,
        carer,
        kind,
        only,
        sees_clinical_record,
    };
    let (id, role, status) = match caller.actor {
        Actor::System(_) => return Ok(granted(Grant::whole(Basis::System))),
        Actor::Person { id, role, status, .. } => (id, role, status),
        Actor::Anonymous => return Err(Error::unauthenticated("sign_in_required")),
    };
    if id == patient {
        caller.active()?;
        if role != Role::Patient && scope != Scope::Profile {
            return Err(Error::forbidden("role_not_allowed"));
        }
        return Ok(granted(Grant::whole(Basis::Own)));
    }
    let decided = decide(tx, caller, Carer { id, role, status }, patient, scope, mode);
    let (basis, refused) = match &decided {
        Ok(grant) => (grant.basis.name(), false),
        Err(error) => (error.code(), true),
    };
    let patient_id = patient.into();
    let writes = mode == Mode::Write;
    let only = decided.as_ref().ok().and_then(|grant| grant.only.as_ref());
    let only = only.map(|only| only.iter().map(|id| id.0).collect());
    let look = ForeignAccess { patient: patient_id, scope: scope.name(), writes, only, basis, refused };
    tx.trail().foreign.push(look);
    decided.map(granted)
}

/// Somebody who asks for another person's data.
#[derive(Clone, Copy)]
struct Carer {
    id: UserId,
    role: Role,
    status: Status,
}

/// What was found to give a right.
struct Grant {
    basis: Basis,
    kind: Option<ConnectionKind>,
    only: Option<Vec<PrescriptionId>>,
    sees_clinical_record: bool,
}

impl Grant {
    /// The right to know who the other one of a connection is.
    const fn to_know(connection: &Connection) -> Self {
        Self {
            basis: Basis::Connection,
            kind: Some(connection.kind),
            only: None,
            sees_clinical_record: false,
        }
    }

    /// The right to all of a record, which no connection gives.
    const fn whole(basis: Basis) -> Self {
        Self { basis, kind: None, only: None, sees_clinical_record: true }
    }
}

fn decide(
    tx: &dyn Reader,
    caller: &Caller,
    carer: Carer,
    patient: UserId,
    scope: Scope,
    mode: Mode,
) -> Result<Grant> {
    caller.active()?;
    if carer.role == Role::Doctor && carer.status != Status::Verified {
        return Err(Error::forbidden("account_not_active"));
    }
    if scope == Scope::Profile {
        return profile(tx, carer, patient, mode);
    }
    let mut refusal = Error::not_found("patient_not_found");
    for connection in serving(tx, carer, patient)? {
        match by_connection(tx, &connection, scope, mode) {
            Ok(grant) => return Ok(grant),
            // Who treats somebody and is family too hears what was refused to them as family.
            Err(refused) => refusal = refused,
        }
    }
    by_emergency(tx, carer, patient, mode)?.ok_or(refusal)
}

/// Everybody for whom the caller may care now, as their connections say; what each shares is asked of [`check`] or of the
/// connection. Nobody for callers who are no persons.
///
/// # Errors
/// When the store cannot be read.
pub fn patients_of(tx: &dyn Reader, caller: &Caller) -> Result<Vec<Connection>> {
    match caller.actor {
        Actor::Person { id, role, status, .. } => tables::patients_of(tx, id, role, status),
        Actor::Anonymous | Actor::System(_) => Ok(Vec::new()),
    }
}

/// The accepted connections of `patient` with somebody who cares for them that serve the role and status that they have
/// now.
fn serving(tx: &dyn Reader, carer: Carer, patient: UserId) -> Result<Vec<Connection>> {
    let mut found = tables::live_of_pair(tx, patient, carer.id)?;
    found.retain(|connection| {
        connection.state == ConnectionState::Accepted && connection.kind.serves(carer.role, carer.status)
    });
    Ok(found)
}

/// What the connection itself allows.
fn by_connection(tx: &dyn Reader, connection: &Connection, scope: Scope, mode: Mode) -> Result<Grant> {
    if connection.permission.has_expired(tx.rights_now()) {
        return Err(Error::forbidden("access_expired"));
    }
    let basis = match connection.permission.level {
        PermissionLevel::NotAllowed => return Err(Error::forbidden("access_not_allowed")),
        PermissionLevel::Request => {
            if mode == Mode::Write {
                return Err(Error::forbidden("write_not_allowed"));
            }
            by_approval(tx, connection, scope)?
        }
        PermissionLevel::Selected if !connection.permission.scopes.contains(&scope) => {
            return Err(Error::forbidden("scope_not_shared"));
        }
        PermissionLevel::Selected | PermissionLevel::Allowed => Basis::Connection,
    };
    if mode == Mode::Write && !may_write(connection, scope) {
        return Err(Error::forbidden("write_not_allowed"));
    }
    let only = match scope {
        Scope::Prescriptions | Scope::Doses => connection.only().cloned(),
        Scope::Vitals | Scope::Notes | Scope::Profile => None,
    };
    let sees_clinical_record = match connection.kind {
        ConnectionKind::Doctor => true,
        ConnectionKind::Family => connection.permission.may_see_clinical_record,
    };
    Ok(Grant { basis, kind: Some(connection.kind), only, sees_clinical_record })
}

/// The column "write" of the table above.
fn may_write(connection: &Connection, scope: Scope) -> bool {
    match (connection.kind, scope) {
        (_, Scope::Profile) => false,
        (ConnectionKind::Doctor, _) => true,
        (ConnectionKind::Family, Scope::Doses) => connection.permission.may_record_doses,
        (ConnectionKind::Family, _) => false,
    }
}

/// What the patient's approval of a request allows.
fn by_approval(tx: &dyn Reader, connection: &Connection, scope: Scope) -> Result<Basis> {
    let last = tables::last_request(tx, connection.id, scope)?;
    match last.filter(|request| request.holds(tx.now())).map(|request| request.state) {
        Some(AccessRequestState::Approved) => Ok(Basis::AccessRequest),
        Some(AccessRequestState::Denied) => Err(Error::forbidden("access_request_denied")),
        // The gate writes the request down when it hears this code, unless one is open already.
        _ => Err(Error::forbidden(REQUEST_PENDING)),
    }
}

/// What a broken glass allows: to look at everything for an hour.
fn by_emergency(tx: &dyn Reader, carer: Carer, patient: UserId, mode: Mode) -> Result<Option<Grant>> {
    if carer.role != Role::Doctor || tables::open_glass(tx, patient, carer.id)?.is_none() {
        return Ok(None);
    }
    match mode {
        Mode::Read => Ok(Some(Grant::whole(Basis::BreakGlass))),
        Mode::Write => Err(Error::forbidden("break_glass_read_only")),
    }
}

/// Name and contact: admins look after accounts, and both sides of a connection may know each other.
fn profile(tx: &dyn Reader, carer: Carer, person: UserId, mode: Mode) -> Result<Grant> {
    if carer.role == Role::Admin {
        return Ok(Grant::whole(Basis::Staff));
    }
    let mut refusal = Error::not_found("patient_not_found");
    for connection in serving(tx, carer, person)? {
        match knowing(tx, &connection, mode) {
            Ok(grant) => return Ok(grant),
            Err(refused) => refusal = refused,
        }
    }
    // A patient asks who treats them.
    let cares = tables::live_of_pair(tx, carer.id, person)?;
    if let Some(connection) = cares.iter().find(|connection| connection.state == ConnectionState::Accepted) {
        if mode == Mode::Read {
            return Ok(Grant::to_know(connection));
        }
        refusal = Error::forbidden("write_not_allowed");
    }
    by_emergency(tx, carer, person, mode)?.ok_or(refusal)
}

/// Whether a carer may know who the patient is.
fn knowing(tx: &dyn Reader, connection: &Connection, mode: Mode) -> Result<Grant> {
    if mode == Mode::Write {
        return Err(Error::forbidden("write_not_allowed"));
    }
    if connection.permission.has_expired(tx.rights_now()) {
        return Err(Error::forbidden("access_expired"));
    }
    if connection.permission.level == PermissionLevel::NotAllowed {
        return Err(Error::forbidden("access_not_allowed"));
    }
    Ok(Grant::to_know(connection))
}
