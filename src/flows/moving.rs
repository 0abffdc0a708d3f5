//! Planned doses that move to another time of day because the patient says when they eat or group their medicines.

use chrono_tz::Tz;

use crate::domain::connections::access::Access;
use crate::domain::connections::model::Scope;
use crate::domain::doses::plans;
use crate::domain::events::model::{Audience, NewEvent, kinds};
use crate::domain::events::tables::publish;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::model::User;
use crate::platform::clock::start_of_day;
use crate::platform::error::Result;
use crate::platform::store::{Reader as _, WriteTx};

/// Plans the patient's doses from tomorrow on anew. Today's stay, so that none is taken twice.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn move_doses(tx: &mut WriteTx<'_>, access: &Access, user: &User, zone: Tz) -> Result<()> {
    let today = tx.now().day_in(zone);
    let Some(tomorrow) = today.succ_opt() else { return Ok(()) };
    let from = start_of_day(tomorrow, zone);
    let mut moved = 0_u32;
    for prescription in prescriptions::list(tx, access)? {
        if prescription.status_on(today) != Status::Active {
            continue;
        }
        let planned = plans::Planned {
            prescription: prescription.id,
            version: prescription.version,
            lines: &prescription.content.lines,
        };
        moved = moved.saturating_add(plans::replan(tx, access, user, planned, zone, from)?);
    }
    if moved > 0 {
        let (room, audience) = (user.id, Audience::Record(Scope::Doses));
        let data = serde_json::json!({ "patientId": user.id });
        publish(tx, NewEvent { room, audience, kind: kinds::SCHEDULE_CHANGED, data })?;
    }
    Ok(())
}
