//! Reminders: the server tells a patient when a dose is to be taken.
//!
//! The job runs each whole minute, where doses lie, and once more at the exact time of what was put off.
//!
//! # What a patient gets
//! One message for all their doses of that minute. A repetition takes the place of the message before it, so that
//! they never have more than one unread message for a dose. A muted reminder is written in the application like every
//! other, repetitions included, and carried no further. After downtime a dose within its grace period is reminded
//! of once; what is past it belongs to the sweep. An account that is not in use gets nothing.

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::lines::line_of;
use super::reminding::{SendDoseReminders, come_in_time};
use super::rounds::{self, Done, Round, Whom};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::model::{Day, Dose};
use crate::domain::doses::reminders;
use crate::domain::doses::rules::GRACE_MINUTES_MAX;
use crate::domain::doses::tables::{self as doses, BY_REMINDER};
use crate::domain::medicines::model::Content;
use crate::domain::medicines::tables as catalogue;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::{Params, Word};
use crate::domain::notifications::tables::{notify_until, withdraw};
use crate::domain::prescriptions::describe::line_dose_text;
use crate::domain::prescriptions::model::Line;
use crate::domain::users::model::{Status, User};
use crate::domain::users::tables as users;
use crate::platform::clock::{Span, Timestamp, start_of_day};
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::i18n::{Language, text};
use crate::platform::ids::{NotificationId, UserId};
use crate::platform::store::{Reader, Step, WriteTx};

/// Patients done in one transaction.
const BATCH: usize = 200;
/// Doses named in one message; of more only the number is told.
const NAMES_MAX: usize = 5;

/// Handler of [`SendDoseReminders`].
///
/// # Errors
/// When the store cannot be read or written.
pub async fn send_dose_reminders(context: Arc<Context>, _: SendDoseReminders) -> Result<()> {
    let zone = context.zone();
    let round = Round {
        by: "dose-reminders",
        action: "dose.remind",
        whom: Whom::Due(&BY_REMINDER),
        batch: BATCH,
        found: "reminders",
    };
    let late_by =
        rounds::go(&context, round, move |tx, by, patient| remind_patient(tx, by, patient, zone)).await?;
    for lateness in late_by {
        context.metrics.reminder_lateness.add(lateness);
    }
    Ok(())
}

/// Reminds one patient. Returns for each dose how late its reminder was.
fn remind_patient(tx: &mut WriteTx<'_>, caller: &Caller, patient: UserId, zone: Tz) -> Result<Done<Span>> {
    let access = access::check(tx, caller, patient, Scope::Doses, Mode::Write)?;
    let patient = users::require(tx, patient)?;
    let now = tx.now();
    let mut look = look(tx, &access, &patient, zone)?;
    let message = match patient.status {
        Status::Active => write_message(tx, &access, &patient, &look.due, zone)?,
        _ => None,
    };
    let mut late_by = Vec::new();
    for DueDay { date, mut day, doses } in look.due {
        for Due { dose, planned_at } in doses {
            let changed = match message {
                Some(message) => {
                    late_by.push(now.since(planned_at));
                    reminders::reminded(&dose, planned_at, now, message)
                }
                None => Dose { reminders_ended: true, ..dose },
            };
            let grace_minutes = patient.preferences.grace_minutes_at(changed.scheduled());
            look.next = earlier(look.next, reminders::next_reminder(&changed, grace_minutes));
            day.set(changed);
        }
        doses::save_day(tx, &access, date, &day)?;
    }
    let mut care = doses::care(tx, &access)?;
    care.remind_at = look.next;
    doses::save_care(tx, &access, &care)?;
    if let Some(next) = look.next {
        come_in_time(tx, next)?;
    }
    Ok(Done { found: late_by, lost: look.lost })
}

fn earlier(first: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    first.into_iter().chain(other).min()
}

/// A dose with the reminder whose time has come.
struct Due {
    dose: Dose,
    planned_at: Timestamp,
}

/// A day with such doses.
struct DueDay {
    date: NaiveDate,
    day: Day,
    doses: Vec<Due>,
}

/// What is to be sent to one patient.
struct Look {
    due: Vec<DueDay>,
    /// When to look again.
    next: Option<Timestamp>,
    /// Why a day was passed over.
    lost: Option<String>,
}

