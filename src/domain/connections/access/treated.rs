//! What a doctor may see of everybody they treat, for lists and figures over many patients.
//!
//! The rights are those of [`check`](super::check), asked of each connection as it is now, with two differences: what is
//! not shared is left out instead of refused, so that nobody is asked for consent because somebody opened a list; and a
//! doctor's connection alone counts, not that of a doctor who is family too.

use super::{Access, Basis, Carer, Grant, by_connection, knowing, patients_of};
use crate::domain::auth::model::{Actor, Caller};
use crate::domain::connections::model::{Connection, ConnectionKind, Mode, Scope};
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

/// Everybody whom the calling doctor treats and may know now, oldest connection first, with what each shares.
///
/// # Errors
/// `role_not_allowed` for others than doctors; `account_not_active` for those who are not VERIFIED; when the store cannot be
/// read.
pub fn treated(tx: &dyn Reader, caller: &Caller) -> Result<Vec<Treated>> {
    let doctor = caller.with_role(Role::Doctor)?;
    let Actor::Person { status: Status::Verified, .. } = caller.actor else {
        return Err(Error::forbidden("account_not_active"));
    };
    let mut found = Vec::new();
    for connection in patients_of(tx, caller)? {
        if connection.kind != ConnectionKind::Doctor
            || granted(knowing(tx, &connection, Mode::Read))?.is_none()
        {
            continue;
        }
        let mut shared = Vec::new();
        for scope in PARTS {
            let Some(grant) = granted(by_connection(tx, &connection, scope, Mode::Read))? else { continue };
            shared.push(access_of(&connection, scope, doctor, grant));
        }
        found.push(Treated { connection, shared });
    }
    Ok(found)
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

fn access_of(connection: &Connection, scope: Scope, doctor: UserId, grant: Grant) -> Access {
    Access {
        patient: connection.patient,
        scope,
        mode: Mode::Read,
        basis: grant.basis,
        carer: Some(doctor),
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
