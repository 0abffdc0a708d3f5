//! The emergency button.

use super::occasion::Occasion;
use super::ward::Ward;
use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::users::model::Role;
use crate::domain::vitals::alert::{Alert, AlertState, EMERGENCY_PAUSE, Topic, reopen};
use crate::domain::vitals::alert_tables;
use crate::domain::vitals::model::Severity;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::secret::Phi;
use crate::platform::store::Reader;

/// A patient calls for help.
#[derive(Debug, Clone)]
pub struct Press {
    /// Their words.
    pub message: Option<Phi<String>>,
    /// Where they are.
    pub location: Option<Phi<String>>,
}

/// Opens a CRITICAL alert and tells everybody connected with the patient, whatever they share with them, and the
/// admins. Pressing again within a minute answers with the same alert and tells nobody again; after that, an alert
/// that is not resolved is sounded anew.
///
/// # Errors
/// `role_not_allowed` for others than patients.
pub async fn press(context: &Context, caller: &Caller, press: Press) -> Result<Alert> {
    let (by, zone) = (caller.clone(), context.zone());
    gate::write(context, caller, "alert.emergency", move |tx| {
        let patient = by.with_role(Role::Patient)?;
        let ward = Ward::enter(tx, &by, patient, zone)?;
        let now = tx.now();
        let call = Occasion::call(press.message.clone(), press.location.clone());
        let last = alert_tables::last_alert(tx, &ward.access, Topic::Emergency)?;
        let alert = match last {
            Some(alert) if now < alert.alerted_at.plus(EMERGENCY_PAUSE) => {
                tx.trail().found_done();
                return Ok(alert);
            }
            Some(mut alert) if alert.state != AlertState::Resolved => {
                reopen(&mut alert, Severity::Critical, now);
                ward.sound(tx, alert, &call, "alert.updated")?
            }
            _ => ward.open(tx, &call)?,
        };
        let mut trail = tx.trail();
        trail.patient = Some(patient.into());
        trail.resource = Some(("alert", alert.id.to_string()));
        drop(trail);
        Ok(alert)
    })
    .await
}
