//! One patient among many: figures, alerts, and why they need attention.

use chrono::{Days, NaiveDate};

use crate::domain::adherence::model::{DayTally, Tally, Trend};
use crate::domain::adherence::rules::{self, window_start};
use crate::domain::attention::{Reason, WINDOW_DAYS, of_adherence, put_in_order};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{Access, Practice, Treated, practice};
use crate::domain::connections::model::Scope;
use crate::domain::doses::model::Filling;
use crate::domain::doses::tables as doses;
use crate::domain::prescriptions::state::Status;
use crate::domain::users::model::User;
use crate::domain::users::tables as users;
use crate::domain::vitals::alert::{Alert, AlertState};
use crate::domain::vitals::alert_tables;
use crate::platform::context::Context;
use crate::platform::error::{Kind, Result};
use crate::platform::ids::UserId;
use crate::platform::store::Reader;
use crate::views::adherence::{self, Figure};
use crate::views::prescriptions::{Outline, outlines};

/// Days of the adherence that overviews show, up to today.
pub const SHOWN_DAYS: u32 = 30;

/// A patient's adherence of the last thirty days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recent {
    /// The first day.
    pub from: NaiveDate,
    /// Today.
    pub to: NaiveDate,
    /// How the counted doses ended.
    pub tally: Tally,
    /// Taken of counted.
    pub taking: Figure,
    /// Which way it went since as many days before; nothing when one of the two has no counted dose.
    pub trend: Option<Trend>,
}

/// A patient whom the doctor treats, as overviews show them.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The connection, with what may be read.
    pub treated: Treated,
    /// The patient's name.
    pub name: String,
    /// Their phone, when there is one.
    pub phone: Option<String>,
    /// How regularly medicine is taken; nothing when doses are not shared.
    pub adherence: Option<Recent>,
    /// Alerts that are not resolved; nothing when vital signs are not shared.
    pub alerts: Option<Vec<Alert>>,
    /// Why the patient needs attention, the gravest first.
    pub reasons: Vec<Reason>,
    /// Prescriptions of this doctor for which the patient asks for another one.
    pub revisions: Vec<Outline>,
    /// Prescriptions of this doctor that the patient has still to confirm.
    pub unconfirmed: u32,
}

impl Summary {
    /// Who.
    pub const fn patient(&self) -> UserId {
        self.treated.patient()
    }
}

/// Who somebody is, for lists: from the cache.
///
/// # Errors
/// When the store cannot be read.
pub fn person(context: &Context, patient: UserId) -> Result<std::sync::Arc<User>> {
    users::cached(context, patient)
}

/// What the calling doctor's connections say now. Of those whose account was erased nobody is left to be called.
///
/// # Errors
/// `role_not_allowed` for others than doctors, `account_not_active`; when the store cannot be read.
pub fn present(context: &Context, tx: &dyn Reader, caller: &Caller) -> Result<Practice> {
    let Practice { treated, asked } = practice(tx, caller)?;
    let mut there = Vec::with_capacity(treated.len());
    for one in treated {
        if person(context, one.patient())?.erased_at.is_none() {
            there.push(one);
        }
    }
    Ok(Practice { treated: there, asked })
}

/// What was read; nothing where it is lost with a damaged page, or gone from a salvaged file: one patient's loss keeps the
/// doctor from none of the others.
fn left<T>(read: Result<T>, is_lost: &mut bool) -> Result<Option<T>> {
    match read {
        Err(error) if matches!(error.kind(), Kind::Damaged | Kind::NotFound) => {
            *is_lost = true;
            Ok(None)
        }
        read => read.map(Some),
    }
}

/// Gathers what is known of a patient and shared with the doctor. That part of it is lost is a reason of its own.
///
/// # Errors
/// When the store cannot be read.
pub fn summary(context: &Context, tx: &dyn Reader, doctor: UserId, treated: Treated) -> Result<Summary> {
    let today = tx.now().day_in(context.zone());
    let person = person(context, treated.patient())?;
    let mut summary = Summary {
        name: person.full_name.reveal().clone(),
        phone: person.phone.as_ref().map(|phone| phone.reveal().clone()),
        adherence: None,
        alerts: None,
        reasons: Vec::new(),
        revisions: Vec::new(),
        unconfirmed: 0,
        treated,
    };
    let mut is_lost = false;
    if let Some(access) = summary.treated.part(Scope::Vitals)
        && let Some(mut alerts) = left(unresolved(tx, access), &mut is_lost)?
    {
        alerts.sort_by_key(|alert| (std::cmp::Reverse(alert.severity), alert.opened_at));
        summary.reasons.extend(alerts.iter().filter_map(Reason::of_alert));
        summary.alerts = Some(alerts);
    }
    if let Some(access) = summary.treated.part(Scope::Doses) {
        if let Some((recent, reason)) = left(taking(context, tx, access, today), &mut is_lost)? {
            summary.adherence = Some(recent);
            summary.reasons.extend(reason);
        }
        let endings = left(endings(context, tx, access, today), &mut is_lost)?;
        summary.reasons.extend(endings.into_iter().flatten());
    }
    if let Some(access) = summary.treated.part(Scope::Prescriptions)
        && let Some(all) = left(outlines(context, access), &mut is_lost)?
    {
        let own = || all.iter().filter(|row| row.author == doctor && access.covers(row.id));
        summary.reasons.extend(overdue_visits(own(), today, context));
        summary.revisions =
            own().filter(|row| row.status_on(today) == Status::PendingRevision).cloned().collect();
        let waiting = own().filter(|row| row.status_on(today) == Status::PendingConfirmation).count();
        summary.unconfirmed = u32::try_from(waiting).unwrap_or(u32::MAX);
    }
    summary.reasons.extend(is_lost.then_some(Reason::RecordLost));
    put_in_order(&mut summary.reasons);
    Ok(summary)
}

