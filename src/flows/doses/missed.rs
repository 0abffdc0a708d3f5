//! Messages about missed doses to those who care for the patient.
//!
//! Family hears of every missed dose; a doctor from two of one line in a row. Several within ten minutes make
//! one message, unless it becomes graver. A carer who wants to wait is told later, of what is still missed then.

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::lines::current_line_of;
use crate::domain::auth::model::Caller;
use crate::domain::care::known_carers_of;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Connection, ConnectionKind, Mode, Scope};
use crate::domain::doses::model::{Dose, DoseStatus, MissLevel, MissedAlert, MissedMessage};
use crate::domain::doses::tables as doses;
use crate::domain::figures;
use crate::domain::gate;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::{NOTIFICATIONS, amend, notify, withdraw};
use crate::domain::users::model::User;
use crate::domain::users::tables as users;
use crate::flows::delivery::tell_each_admin;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::{Kind, Result};
use crate::platform::i18n::moment_text;
use crate::platform::ids::{NotificationId, UserId};
use crate::platform::jobs::{self, Job};
use crate::platform::store::{Direction, Reader, Step, WhatIsLeft, WriteTx};

/// Missed doses within this time make one message.
pub(super) const GATHERING: Span = Span::minutes(10);
/// Misses in a row at which a message is critical.
const CRITICAL_IN_A_ROW: u32 = 3;
/// Days looked back for the doses of a line before the missed one.
const LOOK_BACK_DAYS: u32 = 90;

/// The text that takes an alarm back: the server's clock was wrong.
const NOT_MISSED: &str = "not_missed";

/// A dose that has just been marked MISSED.
pub(super) struct Missed {
    pub(super) date: NaiveDate,
    pub(super) dose: Dose,
}

/// A missed dose with how grave it is.
struct Judged<'a> {
    missed: &'a Missed,
    level: MissLevel,
}

/// Tells those who care for the patient.
pub(super) fn alarm(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    missed: &[Missed],
    zone: Tz,
) -> Result<()> {
    if missed.is_empty() {
        return Ok(());
    }
    // Who was lost with a damaged page keeps nobody else from hearing of it.
    let (carers, misses_some) = known_carers_of(tx, access.patient())?;
    if carers.is_empty() && !misses_some {
        return Ok(());
    }
    let judged = missed
        .iter()
        .map(|missed| Ok(Judged { missed, level: level_of(tx, access, missed)? }))
        .collect::<Result<Vec<_>>>()?;
    if misses_some && judged.iter().any(|judged| judged.level > MissLevel::Single) {
        tell_admins(tx, patient, zone)?;
    }
    let now = tx.now();
    let mut care = doses::care(tx, access)?;
    let mut alert = MissedAlert::gathering(care.missed_alert.take(), now, GATHERING);
    for carer in carers.iter().filter(|carer| carer.alerts.enabled) {
        let Some(told) = told_to(carer, &judged, now) else { continue };
        if carer.alerts.delay_minutes > 0 {
            tell_later(tx, access, carer, now)?;
        } else {
            tell(tx, patient, carer, &told, &mut alert, zone)?;
        }
    }
    if !alert.messages.is_empty() {
        care.missed_alert = Some(alert);
        doses::save_care(tx, access, &care)?;
    }
    Ok(())
}

/// Those who should hear of it may be lost with a damaged page: the admins can find out who they are. They read no more
/// than that somebody is to look after the patient.
fn tell_admins(tx: &mut WriteTx<'_>, patient: &User, zone: Tz) -> Result<()> {
    let params = Params::new()
        .text("name", patient.full_name.reveal())
        .text("contact", patient.contacts_text())
        .text("time", moment_text(tx.now().local(zone)));
    tell_each_admin(tx, None, ("carers_lost", Urgency::Critical), &params, None)
}

/// What a carer is told: how many doses, how grave, and when the first was due.
struct Told {
    doses: u32,
    level: MissLevel,
    since: Timestamp,
}

