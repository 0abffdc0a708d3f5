//! What a doctor may see of everybody they treat, for lists and figures over many patients.
//!
//! The rights are those of [`check`](super::check), asked of each connection as it is now, with two differences: what is
//! not shared is left out instead of refused, so that nobody is asked for consent because somebody opened a list; and a
//! doctor's connection alone counts, not that of a doctor who is family too.

use super::{Access, Basis, Carer, Grant, by_connection, knowing};
use crate::domain::auth::model::{Actor, Caller};
use crate::domain::connections::model::{Connection, ConnectionKind, ConnectionState, Mode, Scope};
use crate::domain::connections::tables::{BY_PERSON, CONNECTIONS};
use crate::domain::users::model::{Role, Status};
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::{PrescriptionId, UserId};
use crate::platform::store::{ForeignAccess, Reader};

/// The parts of a record that a connection may share.
const PARTS: [Scope; 4] = [Scope::Prescriptions, Scope::Doses, Scope::Vitals, Scope::Notes];

/// A patient whom a doctor treats, with what the doctor may read of their record now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Treated {
    /// The connection as it stands.
    pub connection: Connection,
    shared: Vec<Access>,
}

impl Treated {
    /// Who.
    pub const fn patient(&self) -> UserId {
        self.connection.patient
    }

    /// The right to read `scope`, when it is shared now.
    pub fn part(&self, scope: Scope) -> Option<&Access> {
        self.shared.iter().find(|access| access.scope() == scope)
    }

    /// The parts that may be read now.
    pub fn scopes(&self) -> impl Iterator<Item = Scope> + '_ {
        self.shared.iter().map(Access::scope)
    }

    /// The looks at what overviews show figures of, for the audit: who somebody is, and all that is shared but notes.
    pub fn looks(&self) -> Vec<ForeignAccess> {
        let look = |scope: Scope, basis: Basis, only: Option<&Vec<PrescriptionId>>| ForeignAccess {
            patient: self.patient().into(),
            scope: scope.name(),
            writes: false,
            only: only.map(|only| only.iter().map(|id| id.0).collect()),
            basis: basis.name(),
            refused: false,
        };
        let counted = self.shared.iter().filter(|access| access.scope != Scope::Notes);
        let parts = counted.map(|access| look(access.scope, access.basis, access.only.as_ref()));
        std::iter::once(look(Scope::Profile, Basis::Connection, None)).chain(parts).collect()
    }
}

/// What a doctor's connections say now, read once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Practice {
    /// Everybody whom the doctor treats and may know now, oldest connection first, with what each shares.
    pub treated: Vec<Treated>,
    /// Connections of any kind that others asked for and nobody has answered, oldest first; some may have come to their end.
    pub asked: Vec<Connection>,
}

/// Whom the calling doctor treats, and who asks to be connected.
///
/// # Errors
/// `role_not_allowed` for others than doctors; `account_not_active` for those who are not VERIFIED; when the store cannot be
/// read.
pub fn practice(tx: &dyn Reader, caller: &Caller) -> Result<Practice> {
    let doctor = caller.with_role(Role::Doctor)?;
    let Actor::Person { role, status: Status::Verified, .. } = caller.actor else {
        return Err(Error::forbidden("account_not_active"));
    };
    let mut found = Practice::default();
    for id in BY_PERSON.keys(tx, &doctor)? {
        let Some(connection) = CONNECTIONS.get(tx, &id)? else { continue };
        let serves = connection.kind == ConnectionKind::Doctor
            && connection.carer == doctor
            && connection.kind.serves(role, Status::Verified);
        match connection.state {
            ConnectionState::Pending if connection.requested_by != doctor => found.asked.push(connection),
            ConnectionState::Accepted if serves => found.treated.extend(treated_now(tx, connection)?),
            _ => {}
        }
    }
    Ok(found)
}

/// The patient of a doctor's accepted connection with what it shares now; nothing where it does not even tell who they are.
fn treated_now(tx: &dyn Reader, connection: Connection) -> Result<Option<Treated>> {
    if granted(knowing(tx, &connection, Mode::Read))?.is_none() {
        return Ok(None);
    }
    let mut shared = Vec::with_capacity(PARTS.len());
    for scope in PARTS {
        if let Some(grant) = granted(by_connection(tx, &connection, scope, Mode::Read))? {
            shared.push(access_of(&connection, scope, grant));
        }
    }
    Ok(Some(Treated { connection, shared }))
}

/// The right to read `scope` of `patient`'s record, or nothing where it is not there: for a page of which each part is
/// shown as far as it is shared. The look is noted like any other; nothing is noted where there is no right, and nobody
/// is asked for consent.
///
/// # Errors
/// `account_not_active`; when the store cannot be read.
pub fn if_shared(tx: &dyn Reader, caller: &Caller, patient: UserId, scope: Scope) -> Result<Option<Access>> {
    let Actor::Person { id, role, status, .. } = caller.actor else {
        return Err(Error::unauthenticated("sign_in_required"));
    };
    caller.active()?;
    let decided = super::decide(tx, caller, Carer { id, role, status }, patient, scope, Mode::Read);
    match granted(decided)? {
        Some(_) => super::check(tx, caller, patient, scope, Mode::Read).map(Some),
        None => Ok(None),
    }
}

fn access_of(connection: &Connection, scope: Scope, grant: Grant) -> Access {
    Access {
        patient: connection.patient,
        scope,
        mode: Mode::Read,
        basis: grant.basis,
        carer: Some(connection.carer),
        kind: grant.kind,
        only: grant.only,
        sees_clinical_record: grant.sees_clinical_record,
    }
}

/// What was decided, refusals as nothing.
fn granted(decided: Result<Grant>) -> Result<Option<Grant>> {
    match decided {
        Ok(grant) => Ok(Some(grant)),
        Err(error) if matches!(error.kind(), Kind::Forbidden | Kind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
