//! Writes a changed dose, with all that hangs on it but what a later version asks for in its place.

use chrono::NaiveDate;

use super::reminding;
use crate::domain::adherence::{rules as adherence_rules, tables as adherence};
use crate::domain::connections::access::Access;
use crate::domain::connections::model::Scope;
use crate::domain::doses::model::{Day, Dose};
use crate::domain::doses::tables as doses;
use crate::domain::events::model::{Audience, NewEvent, kinds};
use crate::domain::events::tables::publish;
use crate::platform::error::Result;
use crate::platform::store::WriteTx;

/// Puts a dose into its day, in the place of the one with its id if there is one, carries the day's counter along,
/// withdraws the reminder that it answers, and tells open screens. Returns the one that it took the place of.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn apply(
    tx: &mut WriteTx<'_>,
    access: &Access,
    date: NaiveDate,
    day: &mut Day,
    changed: Dose,
) -> Result<Option<Dose>> {
    let old = day.find(changed.id).cloned();
    let (tally, message) =
        old.as_ref().map(|old| (adherence_rules::tally_of(old), old.reminder_message)).unwrap_or_default();
    adherence::change(tx, access, date, tally, adherence_rules::tally_of(&changed))?;
    let scheduled = changed.scheduled();
    let answered = message.filter(|_| changed.reminder_message.is_none());
    publish(tx, updated(access, date, &changed))?;
    doses::save(tx, access, date, day, changed)?;
    reminding::withdraw_needless(tx, access, scheduled, answered)?;
    Ok(old)
}

/// Tells open screens what became of a dose.
fn updated(access: &Access, date: NaiveDate, dose: &Dose) -> NewEvent {
    NewEvent {
        room: access.patient(),
        audience: Audience::Prescription(Scope::Doses, dose.prescription),
        kind: kinds::DOSE_UPDATED,
        data: serde_json::json!({
            "doseId": dose.id,
            "patientId": access.patient(),
            "prescriptionId": dose.prescription,
            "date": date,
            "status": dose.status,
        }),
    }
}