/// What `carer` may and wants to know of these doses.
fn told_to(carer: &Connection, judged: &[Judged<'_>], now: Timestamp) -> Option<Told> {
    let shared: Vec<&Judged<'_>> = judged
        .iter()
        .filter(|judged| carer.shares_prescription(judged.missed.dose.prescription, Scope::Doses, now))
        .collect();
    let level = shared.iter().map(|judged| judged.level).max()?;
    if carer.kind == ConnectionKind::Doctor && level < MissLevel::Warning {
        return None;
    }
    let since = shared.iter().map(|judged| judged.missed.dose.scheduled()).min()?;
    Some(Told { doses: u32::try_from(shared.len()).unwrap_or(u32::MAX), level, since })
}

fn tell(
    tx: &mut WriteTx<'_>,
    patient: &User,
    carer: &Connection,
    told: &Told,
    alert: &mut MissedAlert,
    zone: Tz,
) -> Result<()> {
    let earlier = alert.messages.iter_mut().find(|message| message.to == carer.carer);
    match earlier {
        Some(message) if told.level <= message.level => {
            message.doses = message.doses.saturating_add(told.doses);
            amend(tx, message.to, message.id, "count", message.doses.to_string())
        }
        Some(message) => {
            message.id = write(tx, patient, carer, told, zone)?;
            message.level = told.level;
            message.doses = told.doses;
            Ok(())
        }
        None => {
            let id = write(tx, patient, carer, told, zone)?;
            alert.messages.push(MissedMessage { to: carer.carer, id, doses: told.doses, level: told.level });
            Ok(())
        }
    }
}

fn write(
    tx: &mut WriteTx<'_>,
    patient: &User,
    carer: &Connection,
    told: &Told,
    zone: Tz,
) -> Result<NotificationId> {
    let (variant, urgency) = match told.level {
        MissLevel::Single => ("default", Urgency::Normal),
        MissLevel::Warning => ("warning", Urgency::Warning),
        MissLevel::Critical => ("critical", Urgency::Critical),
    };
    let params = Params::new()
        .text("name", patient.full_name.reveal())
        .text("count", told.doses.to_string())
        .text("time", moment_text(told.since.local(zone)));
    let notice = Notice {
        to: carer.carer,
        kind: kind_for(carer),
        variant,
        urgency,
        params,
        patient: Some(patient.id),
        resource: Some(("patient", patient.id.to_string())),
    };
    notify(tx, notice)
}

const fn kind_for(carer: &Connection) -> NotificationType {
    match carer.kind {
        ConnectionKind::Doctor => NotificationType::MissedDoseAlert,
        ConnectionKind::Family => NotificationType::FamilyAlert,
    }
}

/// How grave it is that this dose was missed after those before it.
fn level_of(tx: &dyn Reader, access: &Access, missed: &Missed) -> Result<MissLevel> {
    let in_a_row = missed_in_a_row(tx, access, missed)?;
    if in_a_row >= CRITICAL_IN_A_ROW || missed_three_days(tx, access, missed.date)? {
        Ok(MissLevel::Critical)
    } else if in_a_row == 2 {
        Ok(MissLevel::Warning)
    } else {
        Ok(MissLevel::Single)
    }
}

/// Doses of the line missed in a row up to this one, counted no further than needed.
fn missed_in_a_row(tx: &dyn Reader, access: &Access, missed: &Missed) -> Result<u32> {
    let line = current_line_of(tx, access, &missed.dose)?;
    let is_of_line = |dose: &Dose| {
        dose.line() == missed.dose.line() || line.as_ref().is_some_and(|line| line.has_number(dose.line()))
    };
    let earlier_of_line = |dose: &&Dose| {
        is_of_line(dose)
            && dose.id < missed.dose.id
            && !matches!(dose.status, DoseStatus::Cancelled | DoseStatus::Due)
    };
    let (mut count, mut date) = (1, missed.date);
    for _ in 0..=LOOK_BACK_DAYS {
        // Each day on its own: of what lies before one that is lost nothing is known, and what lies after it counts.
        let Some(day) = known(doses::day(tx, access, date).map(Some), None)? else { break };
        for dose in day.doses.iter().rev().filter(earlier_of_line) {
            if dose.status != DoseStatus::Missed {
                return Ok(count);
            }
            count += 1;
        }
        let Some(before) = date.pred_opt().filter(|_| count < CRITICAL_IN_A_ROW) else { break };
        date = before;
    }
    Ok(count)
}

/// What was read or, where it is lost with a damaged page, `otherwise`.
fn known<T>(read: Result<T>, otherwise: T) -> Result<T> {
    match read {
        Err(error) if error.kind() == Kind::Damaged => Ok(otherwise),
        read => read,
    }
}

/// Whether doses were missed on this day and on both days before it.
fn missed_three_days(tx: &dyn Reader, access: &Access, date: NaiveDate) -> Result<bool> {
    let first = crate::domain::adherence::rules::window_start(date, 3);
    let days = known(figures::tallies(tx, access, first, date), Vec::new())?;
    Ok(days.len() == 3 && days.iter().all(|day| day.tally.missed > 0))
}

/// Tells a carer who wants to wait of what is still missed then.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LateAlert {
    /// Whose doses.
    pub patient: UserId,
    /// Whom to tell.
    pub carer: UserId,
    /// As what; jobs of earlier programs do not say.
    #[serde(default)]
    pub kind: Option<ConnectionKind>,
    /// Doses marked missed from then on.
    pub since: Timestamp,
}

