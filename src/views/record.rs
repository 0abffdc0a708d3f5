//! The whole record of a person: one truth from which every way of taking it away is made.
//!
//! It holds what the single views show the person, through the same checks and with the same texts hidden: addresses of
//! others, prescriptions that are not issued, messages about a record that is shared no more.

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::alerts::AlertView;
use super::audit::{self, AuditView};
use super::clinical_record::{self, WholeRecord};
use super::connections::{self, AccessRequestView, ConnectionView};
use super::notes::{self, ShownNote};
use super::notifications::{self, NotificationView};
use super::payments::{self, PaymentView};
use super::photos;
use super::pill_groups::{self, ShownGroup};
use super::prescriptions::on;
use super::schedule::Lines;
use super::second_factor;
use super::subscriptions::{self, OwnSubscription};
use crate::domain::auth::model::{Caller, Session};
use crate::domain::auth::second_factor_rows::demand_fresh;
use crate::domain::auth::tables::{is_open, open_sessions};
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::card::DoseCard;
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::domain::notifications::devices::{self, Device};
use crate::domain::photos::model::Photo;
use crate::domain::prescriptions::record::{Prescription, Version};
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::subscriptions::tables::subscription;
use crate::domain::users::model::{Role, User};
use crate::domain::users::tables as users;
use crate::domain::vitals::alert_tables;
use crate::domain::vitals::model::Vital;
use crate::domain::vitals::monitoring::Monitoring;
use crate::domain::vitals::news2::Score;
use crate::domain::vitals::tables as vitals;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::store::{Direction, Reader, Step};

/// Records gathered at one time; whoever asks meanwhile waits. One of many years takes tens of megabytes.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Everything that is kept about a person, oldest first throughout.
#[derive(Debug)]
pub struct Record {
    /// The moment at which it was so.
    pub at: Timestamp,
    /// The clinic's name.
    pub clinic: String,
    /// The clinic's time zone, in which days and times of day are meant.
    pub time_zone: Tz,
    /// Who it is, with contacts and settings.
    pub person: User,
    /// Since when they have a second factor.
    pub second_factor_on_since: Option<Timestamp>,
    /// Where they are signed in.
    pub sessions: Vec<Session>,
    /// Where they get push messages.
    pub devices: Vec<Device>,
    /// With whom they are or were connected.
    pub connections: Vec<ConnectionView>,
    /// Who asked to see part of the person's record.
    pub access_requests: Vec<AccessRequestView>,
    /// What they were told.
    pub notifications: Vec<NotificationView>,
    /// What they did.
    pub actions: Vec<AuditView>,
    /// What they have paid for, or others for them.
    pub subscription: OwnSubscription,
    /// What they asked to pay.
    pub payments: Vec<PaymentView>,
    /// Their photographs, those of their medicines too.
    pub photos: Vec<Photo>,
    /// Treatment and measurements; nothing for who is no patient, and while the account is not in use.
    pub health: Option<HealthRecord>,
}

/// A patient's treatment and measurements, oldest first throughout.
#[derive(Debug)]
pub struct HealthRecord {
    /// The prescriptions that the patient may see.
    pub prescriptions: Vec<PrescriptionRecord>,
    /// The days that have doses.
    pub dose_days: Vec<DoseDay>,
    /// Medicines that the patient uses together.
    pub pill_groups: Vec<ShownGroup>,
    /// Measurements, those marked as wrong too.
    pub vitals: Vec<Vital>,
    /// Health alerts.
    pub alerts: Vec<AlertView>,
    /// Complete early warning scores.
    pub scores: Vec<Score>,
    /// What doctors set for the patient's monitoring.
    pub monitoring: Monitoring,
    /// What doctors share of their notes.
    pub notes: Vec<ShownNote>,
    /// Allergies, conditions and the rest, with all of their history.
    pub clinical: WholeRecord,
}

/// A prescription as it stands, with every version of it.
#[derive(Debug)]
pub struct PrescriptionRecord {
    /// As it stands.
    pub prescription: Prescription,
    /// All versions, from the first.
    pub versions: Vec<Version>,
}

/// The doses of a day: planned, recorded, cancelled, and taken as needed.
#[derive(Debug)]
pub struct DoseDay {
    /// The day of the clinic's calendar.
    pub date: NaiveDate,
    /// The doses by time.
    pub doses: Vec<Arc<DoseCard>>,
}

