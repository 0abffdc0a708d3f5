//! After the time went back: what people recorded about doses by a time that turned out to lie ahead stays, at the time
//! that it was by the right clock. Whoever marked the dose of a wrong day meant the one of the right day: the mark goes to
//! that one when it is open, and the other is due again in its own time. Where the right day has none at that time, or
//! nobody knows by how much the clock was ahead, nothing is guessed: the patient is asked to look at their doses.

use std::cmp::Reverse;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::desk::replace;
use super::reminding::wait_for;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::model::{Dose, DoseParts, DoseStatus, Outcome, Source};
use crate::domain::doses::rules::{self, EARLIEST, Early, LATE, SKIP_AHEAD};
use crate::domain::doses::tables::{self as doses, Found};
use crate::domain::gate;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::model::User;
use crate::domain::users::tables as users;
use crate::platform::clock::lead::{Lead, PutRight};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::{Kind, Result};
use crate::platform::ids::{DoseId, UserId};
use crate::platform::store::{Direction, Reader, Step, WriteTx};

/// What is done, for the audit.
const ACTION: &str = "dose.put_right_time";
/// Patients looked at in one transaction.
const BATCH: usize = 100;
/// The dose of the right day that was meant lies no further than this from where the clock's lead puts it.
const SAME_DOSE: Span = Span::hours(2);

/// Puts what people recorded right where its time lies ahead, for every patient. Doing it again changes nothing.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn put_right_ahead(context: &Context, lead: Lead) -> Result<()> {
    let (by, zone) = (Caller::system("wrong-time"), context.zone());
    let mut last: Option<UserId> = None;
    loop {
        let patients = gate::read(context, &by, ACTION, |tx| doses::patients_after(tx, last, BATCH)).await?;
        if patients.is_empty() {
            return Ok(());
        }
        last = patients.last().copied();
        for patient in patients {
            match of_one(context, &by, patient, lead, zone).await {
                Err(error) if error.kind() == Kind::Unavailable => return Err(error),
                Err(error) => {
                    tracing::error!(patient.id = %patient, %error, "a wrong time could not be put right");
                }
                Ok(()) => {}
            }
        }
    }
}

async fn of_one(context: &Context, by: &Caller, patient: UserId, lead: Lead, zone: Tz) -> Result<()> {
    let reader = by.clone();
    let found = gate::read(context, by, ACTION, |tx| {
        let access = access::check(tx, &reader, patient, Scope::Doses, Mode::Read)?;
        ahead(tx, &access, tx.now())
    })
    .await?;
    if found.is_empty() {
        return Ok(());
    }
    let caller = by.clone();
    gate::write(context, by, ACTION, move |tx| {
        let access = access::check(tx, &caller, patient, Scope::Doses, Mode::Write)?;
        let patient = users::require(tx, patient)?;
        let mut changed = Vec::new();
        let mut unplaced: u32 = 0;
        for (date, id) in ahead(tx, &access, tx.now())? {
            let ward = Ward { access: &access, patient: &patient, lead, zone, now: tx.now() };
            let Some(done) = ward.put_right(tx, date, id)? else { continue };
            unplaced += u32::from(done.is_unplaced);
            changed.push(done.in_words);
        }
        ask_to_look(tx, patient.id, unplaced)?;
        let mut trail = tx.trail();
        trail.patient = Some(patient.id.into());
        trail.change = Some(json!({
            "aheadByMilliseconds": lead.back.as_milliseconds(), "measured": lead.is_measured, "doses": changed,
        }));
        Ok(())
    })
    .await
}

/// Asks the patient to look at their doses where it is not known which of them a mark meant.
fn ask_to_look(tx: &mut WriteTx<'_>, patient: UserId, unplaced: u32) -> Result<()> {
    if unplaced == 0 {
        return Ok(());
    }
    let notice = Notice {
        to: patient,
        kind: NotificationType::DoseReminder,
        variant: "unplaced",
        urgency: Urgency::Warning,
        params: Params::new().text("count", unplaced.to_string()),
        patient: Some(patient),
        resource: None,
    };
    notify(tx, notice).map(drop)
}

/// Whether somebody recorded it, or took a record back.
const fn is_by_people(outcome: &Outcome) -> bool {
    !matches!(outcome.source, Source::Sweep)
}

