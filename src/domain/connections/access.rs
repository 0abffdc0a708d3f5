//! The one access check. Every module asks here, and what it gets back, an [`Access`], is the only key to a
//! patient's rows: the tables of prescriptions, doses and adherence take it where they would take an id.
//!
//! Who may do what, once the account is in use (a doctor: VERIFIED):
//!
//! | who | read | write |
//! |---|---|---|
//! | the patient himself | all | all |
//! | no connection, PENDING, DECLINED, REVOKED | 404 | 404 |
//! | past its end date, or NOT_ALLOWED | 403 | 403 |
//! | REQUEST | a scope the patient approved in the last 24 h, else 403 and the patient is asked | 403 |
//! | SELECTED, the scope not chosen | 403 | 403 |
//! | SELECTED with the scope, or ALLOWED: doctor | the scope | prescriptions, doses (corrections), vitals, notes |
//! | SELECTED with the scope, or ALLOWED: family | the scope | doses when the patient lets him, nothing else |
//! | doctor who broke the glass in the last hour | all | 403 |
//! | admin | profiles only | profiles only |
//! | another patient | 404 | 404 |
//!
//! `Profile` (name and contact) is open to both sides of an accepted connection, from REQUEST up. Chosen
//! prescriptions narrow `Prescriptions` and `Doses`: see [`Access::covers`].
//!
//! # Why the check is not cached
//! It is two point reads. A look at another person's data waits for the durable commit of its audit record
//! anyway, hundreds of times longer, and a patient's own look needs no connection. So a cache would win nothing,
//! and the very next request after a revocation is refused by construction.

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
    /// It is his own.
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
    /// When listed, only these prescriptions and their doses.
    only: Option<Vec<PrescriptionId>>,
}

impl Access {
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

    /// Whether the patient himself acts.
    pub const fn is_own(&self) -> bool {
        matches!(self.basis, Basis::Own)
    }

    /// Whether only chosen prescriptions are shared, so that figures over all of them would tell too much.
    pub const fn is_limited(&self) -> bool {
        self.only.is_some()
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
///   patient asks for a patient's record of his own.
pub fn check(tx: &dyn Reader, caller: &Caller, patient: UserId, scope: Scope, mode: Mode) -> Result<Access> {
    let granted = |basis, only| Access { patient, scope, mode, basis, only };
    let (id, role, status) = match caller.actor {
        Actor::System(_) => return Ok(granted(Basis::System, None)),
        Actor::Person { id, role, status, .. } => (id, role, status),
        Actor::Anonymous => return Err(Error::unauthenticated("sign_in_required")),
    };
    if id == patient {
        caller.active()?;
        if role != Role::Patient && scope != Scope::Profile {
            return Err(Error::forbidden("role_not_allowed"));
        }
        return Ok(granted(Basis::Own, None));
    }
    let decided = decide(tx, caller, Carer { id, role, status }, patient, scope, mode);
    let (basis, refused) = match &decided {
        Ok((basis, _)) => (basis.name(), false),
        Err(error) => (error.code(), true),
    };
    let patient_id = patient.into();
    tx.trail().foreign.push(ForeignAccess { patient: patient_id, scope: scope.name(), basis, refused });
    decided.map(|(basis, only)| granted(basis, only))
}

/// Somebody who asks for another person's data.
#[derive(Clone, Copy)]
struct Carer {
    id: UserId,
    role: Role,
    status: Status,
}

type Grant = (Basis, Option<Vec<PrescriptionId>>);

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
    let refusal = match tables::live(tx, patient, carer.id)? {
        Some(connection) if connection.state == ConnectionState::Accepted => {
            match by_connection(tx, &connection, scope, mode) {
                Ok(grant) => return Ok(grant),
                Err(refusal) => refusal,
            }
        }
        _ => Error::not_found("patient_not_found"),
    };
    by_emergency(tx, carer, patient, mode)?.ok_or(refusal)
}

/// What the connection itself allows.
fn by_connection(tx: &dyn Reader, connection: &Connection, scope: Scope, mode: Mode) -> Result<Grant> {
    if connection.permission.has_expired(tx.now()) {
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
    Ok((basis, only))
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
        Mode::Read => Ok(Some((Basis::BreakGlass, None))),
        Mode::Write => Err(Error::forbidden("break_glass_read_only")),
    }
}

/// Name and contact: admins look after accounts, and both sides of a connection may know each other.
fn profile(tx: &dyn Reader, carer: Carer, person: UserId, mode: Mode) -> Result<Grant> {
    if carer.role == Role::Admin {
        return Ok((Basis::Staff, None));
    }
    let connection = match tables::live(tx, person, carer.id)? {
        Some(connection) => Some(connection),
        // A patient asks who treats him.
        None => tables::live(tx, carer.id, person)?,
    };
    let accepted = connection.filter(|connection| connection.state == ConnectionState::Accepted);
    let refusal = match accepted {
        None => Error::not_found("patient_not_found"),
        Some(_) if mode == Mode::Write => Error::forbidden("write_not_allowed"),
        Some(connection) if connection.patient == carer.id => return Ok((Basis::Connection, None)),
        Some(connection) if connection.permission.has_expired(tx.now()) => Error::forbidden("access_expired"),
        Some(connection) if connection.permission.level == PermissionLevel::NotAllowed => {
            Error::forbidden("access_not_allowed")
        }
        Some(_) => return Ok((Basis::Connection, None)),
    };
    by_emergency(tx, carer, person, mode)?.ok_or(refusal)
}
