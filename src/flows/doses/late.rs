//! What becomes of a line when something becomes known of one of its doses after the line was changed, or is not so any more.
//!
//! The change had decided by what was known then: where an interval goes on, what it put at the end of a course because a dose
//! of today was left out, how many a quantity is still enough for. So the line is carried on anew, as if the truth had been
//! known. What it asked for until now and would not have is taken back, and the other way round; what was not asked for in
//! time is not missed, but follows at the end.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::missed_once::{ask_again, count_missed_once, take_back};
use super::replanning::plan_changed_since;
use crate::domain::connections::access::Access;
use crate::domain::doses::change::Change;
use crate::domain::doses::cover;
use crate::domain::doses::lost::Treatment;
use crate::domain::doses::model::{Day, Dose, DoseStatus};
use crate::domain::doses::number::{in_all, longer_by};
use crate::domain::doses::open::standing;
use crate::domain::doses::planning::occurrences_on;
use crate::domain::doses::plans::{self, Planned};
use crate::domain::doses::tables as doses;
use crate::domain::prescriptions::model::{Amount, Line, Schedule};
use crate::domain::prescriptions::record::Prescription;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::model::User;
use crate::domain::users::tables as users;
use crate::flows::prescriptions::{Anew, Replayed, replayed};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::{Kind, Result};
use crate::platform::store::{Reader, WhatIsLeft, WriteTx};

/// What becomes of the line.
pub(super) struct Late(Replayed);

/// What becomes of the line of a dose on which `changed` holds from now on; nothing when it was not changed since, or where
/// days of it are lost: what they held is not guessed, and what is recorded is recorded all the same. To be asked before that
/// is written.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn foresee(tx: &dyn Reader, access: &Access, changed: &Dose) -> Result<Option<Late>> {
    match foreseen(tx, access, changed) {
        Err(error) if error.kind() == Kind::Damaged => Ok(None),
        late => late,
    }
}

fn foreseen(tx: &dyn Reader, access: &Access, changed: &Dose) -> Result<Option<Late>> {
    let treatment = prescriptions::get(tx, access, changed.prescription)?;
    let Some(zone) = zone_of_plan(tx, access)?.filter(|_| treatment.version > 1) else { return Ok(None) };
    let patient = users::require(tx, access.patient())?;
    Ok(replayed(tx, access, &treatment, changed, (&patient, zone))?.map(Late))
}

impl Late {
    /// The line in the version in force.
    pub(super) const fn line(&self) -> &Line {
        &self.0.anew.line
    }

    /// From when on its doses are planned by it.
    pub(super) const fn since(&self) -> Timestamp {
        self.0.anew.since
    }