impl Job for LateAlert {
    const NAME: &'static str = "late-missed-dose-alert";
    const QUEUE: &'static str = "doses";
    const WAITS_FOR_CLOCK: bool = true;
}

fn tell_later(tx: &mut WriteTx<'_>, access: &Access, carer: &Connection, now: Timestamp) -> Result<()> {
    let job = LateAlert { patient: access.patient(), carer: carer.carer, kind: Some(carer.kind), since: now };
    let key = format!("late-missed-dose-alert:{}:{}:{:?}", job.patient, job.carer, carer.kind);
    let due_at = now.plus(Span::minutes(i64::from(carer.alerts.delay_minutes)));
    jobs::enqueue_once(tx, &job, key, due_at).map(drop)
}

/// Handler of [`LateAlert`].
///
/// # Errors
/// When the store cannot be read or written.
pub async fn send_late_alert(context: Arc<Context>, job: LateAlert) -> Result<()> {
    let caller = Caller::system("late-missed-dose-alert");
    let (zone, by) = (context.zone(), caller.clone());
    gate::write(&context, &caller, "dose.late_alert", move |tx| {
        let access = access::check(tx, &by, job.patient, Scope::Doses, Mode::Read)?;
        tx.trail().patient = Some(job.patient.into());
        let now = tx.now();
        let (carers, _) = known_carers_of(tx, job.patient)?;
        let is_meant = |carer: &Connection| {
            carer.carer == job.carer && job.kind.is_none_or(|kind| kind == carer.kind) && carer.alerts.enabled
        };
        let Some(carer) = carers.into_iter().find(is_meant) else { return Ok(()) };
        let missed = still_missed(tx, &access, job.since, zone)?;
        let judged = missed
            .iter()
            .map(|missed| Ok(Judged { missed, level: level_of(tx, &access, missed)? }))
            .collect::<Result<Vec<_>>>()?;
        if let Some(told) = told_to(&carer, &judged, now) {
            let patient = users::require(tx, job.patient)?;
            write(tx, &patient, &carer, &told, zone)?;
        }
        Ok(())
    })
    .await
}