/// The doses of which somebody recorded something by a time that lies ahead.
fn ahead(tx: &dyn Reader, access: &Access, now: Timestamp) -> Result<Vec<(NaiveDate, DoseId)>> {
    let is_ahead = |outcome: &Outcome| outcome.at > now || outcome.recorded_at > now;
    let mut found = Vec::new();
    doses::visit_days(tx, access, NaiveDate::default(), Direction::Forward, |date, day| {
        let wrong = day
            .doses
            .iter()
            .filter(|dose| dose.outcomes.iter().any(|outcome| is_by_people(outcome) && is_ahead(outcome)));
        found.extend(wrong.map(|dose| (date, dose.id)));
        Ok(Step::Continue)
    })?;
    Ok(found)
}

/// A dose that was put right.
struct Done {
    /// What it was and is, for the audit.
    in_words: Value,
    /// Whether a mark was made on it of which nobody knows what dose it meant.
    is_unplaced: bool,
}

/// A patient whose records are put right.
struct Ward<'a> {
    access: &'a Access,
    patient: &'a User,
    lead: Lead,
    zone: Tz,
    now: Timestamp,
}

impl Ward<'_> {
    /// Puts one dose right, and says what it was and is.
    fn put_right(&self, tx: &mut WriteTx<'_>, date: NaiveDate, id: DoseId) -> Result<Option<Done>> {
        let mut day = doses::day(tx, self.access, date)?;
        let Some(old) = day.find(id).cloned() else { return Ok(None) };
        let mut dose = old.clone();
        for outcome in dose.outcomes.iter_mut().filter(|outcome| is_by_people(outcome)) {
            let times = (&mut outcome.at, &mut outcome.recorded_at);
            PutRight::put(&mut outcome.put_right, times, self.lead, self.now);
        }
        let (was, is) = (said_at(&old), said_at(&dose));
        let done = |meant: Option<DoseId>, is_unplaced| {
            let moved_to = meant.filter(|meant| *meant != id);
            let in_words = json!({
                "doseId": id, "was": was, "is": is, "movedTo": moved_to, "unplaced": is_unplaced,
            });
            Some(Done { in_words, is_unplaced })
        };
        if dose.as_needed {
            return Ok(done(Some(self.to_its_day(tx, date, dose)?), false));
        }
        let (mut moved_to, mut is_unplaced) = (None, false);
        let mark = dose.outcome().filter(|mark| is_mark(mark)).cloned();
        if let Some(mark) = mark {
            let was_near = old.outcome().is_some_and(|mark| is_near(old.scheduled(), mark));
            if is_near(dose.scheduled(), &mark) {
                self.judge_anew(&mut dose, &mark);
            } else if was_near && self.stands(tx, &dose)? {
                match self.meant(tx, &dose, &mark)? {
                    Some(meant) => {
                        moved_to = Some(meant.dose.id);
                        self.carry(tx, meant, &mark)?;
                        // What is meant may lie in the same day.
                        day = doses::day(tx, self.access, date)?;
                    }
                    None => is_unplaced = true,
                }
                dose.status = DoseStatus::Due;
                dose.outcomes.push(Outcome::new(DoseStatus::Due, self.now, self.now, Source::Undo));
                dose.reminders.retain(|reminder| reminder.sent_at <= self.now);
                wait_for(tx, self.access, self.patient, &dose)?;
            } else {
                is_unplaced = was_near;
            }
        }
        replace(tx, self.access, date, &mut day, dose)?;
        Ok(done(moved_to, is_unplaced))
    }

    /// The state of a taken dose by the right time.
    fn judge_anew(&self, dose: &mut Dose, mark: &Outcome) {
        if let Some(status) = self.judged(dose, mark)
            && let Some(last) = dose.outcomes.last_mut()
        {
            dose.status = status;
            last.status = status;
        }
    }

    /// What a mark makes of a dose; nothing when it cannot be one of this dose.
    fn judged(&self, dose: &Dose, mark: &Outcome) -> Option<DoseStatus> {
        if !is_near(dose.scheduled(), mark) {
            return None;
        }
        if !mark.status.is_taken() {
            return Some(mark.status);
        }
        let grace_minutes = self.patient.preferences.grace_minutes_at(dose.scheduled());
        rules::judge_intake(dose.scheduled(), grace_minutes, mark.at, self.now, Early::Confirmed).ok()
    }

    /// Whether the plan that asked for the dose still holds, so that it can be due again.
    fn stands(&self, tx: &dyn Reader, dose: &Dose) -> Result<bool> {
        if dose.moved.is_some() || dose.cancelled_at.is_some() {
            return Ok(false);
        }
        let treatment = prescriptions::get(tx, self.access, dose.prescription)?;
        Ok(treatment.status == Status::Active && treatment.version == dose.version)
    }

    /// The open dose of the same line that a mark on the dose of a wrong day meant.
    fn meant(&self, tx: &dyn Reader, dose: &Dose, mark: &Outcome) -> Result<Option<Found>> {
        if !self.lead.is_measured {
            return Ok(None);
        }
        let wanted = dose.scheduled().minus(self.lead.back);
        let distance = |other: &Dose| other.scheduled().since(wanted).as_milliseconds().unsigned_abs();
        let (from, to) =
            (wanted.minus(SAME_DOSE).day_in(self.zone), wanted.plus(SAME_DOSE).day_in(self.zone));
        let furthest = SAME_DOSE.as_milliseconds().unsigned_abs();
        let mut open = Vec::new();
        for (date, day) in doses::days(tx, self.access, from, to)? {
            for other in &day.doses {
                let is_open = match other.status {
                    DoseStatus::Due => true,
                    DoseStatus::Missed => other.outcome().is_some_and(|last| last.source == Source::Sweep),
                    _ => false,
                };
                let is_of_line = other.line() == dose.line() && other.prescription == dose.prescription;
                let is_there = distance(other) <= furthest && !other.as_needed;
                if is_open && is_of_line && is_there && self.judged(other, mark).is_some() {
                    open.push(Found { date, day: day.clone(), dose: other.clone() });
                }
            }
        }
        open.sort_by_key(|found| Reverse(distance(&found.dose)));
        Ok(open.pop())
    }

    /// Writes a mark down for the dose that it meant.
    fn carry(&self, tx: &mut WriteTx<'_>, mut meant: Found, mark: &Outcome) -> Result<()> {
        let status = self.judged(&meant.dose, mark).unwrap_or(mark.status);
        let outcome = Outcome { status, client_id: None, ..mark.clone() };
        let marked = rules::append(&meant.dose, outcome)?;
        replace(tx, self.access, meant.date, &mut meant.day, marked).map(drop)
    }

    /// An intake as needed lies where it was taken, so that it counts for the limits of that day. Says its new id.
    fn to_its_day(&self, tx: &mut WriteTx<'_>, date: NaiveDate, dose: Dose) -> Result<DoseId> {
        let mut at = match dose.scheduled() {
            ahead if ahead > self.now => self.lead.right(ahead, self.now),
            right => right,
        };
        let mut day = doses::day(tx, self.access, date)?;
        if at == dose.scheduled() {
            let id = dose.id;
            replace(tx, self.access, date, &mut day, dose)?;
            return Ok(id);
        }
        day.doses.retain(|other| other.id != dose.id);
        doses::save_day(tx, self.access, date, &day)?;
        let to = at.day_in(self.zone);
        let mut day = doses::day(tx, self.access, to)?;
        let mut id = DoseParts { scheduled: at, ..dose.parts() }.id()?;
        while day.find(id).is_some() {
            at = at.minus(Span::milliseconds(1));
            id = DoseParts { scheduled: at, ..dose.parts() }.id()?;
        }
        replace(tx, self.access, to, &mut day, Dose { id, ..dose })?;
        Ok(id)
    }
}

/// Whether it is a patient's or their family's word about the dose, and not a correction or what takes one back.
fn is_mark(outcome: &Outcome) -> bool {
    let is_said = outcome.status.is_taken() || outcome.status == DoseStatus::Skipped;
    is_said && matches!(outcome.source, Source::Direct | Source::Sync)
}

/// Whether a mark can have been made on a dose of that time: one can be left out long ahead.
fn is_near(scheduled: Timestamp, mark: &Outcome) -> bool {
    let ahead = if mark.status == DoseStatus::Skipped { SKIP_AHEAD } else { EARLIEST };
    (scheduled.minus(ahead)..=scheduled.plus(LATE)).contains(&mark.at)
}

/// When what holds of a dose was done.
fn said_at(dose: &Dose) -> Option<Timestamp> {
    dose.outcome().map(|outcome| outcome.at)
}