    /// Writes down how the line counts, and plans its doses by that. `dose` is written already, on the day `date`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn settle(
        &self,
        tx: &mut WriteTx<'_>,
        access: &Access,
        treatment: &mut Prescription,
        (date, dose): (NaiveDate, &Dose),
        by: (&User, Tz),
    ) -> Result<()> {
        let (patient, zone) = by;
        let is_changed = self.0.anew.differs_from(treatment);
        if is_changed {
            self.0.anew.write_down(tx, access, treatment)?;
        }
        if treatment.status != Status::Active {
            return Ok(());
        }
        if is_changed {
            plan_anew(tx, access, treatment, &self.0.anew, by)?;
        }
        self.take_needless_back(tx, access, treatment, zone)?;
        if dose.is_recorded() {
            let mut day = doses::day(tx, access, date)?;
            let all = occurrences_on(self.line(), &patient.preferences.meal_times, zone, date);
            for needless in cover::needless(&day, self.line(), &all, dose) {
                take_back(tx, access, date, &mut day, needless)?;
            }
        }
        // What was open when its interval was changed is asked for at another time, also when somebody says that it was missed.
        if dose.status == DoseStatus::Missed && dose.asked_again && !cover::goes_by_days(self.line()) {
            let mut day = doses::day(tx, access, date)?;
            take_back(tx, access, date, &mut day, dose.clone())?;
        }
        self.bring_missed_back(tx, access, treatment, by)?;
        let lines = std::slice::from_ref(self.line());
        let planned = Planned { prescription: treatment.id, version: treatment.version, lines };
        plans::plan(tx, access, patient, treatment.id, treatment.version, lines, zone)?;
        count_missed_once(tx, access, patient, planned, zone, date)?;
        self.keep_number(tx, access, treatment, by)
    }

    /// Takes back what the version in force had asked for before an interval goes on: it had been counted from another intake.
    fn take_needless_back(
        &self,
        tx: &mut WriteTx<'_>,
        access: &Access,
        treatment: &Prescription,
        zone: Tz,
    ) -> Result<()> {
        let line = self.line();
        let first_at = line.course.and_then(|course| course.first_at);
        let is_interval = matches!(line.schedule, Schedule::EveryHours { .. });
        let Some(first_at) = first_at.filter(|_| is_interval) else { return Ok(()) };
        let is_needless = |dose: &&Dose| {
            dose.version == treatment.version
                && matches!(dose.status, DoseStatus::Due | DoseStatus::Missed)
                && dose.scheduled() > self.since()
                && dose.scheduled() < first_at
        };
        for (date, mut day) in self.days(tx, access, first_at.min(tx.now()), zone)? {
            let of_line = day.doses.iter().filter(|dose| is_of(line, dose)).filter(is_needless);
            for needless in of_line.cloned().collect::<Vec<_>>() {
                take_back(tx, access, date, &mut day, needless)?;
            }
        }
        Ok(())
    }

    /// Counts again as missed what the version in force asks for, had asked for before, and that a record had taken the place
    /// of.
    fn bring_missed_back(
        &self,
        tx: &mut WriteTx<'_>,
        access: &Access,
        treatment: &Prescription,
        (patient, zone): (&User, Tz),
    ) -> Result<()> {
        let (now, line) = (tx.now(), self.line());
        let is_over =
            |dose: &Dose| dose.deadline(patient.preferences.grace_minutes_at(dose.scheduled())) <= now;
        for (date, mut day) in self.days(tx, access, now, zone)? {
            let all = occurrences_on(line, &patient.preferences.meal_times, zone, date);
            let asked = cover::to_plan(&day, line, &all, self.since());
            let is_asked = |dose: &Dose| asked.iter().any(|asked| asked.at == dose.scheduled());
            let was_asked = |dose: &&Dose| {
                is_of(line, dose)
                    && dose.version == treatment.version
                    && dose.status == DoseStatus::Cancelled
                    && !dose.asked_again
                    && !dose.paused
                    && dose.scheduled() > self.since()
            };
            let over = day.doses.iter().filter(was_asked).filter(|dose| is_over(dose) && is_asked(dose));
            for missed in over.cloned().collect::<Vec<_>>() {
                ask_again(tx, access, patient, (date, &mut day), missed)?;
            }
        }
        Ok(())
    }

    /// Lets the line have as many doses as were foreseen, whatever it had asked for meanwhile.
    fn keep_number(
        &self,
        tx: &mut WriteTx<'_>,
        access: &Access,
        treatment: &mut Prescription,
        (patient, zone): (&User, Tz),
    ) -> Result<()> {
        let line = self.line();
        let standing = standing(tx, access, in_force(treatment, patient, zone), line)?;
        let meals = &patient.preferences.meal_times;
        let change = Change { meals, zone, now: tx.now(), standing: &standing, used: Amount::ZERO };
        let more = i64::from(self.0.in_all).saturating_sub(i64::from(in_all(line, change)));
        let Some(line) = longer_by(line, more, meals, zone).filter(|_| more != 0) else { return Ok(()) };
        let anew = Anew::from_now_on(line, tx.now());
        anew.write_down(tx, access, treatment)?;
        plan_anew(tx, access, treatment, &anew, (patient, zone))
    }

    /// The patient's days from when the version in force took effect until `to`.
    fn days(
        &self,
        tx: &dyn Reader,
        access: &Access,
        to: Timestamp,
        zone: Tz,
    ) -> Result<Vec<(NaiveDate, Day)>> {
        doses::days(&WhatIsLeft(tx), access, self.since().day_in(zone), to.day_in(zone))
    }
}

fn is_of(line: &Line, dose: &Dose) -> bool {
    line.has_number(dose.line()) && !dose.as_needed
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

/// Plans the doses of a line as it goes on, of those whose time is over what is still open.
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
    let grace_minutes = patient.preferences.grace_minutes_at(tx.now());
    let open_since = tx.now().minus(Span::minutes(i64::from(grace_minutes))).plus(Span::milliseconds(1));
    plan_changed_since(tx, access, patient, planned, zone, anew.since.max(open_since)).map(drop)
}
