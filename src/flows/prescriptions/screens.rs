//! What open screens hear of prescriptions.

use crate::domain::connections::model::Scope;
use crate::domain::events::model::{Audience, NewEvent, kinds};
use crate::domain::events::tables::publish;
use crate::domain::prescriptions::record::Prescription;
use crate::platform::error::Result;
use crate::platform::store::WriteTx;

/// Tells them that a prescription was written, changed or came into another state.
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

/// Tells them that doses were planned or cancelled, if any were.
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
