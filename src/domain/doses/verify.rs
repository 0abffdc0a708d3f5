//! Recounts what must agree in the doses' tables.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{DoseParts, DoseStatus};
use super::reminders::next_reminder;
use super::tables::{CARE, DAYS};
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::{Direction, Reader, Step};

/// The earliest times at which something is to be done for a patient.
#[derive(Default)]
struct Earliest {
    deadline: Option<Timestamp>,
    reminder: Option<Timestamp>,
}

fn earlier(first: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    first.into_iter().chain(other).min()
}

/// Describes what is wrong in the days and in the times of sweep and reminders; `grace_minutes` says how long a patient's grace
/// period was at an instant.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(
    tx: &dyn Reader,
    faults: &mut Vec<String>,
    grace_minutes: impl Fn(UserId, Timestamp) -> Result<u32>,
) -> Result<()> {
    let mut earliest: BTreeMap<UserId, Earliest> = BTreeMap::new();
    DAYS.visit_prefix(tx, &(), Direction::Forward, |(patient, date), day| {
        if !day.doses.is_sorted_by(|a, b| a.id < b.id) {
            faults.push(format!("doses of {patient} on {date} are out of order"));
        }
        let mut slots = BTreeSet::new();
        let standing = day.doses.iter().filter(|dose| dose.status != DoseStatus::Cancelled);
        for dose in standing {
            if let Some(slot) = dose.slot
                && !slots.insert((dose.line(), slot))
            {
                faults.push(format!("{patient} has two doses of line {} in one slot of {date}", dose.line()));
            }
        }
        for dose in &day.doses {
            if DoseParts::of(dose.id).is_none() {
                faults.push(format!("dose {} has an id that was not made by the rule", dose.id));
            }
            let record = dose.outcome().filter(|outcome| !outcome.takes_back());
            let recorded = record.map(|outcome| outcome.status);
            let expected = match dose.status {
                DoseStatus::Due | DoseStatus::Cancelled => None,
                status => Some(status),
            };
            if recorded != expected {
                faults.push(format!(
                    "dose {} is {} but its record says otherwise",
                    dose.id,
                    dose.status.name()
                ));
            }
            if dose.status == DoseStatus::Due {
                let grace_minutes = grace_minutes(patient, dose.scheduled())?;
                let deadline = dose.deadline(grace_minutes);
                let first = earliest.entry(patient).or_default();
                first.deadline = earlier(first.deadline, Some(deadline));
                // What is past its grace period waits for the sweep and is not reminded of any more.
                if deadline > tx.now() {
                    first.reminder = earlier(first.reminder, next_reminder(dose, grace_minutes));
                }
            }
        }
        Ok(Step::Continue)
    })?;
    for (patient, first) in earliest {
        let care = CARE.get(tx, &patient)?.unwrap_or_default();
        let too_late = |planned: Option<Timestamp>, needed: Option<Timestamp>| {
            needed.is_some_and(|needed| planned.is_none_or(|planned| planned > needed))
        };
        if too_late(care.sweep_at, first.deadline) {
            faults.push(format!("the sweep would come too late for the doses of {patient}"));
        }
        if too_late(care.remind_at, first.reminder) {
            faults.push(format!("a reminder would come too late for the doses of {patient}"));
        }
    }
    Ok(())
}
