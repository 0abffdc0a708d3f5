//! The dose that an intake was one of, where its line was changed between the intake and its record.
//!
//! # Why the present plan does not say it
//! Who took one tablet at eight, while one was prescribed, took one, also when it is two since nine and the intake becomes
//! known at ten. And who was not reached by a change of the times took this evening's dose at the time that their phone
//! showed: asked for at the new time it would be taken twice.

use super::desk::Opened;
use crate::domain::doses::cover::stands_for;
use crate::domain::doses::model::{Dose, DoseStatus};
use crate::domain::doses::planning::occurrences_on;
use crate::domain::doses::rules;
use crate::domain::prescriptions::model::Amount;
use crate::domain::prescriptions::record::VersionState;
use crate::domain::prescriptions::tables as prescriptions;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::store::Reader;
use chrono_tz::Tz;

/// How much of the opened dose was used at `at`, where that is not what its plan asks for: the amount that was prescribed then.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn used_at(tx: &dyn Reader, opened: &Opened, zone: Tz, at: Timestamp) -> Result<Option<Amount>> {
    let dose = &opened.found.dose;
    // Most doses are recorded when they are taken: nothing is read for these.
    if dose.as_needed || at >= tx.now() {
        return Ok(None);
    }
    let server = opened.access.of_server();
    let newest = prescriptions::get(tx, &server, dose.prescription)?.version;
    if newest <= 1 {
        return Ok(None);
    }
    for number in (1..=newest).rev() {
        let version = prescriptions::version(tx, &server, dose.prescription, number)?;
        if version.state != VersionState::Applied || version.in_force_since() > at {
            continue;
        }
        let line = version.content.lines.iter().find(|line| line.has_number(dose.line()));
        let meals = &opened.patient.preferences.meal_times;
        let doses = line.map(|line| occurrences_on(line, meals, zone, opened.found.date)).unwrap_or_default();
        let asked = doses.iter().find(|asked| stands_for(dose, asked)).map(|asked| asked.amount);
        return Ok(asked.filter(|amount| *amount != dose.asked.unwrap_or(dose.amount)));
    }
    Ok(None)
}

/// The dose that is asked for in the place of the opened one, which was cancelled when its slot of the same day was moved to
/// another time; nothing when it stood at `at`, or none is. One on which the action with this client's id is recorded is
/// known by it.
pub(super) fn moved_to(opened: &Opened, at: Timestamp, client_id: &str) -> Option<Dose> {
    let old = &opened.found.dose;
    if old.slot.is_none() || rules::stood_at(old, at) {
        return None;
    }
    let is_open = |dose: &Dose| matches!(dose.status, DoseStatus::Due | DoseStatus::Missed);
    let is_same =
        |dose: &Dose| dose.outcomes.iter().any(|known| known.client_id.as_deref() == Some(client_id));
    let mut doses = opened.found.day.doses.iter();
    let moved = doses.find(|dose| {
        dose.line() == old.line()
            && dose.slot == old.slot
            && dose.version > old.version
            && !dose.as_needed
            && (is_open(dose) || is_same(dose))
    });
    moved.cloned()
}
