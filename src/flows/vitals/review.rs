//! After a dose was recorded: whether an abnormal measurement waits for an alert.

use chrono_tz::Tz;

use super::occasion::Occasion;
use super::ward::Ward;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access;
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::users::model::User;
use crate::domain::vitals::model::ALERTING_AGE;
use crate::domain::vitals::tables::{self, VITALS};
use crate::platform::error::Result;
use crate::platform::store::{Reader, WhatIsLeft, WriteTx};

/// Opens the alert of every newest measurement of the last 24 hours that is abnormal and that no alert covers:
/// because a doctor narrowed the bounds since, or because it came while an alert that was resolved still silenced it.
/// Costs one point read when there is none.
///
/// # Errors
/// When the store cannot be read.
pub fn review_after_dose(tx: &mut WriteTx<'_>, patient: &User, zone: Tz) -> Result<()> {
    let caller = Caller::system("vital-review");
    let access = access::check(tx, &caller, patient.id, Scope::Vitals, Mode::Write)?;
    let since = tx.now().minus(ALERTING_AGE);
    // What was lost with a damaged page keeps nobody from recording a dose.
    let mut waiting = tables::latest(&WhatIsLeft(tx), &access)?.readings;
    waiting.retain(|reading| !reading.alerted && reading.measured_at >= since && reading.severity.is_some());
    if waiting.is_empty() {
        return Ok(());
    }
    let ward = Ward { access, patient: patient.clone(), zone };
    let monitoring = tables::known_monitoring(tx, &ward.access)?.unwrap_or_default();
    for reading in waiting {
        let Some(mut vital) = VITALS.get(&WhatIsLeft(tx), &reading.vital)? else { continue };
        let Some(severity) = vital.severity else { continue };
        let occasion = Occasion::reading(&vital, severity, &monitoring);
        if let Some(alert) = ward.raise(tx, &occasion)? {
            vital.alert = Some(alert.id);
            tables::save(tx, &ward.access, &vital)?;
        }
    }
    Ok(())
}