/// Doses marked missed from `since` on that nobody has recorded otherwise meanwhile.
fn still_missed(tx: &dyn Reader, access: &Access, since: Timestamp, zone: Tz) -> Result<Vec<Missed>> {
    // The grace period is an hour at the most, so such a dose was due on the day before at the earliest.
    let first = since.minus(Span::days(1)).day_in(zone);
    let mut missed = Vec::new();
    for (date, day) in doses::days(&WhatIsLeft(tx), access, first, tx.now().day_in(zone))? {
        let recent = |dose: &Dose| {
            dose.status == DoseStatus::Missed
                && dose.outcome().is_some_and(|outcome| outcome.recorded_at >= since)
        };
        missed.extend(day.doses.into_iter().filter(recent).map(|dose| Missed { date, dose }));
    }
    Ok(missed)
}

/// Tells those who were told of missed doses in the last day that one of them was taken after all, as the
/// patient's device could say only later.
pub(super) fn tell_taken_after_all(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    taken: &[Dose],
    zone: Tz,
) -> Result<()> {
    let now = tx.now();
    let care = doses::care(tx, access)?;
    let alert = care.missed_alert.filter(|alert| now < alert.at.plus(Span::days(1)));
    let Some(alert) = alert else { return Ok(()) };
    for carer in known_carers_of(tx, access.patient())?.0 {
        let shared = |dose: &&Dose| carer.shares_prescription(dose.prescription, Scope::Doses, now);
        let Some(first) = taken.iter().filter(shared).filter_map(Dose::taken_at).min() else { continue };
        if !carer.alerts.enabled || !alert.messages.iter().any(|message| message.to == carer.carer) {
            continue;
        }
        let params = Params::new()
            .text("name", patient.full_name.reveal())
            .text("count", taken.iter().filter(shared).count().to_string())
            .text("time", moment_text(first.local(zone)));
        let notice = Notice {
            to: carer.carer,
            kind: kind_for(&carer),
            variant: "reconnected",
            urgency: Urgency::Normal,
            params,
            patient: Some(patient.id),
            resource: Some(("patient", patient.id.to_string())),
        };
        notify(tx, notice)?;
    }
    Ok(())
}

/// Withdraws what the carers were told of missed doses by a time that lies ahead, and tells those who were told that
/// the doses are not missed: the clock was wrong.
pub(super) fn tell_not_missed(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    due_again: &[Dose],
) -> Result<()> {
    let now = tx.now();
    for carer in known_carers_of(tx, access.patient())?.0 {
        let shared = |dose: &&Dose| carer.shares_prescription(dose.prescription, Scope::Doses, now);
        let count = due_again.iter().filter(shared).count();
        let mut wrong = Vec::new();
        let end = NotificationId(uuid::Uuid::max());
        NOTIFICATIONS.visit_range(
            &WhatIsLeft(tx),
            &(carer.carer, NotificationId(uuid::Uuid::nil())),
            &(carer.carer, end),
            Direction::Backward,
            |(_, id), row| {
                let is_of_doses =
                    matches!(row.kind, NotificationType::MissedDoseAlert | NotificationType::FamilyAlert);
                if row.created_at <= now {
                    return Ok(Step::Stop);
                }
                if is_of_doses && row.patient == Some(patient.id) && row.variant != NOT_MISSED {
                    wrong.push(id);
                }
                Ok(Step::Continue)
            },
        )?;
        if wrong.is_empty() {
            continue;
        }
        for id in wrong {
            withdraw(tx, carer.carer, id)?;
        }
        if count == 0 {
            continue;
        }
        let name = patient.full_name.reveal();
        let notice = Notice {
            to: carer.carer,
            kind: kind_for(&carer),
            variant: NOT_MISSED,
            urgency: Urgency::Normal,
            params: Params::new().text("name", name).text("count", count.to_string()),
            patient: Some(patient.id),
            resource: Some(("patient", patient.id.to_string())),
        };
        notify(tx, notice)?;
    }
    Ok(())
}
