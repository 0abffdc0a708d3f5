//! Taking an alert over, and ending it.

use super::ward::publish_alert;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access;
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::gate;
use crate::domain::users::model::Role;
use crate::domain::vitals::alert::{Alert, AlertState, Hand};
use crate::domain::vitals::alert_tables::{self, ALERTS};
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::{AlertId, UserId};
use crate::platform::secret::Phi;
use crate::platform::store::{Reader, WriteTx};

/// How an alert ended.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// In the words of who ended it.
    pub note: Phi<String>,
}

/// Takes an alert over: its ladder ends. For doctors with access, and for admins when they were told of it. The first
/// one wins; whoever comes later gets the alert as it stands.
///
/// # Errors
/// `alert_not_found` for whoever may not know of it; `alert_not_yours` for the patient themselves; the refusals of the
/// access check.
pub async fn acknowledge(context: &Context, caller: &Caller, id: AlertId) -> Result<Alert> {
    let by = caller.clone();
    gate::write(context, caller, "alert.acknowledge", move |tx| {
        let (person, mut alert) = open(tx, &by, id)?;
        if alert.state != AlertState::Open {
            tx.trail().found_done();
            return Ok(alert);
        }
        alert.state = AlertState::Acknowledged;
        alert.acknowledged = Some(Hand { by: person, at: tx.now() });
        close(tx, alert)
    })
    .await
}

/// Ends an alert with a word on how. As [`acknowledge`].
///
/// # Errors
/// As [`acknowledge`]; `note` missing.
pub async fn resolve(context: &Context, caller: &Caller, id: AlertId, how: Resolution) -> Result<Alert> {
    let by = caller.clone();
    gate::write(context, caller, "alert.resolve", move |tx| {
        let (person, mut alert) = open(tx, &by, id)?;
        if how.note.reveal().trim().is_empty() {
            return Err(Error::invalid("note", "alert_note_required"));
        }
        if alert.state == AlertState::Resolved {
            tx.trail().found_done();
            return Ok(alert);
        }
        alert.state = AlertState::Resolved;
        alert.resolved = Some(Hand { by: person, at: tx.now() });
        alert.note = Some(how.note.clone());
        close(tx, alert)
    })
    .await
}

/// The alert, if the caller may take it over or end it.
fn open(tx: &WriteTx<'_>, caller: &Caller, id: AlertId) -> Result<(UserId, Alert)> {
    let hidden = || Error::not_found("alert_not_found");
    let person = caller.active()?;
    let alert = ALERTS.get(tx, &id)?.ok_or_else(hidden)?;
    let is_admin = caller.role() == Some(Role::Admin);
    // Staff may not look into records; an alert that came to them names the patient, and that they may know.
    let (scope, mode) = if is_admin { (Scope::Profile, Mode::Read) } else { (Scope::Vitals, Mode::Write) };
    let access = access::check(tx, caller, alert.patient, scope, mode)
        .map_err(|error| if error.kind() == Kind::NotFound { hidden() } else { error })?;
    if is_admin && !alert.admins_told {
        return Err(hidden());
    }
    {
        let mut trail = tx.trail();
        trail.patient = Some(alert.patient.into());
        trail.resource = Some(("alert", id.to_string()));
    }
    if access.is_own() {
        return Err(Error::forbidden("alert_not_yours"));
    }
    Ok((person, alert))
}

/// Writes what became of an alert.
fn close(tx: &mut WriteTx<'_>, alert: Alert) -> Result<Alert> {
    tx.trail().change = Some(serde_json::json!({ "state": alert.state, "severity": alert.severity }));
    alert_tables::save_alert(tx, &alert)?;
    publish_alert(tx, &alert, "alert.updated")?;
    Ok(alert)
}
