//! Figures over what is shared with the one who reads them.

use chrono::NaiveDate;

use super::adherence::model::DayTally;
use super::adherence::rules::recount;
use super::adherence::tables;
use super::connections::access::Access;
use super::doses::model::{Day, Dose};
use super::doses::tables as doses;
use crate::platform::error::Result;
use crate::platform::store::Reader;

/// The counters of the days from `from` to `to`, both included, in order, days on which nothing counted perhaps left
/// out. Where only some prescriptions are shared, they are counted over those alone.
///
/// # Errors
/// When the store cannot be read.
pub fn tallies(tx: &dyn Reader, access: &Access, from: NaiveDate, to: NaiveDate) -> Result<Vec<DayTally>> {
    if access.is_limited() {
        return counted(tx, access, (from, to), |dose| access.covers(dose.prescription));
    }
    tables::tallies(tx, access, from, to)
}

/// The counters of some doses of the days from the first to the last, counted anew.
///
/// # Errors
/// When the store cannot be read.
pub fn counted(
    tx: &dyn Reader,
    access: &Access,
    (from, to): (NaiveDate, NaiveDate),
    counts: impl Fn(&Dose) -> bool,
) -> Result<Vec<DayTally>> {
    let days = doses::days(tx, access, from, to)?.into_iter();
    let tally = |day: &Day| recount(day.doses.iter().filter(|dose| counts(dose)));
    Ok(days.map(|(date, day)| DayTally { date, tally: tally(&day) }).collect())
}
