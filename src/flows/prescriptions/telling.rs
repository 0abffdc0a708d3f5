//! Who hears of prescriptions: people by messages, open screens by events.

use crate::domain::auth::model::Caller;
use crate::domain::connections::model::Scope;
use crate::domain::events::model::{Audience, NewEvent, kinds};
use crate::domain::events::tables::publish;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::prescriptions::record::Prescription;
use crate::domain::users;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::secret::Phi;
use crate::platform::store::WriteTx;

/// Tells open screens that a prescription was written, changed or came into another state.
pub(super) fn tell_of_change(tx: &mut WriteTx<'_>, row: &Prescription) -> Result<()> {
    let event = NewEvent {
        room: row.patient,
        audience: Audience::Prescription(Scope::Prescriptions, row.id),
        kind: kinds::PRESCRIPTION_CHANGED,
        data: serde_json::json!({
            "prescriptionId": row.id,
            "patientId": row.patient,
            "status": row.status,
            "version": row.version,
            "pendingVersion": row.pending_version,
        }),
    };
    publish(tx, event).map(drop)
}

/// Tells open screens that doses were planned or cancelled, if any were.
pub(super) fn tell_of_schedule(tx: &mut WriteTx<'_>, row: &Prescription, doses: u32) -> Result<()> {
    if doses == 0 {
        return Ok(());
    }
    let event = NewEvent {
        room: row.patient,
        audience: Audience::Prescription(Scope::Doses, row.id),
        kind: kinds::SCHEDULE_CHANGED,
        data: serde_json::json!({ "patientId": row.patient, "prescriptionId": row.id }),
    };
    publish(tx, event).map(drop)
}

/// Tells the patient what somebody else did; what they do themselves they know.
pub(super) fn tell_patient(
    tx: &mut WriteTx<'_>,
    by: &Caller,
    row: &Prescription,
    kind: NotificationType,
    variant: &'static str,
    reason: Option<&Phi<String>>,
) -> Result<()> {
    if by.user_id().is_ok_and(|by| by == row.patient) {
        return Ok(());
    }
    let name = row.author.name.reveal().clone();
    tell(tx, row, row.patient, kind, variant, name, reason)
}

/// Tells the author what the patient did.
pub(super) fn tell_author(
    tx: &mut WriteTx<'_>,
    by: &Caller,
    row: &Prescription,
    kind: NotificationType,
    variant: &'static str,
    reason: Option<&Phi<String>>,
) -> Result<()> {
    if by.user_id().is_ok_and(|by| by == row.author.id) {
        return Ok(());
    }
    let name = users::tables::require(tx, row.patient)?.full_name.into_inner();
    tell(tx, row, row.author.id, kind, variant, name, reason)
}

fn tell(
    tx: &mut WriteTx<'_>,
    row: &Prescription,
    to: UserId,
    kind: NotificationType,
    variant: &'static str,
    name: String,
    reason: Option<&Phi<String>>,
) -> Result<()> {
    let mut params = Params::new().text("name", name);
    if let Some(reason) = reason {
        params.set_text("reason", reason.reveal());
    }
    let urgency = match kind {
        NotificationType::UrgentPrescriptionChange => Urgency::Critical,
        _ => Urgency::Normal,
    };
    let resource = Some(("prescription", row.id.to_string()));
    notify(tx, Notice { to, kind, variant, urgency, params, patient: Some(row.patient), resource })?;
    Ok(())
}
