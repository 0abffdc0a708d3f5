//! What becomes of a line when something becomes known of one of its doses after the line was changed.
//!
//! The change had decided without it: what it put at the end of a course because a dose of today was left out, and how many
//! a quantity is still enough for. So the line is carried on anew, as if it had been known. Where life has overtaken that, the
//! plan stays, and as many doses follow at its end as there would be.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::replanning::plan_changed_since;
use crate::domain::connections::access::Access;
use crate::domain::doses::change::Change;
use crate::domain::doses::lost::Treatment;
use crate::domain::doses::model::{Day, Dose};
use crate::domain::doses::number::{in_all, longer_by};
use crate::domain::doses::open::standing;
use crate::domain::doses::plans::Planned;
use crate::domain::doses::tables as doses;
use crate::domain::prescriptions::model::{Amount, Line};
use crate::domain::prescriptions::record::Prescription;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::model::User;
use crate::domain::users::tables as users;
use crate::flows::prescriptions::{Anew, replayed};
use crate::platform::error::{Kind, Result};
use crate::platform::store::{Reader, WriteTx};

/// What becomes of the line.
pub(super) enum Late {
    /// It goes on like this.
    Anew(Box<Anew>),
    /// It goes on from what was done, with so many doses in all.
    InAll(i64),
}

/// What becomes of the line of a dose on which `changed` holds from now on instead of `old`; nothing when it was not changed
/// since, or where days of it are lost: what they held is not guessed, and what is recorded is recorded all the same. To be
/// asked before that is written.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn foresee(tx: &dyn Reader, access: &Access, old: &Dose, changed: &Dose) -> Result<Option<Late>> {
    match foreseen(tx, access, old, changed) {
        Err(error) if error.kind() == Kind::Damaged => Ok(None),
        late => late,
    }
}

fn foreseen(tx: &dyn Reader, access: &Access, old: &Dose, changed: &Dose) -> Result<Option<Late>> {
    let treatment = prescriptions::get(tx, access, changed.prescription)?;
    let Some(zone) = zone_of_plan(tx, access)?.filter(|_| treatment.version > 1) else { return Ok(None) };
    let patient = users::require(tx, access.patient())?;
    let by = (&patient, zone);
    let Some(with) = replayed(tx, access, &treatment, (changed, changed), by)? else { return Ok(None) };
    if let Some(anew) = with.anew {
        return Ok(Some(Late::Anew(Box::new(anew))));
    }
    let Some(without) = replayed(tx, access, &treatment, (old, changed), by)? else { return Ok(None) };
    let Some((_, now)) = in_all_now(tx, access, &treatment, changed, by)? else { return Ok(None) };
    Ok(Some(Late::InAll(
        now.saturating_add(i64::from(with.in_all)).saturating_sub(i64::from(without.in_all)),
    )))
}

/// Lets the line of a dose that was written have as many doses as were foreseen, where it goes on from what was done.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn keep_number(
    tx: &mut WriteTx<'_>,
    access: &Access,
    (date, day): (NaiveDate, &mut Day),
    dose: &Dose,
    late: Option<&Late>,
) -> Result<()> {
    let Some(Late::InAll(wanted)) = late else { return Ok(()) };
    let mut treatment = prescriptions::get(tx, access, dose.prescription)?;
    let Some(zone) = zone_of_plan(tx, access)? else { return Ok(()) };
    let patient = users::require(tx, access.patient())?;
    let found = in_all_now(tx, access, &treatment, dose, (&patient, zone))?;
    let Some((line, has)) = found.filter(|(_, has)| has != wanted) else { return Ok(()) };
    let more = wanted.saturating_sub(has);
    let Some(line) = longer_by(&line, more, &patient.preferences.meal_times, zone) else { return Ok(()) };
    let anew = Anew::from_now_on(line, tx.now());
    anew.write_down(tx, access, &mut treatment)?;
    plan_anew(tx, access, &treatment, &anew, (&patient, zone))?;
    *day = doses::day(tx, access, date)?;
    Ok(())
}

/// The line of a dose as it runs, with how many doses it has in all.
fn in_all_now(
    tx: &dyn Reader,
    access: &Access,
    treatment: &Prescription,
    dose: &Dose,
    (patient, zone): (&User, Tz),
) -> Result<Option<(Line, i64)>> {
    let line = treatment.content.line_with(dose.line());
    let Some(line) = line.filter(|_| treatment.status == Status::Active) else { return Ok(None) };
    let standing = standing(tx, access, in_force(treatment, patient, zone), line)?;
    let meals = &patient.preferences.meal_times;
    let change = Change { meals, zone, now: tx.now(), standing: &standing, used: Amount::ZERO };
    Ok(Some((line.clone(), i64::from(in_all(line, change)))))
}

/// The zone in which the patient's doses were planned.
pub(super) fn zone_of_plan(tx: &dyn Reader, access: &Access) -> Result<Option<Tz>> {
    Ok(doses::care(tx, access)?.zone.and_then(|zone| zone.parse().ok()))
}

/// The treatment as it runs, for who asks what stands of it.
pub(super) const fn in_force<'a>(treatment: &Prescription, patient: &'a User, zone: Tz) -> Treatment<'a> {
    Treatment {
        patient,
        zone,
        version: Some((treatment.id, treatment.version)),
        since: treatment.activated_at,
    }
}

/// Plans the doses of a line as it goes on from now on.
pub(super) fn plan_anew(
    tx: &mut WriteTx<'_>,
    access: &Access,
    treatment: &Prescription,
    anew: &Anew,
    (patient, zone): (&User, Tz),
) -> Result<()> {
    if treatment.status != Status::Active {
        return Ok(());
    }
    let lines = std::slice::from_ref(&anew.line);
    let planned = Planned { prescription: treatment.id, version: treatment.version, lines };
    plan_changed_since(tx, access, patient, planned, zone, anew.since).map(drop)
}
