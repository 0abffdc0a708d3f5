//! After the time went back: what was done to doses by a time that turned out to lie ahead is taken back. Doses that
//! the sweep found missed although their deadline is still to come are due again, their alarms are withdrawn, and
//! reminders and sweep come by the right time. What people recorded stays: `put_right.rs` sees to its times.

use chrono_tz::Tz;

use super::apply::apply;
use super::missed::{self, Missed};
use super::missed_own::tell_patient;
use super::reminding::wait_for;
use super::rounds::{self, Round, Whom};
use super::sweep::ALARM_LIFE;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access;
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::model::{Dose, DoseStatus, Outcome, Source};
use crate::domain::doses::review::next_review;
use crate::domain::doses::tables as doses;
use crate::domain::notifications::tables::withdraw;
use crate::domain::users::tables as users;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::{DoseId, UserId};
use crate::platform::store::{Direction, Reader, Step, WriteTx};

/// Patients done in one transaction.
const BATCH: usize = 20;

/// Takes back what the sweep did to doses whose deadline lies ahead, for every patient. Doing it again changes
/// nothing.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn take_back_missed_ahead(context: &Context) -> Result<()> {
    let zone = context.zone();
    let round = Round {
        by: "wrong-time",
        action: "dose.undo_wrong_time",
        whom: Whom::Everybody,
        batch: BATCH,
        found: "dueAgain",
    };
    let one = move |tx: &mut WriteTx<'_>, by: &Caller, patient| Ok(of_patient(tx, by, patient, zone)?.into());
    rounds::go(context, round, one).await.map(drop)
}

fn of_patient(tx: &mut WriteTx<'_>, caller: &Caller, patient: UserId, zone: Tz) -> Result<Vec<DoseId>> {
    let access = access::check(tx, caller, patient, Scope::Doses, Mode::Write)?;
    let patient = users::require(tx, patient)?;
    let now = tx.now();
    let mut care = doses::care(tx, &access)?;
    care.review_at = care.review_at.map(|review_at| review_at.min(next_review(now, zone)));
    care.extended_at = care.extended_at.map(|extended_at| extended_at.min(now));
    care.missed_alert = care.missed_alert.filter(|alert| alert.at <= now);
    care.praised_at = care.praised_at.filter(|praised_at| *praised_at <= now);
    care.low_told_at = care.low_told_at.filter(|low_told_at| *low_told_at <= now);
    doses::save_care(tx, &access, &care)?;
    let mut days = Vec::new();
    // A day more, for doses planned before the clinic changed its time zone.
    let first = now.day_in(zone).pred_opt().unwrap_or_else(|| now.day_in(zone));
    doses::visit_days(tx, &access, first, Direction::Forward, |date, day| {
        days.push((date, day));
        Ok(Step::Continue)
    })?;
    let (mut taken_back, mut still_missed) = (Vec::new(), Vec::new());
    for (date, mut day) in days {
        for dose in day.doses.clone() {
            let Some(changed) = put_right(&dose, now) else { continue };
            if changed.status == DoseStatus::Missed {
                still_missed.push(Missed { date, dose: changed.clone() });
            } else if dose.status == DoseStatus::Missed {
                taken_back.push(changed.clone());
            } else if let Some(message) = dose.reminder_message {
                withdraw(tx, patient.id, message)?;
            }
            apply(tx, &access, date, &mut day, changed)?;
        }
        for dose in &day.doses {
            wait_for(tx, &access, &patient, dose)?;
        }
    }
    missed::tell_not_missed(tx, &access, &patient, &taken_back)?;
    still_missed
        .retain(|missed| missed.dose.outcome().is_some_and(|missed| missed.at > now.minus(ALARM_LIFE)));
    tell_patient(tx, &access, &patient, &still_missed, zone)?;
    missed::alarm(tx, &access, &patient, &still_missed, zone)?;
    Ok(taken_back.into_iter().map(|dose| dose.id).collect())
}

/// The dose without what was done to it by a time that lies ahead; nothing when there was nothing.
fn put_right(dose: &Dose, now: Timestamp) -> Option<Dose> {
    let mut changed = dose.clone();
    let last = dose.outcome().filter(|outcome| outcome.source == Source::Sweep && outcome.at > now);
    if dose.status == DoseStatus::Missed && last.is_some() {
        changed.status = DoseStatus::Due;
        // That it was missed.
        changed.reminder_message = None;
        changed.outcomes.push(Outcome::new(DoseStatus::Due, now, now, Source::Undo));
    } else if let Some(found) = changed.outcomes.last_mut()
        && found.source == Source::Sweep
    {
        // Missed by any clock, but found so, and told of, by the wrong one: that is told anew.
        found.recorded_at = found.recorded_at.min(now);
    }
    if changed.status == DoseStatus::Due {
        changed.reminders.retain(|reminder| reminder.sent_at <= now);
        if changed.reminders.len() < dose.reminders.len() {
            changed.reminder_message = None;
        }
    }
    (changed != *dose).then_some(changed)
}