/// Reads from the first day with a dose within its grace period up to the day of the next reminder.
fn look(tx: &dyn Reader, access: &Access, patient: &User, zone: Tz) -> Result<Look> {
    let now = tx.now();
    let today = now.day_in(zone);
    let earliest = now.minus(Span::minutes(i64::from(GRACE_MINUTES_MAX))).day_in(zone);
    // One day more, for doses planned before the clinic changed its time zone.
    let earliest = earliest.pred_opt().unwrap_or(earliest);
    let mut look = Look { due: Vec::new(), next: None, lost: None };
    let lost = doses::visit_known_days(tx, access, earliest, today, |date, day| {
        let mut due = Vec::new();
        for dose in &day.doses {
            let grace_minutes = patient.preferences.grace_minutes_at(dose.scheduled());
            match reminders::next_look(dose, grace_minutes, now) {
                Some(planned_at) if planned_at > now => look.next = earlier(look.next, Some(planned_at)),
                Some(planned_at) if dose.deadline(grace_minutes) > now => {
                    due.push(Due { dose: dose.clone(), planned_at });
                }
                Some(_) | None => {}
            }
        }
        if !due.is_empty() {
            look.due.push(DueDay { date, day, doses: due });
        }
        let is_seen = look.next.is_some_and(|next| date > next.day_in(zone));
        Ok(if is_seen { Step::Stop } else { Step::Continue })
    })?;
    // Where yesterday is lost its patient is looked at again tomorrow, when it matters no more.
    let today_over = lost.behind.as_ref().and_then(|_| today.succ_opt());
    let again = lost.ahead.or(today_over).map(|day| start_of_day(day, zone));
    Ok(Look { next: earlier(look.next, again), lost: lost.behind, ..look })
}

/// Writes the one message for all doses that are due, in the place of those about them before.
fn write_message(
    tx: &mut WriteTx<'_>,
    access: &Access,
    patient: &User,
    due: &[DueDay],
    zone: Tz,
) -> Result<Option<NotificationId>> {
    let all: Vec<&Due> = due.iter().flat_map(|day| &day.doses).collect();
    let Some(first) = all.iter().min_by_key(|due| due.dose.id) else { return Ok(None) };
    for due in &all {
        if let Some(earlier) = due.dose.reminder_message {
            withdraw(tx, patient.id, earlier)?;
        }
    }
    let variant = if all.iter().all(|due| due.dose.snoozed_until == Some(due.planned_at)) {
        "snoozed"
    } else if all.iter().all(|due| !due.dose.reminders.is_empty()) {
        "repeat"
    } else if all.iter().any(|due| !due.dose.reminders.is_empty()) {
        "partly_repeat"
    } else {
        "default"
    };
    let time = first.dose.scheduled().local(zone).format("%H:%M").to_string();
    let params = Params::new().text("count", all.len().to_string()).text("time", time);
    let params = medicines(tx, access, &all, params)?;
    let notice = Notice {
        to: patient.id,
        kind: NotificationType::DoseReminder,
        variant,
        urgency: Urgency::Normal,
        params,
        patient: Some(patient.id),
        resource: Some(("dose", first.dose.id.to_string())),
    };
    let deadline = |due: &&Due| due.dose.deadline(patient.preferences.grace_minutes_at(due.dose.scheduled()));
    let over_at = all.iter().map(deadline).max();
    notify_until(tx, notice, over_at).map(Some)
}

/// What is to be taken: in each language one medicine a line, with amount and unit. And how: `take.ORAL` when every one of
/// them is taken by mouth, else `take.ANY`.
fn medicines(tx: &dyn Reader, access: &Access, due: &[&Due], params: Params) -> Result<Params> {
    let mut found = Vec::new();
    for due in due {
        let Some(line) = line_of(tx, access, &due.dose)? else { continue };
        let entry = line.medicine_id.map(|id| catalogue::get(tx, id)).transpose()?.flatten();
        found.push((due, line, entry.map(|entry| entry.content)));
    }
    let is_swallowed = |content: &Option<Content>| content.as_ref().is_some_and(Content::is_swallowed);
    let all_oral = !found.is_empty() && found.iter().all(|(_, _, content)| is_swallowed(content));
    let mut params = params.word("take", Word::new("take", if all_oral { "ORAL" } else { "ANY" }));
    let more = found.len().saturating_sub(NAMES_MAX);
    for language in Language::ALL {
        let said = found.iter().take(NAMES_MAX).map(|(due, line, content)| {
            let medicine = named(language, line, content.as_ref());
            let dose = line_dose_text(language, line, due.dose.amount);
            text(language, "reminder.medicine", &[("medicine", medicine), ("dose", dose)])
        });
        let more = (more > 0).then(|| text(language, "reminder.more", &[("count", more.to_string())]));
        let lines: Vec<String> = said.chain(more).collect();
        params.set_text(format!("medicines.{}", language.tag()), lines.join("\n"));
    }
    Ok(params)
}

/// The medicine's name as it stands on the prescription. Lines of the first releases have name and strength alone: they
/// are shown with the form that the catalogue knows.
fn named(language: Language, line: &Line, content: Option<&Content>) -> String {
    let (name, known) = match (language, &line.medicine_name_khmer) {
        (Language::Khmer, Some(khmer)) => (khmer, content.map(|content| &content.khmer)),
        _ => (&line.medicine_name, content.map(|content| &content.generic)),
    };
    match (content, known) {
        (Some(content), Some(known)) if format!("{known} {}", content.strength).trim() == name => {
            content.display_name(language)
        }
        _ => name.clone(),
    }
}