/// A patient's alerts that are not resolved: at most one of each topic.
fn unresolved(tx: &dyn Reader, access: &Access) -> Result<Vec<Alert>> {
    let mut found = alert_tables::alerts_of(tx, access.patient(), Some(AlertState::Open), None, usize::MAX)?;
    found.extend(alert_tables::alerts_of(
        tx,
        access.patient(),
        Some(AlertState::Acknowledged),
        None,
        usize::MAX,
    )?);
    Ok(found)
}

/// The figure of the last days, and what it says of how things go.
fn taking(
    context: &Context,
    tx: &dyn Reader,
    access: &Access,
    today: NaiveDate,
) -> Result<(Recent, Option<Reason>)> {
    let settings = &context.settings.adherence;
    let days = adherence::recent(context, tx, access, SHOWN_DAYS * 2)?;
    let from = window_start(today, SHOWN_DAYS);
    let sum = |first: NaiveDate, last: NaiveDate| {
        let within = days.iter().filter(|day: &&DayTally| first <= day.date && day.date <= last);
        rules::sum(within)
    };
    let before_last = |day: NaiveDate| day.pred_opt().unwrap_or(day);
    let earlier_end = before_last(from);
    let (tally, earlier) = (sum(from, today), sum(window_start(earlier_end, SHOWN_DAYS), earlier_end));
    let is_known = !tally.is_empty() && !earlier.is_empty();
    let yesterday = before_last(today);
    let week_from = window_start(yesterday, WINDOW_DAYS);
    let week_end = before_last(week_from);
    let (week, before) = (sum(week_from, yesterday), sum(window_start(week_end, WINDOW_DAYS), week_end));
    let recent = Recent {
        from,
        to: today,
        tally,
        taking: Figure::of(tally.taken(), tally.counted(), settings),
        trend: is_known.then(|| rules::trend(&earlier, &tally)),
    };
    Ok((recent, of_adherence(week, before, settings)))
}

/// Medicines that run out before their treatment ends, as the daily look at the treatment found and told the patient.
fn endings(context: &Context, tx: &dyn Reader, access: &Access, today: NaiveDate) -> Result<Vec<Reason>> {
    let all = outlines(context, access)?;
    let running = || all.iter().filter(|row| access.covers(row.id) && row.status_on(today) == Status::Active);
    if running().all(|row| row.lines.is_empty()) {
        return Ok(Vec::new());
    }
    let told = doses::care(tx, access)?.refills_told;
    let mut found = Vec::new();
    for row in running() {
        for line in &row.lines {
            let is_of =
                |filling: &&Filling| filling.quantity == line.quantity && line.has_number(filling.line);
            if let Some(filling) = told.iter().find(is_of) {
                found.push(Reason::SupplyEnds {
                    medication: line.id,
                    prescription: row.id,
                    medicine_name: line.medicine_name.clone(),
                    medicine_name_khmer: line.medicine_name_khmer.clone(),
                    on: filling.ends_on,
                });
            }
        }
    }
    Ok(found)
}

/// Visits that have passed without the doctor having prescribed since the day before: of each day one.
fn overdue_visits<'a>(
    own: impl Iterator<Item = &'a Outline> + Clone,
    today: NaiveDate,
    context: &Context,
) -> Vec<Reason> {
    let mut found: Vec<Reason> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for row in own.clone() {
        let is_issued = matches!(row.status_on(today), Status::Active | Status::Paused | Status::Completed);
        let Some(date) = row.follow_up.filter(|date| is_issued && *date < today) else { continue };
        let since = date.checked_sub_days(Days::new(1)).unwrap_or(date);
        let has_seen = own.clone().any(|other| other.written_at.day_in(context.zone()) >= since);
        if !has_seen && seen.insert(date) {
            let days = (today - date).num_days();
            found.push(Reason::VisitOverdue { prescription: row.id, date, days });
        }
    }
    found
}
