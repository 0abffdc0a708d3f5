//! The day counters.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::model::{DayTally, Tally};
use crate::domain::connections::access::Access;
use crate::platform::cache::Region;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Direction, Reader, Step, Table, WriteTx};

/// How the counted doses of each patient's days ended. A day on which nothing counted has no row.
pub const TALLIES: Table<(UserId, NaiveDate), Tally> = Table::new(70, "adherence_days");

/// Takes `old` out of a day's counters and puts `new` in.
///
/// # Errors
/// When the counters do not hold `old`, or the store cannot be read.
pub fn change(tx: &mut WriteTx<'_>, access: &Access, date: NaiveDate, old: Tally, new: Tally) -> Result<()> {
    if old == new {
        return Ok(());
    }
    let key = (access.patient(), date);
    let tally = TALLIES.get(tx, &key)?.unwrap_or_default();
    let rest =
        tally.minus(old).ok_or_else(|| Error::internal(format!("day counters of {date} are wrong")))?;
    let changed = rest.plus(new);
    if changed.is_empty() {
        TALLIES.delete(tx, &key)?;
    } else {
        TALLIES.put(tx, &key, &changed)?;
    }
    tx.touch(Region::Adherence, access.patient());
    Ok(())
}

/// The counters of the days from `from` to `to`, both included, in order; days without a row are left out. They count all
/// that the patient takes: what may be shown of them is asked of [`crate::domain::figures`].
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn tallies(
    tx: &dyn Reader,
    access: &Access,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<DayTally>> {
    let patient = access.patient();
    let mut tallies = Vec::new();
    TALLIES.visit_through(tx, &(patient, from), &(patient, to), Direction::Forward, |(_, date), tally| {
        tallies.push(DayTally { date, tally });
        Ok(Step::Continue)
    })?;
    Ok(tallies)
}

/// Writes the counters anew.
///
/// # Errors
/// When the store cannot be read.
pub fn recount(tx: &mut WriteTx<'_>, recounted: BTreeMap<(UserId, NaiveDate), Tally>) -> Result<()> {
    for (key, _) in TALLIES.list_prefix(tx, &())? {
        TALLIES.delete(tx, &key)?;
    }
    let counted = recounted.iter().filter(|(_, tally)| !tally.is_empty());
    counted.into_iter().try_for_each(|(key, tally)| TALLIES.put(tx, key, tally))
}

/// Compares the counters with a recount.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(
    tx: &dyn Reader,
    faults: &mut Vec<String>,
    mut recounted: BTreeMap<(UserId, NaiveDate), Tally>,
) -> Result<()> {
    recounted.retain(|_, tally| !tally.is_empty());
    TALLIES.visit_prefix(tx, &(), Direction::Forward, |key, tally| {
        if recounted.remove(&key) != Some(tally) {
            faults.push(format!("day counters of {} on {} differ from the doses", key.0, key.1));
        }
        Ok(Step::Continue)
    })?;
    for (patient, date) in recounted.into_keys() {
        faults.push(format!("day counters of {patient} on {date} are missing"));
    }
    Ok(())
}
