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
use crate::domain::prescriptions::record::VersionState;
use crate::domain::prescriptions::tables as prescriptions;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::store::Reader;
use chrono_tz::Tz;

/// `dose` with version and amount as of `at`, when somebody took it: as if it had been recorded then.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn as_of(tx: &dyn Reader, opened: &Opened, zone: Tz, at: Timestamp) -> Result<Dose> {
    let dose = &opened.found.dose;
    // Most doses were never changed, and most are recorded when they are taken: nothing is read for these.
    if dose.version <= 1 || dose.as_needed || at >= tx.now() {
        return Ok(dose.clone());
    }
    let server = opened.access.of_server();
    for number in (1..=dose.version).rev() {
        let version = prescriptions::version(tx, &server, dose.prescription, number)?;
        if version.state != VersionState::Applied || version.in_force_since() > at {
            continue;
        }
        let line = version.content.lines.iter().find(|line| line.has_number(dose.line()));
        let Some(line) = line.filter(|_| number < dose.version) else { break };
        let doses = occurrences_on(line, &opened.patient.preferences.meal_times, zone, opened.found.date);
        let asked = doses.iter().find(|asked| asked.at == dose.scheduled() || stands_for(dose, asked));
        return Ok(match asked {
            Some(asked) => Dose { version: number, amount: asked.amount, slot: asked.slot, ..dose.clone() },
            None => dose.clone(),
        });
    }
    Ok(dose.clone())
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
