//! A treatment that goes on after a pause: doses that were open when it began are due again.

use chrono_tz::Tz;

use super::apply::apply;
use super::reminding::wait_for;
use super::sweep::mark_overdue;
use crate::domain::connections::access::Access;
use crate::domain::doses::model::DoseStatus;
use crate::domain::doses::plans::Planned;
use crate::domain::doses::{pauses, tables as doses};
use crate::domain::users::model::User;
use crate::platform::error::Result;
use crate::platform::store::{Reader as _, WhatIsLeft, WriteTx};

/// Lets doses of the planned lines that a pause had cancelled while they were open be due again; see [`pauses`]. One whose
/// grace period is over by now is missed, and those who are told of missed doses hear of it. Returns how many became due.
///
/// # Errors
/// When the store cannot be read.
pub fn bring_back_paused(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    planned: Planned<'_>,
    zone: Tz,
) -> Result<u32> {
    let now = tx.now();
    let mut count = 0_u32;
    let (first, last) = pauses::days(now, zone);
    for (date, mut day) in doses::days(&WhatIsLeft(&*tx), access, first, last)? {
        for dose in day.doses.clone() {
            let Some(changed) = pauses::resumed(&dose, &day, planned, patient, zone, now) else { continue };
            count = count.saturating_add(u32::from(changed.status == DoseStatus::Due));
            wait_for(tx, access, patient, &changed)?;
            apply(tx, access, date, &mut day, changed)?;
        }
    }
    if count > 0 {
        mark_overdue(tx, access, patient, zone)?;
    }
    Ok(count)
}
