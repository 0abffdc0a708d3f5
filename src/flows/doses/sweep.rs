//! The sweep: marks MISSED what is past its grace period.

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::apply::apply;
use super::missed::{self, Missed};
use super::missed_own::tell_patient;
use super::rounds::{self, Done, Round, Whom};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::model::{Day, Dose, DoseStatus, Outcome, Source};
use crate::domain::doses::rules::{self, GRACE_MINUTES_MAX};
use crate::domain::doses::tables::{self as doses, BY_SWEEP};
use crate::domain::users::model::User;
use crate::domain::users::tables as users;
use crate::platform::clock::{Clock, Moment, Span, Timestamp, start_of_day};
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{DoseId, UserId};
use crate::platform::jobs::Job;
use crate::platform::store::{Reader, Step, WriteTx};

/// Patients done in one transaction.
const BATCH: usize = 200;
/// What was missed longer ago is recorded but not alarmed one by one: the server was down.
pub(super) const ALARM_LIFE: Span = Span::hours(24);

/// Why a sweep ends before it is through.
const CLOCK_IN_DOUBT: &str = "clock_in_doubt";

/// Marks MISSED what is past its grace period, each minute.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SweepMissedDoses {}

impl Job for SweepMissedDoses {
    const NAME: &'static str = "sweep-missed-doses";
    const QUEUE: &'static str = "doses";
    const WAITS_FOR_CLOCK: bool = true;
    /// The next minute tries again.
    const MAX_ATTEMPTS: u32 = 1;
}

/// Handler of [`SweepMissedDoses`].
///
/// # Errors
/// When the store cannot be read or written.
pub async fn sweep_missed_doses(context: Arc<Context>, _: SweepMissedDoses) -> Result<()> {
    if context.clock.moment().in_doubt {
        return Ok(());
    }
    let zone = context.zone();
    let round = Round {
        by: "missed-dose-sweep",
        action: "dose.sweep",
        whom: Whom::Due(&BY_SWEEP),
        batch: BATCH,
        found: "missed",
    };
    let swept =
        rounds::go(&context, round, move |tx, by, patient| sweep_patient(tx, by, patient, zone)).await;
    match swept {
        // The clock came into doubt on the way: the rest waits like the next sweep.
        Err(error) if error.code() == CLOCK_IN_DOUBT => Ok(()),
        swept => swept.map(drop),
    }
}

fn sweep_patient(tx: &mut WriteTx<'_>, caller: &Caller, patient: UserId, zone: Tz) -> Result<Done<DoseId>> {
    if tx.moment().in_doubt {
        return Err(Error::unavailable(CLOCK_IN_DOUBT, 60));
    }
    let access = access::check(tx, caller, patient, Scope::Doses, Mode::Write)?;
    let patient = users::require(tx, patient)?;
    mark_overdue(tx, &access, &patient, zone)
}

/// Marks what is past its grace period and tells who cares for the patient. Costs one read when nothing is.
/// Returns the doses that were missed.
pub(super) fn mark_overdue(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    zone: Tz,
) -> Result<Done<DoseId>> {
    let Moment { now, in_doubt, .. } = tx.moment();
    if in_doubt {
        // Nobody is alarmed by a time that may be wrong; the next sweep that knows better finds them.
        return Ok(Vec::new().into());
    }
    let care = doses::care(tx, access)?;
    let Some(sweep_at) = care.sweep_at.filter(|sweep_at| *sweep_at <= now) else {
        return Ok(Vec::new().into());
    };
    let look = look(tx, access, patient, sweep_at, zone)?;
    let mut missed = Vec::new();
    for (date, mut day, overdue) in look.overdue {
        for dose in overdue {
            let deadline = dose.deadline(patient.preferences.grace_minutes_at(dose.scheduled()));
            let outcome = Outcome::new(DoseStatus::Missed, deadline, now, Source::Sweep);
            let changed = rules::append(&dose, outcome)?;
            apply(tx, access, date, &mut day, changed.clone())?;
            missed.push(Missed { date, dose: changed });
        }
    }
    // Read again: nothing above writes it, but what is alarmed below does.
    let mut care = doses::care(tx, access)?;
    // Where a day is lost its patient stays due, so that every round says so.
    if look.lost.is_none() {
        care.sweep_at = look.next;
        doses::save_care(tx, access, &care)?;
    }
    let all = missed.iter().map(|missed| missed.dose.id).collect();
    missed.retain(|missed| missed.dose.outcome().is_some_and(|outcome| outcome.at > now.minus(ALARM_LIFE)));
    tell_patient(tx, access, patient, &missed, zone)?;
    missed::alarm(tx, access, patient, &missed, zone)?;
    Ok(Done { found: all, lost: look.lost })
}

/// What the sweep found at one patient.
struct Look {
    /// The overdue doses of each day.
    overdue: Vec<(NaiveDate, Day, Vec<Dose>)>,
    /// When to look again.
    next: Option<Timestamp>,
    /// Why a day was passed over.
    lost: Option<String>,
}

/// Reads from the day of the earliest open dose up to the first day in the future with an open one.
fn look(tx: &dyn Reader, access: &Access, patient: &User, sweep_at: Timestamp, zone: Tz) -> Result<Look> {
    let now = tx.now();
    let today = now.day_in(zone);
    let earliest = sweep_at.minus(Span::minutes(i64::from(GRACE_MINUTES_MAX))).day_in(zone);
    // One day more, for doses planned before the clinic changed its time zone.
    let earliest = earliest.pred_opt().unwrap_or(earliest);
    let mut look = Look { overdue: Vec::new(), next: None, lost: None };
    let lost = doses::visit_known_days(tx, access, earliest, today, |date, day| {
        let mut overdue = Vec::new();
        for dose in day.doses.iter().filter(|dose| dose.status == DoseStatus::Due) {
            let grace_minutes = patient.preferences.grace_minutes_at(dose.scheduled());
            if dose.deadline(grace_minutes) <= now {
                overdue.push(dose.clone());
            } else {
                let next = rules::next_look(dose, grace_minutes, now);
                look.next = Some(look.next.map_or(next, |earlier| earlier.min(next)));
            }
        }
        if !overdue.is_empty() {
            look.overdue.push((date, day, overdue));
        }
        Ok(if look.next.is_some() && date > today { Step::Stop } else { Step::Continue })
    })?;
    let ahead = lost.ahead.map(|day| start_of_day(day, zone));
    Ok(Look { next: look.next.into_iter().chain(ahead).min(), lost: lost.behind, ..look })
}
