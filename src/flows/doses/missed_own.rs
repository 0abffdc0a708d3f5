//! The message about missed doses to the patient: that they were not recorded, and what to do now.
//!
//! It takes the place of the reminders of these doses, so that nobody has more than one unread message for a dose, and is
//! withdrawn like them as soon as the dose is recorded after all, or asked for at another time. Several doses missed
//! within ten minutes make one message, as for those who care for the patient. An account that is not in use gets none.

use chrono_tz::Tz;

use super::missed::{GATHERING, Missed};
use super::reminding::withdraw_needless;
use crate::domain::connections::access::Access;
use crate::domain::doses::model::{Dose, DoseStatus, MissLevel, MissedAlert, MissedMessage};
use crate::domain::doses::rules::LATE;
use crate::domain::doses::tables as doses;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::{NOTIFICATIONS, amend, notify_until};
use crate::domain::users::model::{Status, User};
use crate::platform::error::Result;
use crate::platform::i18n::moment_text;
use crate::platform::ids::NotificationId;
use crate::platform::store::{Reader as _, WhatIsLeft, WriteTx};

/// The message's texts.
const VARIANT: &str = "patient";

/// Tells the patient of doses that have just been marked MISSED.
pub(super) fn tell_patient(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    missed: &[Missed],
    zone: Tz,
) -> Result<()> {
    let Some(first) =
        missed.iter().min_by_key(|missed| missed.dose.id).filter(|_| patient.status == Status::Active)
    else {
        return Ok(());
    };
    let message = write(tx, access, patient, (missed, &first.dose), zone)?;
    for Missed { date, dose } in missed {
        let mut day = doses::day(tx, access, *date)?;
        let Some(dose) = day.find(dose.id).cloned().filter(|dose| dose.status == DoseStatus::Missed) else {
            continue;
        };
        let (reminder, scheduled) = (dose.reminder_message, dose.scheduled());
        doses::save(tx, access, *date, &mut day, Dose { reminder_message: Some(message), ..dose })?;
        let before = reminder.filter(|reminder| *reminder != message);
        withdraw_needless(tx, access, scheduled, before)?;
    }
    Ok(())
}

/// Writes the message, or adds to the one of the last ten minutes if that still stands.
fn write(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    (missed, first): (&[Missed], &Dose),
    zone: Tz,
) -> Result<NotificationId> {
    let mut care = doses::care(tx, access)?;
    let mut alert = MissedAlert::gathering(care.missed_alert.take(), tx.now(), GATHERING);
    let count = u32::try_from(missed.len()).unwrap_or(u32::MAX);
    let own = alert.messages.iter().position(|message| message.to == patient.id);
    let standing = match own.and_then(|place| alert.messages.get(place)) {
        Some(told) => NOTIFICATIONS
            .get(&WhatIsLeft(tx), &(patient.id, told.id))?
            .filter(|row| row.withdrawn_at.is_none())
            .map(|row| (row.id, told.doses)),
        None => None,
    };
    let (id, doses) = match standing {
        Some((id, earlier)) => {
            let doses = earlier.saturating_add(count);
            amend(tx, patient.id, id, "count", doses.to_string())?;
            (id, doses)
        }
        None => {
            let time = moment_text(first.scheduled().local(zone));
            let notice = Notice {
                to: patient.id,
                kind: NotificationType::MissedDoseAlert,
                variant: VARIANT,
                urgency: Urgency::Normal,
                params: Params::new().text("count", count.to_string()).text("time", time),
                patient: Some(patient.id),
                resource: Some(("dose", first.id.to_string())),
            };
            // It says that the dose can still be recorded.
            let over_at = missed.iter().map(|missed| missed.dose.scheduled().plus(LATE)).max();
            (notify_until(tx, notice, over_at)?, count)
        }
    };
    alert.messages.retain(|message| message.to != patient.id);
    alert.messages.push(MissedMessage { to: patient.id, id, doses, level: MissLevel::Single });
    care.missed_alert = Some(alert);
    doses::save_care(tx, access, &care)?;
    Ok(id)
}