/// Gathers the caller's own record and hands it to `show`, on a thread that serves no requests: years of doses take a
/// while.
///
/// # Errors
/// `sign_in_required`, `second_factor_stale`; those of `show`; when the store cannot be read.
pub async fn own<T: Send + 'static>(
    context: &Arc<Context>,
    caller: &Caller,
    show: impl FnOnce(Record) -> Result<T> + Send + 'static,
) -> Result<T> {
    let failed = |error: &dyn std::fmt::Display| Error::internal(format!("gathering a record: {error}"));
    let turn = AT_ONCE.acquire().await.map_err(|error| failed(&error))?;
    let (context, caller) = (Arc::clone(context), caller.clone());
    let runtime = Handle::current();
    let work = move || {
        // Kept until the record is shown, also when nobody waits for it any more.
        let _turn = turn;
        let gathered = gate::read(&context, &caller, "user.export", |tx| gather(tx, &context, &caller));
        runtime.block_on(gathered).and_then(show)
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))?
}

fn gather(tx: &dyn Reader, context: &Context, caller: &Caller) -> Result<Record> {
    let me = caller.user_id()?;
    demand_fresh(tx, caller, &context.settings.auth)?;
    let person = users::require(tx, me)?;
    let is_patient = person.role == Role::Patient && caller.active().is_ok();
    let life = context.settings.limits.request_life();
    Ok(Record {
        at: tx.now(),
        clinic: context.settings.clinic.name.clone(),
        time_zone: context.zone(),
        second_factor_on_since: second_factor::on_since(tx, me)?,
        sessions: open_sessions(tx, me)?,
        devices: devices::live(tx, me, is_open)?,
        connections: connections::all_of(tx, me, life)?,
        access_requests: connections::requests_to(tx, me)?,
        notifications: notifications::all_of(tx, &person)?,
        actions: audit::all_own(tx, caller)?,
        subscription: subscriptions::as_of_now(context, subscription(tx, me)?),
        payments: payments::all_of(tx, context, me)?,
        photos: photos::all_of(tx, me)?,
        health: if is_patient { Some(health(tx, context, caller, &person)?) } else { None },
        person,
    })
}

fn health(tx: &dyn Reader, context: &Context, caller: &Caller, person: &User) -> Result<HealthRecord> {
    let check = |scope| access::check(tx, caller, person.id, scope, Mode::Read);
    let zone = context.zone();
    let (today, prescribing) = (tx.now().day_in(zone), check(Scope::Prescriptions)?);
    let prescriptions = all_prescriptions(tx, &prescribing, today)?;
    let taking = check(Scope::Doses)?;
    let dose_days = all_days(tx, &taking, zone)?;
    let access = check(Scope::Vitals)?;
    let mut measured = Vec::new();
    let always = (Timestamp::MIN, None);
    vitals::visit(tx, &access, None, always, Direction::Forward, |vital| {
        measured.push(vital);
        Ok(Step::Continue)
    })?;
    let alerts = alert_tables::alerts_of(tx, access.patient(), None, None, usize::MAX)?.into_iter().rev();
    let mut scores = vitals::last_scores(tx, &access, usize::MAX)?;
    scores.reverse();
    Ok(HealthRecord {
        prescriptions,
        dose_days,
        pill_groups: pill_groups::all_of(tx, context, &taking)?,
        vitals: measured,
        alerts: alerts.map(|alert| AlertView::of(context, caller, alert)).collect::<Result<_>>()?,
        scores,
        monitoring: vitals::monitoring(tx, &access)?,
        notes: notes::shared_with(tx, caller, &check(Scope::Notes)?)?,
        clinical: clinical_record::whole(tx, &prescribing, today)?,
    })
}

fn all_prescriptions(tx: &dyn Reader, access: &Access, today: NaiveDate) -> Result<Vec<PrescriptionRecord>> {
    let mut found = Vec::new();
    for row in prescriptions::list(tx, access)? {
        if !row.is_visible_to(Some(access.patient())) {
            continue;
        }
        let versions = (1..=prescriptions::last_version(tx, access, row.id)?)
            .map(|number| prescriptions::version(tx, access, row.id, number))
            .collect::<Result<_>>()?;
        found.push(PrescriptionRecord { prescription: on(row, today), versions });
    }
    Ok(found)
}

fn all_days(tx: &dyn Reader, access: &Access, zone: Tz) -> Result<Vec<DoseDay>> {
    let mut lines = Lines::default();
    let mut days = Vec::new();
    doses::visit_days(tx, access, NaiveDate::MIN, Direction::Forward, |date, day| {
        let mut cards = Vec::with_capacity(day.doses.len());
        for dose in &day.doses {
            lines.learn(tx, access, dose)?;
            cards.push(lines.card(access, dose, zone));
        }
        if !cards.is_empty() {
            days.push(DoseDay { date, doses: cards });
        }
        Ok(Step::Continue)
    })?;
    Ok(days)
}
