//! By what right an answer was given that is kept for replays.

use serde::{Deserialize, Serialize};

use crate::domain::auth::model::Caller;
use crate::domain::connections::access;
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::users::model::Role;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{PrescriptionId, UserId};
use crate::platform::store::{ForeignAccess, Reader, Trail};

/// The right by which an answer was given: it is given again only while this right is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Right {
    /// What the caller was.
    role: Option<Role>,
    /// Whether their account was in use.
    in_use: bool,
    /// What was looked at or changed of other people's records.
    looks: Vec<KeptLook>,
    /// What it was about, for the audit.
    resource: Option<(String, String)>,
}

/// The right to one part of another person's record.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeptLook {
    patient: UserId,
    scope: Scope,
    writes: bool,
    only: Option<Vec<PrescriptionId>>,
}

impl Right {
    pub(super) fn of(caller: &Caller, trail: &Trail) -> Self {
        let look = |look: &ForeignAccess| {
            Some(KeptLook {
                patient: look.patient.into(),
                scope: Scope::from_name(look.scope)?,
                writes: look.writes,
                only: look.only.as_ref().map(|only| only.iter().map(|id| PrescriptionId(*id)).collect()),
            })
        };
        Self {
            role: caller.role(),
            in_use: caller.active().is_ok(),
            looks: trail.foreign.iter().filter(|look| !look.refused).filter_map(look).collect(),
            resource: trail.resource.as_ref().map(|(kind, id)| ((*kind).to_owned(), id.clone())),
        }
    }

    /// What the answer is about.
    pub(super) const fn resource(&self) -> Option<&(String, String)> {
        self.resource.as_ref()
    }

    /// Asks anew whether the caller has this right.
    pub(super) fn check(&self, tx: &dyn Reader, caller: &Caller) -> Result<()> {
        if self.in_use {
            caller.active()?;
        }
        if caller.role() != self.role {
            return Err(Error::forbidden("role_not_allowed"));
        }
        for look in &self.looks {
            let mode = if look.writes { Mode::Write } else { Mode::Read };
            let access = access::check(tx, caller, look.patient, look.scope, mode)?;
            let is_narrower = match &look.only {
                None => access.is_limited(),
                Some(only) => only.iter().any(|prescription| !access.covers(*prescription)),
            };
            if is_narrower {
                return Err(Error::forbidden("scope_not_shared"));
            }
        }
        Ok(())
    }
}
