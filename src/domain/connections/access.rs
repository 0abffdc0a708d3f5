//! The one access check. Every module asks here, and what it gets back, an [`Access`], is the only key to a
//! patient's rows: the tables of prescriptions, doses and adherence take it where they would take an id.

use super::model::{Mode, Scope};
use crate::domain::auth::model::{Actor, Caller};
use crate::platform::error::{Error, Result};
use crate::platform::ids::{PrescriptionId, UserId};
use crate::platform::store::{ForeignAccess, Reader};

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

    /// Whether this prescription is among those the patient shares.
    pub fn covers(&self, prescription: PrescriptionId) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&prescription))
    }
}

/// Decides whether `caller` may read or change `scope` of `patient`'s record, and notes every look at another
/// person's data for the audit.
///
/// # Errors
/// - `patient_not_found` when there is no connection: existence stays private.
/// - `access_not_allowed`, `scope_not_shared`, `access_request_pending` when the connection is known but does
///   not allow it.
pub fn check(tx: &dyn Reader, caller: &Caller, patient: UserId, scope: Scope, mode: Mode) -> Result<Access> {
    let granted = |basis| Access { patient, scope, mode, basis, only: None };
    match caller.actor {
        Actor::System(_) => Ok(granted(Basis::System)),
        Actor::Person { id, .. } if id == patient => {
            caller.active()?;
            Ok(granted(Basis::Own))
        }
        _ => {
            caller.active()?;
            tx.trail().foreign.push(ForeignAccess {
                patient: patient.into(),
                scope: scope.name(),
                basis: "NONE",
                refused: true,
            });
            Err(Error::not_found("patient_not_found"))
        }
    }
}
